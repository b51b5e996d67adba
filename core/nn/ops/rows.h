/* Vector kernels that several operations share, each for one thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* out[i] ← value; out[i] ← a[i]; out[i] += a[i]. */
void sg_fill_floats(float *out, size_t n, float value);
void sg_copy_floats(float *out, const float *a, size_t n);
void sg_add_floats(float *out, const float *a, size_t n);

/* Every row of out[n_rows][n], `stride` apart, ← bias[n], zero when bias is NULL. */
void sg_fill_rows(float *out, size_t n_rows, size_t n, size_t stride, const float *bias);

/* sums[n] += Σ over the rows of a[n_rows][n], `stride` apart. */
void sg_add_column_sums(float *sums, const float *a, size_t n_rows, size_t n, size_t stride);

/* Σ a[i] and Σ a[i]·b[i], in double over blocks. */
double sg_sum_floats(const float *a, size_t n);
double sg_dot_floats(const float *a, const float *b, size_t n);
