/* Operations on a time–frequency grid, a matrix [n_frames][n_bins] of floats, that several methods share.
 *
 * Threads: no shared state. Audio callback: no.
 */
#pragma once

#include <stddef.h>

#include "core/dsp/fft.h"

/* out[i] = |spectra[i]|, i = 0 … n−1. */
void sg_grid_magnitude(const SgComplex *spectra, size_t n, float *out);

/* in[n_rows][n_columns] → out[n_columns][n_rows]. */
void sg_grid_transpose(const float *in, size_t n_rows, size_t n_columns, float *out);

/* Median along frequency: out[t][k] = the median of in[t][k − radius … k + radius], reflected at both ends
 * (core/dsp/median.h). `work` holds 2 · n_frames · n_bins floats. `out` may be `in`. */
void sg_grid_median_frequency(const float *in, size_t n_frames, size_t n_bins, size_t radius, float *work,
                              float *out);
