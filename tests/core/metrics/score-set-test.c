#include "core/metrics/score-set.h"

#include <math.h>

#include "core/metrics/gain-search.h"
#include "tests/support.h"

/* By hand: 1 2 4 8 and an undefined track. */
static void
test_summary(void)
{
  const double values[] = { 8, NAN, 1, 4, 2 }, weights[] = { 1, 100, 2, 3, 4 };
  SgScoreSummary summary;
  test_assert_ok(sg_score_summary(values, weights, 5, &summary, NULL));
  g_assert_cmpuint(summary.n, ==, 5);
  g_assert_cmpuint(summary.n_defined, ==, 4);
  g_assert_cmpfloat(summary.mean, ==, 3.75);
  g_assert_cmpfloat(summary.weighted_mean, ==, (8.0 + 2.0 + 12.0 + 8.0) / 10.0);
  g_assert_cmpfloat(summary.median, ==, 3.0);
  g_assert_cmpfloat(summary.minimum, ==, 1.0);
  g_assert_cmpfloat(summary.lower_quartile, ==, 1.75);
  g_assert_cmpfloat(summary.upper_quartile, ==, 5.0);
  g_assert_cmpfloat(summary.maximum, ==, 8.0);
  test_assert_ok(sg_score_summary(values, NULL, 5, &summary, NULL));
  g_assert_true(isnan(summary.weighted_mean));
}

static void
test_summary_limits(void)
{
  SgScoreSummary summary;
  const double undefined[] = { NAN, NAN }, one[] = { NAN, -3.0 }, high[] = { INFINITY, 1.0, INFINITY };
  test_assert_ok(sg_score_summary(undefined, NULL, 2, &summary, NULL));
  g_assert_cmpuint(summary.n_defined, ==, 0);
  g_assert_true(isnan(summary.mean) && isnan(summary.median) && isnan(summary.minimum));
  test_assert_ok(sg_score_summary(undefined, NULL, 0, &summary, NULL));
  g_assert_true(isnan(summary.mean) && isnan(summary.median));
  test_assert_ok(sg_score_summary(one, NULL, 2, &summary, NULL));
  g_assert_cmpfloat(summary.mean, ==, -3.0);
  g_assert_cmpfloat(summary.upper_quartile, ==, -3.0);
  test_assert_ok(sg_score_summary(high, NULL, 3, &summary, NULL));
  g_assert_cmpfloat(summary.median, ==, INFINITY);
  g_assert_cmpfloat(summary.mean, ==, INFINITY);
  g_assert_cmpfloat(summary.minimum, ==, 1.0);
}

/* Many tracks with normal differences: the interval of the mean is mean ± 1.96·s/√n. */
static void
test_bootstrap_of_the_mean(void)
{
  enum { N = 400 };
  SgRandom random = sg_random_seeded(7);
  double a[N], b[N], mean = 0.0, variance = 0.0;
  for (int i = 0; i < N; i++) {
    b[i] = 20.0 * sg_random_unit(&random);
    double normal = -6.0;
    for (int k = 0; k < 12; k++)
      normal += sg_random_unit(&random);
    a[i] = b[i] + 0.3 + 2.0 * normal;
    mean += (a[i] - b[i]) / N;
  }
  for (int i = 0; i < N; i++)
    variance += (a[i] - b[i] - mean) * (a[i] - b[i] - mean) / N;
  double half = 1.96 * sqrt(variance / N);
  SgPairedDifference difference, again, other;
  test_assert_ok(
      sg_paired_difference(a, b, N, SG_STATISTIC_MEAN, SG_BOOTSTRAP_RESAMPLES, 1, &difference, NULL));
  g_assert_cmpuint(difference.n_pairs, ==, N);
  g_assert_cmpuint(difference.n_resamples, ==, SG_BOOTSTRAP_RESAMPLES);
  g_assert_cmpfloat_with_epsilon(difference.difference, mean, 1e-12);
  g_assert_cmpfloat_with_epsilon(difference.low, mean - half, 0.06 * half);
  g_assert_cmpfloat_with_epsilon(difference.high, mean + half, 0.06 * half);
  test_assert_ok(sg_paired_difference(a, b, N, SG_STATISTIC_MEAN, SG_BOOTSTRAP_RESAMPLES, 1, &again, NULL));
  g_assert_cmpfloat(again.low, ==, difference.low);
  test_assert_ok(sg_paired_difference(a, b, N, SG_STATISTIC_MEAN, SG_BOOTSTRAP_RESAMPLES, 2, &other, NULL));
  g_assert_cmpfloat(other.low, !=, difference.low);
}

/* Three pairs 0, 0, 3: a resample's median is 3 when at least two draws are the third: 7 in 27. So the 2.5
 * percentile is 0 and the 97.5 percentile is 3; the mean is 3 in 1 of 27 and 0 in 8 of 27. */
