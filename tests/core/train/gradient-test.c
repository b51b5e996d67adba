#include "core/train/gradient.h"

#include <math.h>
#include <string.h>

#include "tests/golden/train.h"
#include "tests/support.h"

static void
test_sums(void)
{
  SgRandom random = test_random();
  for (gsize n = 0; n < 40; n++) {
    float a[40], b[40];
    double dot = 0.0, l1 = 0.0, square = 0.0;
    for (gsize i = 0; i < n; i++) {
      a[i] = (float)(sg_random_unit(&random) - 0.5);
      b[i] = (float)(sg_random_unit(&random) - 0.5);
      dot += (double)a[i] * b[i];
      l1 += fabs((double)a[i]);
      square += (double)a[i] * a[i];
    }
    g_assert_cmpfloat_with_epsilon(sg_dot(a, b, n), dot, 1e-14);
    g_assert_cmpfloat_with_epsilon(sg_norm_l1(a, n), l1, 1e-14);
    g_assert_cmpfloat_with_epsilon(sg_norm_l2(a, n), sqrt(square), 1e-14);
  }
}

static void
test_clip(void)
{
  float gradient[GOLDEN_N_WEIGHTS];
  memcpy(gradient, golden_gradients, sizeof gradient);
  double norm = sg_clip_gradient(gradient, GOLDEN_N_WEIGHTS, 1.5);
  g_assert_cmpfloat_with_epsilon(norm, golden_clipped[0], 1e-6);
  for (int i = 0; i < GOLDEN_N_WEIGHTS; i++)
    g_assert_cmpfloat_with_epsilon(gradient[i], golden_clipped[1 + i], 1e-6);
  g_assert_cmpfloat_with_epsilon(sg_norm_l2(gradient, GOLDEN_N_WEIGHTS), 1.5, 1e-5);

  memcpy(gradient, golden_gradients, sizeof gradient);
  sg_clip_gradient(gradient, GOLDEN_N_WEIGHTS, 100.0);
  g_assert_cmpmem(gradient, sizeof gradient, golden_gradients, sizeof gradient);

  gradient[3] = NAN;
  gradient[4] = 1.0f;
  g_assert_true(isnan(sg_clip_gradient(gradient, GOLDEN_N_WEIGHTS, 0.1)));
  g_assert_cmpfloat(gradient[4], ==, 1.0f);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/train/gradient/sums", test_sums);
  g_test_add_func("/train/gradient/clip", test_clip);
  return g_test_run();
}
