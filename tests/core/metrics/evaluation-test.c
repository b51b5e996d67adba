/* What the measures must keep to whatever the signals: invariances, limits, refusals, threads, cancelling.
 * Degenerate tracks are in evaluation-singular-test.c. */
#include <math.h>
#include <string.h>

#include "core/metrics/evaluation-private.h"
#include "tests/core/metrics/cases.h"

#ifdef __SANITIZE_THREAD__
static const double CANCEL_LIMIT_S = 5.0;
#else
static const double CANCEL_LIMIT_S = 1.0;
#endif

static const double ONE[] = { 1, 1, 1, 1 };

/* Inputs of other scores are rounded to 32-bit floats anew: 24 bits leave 0.0001 dB at these levels. */
static const double SAME_DB = 1e-3;

static void
assert_same(double a, double b, double limit_db)
{
  if ((isnan(a) && isnan(b)) || a == b)
    return;
  g_assert_cmpfloat_with_epsilon(a, b, limit_db);
}

static void
assert_same_values(const SgScore *a, const SgScore *b, double limit_db)
{
  for (int v = 0; v < SG_N_SCORE_VALUES; v++)
    assert_same(a->values[v], b->values[v], limit_db);
  g_assert_cmpint(a->n_windows, ==, b->n_windows);
  for (int c = 0; c < SG_N_CURVES; c++)
    for (gint64 t = 0; t < a->n_windows && a->curves[c] != NULL; t++)
      assert_same(a->curves[c][t], b->curves[c][t], limit_db);
}

static void
score_case(SgPcm *const *sources, SgPcm *const *estimates, guint n, guint32 measures, guint n_threads,
           SgScore *out_scores)
{
  g_autoptr(SgEvaluation) evaluation =
      test_evaluation_new((const SgPcm *const *)sources, n, measures, n_threads);
  test_score(evaluation, estimates, out_scores);
}

static SgPcm *
scaled_new(const SgPcm *pcm, double gain)
{
  SgPcm *pcms[] = { (SgPcm *)pcm };
  return test_mix_new(pcms, &gain, 1, sg_pcm_n_samples(pcm), 0.0, 0);
}

/* Estimates at twice the level keep all that forgives a gain; sources and estimates at a quarter keep all but
 * MDX, which adds a constant. */
static void
test_scaling(void)
{
  const char *const names[] = { "mono-2-odd", "stereo-2-odd" };
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
    g_autoptr(TestCase) test = test_case_new(names[i]);
    SgPcm *louder[2], *soft_sources[2], *soft_estimates[2];
    SgScore plain[2], loud[2], soft[2];
    for (guint j = 0; j < 2; j++) {
      louder[j] = scaled_new(test->estimates[j], 2.0);
      soft_sources[j] = scaled_new(test->sources[j], 0.25);
      soft_estimates[j] = scaled_new(test->estimates[j], 0.25);
    }
    score_case(test->sources, test->estimates, 2, SG_MEASURE_ALL, 2, plain);
    score_case(test->sources, louder, 2, SG_MEASURE_ALL, 2, loud);
    score_case(soft_sources, soft_estimates, 2, SG_MEASURE_ALL, 2, soft);
    for (guint j = 0; j < 2; j++) {
      const int forgiving[] = { SG_BSS4_SIR, SG_BSS4_SAR, SG_BSS4_GLOBAL_SIR, SG_BSS4_GLOBAL_SAR,
                                SG_BSS3_SIR, SG_BSS3_SAR, SG_SI_SDR };
      for (gsize v = 0; v < G_N_ELEMENTS(forgiving); v++)
        assert_same(plain[j].values[forgiving[v]], loud[j].values[forgiving[v]], 1e-9);
      if (test->n_channels == 1)
        assert_same(plain[j].values[SG_BSS3_SDR], loud[j].values[SG_BSS3_SDR], 1e-9);
      g_assert_cmpfloat(fabs(plain[j].values[SG_BSS4_SDR] - loud[j].values[SG_BSS4_SDR]), >, 0.5);
      soft[j].values[SG_MDX_SDR] = plain[j].values[SG_MDX_SDR];
      assert_same_values(&plain[j], &soft[j], 1e-9);
      sg_pcm_free(louder[j]), sg_pcm_free(soft_sources[j]), sg_pcm_free(soft_estimates[j]);
    }
    test_scores_clear(plain, 2), test_scores_clear(loud, 2), test_scores_clear(soft, 2);
  }
}

