#include "core/nn/vector-math.h"

#include <math.h>

#include "tests/support.h"

static double
logistic(double x)
{
  return 1.0 / (1.0 + exp(-x));
}

/* The greatest relative error over a walk through the floats of [−limit, limit]. */
static double
greatest_error(float (*got)(float), double (*expected)(double), float limit)
{
  double greatest = 0.0;
  for (uint32_t bits = 0; sg_float_from_bits(bits) <= limit; bits += 997)
    for (int sign = -1; sign <= 1; sign += 2) {
      float x = (float)sign * sg_float_from_bits(bits);
      double y = expected(x);
      if (fabs(y) >= 1.2e-38)
        greatest = fmax(greatest, fabs(got(x) - y) / fabs(y));
    }
  return greatest;
}

static float
float_exp(float x)
{
  return sg_vector_exp(x);
}

static float
float_tanh(float x)
{
  return sg_vector_tanh(x);
}

static float
float_logistic(float x)
{
  return sg_vector_logistic(x);
}

static void
test_errors(void)
{
  double of_exp = greatest_error(float_exp, exp, 87.2f), of_tanh = greatest_error(float_tanh, tanh, 1e30f),
         of_logistic = greatest_error(float_logistic, logistic, 80.0f);
  g_test_message("exp %g, tanh %g, logistic %g", of_exp, of_tanh, of_logistic);
  g_assert_cmpfloat(of_exp, <, 3e-7);
  g_assert_cmpfloat(of_tanh, <, 3e-7);
  g_assert_cmpfloat(of_logistic, <, 3e-7);
}

static void
test_ends(void)
{
  g_assert_cmpfloat(sg_vector_exp(-1e30f), ==, 0.0f);
  g_assert_cmpfloat(sg_vector_exp(-INFINITY), ==, 0.0f);
  g_assert_true(isfinite(sg_vector_exp(88.6f)));
  g_assert_cmpfloat(sg_vector_exp(0.0f), ==, 1.0f);
  g_assert_cmpfloat(sg_vector_logistic(-200.0f), <, 1e-37);
  g_assert_cmpfloat(sg_vector_logistic(200.0f), ==, 1.0f);
  g_assert_cmpfloat(sg_vector_tanh(-200.0f), ==, -1.0f);
  g_assert_cmpfloat(sg_vector_tanh(0.0f), ==, 0.0f);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/vector-math/errors", test_errors);
  g_test_add_func("/vector-math/ends", test_ends);
  return g_test_run();
}
