#include "core/beat/beat-tracker.h"

#include <aubio/aubio.h>
#include <math.h>
#include <stdlib.h>

#include "core/base/memory.h"
#include "core/dsp/fft.h"

enum { WINDOW = 1024, HOP = 512, READ_SAMPLES = 32 * HOP, LEAST_BEATS = 4, BEATS_PER_BAR = 4 };

/* aubio drops beats that fall into silence, also into that before a drum. */
#define SILENCE_DB (-300.0f)

#define REGULAR_SHARE 0.6 /* of the beats */
#define REGULAR_RMS_S 0.025

/* y = phase + period·k by least squares over the points that are in. */
typedef struct {
  double phase, period;
} Line;

static Line
fit_line(const double *k, const double *y, const bool *in, size_t n)
{
  double count = 0.0, mean_k = 0.0, mean_y = 0.0, kk = 0.0, ky = 0.0;
  for (size_t i = 0; i < n; i++)
    if (in[i]) {
      count += 1.0;
      mean_k += (k[i] - mean_k) / count;
      mean_y += (y[i] - mean_y) / count;
    }
  for (size_t i = 0; i < n; i++)
    if (in[i]) {
      kk += (k[i] - mean_k) * (k[i] - mean_k);
      ky += (k[i] - mean_k) * (y[i] - mean_y);
    }
  double period = kk > 0.0 ? ky / kk : 0.0;
  return (Line){ mean_y - period * mean_k, period };
}

