#include "core/metrics/evaluation.h"

#include <string.h>

#include "core/base/memory.h"
#include "core/metrics/correlation.h"
#include "core/metrics/evaluation-private.h"

bool
sg_evaluation_projects(const SgEvaluation *evaluation)
{
  return (evaluation->measures & (SG_MEASURE_BSS4 | SG_MEASURE_BSS3)) != 0;
}

static SgStatus
check_setup(const SgEvaluationSetup *setup, SgError *error)
{
  if (setup->n_sources < 1 ||
      setup->n_sources * sg_pcm_n_channels(setup->sources[0]) > SG_EVALUATION_MAX_SIGNALS)
    return sg_error_set(error, SG_BAD_ARGUMENT, NULL, "sources");
  if (setup->measures == 0 || (setup->measures & ~(uint32_t)SG_MEASURE_ALL) != 0)
    return sg_error_set(error, SG_BAD_ARGUMENT, NULL, "measures");
  if (sg_pcm_n_samples(setup->sources[0]) < 1)
    return sg_error_set(error, SG_NO_SAMPLES, NULL, NULL);
  SgStatus status = sg_track_check_format(setup->sources, setup->n_sources, setup->sources[0], true, error);
  if (status == SG_OK)
    status = sg_track_check_format(&setup->mixture, 1, setup->sources[0], true, error);
  return status;
}