static SgPcm *
swapped_new(const SgPcm *pcm)
{
  gint64 n = sg_pcm_n_samples(pcm);
  g_autofree float *samples = test_pcm_dup(pcm);
  for (gint64 i = 0; i < n; i++) {
    float left = samples[2 * i];
    samples[2 * i] = samples[2 * i + 1];
    samples[2 * i + 1] = left;
  }
  return test_pcm_new(sg_pcm_rate(pcm), 2, n, samples);
}

/* Left and right exchanged in everything: the same scores. The sources in another order: the same scores in
 * that order. */
static void
test_permutations(void)
{
  g_autoptr(TestCase) test = test_case_new("stereo-2-silent-window");
  SgPcm *sources[2], *estimates[2];
  SgScore plain[2], swapped[2], reversed[2];
  for (guint j = 0; j < 2; j++) {
    sources[j] = swapped_new(test->sources[j]);
    estimates[j] = swapped_new(test->estimates[j]);
  }
  score_case(test->sources, test->estimates, 2, SG_MEASURE_ALL, 2, plain);
  score_case(sources, estimates, 2, SG_MEASURE_ALL, 2, swapped);
  SgPcm *back_sources[] = { test->sources[1], test->sources[0] },
        *back_estimates[] = { test->estimates[1], test->estimates[0] };
  score_case(back_sources, back_estimates, 2, SG_MEASURE_ALL, 2, reversed);
  for (guint j = 0; j < 2; j++) {
    assert_same_values(&plain[j], &swapped[j], 1e-8);
    assert_same_values(&plain[j], &reversed[1 - j], 1e-8);
    g_assert_cmpint(plain[j].n_defined, ==, plain[j].n_windows - 1);
    g_assert_cmphex(plain[j].flags, ==, SG_SCORE_WINDOWS_SILENT);
    sg_pcm_free(sources[j]), sg_pcm_free(estimates[j]);
  }
  test_scores_clear(plain, 2), test_scores_clear(swapped, 2), test_scores_clear(reversed, 2);
}

/* The three errors add up to ŝ − s, so the SDR of a window is its plain signal-to-noise ratio. Over the whole
 * track the projections are orthogonal: ‖ŝ‖² = ‖P_own ŝ‖² + ‖e_interf‖² + ‖e_artif‖². */
static void
test_decomposition(void)
{
  const char *const names[] = { "mono-3", "stereo-2-odd" };
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
    g_autoptr(TestCase) test = test_case_new(names[i]);
    g_autoptr(SgEvaluation) evaluation =
        test_evaluation_new((const SgPcm *const *)test->sources, test->n_sources, SG_MEASURE_ALL, 2);
    SgScore scores[CASE_MAX_SOURCES];
    test_score(evaluation, test->estimates, scores);
    SgTrackSignal signals[CASE_MAX_SOURCES];
    for (guint j = 0; j < test->n_sources; j++)
      signals[j] = (SgTrackSignal){ .pcms = (const SgPcm *const *)&test->estimates[j], .n_pcms = 1 };
    SgMeasurement measurement;
    SgTasksProgress progress = { .to = 1.0 };
    test_assert_ok(sg_measurement_init(&measurement, evaluation, signals, &progress, NULL));
    for (guint j = 0; j < test->n_sources; j++) {
      g_autofree float *s = test_pcm_dup(test->sources[j]), *e = test_pcm_dup(test->estimates[j]);
      gint64 window = CASE_RATE * test->n_channels;
      for (gint64 t = 0; t < scores[j].n_windows; t++)
        g_assert_cmpfloat_with_epsilon(scores[j].curves[SG_CURVE_SDR][t],
                                       test_sdr(s + t * window, e + t * window, window), 1e-9);
      double estimate = 0.0, parts = 0.0, own = 0.0, beyond = 0.0;
      for (gint64 t = 0; t < evaluation->segments.n_segments; t++) {
        const SgEnergies *whole = &measurement.whole[(gsize)t * measurement.n_pairs + j];
        estimate += sg_measurement_estimate_energy(&measurement, evaluation, t, j);
        parts += whole->own + whole->interference + whole->artefact;
        own += whole->own;
        beyond += whole->beyond_own;
      }
      g_assert_cmpfloat_with_epsilon(parts / estimate, 1.0, 1e-9);
      g_assert_cmpfloat_with_epsilon((own + beyond) / estimate, 1.0, 1e-9);
    }
    sg_measurement_clear(&measurement);
    test_scores_clear(scores, test->n_sources);
  }
}

