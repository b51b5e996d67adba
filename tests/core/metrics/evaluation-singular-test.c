/* Tracks on which the normal equations have no unique solution or a ratio has nothing to divide. */
#include <math.h>
#include <string.h>

#include "tests/core/metrics/cases.h"

static void
score_with(SgPcm *const *sources, SgPcm *const *estimates, guint n, SgScore *out_scores)
{
  g_autoptr(SgEvaluation) evaluation =
      test_evaluation_new((const SgPcm *const *)sources, n, SG_MEASURE_ALL, 2);
  test_score(evaluation, estimates, out_scores);
}

static void
assert_all_near(const double *a, const double *b, int first, int n, double limit_db)
{
  for (int v = first; v < first + n; v++)
    if (!(isnan(a[v]) && isnan(b[v])) && a[v] != b[v])
      g_assert_cmpfloat_with_epsilon(a[v], b[v], limit_db);
}

static SgPcm *
zero_new(guint n_channels, gint64 n)
{
  g_autofree float *samples = g_new0(float, (gsize)(n * n_channels));
  return test_pcm_new(CASE_RATE, n_channels, n, samples);
}

/* The same source twice spans what it spans once: nothing interferes, and the artefacts are those of the
 * source alone. */
static void
test_identical_references(void)
{
  g_autoptr(TestCase) test = test_case_new("mono-2-odd");
  SgPcm *twins[] = { test->sources[0], test->sources[0] };
  SgScore alone, both[2];
  score_with(twins, test->estimates, 1, &alone);
  score_with(twins, test->estimates, 2, both);
  g_assert_cmphex(alone.flags, ==, 0);
  g_assert_cmphex(both[0].flags, ==, SG_SCORE_SINGULAR);
  g_assert_cmphex(both[1].flags, ==, SG_SCORE_SINGULAR);
  for (int v = 0; v < SG_N_SCORE_VALUES; v++)
    if (v != SG_BSS4_SIR && v != SG_BSS4_GLOBAL_SIR && v != SG_BSS3_SIR)
      assert_all_near(alone.values, both[0].values, v, 1, 1e-3);
  g_assert_cmpfloat(both[0].values[SG_BSS4_SIR], >, 100.0);
  sg_score_clear(&alone);
  test_scores_clear(both, 2);
}

/* Two references that differ by the rounding of their samples alone (−150 dB) count as equal. */
static void
test_nearly_identical_references(void)
{
  g_autoptr(TestCase) test = test_case_new("mono-2-odd");
  const double one = 1.0;
  g_autoptr(SgPcm) twin = test_mix_new(test->sources, &one, 1, test->n_samples, 2e-9, 5);
  SgPcm *twins[] = { test->sources[0], twin };
  SgScore alone, both[2];
  score_with(twins, test->estimates, 1, &alone);
  score_with(twins, test->estimates, 2, both);
  g_assert_cmphex(both[0].flags, ==, SG_SCORE_SINGULAR);
  assert_all_near(alone.values, both[0].values, SG_BSS4_SAR, 1, 1e-3);
  sg_score_clear(&alone);
  test_scores_clear(both, 2);
}

static SgPcm *
dual_new(const SgPcm *mono)
{
  gint64 n = sg_pcm_n_samples(mono);
  g_autofree float *one = test_pcm_dup(mono), *two = g_new(float, (gsize)(2 * n));
  for (gint64 i = 0; i < n; i++)
    two[2 * i] = two[2 * i + 1] = one[i];
  return test_pcm_new(sg_pcm_rate(mono), 2, n, two);
}

/* Both channels equal in everything: the scores of one of them, by the definition for images. */
static void
test_dual_mono(void)
{
  g_autoptr(TestCase) test = test_case_new("mono-2");
  SgPcm *sources[2], *estimates[2];
  SgScore mono[2], dual[2];
  for (guint j = 0; j < 2; j++) {
    sources[j] = dual_new(test->sources[j]);
    estimates[j] = dual_new(test->estimates[j]);
  }
  score_with(test->sources, test->estimates, 2, mono);
  score_with(sources, estimates, 2, dual);
  for (guint j = 0; j < 2; j++) {
    g_assert_cmphex(dual[j].flags, ==, SG_SCORE_SINGULAR);
    assert_all_near(mono[j].values, dual[j].values, SG_BSS4_SDR, 8, 1e-3);
    assert_all_near(mono[j].values, dual[j].values, SG_SI_SDR, 1, 1e-9);
    sg_pcm_free(sources[j]), sg_pcm_free(estimates[j]);
  }
  test_scores_clear(mono, 2), test_scores_clear(dual, 2);
}

