#include <string.h>

#include "core/base/memory.h"
#include "core/metrics/correlation.h"
#include "core/metrics/evaluation-private.h"

static bool
is_same_signal(const SgTrackSignal *a, const SgTrackSignal *b)
{
  return a->n_pcms == b->n_pcms && memcmp(a->pcms, b->pcms, a->n_pcms * sizeof a->pcms[0]) == 0;
}

/* A source without an estimate, or silent in truth, is not paired. */
static SgStatus
make_pairs(SgMeasurement *measurement, const SgEvaluation *evaluation, const SgTrackSignal *estimates,
           SgError *error)
{
  measurement->estimates = SG_NEW(SgTrackSignal, evaluation->n_sources);
  measurement->pairs = SG_NEW(SgScorePair, evaluation->n_sources);
  measurement->estimate_silent = SG_NEW(bool, evaluation->n_sources);
  measurement->window_silent = SG_NEW(bool, (size_t)evaluation->segments.n_windows);
  if (measurement->estimates == NULL || measurement->pairs == NULL || measurement->estimate_silent == NULL ||
      measurement->window_silent == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  for (size_t j = 0; j < evaluation->n_sources; j++) {
    if (estimates[j].n_pcms == 0)
      continue;
    size_t known = 0;
    while (known < measurement->n_estimates && !is_same_signal(&measurement->estimates[known], &estimates[j]))
      known++;
    if (known == measurement->n_estimates)
      measurement->estimates[measurement->n_estimates++] = estimates[j];
    measurement->pairs[measurement->n_pairs++] = (SgScorePair){ .source = j, .estimate = known };
  }
  return SG_OK;
}

double
sg_measurement_source_energy(const SgMeasurement *measurement, const SgEvaluation *evaluation,
                             int64_t segment, size_t pair)
{
  size_t n_signals = evaluation->n_sources + measurement->n_estimates;
  return measurement->levels[(size_t)segment * n_signals + measurement->pairs[pair].source].energy;
}

double
sg_measurement_estimate_energy(const SgMeasurement *measurement, const SgEvaluation *evaluation,
                               int64_t segment, size_t pair)
{
  size_t n_signals = evaluation->n_sources + measurement->n_estimates;
  return measurement
      ->levels[(size_t)segment * n_signals + evaluation->n_sources + measurement->pairs[pair].estimate]
      .energy;
}

/* Whether an estimate stands for some source that is heard: only then does its silence count. */
static bool
is_scored(const SgMeasurement *measurement, const SgEvaluation *evaluation, size_t estimate)
{
  for (size_t p = 0; p < measurement->n_pairs; p++)
    if (measurement->pairs[p].estimate == estimate &&
        !evaluation->reference_silent[measurement->pairs[p].source])
      return true;
  return false;
}

static void
find_silence(SgMeasurement *measurement, const SgEvaluation *evaluation)
{
  const SgSegments *segments = &evaluation->segments;
  size_t n_signals = evaluation->n_sources + measurement->n_estimates;
  for (size_t e = 0; e < measurement->n_estimates; e++) {
    measurement->estimate_silent[e] = true;
    for (int64_t t = 0; t < segments->n_segments; t++)
      if (measurement->levels[(size_t)t * n_signals + evaluation->n_sources + e].energy > 0.0)
        measurement->estimate_silent[e] = false;
  }
  for (int64_t t = 0; t < segments->n_windows; t++) {
    const SgLevel *levels = measurement->levels + (size_t)t * n_signals;
    bool silent = false;
    for (size_t j = 0; j < evaluation->n_sources; j++)
      silent = silent || (levels[j].silent && !evaluation->reference_silent[j]);
    for (size_t e = 0; e < measurement->n_estimates; e++)
      silent = silent || (levels[evaluation->n_sources + e].silent && !measurement->estimate_silent[e] &&
                          is_scored(measurement, evaluation, e));
    measurement->window_silent[t] = silent;
  }
}

static SgStatus
measure_levels(SgMeasurement *measurement, const SgEvaluation *evaluation, const double *gains,
               SgPairLevel **out_pairs, const SgTasksProgress *progress, SgError *error)
{
  SgLevelsSetup setup = { .segments = evaluation->segments,
                          .sources = evaluation->references,
                          .n_sources = evaluation->n_sources,
                          .estimates = measurement->estimates,
                          .n_estimates = measurement->n_estimates,
                          .pairs = measurement->pairs,
                          .n_pairs = measurement->n_pairs,
                          .gains = gains,
                          .n_threads = evaluation->n_threads };
  size_t n_segments = (size_t)evaluation->segments.n_segments;
  if (measurement->levels == NULL)
    measurement->levels = SG_NEW(SgLevel, n_segments * (setup.n_sources + setup.n_estimates));
  *out_pairs = SG_NEW(SgPairLevel, n_segments * setup.n_pairs);
  if (measurement->levels == NULL || *out_pairs == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  return sg_levels(&setup, progress, measurement->levels, *out_pairs, error);
}

/* SI-SDR takes a second pass with its own gain: worked out from products alone, its error would drown in
 * rounding for estimates that are good but louder or softer. */
static SgStatus
measure_scaled_levels(SgMeasurement *measurement, const SgEvaluation *evaluation,
                      const SgTasksProgress *progress, SgError *error)
{
  double *gains = SG_NEW(double, measurement->n_pairs);
  if (gains == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  for (size_t p = 0; p < measurement->n_pairs; p++) {
    double product = 0.0, energy = 0.0;
    for (int64_t t = 0; t < evaluation->segments.n_segments; t++) {
      product += measurement->pair_levels[(size_t)t * measurement->n_pairs + p].product;
      energy += sg_measurement_source_energy(measurement, evaluation, t, p);
    }
    gains[p] = energy > 0.0 ? product / energy : 0.0;
  }
  SgStatus status =
      measure_levels(measurement, evaluation, gains, &measurement->scaled_levels, progress, error);
  sg_free(gains);
  return status;
}

/* The filters of one set: task 0 solves for all references, task 1 + p for the own ones of pair p. */
typedef struct {
  const SgMeasurement *measurement;
  const SgEvaluation *evaluation;
  const double *cross;  /* [reference channel][estimate channel][tap] */
  double *all_filters;  /* see SgDecompositionSetup */
  double **own_filters; /* [n_pairs] */
} Filters;

static SgStatus
solve(void *user, void *work, int64_t index, const atomic_bool *cancelled, SgError *error)
{
  (void)work;
  (void)cancelled;
  Filters *filters = user;
  size_t n_channels = filters->evaluation->segments.n_channels;
  size_t n_targets = filters->measurement->n_estimates * n_channels;
  if (index == 0)
    return sg_projection_solve(&filters->evaluation->all, filters->cross, n_targets, 0, n_targets,
                               filters->all_filters, error);
  const SgScorePair *pair = &filters->measurement->pairs[index - 1];
  return sg_projection_solve(&filters->evaluation->own[pair->source], filters->cross, n_targets,
                             pair->estimate * n_channels, n_channels, filters->own_filters[index - 1], error);
}

static SgTasksProgress
part_of(const SgTasksProgress *whole, double from, double to)
{
  SgTasksProgress part = *whole;
  part.from = whole->from + from * (whole->to - whole->from);
  part.to = whole->from + to * (whole->to - whole->from);
  return part;
}

static SgStatus
correlate_and_solve(Filters *filters, const SgTasksProgress *progress, SgError *error)
{
  const SgEvaluation *evaluation = filters->evaluation;
  const SgMeasurement *measurement = filters->measurement;
  size_t n_channels = evaluation->segments.n_channels;
  size_t n_targets = measurement->n_estimates * n_channels;
  double *cross = SG_NEW(double, evaluation->n_sources *n_channels *n_targets *SG_SPECTRA_TAPS);
  bool complete = cross != NULL;
  filters->cross = cross;
  filters->all_filters = SG_NEW(double, n_targets * evaluation->all.n_signals * SG_SPECTRA_TAPS);
  complete = complete && filters->all_filters != NULL;
  for (size_t p = 0; p < measurement->n_pairs; p++) {
    filters->own_filters[p] = SG_NEW(double, n_channels *n_channels *SG_SPECTRA_TAPS);
    complete = complete && filters->own_filters[p] != NULL;
  }
  SgStatus status = complete ? SG_OK : sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  if (status == SG_OK) {
    SgCorrelationSetup setup = { .n_samples = evaluation->segments.n_samples,
                                 .n_channels = evaluation->segments.n_channels,
                                 .a = evaluation->references,
                                 .n_a = evaluation->n_sources,
                                 .b = measurement->estimates,
                                 .n_b = measurement->n_estimates,
                                 .fft = evaluation->fft,
                                 .n_threads = evaluation->n_threads };
    SgTasksProgress part = part_of(progress, 0.0, 0.4);
    status = sg_correlation(&setup, &part, cross, error);
  }
  if (status == SG_OK) {
    SgTasks tasks = { .n_tasks = 1 + (int64_t)measurement->n_pairs,
                      .n_threads = evaluation->n_threads,
                      .user = filters,
                      .task = solve };
    SgTasksProgress part = part_of(progress, 0.4, 0.45);
    status = sg_tasks_run(&tasks, &part, error);
  }
  sg_free(cross);
  return status;
}

static SgStatus
measure_projections(SgMeasurement *measurement, const SgEvaluation *evaluation,
                    const SgTasksProgress *progress, SgError *error)
{
  size_t n_energies = (size_t)evaluation->segments.n_segments * measurement->n_pairs;
  measurement->windows = SG_NEW(SgEnergies, n_energies);
  measurement->whole = SG_NEW(SgEnergies, n_energies);
  Filters filters = { .measurement = measurement,
                      .evaluation = evaluation,
                      .own_filters = SG_NEW(double *, measurement->n_pairs) };
  if (measurement->windows == NULL || measurement->whole == NULL || filters.own_filters == NULL) {
    sg_free(filters.own_filters);
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  }
  SgStatus status = correlate_and_solve(&filters, progress, error);
  if (status == SG_OK) {
    SgDecompositionSetup setup = { .segments = evaluation->segments,
                                   .sources = evaluation->references,
                                   .n_sources = evaluation->n_sources,
                                   .estimates = measurement->estimates,
                                   .n_estimates = measurement->n_estimates,
                                   .pairs = measurement->pairs,
                                   .n_pairs = measurement->n_pairs,
                                   .all = &evaluation->all,
                                   .own = evaluation->own,
                                   .all_filters = filters.all_filters,
                                   .own_filters = filters.own_filters,
                                   .fft = evaluation->fft,
                                   .n_threads = evaluation->n_threads };
    SgTasksProgress part = part_of(progress, 0.45, 1.0);
    status = sg_decomposition(&setup, &part, measurement->windows, measurement->whole, error);
  }
  for (size_t p = 0; p < measurement->n_pairs; p++)
    sg_free(filters.own_filters[p]);
  sg_free(filters.own_filters);
  sg_free(filters.all_filters);
  return status;
}

SgStatus
sg_measurement_init(SgMeasurement *measurement, const SgEvaluation *evaluation,
                    const SgTrackSignal *estimates, const SgTasksProgress *progress, SgError *error)
{
  *measurement = (SgMeasurement){ 0 };
  SgStatus status = make_pairs(measurement, evaluation, estimates, error);
  SgTasksProgress levels = part_of(progress, 0.0, 0.1), scaled = part_of(progress, 0.1, 0.2),
                  projections = part_of(progress, 0.2, 1.0);
  if (status == SG_OK)
    status = measure_levels(measurement, evaluation, NULL, &measurement->pair_levels, &levels, error);
  if (status != SG_OK)
    return status;
  find_silence(measurement, evaluation);
  if (evaluation->measures & SG_MEASURE_SI_SDR)
    status = measure_scaled_levels(measurement, evaluation, &scaled, error);
  if (status == SG_OK && sg_evaluation_projects(evaluation) && measurement->n_pairs > 0)
    status = measure_projections(measurement, evaluation, &projections, error);
  return status;
}

void
sg_measurement_clear(SgMeasurement *measurement)
{
  sg_free(measurement->estimates);
  sg_free(measurement->pairs);
  sg_free(measurement->estimate_silent);
  sg_free(measurement->window_silent);
  sg_free(measurement->levels);
  sg_free(measurement->pair_levels);
  sg_free(measurement->scaled_levels);
  sg_free(measurement->windows);
  sg_free(measurement->whole);
  *measurement = (SgMeasurement){ 0 };
}