/* ŝ = s: no error in the plain ratios; the projections leave rounding. ŝ = 4·s: SI-SDR forgives it all. */
static void
test_perfect(void)
{
  g_autoptr(TestCase) test = test_case_new("stereo-2");
  SgScore scores[2], loud[2];
  SgPcm *louder[2];
  for (guint j = 0; j < 2; j++)
    louder[j] = scaled_new(test->sources[j], 4.0);
  score_case(test->sources, test->sources, 2, SG_MEASURE_ALL, 1, scores);
  score_case(test->sources, louder, 2, SG_MEASURE_ALL, 1, loud);
  for (guint j = 0; j < 2; j++) {
    const int infinite[] = { SG_BSS4_SDR, SG_BSS4_GLOBAL_SDR, SG_BSS3_SDR, SG_SI_SDR };
    for (gsize v = 0; v < G_N_ELEMENTS(infinite); v++)
      g_assert_cmpfloat(scores[j].values[infinite[v]], ==, INFINITY);
    const int high[] = { SG_BSS4_ISR, SG_BSS4_SIR, SG_BSS4_SAR, SG_BSS3_SIR };
    for (gsize v = 0; v < G_N_ELEMENTS(high); v++)
      g_assert_cmpfloat(scores[j].values[high[v]], >, 200.0);
    g_autofree float *s = test_pcm_dup(test->sources[j]);
    double energy = 0.0;
    for (gint64 i = 0; i < 2 * test->n_samples; i++)
      energy += (double)s[i] * s[i];
    g_assert_cmpfloat_with_epsilon(scores[j].values[SG_MDX_SDR], 10.0 * log10((energy + 1e-7) / 1e-7), 1e-9);
    g_assert_cmpfloat(loud[j].values[SG_SI_SDR], ==, INFINITY);
    g_assert_cmpfloat_with_epsilon(loud[j].values[SG_BSS4_SDR], -20.0 * log10(3.0), 1e-9);
    g_assert_cmpfloat(loud[j].values[SG_BSS4_SIR], >, 200.0);
    sg_pcm_free(louder[j]);
  }
  test_scores_clear(scores, 2), test_scores_clear(loud, 2);
}

/* A good estimate that is too loud: its noise at −113 dB is still seen. */
static void
test_si_sdr_of_a_loud_estimate(void)
{
  g_autoptr(TestCase) test = test_case_new("mono-1");
  const double gain = 64.0;
  g_autoptr(SgPcm) estimate = test_mix_new(test->sources, &gain, 1, test->n_samples, 1e-6, 3);
  g_autofree float *s = test_pcm_dup(test->sources[0]), *e = test_pcm_dup(estimate);
  long double product = 0, energy = 0, left = 0;
  for (gint64 i = 0; i < test->n_samples; i++)
    product += (long double)s[i] * e[i], energy += (long double)s[i] * s[i];
  for (gint64 i = 0; i < test->n_samples; i++) {
    long double difference = e[i] - product / energy * s[i];
    left += difference * difference;
  }
  double expected = (double)(10.0L * log10l(product * product / energy / left));
  SgScore score;
  score_case(test->sources, &estimate, 1, SG_MEASURE_SI_SDR, 1, &score);
  g_test_message("%.3f dB", expected);
  g_assert_cmpfloat(expected, >, 90.0);
  g_assert_cmpfloat_with_epsilon(score.values[SG_SI_SDR], expected, 1e-6);
  sg_score_clear(&score);
}

