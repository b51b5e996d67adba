#include "core/nn/product.h"

#include <string.h>

#include "core/nn/product-kernel.h"
#include "core/nn/vectorised.h"

/* Depth of a block, and its rows and columns. A block of B is the greater part of the packing space and
 * should fit into the second cache; a panel of A is rows × DEPTH and should stay in the first. */
enum { DEPTH = 256, ROWS = 224, COLUMNS = 512, B_SPACE = DEPTH * COLUMNS };

_Static_assert(SG_PRODUCT_SPACE >= B_SPACE + ROWS * DEPTH, "packing space");

static size_t
smaller(size_t a, size_t b)
{
  return a < b ? a : b;
}

/* to[c·to_row + r] = from[r·from_row + c]: rows to columns, in squares of four. */
SG_INLINE void
transpose(size_t n_rows, size_t n_columns, const float *from, size_t from_row, float *to, size_t to_row)
{
  typedef float Four __attribute__((vector_size(16), aligned(4)));
  size_t r = 0;
  for (; r + 4 <= n_rows; r += 4) {
    const float *row = from + r * from_row;
    size_t c = 0;
    for (; c + 4 <= n_columns; c += 4) {
      Four a = *(const Four *)(row + c), b = *(const Four *)(row + from_row + c);
      Four d = *(const Four *)(row + 2 * from_row + c), e = *(const Four *)(row + 3 * from_row + c);
      Four ab = __builtin_shufflevector(a, b, 0, 4, 1, 5), ab2 = __builtin_shufflevector(a, b, 2, 6, 3, 7);
      Four de = __builtin_shufflevector(d, e, 0, 4, 1, 5), de2 = __builtin_shufflevector(d, e, 2, 6, 3, 7);
      float *out = to + c * to_row + r;
      *(Four *)out = __builtin_shufflevector(ab, de, 0, 1, 4, 5);
      *(Four *)(out + to_row) = __builtin_shufflevector(ab, de, 2, 3, 6, 7);
      *(Four *)(out + 2 * to_row) = __builtin_shufflevector(ab2, de2, 0, 1, 4, 5);
      *(Four *)(out + 3 * to_row) = __builtin_shufflevector(ab2, de2, 2, 3, 6, 7);
    }
    for (; c < n_columns; c++)
      for (size_t i = 0; i < 4; i++)
        to[c * to_row + r + i] = row[i * from_row + c];
  }
  for (; r < n_rows; r++)
    for (size_t c = 0; c < n_columns; c++)
      to[c * to_row + r] = from[r * from_row + c];
}

/* A panel of `width` columns of op(B), zeros behind the last of n. */
static void
pack_panel(bool transposed, size_t k, size_t n, size_t width, const float *b, size_t ldb, float *packed)
{
  if (n < width)
    memset(packed, 0, k * width * sizeof *packed);
  if (transposed)
    transpose(n, k, b, ldb, packed, width);
  else
    for (size_t i = 0; i < k; i++)
      memcpy(packed + i * width, b + i * ldb, n * sizeof *packed);
}

/* op(B)[k×n] as panels of `width` columns, each `stride` floats behind the one before. */
static void
pack_b(bool transposed, size_t k, size_t n, const float *b, size_t ldb, float *packed, size_t width,
       size_t stride)
{
  for (size_t column = 0; column < n; column += width, packed += stride)
    pack_panel(transposed, k, smaller(width, n - column), width, b + (transposed ? column * ldb : column),
               ldb, packed);
}

/* Rows cut into panels of nearly equal height: 16 rows are 8 and 8, not 14 and 2. */
static size_t
panel_height(size_t m, size_t max_rows)
{
  size_t n_panels = (m + max_rows - 1) / max_rows;
  return (m + n_panels - 1) / n_panels;
}

static void
pack_a(bool transposed, size_t m, size_t k, const float *a, size_t lda, float *packed, size_t height)
{
  for (size_t row = 0; row < m; row += height) {
    size_t rows = smaller(height, m - row);
    if (transposed)
      for (size_t i = 0; i < k; i++)
        memcpy(packed + i * rows, a + i * lda + row, rows * sizeof *packed);
    else
      transpose(rows, k, a + row * lda, lda, packed, rows);
    packed += rows * k;
  }
}

