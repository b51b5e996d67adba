#include "core/separate/classic-cues.h"

#include <math.h>
#include <stdbool.h>

#include "core/base/memory.h"
#include "core/dsp/grid.h"
#include "core/dsp/median.h"
#include "core/separate/component.h"

/* Radii in frames and bins of the song's grid. */
enum { PERCUSSIVE_RADIUS = 15, HELD_SHORT_RADIUS = 4, HELD_RADIUS = 15, HELD_LONG_RADIUS = 50 };
enum { ONSET_RADIUS = 21, RISE_FRAMES = 2, PEAK_RADIUS = 34, BAND_RADIUS = 100 };

/* Magnitudes below this are silence: a full-scale sine has about 1000, a 16-bit step 0.03. */
static const float SILENCE = 3e-3f;

struct SgClassicCues {
  SgStftSize size;
  size_t n_bins, max_n;
  SgComponent *hit, *tone;
  float *magnitude;   /* V [window frame][bin] */
  float *frame_power; /* ΣV² [window frame] */
  float *usual;       /* [bin] */
  double *prefix;     /* [bin + 1] */
  float *work;        /* 2 × [frame][bin] */
  float *hit_share;   /* p·V² [frame][bin] */
  float *planes;      /* [cue][frame][bin] */
};

static SgComponent *
new_component(SgStftSize size, SgStftSize other, SgComponentPart part, size_t time_radius,
              size_t frequency_radius, size_t max_n)
{
  SgComponentSetup setup = { .song = size,
                             .other = other,
                             .part = part,
                             .time_radius = time_radius,
                             .frequency_radius = frequency_radius,
                             .max_frames = max_n };
  return sg_component_new(&setup);
}

SgClassicCues *
sg_classic_cues_new(SgStftSize size, uint32_t rate_hz, size_t max_window, size_t max_n)
{
  SgClassicCues *cues = SG_NEW(SgClassicCues, 1);
  if (cues == NULL)
    return NULL;
  cues->size = size;
  cues->n_bins = size.n_bins;
  cues->max_n = max_n;
  cues->hit = new_component(size, sg_stft_size_for_rate(rate_hz / 4), SG_COMPONENT_PERCUSSIVE, 12, 15, max_n);
  cues->tone = new_component(size, sg_stft_size_for_rate(rate_hz * 4), SG_COMPONENT_HARMONIC, 8, 40, max_n);
  cues->magnitude = SG_NEW(float, max_window *size.n_bins);
  cues->frame_power = SG_NEW(float, max_window);
  cues->usual = SG_NEW(float, size.n_bins);
  cues->prefix = SG_NEW(double, (size_t)size.n_bins + 1);
  cues->work = SG_NEW(float, 2 * max_n * size.n_bins);
  cues->hit_share = SG_NEW(float, max_n *size.n_bins);
  cues->planes = SG_NEW(float, SG_N_CUES *max_n *size.n_bins);
  if (cues->hit == NULL || cues->tone == NULL || cues->magnitude == NULL || cues->frame_power == NULL ||
      cues->usual == NULL || cues->prefix == NULL || cues->work == NULL || cues->hit_share == NULL ||
      cues->planes == NULL) {
    sg_classic_cues_free(cues);
    return NULL;
  }
  return cues;
}

void
sg_classic_cues_free(SgClassicCues *cues)
{
  if (cues == NULL)
    return;
  sg_component_free(cues->hit);
  sg_component_free(cues->tone);
  sg_free(cues->magnitude);
  sg_free(cues->frame_power);
  sg_free(cues->usual);
  sg_free(cues->prefix);
  sg_free(cues->work);
  sg_free(cues->hit_share);
  sg_free(cues->planes);
  sg_free(cues);
}

static float *
plane(const SgClassicCues *cues, SgCue cue)
{
  return cues->planes + (size_t)cue * cues->max_n * cues->n_bins;
}

const float *
sg_classic_cues_plane(const SgClassicCues *cues, SgCue cue)
{
  return plane(cues, cue);
}

static float
clamp(float value, float low, float high)
{
  return value < low ? low : value > high ? high : value;
}

