#include "core/separate/component.h"

#include <stdbool.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/dsp/grid.h"
#include "core/dsp/median.h"

struct SgComponent {
  SgComponentSetup setup;
  SgStft *song, *other;
  SgStftWork *song_work, *other_work;
  float *samples;     /* the frames' samples with context */
  SgComplex *spectra; /* Y [other frame with context][other bin] */
  float *magnitude;   /* |Y| */
  float *harmonic;    /* H [other frame][other bin] */
  float *percussive;  /* P [other frame][other bin] */
  float *work;        /* twice that */
  float *part;        /* the part's samples */
  SgComplex *on_song; /* [song frame][song bin] */
};

/* Samples that n song frames cover. */
static size_t
song_samples(const SgComponentSetup *setup, size_t n_frames)
{
  return (n_frames - 1) * setup->song.hop + setup->song.window;
}

/* Other frames so that each of n samples lies in as many of them as there are. */
static size_t
other_frames(const SgComponentSetup *setup, size_t n_samples)
{
  return (n_samples + setup->other.window - 1) / setup->other.hop;
}

static size_t
other_samples(const SgComponentSetup *setup, size_t n_frames)
{
  return (n_frames - 1) * setup->other.hop + setup->other.window;
}

size_t
sg_component_reach(const SgComponentSetup *setup)
{
  size_t samples = setup->time_radius * setup->other.hop + setup->other.window + setup->song.window;
  return samples / setup->song.hop + 1;
}

SgComponent *
sg_component_new(const SgComponentSetup *setup)
{
  SgComponent *component = SG_NEW(SgComponent, 1);
  if (component == NULL)
    return NULL;
  component->setup = *setup;
  size_t n_inner = other_frames(setup, song_samples(setup, setup->max_frames));
  size_t n_outer = n_inner + 2 * setup->time_radius, n_bins = setup->other.n_bins;
  component->song = sg_stft_new(setup->song);
  component->other = sg_stft_new(setup->other);
  if (component->song != NULL && component->other != NULL) {
    component->song_work = sg_stft_work_new(component->song);
    component->other_work = sg_stft_work_new(component->other);
  }
  component->samples = SG_NEW(float, other_samples(setup, n_outer));
  component->spectra = SG_NEW(SgComplex, n_outer * n_bins);
  component->magnitude = SG_NEW(float, n_outer *n_bins);
  component->harmonic = SG_NEW(float, n_inner *n_bins);
  component->percussive = SG_NEW(float, n_inner *n_bins);
  component->work = SG_NEW(float, 2 * n_inner * n_bins);
  component->part = SG_NEW(float, other_samples(setup, n_inner));
  component->on_song = SG_NEW(SgComplex, setup->max_frames * setup->song.n_bins);
  if (component->song_work == NULL || component->other_work == NULL || component->samples == NULL ||
      component->spectra == NULL || component->magnitude == NULL || component->harmonic == NULL ||
      component->percussive == NULL || component->work == NULL || component->part == NULL ||
      component->on_song == NULL) {
    sg_component_free(component);
    return NULL;
  }
  return component;
}

void
sg_component_free(SgComponent *component)
{
  if (component == NULL)
    return;
  sg_stft_work_free(component->song_work);
  sg_stft_work_free(component->other_work);
  sg_stft_free(component->song);
  sg_stft_free(component->other);
  sg_free(component->samples);
  sg_free(component->spectra);
  sg_free(component->magnitude);
  sg_free(component->harmonic);
  sg_free(component->percussive);
  sg_free(component->work);
  sg_free(component->part);
  sg_free(component->on_song);
  sg_free(component);
}

/* out[n] ← samples[first … first + n − 1], zero outside. */
static void
copy_padded(const float *samples, ptrdiff_t n_samples, ptrdiff_t first, ptrdiff_t n, float *out)
{
  ptrdiff_t from = first < 0 ? -first : 0, to = n_samples - first < n ? n_samples - first : n;
  memset(out, 0, (size_t)n * sizeof *out);
  if (to > from)
    memcpy(out + from, samples + first + from, (size_t)(to - from) * sizeof *out);
}

/* Y ← P²/(P² + H²)·Y or H²/(P² + H²)·Y */
static void
keep_part(const SgComponent *component, size_t n, SgComplex *inout_spectra)
{
  bool harmonic = component->setup.part == SG_COMPONENT_HARMONIC;
  for (size_t i = 0; i < n; i++) {
    float h = component->harmonic[i], p = component->percussive[i], sum = h * h + p * p;
    float kept = harmonic ? h * h : p * p;
    inout_spectra[i] = sum > 0.0f ? kept / sum * inout_spectra[i] : 0.0f;
  }
}

void
sg_component_run(SgComponent *component, const float *samples, ptrdiff_t n_samples, ptrdiff_t first,
                 size_t n_frames, float *out_magnitude)
{
  const SgComponentSetup *setup = &component->setup;
  size_t n_bins = setup->other.n_bins, radius = setup->time_radius;
  size_t n_inner = other_frames(setup, song_samples(setup, n_frames)), n_outer = n_inner + 2 * radius;
  size_t before = setup->other.window - setup->other.hop; /* of the first inner frame before `first` */
  copy_padded(samples, n_samples, first - (ptrdiff_t)(before + radius * setup->other.hop),
              (ptrdiff_t)other_samples(setup, n_outer), component->samples);
  sg_stft_analyse(component->other, component->other_work, component->samples, (int64_t)n_outer,
                  component->spectra);
  sg_grid_magnitude(component->spectra, n_outer * n_bins, component->magnitude);
  sg_running_median(component->magnitude, n_outer, n_bins, radius, radius, n_inner, component->harmonic);
  sg_grid_median_frequency(component->magnitude + radius * n_bins, n_inner, n_bins, setup->frequency_radius,
                           component->work, component->percussive);
  SgComplex *inner = component->spectra + radius * n_bins;
  keep_part(component, n_inner * n_bins, inner);
  sg_stft_synthesise(component->other, component->other_work, inner, (int64_t)n_inner, component->part);
  sg_stft_analyse(component->song, component->song_work, component->part + before, (int64_t)n_frames,
                  component->on_song);
  sg_grid_magnitude(component->on_song, n_frames * setup->song.n_bins, out_magnitude);
  /* Where all four frames overlap Σ w² = 3/2 (core/dsp/stft.h). */
  for (size_t i = 0; i < n_frames * setup->song.n_bins; i++)
    out_magnitude[i] /= 1.5f;
}
