#include "core/train/optimiser.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "tests/golden/train.h"
#include "tests/support.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SgOptimiser, sg_optimiser_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SgTrainState, sg_train_state_free)

typedef struct {
  const char *name;
  SgOptimiserConfig config;
  double rate;
  const float *golden;
} Case;

static const Case cases[] = {
  { "sgd", { .kind = SG_OPTIMISER_SGD }, 0.1, golden_sgd },
  { "sgd-decay", { .kind = SG_OPTIMISER_SGD, .weight_decay = 0.05 }, 0.1, golden_sgd_decay },
  { "momentum", { .kind = SG_OPTIMISER_SGD, .momentum = 0.9 }, 0.02, golden_momentum },
  { "nesterov",
    { .kind = SG_OPTIMISER_SGD, .momentum = 0.9, .nesterov = true, .weight_decay = 0.01 },
    0.02,
    golden_nesterov },
  { "adam", { .kind = SG_OPTIMISER_ADAM, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8 }, 0.01, golden_adam },
  { "adam-decay",
    { .kind = SG_OPTIMISER_ADAM, .beta1 = 0.8, .beta2 = 0.98, .epsilon = 1e-6, .weight_decay = 0.1 },
    0.01,
    golden_adam_decay },
  { "adamw",
    { .kind = SG_OPTIMISER_ADAMW, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8, .weight_decay = 0.1 },
    0.01,
    golden_adamw },
};

static SgOptimiser *
optimiser_new(const SgOptimiserConfig *config, gsize n, const SgOptimiserSegment *segments, gsize n_segments)
{
  SgOptimiser *optimiser;
  test_assert_ok(sg_optimiser_new(config, n, segments, n_segments, &optimiser, NULL));
  return optimiser;
}

static void
assert_golden(const Case *c, int step, const float *weights)
{
  for (int i = 0; i < GOLDEN_N_WEIGHTS; i++) {
    double wanted = c->golden[step * GOLDEN_N_WEIGHTS + i];
    if (!(fabs(weights[i] - wanted) <= 1e-6 * fmax(1.0, fabs(wanted))))
      g_error("%s: weight %d after step %d is %.9g, not %.9g", c->name, i, step + 1, weights[i], wanted);
  }
}

static void
test_golden(gconstpointer data)
{
  const Case *c = data;
  g_autoptr(SgOptimiser) optimiser = optimiser_new(&c->config, GOLDEN_N_WEIGHTS, NULL, 0);
  float weights[GOLDEN_N_WEIGHTS];
  memcpy(weights, golden_start, sizeof weights);
  for (int step = 0; step < GOLDEN_N_STEPS; step++) {
    sg_optimiser_step(optimiser, c->rate, weights, golden_gradients + step * GOLDEN_N_WEIGHTS);
    assert_golden(c, step, weights);
  }
}

/* Saved after `n` steps and loaded into another one, it goes on with the same bytes. */
static void
test_resume(gconstpointer data)
{
  const Case *c = data;
  g_autoptr(SgOptimiser) first = optimiser_new(&c->config, GOLDEN_N_WEIGHTS, NULL, 0);
  g_autoptr(SgOptimiser) second = optimiser_new(&c->config, GOLDEN_N_WEIGHTS, NULL, 0);
  g_autoptr(SgTrainState) state = sg_train_state_new();
  float weights[GOLDEN_N_WEIGHTS], resumed[GOLDEN_N_WEIGHTS];
  memcpy(weights, golden_start, sizeof weights);
  for (int step = 0; step < 5; step++)
    sg_optimiser_step(first, c->rate, weights, golden_gradients + step * GOLDEN_N_WEIGHTS);
  memcpy(resumed, weights, sizeof weights);
  sg_optimiser_save(first, state);
  g_assert_true(sg_train_state_is_complete(state));
  test_assert_ok(sg_optimiser_load(second, state, NULL));
  for (int step = 5; step < GOLDEN_N_STEPS; step++) {
    sg_optimiser_step(first, c->rate, weights, golden_gradients + step * GOLDEN_N_WEIGHTS);
    sg_optimiser_step(second, c->rate, resumed, golden_gradients + step * GOLDEN_N_WEIGHTS);
    g_assert_cmpmem(resumed, sizeof resumed, weights, sizeof weights);
  }
}

static void
test_load_refuses_another(void)
{
  g_autoptr(SgOptimiser) adam = optimiser_new(&cases[4].config, 6, NULL, 0);
  g_autoptr(SgOptimiser) larger = optimiser_new(&cases[4].config, 7, NULL, 0);
  g_autoptr(SgOptimiser) momentum = optimiser_new(&cases[2].config, 6, NULL, 0);
  g_autoptr(SgTrainState) state = sg_train_state_new();
  SgError error;
  sg_optimiser_save(adam, state);
  test_assert_status(sg_optimiser_load(momentum, state, &error), SG_BAD_ARGUMENT);
  g_assert_cmpstr(error.detail, ==, "optimiser/sgd/steps");
  test_assert_status(sg_optimiser_load(larger, state, &error), SG_BAD_ARGUMENT);
  g_assert_cmpstr(error.detail, ==, "optimiser/adam/first");
}

