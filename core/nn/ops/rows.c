#include "core/nn/ops/rows.h"

#include <string.h>

#include "core/nn/vectorised.h"

enum { BLOCK = 4096, LANES = 16 };

void
sg_fill_floats(float *out, size_t n, float value)
{
  if (value == 0.0f)
    memset(out, 0, n * sizeof *out);
  else
    for (size_t i = 0; i < n; i++)
      out[i] = value;
}

void
sg_copy_floats(float *out, const float *a, size_t n)
{
  if (out != a && n > 0)
    memcpy(out, a, n * sizeof *out);
}

SG_VECTORISED void
sg_add_floats(float *out, const float *a, size_t n)
{
#pragma GCC ivdep
  for (size_t i = 0; i < n; i++)
    out[i] += a[i];
}

void
sg_fill_rows(float *out, size_t n_rows, size_t n, size_t stride, const float *bias)
{
  for (size_t row = 0; row < n_rows; row++)
    if (bias == NULL)
      memset(out + row * stride, 0, n * sizeof *out);
    else
      memcpy(out + row * stride, bias, n * sizeof *out);
}

/* Pairs of rows into blocks of columns that stay in the first cache. */
SG_VECTORISED void
sg_add_column_sums(float *sums, const float *a, size_t n_rows, size_t n, size_t stride)
{
  enum { COLUMNS = 256, ROWS = 64 };
  for (size_t first = 0; first < n; first += COLUMNS) {
    size_t width = n - first < COLUMNS ? n - first : COLUMNS;
    for (size_t top = 0; top < n_rows; top += ROWS) {
      float block[COLUMNS] = { 0 };
      size_t bottom = n_rows - top < ROWS ? n_rows : top + ROWS;
      for (size_t row = top; row < bottom; row++)
        for (size_t i = 0; i < width; i++)
          block[i] += a[row * stride + first + i];
      for (size_t i = 0; i < width; i++)
        sums[first + i] += block[i];
    }
  }
}

SG_VECTORISED double
sg_sum_floats(const float *a, size_t n)
{
  double total = 0.0;
  for (size_t first = 0; first < n; first += BLOCK) {
    size_t end = n - first < BLOCK ? n : first + BLOCK;
    float lanes[LANES] = { 0 };
    size_t i = first;
    for (; i + LANES <= end; i += LANES)
      for (size_t lane = 0; lane < LANES; lane++)
        lanes[lane] += a[i + lane];
    for (; i < end; i++)
      lanes[0] += a[i];
    for (size_t lane = 0; lane < LANES; lane++)
      total += (double)lanes[lane];
  }
  return total;
}

SG_VECTORISED double
sg_dot_floats(const float *a, const float *b, size_t n)
{
  double total = 0.0;
  for (size_t first = 0; first < n; first += BLOCK) {
    size_t end = n - first < BLOCK ? n : first + BLOCK;
    float lanes[LANES] = { 0 };
    size_t i = first;
    for (; i + LANES <= end; i += LANES)
      for (size_t lane = 0; lane < LANES; lane++)
        lanes[lane] += a[i + lane] * b[i + lane];
    for (; i < end; i++)
      lanes[0] += a[i] * b[i];
    for (size_t lane = 0; lane < LANES; lane++)
      total += (double)lanes[lane];
  }
  return total;
}