/* A source far softer than the other is not taken for a dependent one. */
static void
test_quiet_is_not_singular(void)
{
  g_autoptr(TestCase) test = test_case_new("mono-2-odd");
  const double soft = 0x1p-20;
  g_autoptr(SgPcm) quiet = test_mix_new(test->sources + 1, &soft, 1, test->n_samples, 0.0, 0);
  g_autoptr(SgPcm) quiet_estimate = test_mix_new(test->estimates + 1, &soft, 1, test->n_samples, 0.0, 0);
  SgPcm *sources[] = { test->sources[0], quiet }, *estimates[] = { test->estimates[0], quiet_estimate };
  SgScore plain[2], soft_scores[2];
  score_with(test->sources, test->estimates, 2, plain);
  score_with(sources, estimates, 2, soft_scores);
  for (guint j = 0; j < 2; j++) {
    g_assert_cmphex(soft_scores[j].flags, ==, 0);
    assert_all_near(plain[j].values, soft_scores[j].values, SG_BSS4_SDR, 4, 1e-6);
  }
  test_scores_clear(plain, 2), test_scores_clear(soft_scores, 2);
}

/* Fewer samples than unknowns: the references span everything, so nothing is artefact. */
static void
test_shorter_than_the_filter(void)
{
  g_autoptr(TestCase) test = test_case_new("mono-3");
  const double one = 1.0;
  const gint64 lengths[] = { 1, 2, 300, 511, 512, 700 };
  for (gsize i = 0; i < G_N_ELEMENTS(lengths); i++) {
    SgPcm *sources[3], *estimates[3];
    SgScore scores[3];
    for (guint j = 0; j < 3; j++) {
      sources[j] = test_mix_new(test->sources + j, &one, 1, lengths[i], 0.0, 0);
      estimates[j] = test_mix_new(test->estimates + j, &one, 1, lengths[i], 0.0, 0);
    }
    score_with(sources, estimates, 3, scores);
    for (guint j = 0; j < 3; j++) {
      g_assert_cmphex(scores[j].flags, ==, SG_SCORE_SINGULAR | SG_SCORE_SHORT);
      g_assert_cmpint(scores[j].n_windows, ==, 1);
      g_assert_true(scores[j].values[SG_BSS4_SAR] > 60.0);
      g_autofree float *s = test_pcm_dup(sources[j]), *e = test_pcm_dup(estimates[j]);
      g_assert_cmpfloat_with_epsilon(scores[j].values[SG_BSS4_SDR], test_sdr(s, e, lengths[i]), 1e-9);
      sg_pcm_free(sources[j]), sg_pcm_free(estimates[j]);
    }
    test_scores_clear(scores, 3);
  }
}

/* A source that is zero throughout is left out: the others score as without it. */
static void
test_silent_reference(void)
{
  g_autoptr(TestCase) test = test_case_new("mono-3");
  g_autoptr(SgPcm) zero = zero_new(1, test->n_samples);
  SgPcm *sources[] = { test->sources[0], zero, test->sources[2] };
  SgPcm *present[] = { test->sources[0], test->sources[2] },
        *present_estimates[] = { test->estimates[0], test->estimates[2] };
  SgScore with[3], without[2];
  score_with(sources, test->estimates, 3, with);
  score_with(present, present_estimates, 2, without);
  g_assert_cmphex(with[0].flags, ==, SG_SCORE_SET_REDUCED);
  g_assert_cmphex(with[1].flags, ==, SG_SCORE_REFERENCE_SILENT);
  for (guint j = 0; j < 2; j++)
    assert_all_near(with[2 * j].values, without[j].values, 0, SG_N_SCORE_VALUES, 1e-9);
  for (int v = 0; v < SG_N_SCORE_VALUES; v++)
    g_assert_cmpint(isnan(with[1].values[v]), ==, v != SG_MDX_SDR);
  g_assert_cmpfloat(with[1].values[SG_MDX_SDR], <, -20.0);
  test_scores_clear(with, 3), test_scores_clear(without, 2);
}

