/* One value over the tracks of a set: its summary, and whether two systems differ.
 *
 * NaN (undefined) is left out everywhere and counted; infinities are kept: a median bears them, a mean
 * becomes infinite (or NaN, with both signs). Threads: no shared state. Audio callback: no.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "core/base/status.h"

typedef struct {
  size_t n;         /* tracks */
  size_t n_defined; /* of them not NaN */
  double mean;
  double weighted_mean; /* Σ w·value / Σ w: with lengths as weights GNSDR, GSIR, GSAR; NaN without weights */
  double median;        /* of an even number: the mean of the middle two */
  double minimum, lower_quartile, upper_quartile, maximum; /* quartiles interpolate linearly */
} SgScoreSummary;

/* Of values[n]; weights[n] (≥ 0) or NULL. All NaN when nothing is defined. SG_NO_MEMORY. */
SgStatus sg_score_summary(const double *values, const double *weights, size_t n, SgScoreSummary *out_summary,
                          SgError *error);

/* The median of the values that are not NaN, NaN when there are none. Sorts `values` (NaN last). */
double sg_median_in_place(double *values, size_t n);

typedef enum { SG_STATISTIC_MEAN, SG_STATISTIC_MEDIAN } SgStatistic;

typedef struct {
  size_t n_pairs;       /* tracks that have both values */
  double difference;    /* the statistic of a − b over the pairs */
  double low, high;     /* its 95 % interval: the 2.5 and 97.5 percentile of the resamples */
  uint32_t n_resamples; /* as asked for */
} SgPairedDifference;

enum { SG_BOOTSTRAP_RESAMPLES = 10000 };

/* Percentile bootstrap of paired differences (Efron 1979): the pairs are drawn with replacement `n_resamples`
 * times from SplitMix64 at `seed`. Pairs whose difference is not finite are left out. With fewer than two
 * pairs the interval is NaN. SG_NO_MEMORY, SG_BAD_ARGUMENT (n_resamples 0). */
SgStatus sg_paired_difference(const double *a, const double *b, size_t n, SgStatistic statistic,
                              uint32_t n_resamples, uint64_t seed, SgPairedDifference *out_difference,
                              SgError *error);
