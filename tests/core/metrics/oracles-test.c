#include "core/metrics/oracles.h"

#include <math.h>
#include <string.h>

#include "core/metrics/oracle-masks.h"
#include "tests/core/metrics/cases.h"

static void
estimate(SgOracle oracle, SgPcm *const *sources, guint n_sources, const SgPcm *mixture, guint n_threads,
         SgPcm **out_estimates)
{
  SgOracleSetup setup = { .sources = (const SgPcm *const *)sources,
                          .n_sources = n_sources,
                          .mixture = mixture,
                          .n_threads = n_threads };
  test_assert_ok(sg_oracle_estimate(oracle, &setup, NULL, NULL, out_estimates, NULL));
}

static void
free_all(SgPcm **pcms, guint n)
{
  for (guint j = 0; j < n; j++)
    sg_pcm_free(pcms[j]);
}

/* −120 dBFS: two orders above what the rounding of 32-bit floats leaves. */
static void
assert_sum(SgPcm *const *estimates, guint n, const float *mixture)
{
  gint64 n_floats = sg_pcm_n_samples(estimates[0]) * sg_pcm_n_channels(estimates[0]);
  g_autofree double *sum = g_new0(double, (gsize)n_floats);
  for (guint j = 0; j < n; j++) {
    g_autofree float *samples = test_pcm_dup(estimates[j]);
    for (gint64 i = 0; i < n_floats; i++)
      sum[i] += samples[i];
  }
  for (gint64 i = 0; i < n_floats; i++)
    g_assert_cmpfloat_with_epsilon(sum[i], mixture[i], 1e-6);
}

/* Whatever the oracle and the mixture, the estimates have its length and sum to it; a mixture that the
 * sources do not make up included. */
static void
test_sum(void)
{
  const char *const names[] = { "mono-3-silent-window", "stereo-2-odd", "stereo-2-left-only" };
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
    g_autoptr(TestCase) test = test_case_new(names[i]);
    const double weights[CASE_MAX_SOURCES] = { 1, 1, 1, 1 };
    for (int noisy = 0; noisy < 2; noisy++) {
      g_autoptr(SgPcm) mixture =
          test_mix_new(test->sources, weights, test->n_sources, test->n_samples, noisy ? 0.2 : 0.0, 5);
      g_autofree float *expected = test_pcm_dup(mixture);
      for (SgOracle oracle = 0; oracle < SG_N_ORACLES; oracle++) {
        SgPcm *estimates[CASE_MAX_SOURCES];
        estimate(oracle, test->sources, test->n_sources, noisy ? mixture : NULL, 2, estimates);
        for (guint j = 0; j < test->n_sources; j++)
          g_assert_cmpint(sg_pcm_n_samples(estimates[j]), ==, test->n_samples);
        assert_sum(estimates, test->n_sources, expected);
        free_all(estimates, test->n_sources);
      }
    }
  }
}

static void
test_masks(void)
{
  SgRandom random = test_random();
  for (int trial = 0; trial < 2000; trial++) {
    SgComplex cells[4];
    const SgComplex *sources[4];
    float powers[4];
    gsize n = 1 + sg_random_below(&random, 4), loudest = 0;
    gboolean all_zero = trial % 50 == 0;
    for (gsize j = 0; j < n; j++) {
      float re = (float)sg_random_unit(&random) - 0.5f, im = (float)sg_random_unit(&random) - 0.5f;
      cells[j] = all_zero ? 0.0f : CMPLXF(re, im);
      powers[j] = all_zero ? 0.0f : re * re + im * im;
      sources[j] = &cells[j];
      if (powers[j] > powers[loudest])
        loudest = j;
    }
    for (SgOracle oracle = SG_ORACLE_IBM; oracle <= SG_ORACLE_IRM2; oracle++) {
      float masks[4], sum = 0.0f;
      sg_oracle_masks(oracle, sources, n, 0, masks);
      for (gsize j = 0; j < n; j++) {
        g_assert_true(masks[j] >= 0.0f && masks[j] <= 1.0f);
        sum += masks[j];
        if (oracle == SG_ORACLE_IBM && !all_zero)
          g_assert_cmpfloat(masks[j], ==, j == loudest ? 1.0f : 0.0f);
        if (oracle != SG_ORACLE_IBM && !all_zero)
          g_assert_cmpfloat_with_epsilon(masks[j] / masks[0],
                                         pow(powers[j] / powers[0], oracle == SG_ORACLE_IRM1 ? 0.5 : 1.0),
                                         1e-3 * masks[j] / masks[0]);
      }
      g_assert_cmpfloat_with_epsilon(sum, 1.0f, 1e-6);
    }
  }
}

