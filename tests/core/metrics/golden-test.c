/* Agreement with other programs on drawn cases: BSS Eval v3 with mir_eval, the rest with the definitions
 * written out in tests/bench/reference/metrics_golden.py. */
#include <math.h>

#include "tests/core/metrics/cases.h"

static const double LIMIT_DB = 0.01;

/* What another program computes as 1e-16 of rounding is exactly nothing here. */
static const double HARDLY_ANY_ERROR_DB = 150.0;

static double worst_db;

static void
assert_near(const char *name, guint source, const char *value, double got, double expected, double limit_db)
{
  gboolean same = (isnan(got) && isnan(expected)) || fabs(got - expected) <= limit_db ||
                  (got > HARDLY_ANY_ERROR_DB && expected > HARDLY_ANY_ERROR_DB);
  if (isfinite(got) && isfinite(expected) && got < HARDLY_ANY_ERROR_DB && !g_str_has_prefix(value, "gain"))
    worst_db = MAX(worst_db, fabs(got - expected));
  if (!same)
    g_error("%s, source %u, %s: %.6f dB, expected %.6f dB", name, source, value, got, expected);
}

static void
assert_stored(const char *name, guint source, const char *value, const double *got, gsize n)
{
  gsize n_stored;
  g_autofree double *stored = test_case_golden(name, source, value, &n_stored);
  g_assert_cmpuint(n_stored, ==, n);
  for (gsize i = 0; i < n; i++)
    assert_near(name, source, value, got[i], stored[i], LIMIT_DB);
}

static void
test_case(gconstpointer user)
{
  const char *name = user;
  g_autoptr(TestCase) test = test_case_new(name);
  g_autoptr(SgEvaluation) evaluation =
      test_evaluation_new((const SgPcm *const *)test->sources, test->n_sources, SG_MEASURE_ALL, 2);
  SgScore scores[CASE_MAX_SOURCES];
  test_score(evaluation, test->estimates, scores);
  SgBaseline baselines[CASE_MAX_SOURCES];
  test_assert_ok(sg_evaluation_baselines(evaluation, NULL, NULL, baselines, NULL));
  static const char *const curves[SG_N_CURVES] = { "windows-sdr", "windows-isr", "windows-sir",
                                                   "windows-sar" };
  for (guint j = 0; j < test->n_sources; j++) {
    const double *values = scores[j].values;
    g_assert_cmphex(scores[j].flags & (SG_SCORE_SINGULAR | SG_SCORE_WINDOW_EDGES), ==, 0);
    assert_stored(name, j, "bss4", values + SG_BSS4_SDR, SG_N_CURVES);
    assert_stored(name, j, "bss4-global", values + SG_BSS4_GLOBAL_SDR, SG_N_CURVES);
    assert_stored(name, j, "bss3", values + SG_BSS3_SDR, SG_N_CURVES);
    assert_stored(name, j, "si-sdr", values + SG_SI_SDR, 1);
    assert_stored(name, j, "mdx-sdr", values + SG_MDX_SDR, 1);
    for (int c = 0; c < SG_N_CURVES; c++)
      assert_stored(name, j, curves[c], scores[j].curves[c], (gsize)scores[j].n_windows);
    assert_stored(name, j, "gain-bss4-sdr", &baselines[j].gain.values[SG_BSS4_SDR], 1);
    sg_baseline_clear(&baselines[j]);
  }
  test_scores_clear(scores, test->n_sources);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  for (gsize i = 0; test_case_names[i] != NULL; i++) {
    g_autofree char *path = g_strdup_printf("/metrics/golden/%s", test_case_names[i]);
    g_test_add_data_func(path, test_case_names[i], test_case);
  }
  int result = g_test_run();
  g_test_message("largest difference %.2g dB (the best gain, which is stored from a grid, apart)", worst_db);
  return result;
}
