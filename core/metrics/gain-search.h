/* The constant gain that makes a median of signal-to-noise ratios largest.
 *
 * A window's ratio as a function of the gain g, 10·log10(‖s‖²/‖g·y − s‖²), has one peak at ⟨s,y⟩/‖y‖²; the
 * median over windows may have many. Beyond the lowest and the highest peak every window falls; between them
 * it is searched by branch and bound: within an interval no window exceeds its own best there, so the median
 * cannot exceed the median of those. The result is within SG_GAIN_TOLERANCE_DB of the highest there is.
 */
#pragma once

#include <stddef.h>

#include "core/base/status.h"

#define SG_GAIN_TOLERANCE_DB 1e-4

typedef struct {
  double signal;   /* ‖s‖² > 0 */
  double estimate; /* ‖y‖² */
  double error;    /* ‖y − s‖² */
} SgGainWindow;

/* ‖g·y − s‖², exact at g = 1. */
double sg_gain_error(const SgGainWindow *window, double gain);

/* The g for which it is smallest: ⟨s,y⟩/‖y‖², 0 where y is zero. */
double sg_gain_peak(const SgGainWindow *window);

/* The best median over windows[n] in dB and the g that gives it; both NaN for n = 0. SG_NO_MEMORY. */
SgStatus sg_gain_search_median(const SgGainWindow *windows, size_t n, double *out_gain, double *out_median_db,
                               SgError *error);