/* Two sources that are panned and overlap nowhere in direction: x = a·s1 + b·s2 with one source off gives the
 * other back, and with the spatial covariances of rank one the filter inverts the 2 × 2 mixing exactly. */
static void
test_wiener_unmixes(void)
{
  const double pan[2][2] = { { 0.9, 0.2 }, { 0.3, 0.8 } };
  SgRandom random = test_random();
  for (int trial = 0; trial < 100; trial++) {
    SgComplexDouble covariances[2][4];
    SgComplex cells[4], expected[4], mixture[2] = { 0 };
    for (int j = 0; j < 2; j++) {
      float re = (float)sg_random_unit(&random) - 0.5f, im = (float)sg_random_unit(&random) - 0.5f;
      double power = (pan[j][0] * pan[j][0] + pan[j][1] * pan[j][1]) / 2.0;
      for (int c = 0; c < 2; c++) {
        cells[2 * j + c] = expected[2 * j + c] = (float)pan[j][c] * CMPLXF(re, im);
        mixture[c] += cells[2 * j + c];
        for (int d = 0; d < 2; d++)
          covariances[j][2 * c + d] = pan[j][c] * pan[j][d] / power;
      }
    }
    const SgComplexDouble *spatial[2] = { covariances[0], covariances[1] };
    sg_oracle_wiener(spatial, mixture, 2, 2, cells);
    for (int i = 0; i < 4; i++)
      g_assert_cmpfloat(cabsf(cells[i] - expected[i]), <, 2e-5);
  }
}

/* On one channel the filter is the mask of the powers: R = 1. */
static void
test_wiener_mono(void)
{
  g_autoptr(TestCase) test = test_case_new("mono-3");
  SgPcm *wiener[CASE_MAX_SOURCES], *masked[CASE_MAX_SOURCES];
  estimate(SG_ORACLE_MWF, test->sources, test->n_sources, NULL, 2, wiener);
  estimate(SG_ORACLE_IRM2, test->sources, test->n_sources, NULL, 1, masked);
  for (guint j = 0; j < test->n_sources; j++) {
    g_autofree float *a = test_pcm_dup(wiener[j]), *b = test_pcm_dup(masked[j]);
    for (gint64 i = 0; i < test->n_samples; i++)
      g_assert_cmpfloat_with_epsilon(a[i], b[i], 1e-5);
  }
  free_all(wiener, test->n_sources);
  free_all(masked, test->n_sources);
}

