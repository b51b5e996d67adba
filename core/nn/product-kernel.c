#include "core/nn/product-kernel.h"

#include <pthread.h>

#include "core/nn/vectorised.h"

/* Every number of rows gets code of its own, so that the tile's sums have names that the compiler can keep in
 * registers: the body is a function with a constant number of rows, unrolled. */
#define ROW_CASE(rows)                                                                                       \
  case rows:                                                                                                 \
    TILE(k, rows, a, b, add, c, ldc);                                                                        \
    break;

enum { PLAIN_ROWS = 4, PLAIN_COLUMNS = 8 };

SG_INLINE void
plain_tile(size_t k, size_t rows, const float *a, const float *b, bool add, float *c, size_t ldc)
{
  float sums[PLAIN_ROWS][PLAIN_COLUMNS] = { { 0 } };
  for (size_t i = 0; i < k; i++, a += rows, b += PLAIN_COLUMNS)
    for (size_t row = 0; row < rows; row++)
      for (size_t column = 0; column < PLAIN_COLUMNS; column++)
        sums[row][column] += a[row] * b[column];
  for (size_t row = 0; row < rows; row++)
    for (size_t column = 0; column < PLAIN_COLUMNS; column++)
      c[row * ldc + column] = (add ? c[row * ldc + column] : 0.0f) + sums[row][column];
}

#define TILE plain_tile

__attribute__((optimize("O3"))) static void
plain_multiply(size_t k, size_t rows, const float *a, const float *b, bool add, float *c, size_t ldc)
{
  switch (rows) {
    ROW_CASE(1)
    ROW_CASE(2)
    ROW_CASE(3)
    ROW_CASE(4)
  }
}

#undef TILE

static const SgProductKernel plain = {
  .name = "plain", .max_rows = PLAIN_ROWS, .n_columns = PLAIN_COLUMNS, .multiply = plain_multiply
};

#if defined(__x86_64__)

#include <immintrin.h>

#define AVX2 __attribute__((target("avx2,fma")))
#define AVX512 __attribute__((target("avx512f")))

enum { AVX2_ROWS = 6, AVX512_ROWS = 14, VECTORS = 2 };

AVX2 SG_INLINE void
avx2_tile(size_t k, size_t rows, const float *a, const float *b, bool add, float *c, size_t ldc)
{
  __m256 sums[AVX2_ROWS][VECTORS];
#pragma GCC unroll 6
  for (size_t row = 0; row < rows; row++)
    sums[row][0] = sums[row][1] = _mm256_setzero_ps();
  for (size_t i = 0; i < k; i++, a += rows, b += 16) {
    __m256 b0 = _mm256_load_ps(b), b1 = _mm256_load_ps(b + 8);
#pragma GCC unroll 6
    for (size_t row = 0; row < rows; row++) {
      __m256 value = _mm256_broadcast_ss(a + row);
      sums[row][0] = _mm256_fmadd_ps(value, b0, sums[row][0]);
      sums[row][1] = _mm256_fmadd_ps(value, b1, sums[row][1]);
    }
  }
#pragma GCC unroll 6
  for (size_t row = 0; row < rows; row++)
    for (size_t part = 0; part < VECTORS; part++) {
      float *to = c + row * ldc + 8 * part;
      _mm256_storeu_ps(to, add ? _mm256_add_ps(_mm256_loadu_ps(to), sums[row][part]) : sums[row][part]);
    }
}

#define TILE avx2_tile

AVX2 static void
avx2_multiply(size_t k, size_t rows, const float *a, const float *b, bool add, float *c, size_t ldc)
{
  switch (rows) {
    ROW_CASE(1)
    ROW_CASE(2)
    ROW_CASE(3)
    ROW_CASE(4)
    ROW_CASE(5)
    ROW_CASE(6)
  }
}

#undef TILE

AVX512 SG_INLINE void
avx512_tile(size_t k, size_t rows, const float *a, const float *b, bool add, float *c, size_t ldc)
{
  __m512 sums[AVX512_ROWS][VECTORS];
#pragma GCC unroll 14
  for (size_t row = 0; row < rows; row++)
    sums[row][0] = sums[row][1] = _mm512_setzero_ps();
  for (size_t i = 0; i < k; i++, a += rows, b += 32) {
    __m512 b0 = _mm512_load_ps(b), b1 = _mm512_load_ps(b + 16);
#pragma GCC unroll 14
    for (size_t row = 0; row < rows; row++) {
      __m512 value = _mm512_set1_ps(a[row]);
      sums[row][0] = _mm512_fmadd_ps(value, b0, sums[row][0]);
      sums[row][1] = _mm512_fmadd_ps(value, b1, sums[row][1]);
    }
  }
#pragma GCC unroll 14
  for (size_t row = 0; row < rows; row++)
    for (size_t part = 0; part < VECTORS; part++) {
      float *to = c + row * ldc + 16 * part;
      _mm512_storeu_ps(to, add ? _mm512_add_ps(_mm512_loadu_ps(to), sums[row][part]) : sums[row][part]);
    }
}

#define TILE avx512_tile

AVX512 static void
avx512_multiply(size_t k, size_t rows, const float *a, const float *b, bool add, float *c, size_t ldc)
{
  switch (rows) {
    ROW_CASE(1)
    ROW_CASE(2)
    ROW_CASE(3)
    ROW_CASE(4)
    ROW_CASE(5)
    ROW_CASE(6)
    ROW_CASE(7)
    ROW_CASE(8)
    ROW_CASE(9)
    ROW_CASE(10)
    ROW_CASE(11)
    ROW_CASE(12)
    ROW_CASE(13)
    ROW_CASE(14)
  }
}

#undef TILE

static const SgProductKernel avx2 = {
  .name = "AVX2", .max_rows = AVX2_ROWS, .n_columns = 16, .multiply = avx2_multiply
};
static const SgProductKernel avx512 = {
  .name = "AVX-512", .max_rows = AVX512_ROWS, .n_columns = 32, .multiply = avx512_multiply
};

#endif

size_t
sg_product_kernels(const SgProductKernel *out_kernels[3])
{
  size_t n = 0;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f"))
    out_kernels[n++] = &avx512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    out_kernels[n++] = &avx2;
#endif
  out_kernels[n++] = &plain;
  return n;
}

static const SgProductKernel *chosen;
static pthread_once_t choose_once = PTHREAD_ONCE_INIT;

static void
choose(void)
{
  const SgProductKernel *kernels[3];
  sg_product_kernels(kernels);
  chosen = kernels[0];
}

const SgProductKernel *
sg_product_kernel(void)
{
  pthread_once(&choose_once, choose);
  return chosen;
}
