/* Scores of estimated sources against the true ones, one track at a time.
 *
 * An evaluation is made once for a track from its true sources and scores any number of sets of estimates
 * (a method's, the mixture, oracles); what they share, the correlations of the references and their Cholesky
 * factors, is computed once. What the values mean is told in core/metrics/score.h.
 *
 * Method: the estimate ŝ is projected by least squares on the references delayed by 0 … 511 samples, P_j on
 * those of source j, P_all on all (all channels of each):
 *   e_spat = P_j ŝ − s_j,  e_interf = P_all ŝ − P_j ŝ,  e_artif = ŝ − P_all ŝ     (Vincent et al. 2006, §
 * III) Windows lie at t·rate … (t+1)·rate − 1 for ⌊n_samples/rate⌋ windows (at least one, which may be
 * shorter); a remainder at the end counts for the whole track only. Within a window the references are cut to
 * it before they are filtered, and the filter's tail of 511 samples counts.
 *
 * Arithmetic is in double precision; the samples are read by ranges, so memory does not grow with the length.
 * The normal matrix has 512·n_sources·n_channels rows: four stereo sources take 4096² doubles (134 MB), plus
 * 8 MB a source for its own.
 *
 * Ownership: the PCM are borrowed and must outlive the evaluation. Free with sg_evaluation_free. Threads: one
 * call at a time on one evaluation; it starts its own workers, and results do not depend on their number.
 * Audio callback: never.
 * Errors: SG_NO_SAMPLES (length zero), SG_BAD_FORMAT (`detail` says which of rate, channels, length differ),
 * SG_BAD_ARGUMENT (no sources, too many, no measure), SG_BAD_SAMPLE (NaN or infinity, with its position),
 * SG_NO_MEMORY, SG_CANCELLED, those of core/base/scratch.h.
 */
#pragma once

#include <stddef.h>

#include "core/base/progress.h"
#include "core/io/pcm.h"
#include "core/metrics/score.h"

/* n_sources · n_channels at most (16 Ki rows, 2 GB). */
enum { SG_EVALUATION_MAX_SIGNALS = 32, SG_FILTER_TAPS = 512 };

typedef struct SgEvaluation SgEvaluation;

typedef struct {
  const SgPcm *const *sources; /* [n_sources], of equal rate, channels and length */
  size_t n_sources;
  const SgPcm *mixture; /* of the same format, or NULL: the sum of the sources */
  uint32_t measures;    /* SG_MEASURE_… */
  unsigned n_threads;   /* 0: one a processor */
} SgEvaluationSetup;

/* Stage "references". `setup` is copied, the array `sources` too. */
SgStatus sg_evaluation_new(const SgEvaluationSetup *setup, SgProgress progress, void *user,
                           SgEvaluation **out_evaluation, SgError *error);
void sg_evaluation_free(SgEvaluation *evaluation);

size_t sg_evaluation_n_sources(const SgEvaluation *evaluation);
int64_t sg_evaluation_n_windows(const SgEvaluation *evaluation);
int64_t sg_evaluation_window_samples(const SgEvaluation *evaluation);

/* Scores estimates[n_sources], each of the references' rate and channels or NULL (not given); one PCM may
 * stand for several sources. Lengths may differ (flags SG_SCORE_CUT, SG_SCORE_PADDED). Stage "score". On
 * success the caller clears out_scores[n_sources]; on failure they are zeroed. */
SgStatus sg_evaluation_score(SgEvaluation *evaluation, const SgPcm *const *estimates, SgProgress progress,
                             void *user, SgScore *out_scores, SgError *error);

/* What costs nothing to reach: no separation should score below these. */
typedef struct {
  SgScore mixture; /* the mixture as estimate of this source */
  SgScore silence; /* zero as estimate: SDR and ISR 0 dB, the rest undefined */
  /* g · mixture, each value with the g that is best for it: SDR and ISR of a window and of the whole by their
   * squared errors, the medians by search over g. SIR, SAR, SI-SDR and v3 on one channel do not change with
   * the gain and equal the mixture's. It has no curves. */
  SgScore gain;
  double gains[SG_N_SCORE_VALUES]; /* the g, linear; NaN where the value does not depend on it */
} SgBaseline;

/* The baselines of every source, out_baselines[n_sources]; stage "baselines". Clear each with
 * sg_baseline_clear. */
SgStatus sg_evaluation_baselines(SgEvaluation *evaluation, SgProgress progress, void *user,
                                 SgBaseline *out_baselines, SgError *error);
void sg_baseline_clear(SgBaseline *baseline);

/* The best of the three for one value (NaN only when all are), and, when `out_id` is not NULL, which it is:
 * "mixture", "silence" or "gain", NULL when none. */
double sg_baseline_best(const SgBaseline *baseline, SgScoreValue value, const char **out_id);
