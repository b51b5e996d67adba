#include "core/train/optimiser-lbfgs.h"

#include <math.h>
#include <string.h>

#include "tests/support.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SgLbfgs, sg_lbfgs_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SgTrainState, sg_train_state_free)

enum { N_MAX = 40 };

typedef struct {
  gsize n;
  guint n_calls;
  guint fails_at; /* this call is cancelled; 0: none */
} Problem;

/* Σ 100(x_{i+1} − x_i²)² + (1 − x_i)²; minimum 0 at (1, …, 1). */
static SgStatus
rosenbrock(const float *x, double *out_loss, float *out_gradient, void *user, SgError *error)
{
  Problem *problem = user;
  double gradient[N_MAX] = { 0.0 };
  *out_loss = 0.0;
  if (++problem->n_calls == problem->fails_at)
    return sg_error_set(error, SG_CANCELLED, NULL, NULL);
  for (gsize i = 0; i + 1 < problem->n; i++) {
    double bend = x[i + 1] - (double)x[i] * x[i], rest = 1.0 - x[i];
    *out_loss += 100.0 * bend * bend + rest * rest;
    gradient[i] += -400.0 * bend * x[i] - 2.0 * rest;
    gradient[i + 1] += 200.0 * bend;
  }
  for (gsize i = 0; i < problem->n; i++)
    out_gradient[i] = (float)gradient[i];
  return SG_OK;
}

/* ½ Σ (i+1)·(x_i − i)²: a bowl, 40 times as steep one way as the other. */
static SgStatus
bowl(const float *x, double *out_loss, float *out_gradient, void *user, SgError *error)
{
  Problem *problem = user;
  problem->n_calls++;
  *out_loss = 0.0;
  for (gsize i = 0; i < problem->n; i++) {
    double error_i = x[i] - (double)i;
    *out_loss += 0.5 * (double)(i + 1) * error_i * error_i;
    out_gradient[i] = (float)((double)(i + 1) * error_i);
  }
  return SG_OK;
}

/* x − ln x, not finite for x ≤ 0; the first step from far away wants to go there. */
static SgStatus
wall(const float *x, double *out_loss, float *out_gradient, void *user, SgError *error)
{
  *out_loss = x[0] > 0.0f ? 0.02 * x[0] * x[0] - log(x[0]) : NAN;
  out_gradient[0] = (float)(0.04 * x[0] - 1.0 / x[0]);
  return SG_OK;
}

static SgLbfgs *
lbfgs_new(gsize n, guint history)
{
  SgLbfgs *lbfgs;
  SgLbfgsConfig config = sg_lbfgs_standard();
  config.history = history;
  test_assert_ok(sg_lbfgs_new(&config, n, &lbfgs, NULL));
  return lbfgs;
}

static void
test_rosenbrock(void)
{
  static const struct {
    gsize n;
    guint history, max_steps;
  } cases[] = { { 2, 5, 60 }, { 2, 1, 200 }, { 10, 10, 120 }, { N_MAX, 20, 300 } };
  for (gsize c = 0; c < G_N_ELEMENTS(cases); c++) {
    Problem problem = { .n = cases[c].n };
    g_autoptr(SgLbfgs) lbfgs = lbfgs_new(problem.n, cases[c].history);
    float x[N_MAX];
    for (gsize i = 0; i < problem.n; i++)
      x[i] = i % 2 == 0 ? -1.2f : 1.0f;
    SgLbfgsResult result = { .loss = INFINITY };
    double last = INFINITY;
    guint n_steps = 0, n_wolfe = 0;
    for (; !result.is_done && n_steps < cases[c].max_steps; n_steps++) {
      test_assert_ok(sg_lbfgs_step(lbfgs, rosenbrock, &problem, x, &result, NULL));
      g_assert_cmpfloat(result.loss, <=, last);
      last = result.loss;
      if (result.is_wolfe) {
        n_wolfe++;
        g_assert_cmpfloat(result.loss, <=,
                          result.loss_before + 1e-4 * result.step_length * result.slope_before);
        g_assert_cmpfloat(fabs(result.slope), <=, -0.9 * result.slope_before);
      }
    }
    g_test_message("n %u, history %u: %u steps, %u calls, %u by Wolfe, loss %g", (guint)problem.n,
                   cases[c].history, n_steps, problem.n_calls, n_wolfe, result.loss);
    g_assert_cmpuint(n_steps, <, cases[c].max_steps);
    /* The last steps of all are smaller than what a float can tell. */
    g_assert_cmpuint(n_wolfe + 4, >=, n_steps);
    for (gsize i = 0; i < problem.n; i++)
      g_assert_cmpfloat_with_epsilon(x[i], 1.0, 1e-3);
  }
}