/* Threads change nothing, not even a bit; nor does which other measures are asked for. */
static void
test_same_everywhere(void)
{
  g_autoptr(TestCase) test = test_case_new("stereo-2-odd");
  SgScore one[2], three[2], subset[2];
  score_case(test->sources, test->estimates, 2, SG_MEASURE_ALL, 1, one);
  score_case(test->sources, test->estimates, 2, SG_MEASURE_ALL, 3, three);
  for (guint j = 0; j < 2; j++) {
    g_assert_cmpmem(one[j].values, sizeof one[j].values, three[j].values, sizeof three[j].values);
    for (int c = 0; c < SG_N_CURVES; c++)
      g_assert_cmpmem(one[j].curves[c], (gsize)one[j].n_windows * sizeof(double), three[j].curves[c],
                      (gsize)three[j].n_windows * sizeof(double));
  }
  for (guint32 measure = 1; measure < SG_MEASURE_ALL; measure <<= 1) {
    score_case(test->sources, test->estimates, 2, measure, 2, subset);
    for (guint j = 0; j < 2; j++) {
      guint n_defined = 0;
      for (int v = 0; v < SG_N_SCORE_VALUES; v++)
        if (!isnan(subset[j].values[v])) {
          n_defined++;
          g_assert_cmpfloat(subset[j].values[v], ==, one[j].values[v]);
        }
      guint expected = measure == SG_MEASURE_BSS4 ? 8 : measure == SG_MEASURE_BSS3 ? 4 : 1;
      g_assert_cmpuint(n_defined, ==, measure == SG_MEASURE_BSS4_SDR ? 2 : expected);
      g_assert_cmpint(subset[j].curves[SG_CURVE_SDR] != NULL, ==,
                      (measure & (SG_MEASURE_BSS4 | SG_MEASURE_BSS4_SDR)) != 0);
      g_assert_cmpint(subset[j].curves[SG_CURVE_SAR] != NULL, ==, measure == SG_MEASURE_BSS4);
    }
    test_scores_clear(subset, 2);
  }
  test_scores_clear(one, 2), test_scores_clear(three, 2);
}

/* A longer estimate is cut, a shorter one filled with zeros, one that is not given changes nothing for the
 * others, and one PCM may stand for all. */
