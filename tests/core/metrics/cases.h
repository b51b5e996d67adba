/* Tracks for the tests of the measures: the drawn cases whose scores by other programs are stored, and drawn
 * tracks at large. */
#pragma once

#include "core/metrics/evaluation.h"
#include "tests/support.h"

enum { CASE_RATE = 8000, CASE_MAX_SOURCES = 4 };

typedef struct {
  guint n_sources, n_channels;
  gint64 n_samples;
  SgPcm *sources[CASE_MAX_SOURCES], *estimates[CASE_MAX_SOURCES];
} TestCase;

/* All cases of tests/golden/metrics/scores.txt, in its order; ends with NULL. */
extern const char *const test_case_names[];

/* Draws the case of this name, number for number as tests/bench/reference/metrics_cases.py does. */
TestCase *test_case_new(const char *name);
void test_case_free(TestCase *test);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TestCase, test_case_free)

/* What is stored of (case, source, value): a vector of dB of length *out_n. */
double *test_case_golden(const char *name, guint source, const char *value, gsize *out_n);

/* An evaluation of the case's sources, mixture their sum. */
SgEvaluation *test_evaluation_new(const SgPcm *const *sources, guint n_sources, guint32 measures,
                                  guint n_threads);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SgEvaluation, sg_evaluation_free)

/* Scores given estimates; ends the test on failure. */
void test_score(SgEvaluation *evaluation, SgPcm *const *estimates, SgScore *out_scores);
void test_scores_clear(SgScore *scores, guint n);

/* The sum of weights[i] · pcms[i] + offset-free noise of this amplitude, as new PCM of length n. */
SgPcm *test_mix_new(SgPcm *const *pcms, const double *weights, guint n_pcms, gint64 n, double noise,
                    guint64 seed);