static void
test_bowl(void)
{
  Problem problem = { .n = N_MAX };
  g_autoptr(SgLbfgs) lbfgs = lbfgs_new(N_MAX, N_MAX);
  float x[N_MAX] = { 0.0f };
  SgLbfgsResult result = { 0 };
  guint n_steps = 0;
  for (; !result.is_done && result.gradient_norm < 1e30 && n_steps < 100; n_steps++)
    test_assert_ok(sg_lbfgs_step(lbfgs, bowl, &problem, x, &result, NULL));
  g_test_message("%u steps, %u calls", n_steps, problem.n_calls);
  /* Plain gradient descent of a bowl this long takes hundreds. */
  g_assert_cmpuint(n_steps, <=, 60);
  for (int i = 0; i < N_MAX; i++)
    g_assert_cmpfloat_with_epsilon(x[i], i, 1e-4);
  /* Done stays done, and costs nothing. */
  guint n_calls = problem.n_calls;
  test_assert_ok(sg_lbfgs_step(lbfgs, bowl, &problem, x, &result, NULL));
  g_assert_true(result.is_done);
  g_assert_cmpuint(problem.n_calls, <=, n_calls + 26);
}

static void
test_draws_back_from_a_wall(void)
{
  g_autoptr(SgLbfgs) lbfgs = lbfgs_new(1, 5);
  float x[1] = { 60.0f };
  SgLbfgsResult result = { 0 };
  for (int step = 0; !result.is_done && step < 50; step++)
    test_assert_ok(sg_lbfgs_step(lbfgs, wall, NULL, x, &result, NULL));
  g_assert_cmpfloat_with_epsilon(x[0], 5.0, 1e-3);
  /* Behind the wall there is nothing to start from. */
  x[0] = -1.0f;
  sg_lbfgs_reset(lbfgs);
  SgError error;
  test_assert_status(sg_lbfgs_step(lbfgs, wall, NULL, x, &result, &error), SG_NOT_FINITE);
  g_assert_cmpfloat(x[0], ==, -1.0f);
}

static void
test_cancelled_loss(void)
{
  for (guint at = 1; at < 12; at++) {
    Problem problem = { .n = 4, .fails_at = at };
    g_autoptr(SgLbfgs) lbfgs = lbfgs_new(4, 5);
    float x[4] = { -1.2f, 1.0f, -1.2f, 1.0f }, before[4];
    SgLbfgsResult result;
    SgStatus status = SG_OK;
    while (status == SG_OK) {
      memcpy(before, x, sizeof x);
      status = sg_lbfgs_step(lbfgs, rosenbrock, &problem, x, &result, NULL);
    }
    test_assert_status(status, SG_CANCELLED);
    g_assert_cmpmem(x, sizeof x, before, sizeof before);
    test_assert_ok(sg_lbfgs_step(lbfgs, rosenbrock, &problem, x, &result, NULL));
  }
}

/* More steps than the history holds, saved and loaded: the same bytes go on. */
static void
test_resume(void)
{
  Problem problem = { .n = 10 };
  g_autoptr(SgLbfgs) first = lbfgs_new(10, 4), second = lbfgs_new(10, 4), smaller = lbfgs_new(10, 3);
  g_autoptr(SgTrainState) state = sg_train_state_new();
  float x[10], resumed[10];
  SgLbfgsResult result;
  for (int i = 0; i < 10; i++)
    x[i] = i % 2 == 0 ? -1.2f : 1.0f;
  for (int step = 0; step < 11; step++)
    test_assert_ok(sg_lbfgs_step(first, rosenbrock, &problem, x, &result, NULL));
  sg_lbfgs_save(first, state);
  g_assert_cmpuint(sg_train_state_n_arrays(state), ==, 8);
  test_assert_ok(sg_lbfgs_load(second, state, NULL));
  test_assert_status(sg_lbfgs_load(smaller, state, NULL), SG_BAD_ARGUMENT);
  memcpy(resumed, x, sizeof x);
  for (int step = 0; step < 6; step++) {
    test_assert_ok(sg_lbfgs_step(first, rosenbrock, &problem, x, &result, NULL));
    test_assert_ok(sg_lbfgs_step(second, rosenbrock, &problem, resumed, &result, NULL));
    g_assert_cmpmem(resumed, sizeof resumed, x, sizeof x);
  }
}

static void
test_refusals(void)
{
  SgLbfgs *lbfgs;
  SgLbfgsConfig config = sg_lbfgs_standard();
  config.history = 0;
  test_assert_status(sg_lbfgs_new(&config, 3, &lbfgs, NULL), SG_BAD_ARGUMENT);
  config = sg_lbfgs_standard();
  config.c1 = 0.95;
  test_assert_status(sg_lbfgs_new(&config, 3, &lbfgs, NULL), SG_BAD_ARGUMENT);
  config = sg_lbfgs_standard();
  test_assert_status(sg_lbfgs_new(&config, G_MAXSIZE / 8, &lbfgs, NULL), SG_NO_MEMORY);
  g_assert_null(lbfgs);
  g_assert_cmpuint(sg_lbfgs_bytes(5000000, 50), ==, 2080000000);
  sg_lbfgs_free(NULL);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/train/lbfgs/rosenbrock", test_rosenbrock);
  g_test_add_func("/train/lbfgs/bowl", test_bowl);
  g_test_add_func("/train/lbfgs/draws-back-from-a-wall", test_draws_back_from_a_wall);
  g_test_add_func("/train/lbfgs/cancelled-loss", test_cancelled_loss);
  g_test_add_func("/train/lbfgs/resume", test_resume);
  g_test_add_func("/train/lbfgs/refusals", test_refusals);
  return g_test_run();
}
