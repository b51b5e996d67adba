/* The constants of the method "classic"; classic-weights.c is generated, its head tells how.
 *
 * Constants are given at frequencies, the knots; between two knots they change evenly with the logarithm of
 * the frequency, below the first and above the last they stay.
 */
#pragma once

#include "core/separate/classic-cues.h"

enum { SG_CLASSIC_DRUMS, SG_CLASSIC_BASS, SG_CLASSIC_OTHER, SG_CLASSIC_VOCALS, SG_CLASSIC_N_SOURCES };
enum { SG_CLASSIC_N_BIAS_KNOTS = 10, SG_CLASSIC_N_CUE_KNOTS = 5 };

extern const double sg_classic_bias_knots_hz[SG_CLASSIC_N_BIAS_KNOTS];
extern const double sg_classic_cue_knots_hz[SG_CLASSIC_N_CUE_KNOTS];

/* a_j and w_ij at their knots. */
extern const float sg_classic_bias[SG_CLASSIC_N_BIAS_KNOTS][SG_CLASSIC_N_SOURCES];
extern const float sg_classic_weights[SG_N_CUES][SG_CLASSIC_N_CUE_KNOTS][SG_CLASSIC_N_SOURCES];

/* Where a frequency lies: between knots *out_low and *out_low + 1, *out_fraction (0 … 1) of the way. */
void sg_classic_find_knot(const double *knots_hz, size_t n_knots, double freq_hz, size_t *out_low,
                          float *out_fraction);