static void
test_odd_sets(void)
{
  g_autoptr(TestCase) test = test_case_new("mono-2");
  gint64 n = test->n_samples;
  g_autoptr(SgPcm) longer = test_mix_new(test->estimates, ONE, 1, n + 5000, 0.0, 0);
  g_autoptr(SgPcm) shorter = test_mix_new(test->estimates + 1, ONE, 1, n - 5000, 0.0, 0);
  g_autoptr(SgPcm) filled = test_mix_new(&shorter, ONE, 1, n, 0.0, 0);
  g_autoptr(SgPcm) copy = test_mix_new(&filled, ONE, 1, n, 0.0, 0);
  g_autoptr(SgEvaluation) evaluation =
      test_evaluation_new((const SgPcm *const *)test->sources, 2, SG_MEASURE_ALL, 2);
  SgPcm *uneven[] = { longer, shorter }, *even[] = { test->estimates[0], filled };
  SgPcm *some[] = { test->estimates[0], NULL }, *shared[] = { filled, filled }, *copied[] = { filled, copy };
  SgScore a[2], b[2];
  test_score(evaluation, uneven, a);
  test_score(evaluation, even, b);
  g_assert_cmphex(a[0].flags, ==, SG_SCORE_CUT);
  g_assert_cmphex(a[1].flags, ==, SG_SCORE_PADDED);
  g_assert_cmphex(b[1].flags, ==, 0);
  for (guint j = 0; j < 2; j++)
    assert_same_values(&a[j], &b[j], 0.0);
  test_scores_clear(a, 2);
  test_score(evaluation, some, a);
  assert_same_values(&a[0], &b[0], 1e-9);
  g_assert_cmphex(a[1].flags, ==, SG_SCORE_NO_ESTIMATE);
  for (int v = 0; v < SG_N_SCORE_VALUES; v++)
    g_assert_true(isnan(a[1].values[v]));
  test_scores_clear(a, 2), test_scores_clear(b, 2);
  test_score(evaluation, shared, a);
  test_score(evaluation, copied, b);
  for (guint j = 0; j < 2; j++)
    assert_same_values(&a[j], &b[j], 1e-9);
  test_scores_clear(a, 2), test_scores_clear(b, 2);
}

/* The mixture's baseline is the mixture scored, silence is 0 dB, no gain is better than the best one. */
static void
test_baselines(void)
{
  g_autoptr(TestCase) test = test_case_new("stereo-2-odd");
  g_autoptr(SgPcm) mixture = test_mix_new(test->sources, ONE, 2, test->n_samples, 0.0, 0);
  g_autoptr(SgEvaluation) evaluation =
      test_evaluation_new((const SgPcm *const *)test->sources, 2, SG_MEASURE_ALL, 2);
  SgBaseline baselines[2];
  SgScore scores[2];
  SgPcm *estimates[] = { mixture, mixture };
  test_assert_ok(sg_evaluation_baselines(evaluation, NULL, NULL, baselines, NULL));
  test_score(evaluation, estimates, scores);
  for (guint j = 0; j < 2; j++) {
    assert_same_values(&baselines[j].mixture, &scores[j], SAME_DB);
    const int zero[] = { SG_BSS4_SDR, SG_BSS4_ISR, SG_BSS4_GLOBAL_SDR, SG_BSS3_SDR, SG_MDX_SDR };
    for (gsize v = 0; v < G_N_ELEMENTS(zero); v++)
      g_assert_cmpfloat(baselines[j].silence.values[zero[v]], ==, 0.0);
    const int undefined[] = { SG_BSS4_SIR, SG_BSS4_SAR, SG_BSS3_SIR, SG_SI_SDR };
    for (gsize v = 0; v < G_N_ELEMENTS(undefined); v++)
      g_assert_true(isnan(baselines[j].silence.values[undefined[v]]));
    g_assert_true(baselines[j].silence.flags & SG_SCORE_ESTIMATE_SILENT);
  }
  test_scores_clear(scores, 2);
  /* The gains found give what is claimed for them, and no other gain gives more. */
  for (guint j = 0; j < 2; j++)
    for (int v = 0; v < SG_N_SCORE_VALUES; v++) {
      double gain = baselines[j].gains[v], best = baselines[j].gain.values[v];
      if (isnan(gain)) {
        assert_same(best, baselines[j].mixture.values[v], 0.0);
        continue;
      }
      for (int step = -1; step <= 1; step++) {
        double other = gain * (1.0 + 0.08 * step);
        SgPcm *scaled[] = { scaled_new(mixture, other), NULL };
        scaled[1] = scaled[0];
        test_score(evaluation, scaled, scores);
        if (step == 0)
          g_assert_cmpfloat_with_epsilon(scores[j].values[v], best, SAME_DB);
        else
          g_assert_cmpfloat(scores[j].values[v], <=, best + SAME_DB);
        sg_pcm_free(scaled[0]);
        test_scores_clear(scores, 2);
      }
    }
  const char *id;
  g_assert_cmpfloat(sg_baseline_best(&baselines[0], SG_BSS4_SDR, &id), ==,
                    baselines[0].gain.values[SG_BSS4_SDR]);
  g_assert_cmpstr(id, ==, "gain");
  g_assert_cmpfloat(sg_baseline_best(&baselines[0], SG_BSS4_SIR, &id), ==,
                    baselines[0].mixture.values[SG_BSS4_SIR]);
  g_assert_cmpstr(id, ==, "mixture");
  for (guint j = 0; j < 2; j++)
    sg_baseline_clear(&baselines[j]);
}

