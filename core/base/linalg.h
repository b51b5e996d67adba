/* Dense linear algebra, row-major, on CBLAS and LAPACKE (OpenBLAS).
 *
 * Shapes: a matrix "m × n" has m rows; `lda` is the distance between the starts of two rows, in elements.
 * Threads: every function may run in any number of threads at once. OpenBLAS itself is held to one thread
 * (set at the first call), so the bytes of a result depend only on its operands; whoever wants more threads
 * cuts the work above this file. Memory: products allocate nothing; factorisations and solvers allocate work
 * space. Audio callback: never.
 *
 * Speed: where OpenBLAS does not know the processor it is made to take the kernels that fit it (linalg.c).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/base/status.h"

/* Which BLAS runs, with its version and the processor it found, for benchmarks: "OpenBLAS 0.3.21 … Haswell".
 * Never NULL; borrowed. */
const char *sg_linalg_backend(void);

/* C[m×n] ← alpha · op(A)[m×k] · op(B)[k×n] + beta · C; op transposes when the flag is set (A is then k×m).
 * beta = 0 writes C without reading it. */
void sg_gemm_float(bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k, float alpha,
                   const float *a, size_t lda, const float *b, size_t ldb, float beta, float *c, size_t ldc);
void sg_gemm_double(bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k, double alpha,
                    const double *a, size_t lda, const double *b, size_t ldb, double beta, double *c,
                    size_t ldc);

/* y[m] ← alpha · op(A) · x + beta · y with A m×n as stored; op(A) transposes when the flag is set. */
void sg_gemv_float(bool transpose_a, size_t m, size_t n, float alpha, const float *a, size_t lda,
                   const float *x, float beta, float *y);

/* Replaces the lower triangle of the symmetric a[n×n] (only it is read) by L with A = L·Lᵀ. False when A is
 * not positive definite to working precision (`a` is then destroyed) or memory is out. */
bool sg_cholesky_factor(double *a, size_t n, size_t lda);

/* Solves A·X = B in place, b[n × n_columns], with the factor that sg_cholesky_factor left in `a`. */
void sg_cholesky_solve(const double *a, size_t n, size_t lda, double *b, size_t n_columns, size_t ldb);

/* The X of smallest norm among those that minimise ‖A·X − B‖, by singular values; those below
 * `relative_limit` times the largest count as zero. a[n×n] is destroyed, b[n × n_columns] becomes X;
 * *out_rank (may be NULL) is the rank found. SG_NO_MEMORY, or SG_BAD_ARGUMENT when a value is not finite. */
SgStatus sg_least_squares(double *a, size_t n, size_t lda, double *b, size_t n_columns, size_t ldb,
                          double relative_limit, size_t *out_rank, SgError *error);