static int
compare(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double
median_distance(const double *beats, size_t n, double *scratch)
{
  for (size_t i = 0; i + 1 < n; i++)
    scratch[i] = beats[i + 1] - beats[i];
  qsort(scratch, n - 1, sizeof *scratch, compare);
  return scratch[(n - 1) / 2];
}

/* Numbers the beats by their distances in periods, and takes in those that lie near the line so far. */
static Line
fit_regular(const double *beats, size_t n, double period, double *k, bool *in)
{
  k[0] = 0.0;
  in[0] = true;
  for (size_t i = 1; i < n; i++) {
    k[i] = k[i - 1] + round((beats[i] - beats[i - 1]) / period);
    in[i] = true;
  }
  /* Of a period: a beat this close to the grid is one of it. */
  static const double near_shares[] = { 0.3, 0.2, 0.12, 0.1 };
  Line line = fit_line(k, beats, in, n);
  for (int i_round = 0; i_round < 4 && line.period > 0.0; i_round++) {
    for (size_t i = 0; i < n; i++) {
      k[i] = round((beats[i] - line.phase) / line.period);
      in[i] = fabs(beats[i] - line.phase - k[i] * line.period) < near_shares[i_round] * line.period;
    }
    line = fit_line(k, beats, in, n);
  }
  return line;
}

static bool
is_regular(const double *beats, const double *k, const bool *in, size_t n, Line line, uint32_t rate_hz)
{
  double square = 0.0;
  size_t n_in = 0;
  for (size_t i = 0; i < n; i++)
    if (in[i]) {
      double off = beats[i] - line.phase - k[i] * line.period;
      square += off * off;
      n_in++;
    }
  return line.period > 0.0 && (double)n_in >= REGULAR_SHARE * (double)n &&
         sqrt(square / (double)n_in) <= REGULAR_RMS_S * rate_hz;
}

SgBeatGrid *
sg_beats_regularise(const double *beats, size_t n, uint32_t rate_hz, int64_t n_samples)
{
  SgBeatGrid *grid = NULL;
  double *k = n >= 2 ? SG_NEW(double, n) : NULL;
  bool *in = n >= 2 ? SG_NEW(bool, n) : NULL;
  if (k != NULL && in != NULL) {
    double period = median_distance(beats, n, k);
    Line line = fit_regular(beats, n, period, k, in);
    if (is_regular(beats, k, in, n, line, rate_hz))
      grid = sg_beat_grid_new_regular(line.phase, line.period, BEATS_PER_BAR, n_samples);
    else
      grid = sg_beat_grid_new(beats, n, 0, BEATS_PER_BAR, n_samples);
  }
  sg_free(k);
  sg_free(in);
  return grid;
}

SgBeatGrid *
sg_beats_tapped(const double *taps, size_t n, uint32_t rate_hz, int64_t n_samples)
{
  SgBeatGrid *grid = NULL;
  double *k = n >= 2 ? SG_NEW(double, n) : NULL;
  bool *in = n >= 2 ? SG_NEW(bool, n) : NULL;
  for (size_t i = 0; i < n && k != NULL && in != NULL; i++) {
    k[i] = (double)i;
    in[i] = true;
  }
  if (k != NULL && in != NULL) {
    Line line = fit_line(k, taps, in, n);
    double bpm = line.period > 0.0 ? 60.0 * rate_hz / line.period : 0.0;
    if (bpm >= SG_BEAT_MIN_BPM && bpm <= SG_BEAT_MAX_BPM)
      grid = sg_beat_grid_new_regular(line.phase, line.period, BEATS_PER_BAR, n_samples);
  }
  sg_free(k);
  sg_free(in);
  return grid;
}

/* The beats found so far. */
typedef struct {
  double *at;
  size_t n, room;
} Beats;

static bool
add_beat(Beats *beats, double at)
{
  if (beats->n == beats->room) {
    size_t room = beats->room > 0 ? 2 * beats->room : 256;
    double *more = SG_NEW(double, room);
    if (more == NULL)
      return false;
    for (size_t i = 0; i < beats->n; i++)
      more[i] = beats->at[i];
    sg_free(beats->at);
    beats->at = more;
    beats->room = room;
  }
  if (beats->n == 0 || at - beats->at[beats->n - 1] >= 1.0)
    beats->at[beats->n++] = at;
  return true;
}

typedef struct {
  const SgPcm *pcm;
  float *channels[SG_MAX_CHANNELS];
  aubio_tempo_t *tracker;
  fvec_t *hop, *found;
  Beats beats;
} Work;

static bool
prepare(Work *work)
{
  bool complete = true;
  uint32_t n_channels = sg_pcm_n_channels(work->pcm);
  for (uint32_t c = 0; c < n_channels; c++) {
    work->channels[c] = SG_NEW(float, READ_SAMPLES);
    complete = complete && work->channels[c] != NULL;
  }
  /* aubio plans with FFTW too. */
  sg_fft_lock_planner();
  work->tracker = new_aubio_tempo("default", WINDOW, HOP, sg_pcm_rate(work->pcm));
  sg_fft_unlock_planner();
  if (work->tracker != NULL)
    aubio_tempo_set_silence(work->tracker, SILENCE_DB);
  work->hop = new_fvec(HOP);
  work->found = new_fvec(1);
  return complete && work->tracker != NULL && work->hop != NULL && work->found != NULL;
}

static void
clear(Work *work)
{
  for (int c = 0; c < SG_MAX_CHANNELS; c++)
    sg_free(work->channels[c]);
  sg_fft_lock_planner();
  if (work->tracker != NULL)
    del_aubio_tempo(work->tracker);
  sg_fft_unlock_planner();
  if (work->hop != NULL)
    del_fvec(work->hop);
  if (work->found != NULL)
    del_fvec(work->found);
  sg_free(work->beats.at);
}

/* Feeds the samples that have been read, hop by hop. */
static bool
track(Work *work, size_t n)
{
  uint32_t n_channels = sg_pcm_n_channels(work->pcm);
  for (size_t at = 0; at < n; at += HOP) {
    for (size_t i = 0; i < HOP; i++) {
      float sum = 0.0f;
      for (uint32_t c = 0; c < n_channels && at + i < n; c++)
        sum += work->channels[c][at + i];
      work->hop->data[i] = sum / (float)n_channels;
    }
    aubio_tempo_do(work->tracker, work->hop, work->found);
    if (work->found->data[0] != 0.0f && !add_beat(&work->beats, aubio_tempo_get_last(work->tracker)))
      return false;
  }
  return true;
}

SgStatus
sg_beats_find(const SgPcm *pcm, SgProgress progress, void *user, SgBeatGrid **out_grid, SgError *error)
{
  *out_grid = NULL;
  Work work = { .pcm = pcm };
  int64_t n = sg_pcm_n_samples(pcm);
  SgStatus status = prepare(&work) ? SG_OK : sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  for (int64_t at = 0; at < n && status == SG_OK; at += READ_SAMPLES) {
    int64_t count = n - at < READ_SAMPLES ? n - at : READ_SAMPLES;
    if (progress != NULL && !progress((double)at / (double)n, "beats", user))
      status = sg_error_set(error, SG_CANCELLED, NULL, NULL);
    else
      status = sg_pcm_read(pcm, at, count, work.channels, error);
    if (status == SG_OK && !track(&work, (size_t)count))
      status = sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  }
  if (status == SG_OK && work.beats.n < LEAST_BEATS)
    status = sg_error_set(error, SG_NO_BEATS, NULL, NULL);
  if (status == SG_OK) {
    *out_grid = sg_beats_regularise(work.beats.at, work.beats.n, sg_pcm_rate(pcm), n);
    if (*out_grid == NULL)
      status = sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  }
  clear(&work);
  return status;
}