typedef struct {
  double last_fraction, stop_at;
  TestTime stopped;
} Hand;

static bool
note(double fraction, const char *stage, void *user)
{
  Hand *hand = user;
  g_assert_true(fraction >= hand->last_fraction && fraction <= 1.0);
  hand->last_fraction = fraction;
  if (fraction < hand->stop_at)
    return true;
  hand->stopped = test_time();
  return false;
}

static void
test_cancel(void)
{
  g_autoptr(TestCase) test = test_case_new("stereo-3");
  SgEvaluationSetup setup = { .sources = (const SgPcm *const *)test->sources,
                              .n_sources = test->n_sources,
                              .measures = SG_MEASURE_ALL,
                              .n_threads = 2 };
  SgEvaluation *evaluation;
  const double at[] = { 0.0, 0.3, 0.6, 0.62 };
  for (gsize i = 0; i < G_N_ELEMENTS(at); i++) {
    Hand hand = { .stop_at = at[i] };
    test_assert_status(sg_evaluation_new(&setup, note, &hand, &evaluation, NULL), SG_CANCELLED);
    g_assert_null(evaluation);
    g_test_message("cancelled at %.2f", at[i]);
    test_assert_soon(test_time_since(hand.stopped), CANCEL_LIMIT_S);
  }
  Hand hand = { .stop_at = 2.0 };
  test_assert_ok(sg_evaluation_new(&setup, note, &hand, &evaluation, NULL));
  g_assert_cmpfloat(hand.last_fraction, ==, 1.0);
  SgScore scores[CASE_MAX_SOURCES];
  hand = (Hand){ .stop_at = 0.1 };
  test_assert_status(
      sg_evaluation_score(evaluation, (const SgPcm *const *)test->estimates, note, &hand, scores, NULL),
      SG_CANCELLED);
  for (guint j = 0; j < test->n_sources; j++)
    g_assert_null(scores[j].curves[0]);
  hand = (Hand){ .stop_at = 2.0 };
  test_assert_ok(
      sg_evaluation_score(evaluation, (const SgPcm *const *)test->estimates, note, &hand, scores, NULL));
  g_assert_cmpfloat(hand.last_fraction, ==, 1.0);
  test_scores_clear(scores, test->n_sources);
  sg_evaluation_free(evaluation);
}

