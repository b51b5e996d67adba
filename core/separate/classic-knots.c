#include <math.h>

#include "core/separate/classic-weights.h"

const double sg_classic_bias_knots_hz[SG_CLASSIC_N_BIAS_KNOTS] = { 30,   60,   120,  250,  500,
                                                                   1000, 2000, 4000, 8000, 16000 };
const double sg_classic_cue_knots_hz[SG_CLASSIC_N_CUE_KNOTS] = { 60, 250, 1000, 4000, 12000 };

void
sg_classic_find_knot(const double *knots_hz, size_t n_knots, double freq_hz, size_t *out_low,
                     float *out_fraction)
{
  size_t low = 0;
  while (low + 2 < n_knots && freq_hz >= knots_hz[low + 1])
    low++;
  double fraction = log(fmax(freq_hz, 1.0) / knots_hz[low]) / log(knots_hz[low + 1] / knots_hz[low]);
  *out_low = low;
  *out_fraction = (float)fmin(fmax(fraction, 0.0), 1.0);
}
