#include "core/train/averaging.h"

#include <math.h>

#include "tests/support.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SgAveraging, sg_averaging_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SgTrainState, sg_train_state_free)

enum { N = 5, N_STEPS = 200 };

static void
draw(SgRandom *random, float *weights)
{
  for (int i = 0; i < N; i++)
    weights[i] = (float)(3.0 + sg_random_unit(random));
}

static void
test_uniform(void)
{
  g_autoptr(SgAveraging) averaging = sg_averaging_new(SG_AVERAGING_UNIFORM, 0.0, N);
  SgRandom random = test_random();
  double sums[N] = { 0.0 };
  for (int step = 0; step < N_STEPS; step++) {
    float weights[N];
    draw(&random, weights);
    sg_averaging_update(averaging, weights);
    for (int i = 0; i < N; i++) {
      sums[i] += weights[i];
      g_assert_cmpfloat_with_epsilon(sg_averaging_weights(averaging)[i], sums[i] / (step + 1), 1e-5);
    }
  }
  g_assert_cmpint(sg_averaging_n_updates(averaging), ==, N_STEPS);
}

static void
test_exponential(void)
{
  g_autoptr(SgAveraging) averaging = sg_averaging_new(SG_AVERAGING_EXPONENTIAL, 0.9, N);
  SgRandom random = test_random();
  double expected[N];
  for (int step = 0; step < N_STEPS; step++) {
    float weights[N];
    draw(&random, weights);
    sg_averaging_update(averaging, weights);
    double decay = step == 0 ? 0.0 : MIN(0.9, (1.0 + step) / (10.0 + step));
    for (int i = 0; i < N; i++) {
      expected[i] = step == 0 ? weights[i] : decay * expected[i] + (1.0 - decay) * weights[i];
      g_assert_cmpfloat_with_epsilon(sg_averaging_weights(averaging)[i], expected[i], 1e-5);
    }
  }
}

static void
test_resume(void)
{
  g_autoptr(SgAveraging) first = sg_averaging_new(SG_AVERAGING_EXPONENTIAL, 0.99, N);
  g_autoptr(SgAveraging) second = sg_averaging_new(SG_AVERAGING_EXPONENTIAL, 0.99, N);
  g_autoptr(SgAveraging) larger = sg_averaging_new(SG_AVERAGING_EXPONENTIAL, 0.99, N + 1);
  g_autoptr(SgTrainState) state = sg_train_state_new();
  SgRandom random = test_random();
  float weights[N];
  for (int step = 0; step < 7; step++) {
    draw(&random, weights);
    sg_averaging_update(first, weights);
  }
  sg_averaging_save(first, state);
  test_assert_ok(sg_averaging_load(second, state, NULL));
  test_assert_status(sg_averaging_load(larger, state, NULL), SG_BAD_ARGUMENT);
  draw(&random, weights);
  sg_averaging_update(first, weights);
  sg_averaging_update(second, weights);
  g_assert_cmpmem(sg_averaging_weights(first), sizeof weights, sg_averaging_weights(second), sizeof weights);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/train/averaging/uniform", test_uniform);
  g_test_add_func("/train/averaging/exponential", test_exponential);
  g_test_add_func("/train/averaging/resume", test_resume);
  return g_test_run();
}