/* Zero as estimate scores 0 dB where that is defined and leaves the other source's windows alone. */
static void
test_silent_estimate(void)
{
  g_autoptr(TestCase) test = test_case_new("stereo-2-odd");
  g_autoptr(SgPcm) zero = zero_new(2, test->n_samples);
  SgPcm *estimates[] = { test->estimates[0], zero };
  SgScore plain[2], scores[2];
  score_with(test->sources, test->estimates, 2, plain);
  score_with(test->sources, estimates, 2, scores);
  g_assert_cmphex(scores[0].flags, ==, SG_SCORE_SET_REDUCED);
  g_assert_cmphex(scores[1].flags, ==, SG_SCORE_ESTIMATE_SILENT);
  assert_all_near(plain[0].values, scores[0].values, 0, SG_N_SCORE_VALUES, 1e-9);
  const int zeros[] = { SG_BSS4_SDR, SG_BSS4_ISR, SG_BSS4_GLOBAL_SDR, SG_BSS3_SDR, SG_MDX_SDR };
  for (gsize v = 0; v < G_N_ELEMENTS(zeros); v++)
    g_assert_cmpfloat(scores[1].values[zeros[v]], ==, 0.0);
  const int undefined[] = { SG_BSS4_SIR, SG_BSS4_SAR, SG_BSS3_SIR, SG_BSS3_SAR, SG_SI_SDR };
  for (gsize v = 0; v < G_N_ELEMENTS(undefined); v++)
    g_assert_true(isnan(scores[1].values[undefined[v]]));
  test_scores_clear(plain, 2), test_scores_clear(scores, 2);
}

/* Nothing at all: no crash, no number but MDX's. */
static void
test_all_silent(void)
{
  g_autoptr(SgPcm) zero = zero_new(2, 20000);
  SgPcm *zeros[] = { zero, zero };
  SgScore scores[2];
  SgBaseline baselines[2];
  g_autoptr(SgEvaluation) evaluation = test_evaluation_new((const SgPcm *const *)zeros, 2, SG_MEASURE_ALL, 2);
  test_score(evaluation, zeros, scores);
  test_assert_ok(sg_evaluation_baselines(evaluation, NULL, NULL, baselines, NULL));
  for (guint j = 0; j < 2; j++) {
    g_assert_true(scores[j].flags & SG_SCORE_REFERENCE_SILENT);
    for (int v = 0; v < SG_N_SCORE_VALUES; v++)
      g_assert_cmpint(isnan(scores[j].values[v]), ==, v != SG_MDX_SDR);
    g_assert_cmpfloat(scores[j].values[SG_MDX_SDR], ==, 0.0);
    g_assert_true(isnan(sg_baseline_best(&baselines[j], SG_BSS4_SDR, NULL)));
    sg_baseline_clear(&baselines[j]);
  }
  test_scores_clear(scores, 2);
}

/* Left = −right sums to zero, which museval takes for silence; the whole track is still scored. */
static void
test_antiphase(void)
{
  g_autoptr(TestCase) test = test_case_new("stereo-2");
  g_autofree float *samples = test_pcm_dup(test->sources[0]);
  for (gint64 i = 0; i < test->n_samples; i++)
    samples[2 * i + 1] = -samples[2 * i];
  g_autoptr(SgPcm) antiphase = test_pcm_new(CASE_RATE, 2, test->n_samples, samples);
  SgPcm *sources[] = { antiphase, test->sources[1] };
  SgScore scores[2];
  score_with(sources, test->estimates, 2, scores);
  for (guint j = 0; j < 2; j++) {
    g_assert_cmphex(scores[j].flags, ==, SG_SCORE_WINDOWS_SILENT | SG_SCORE_NO_WINDOW | SG_SCORE_SINGULAR);
    g_assert_cmpint(scores[j].n_defined, ==, 0);
    g_assert_true(isnan(scores[j].values[SG_BSS4_SDR]));
    g_assert_true(isfinite(scores[j].values[SG_BSS4_GLOBAL_SIR]));
  }
  test_scores_clear(scores, 2);
}

/* Two pure tones span two dimensions each but for the rounding of their samples. The tone of the estimate
 * that belongs to the other source is interference; noise is artefact. */
