#include "core/metrics/gain-search.h"

#include <math.h>
#include <stdlib.h>

#include "core/base/memory.h"

enum { GRID = 256, CANDIDATES = 2 * GRID, REFINED = 12, GOLDEN_STEPS = 40 };

typedef struct {
  const SgGainWindow *windows;
  size_t n;
  double *ratios; /* [n] work space */
} Search;

typedef struct {
  double gain, median_db;
} Candidate;

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

static double
median_db_at(const Search *search, double gain)
{
  for (size_t i = 0; i < search->n; i++)
    search->ratios[i] = sg_gain_error(&search->windows[i], gain) / search->windows[i].signal;
  double high = -10.0 * log10(select_rank(search->ratios, search->n, (search->n - 1) / 2));
  if (search->n % 2 == 1)
    return high;
  double next = INFINITY;
  for (size_t i = search->n / 2; i < search->n; i++)
    if (search->ratios[i] < next)
      next = search->ratios[i];
  return 0.5 * (high - 10.0 * log10(next));
}

static int
compare_gains(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static int
compare_candidates(const void *a, const void *b)
{
  const Candidate *x = a, *y = b;
  return (x->median_db < y->median_db) - (x->median_db > y->median_db);
}

static Candidate
refine(const Search *search, double low, double high)
{
  const double golden = 0.6180339887498949;
  Candidate best = { .gain = NAN, .median_db = -INFINITY };
  double inner_low = high - golden * (high - low), inner_high = low + golden * (high - low);
  double at_low = median_db_at(search, inner_low), at_high = median_db_at(search, inner_high);
  for (int step = 0; step < GOLDEN_STEPS; step++) {
    Candidate here = at_low > at_high ? (Candidate){ inner_low, at_low } : (Candidate){ inner_high, at_high };
    if (here.median_db > best.median_db)
      best = here;
    if (at_low > at_high) {
      high = inner_high;
      inner_high = inner_low;
      at_high = at_low;
      inner_low = high - golden * (high - low);
      at_low = median_db_at(search, inner_low);
    } else {
      low = inner_low;
      inner_low = inner_high;
      at_low = at_high;
      inner_high = low + golden * (high - low);
      at_high = median_db_at(search, inner_high);
    }
  }
  return best;
}

/* Gains to try, ascending: an even grid and peaks at even ranks. */
static void
fill_gains(const Search *search, double *peaks, double gains[CANDIDATES])
{
  for (size_t i = 0; i < search->n; i++)
    peaks[i] = sg_gain_peak(&search->windows[i]);
  qsort(peaks, search->n, sizeof *peaks, compare_gains);
  double first = peaks[0], last = peaks[search->n - 1];
  for (size_t i = 0; i < GRID; i++) {
    gains[i] = first + (last - first) * (double)i / (GRID - 1);
    gains[GRID + i] = peaks[i * (search->n - 1) / (GRID - 1)];
  }
  qsort(gains, CANDIDATES, sizeof *gains, compare_gains);
}

SgStatus
sg_gain_search_median(const SgGainWindow *windows, size_t n, double *out_gain, double *out_median_db,
                      SgError *error)
{
  *out_gain = *out_median_db = NAN;
  if (n == 0)
    return SG_OK;
  Search search = { .windows = windows, .n = n, .ratios = SG_NEW(double, n) };
  double *peaks = SG_NEW(double, n);
  if (search.ratios == NULL || peaks == NULL) {
    sg_free(search.ratios);
    sg_free(peaks);
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  }
  double gains[CANDIDATES];
  Candidate candidates[CANDIDATES];
  fill_gains(&search, peaks, gains);
  for (size_t i = 0; i < CANDIDATES; i++)
    candidates[i] = (Candidate){ gains[i], median_db_at(&search, gains[i]) };
  qsort(candidates, CANDIDATES, sizeof *candidates, compare_candidates);
  Candidate best = candidates[0];
  double step = (gains[CANDIDATES - 1] - gains[0]) / (GRID - 1);
  for (size_t i = 0; i < REFINED && step > 0.0; i++) {
    Candidate found = refine(&search, candidates[i].gain - step, candidates[i].gain + step);
    if (found.median_db > best.median_db)
      best = found;
  }
  *out_gain = best.gain;
  *out_median_db = best.median_db;
  sg_free(search.ratios);
  sg_free(peaks);
  return SG_OK;
}