/* a ∧ b */
static float
log_ratio(float a, float b, float low, float high)
{
  return clamp(logf((a + SILENCE) / (b + SILENCE)), low, high);
}

/* V of the window, its level in every frame and bin; returns the level of all. */
static float
measure_window(SgClassicCues *cues, const SgComplex *spectra, size_t n_window)
{
  size_t n_bins = cues->n_bins;
  double total = 0.0;
  sg_grid_magnitude(spectra, n_window * n_bins, cues->magnitude);
  for (size_t k = 0; k < n_bins; k++)
    cues->prefix[k] = 0.0;
  for (size_t t = 0; t < n_window; t++) {
    double power = 0.0;
    for (size_t k = 0; k < n_bins; k++) {
      double v = cues->magnitude[t * n_bins + k];
      power += v * v;
      cues->prefix[k] += v * v;
    }
    cues->frame_power[t] = (float)power;
    total += power;
  }
  for (size_t k = 0; k < n_bins; k++)
    cues->usual[k] = (float)sqrt(cues->prefix[k] / (double)n_window);
  return (float)sqrt(total / ((double)n_window * (double)n_bins));
}

/* A plane of some magnitudes becomes its comparison with V. */
static void
compare_with_v(const float *v, size_t n, float *inout_plane)
{
  for (size_t i = 0; i < n; i++)
    inout_plane[i] = log_ratio(inout_plane[i], v[i], -6.0f, 3.0f);
}

/* between, from the planes of hit and tone while they are magnitudes. */
static void
fill_between(const float *v, const float *hit, const float *tone, size_t n, float *out)
{
  for (size_t i = 0; i < n; i++) {
    float v2 = v[i] * v[i], left = v2 - hit[i] * hit[i] - tone[i] * tone[i];
    out[i] = logf((left > 0.0f ? left : 0.0f) / (v2 + SILENCE * SILENCE) + 0.01f);
  }
}

/* p·V², from the planes of percussive and held while they are magnitudes. */
static void
measure_hits(SgClassicCues *cues, const float *v, size_t n)
{
  const float *p = plane(cues, SG_CUE_PERCUSSIVE), *h = plane(cues, SG_CUE_HELD);
  for (size_t i = 0; i < n; i++) {
    float p2 = p[i] * p[i], h2 = h[i] * h[i];
    cues->hit_share[i] = p2 > 0.0f ? p2 / (p2 + h2) * v[i] * v[i] : 0.0f;
  }
}

/* Sum of row[k − radius … k + radius], as many of them as there are, from the prefix sums. */
static float
sum_around(const SgClassicCues *cues, size_t k, size_t radius)
{
  size_t from = k > radius ? k - radius : 0;
  size_t end = k + radius < cues->n_bins ? k + radius + 1 : cues->n_bins;
  return (float)(cues->prefix[end] - cues->prefix[from]);
}

static void
add_up(SgClassicCues *cues, const float *row, bool squares)
{
  cues->prefix[0] = 0.0;
  for (size_t k = 0; k < cues->n_bins; k++) {
    double value = row[k];
    cues->prefix[k + 1] = cues->prefix[k] + (squares ? value * value : value);
  }
}

/* The frame's level over the mean of the levels around it, in logarithms of power. */
static float
onset(const SgClassicCues *cues, size_t n_window, size_t t)
{
  size_t from = t > ONSET_RADIUS ? t - ONSET_RADIUS : 0;
  size_t end = t + ONSET_RADIUS < n_window ? t + ONSET_RADIUS + 1 : n_window;
  float sum = 0.0f;
  for (size_t u = from; u < end; u++)
    sum += logf(cues->frame_power[u] + 1e-3f);
  return clamp(logf(cues->frame_power[t] + 1e-3f) - sum / (float)(end - from), -3.0f, 3.0f);
}

