#include "core/base/linalg.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "tests/support.h"

static double *
drawn_new(SgRandom *random, size_t n)
{
  double *values = SG_NEW(double, n);
  for (size_t i = 0; i < n; i++)
    values[i] = 2.0 * sg_random_unit(random) - 1.0;
  return values;
}

/* Element (row, column) of op(A). */
static double
element(const double *a, size_t lda, bool transposed, size_t row, size_t column)
{
  return transposed ? a[column * lda + row] : a[row * lda + column];
}

/* Drawn shapes, transposes, row distances and factors against three plain loops, in both precisions. */
static void
test_products(void)
{
  SgRandom random = test_random();
  for (int trial = 0; trial < 60; trial++) {
    size_t m = 1 + sg_random_below(&random, 40), n = 1 + sg_random_below(&random, 40),
           k = 1 + sg_random_below(&random, 40);
    bool ta = sg_random_below(&random, 2) != 0, tb = sg_random_below(&random, 2) != 0;
    size_t lda = (ta ? m : k) + sg_random_below(&random, 3), ldb = (tb ? k : n) + sg_random_below(&random, 3),
           ldc = n + sg_random_below(&random, 3);
    double alpha = 2.0 * sg_random_unit(&random), beta = trial % 3 == 0 ? 0.0 : sg_random_unit(&random);
    double *a = drawn_new(&random, 64 * 64), *b = drawn_new(&random, 64 * 64),
           *c = drawn_new(&random, 64 * 64);
    float *af = SG_NEW(float, 64 * 64), *bf = SG_NEW(float, 64 * 64), *cf = SG_NEW(float, 64 * 64);
    for (size_t i = 0; i < 64 * 64; i++)
      af[i] = (float)a[i], bf[i] = (float)b[i], cf[i] = beta == 0.0 ? NAN : (float)c[i];
    double *expected = drawn_new(&random, 64 * 64);
    for (size_t i = 0; i < m; i++)
      for (size_t j = 0; j < n; j++) {
        double sum = 0.0;
        for (size_t l = 0; l < k; l++)
          sum += element(a, lda, ta, i, l) * element(b, ldb, tb, l, j);
        expected[i * ldc + j] = alpha * sum + beta * c[i * ldc + j];
      }
    sg_gemm_double(ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
    sg_gemm_float(ta, tb, m, n, k, (float)alpha, af, lda, bf, ldb, (float)beta, cf, ldc);
    for (size_t i = 0; i < m; i++)
      for (size_t j = 0; j < n; j++) {
        g_assert_cmpfloat_with_epsilon(c[i * ldc + j], expected[i * ldc + j], 1e-12);
        g_assert_cmpfloat_with_epsilon(cf[i * ldc + j], expected[i * ldc + j], 3e-5);
      }
    double *all[] = { a, b, c, expected };
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++)
      sg_free(all[i]);
    sg_free(af), sg_free(bf), sg_free(cf);
  }
}

static void
test_gemv(void)
{
  SgRandom random = test_random();
  enum { M = 7, N = 5 };
  float a[M * N], x[M], y[M], expected[M];
  for (int transposed = 0; transposed < 2; transposed++) {
    size_t rows = transposed ? N : M, columns = transposed ? M : N;
    for (size_t i = 0; i < M * N; i++)
      a[i] = (float)sg_random_unit(&random);
    for (size_t i = 0; i < M; i++)
      x[i] = (float)sg_random_unit(&random), y[i] = expected[i] = (float)sg_random_unit(&random);
    for (size_t i = 0; i < rows; i++) {
      expected[i] *= 0.5f;
      for (size_t j = 0; j < columns; j++)
        expected[i] += 2.0f * (transposed ? a[j * N + i] : a[i * N + j]) * x[j];
    }
    sg_gemv_float(transposed, M, N, 2.0f, a, N, x, 0.5f, y);
    for (size_t i = 0; i < rows; i++)
      g_assert_cmpfloat_with_epsilon(y[i], expected[i], 1e-5);
  }
}

/* A = G·Gᵀ + I is positive definite: the solution found gives B back, and only the lower triangle is read. */
static void
test_cholesky(void)
{
  SgRandom random = test_random();
  enum { N = 37, COLUMNS = 3 };
  double *g = drawn_new(&random, N * N), *a = SG_NEW(double, N *N), *factor = SG_NEW(double, N *N);
  double *b = drawn_new(&random, N * COLUMNS), *x = SG_NEW(double, N *COLUMNS),
         *back = SG_NEW(double, N *COLUMNS);
  sg_gemm_double(false, true, N, N, N, 1.0, g, N, g, N, 0.0, a, N);
  for (size_t i = 0; i < N; i++)
    a[i * N + i] += 1.0;
  for (size_t i = 0; i < N; i++)
    for (size_t j = 0; j < N; j++)
      factor[i * N + j] = j <= i ? a[i * N + j] : NAN;
  memcpy(x, b, N * COLUMNS * sizeof *x);
  g_assert_true(sg_cholesky_factor(factor, N, N));
  sg_cholesky_solve(factor, N, N, x, COLUMNS, COLUMNS);
  sg_gemm_double(false, false, N, COLUMNS, N, 1.0, a, N, x, COLUMNS, 0.0, back, COLUMNS);
  for (size_t i = 0; i < N * COLUMNS; i++)
    g_assert_cmpfloat_with_epsilon(back[i], b[i], 1e-9);
  a[5 * N + 5] = -1.0;
  g_assert_false(sg_cholesky_factor(a, N, N));
  double *all[] = { g, a, factor, b, x, back };
  for (size_t i = 0; i < G_N_ELEMENTS(all); i++)
    sg_free(all[i]);
}

/* Two equal columns: rank one less, and the two share the weight (smallest norm). */
static void
test_least_squares(void)
{
  double a[9] = { 2, 2, 0, 2, 2, 0, 0, 0, 5 }, b[3] = { 8, 8, 10 };
  size_t rank = 0;
  g_assert_cmpint(sg_least_squares(a, 3, 3, b, 1, 1, 1e-12, &rank, NULL), ==, SG_OK);
  g_assert_cmpuint(rank, ==, 2);
  const double expected[3] = { 2, 2, 2 };
  for (size_t i = 0; i < 3; i++)
    g_assert_cmpfloat_with_epsilon(b[i], expected[i], 1e-12);
}

static void
test_backend(void)
{
  g_assert_nonnull(strstr(sg_linalg_backend(), "OpenBLAS"));
#if defined(__x86_64__)
  /* Not the kernels of 2004 on a processor that has better ones. */
  if (__builtin_cpu_supports("avx2") && g_getenv("OPENBLAS_CORETYPE") == NULL)
    g_assert_null(strstr(sg_linalg_backend(), "core Prescott"));
#endif
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/linalg/products", test_products);
  g_test_add_func("/linalg/gemv", test_gemv);
  g_test_add_func("/linalg/cholesky", test_cholesky);
  g_test_add_func("/linalg/least-squares", test_least_squares);
  g_test_add_func("/linalg/backend", test_backend);
  return g_test_run();
}