static void
test_bootstrap_of_few(void)
{
  const double a[] = { 1, NAN, 2, 8, INFINITY, 1 }, b[] = { 1, 5, 2, 5, 1, NAN };
  SgPairedDifference difference;
  test_assert_ok(sg_paired_difference(a, b, 6, SG_STATISTIC_MEDIAN, 2000, 3, &difference, NULL));
  g_assert_cmpuint(difference.n_pairs, ==, 3);
  g_assert_cmpfloat(difference.difference, ==, 0.0);
  g_assert_cmpfloat(difference.low, ==, 0.0);
  g_assert_cmpfloat(difference.high, ==, 3.0);
  test_assert_ok(sg_paired_difference(a, b, 6, SG_STATISTIC_MEAN, 2000, 3, &difference, NULL));
  g_assert_cmpfloat(difference.difference, ==, 1.0);
  g_assert_cmpfloat(difference.low, ==, 0.0);
  g_assert_cmpfloat(difference.high, ==, 3.0);
  test_assert_ok(sg_paired_difference(a, b, 1, SG_STATISTIC_MEAN, 10, 3, &difference, NULL));
  g_assert_cmpfloat(difference.difference, ==, 0.0);
  g_assert_true(isnan(difference.low) && isnan(difference.high));
  test_assert_status(sg_paired_difference(a, b, 6, SG_STATISTIC_MEAN, 0, 3, &difference, NULL),
                     SG_BAD_ARGUMENT);
}

static int
compare(const void *x, const void *y)
{
  double a = *(const double *)x, b = *(const double *)y;
  return (a > b) - (a < b);
}

/* The median at one gain, by sorting. */
static double
median_at(const SgGainWindow *windows, gsize n, double gain)
{
  double ratios[64];
  for (gsize i = 0; i < n; i++) {
    double product = 0.5 * (windows[i].signal + windows[i].estimate - windows[i].error);
    double error = windows[i].signal - 2.0 * gain * product + gain * gain * windows[i].estimate;
    ratios[i] = 10.0 * log10(windows[i].signal / error);
  }
  qsort(ratios, n, sizeof *ratios, compare);
  return 0.5 * (ratios[(n - 1) / 2] + ratios[n / 2]);
}

/* Drawn windows, odd and even in number: nothing on a grid of 4000 gains is better, and the gain found
 * gives the median found. */
static void
test_gain_search(void)
{
  SgRandom random = test_random();
  for (int trial = 0; trial < 100; trial++) {
    gsize n = 1 + sg_random_below(&random, 40);
    SgGainWindow windows[64];
    for (gsize i = 0; i < n; i++) {
      double signal = 0.01 + sg_random_unit(&random), estimate = 0.01 + 2.0 * sg_random_unit(&random);
      double cosine = 1.9 * sg_random_unit(&random) - 0.95;
      windows[i] = (SgGainWindow){ .signal = signal,
                                   .estimate = estimate,
                                   .error = signal + estimate - 2.0 * cosine * sqrt(signal * estimate) };
    }
    double gain, median_db, best_db = -INFINITY;
    test_assert_ok(sg_gain_search_median(windows, n, &gain, &median_db, NULL));
    for (int i = 0; i <= 4000; i++)
      best_db = MAX(best_db, median_at(windows, n, -10.0 + 0.005 * i));
    g_assert_cmpfloat(median_db, >=, best_db - SG_GAIN_TOLERANCE_DB);
    g_assert_cmpfloat_with_epsilon(median_at(windows, n, gain), median_db, 1e-9);
  }
}

/* Windows in which the estimate is the source exactly: at g = 1 they have no error, and most of them so make
 * the median infinite. */
static void
test_gain_search_exact(void)
{
  SgGainWindow windows[5];
  for (int i = 0; i < 5; i++)
    windows[i] = (SgGainWindow){ .signal = 1.0 + i, .estimate = 1.0 + i, .error = i < 3 ? 0.0 : 0.7 };
  double gain, median_db;
  test_assert_ok(sg_gain_search_median(windows, 5, &gain, &median_db, NULL));
  g_assert_cmpfloat(gain, ==, 1.0);
  g_assert_cmpfloat(median_db, ==, INFINITY);
  test_assert_ok(sg_gain_search_median(windows, 0, &gain, &median_db, NULL));
  g_assert_true(isnan(gain) && isnan(median_db));
  windows[0] = (SgGainWindow){ .signal = 1.0, .estimate = 0.0, .error = 1.0 };
  test_assert_ok(sg_gain_search_median(windows, 1, &gain, &median_db, NULL));
  g_assert_cmpfloat(median_db, ==, 0.0);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/score-set/summary", test_summary);
  g_test_add_func("/score-set/summary-limits", test_summary_limits);
  g_test_add_func("/score-set/bootstrap-of-the-mean", test_bootstrap_of_the_mean);
  g_test_add_func("/score-set/bootstrap-of-few", test_bootstrap_of_few);
  g_test_add_func("/score-set/gain-search", test_gain_search);
  g_test_add_func("/score-set/gain-search-exact", test_gain_search_exact);
  return g_test_run();
}
