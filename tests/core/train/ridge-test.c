#include "core/train/ridge.h"

#include <math.h>

#include "tests/support.h"

enum { N_IN = 9, N_OUT = 700, N_ROWS = 900 };

typedef struct {
  float *inputs, *outputs; /* [N_ROWS][…] */
  float weights[N_OUT * N_IN], bias[N_OUT];
} Fixture;

/* Outputs that are linear in the inputs, one of which never changes; means are not zero. */
static void
set_up(Fixture *f, gconstpointer data)
{
  SgRandom random = test_random();
  f->inputs = g_new(float, N_ROWS *N_IN);
  f->outputs = g_new(float, N_ROWS *N_OUT);
  for (int i = 0; i < N_OUT * N_IN; i++)
    f->weights[i] = i % N_IN == N_IN - 1 ? 0.0f : (float)(sg_random_unit(&random) - 0.5);
  for (int k = 0; k < N_OUT; k++)
    f->bias[k] = (float)(4.0 * sg_random_unit(&random) - 2.0);
  for (int row = 0; row < N_ROWS; row++) {
    for (int i = 0; i < N_IN; i++)
      f->inputs[row * N_IN + i] = i == N_IN - 1 ? 0.25f : (float)(3.0 + (i + 1) * sg_random_unit(&random));
    for (int k = 0; k < N_OUT; k++) {
      double sum = f->bias[k];
      for (int i = 0; i < N_IN; i++)
        sum += (double)f->weights[k * N_IN + i] * f->inputs[row * N_IN + i];
      f->outputs[row * N_OUT + k] = (float)sum;
    }
  }
}

static void
tear_down(Fixture *f, gconstpointer data)
{
  g_free(f->inputs);
  g_free(f->outputs);
}

/* Added in pieces of `step` rows. */
static void
solve(const Fixture *f, int step, double lambda, float *out_weights, float *out_bias)
{
  SgRidge *ridge = NULL;
  test_assert_ok(sg_ridge_new(N_IN, N_OUT, &ridge, NULL));
  for (int row = 0; row < N_ROWS; row += step)
    sg_ridge_add(ridge, (size_t)MIN(step, N_ROWS - row), f->inputs + row * N_IN, f->outputs + row * N_OUT);
  test_assert_ok(sg_ridge_solve(ridge, lambda, out_weights, out_bias, NULL));
  sg_ridge_free(ridge);
}

static void
test_recovers(Fixture *f, gconstpointer data)
{
  static float weights[N_OUT * N_IN], bias[N_OUT];
  for (int step = 7; step <= N_ROWS; step += N_ROWS - 7) {
    solve(f, step, 1e-12, weights, bias);
    for (int i = 0; i < N_OUT * N_IN; i++)
      g_assert_cmpfloat_with_epsilon(weights[i], f->weights[i], 1e-4);
    for (int k = 0; k < N_OUT; k++)
      g_assert_cmpfloat_with_epsilon(bias[k], f->bias[k], 2e-3);
  }
}

/* At the minimum the derivatives of Σ‖Wx + b − y‖² + λ·n·σ²·‖W‖² vanish, and the penalty has made W shorter.
 */
static void
test_penalty(Fixture *f, gconstpointer data)
{
  static float weights[N_OUT * N_IN], bias[N_OUT];
  const double lambda = 0.3;
  solve(f, 100, lambda, weights, bias);
  double variance = 0.0, mean[N_IN] = { 0 };
  for (int i = 0; i < N_ROWS * N_IN; i++)
    mean[i % N_IN] += f->inputs[i] / (double)N_ROWS;
  for (int i = 0; i < N_ROWS * N_IN; i++)
    variance += pow(f->inputs[i] - mean[i % N_IN], 2.0) / ((double)N_ROWS * N_IN);
  double wanted = 0.0, got = 0.0;
  for (int i = 0; i < N_OUT * N_IN; i++) {
    wanted += pow(f->weights[i], 2.0);
    got += pow(weights[i], 2.0);
  }
  g_assert_cmpfloat(got, <, 0.9 * wanted);
  for (int k = 0; k < N_OUT; k += 233) {
    double by_bias = 0.0, by_weight[N_IN] = { 0 };
    for (int row = 0; row < N_ROWS; row++) {
      const float *x = f->inputs + row * N_IN;
      double error = bias[k] - f->outputs[row * N_OUT + k];
      for (int i = 0; i < N_IN; i++)
        error += (double)weights[k * N_IN + i] * x[i];
      by_bias += error / N_ROWS;
      for (int i = 0; i < N_IN; i++)
        by_weight[i] += error * x[i] / N_ROWS;
    }
    g_assert_cmpfloat_with_epsilon(by_bias, 0.0, 1e-4);
    for (int i = 0; i < N_IN; i++)
      g_assert_cmpfloat_with_epsilon(by_weight[i] + lambda * variance * weights[k * N_IN + i], 0.0, 1e-3);
  }
}

static void
test_refuses(void)
{
  SgRidge *ridge = NULL;
  float weight, bias;
  test_assert_ok(sg_ridge_new(1, 1, &ridge, NULL));
  test_assert_status(sg_ridge_solve(ridge, 1.0, &weight, &bias, NULL), SG_BAD_ARGUMENT);
  sg_ridge_add(ridge, 2, (float[]){ 1, 2 }, (float[]){ 3, 5 });
  test_assert_status(sg_ridge_solve(ridge, 0.0, &weight, &bias, NULL), SG_BAD_ARGUMENT);
  test_assert_ok(sg_ridge_solve(ridge, 1e-12, &weight, &bias, NULL));
  g_assert_cmpfloat_with_epsilon(weight, 2.0, 1e-5);
  g_assert_cmpfloat_with_epsilon(bias, 1.0, 1e-5);
  sg_ridge_free(ridge);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add("/ridge/recovers", Fixture, NULL, set_up, test_recovers, tear_down);
  g_test_add("/ridge/penalty", Fixture, NULL, set_up, test_penalty, tear_down);
  g_test_add_func("/ridge/refuses", test_refuses);
  return g_test_run();
}
