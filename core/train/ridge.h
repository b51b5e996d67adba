/* Linear regression with a penalty (ridge regression), in blocks: y = W x + b with the W and b that minimise
 * Σ ‖W x + b − y‖² + λ·n·σ²·‖W‖², n the number of rows and σ² the mean variance of the inputs, so that λ has
 * no unit.
 *
 * Rows are added block by block and only their sums kept: Σ x xᵀ, Σ x yᵀ, Σ x, Σ y in double, (n_in +
 * 1)·(n_in + n_out) numbers however many rows there are. Solving is one Cholesky factorisation for all
 * outputs, which are solved a block of columns at a time.
 *
 * Ownership: free with sg_ridge_free (NULL ignored). Threads: one object, one thread. Audio callback: never.
 * Errors: SG_NO_MEMORY; SG_BAD_ARGUMENT (no rows, λ not positive); SG_NOT_FINITE. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "core/base/status.h"

typedef struct SgRidge SgRidge;

SgStatus sg_ridge_new(size_t n_in, size_t n_out, SgRidge **out_ridge, SgError *error);
void sg_ridge_free(SgRidge *ridge);

/* inputs[n_rows][n_in], outputs[n_rows][n_out]. */
void sg_ridge_add(SgRidge *ridge, size_t n_rows, const float *inputs, const float *outputs);

/* out_weights[n_out][n_in], out_bias[n_out]. What was added stays. */
SgStatus sg_ridge_solve(const SgRidge *ridge, double lambda, float *out_weights, float *out_bias,
                        SgError *error);