/* The cues of frame `t` of the window, row `i` of the planes, that compare it with its surroundings. */
static void
fill_surroundings(SgClassicCues *cues, size_t n_window, size_t t, size_t i, float level)
{
  size_t n_bins = cues->n_bins, row = i * n_bins;
  const float *v = cues->magnitude + t * n_bins;
  const float *before = cues->magnitude + (t >= RISE_FRAMES ? t - RISE_FRAMES : t) * n_bins;
  float onset_of_frame = onset(cues, n_window, t), *band = plane(cues, SG_CUE_HITS_IN_BAND) + row;
  add_up(cues, cues->hit_share + row, false);
  float hits = (float)cues->prefix[n_bins] / (cues->frame_power[t] + 1e-6f);
  for (size_t k = 0; k < n_bins; k++) {
    plane(cues, SG_CUE_ONSET)[row + k] = onset_of_frame;
    plane(cues, SG_CUE_RISE)[row + k] = log_ratio(v[k], before[k], -4.0f, 4.0f);
    plane(cues, SG_CUE_USUAL)[row + k] = log_ratio(v[k], cues->usual[k], -6.0f, 4.0f);
    plane(cues, SG_CUE_LEVEL)[row + k] = log_ratio(v[k], level, -7.0f, 5.0f) / 3.0f;
    plane(cues, SG_CUE_HITS_IN_FRAME)[row + k] = hits;
    band[k] = sum_around(cues, k, BAND_RADIUS);
  }
  add_up(cues, v, true);
  for (size_t k = 0; k < n_bins; k++)
    band[k] /= sum_around(cues, k, BAND_RADIUS) + 1e-6f;
  add_up(cues, v, false);
  for (size_t k = 0; k < n_bins; k++) {
    float mean = sum_around(cues, k, PEAK_RADIUS) / (2 * PEAK_RADIUS + 1);
    plane(cues, SG_CUE_PEAK)[row + k] = log_ratio(v[k], mean, -5.0f, 4.0f);
  }
}

SgStatus
sg_classic_cues_run(SgClassicCues *cues, const SgComplex *spectra, const float *samples, size_t n_window,
                    size_t first, size_t n, const atomic_bool *cancelled, SgError *error)
{
  size_t n_bins = cues->n_bins, n_cells = n * n_bins;
  const SgStftSize size = cues->size;
  float level = measure_window(cues, spectra, n_window);
  const float *v = cues->magnitude + first * n_bins;
  const struct {
    SgCue cue;
    size_t radius;
  } held[] = { { SG_CUE_HELD_SHORT, HELD_SHORT_RADIUS },
               { SG_CUE_HELD, HELD_RADIUS },
               { SG_CUE_HELD_LONG, HELD_LONG_RADIUS } };
  for (size_t i = 0; i < sizeof held / sizeof *held; i++) {
    if (atomic_load(cancelled))
      return sg_error_set(error, SG_CANCELLED, NULL, NULL);
    sg_running_median(cues->magnitude, n_window, n_bins, held[i].radius, first, n, plane(cues, held[i].cue));
  }
  sg_grid_median_frequency(v, n, n_bins, PERCUSSIVE_RADIUS, cues->work, plane(cues, SG_CUE_PERCUSSIVE));
  if (atomic_load(cancelled))
    return sg_error_set(error, SG_CANCELLED, NULL, NULL);

  ptrdiff_t n_samples = (ptrdiff_t)((n_window - 1) * size.hop + size.window);
  ptrdiff_t first_sample = (ptrdiff_t)(first * size.hop);
  sg_component_run(cues->hit, samples, n_samples, first_sample, n, plane(cues, SG_CUE_HIT));
  sg_component_run(cues->tone, samples, n_samples, first_sample, n, plane(cues, SG_CUE_TONE));
  if (atomic_load(cancelled))
    return sg_error_set(error, SG_CANCELLED, NULL, NULL);

  measure_hits(cues, v, n_cells);
  fill_between(v, plane(cues, SG_CUE_HIT), plane(cues, SG_CUE_TONE), n_cells, plane(cues, SG_CUE_BETWEEN));
  const SgCue compared[] = { SG_CUE_PERCUSSIVE, SG_CUE_HELD_SHORT, SG_CUE_HELD,
                             SG_CUE_HELD_LONG,  SG_CUE_HIT,        SG_CUE_TONE };
  for (size_t i = 0; i < sizeof compared / sizeof *compared; i++)
    compare_with_v(v, n_cells, plane(cues, compared[i]));
  for (size_t t = 0; t < n; t++)
    fill_surroundings(cues, n_window, first + t, t, level);
  return SG_OK;
}