static void
test_refuses(void)
{
  g_autoptr(TestCase) test = test_case_new("mono-2");
  g_autoptr(TestCase) odd = test_case_new("mono-2-odd");
  g_autoptr(TestCase) stereo = test_case_new("stereo-2");
  g_autoptr(SgPcm) empty = test_pcm_new(CASE_RATE, 1, 0, NULL);
  g_autofree float *samples = test_pcm_dup(test->sources[1]);
  g_autoptr(SgPcm) fast = test_pcm_new(2 * CASE_RATE, 1, test->n_samples, samples);
  samples[12345] = NAN;
  g_autoptr(SgPcm) broken = test_pcm_new(CASE_RATE, 1, test->n_samples, samples);
  const struct {
    const SgPcm *sources[2], *mixture;
    guint n_sources;
    guint32 measures;
    SgStatus status;
    const char *detail;
  } bad[] = {
    { { test->sources[0], odd->sources[0] }, NULL, 2, SG_MEASURE_ALL, SG_BAD_FORMAT, "length" },
    { { test->sources[0], stereo->sources[0] }, NULL, 2, SG_MEASURE_ALL, SG_BAD_FORMAT, "channels" },
    { { test->sources[0], fast }, NULL, 2, SG_MEASURE_ALL, SG_BAD_FORMAT, "rate" },
    { { test->sources[0], test->sources[1] }, odd->sources[0], 2, SG_MEASURE_ALL, SG_BAD_FORMAT, "length" },
    { { test->sources[0], test->sources[1] }, NULL, 2, 0, SG_BAD_ARGUMENT, "measures" },
    { { test->sources[0], test->sources[1] }, NULL, 2, 1 << 20, SG_BAD_ARGUMENT, "measures" },
    { { NULL, NULL }, NULL, 0, SG_MEASURE_ALL, SG_BAD_ARGUMENT, "sources" },
    { { empty, empty }, NULL, 2, SG_MEASURE_ALL, SG_NO_SAMPLES, "" },
    { { test->sources[0], broken }, NULL, 2, SG_MEASURE_MDX, SG_BAD_SAMPLE, "" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
    SgEvaluationSetup setup = { .sources = bad[i].sources,
                                .n_sources = bad[i].n_sources,
                                .mixture = bad[i].mixture,
                                .measures = bad[i].measures };
    SgEvaluation *evaluation;
    SgError error;
    test_assert_status(sg_evaluation_new(&setup, NULL, NULL, &evaluation, &error), bad[i].status);
    g_assert_cmpstr(error.detail, ==, bad[i].detail);
    g_assert_null(evaluation);
    if (bad[i].status == SG_BAD_SAMPLE)
      g_assert_cmpint(error.position, ==, 12345);
  }
  g_autoptr(SgEvaluation) evaluation =
      test_evaluation_new((const SgPcm *const *)test->sources, 2, SG_MEASURE_ALL, 1);
  SgScore scores[2];
  const SgPcm *wrong_rate[] = { fast, NULL }, *not_finite[] = { NULL, broken };
  test_assert_status(sg_evaluation_score(evaluation, wrong_rate, NULL, NULL, scores, NULL), SG_BAD_FORMAT);
  test_assert_status(sg_evaluation_score(evaluation, not_finite, NULL, NULL, scores, NULL), SG_BAD_SAMPLE);
}

static void
test_names(void)
{
  for (SgScoreValue v = 0; v < SG_N_SCORE_VALUES; v++)
    for (SgScoreValue w = 0; w < v; w++)
      g_assert_cmpstr(sg_score_value_id(v), !=, sg_score_value_id(w));
  g_assert_null(sg_score_value_id(SG_N_SCORE_VALUES));
  for (guint bit = 0; bit < SG_N_SCORE_FLAGS; bit++)
    g_assert_nonnull(sg_score_flag_id(bit));
  g_assert_null(sg_score_flag_id(SG_N_SCORE_FLAGS));
  g_assert_cmpstr(sg_score_value_id(SG_BSS4_GLOBAL_SAR), ==, "bss4-global-sar");
  g_assert_cmpstr(sg_score_flag_id(7), ==, "singular");
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/evaluation/scaling", test_scaling);
  g_test_add_func("/evaluation/permutations", test_permutations);
  g_test_add_func("/evaluation/decomposition", test_decomposition);
  g_test_add_func("/evaluation/perfect", test_perfect);
  g_test_add_func("/evaluation/si-sdr-of-a-loud-estimate", test_si_sdr_of_a_loud_estimate);
  g_test_add_func("/evaluation/same-everywhere", test_same_everywhere);
  g_test_add_func("/evaluation/odd-sets", test_odd_sets);
  g_test_add_func("/evaluation/baselines", test_baselines);
  g_test_add_func("/evaluation/cancel", test_cancel);
  g_test_add_func("/evaluation/refuses", test_refuses);
  g_test_add_func("/evaluation/names", test_names);
  return g_test_run();
}
