#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/metrics/evaluation-private.h"
#include "core/metrics/gain-search.h"

/* y of the search: the mixture itself for SDR, its projection on the source for ISR. */
static SgGainWindow
window_of(const SgMeasurement *measurement, const SgEvaluation *evaluation, int64_t segment, size_t pair,
          bool projected, const SgEnergies *energies)
{
  size_t at = (size_t)segment * measurement->n_pairs + pair;
  SgGainWindow window = { .signal = sg_measurement_source_energy(measurement, evaluation, segment, pair),
                          .estimate = sg_measurement_estimate_energy(measurement, evaluation, segment, pair),
                          .error = measurement->pair_levels[at].error };
  if (projected) {
    window.estimate = energies[at].own;
    window.error = energies[at].spatial;
  }
  return window;
}

static SgStatus
best_median(const SgMeasurement *measurement, const SgEvaluation *evaluation, size_t pair, SgScoreValue value,
            SgBaseline *baseline, SgError *error)
{
  SgGainWindow *windows = SG_NEW(SgGainWindow, (size_t)evaluation->segments.n_windows);
  if (windows == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  size_t n = 0;
  for (int64_t t = 0; t < evaluation->segments.n_windows; t++)
    if (!measurement->window_silent[t])
      windows[n++] = window_of(measurement, evaluation, t, pair, value == SG_BSS4_ISR, measurement->windows);
  SgStatus status =
      sg_gain_search_median(windows, n, &baseline->gains[value], &baseline->gain.values[value], error);
  sg_free(windows);
  return status;
}

/* Over the whole track the best gain is the projection's; `bias` is what MDX adds to both energies. */
static void
best_whole(const SgMeasurement *measurement, const SgEvaluation *evaluation, size_t pair, SgScoreValue value,
           bool projected, double bias, SgBaseline *baseline)
{
  SgGainWindow whole = { 0 };
  for (int64_t t = 0; t < evaluation->segments.n_segments; t++) {
    SgGainWindow window = window_of(measurement, evaluation, t, pair, projected, measurement->whole);
    whole.signal += window.signal;
    whole.estimate += window.estimate;
    whole.error += window.error;
  }
  baseline->gains[value] = sg_gain_peak(&whole);
  baseline->gain.values[value] =
      sg_ratio_db(whole.signal + bias, sg_gain_error(&whole, baseline->gains[value]) + bias);
}

static SgStatus
fill_gain(const SgMeasurement *measurement, const SgEvaluation *evaluation, size_t pair, SgBaseline *baseline,
          SgError *error)
{
  uint32_t measures = evaluation->measures;
  bool heard = !evaluation->reference_silent[measurement->pairs[pair].source];
  SgStatus status = SG_OK;
  if (measures & SG_MEASURE_MDX)
    best_whole(measurement, evaluation, pair, SG_MDX_SDR, false, 1e-7, baseline);
  if (heard && measures & (SG_MEASURE_BSS4 | SG_MEASURE_BSS4_SDR)) {
    best_whole(measurement, evaluation, pair, SG_BSS4_GLOBAL_SDR, false, 0.0, baseline);
    status = best_median(measurement, evaluation, pair, SG_BSS4_SDR, baseline, error);
  }
  if (heard && measures & SG_MEASURE_BSS4 && status == SG_OK) {
    best_whole(measurement, evaluation, pair, SG_BSS4_GLOBAL_ISR, true, 0.0, baseline);
    status = best_median(measurement, evaluation, pair, SG_BSS4_ISR, baseline, error);
  }
  if (heard && measures & SG_MEASURE_BSS3 && evaluation->segments.n_channels > 1) {
    best_whole(measurement, evaluation, pair, SG_BSS3_SDR, false, 0.0, baseline);
    best_whole(measurement, evaluation, pair, SG_BSS3_ISR, true, 0.0, baseline);
  }
  return status;
}

static SgStatus
fill_baselines(const SgMeasurement *measurement, const SgEvaluation *evaluation, SgBaseline *out_baselines,
               SgError *error)
{
  SgScore *scores = SG_NEW(SgScore, evaluation->n_sources);
  if (scores == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  SgStatus status = sg_measurement_scores(measurement, evaluation, scores, error);
  for (size_t j = 0; j < evaluation->n_sources && status == SG_OK; j++) {
    SgBaseline *baseline = &out_baselines[j];
    baseline->mixture = baseline->gain = scores[j];
    memset(baseline->gain.curves, 0, sizeof baseline->gain.curves);
    for (int v = 0; v < SG_N_SCORE_VALUES; v++)
      baseline->gains[v] = NAN;
  }
  if (status == SG_OK)
    status = sg_measurement_silence(measurement, evaluation, scores, error);
  for (size_t j = 0; j < evaluation->n_sources && status == SG_OK; j++)
    out_baselines[j].silence = scores[j];
  sg_free(scores);
  for (size_t p = 0; p < measurement->n_pairs && status == SG_OK; p++)
    status = fill_gain(measurement, evaluation, p, &out_baselines[measurement->pairs[p].source], error);
  return status;
}

SgStatus
sg_evaluation_baselines(SgEvaluation *evaluation, SgProgress progress, void *user, SgBaseline *out_baselines,
                        SgError *error)
{
  memset(out_baselines, 0, evaluation->n_sources * sizeof *out_baselines);
  SgTrackSignal signals[SG_EVALUATION_MAX_SIGNALS];
  for (size_t j = 0; j < evaluation->n_sources; j++)
    signals[j] = evaluation->mixture;
  SgTasksProgress whole = { .call = progress, .user = user, .stage = "baselines", .to = 1.0 };
  SgMeasurement measurement;
  SgStatus status = sg_measurement_init(&measurement, evaluation, signals, &whole, error);
  if (status == SG_OK)
    status = fill_baselines(&measurement, evaluation, out_baselines, error);
  sg_measurement_clear(&measurement);
  for (size_t j = 0; j < evaluation->n_sources && status != SG_OK; j++)
    sg_baseline_clear(&out_baselines[j]);
  if (status == SG_OK && progress != NULL)
    progress(1.0, "baselines", user);
  return status;
}

void
sg_baseline_clear(SgBaseline *baseline)
{
  if (baseline == NULL)
    return;
  sg_score_clear(&baseline->mixture);
  sg_score_clear(&baseline->silence);
  sg_score_clear(&baseline->gain);
  memset(baseline, 0, sizeof *baseline);
}

double
sg_baseline_best(const SgBaseline *baseline, SgScoreValue value, const char **out_id)
{
  const SgScore *scores[] = { &baseline->mixture, &baseline->silence, &baseline->gain };
  static const char *const ids[] = { "mixture", "silence", "gain" };
  double best = NAN;
  const char *id = NULL;
  for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++)
    if (isnan(best) || scores[i]->values[value] > best) {
      best = scores[i]->values[value];
      id = isnan(best) ? NULL : ids[i];
    }
  if (out_id != NULL)
    *out_id = id;
  return best;
}
