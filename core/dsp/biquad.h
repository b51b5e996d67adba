/* Second-order recursive filters after R. Bristow-Johnson, "Cookbook formulae for audio equalizer biquad
 * filter coefficients".
 *
 * y[n] = b0·x[n] + b1·x[n−1] + b2·x[n−2] − a1·y[n−1] − a2·y[n−2], in the transposed direct form II, double
 * precision. Ownership: plain values. Threads: one state, one thread. Audio callback: allowed.
 */
#pragma once

#include <stdint.h>

typedef enum {
  SG_BIQUAD_LOW_PASS,
  SG_BIQUAD_HIGH_PASS,
  SG_BIQUAD_BAND_PASS, /* 0 dB at its centre */
  SG_BIQUAD_PEAK,
  SG_BIQUAD_LOW_SHELF,
  SG_BIQUAD_HIGH_SHELF,
} SgBiquadKind;

typedef struct {
  double b0, b1, b2, a1, a2;
} SgBiquad;

typedef struct {
  double z1, z2;
} SgBiquadState;

/* `freq_hz` in (0, rate/2) is the cutoff or centre, q > 0 (0.7071 for the flattest passes and shelves),
 * `gain_db` of a peak or shelf. */
SgBiquad sg_biquad(SgBiquadKind kind, double rate_hz, double freq_hz, double q, double gain_db);

static inline double
sg_biquad_next(const SgBiquad *filter, SgBiquadState *state, double x)
{
  double y = filter->b0 * x + state->z1;
  state->z1 = filter->b1 * x - filter->a1 * y + state->z2;
  state->z2 = filter->b2 * x - filter->a2 * y;
  return y;
}

/* Filters in place from rest. */
void sg_biquad_filter(const SgBiquad *filter, float *inout, int64_t n);