/* Packed rows times packed panels. A panel of A stays in the first cache while all panels of B pass by. */
static void
multiply_block(const SgProductKernel *kernel, size_t m, size_t n, size_t k, const float *a, size_t height,
               const float *b, size_t b_stride, bool add, float *c, size_t ldc)
{
  float edge[SG_PRODUCT_MAX_ROWS * SG_PRODUCT_MAX_COLUMNS];
  size_t width = kernel->n_columns;
  for (size_t row = 0; row < m; row += height) {
    size_t rows = smaller(height, m - row);
    for (size_t column = 0; column < n; column += width) {
      size_t columns = smaller(width, n - column);
      const float *panel = b + column / width * b_stride;
      float *to = c + row * ldc + column;
      if (columns == width) {
        kernel->multiply(k, rows, a + row * k, panel, add, to, ldc);
        continue;
      }
      kernel->multiply(k, rows, a + row * k, panel, false, edge, width);
      for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++)
          to[i * ldc + j] = (add ? to[i * ldc + j] : 0.0f) + edge[i * width + j];
    }
  }
}

/* All rows of op(A) against a packed block of B of depth k. */
static void
multiply_rows(const SgProductKernel *kernel, float *a_space, bool transposed, size_t m, size_t n, size_t k,
              const float *a, size_t lda, const float *b, size_t b_stride, bool add, float *c, size_t ldc)
{
  for (size_t row = 0; row < m; row += ROWS) {
    size_t rows = smaller(ROWS, m - row), height = panel_height(rows, kernel->max_rows);
    pack_a(transposed, rows, k, a + (transposed ? row : row * lda), lda, a_space, height);
    multiply_block(kernel, rows, n, k, a_space, height, b, b_stride, add, c + row * ldc, ldc);
  }
}

void
sg_product(float *space, bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k, const float *a,
           size_t lda, const float *b, size_t ldb, bool add, float *c, size_t ldc)
{
  const SgProductKernel *kernel = sg_product_kernel();
  for (size_t column = 0; column < n; column += COLUMNS)
    for (size_t depth = 0; depth < k; depth += DEPTH) {
      size_t columns = smaller(COLUMNS, n - column), depths = smaller(DEPTH, k - depth);
      const float *of_a = a + (transpose_a ? depth * lda : depth);
      const float *of_b = b + (transpose_b ? column * ldb + depth : depth * ldb + column);
      pack_b(transpose_b, depths, columns, of_b, ldb, space, kernel->n_columns, kernel->n_columns * depths);
      multiply_rows(kernel, space + B_SPACE, transpose_a, m, columns, depths, of_a, lda, space,
                    kernel->n_columns * depths, add || depth > 0, c + column, ldc);
    }
}

size_t
sg_packed_floats(size_t k, size_t n)
{
  size_t width = sg_product_kernel()->n_columns;
  return (n + width - 1) / width * width * k;
}

void
sg_pack(bool transpose_b, size_t k, size_t n, const float *b, size_t ldb, float *packed)
{
  size_t width = sg_product_kernel()->n_columns;
  pack_b(transpose_b, k, n, b, ldb, packed, width, width * k);
}

void
sg_product_packed(float *space, size_t m, size_t n, size_t k, const float *a, size_t lda, const float *packed,
                  bool add, float *c, size_t ldc)
{
  const SgProductKernel *kernel = sg_product_kernel();
  for (size_t depth = 0; depth < k; depth += DEPTH)
    multiply_rows(kernel, space + B_SPACE, false, m, n, smaller(DEPTH, k - depth), a + depth, lda,
                  packed + depth * kernel->n_columns, kernel->n_columns * k, add || depth > 0, c, ldc);
}

const char *
sg_product_kernel_name(void)
{
  return sg_product_kernel()->name;
}