/* A frozen segment stays; one without decay moves as an optimiser without decay moves it, the others as one
 * with. */
static void
test_segments(void)
{
  const SgOptimiserSegment segments[] = {
    { .first = 4, .n = 1, .flags = SG_SEGMENT_FROZEN },
    { .first = 1, .n = 2, .flags = SG_SEGMENT_NO_DECAY },
  };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    SgOptimiserConfig config = cases[i].config, plain = cases[i].config;
    config.weight_decay = 0.3;
    plain.weight_decay = 0.0;
    g_autoptr(SgOptimiser) with = optimiser_new(&config, GOLDEN_N_WEIGHTS, NULL, 0);
    g_autoptr(SgOptimiser) without = optimiser_new(&plain, GOLDEN_N_WEIGHTS, NULL, 0);
    g_autoptr(SgOptimiser) mixed = optimiser_new(&config, GOLDEN_N_WEIGHTS, segments, 2);
    float a[GOLDEN_N_WEIGHTS], b[GOLDEN_N_WEIGHTS], c[GOLDEN_N_WEIGHTS];
    memcpy(a, golden_start, sizeof a);
    memcpy(b, golden_start, sizeof b);
    memcpy(c, golden_start, sizeof c);
    for (int step = 0; step < 3; step++) {
      const float *gradient = golden_gradients + step * GOLDEN_N_WEIGHTS;
      sg_optimiser_step(with, 0.1, a, gradient);
      sg_optimiser_step(without, 0.1, b, gradient);
      sg_optimiser_step(mixed, 0.1, c, gradient);
    }
    for (int w = 0; w < GOLDEN_N_WEIGHTS; w++) {
      g_assert_cmpfloat(c[w], ==, w == 4 ? golden_start[w] : w == 1 || w == 2 ? b[w] : a[w]);
      g_assert_cmpfloat(a[w], !=, b[w]);
    }
  }
}

static void
test_refusals(void)
{
  SgOptimiser *optimiser;
  SgError error;
  const SgOptimiserSegment bad[][2] = { { { .first = 0, .n = 3 }, { .first = 2, .n = 2 } },
                                        { { .first = 0, .n = 3 }, { .first = 5, .n = 2 } },
                                        { { .first = 7, .n = 0 }, { .first = 0, .n = 1 } },
                                        { { .first = 1, .n = G_MAXSIZE }, { .first = 0, .n = 1 } } };
  for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
    test_assert_status(sg_optimiser_new(&cases[0].config, 6, bad[i], 2, &optimiser, &error), SG_BAD_ARGUMENT);
    g_assert_cmpstr(error.detail, ==, "segments");
    g_assert_null(optimiser);
  }
  static const struct {
    SgOptimiserConfig config;
    const char *detail;
  } values[] = {
    { { .kind = SG_OPTIMISER_SGD, .momentum = 1.0 }, "momentum" },
    { { .kind = SG_OPTIMISER_SGD, .nesterov = true }, "momentum" },
    { { .kind = SG_OPTIMISER_SGD, .weight_decay = -1.0 }, "weight decay" },
    { { .kind = SG_OPTIMISER_ADAM, .beta1 = 1.0 }, "beta1" },
    { { .kind = SG_OPTIMISER_ADAMW, .beta2 = -0.1 }, "beta2" },
    { { .kind = SG_OPTIMISER_ADAMW, .epsilon = -1.0 }, "epsilon" },
    { { .kind = SG_N_OPTIMISERS }, "optimiser" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS(values); i++) {
    test_assert_status(sg_optimiser_new(&values[i].config, 6, NULL, 0, &optimiser, &error), SG_BAD_ARGUMENT);
    g_assert_cmpstr(error.detail, ==, values[i].detail);
  }
}

static void
test_names(void)
{
  SgOptimiserKind kind;
  for (int i = 0; i < SG_N_OPTIMISERS; i++) {
    g_assert_true(sg_optimiser_find(sg_optimiser_id((SgOptimiserKind)i), &kind));
    g_assert_cmpint(kind, ==, i);
    SgOptimiserConfig standard = sg_optimiser_standard(kind);
    sg_optimiser_free(optimiser_new(&standard, 3, NULL, 0));
  }
  g_assert_false(sg_optimiser_find("newton", &kind));
  g_assert_null(sg_optimiser_id(SG_N_OPTIMISERS));
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *golden = g_strconcat("/train/optimiser/golden/", cases[i].name, NULL);
    g_autofree char *resume = g_strconcat("/train/optimiser/resume/", cases[i].name, NULL);
    g_test_add_data_func(golden, &cases[i], test_golden);
    g_test_add_data_func(resume, &cases[i], test_resume);
  }
  g_test_add_func("/train/optimiser/load-refuses-another", test_load_refuses_another);
  g_test_add_func("/train/optimiser/segments", test_segments);
  g_test_add_func("/train/optimiser/refusals", test_refusals);
  g_test_add_func("/train/optimiser/names", test_names);
  return g_test_run();
}
