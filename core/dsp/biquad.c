#include "core/dsp/biquad.h"

#include <math.h>

SgBiquad
sg_biquad(SgBiquadKind kind, double rate_hz, double freq_hz, double q, double gain_db)
{
  double w = 2.0 * M_PI * freq_hz / rate_hz, c = cos(w), alpha = sin(w) / (2.0 * q);
  double a = pow(10.0, gain_db / 40.0), slope = 2.0 * sqrt(a) * alpha;
  double b0, b1, b2, a0, a1 = -2.0 * c, a2;
  switch (kind) {
  case SG_BIQUAD_LOW_PASS:
    b0 = b2 = (1.0 - c) / 2.0, b1 = 1.0 - c, a0 = 1.0 + alpha, a2 = 1.0 - alpha;
    break;
  case SG_BIQUAD_HIGH_PASS:
    b0 = b2 = (1.0 + c) / 2.0, b1 = -(1.0 + c), a0 = 1.0 + alpha, a2 = 1.0 - alpha;
    break;
  case SG_BIQUAD_BAND_PASS:
    b0 = alpha, b1 = 0.0, b2 = -alpha, a0 = 1.0 + alpha, a2 = 1.0 - alpha;
    break;
  case SG_BIQUAD_PEAK:
    b0 = 1.0 + alpha * a, b1 = a1, b2 = 1.0 - alpha * a, a0 = 1.0 + alpha / a, a2 = 1.0 - alpha / a;
    break;
  case SG_BIQUAD_LOW_SHELF:
    b0 = a * (a + 1.0 - (a - 1.0) * c + slope), b1 = 2.0 * a * (a - 1.0 - (a + 1.0) * c);
    b2 = a * (a + 1.0 - (a - 1.0) * c - slope), a0 = a + 1.0 + (a - 1.0) * c + slope;
    a1 = -2.0 * (a - 1.0 + (a + 1.0) * c), a2 = a + 1.0 + (a - 1.0) * c - slope;
    break;
  default: /* SG_BIQUAD_HIGH_SHELF */
    b0 = a * (a + 1.0 + (a - 1.0) * c + slope), b1 = -2.0 * a * (a - 1.0 + (a + 1.0) * c);
    b2 = a * (a + 1.0 + (a - 1.0) * c - slope), a0 = a + 1.0 - (a - 1.0) * c + slope;
    a1 = 2.0 * (a - 1.0 - (a + 1.0) * c), a2 = a + 1.0 - (a - 1.0) * c - slope;
    break;
  }
  return (SgBiquad){ b0 / a0, b1 / a0, b2 / a0, a1 / a0, a2 / a0 };
}

void
sg_biquad_filter(const SgBiquad *filter, float *inout, int64_t n)
{
  SgBiquadState state = { 0.0, 0.0 };
  for (int64_t i = 0; i < n; i++)
    inout[i] = (float)sg_biquad_next(filter, &state, inout[i]);
}
