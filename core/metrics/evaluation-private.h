/* What the files of the evaluation share. */
#pragma once

#include "core/metrics/decomposition.h"
#include "core/metrics/evaluation.h"

struct SgEvaluation {
  const SgPcm **sources;     /* [n_sources] */
  SgTrackSignal *references; /* [n_sources], each one of the sources */
  size_t n_sources;
  const SgPcm *mixture_pcm; /* or NULL */
  SgTrackSignal mixture;
  uint32_t measures;
  unsigned n_threads;
  SgSegments segments;
  bool *reference_silent; /* [n_sources] zero throughout */

  /* Only when a measure projects. */
  SgFftDouble *fft;
  SgProjection all;
  SgProjection *own; /* [n_sources] */
};

/* What was measured of the pairs of one set of estimates; scores are arithmetic on it. */
typedef struct {
  size_t n_estimates, n_pairs;
  SgTrackSignal *estimates;    /* [n_estimates], no two of the same signal */
  SgScorePair *pairs;          /* [n_pairs] in ascending order of source */
  bool *estimate_silent;       /* [n_estimates] zero throughout */
  bool *window_silent;         /* [n_windows] undefined for all */
  SgLevel *levels;             /* [n_segments][n_sources + n_estimates] */
  SgPairLevel *pair_levels;    /* [n_segments][n_pairs] */
  SgPairLevel *scaled_levels;  /* [n_segments][n_pairs] with the gain of SI-SDR; NULL when not asked for */
  SgEnergies *windows, *whole; /* [n_segments][n_pairs]; NULL when no measure projects */
} SgMeasurement;

/* Measures estimates[n_sources] (n_pcms 0: none for this source). Clear in any case. */
SgStatus sg_measurement_init(SgMeasurement *measurement, const SgEvaluation *evaluation,
                             const SgTrackSignal *estimates, const SgTasksProgress *progress, SgError *error);
void sg_measurement_clear(SgMeasurement *measurement);

/* ‖s‖² of the pair's source and ‖ŝ‖² of its estimate in a segment. */
double sg_measurement_source_energy(const SgMeasurement *measurement, const SgEvaluation *evaluation,
                                    int64_t segment, size_t pair);
double sg_measurement_estimate_energy(const SgMeasurement *measurement, const SgEvaluation *evaluation,
                                      int64_t segment, size_t pair);

/* The scores of all sources from what was measured: out_scores[n_sources], zeroed on failure. */
SgStatus sg_measurement_scores(const SgMeasurement *measurement, const SgEvaluation *evaluation,
                               SgScore *out_scores, SgError *error);

/* The scores that zero would get in place of the pairs' estimates, from the same measurement. */
SgStatus sg_measurement_silence(const SgMeasurement *measurement, const SgEvaluation *evaluation,
                                SgScore *out_scores, SgError *error);

/* Whether a measure needs the projections. */
bool sg_evaluation_projects(const SgEvaluation *evaluation);

/* 10·log10(signal/error); +∞ without error, NaN for 0/0. */
double sg_ratio_db(double signal, double error);
