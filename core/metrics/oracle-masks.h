/* The arithmetic of the oracles, cell by cell; see core/metrics/oracles.h for the equations.
 *
 * Shapes: spectra[signal][channel][n_cells], cells in any order that has the bin running fastest. Threads: no
 * shared state.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/dsp/fft.h"
#include "core/metrics/oracles.h"

/* Masks M_j of the n_sources magnitudes in `spectra` at one cell, IBM, IRM1 or IRM2: 0 … 1, sum one. */
void sg_oracle_masks(SgOracle oracle, const SgComplex *const *sources, size_t n_sources, size_t cell,
                     float *out_masks);

/* Adds S Sᴴ (row-major [n_channels][n_channels]) and the mean power of one cell of one source. */
void sg_oracle_add_statistics(const SgComplex *cell, size_t n_channels, SgComplexDouble *covariance,
                              double *power);

/* MWF of one cell: sources[n_sources][n_channels] become the estimates. spatial[n_sources] point at R_j. */
void sg_oracle_wiener(const SgComplexDouble *const *spatial, const SgComplex *mixture, size_t n_sources,
                      size_t n_channels, SgComplex *sources);
