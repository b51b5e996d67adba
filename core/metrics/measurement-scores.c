#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/metrics/evaluation-private.h"
#include "core/metrics/score-set.h"

/* All that the four ratios of one source need, of a window or of the whole track. */
typedef struct {
  double source; /* ‖s‖² */
  double error;  /* ‖ŝ − s‖² */
  SgEnergies energies;
} Terms;

double
sg_ratio_db(double signal, double error)
{
  if (error == 0.0)
    return signal > 0.0 ? INFINITY : NAN;
  return 10.0 * log10(signal / error);
}

/* BSS Eval for images: Vincent et al. 2012, eq. 4–7. */
static void
image_ratios(const Terms *terms, double out[SG_N_CURVES])
{
  out[SG_CURVE_SDR] = sg_ratio_db(terms->source, terms->error);
  out[SG_CURVE_ISR] = sg_ratio_db(terms->source, terms->energies.spatial);
  out[SG_CURVE_SIR] = sg_ratio_db(terms->energies.own, terms->energies.interference);
  out[SG_CURVE_SAR] = sg_ratio_db(terms->energies.all, terms->energies.artefact);
}

static void
silence_terms(Terms *terms)
{
  terms->error = terms->source;
  terms->energies = (SgEnergies){ .spatial = terms->source };
}

static Terms
window_terms(const SgMeasurement *measurement, const SgEvaluation *evaluation, int64_t window, size_t pair)
{
  size_t at = (size_t)window * measurement->n_pairs + pair;
  Terms terms = { .source = sg_measurement_source_energy(measurement, evaluation, window, pair),
                  .error = measurement->pair_levels[at].error };
  if (measurement->windows != NULL)
    terms.energies = measurement->windows[at];
  return terms;
}

static Terms
whole_terms(const SgMeasurement *measurement, const SgEvaluation *evaluation, size_t pair)
{
  Terms terms = { 0 };
  for (int64_t t = 0; t < evaluation->segments.n_segments; t++) {
    size_t at = (size_t)t * measurement->n_pairs + pair;
    terms.source += sg_measurement_source_energy(measurement, evaluation, t, pair);
    terms.error += measurement->pair_levels[at].error;
    if (measurement->whole == NULL)
      continue;
    const SgEnergies *from = &measurement->whole[at];
    terms.energies.own += from->own;
    terms.energies.all += from->all;
    terms.energies.spatial += from->spatial;
    terms.energies.interference += from->interference;
    terms.energies.artefact += from->artefact;
    terms.energies.beyond_own += from->beyond_own;
  }
  return terms;
}

