#include "core/dsp/stft.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"

struct SgStft {
  SgStftSize size;
  SgFft *fft;
  float *window;           /* [N] w */
  float *synthesis_window; /* [N] w/N: undoes the unnormalised inverse transform */
};

struct SgStftWork {
  float *samples;  /* [N] */
  SgComplex *bins; /* [n_bins] */
};

static bool
is_permitted_window(uint32_t n)
{
  if (n < 4 || n % 4 != 0)
    return false;
  const uint32_t primes[] = { 2, 3, 5 };
  for (int i = 0; i < 3; i++)
    while (n % primes[i] == 0)
      n /= primes[i];
  return n == 1;
}

SgStftSize
sg_stft_size_for_rate(uint32_t rate_hz)
{
  double wanted = 4096.0 * rate_hz / 44100.0;
  uint32_t best = 4;
  for (uint32_t n = 4; n <= 2 * (uint32_t)wanted + 8; n += 4)
    if (is_permitted_window(n) && fabs(n - wanted) < fabs(best - wanted))
      best = n;
  return (SgStftSize){ .window = best, .hop = best / 4, .n_bins = best / 2 + 1 };
}

int64_t
sg_stft_n_frames(SgStftSize size, int64_t n_samples)
{
  return (n_samples + size.hop - 1) / size.hop + 1;
}

int64_t
sg_stft_frame_start(SgStftSize size, int64_t frame)
{
  return frame * size.hop - size.window / 2;
}

static int64_t
floor_div(int64_t a, int64_t b)
{
  return a / b - (a % b < 0);
}

int64_t
sg_stft_frames_touching(SgStftSize size, int64_t n_frames, int64_t start, int64_t n, int64_t *out_first)
{
  int64_t half = size.window / 2;
  int64_t first = floor_div(start - half, size.hop) + 1;
  int64_t last = floor_div(start + n - 1 + half, size.hop);
  if (first < 0)
    first = 0;
  if (last > n_frames - 1)
    last = n_frames - 1;
  *out_first = first;
  return last < first ? 0 : last - first + 1;
}

SgStft *
sg_stft_new(SgStftSize size)
{
  SgStft *stft = SG_NEW(SgStft, 1);
  if (stft == NULL)
    return NULL;
  stft->size = size;
  stft->fft = sg_fft_new(size.window);
  stft->window = SG_NEW(float, size.window);
  stft->synthesis_window = SG_NEW(float, size.window);
  if (stft->fft == NULL || stft->window == NULL || stft->synthesis_window == NULL) {
    sg_stft_free(stft);
    return NULL;
  }
  for (uint32_t n = 0; n < size.window; n++) {
    double w = 0.5 - 0.5 * cos(2.0 * M_PI * n / size.window);
    stft->window[n] = (float)w;
    stft->synthesis_window[n] = (float)(w / size.window);
  }
  return stft;
}

void
sg_stft_free(SgStft *stft)
{
  if (stft == NULL)
    return;
  sg_fft_free(stft->fft);
  sg_free(stft->window);
  sg_free(stft->synthesis_window);
  sg_free(stft);
}

SgStftSize
sg_stft_size(const SgStft *stft)
{
  return stft->size;
}

SgStftWork *
sg_stft_work_new(const SgStft *stft)
{
  SgStftWork *work = SG_NEW(SgStftWork, 1);
  if (work == NULL)
    return NULL;
  work->samples = SG_NEW(float, stft->size.window);
  work->bins = SG_NEW(SgComplex, stft->size.n_bins);
  if (work->samples == NULL || work->bins == NULL) {
    sg_stft_work_free(work);
    return NULL;
  }
  return work;
}

void
sg_stft_work_free(SgStftWork *work)
{
  if (work == NULL)
    return;
  sg_free(work->samples);
  sg_free(work->bins);
  sg_free(work);
}

void
sg_stft_analyse(const SgStft *stft, SgStftWork *work, const float *samples, int64_t n_frames,
                SgComplex *out_bins)
{
  const SgStftSize size = stft->size;
  for (int64_t t = 0; t < n_frames; t++) {
    const float *x = samples + t * size.hop;
    for (uint32_t n = 0; n < size.window; n++)
      work->samples[n] = stft->window[n] * x[n];
    /* The rows of out_bins are not aligned as the plan asks; work->bins is. */
    sg_fft_forward(stft->fft, work->samples, work->bins);
    memcpy(out_bins + t * size.n_bins, work->bins, size.n_bins * sizeof *out_bins);
  }
}

void
sg_stft_synthesise(const SgStft *stft, SgStftWork *work, const SgComplex *bins, int64_t n_frames,
                   float *out_samples)
{
  const SgStftSize size = stft->size;
  if (n_frames < 1)
    return;
  memset(out_samples, 0, (size_t)((n_frames - 1) * size.hop + size.window) * sizeof *out_samples);
  for (int64_t t = 0; t < n_frames; t++) {
    memcpy(work->bins, bins + t * size.n_bins, size.n_bins * sizeof *bins);
    sg_fft_inverse(stft->fft, work->bins, work->samples);
    float *y = out_samples + t * size.hop;
    for (uint32_t n = 0; n < size.window; n++)
      y[n] += stft->synthesis_window[n] * work->samples[n];
  }
}

/* Σ_t w²[m − t·hop + N/2] over the frames that exist. */
static float
window_power_at(const SgStft *stft, int64_t n_song_frames, int64_t sample)
{
  int64_t first;
  int64_t count = sg_stft_frames_touching(stft->size, n_song_frames, sample, 1, &first);
  float sum = 0.0f;
  for (int64_t t = first; t < first + count; t++) {
    float w = stft->window[sample - sg_stft_frame_start(stft->size, t)];
    sum += w * w;
  }
  return sum;
}

void
sg_stft_normalise(const SgStft *stft, int64_t n_song_frames, int64_t start, int64_t n, float *samples)
{
  /* From here to there all four frames around a sample exist and Σ w² = 3/2. */
  int64_t inner_from = stft->size.window / 2;
  int64_t inner_to = (n_song_frames - 1) * stft->size.hop - stft->size.window / 2;
  for (int64_t i = 0; i < n; i++) {
    int64_t at = start + i;
    bool inner = at >= inner_from && at < inner_to;
    samples[i] /= inner ? 1.5f : window_power_at(stft, n_song_frames, at);
  }
}
