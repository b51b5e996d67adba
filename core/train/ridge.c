#include "core/train/ridge.h"

#include <math.h>
#include <string.h>

#include "core/base/linalg.h"
#include "core/base/memory.h"

/* Rows that are converted to double together, and outputs that are solved together. */
enum { ROWS = 256, COLUMNS = 512 };

struct SgRidge {
  size_t n_in, n_out;
  double n_rows;
  double *squares;  /* [n_in][n_in], Σ x xᵀ */
  double *products; /* [n_in][n_out], Σ x yᵀ */
  double *sum_in, *sum_out;
  double *block_in, *block_out; /* [ROWS][n_in], [ROWS][n_out] */
};

SgStatus
sg_ridge_new(size_t n_in, size_t n_out, SgRidge **out_ridge, SgError *error)
{
  *out_ridge = NULL;
  SgRidge *ridge = SG_NEW(SgRidge, 1);
  if (ridge == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  ridge->n_in = n_in;
  ridge->n_out = n_out;
  ridge->squares = sg_alloc(n_in, n_in * sizeof(double));
  ridge->products = sg_alloc(n_in, n_out * sizeof(double));
  ridge->sum_in = SG_NEW(double, n_in);
  ridge->sum_out = SG_NEW(double, n_out);
  ridge->block_in = sg_alloc(ROWS, n_in * sizeof(double));
  ridge->block_out = sg_alloc(ROWS, n_out * sizeof(double));
  if (ridge->squares == NULL || ridge->products == NULL || ridge->sum_in == NULL || ridge->sum_out == NULL ||
      ridge->block_in == NULL || ridge->block_out == NULL) {
    sg_ridge_free(ridge);
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  }
  *out_ridge = ridge;
  return SG_OK;
}

void
sg_ridge_free(SgRidge *ridge)
{
  if (ridge == NULL)
    return;
  sg_free(ridge->squares);
  sg_free(ridge->products);
  sg_free(ridge->sum_in);
  sg_free(ridge->sum_out);
  sg_free(ridge->block_in);
  sg_free(ridge->block_out);
  sg_free(ridge);
}

/* A block in double, its columns added to `sums`. */
static void
widen(const float *values, size_t n_rows, size_t n, double *out_block, double *sums)
{
  for (size_t row = 0; row < n_rows; row++)
    for (size_t i = 0; i < n; i++) {
      out_block[row * n + i] = values[row * n + i];
      sums[i] += values[row * n + i];
    }
}

void
sg_ridge_add(SgRidge *ridge, size_t n_rows, const float *inputs, const float *outputs)
{
  size_t n_in = ridge->n_in, n_out = ridge->n_out;
  for (size_t row = 0; row < n_rows; row += ROWS) {
    size_t n = n_rows - row < ROWS ? n_rows - row : ROWS;
    widen(inputs + row * n_in, n, n_in, ridge->block_in, ridge->sum_in);
    widen(outputs + row * n_out, n, n_out, ridge->block_out, ridge->sum_out);
    sg_gemm_double(true, false, n_in, n_in, n, 1.0, ridge->block_in, n_in, ridge->block_in, n_in, 1.0,
                   ridge->squares, n_in);
    sg_gemm_double(true, false, n_in, n_out, n, 1.0, ridge->block_in, n_in, ridge->block_out, n_out, 1.0,
                   ridge->products, n_out);
  }
  ridge->n_rows += (double)n_rows;
}

/* The covariance times the number of rows, λ·n·σ² added to its diagonal. */
static void
centre(const SgRidge *ridge, double lambda, double *out_matrix)
{
  size_t n = ridge->n_in;
  double trace = 0.0;
  for (size_t i = 0; i < n; i++) {
    for (size_t j = 0; j < n; j++)
      out_matrix[i * n + j] = ridge->squares[i * n + j] - ridge->sum_in[i] * ridge->sum_in[j] / ridge->n_rows;
    trace += out_matrix[i * n + i];
  }
  /* Inputs that never change get a weight of zero, whatever rounding left of their variance. */
  double penalty = lambda * trace / (double)n;
  for (size_t i = 0; i < n; i++)
    out_matrix[i * n + i] += penalty > 0.0 ? penalty : 1.0;
}

/* Outputs first … first+n−1 with the factor of the centred matrix. */
static void
solve_block(const SgRidge *ridge, const double *factor, size_t first, size_t n, double *block,
            float *out_weights, float *out_bias)
{
  size_t n_in = ridge->n_in, n_out = ridge->n_out;
  for (size_t i = 0; i < n_in; i++)
    for (size_t k = 0; k < n; k++)
      block[i * n + k] = ridge->products[i * n_out + first + k] -
                         ridge->sum_in[i] * ridge->sum_out[first + k] / ridge->n_rows;
  sg_cholesky_solve(factor, n_in, n_in, block, n, n);
  for (size_t k = 0; k < n; k++) {
    double offset = ridge->sum_out[first + k];
    for (size_t i = 0; i < n_in; i++) {
      out_weights[(first + k) * n_in + i] = (float)block[i * n + k];
      offset -= block[i * n + k] * ridge->sum_in[i];
    }
    out_bias[first + k] = (float)(offset / ridge->n_rows);
  }
}

SgStatus
sg_ridge_solve(const SgRidge *ridge, double lambda, float *out_weights, float *out_bias, SgError *error)
{
  size_t n = ridge->n_in, n_columns = ridge->n_out < COLUMNS ? ridge->n_out : COLUMNS;
  if (ridge->n_rows < 1.0 || !(lambda > 0.0))
    return sg_error_set(error, SG_BAD_ARGUMENT, NULL, ridge->n_rows < 1.0 ? "rows" : "lambda");
  double *matrix = sg_alloc(n, n * sizeof(double)), *block = sg_alloc(n, n_columns * sizeof(double));
  SgStatus status = matrix != NULL && block != NULL ? SG_OK : sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  if (status == SG_OK) {
    centre(ridge, lambda, matrix);
    if (!sg_cholesky_factor(matrix, n, n))
      status = sg_error_set(error, SG_NOT_FINITE, NULL, "the regression's matrix");
  }
  for (size_t first = 0; status == SG_OK && first < ridge->n_out; first += n_columns) {
    size_t left = ridge->n_out - first;
    solve_block(ridge, matrix, first, left < n_columns ? left : n_columns, block, out_weights, out_bias);
  }
  sg_free(matrix);
  sg_free(block);
  return status;
}
