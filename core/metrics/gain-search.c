#include "core/metrics/gain-search.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "core/base/memory.h"

/* Peaks tried at first, how often an interval is halved, and how many medians are taken at most. */
enum { FIRST_PEAKS = 512, MAX_DEPTH = 60, MAX_MEDIANS = 20000 };

typedef struct {
  const SgGainWindow *windows;
  size_t n;
  double *ratios; /* [n] work space */
  double best_gain, best_db;
} Search;

typedef struct {
  double low, high;
  double bound_db; /* no median in it is higher */
} Interval;

double
sg_gain_error(const SgGainWindow *window, double gain)
{
  /* ‖gy − s‖² = ‖s‖² − 2g⟨s,y⟩ + g²‖y‖², with ⟨s,y⟩ written through ‖y − s‖². */
  double error = (1.0 - gain) * (window->signal - gain * window->estimate) + gain * window->error;
  return error > 0.0 ? error : 0.0;
}

double
sg_gain_peak(const SgGainWindow *window)
{
  if (!(window->estimate > 0.0))
    return 0.0;
  return 0.5 * (window->signal - window->error + window->estimate) / window->estimate;
}

/* The value of rank k (from 0) of values[n], with no smaller one behind it (Hoare's selection). */
static double
select_rank(double *values, size_t n, size_t k)
{
  size_t low = 0, high = n - 1;
  while (low < high) {
    double middle = values[low + (high - low) / 2];
    size_t i = low, j = high;
    for (;;) {
      while (values[i] < middle)
        i++;
      while (values[j] > middle)
        j--;
      if (i >= j)
        break;
      double kept = values[i];
      values[i++] = values[j];
      values[j--] = kept;
    }
    /* Up to j nothing is larger, behind it nothing smaller. */
    if (k <= j)
      high = j;
    else
      low = j + 1;
  }
  return values[k];
}

/* The median over search->ratios, in dB. */
static double
median_db(Search *search)
{
  double high = -10.0 * log10(select_rank(search->ratios, search->n, (search->n - 1) / 2));
  if (search->n % 2 == 1)
    return high;
  double next = INFINITY;
  for (size_t i = search->n / 2; i < search->n; i++)
    if (search->ratios[i] < next)
      next = search->ratios[i];
  return 0.5 * (high - 10.0 * log10(next));
}

static void
try_gain(Search *search, double gain)
{
  for (size_t i = 0; i < search->n; i++)
    search->ratios[i] = sg_gain_error(&search->windows[i], gain) / search->windows[i].signal;
  double here_db = median_db(search);
  if (!(here_db <= search->best_db)) {
    search->best_db = here_db;
    search->best_gain = gain;
  }
}

static Interval
bounded(Search *search, double low, double high)
{
  for (size_t i = 0; i < search->n; i++) {
    double best = sg_gain_peak(&search->windows[i]);
    best = best < low ? low : best > high ? high : best;
    search->ratios[i] = sg_gain_error(&search->windows[i], best) / search->windows[i].signal;
  }
  return (Interval){ .low = low, .high = high, .bound_db = median_db(search) };
}

/* Depth first, the more promising half first; the stack holds at most one interval a depth. */
static void
branch_and_bound(Search *search, double low, double high)
{
  Interval stack[MAX_DEPTH + 2];
  size_t n_stack = 0;
  stack[n_stack++] = bounded(search, low, high);
  for (int n_medians = 0; n_stack > 0 && n_medians < MAX_MEDIANS; n_medians += 3) {
    Interval interval = stack[--n_stack];
    double middle = 0.5 * (interval.low + interval.high);
    if (interval.bound_db <= search->best_db + SG_GAIN_TOLERANCE_DB || n_stack >= MAX_DEPTH ||
        middle <= interval.low || middle >= interval.high)
      continue;
    try_gain(search, middle);
    Interval left = bounded(search, interval.low, middle), right = bounded(search, middle, interval.high);
    bool left_first = left.bound_db > right.bound_db;
    stack[n_stack++] = left_first ? right : left;
    stack[n_stack++] = left_first ? left : right;
  }
}

static int
compare_gains(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

SgStatus
sg_gain_search_median(const SgGainWindow *windows, size_t n, double *out_gain, double *out_median_db,
                      SgError *error)
{
  *out_gain = *out_median_db = NAN;
  if (n == 0)
    return SG_OK;
  Search search = {
    .windows = windows, .n = n, .ratios = SG_NEW(double, n), .best_gain = NAN, .best_db = -INFINITY
  };
  double *peaks = SG_NEW(double, n);
  if (search.ratios == NULL || peaks == NULL) {
    sg_free(search.ratios);
    sg_free(peaks);
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  }
  for (size_t i = 0; i < n; i++)
    peaks[i] = sg_gain_peak(&windows[i]);
  qsort(peaks, n, sizeof *peaks, compare_gains);
  size_t step = (n + FIRST_PEAKS - 1) / FIRST_PEAKS;
  for (size_t i = 0; i < n; i += step)
    try_gain(&search, peaks[i]);
  branch_and_bound(&search, peaks[0], peaks[n - 1]);
  *out_gain = search.best_gain;
  *out_median_db = search.best_db;
  sg_free(search.ratios);
  sg_free(peaks);
  return SG_OK;
}