/* Curves over the windows and their medians. */
static SgStatus
score_windows(const SgMeasurement *measurement, const SgEvaluation *evaluation, size_t pair, bool silence,
              SgScore *score, SgError *error)
{
  int64_t n_windows = evaluation->segments.n_windows;
  int n_curves = evaluation->measures & SG_MEASURE_BSS4 ? SG_N_CURVES : 1;
  for (int c = 0; c < n_curves; c++) {
    score->curves[c] = SG_NEW(double, (size_t)n_windows);
    if (score->curves[c] == NULL)
      return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  }
  for (int64_t t = 0; t < n_windows; t++) {
    Terms terms = window_terms(measurement, evaluation, t, pair);
    if (silence)
      silence_terms(&terms);
    double ratios[SG_N_CURVES];
    image_ratios(&terms, ratios);
    for (int c = 0; c < n_curves; c++)
      score->curves[c][t] = measurement->window_silent[t] ? NAN : ratios[c];
    score->n_defined += !measurement->window_silent[t];
  }
  double *sorted = SG_NEW(double, (size_t)n_windows);
  if (sorted == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  for (int c = 0; c < n_curves; c++) {
    memcpy(sorted, score->curves[c], (size_t)n_windows * sizeof *sorted);
    score->values[SG_BSS4_SDR + c] = sg_median_in_place(sorted, (size_t)n_windows);
  }
  sg_free(sorted);
  if (score->n_defined < n_windows)
    score->flags |= SG_SCORE_WINDOWS_SILENT;
  if (score->n_defined == 0)
    score->flags |= SG_SCORE_NO_WINDOW;
  return SG_OK;
}

static void
score_whole(const SgMeasurement *measurement, const SgEvaluation *evaluation, size_t pair, bool silence,
            SgScore *score)
{
  Terms terms = whole_terms(measurement, evaluation, pair);
  if (silence)
    silence_terms(&terms);
  double ratios[SG_N_CURVES];
  image_ratios(&terms, ratios);
  if (evaluation->measures & (SG_MEASURE_BSS4 | SG_MEASURE_BSS4_SDR))
    score->values[SG_BSS4_GLOBAL_SDR] = ratios[SG_CURVE_SDR];
  for (int c = SG_CURVE_ISR; c < SG_N_CURVES && evaluation->measures & SG_MEASURE_BSS4; c++)
    score->values[SG_BSS4_GLOBAL_SDR + c] = ratios[c];
  if (evaluation->measures & SG_MEASURE_BSS3) {
    if (evaluation->segments.n_channels == 1) {
      ratios[SG_CURVE_SDR] = sg_ratio_db(terms.energies.own, terms.energies.beyond_own);
      ratios[SG_CURVE_ISR] = NAN;
    }
    for (int c = 0; c < SG_N_CURVES; c++)
      score->values[SG_BSS3_SDR + c] = ratios[c];
  }
  if (evaluation->measures & SG_MEASURE_SI_SDR) {
    double product = 0.0, error = 0.0;
    for (int64_t t = 0; t < evaluation->segments.n_segments; t++) {
      product += measurement->pair_levels[(size_t)t * measurement->n_pairs + pair].product;
      error += measurement->scaled_levels[(size_t)t * measurement->n_pairs + pair].error;
    }
    /* ‖αs‖² = ⟨ŝ,s⟩²/‖s‖² */
    score->values[SG_SI_SDR] =
        silence ? NAN : sg_ratio_db(terms.source > 0.0 ? product * product / terms.source : 0.0, error);
  }
}

/* Whether the edges of the windows dominate what is measured in them; see SG_SCORE_WINDOW_EDGES. */
static bool
edges_dominate(const SgMeasurement *measurement, const SgEvaluation *evaluation, size_t pair)
{
  int64_t n_dominated = 0, n_defined = 0;
  for (int64_t t = 0; t < evaluation->segments.n_windows; t++) {
    size_t at = (size_t)t * measurement->n_pairs + pair;
    const SgEnergies *cut = &measurement->windows[at], *through = &measurement->whole[at];
    if (measurement->window_silent[t])
      continue;
    n_defined++;
    n_dominated += cut->all > 2.0 * through->all || cut->own > 2.0 * through->own;
  }
  return 10 * n_dominated > n_defined;
}

static void
score_mdx(const SgMeasurement *measurement, const SgEvaluation *evaluation, size_t pair, bool silence,
          SgScore *score)
{
  Terms terms = whole_terms(measurement, evaluation, pair);
  if (silence)
    silence_terms(&terms);
  score->values[SG_MDX_SDR] = 10.0 * log10((terms.source + 1e-7) / (terms.error + 1e-7));
}

static bool
any_silent_beside(const SgMeasurement *measurement, const SgEvaluation *evaluation, size_t source)
{
  for (size_t j = 0; j < evaluation->n_sources; j++)
    if (j != source && evaluation->reference_silent[j])
      return true;
  for (size_t p = 0; p < measurement->n_pairs; p++)
    if (measurement->pairs[p].source != source &&
        measurement->estimate_silent[measurement->pairs[p].estimate])
      return true;
  return false;
}

static SgStatus
score_pair(const SgMeasurement *measurement, const SgEvaluation *evaluation, size_t pair, bool silence,
           SgScore *score, SgError *error)
{
  size_t source = measurement->pairs[pair].source;
  score->flags &= ~(uint32_t)SG_SCORE_NO_ESTIMATE;
  if (silence || measurement->estimate_silent[measurement->pairs[pair].estimate])
    score->flags |= SG_SCORE_ESTIMATE_SILENT;
  if (evaluation->measures & SG_MEASURE_MDX)
    score_mdx(measurement, evaluation, pair, silence, score);
  if (evaluation->reference_silent[source])
    return SG_OK;
  if (sg_evaluation_projects(evaluation) &&
      (sg_projection_is_singular(&evaluation->all) || sg_projection_is_singular(&evaluation->own[source])))
    score->flags |= SG_SCORE_SINGULAR;
  if (evaluation->measures & SG_MEASURE_BSS4 && !silence && edges_dominate(measurement, evaluation, pair))
    score->flags |= SG_SCORE_WINDOW_EDGES;
  score_whole(measurement, evaluation, pair, silence, score);
  if (evaluation->measures & (SG_MEASURE_BSS4 | SG_MEASURE_BSS4_SDR))
    return score_windows(measurement, evaluation, pair, silence, score, error);
  return SG_OK;
}

static SgStatus
score_all(const SgMeasurement *measurement, const SgEvaluation *evaluation, bool silence, SgScore *out_scores,
          SgError *error)
{
  SgStatus status = SG_OK;
  for (size_t j = 0; j < evaluation->n_sources; j++) {
    out_scores[j] = (SgScore){ .flags = SG_SCORE_NO_ESTIMATE, .n_windows = evaluation->segments.n_windows };
    for (int v = 0; v < SG_N_SCORE_VALUES; v++)
      out_scores[j].values[v] = NAN;
    if (evaluation->reference_silent[j])
      out_scores[j].flags |= SG_SCORE_REFERENCE_SILENT;
    if (any_silent_beside(measurement, evaluation, j))
      out_scores[j].flags |= SG_SCORE_SET_REDUCED;
    if (evaluation->segments.is_short)
      out_scores[j].flags |= SG_SCORE_SHORT;
  }
  for (size_t p = 0; p < measurement->n_pairs && status == SG_OK; p++)
    status =
        score_pair(measurement, evaluation, p, silence, &out_scores[measurement->pairs[p].source], error);
  for (size_t j = 0; j < evaluation->n_sources && status != SG_OK; j++)
    sg_score_clear(&out_scores[j]);
  return status;
}

SgStatus
sg_measurement_scores(const SgMeasurement *measurement, const SgEvaluation *evaluation, SgScore *out_scores,
                      SgError *error)
{
  return score_all(measurement, evaluation, false, out_scores, error);
}

SgStatus
sg_measurement_silence(const SgMeasurement *measurement, const SgEvaluation *evaluation, SgScore *out_scores,
                       SgError *error)
{
  return score_all(measurement, evaluation, true, out_scores, error);
}
