#include "core/nn/product.h"

#include <string.h>

#include "core/base/linalg.h"
#include "core/base/memory.h"
#include "core/nn/product-kernel.h"
#include "tests/core/nn/net-check.h"

enum { LARGEST = 700, SPACE = LARGEST * LARGEST };

typedef struct {
  float *a, *b, *c, *space, *packed;
  double *wide_a, *wide_b, *wide_c;
} Matrices;

static Matrices
matrices_new(SgRandom *random)
{
  Matrices m = { SG_NEW(float, SPACE),     SG_NEW(float, SPACE),
                 SG_NEW(float, SPACE),     SG_NEW(float, SG_PRODUCT_SPACE),
                 SG_NEW(float, 2 * SPACE), SG_NEW(double, SPACE),
                 SG_NEW(double, SPACE),    SG_NEW(double, SPACE) };
  for (gsize i = 0; i < SPACE; i++) {
    m.wide_a[i] = m.a[i] = (float)(2.0 * sg_random_unit(random) - 1.0);
    m.wide_b[i] = m.b[i] = (float)(2.0 * sg_random_unit(random) - 1.0);
  }
  return m;
}

static void
matrices_free(Matrices *m)
{
  void *all[] = { m->a, m->b, m->c, m->space, m->packed, m->wide_a, m->wide_b, m->wide_c };
  for (gsize i = 0; i < G_N_ELEMENTS(all); i++)
    sg_free(all[i]);
}

static void
check(Matrices *x, gsize m, gsize n, gsize k, gboolean ta, gboolean tb, gboolean add)
{
  gsize lda = (ta ? m : k) + 1, ldb = (tb ? k : n) + 2, ldc = n + 3;
  for (gsize i = 0; i < m * ldc; i++)
    x->wide_c[i] = x->c[i] = 0.25f * (float)(i % 5);
  g_autofree float *kept = g_memdup2(x->c, m * ldc * sizeof(float));
  sg_gemm_double(ta, tb, m, n, k, 1.0, x->wide_a, lda, x->wide_b, ldb, add ? 1.0 : 0.0, x->wide_c, ldc);
  sg_product(x->space, ta, tb, m, n, k, x->a, lda, x->b, ldb, add, x->c, ldc);
  double error = normalised_error(x->c, x->wide_c, m * ldc);
  if (!(error < 1e-6))
    g_error("%zu×%zu×%zu %d %d %d: %g", m, n, k, ta, tb, add, error);
  if (ta)
    return;
  memcpy(x->c, kept, m * ldc * sizeof(float));
  sg_pack(tb, k, n, x->b, ldb, x->packed);
  sg_product_packed(x->space, m, n, k, x->a, lda, x->packed, add, x->c, ldc);
  error = normalised_error(x->c, x->wide_c, m * ldc);
  if (!(error < 1e-6))
    g_error("packed %zu×%zu×%zu: %g", m, n, k, error);
}

static void
test_drawn(void)
{
  SgRandom random = test_random();
  Matrices x = matrices_new(&random);
  for (int trial = 0; trial < 300; trial++) {
    int largest = trial % 30 == 0 ? 600 : 50;
    check(&x, (gsize)draw(&random, 1, largest), (gsize)draw(&random, 1, largest),
          (gsize)draw(&random, 1, largest), draw(&random, 0, 1) != 0, draw(&random, 0, 1) != 0,
          draw(&random, 0, 1) != 0);
  }
  matrices_free(&x);
}

/* A row's result is the same whichever rows and columns are beside it. */
static void
test_sharing(void)
{
  SgRandom random = test_random();
  Matrices x = matrices_new(&random);
  gsize m = 61, n = 97, k = 300;
  sg_product(x.space, false, true, m, n, k, x.a, k, x.b, k, false, x.c, n);
  g_autofree float *whole = g_memdup2(x.c, m * n * sizeof(float));
  for (gsize row = 0; row < m; row += 7)
    for (gsize column = 0; column < n; column += 40)
      sg_product(x.space, false, true, MIN(7, m - row), MIN(40, n - column), k, x.a + row * k, k,
                 x.b + column * k, k, false, x.c + row * n + column, n);
  g_assert_cmpmem(whole, m * n * sizeof(float), x.c, m * n * sizeof(float));
  matrices_free(&x);
}

/* Every kernel that this processor can run, by itself. */
static void
test_kernels(void)
{
  SgRandom random = test_random();
  const SgProductKernel *kernels[3];
  gsize n_kernels = sg_product_kernels(kernels);
  g_assert_cmpuint(n_kernels, >=, 1);
  float *a = SG_NEW(float, 14 * 33), *b = SG_NEW(float, 32 * 33), *c = SG_NEW(float, 14 * 40);
  for (gsize i = 0; i < 14 * 33; i++)
    a[i] = (float)sg_random_unit(&random);
  for (gsize i = 0; i < 32 * 33; i++)
    b[i] = (float)sg_random_unit(&random);
  for (gsize which = 0; which < n_kernels; which++)
    for (gsize rows = 1; rows <= kernels[which]->max_rows; rows++)
      for (gsize k = 1; k <= 33; k += 16) {
        gsize width = kernels[which]->n_columns;
        for (int add = 0; add < 2; add++) {
          for (gsize i = 0; i < 14 * 40; i++)
            c[i] = 1.0f;
          kernels[which]->multiply(k, rows, a, b, add != 0, c, 40);
          for (gsize row = 0; row < rows; row++)
            for (gsize column = 0; column < width; column++) {
              double sum = add;
              for (gsize i = 0; i < k; i++)
                sum += (double)a[i * rows + row] * (double)b[i * width + column];
              g_assert_cmpfloat_with_epsilon(c[row * 40 + column], sum, 1e-5);
            }
          g_assert_cmpfloat(c[width], ==, 1.0f);
        }
      }
  sg_free(a), sg_free(b), sg_free(c);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/product/drawn", test_drawn);
  g_test_add_func("/product/sharing", test_sharing);
  g_test_add_func("/product/kernels", test_kernels);
  return g_test_run();
}
