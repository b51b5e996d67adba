/* The constant gain that makes a median of signal-to-noise ratios largest.
 *
 * A window's ratio as a function of the gain g, 10·log10(‖s‖²/‖g·y − s‖²), has one peak at ⟨s,y⟩/‖y‖²; the
 * median over windows may have many. It is searched on a grid between the lowest and the highest peak (beyond
 * them every window falls), on the peaks themselves, and then by golden section around the best candidates.
 */
#pragma once

#include <stddef.h>

#include "core/base/status.h"

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
