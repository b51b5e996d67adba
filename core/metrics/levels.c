#include "core/metrics/levels.h"

#include <math.h>

#include "core/base/memory.h"

enum { PIECE_SAMPLES = 4096 };

typedef struct {
  const SgLevelsSetup *setup;
  SgLevel *levels;
  SgPairLevel *pairs;
} Job;

typedef struct {
  float *floats[SG_MAX_CHANNELS]; /* [PIECE_SAMPLES] */
  double *samples;                /* [signal][channel][PIECE_SAMPLES] */
} Work;

SgSegments
sg_segments_of(const SgPcm *track)
{
  SgSegments segments = { .n_samples = sg_pcm_n_samples(track),
                          .n_channels = sg_pcm_n_channels(track),
                          .window_samples = sg_pcm_rate(track) };
  segments.is_short = segments.window_samples > segments.n_samples;
  if (segments.is_short)
    segments.window_samples = segments.n_samples;
  segments.n_windows = segments.n_samples / segments.window_samples;
  segments.n_segments = segments.n_windows + (segments.n_samples % segments.window_samples != 0);
  return segments;
}

int64_t
sg_segment_range(const SgSegments *segments, int64_t segment, int64_t *out_start)
{
  *out_start = segment * segments->window_samples;
  int64_t left = segments->n_samples - *out_start;
  return left < segments->window_samples ? left : segments->window_samples;
}

static void
work_free(void *memory)
{
  Work *work = memory;
  if (work == NULL)
    return;
  for (int c = 0; c < SG_MAX_CHANNELS; c++)
    sg_free(work->floats[c]);
  sg_free(work->samples);
  sg_free(work);
}

static void *
work_new(const void *user)
{
  const SgLevelsSetup *setup = ((const Job *)user)->setup;
  Work *work = SG_NEW(Work, 1);
  if (work == NULL)
    return NULL;
  uint32_t n_channels = setup->segments.n_channels;
  work->samples = SG_NEW(double, (setup->n_sources + setup->n_estimates) * n_channels * PIECE_SAMPLES);
  bool complete = work->samples != NULL;
  for (uint32_t c = 0; c < n_channels; c++) {
    work->floats[c] = SG_NEW(float, PIECE_SAMPLES);
    complete = complete && work->floats[c] != NULL;
  }
  if (complete)
    return work;
  work_free(work);
  return NULL;
}

static SgStatus
bad_sample(const double *samples, uint32_t n_channels, int64_t start, int64_t n, SgError *error)
{
  SgStatus status = sg_error_set(error, SG_BAD_SAMPLE, NULL, NULL);
  for (int64_t i = 0; i < n && error != NULL; i++)
    for (uint32_t c = 0; c < n_channels; c++)
      if (!isfinite(samples[c * PIECE_SAMPLES + i])) {
        error->position = start + i;
        error->actual = c;
        return status;
      }
  return status;
}

static SgStatus
add_level(SgLevel *level, const double *samples, uint32_t n_channels, int64_t start, int64_t n,
          SgError *error)
{
  double energy = 0.0;
  for (uint32_t c = 0; c < n_channels; c++)
    for (int64_t i = 0; i < n; i++)
      energy += samples[c * PIECE_SAMPLES + i] * samples[c * PIECE_SAMPLES + i];
  if (!isfinite(energy))
    return bad_sample(samples, n_channels, start, n, error);
  level->energy += energy;
  for (int64_t i = 0; i < n && level->silent; i++) {
    double sum = 0.0;
    for (uint32_t c = 0; c < n_channels; c++)
      sum += samples[c * PIECE_SAMPLES + i];
    level->silent = sum == 0.0;
  }
  return SG_OK;
}

static void
add_pair(SgPairLevel *level, const double *source, const double *estimate, double gain, uint32_t n_channels,
         int64_t n)
{
  double product = 0.0, error = 0.0;
  for (uint32_t c = 0; c < n_channels; c++)
    for (int64_t i = 0; i < n; i++) {
      double s = source[c * PIECE_SAMPLES + i], e = estimate[c * PIECE_SAMPLES + i];
      product += s * e;
      error += (e - gain * s) * (e - gain * s);
    }
  level->product += product;
  level->error += error;
}

static SgStatus
do_piece(const Job *job, Work *work, int64_t segment, int64_t start, int64_t n, SgError *error)
{
  const SgLevelsSetup *setup = job->setup;
  uint32_t n_channels = setup->segments.n_channels;
  size_t n_signals = setup->n_sources + setup->n_estimates, signal_size = (size_t)n_channels * PIECE_SAMPLES;
  for (size_t s = 0; s < n_signals; s++) {
    double *channels[SG_MAX_CHANNELS];
    for (uint32_t c = 0; c < n_channels; c++)
      channels[c] = work->samples + s * signal_size + c * PIECE_SAMPLES;
    const SgTrackSignal *signal =
        s < setup->n_sources ? &setup->sources[s] : &setup->estimates[s - setup->n_sources];
    SgStatus status =
        sg_track_signal_read(signal, setup->segments.n_samples, start, n, work->floats, channels, error);
    if (status == SG_OK)
      status =
          add_level(&job->levels[(size_t)segment * n_signals + s], channels[0], n_channels, start, n, error);
    if (status != SG_OK)
      return status;
  }
  for (size_t p = 0; p < setup->n_pairs; p++)
    add_pair(&job->pairs[(size_t)segment * setup->n_pairs + p],
             work->samples + setup->pairs[p].source * signal_size,
             work->samples + (setup->n_sources + setup->pairs[p].estimate) * signal_size,
             setup->gains != NULL ? setup->gains[p] : 1.0, n_channels, n);
  return SG_OK;
}

static SgStatus
do_segment(void *user, void *work, int64_t segment, const atomic_bool *cancelled, SgError *error)
{
  const Job *job = user;
  const SgLevelsSetup *setup = job->setup;
  size_t n_signals = setup->n_sources + setup->n_estimates;
  for (size_t s = 0; s < n_signals; s++)
    job->levels[(size_t)segment * n_signals + s] = (SgLevel){ .silent = true };
  for (size_t p = 0; p < setup->n_pairs; p++)
    job->pairs[(size_t)segment * setup->n_pairs + p] = (SgPairLevel){ 0 };
  int64_t start, n = sg_segment_range(&setup->segments, segment, &start);
  for (int64_t at = 0; at < n; at += PIECE_SAMPLES) {
    if (atomic_load(cancelled))
      return sg_error_set(error, SG_CANCELLED, NULL, NULL);
    SgStatus status =
        do_piece(job, work, segment, start + at, n - at < PIECE_SAMPLES ? n - at : PIECE_SAMPLES, error);
    if (status != SG_OK)
      return status;
  }
  return SG_OK;
}

SgStatus
sg_levels(const SgLevelsSetup *setup, const SgTasksProgress *progress, SgLevel *out_levels,
          SgPairLevel *out_pairs, SgError *error)
{
  Job job = { .setup = setup, .levels = out_levels, .pairs = out_pairs };
  SgTasks tasks = { .n_tasks = setup->segments.n_segments,
                    .n_threads = setup->n_threads,
                    .user = &job,
                    .work_new = work_new,
                    .work_free = work_free,
                    .task = do_segment };
  return sg_tasks_run(&tasks, progress, error);
}