static SgStatus
measure_references(SgEvaluation *evaluation, const SgTasksProgress *progress, SgError *error)
{
  SgLevelsSetup setup = { .segments = evaluation->segments,
                          .sources = evaluation->references,
                          .n_sources = evaluation->n_sources,
                          .n_threads = evaluation->n_threads };
  SgLevel *levels = SG_NEW(SgLevel, (size_t)evaluation->segments.n_segments * evaluation->n_sources);
  if (levels == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  SgStatus status = sg_levels(&setup, progress, levels, NULL, error);
  for (size_t j = 0; j < evaluation->n_sources && status == SG_OK; j++) {
    evaluation->reference_silent[j] = true;
    for (int64_t t = 0; t < evaluation->segments.n_segments; t++)
      if (levels[(size_t)t * evaluation->n_sources + j].energy > 0.0)
        evaluation->reference_silent[j] = false;
  }
  sg_free(levels);
  return status;
}

/* Task 0 factors the matrix of all references, task 1 + j that of source j. */
typedef struct {
  SgEvaluation *evaluation;
  const double *lags;
} Factors;

static SgStatus
factor(void *user, void *work, int64_t index, const atomic_bool *cancelled, SgError *error)
{
  (void)work;
  Factors *factors = user;
  SgEvaluation *evaluation = factors->evaluation;
  size_t n_channels = evaluation->segments.n_channels, n_all = evaluation->n_sources * n_channels;
  size_t signals[SG_EVALUATION_MAX_SIGNALS];
  size_t first = index == 0 ? 0 : (size_t)(index - 1) * n_channels, n = index == 0 ? n_all : n_channels;
  for (size_t i = 0; i < n; i++)
    signals[i] = first + i;
  return sg_projection_init(index == 0 ? &evaluation->all : &evaluation->own[index - 1], factors->lags, n_all,
                            signals, n, cancelled, error);
}

static SgStatus
prepare_projections(SgEvaluation *evaluation, const SgTasksProgress *correlating,
                    const SgTasksProgress *factoring, SgError *error)
{
  size_t n_all = evaluation->n_sources * evaluation->segments.n_channels;
  double *lags = SG_NEW(double, n_all *n_all *SG_SPECTRA_TAPS);
  evaluation->fft = sg_fft_double_new(SG_SPECTRA_SIZE);
  evaluation->own = SG_NEW(SgProjection, evaluation->n_sources);
  if (lags == NULL || evaluation->fft == NULL || evaluation->own == NULL) {
    sg_free(lags);
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  }
  SgCorrelationSetup setup = { .n_samples = evaluation->segments.n_samples,
                               .n_channels = evaluation->segments.n_channels,
                               .a = evaluation->references,
                               .n_a = evaluation->n_sources,
                               .b = evaluation->references,
                               .n_b = evaluation->n_sources,
                               .fft = evaluation->fft,
                               .n_threads = evaluation->n_threads };
  SgStatus status = sg_correlation(&setup, correlating, lags, error);
  if (status == SG_OK) {
    Factors factors = { .evaluation = evaluation, .lags = lags };
    SgTasks tasks = { .n_tasks = 1 + (int64_t)evaluation->n_sources,
                      .n_threads = evaluation->n_threads,
                      .user = &factors,
                      .task = factor };
    status = sg_tasks_run(&tasks, factoring, error);
  }
  sg_free(lags);
  return status;
}

static bool
copy_setup(SgEvaluation *evaluation, const SgEvaluationSetup *setup)
{
  evaluation->n_sources = setup->n_sources;
  evaluation->measures = setup->measures;
  evaluation->n_threads = setup->n_threads;
  evaluation->segments = sg_segments_of(setup->sources[0]);
  evaluation->mixture_pcm = setup->mixture;
  evaluation->sources = SG_NEW(const SgPcm *, setup->n_sources);
  evaluation->references = SG_NEW(SgTrackSignal, setup->n_sources);
  evaluation->reference_silent = SG_NEW(bool, setup->n_sources);
  if (evaluation->sources == NULL || evaluation->references == NULL || evaluation->reference_silent == NULL)
    return false;
  for (size_t j = 0; j < setup->n_sources; j++) {
    evaluation->sources[j] = setup->sources[j];
    evaluation->references[j] = (SgTrackSignal){ .pcms = &evaluation->sources[j], .n_pcms = 1 };
  }
  evaluation->mixture = setup->mixture != NULL
                            ? (SgTrackSignal){ .pcms = &evaluation->mixture_pcm, .n_pcms = 1 }
                            : (SgTrackSignal){ .pcms = evaluation->sources, .n_pcms = setup->n_sources };
  return true;
}

SgStatus
sg_evaluation_new(const SgEvaluationSetup *setup, SgProgress progress, void *user,
                  SgEvaluation **out_evaluation, SgError *error)
{
  *out_evaluation = NULL;
  SgStatus status = check_setup(setup, error);
  if (status != SG_OK)
    return status;
  SgEvaluation *evaluation = SG_NEW(SgEvaluation, 1);
  if (evaluation == NULL || !copy_setup(evaluation, setup)) {
    status = sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
    goto fail;
  }
  SgTasksProgress levels = { .call = progress, .user = user, .stage = "references", .to = 0.1 };
  status = measure_references(evaluation, &levels, error);
  if (status == SG_OK && sg_evaluation_projects(evaluation)) {
    SgTasksProgress correlating = levels, factoring = levels;
    correlating.from = 0.1, correlating.to = 0.6;
    factoring.from = 0.6, factoring.to = 1.0;
    status = prepare_projections(evaluation, &correlating, &factoring, error);
  }
  if (status != SG_OK)
    goto fail;
  if (progress != NULL)
    progress(1.0, "references", user);
  *out_evaluation = evaluation;
  return SG_OK;
fail:
  sg_evaluation_free(evaluation);
  return status;
}

void
sg_evaluation_free(SgEvaluation *evaluation)
{
  if (evaluation == NULL)
    return;
  sg_projection_clear(&evaluation->all);
  for (size_t j = 0; j < evaluation->n_sources && evaluation->own != NULL; j++)
    sg_projection_clear(&evaluation->own[j]);
  sg_free(evaluation->own);
  sg_fft_double_free(evaluation->fft);
  sg_free(evaluation->reference_silent);
  sg_free(evaluation->references);
  sg_free(evaluation->sources);
  sg_free(evaluation);
}

size_t
sg_evaluation_n_sources(const SgEvaluation *evaluation)
{
  return evaluation->n_sources;
}

int64_t
sg_evaluation_n_windows(const SgEvaluation *evaluation)
{
  return evaluation->segments.n_windows;
}

int64_t
sg_evaluation_window_samples(const SgEvaluation *evaluation)
{
  return evaluation->segments.window_samples;
}

static uint32_t
length_flags(const SgEvaluation *evaluation, const SgPcm *estimate)
{
  int64_t n = estimate != NULL ? sg_pcm_n_samples(estimate) : evaluation->segments.n_samples;
  if (n > evaluation->segments.n_samples)
    return SG_SCORE_CUT;
  return n < evaluation->segments.n_samples ? SG_SCORE_PADDED : 0;
}

SgStatus
sg_evaluation_score(SgEvaluation *evaluation, const SgPcm *const *estimates, SgProgress progress, void *user,
                    SgScore *out_scores, SgError *error)
{
  memset(out_scores, 0, evaluation->n_sources * sizeof *out_scores);
  SgStatus status =
      sg_track_check_format(estimates, evaluation->n_sources, evaluation->sources[0], false, error);
  if (status != SG_OK)
    return status;
  SgTrackSignal signals[SG_EVALUATION_MAX_SIGNALS];
  for (size_t j = 0; j < evaluation->n_sources; j++)
    signals[j] = (SgTrackSignal){ .pcms = &estimates[j], .n_pcms = estimates[j] != NULL };
  SgTasksProgress whole = { .call = progress, .user = user, .stage = "score", .to = 1.0 };
  SgMeasurement measurement;
  status = sg_measurement_init(&measurement, evaluation, signals, &whole, error);
  if (status == SG_OK)
    status = sg_measurement_scores(&measurement, evaluation, out_scores, error);
  for (size_t j = 0; j < evaluation->n_sources && status == SG_OK; j++)
    out_scores[j].flags |= length_flags(evaluation, estimates[j]);
  sg_measurement_clear(&measurement);
  if (status == SG_OK && progress != NULL)
    progress(1.0, "score", user);
  return status;
}