static void
test_tones(void)
{
  enum { N = 2 * CASE_RATE };
  SgPcm *tones[2];
  for (int j = 0; j < 2; j++) {
    g_autofree float *samples = g_new(float, N);
    for (int i = 0; i < N; i++)
      samples[i] = (float)(0.5 * sin(2.0 * G_PI * (j == 0 ? 440.0 : 1000.0) * i / CASE_RATE));
    tones[j] = test_pcm_new(CASE_RATE, 1, N, samples);
  }
  const double weights[] = { 1.0, 0.1 };
  g_autoptr(SgPcm) estimate = test_mix_new(tones, weights, 2, N, 0.005, 4);
  SgPcm *estimates[] = { estimate, NULL };
  SgScore scores[2];
  score_with(tones, estimates, 2, scores);
  g_test_message("SIR %.3f, SAR %.3f dB", scores[0].values[SG_BSS3_SIR], scores[0].values[SG_BSS3_SAR]);
  g_assert_true(scores[0].flags & SG_SCORE_SINGULAR);
  g_assert_cmpfloat_with_epsilon(scores[0].values[SG_BSS3_SIR], 20.0, 0.3);
  g_assert_cmpfloat_with_epsilon(scores[0].values[SG_BSS3_SAR],
                                 10.0 * log10(1.01 * 0.125 / (0.005 * 0.005 / 3.0)), 0.5);
  test_scores_clear(scores, 2);
  sg_pcm_free(tones[0]), sg_pcm_free(tones[1]);
}

/* Without what lies above a fifth of the rate: a windowed sinc of 255 taps; `step` > 0 rounds to its
 * multiples. */
static SgPcm *
low_passed_new(const SgPcm *pcm, double step)
{
  enum { TAPS = 255 };
  gint64 n = sg_pcm_n_samples(pcm);
  g_autofree float *from = test_pcm_dup(pcm), *to = g_new(float, (gsize)n);
  double taps[TAPS];
  for (int t = 0; t < TAPS; t++) {
    double x = t - TAPS / 2, window = 0.42 - 0.5 * cos(2.0 * G_PI * (t + 0.5) / TAPS) +
                                      0.08 * cos(4.0 * G_PI * (t + 0.5) / TAPS);
    taps[t] = window * (x == 0.0 ? 0.4 : sin(0.4 * G_PI * x) / (G_PI * x));
  }
  for (gint64 i = 0; i < n; i++) {
    double sum = 0.0;
    for (gint64 t = 0; t < TAPS && t <= i; t++)
      sum += taps[t] * from[i - t];
    to[i] = (float)(step > 0.0 ? step * round(sum / step) : sum);
  }
  return test_pcm_new(sg_pcm_rate(pcm), 1, n, to);
}

/* References with a band that holds nothing, against an estimate with noise there: the filters' gains are
 * huge and windows cut into them; the whole track does not mind, and references rounded to 16 bits mend it. */
static void
test_empty_band(void)
{
  g_autoptr(TestCase) test = test_case_new("mono-2-odd");
  const double weights[] = { 0.9, 0.2 };
  double whole_sar[2];
  for (int rounded = 0; rounded < 2; rounded++) {
    SgPcm *sources[2], *estimates[2] = { NULL };
    SgScore scores[2];
    for (guint j = 0; j < 2; j++)
      sources[j] = low_passed_new(test->sources[j], rounded ? 0x1p-15 : 0.0);
    estimates[0] = test_mix_new(sources, weights, 2, test->n_samples, 0.001, 6);
    score_with(sources, estimates, 2, scores);
    g_test_message("SAR of windows %.2f dB, of the whole %.2f dB", scores[0].values[SG_BSS4_SAR],
                   scores[0].values[SG_BSS4_GLOBAL_SAR]);
    g_assert_cmphex(scores[0].flags, ==, rounded ? 0 : SG_SCORE_WINDOW_EDGES);
    whole_sar[rounded] = scores[0].values[SG_BSS4_GLOBAL_SAR];
    test_scores_clear(scores, 2);
    sg_pcm_free(sources[0]), sg_pcm_free(sources[1]), sg_pcm_free(estimates[0]);
  }
  g_assert_cmpfloat_with_epsilon(whole_sar[0], whole_sar[1], 0.5);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/singular/identical-references", test_identical_references);
  g_test_add_func("/singular/nearly-identical-references", test_nearly_identical_references);
  g_test_add_func("/singular/dual-mono", test_dual_mono);
  g_test_add_func("/singular/quiet-is-not-singular", test_quiet_is_not_singular);
  g_test_add_func("/singular/shorter-than-the-filter", test_shorter_than_the_filter);
  g_test_add_func("/singular/silent-reference", test_silent_reference);
  g_test_add_func("/singular/silent-estimate", test_silent_estimate);
  g_test_add_func("/singular/all-silent", test_all_silent);
  g_test_add_func("/singular/antiphase", test_antiphase);
  g_test_add_func("/singular/tones", test_tones);
  g_test_add_func("/singular/empty-band", test_empty_band);
  return g_test_run();
}
