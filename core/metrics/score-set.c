#include "core/metrics/score-set.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/random.h"

/* Ascending, NaN last. */
static int
compare(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  if (isnan(x) || isnan(y))
    return isnan(x) - isnan(y);
  return (x > y) - (x < y);
}

static size_t
sort_defined(double *values, size_t n)
{
  qsort(values, n, sizeof *values, compare);
  while (n > 0 && isnan(values[n - 1]))
    n--;
  return n;
}

/* The value at `fraction` of the way through sorted[n], between neighbours in proportion. */
static double
quantile(const double *sorted, size_t n, double fraction)
{
  if (n == 0)
    return NAN;
  double at = fraction * (double)(n - 1);
  size_t below = (size_t)at;
  double part = at - (double)below;
  if (part == 0.0 || sorted[below] == sorted[below + 1])
    return sorted[below];
  return sorted[below] + part * (sorted[below + 1] - sorted[below]);
}

/* Half of the sum, so that an infinity in the middle stays one. */
static double
median_of_sorted(const double *sorted, size_t n)
{
  if (n == 0)
    return NAN;
  double low = sorted[(n - 1) / 2], high = sorted[n / 2];
  return low == high ? low : 0.5 * (low + high);
}

double
sg_median_in_place(double *values, size_t n)
{
  return median_of_sorted(values, sort_defined(values, n));
}

SgStatus
sg_score_summary(const double *values, const double *weights, size_t n, SgScoreSummary *out_summary,
                 SgError *error)
{
  double *sorted = SG_NEW(double, n);
  if (sorted == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  memcpy(sorted, values, n * sizeof *values);
  size_t n_defined = sort_defined(sorted, n);
  double sum = 0.0, weighted = 0.0, weight = 0.0;
  for (size_t i = 0; i < n; i++) {
    if (isnan(values[i]))
      continue;
    sum += values[i];
    if (weights != NULL && weights[i] > 0.0) {
      weighted += weights[i] * values[i];
      weight += weights[i];
    }
  }
  *out_summary = (SgScoreSummary){ .n = n,
                                   .n_defined = n_defined,
                                   .mean = n_defined > 0 ? sum / (double)n_defined : NAN,
                                   .weighted_mean = weight > 0.0 ? weighted / weight : NAN,
                                   .median = median_of_sorted(sorted, n_defined),
                                   .minimum = quantile(sorted, n_defined, 0.0),
                                   .lower_quartile = quantile(sorted, n_defined, 0.25),
                                   .upper_quartile = quantile(sorted, n_defined, 0.75),
                                   .maximum = quantile(sorted, n_defined, 1.0) };
  sg_free(sorted);
  return SG_OK;
}

static double
statistic_of(double *values, size_t n, SgStatistic statistic)
{
  if (statistic == SG_STATISTIC_MEDIAN)
    return sg_median_in_place(values, n);
  double sum = 0.0;
  for (size_t i = 0; i < n; i++)
    sum += values[i];
  return n > 0 ? sum / (double)n : NAN;
}

SgStatus
sg_paired_difference(const double *a, const double *b, size_t n, SgStatistic statistic, uint32_t n_resamples,
                     uint64_t seed, SgPairedDifference *out_difference, SgError *error)
{
  if (n_resamples == 0)
    return sg_error_set(error, SG_BAD_ARGUMENT, NULL, "resamples");
  double *differences = SG_NEW(double, n), *drawn = SG_NEW(double, n),
         *statistics = SG_NEW(double, n_resamples);
  SgStatus status = SG_OK;
  if (differences == NULL || drawn == NULL || statistics == NULL) {
    status = sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
    goto out;
  }
  size_t n_pairs = 0;
  for (size_t i = 0; i < n; i++)
    if (isfinite(a[i] - b[i]))
      differences[n_pairs++] = a[i] - b[i];
  *out_difference =
      (SgPairedDifference){ .n_pairs = n_pairs, .low = NAN, .high = NAN, .n_resamples = n_resamples };
  if (n_pairs >= 2) {
    SgRandom random = sg_random_seeded(seed);
    for (uint32_t r = 0; r < n_resamples; r++) {
      for (size_t i = 0; i < n_pairs; i++)
        drawn[i] = differences[sg_random_below(&random, n_pairs)];
      statistics[r] = statistic_of(drawn, n_pairs, statistic);
    }
    size_t n_sorted = sort_defined(statistics, n_resamples);
    out_difference->low = quantile(statistics, n_sorted, 0.025);
    out_difference->high = quantile(statistics, n_sorted, 0.975);
  }
  out_difference->difference = statistic_of(differences, n_pairs, statistic);
out:
  sg_free(differences);
  sg_free(drawn);
  sg_free(statistics);
  return status;
}
