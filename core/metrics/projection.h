/* Least-squares projection on delayed references: the normal equations, their factor and their solution.
 *
 * The normal matrix G[(i,a),(k,b)] = Σ_t r_i[t−a] r_k[t−b] has Toeplitz blocks, so it is assembled from
 * correlations alone. Every reference is scaled to unit energy first: what is independent is judged by how
 * far a delayed reference lies from the span of the others, not by how loud its source is. Where that
 * distance falls below n·2⁻⁵² of its energy (n rows), Cholesky is repeated with pivots, and the dependent
 * rows are left out: the projection is the same, as it is unique, and `rank` tells.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/base/status.h"

typedef struct {
  size_t n_signals; /* references that are not zero throughout */
  size_t *signals;  /* [n_signals] their indices among all */
  double *scales;   /* [n_signals] 1/√energy */
  double *factor;   /* lower triangle [n][n], n = n_signals · SG_SPECTRA_TAPS */
  size_t *order;    /* [n] pivots, or NULL when all rows are independent */
  size_t rank;
} SgProjection;

/* From lags[n_all][n_all][SG_SPECTRA_TAPS] as sg_correlation gives them, on the `n` references signals[];
 * those of no energy are left out. Clear in any case. SG_NO_MEMORY, SG_CANCELLED. */
SgStatus sg_projection_init(SgProjection *projection, const double *lags, size_t n_all, const size_t *signals,
                            size_t n, const atomic_bool *cancelled, SgError *error);
void sg_projection_clear(SgProjection *projection);

bool sg_projection_is_singular(const SgProjection *projection);

/* The filters of targets first … first+n−1 of cross[n_all][n_cross][SG_SPECTRA_TAPS] = Σ_u r_i[u] ŝ_k[u +
 * lag]: out_filters[n][n_signals][SG_SPECTRA_TAPS]. SG_NO_MEMORY. */
SgStatus sg_projection_solve(const SgProjection *projection, const double *cross, size_t n_cross,
                             size_t first, size_t n, double *out_filters, SgError *error);