/* Every oracle beats the mixture on every source, and threads change nothing. */
static void
test_beats_the_mixture(void)
{
  const char *const names[] = { "mono-2", "stereo-2" };
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
    g_autoptr(TestCase) test = test_case_new(names[i]);
    g_autoptr(SgEvaluation) evaluation =
        test_evaluation_new((const SgPcm *const *)test->sources, test->n_sources, SG_MEASURE_BSS4_SDR, 1);
    SgBaseline baselines[CASE_MAX_SOURCES];
    test_assert_ok(sg_evaluation_baselines(evaluation, NULL, NULL, baselines, NULL));
    for (SgOracle oracle = 0; oracle < SG_N_ORACLES; oracle++) {
      SgPcm *estimates[CASE_MAX_SOURCES], *others[CASE_MAX_SOURCES];
      SgScore scores[CASE_MAX_SOURCES];
      estimate(oracle, test->sources, test->n_sources, NULL, 1, estimates);
      estimate(oracle, test->sources, test->n_sources, NULL, 3, others);
      test_score(evaluation, estimates, scores);
      for (guint j = 0; j < test->n_sources; j++) {
        g_test_message("%s, %s, source %u: %.2f dB, mixture %.2f dB", names[i], sg_oracle_id(oracle), j,
                       scores[j].values[SG_BSS4_SDR], baselines[j].mixture.values[SG_BSS4_SDR]);
        g_assert_cmpfloat(scores[j].values[SG_BSS4_SDR], >, baselines[j].mixture.values[SG_BSS4_SDR] + 2.0);
        g_autofree float *a = test_pcm_dup(estimates[j]), *b = test_pcm_dup(others[j]);
        gsize n_bytes = (gsize)test->n_samples * test->n_channels * sizeof *a;
        g_assert_cmpmem(a, n_bytes, b, n_bytes);
      }
      test_scores_clear(scores, test->n_sources);
      free_all(estimates, test->n_sources);
      free_all(others, test->n_sources);
    }
    for (guint j = 0; j < test->n_sources; j++)
      sg_baseline_clear(&baselines[j]);
  }
}

static bool
stop(double fraction, const char *stage, void *user)
{
  g_assert_cmpstr(stage, ==, "oracle");
  return false;
}

static void
test_refuses(void)
{
  g_autoptr(TestCase) test = test_case_new("mono-2");
  g_autoptr(TestCase) odd = test_case_new("mono-2-odd");
  g_autoptr(TestCase) stereo = test_case_new("stereo-2");
  g_autoptr(SgPcm) empty = test_pcm_new(CASE_RATE, 1, 0, NULL);
  SgPcm *estimates[2];
  SgError error;
  const struct {
    const SgPcm *sources[2], *mixture;
    SgStatus status;
    const char *detail;
  } bad[] = {
    { { test->sources[0], odd->sources[0] }, NULL, SG_BAD_FORMAT, "length" },
    { { test->sources[0], stereo->sources[0] }, NULL, SG_BAD_FORMAT, "channels" },
    { { test->sources[0], test->sources[1] }, odd->sources[0], SG_BAD_FORMAT, "length" },
    { { empty, empty }, NULL, SG_NO_SAMPLES, "" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
    SgOracleSetup setup = { .sources = bad[i].sources, .n_sources = 2, .mixture = bad[i].mixture };
    test_assert_status(sg_oracle_estimate(SG_ORACLE_IRM2, &setup, NULL, NULL, estimates, &error),
                       bad[i].status);
    g_assert_cmpstr(error.detail, ==, bad[i].detail);
    g_assert_true(estimates[0] == NULL && estimates[1] == NULL);
  }
  SgOracleSetup setup = { .sources = (const SgPcm *const *)test->sources, .n_sources = 2, .n_threads = 2 };
  for (SgOracle oracle = 0; oracle < SG_N_ORACLES; oracle++) {
    test_assert_status(sg_oracle_estimate(oracle, &setup, stop, NULL, estimates, NULL), SG_CANCELLED);
    g_assert_true(estimates[0] == NULL && estimates[1] == NULL);
  }
  setup.scratch_folder = "/nonexistent-folder";
  test_assert_status(sg_oracle_estimate(SG_ORACLE_MWF, &setup, NULL, NULL, estimates, NULL), SG_NOT_FOUND);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/oracles/sum", test_sum);
  g_test_add_func("/oracles/masks", test_masks);
  g_test_add_func("/oracles/wiener-unmixes", test_wiener_unmixes);
  g_test_add_func("/oracles/wiener-mono", test_wiener_mono);
  g_test_add_func("/oracles/beats-the-mixture", test_beats_the_mixture);
  g_test_add_func("/oracles/refuses", test_refuses);
  return g_test_run();
}
