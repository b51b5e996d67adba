#include "core/nn/plan.h"

#include <fcntl.h>
#include <math.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "core/nn/zoo/zoo.h"
#include "tests/core/nn/net-check.h"
#include "tests/core/play/audio-trap.h"

static SgGraph *
small_umx_new(void)
{
  SgGraph *graph;
  test_assert_ok(
      sg_zoo_umx((SgUmxSettings){ .n_bins = 19, .n_bins_in = 13, .hidden = 12, .layers = 2 }, &graph, NULL));
  return graph;
}

static SgGraph *
small_unet_new(void)
{
  SgGraph *graph;
  test_assert_ok(sg_zoo_cnn_unet(
      (SgCnnUnetSettings){ .width = 2, .depth = 3, .n_channels = 2, .n_sources = 2 }, &graph, NULL));
  return graph;
}

/* Two heads, a mask layer and a recurrence between dense layers, as DRNN has them. */
static SgGraph *
small_drnn_new(void)
{
  SgGraph *graph = sg_graph_new();
  int x = sg_graph_add_input(graph, "x", SG_SHAPE(-1, -1, 9));
  int y = sg_graph_add_1(graph, "dense", "fc1", x, &(SgAttributes){ .units = 14 });
  y = sg_graph_add_1(graph, "relu", "act1", y, NULL);
  y = sg_graph_add_1(graph, "rnn", "rnn", y, &(SgAttributes){ .units = 14 });
  y = sg_graph_add_1(graph, "layer_norm", "norm", y, NULL);
  y = sg_graph_add_1(graph, "dropout", "drop", y, &(SgAttributes){ .probability = 0.2 });
  int heads[2] = { sg_graph_add_1(graph, "dense", "head1", y, &(SgAttributes){ .units = 9 }),
                   sg_graph_add_1(graph, "dense", "head2", y, &(SgAttributes){ .units = 9 }) };
  y = sg_graph_add(graph, "concat", "heads", heads, 2, &(SgAttributes){ .axis = 2 });
  y = sg_graph_add_1(graph, "reshape", "z", y, &(SgAttributes){ .shape = SG_SHAPE(0, 0, 2, 9) });
  int magnitude = sg_graph_add_1(graph, "abs", "magnitude", x, NULL);
  sg_graph_add_output(graph,
                      sg_graph_add_2(graph, "mask", "stems", y, magnitude, &(SgAttributes){ .axis = 2 }));
  return graph;
}

static void
check_net(SgGraph *graph, SgShape shape, double gradient_limit)
{
  SgRandom random = test_random();
  NetCheck check = { .graph = graph,
                     .shapes = { shape },
                     .low = 0.05,
                     .high = 1.0,
                     .forward_limit = 2e-4,
                     .gradient_limit = gradient_limit,
                     .n_probes = 4 };
  net_check(&check, &random);
  sg_graph_free(graph);
}

static void
test_umx(void)
{
  check_net(small_umx_new(), SG_SHAPE(3, 6, 2, 19), 1e-4);
}

static void
test_unet(void)
{
  check_net(small_unet_new(), SG_SHAPE(3, 2, 16, 24), 1e-4);
}

/* A mask's slope grows as 1/Σ|z| where both heads are near zero, and rounding with it. */
static void
test_drnn(void)
{
  check_net(small_drnn_new(), SG_SHAPE(3, 7, 9), 2e-3);
}

typedef struct {
  SgTeam *team;
  SgPlan *plan;
  float *weights, *states, *gradients;
} Bound;

static Bound
bound_new(const SgGraph *graph, SgShape shape, gboolean training, guint n_threads)
{
  Bound bound = { .team = sg_team_new(n_threads) };
  SgError error;
  if (sg_plan_new(graph, &shape, (SgPlanOptions){ .training = training }, bound.team, &bound.plan, &error) !=
      SG_OK)
    g_error("%s", error.detail);
  const SgWeightTable *table = sg_plan_weight_table(bound.plan);
  bound.weights = SG_NEW(float, table->n_weights);
  bound.states = SG_NEW(float, table->n_states);
  bound.gradients = SG_NEW(float, table->n_weights);
  sg_weight_table_draw(table, 3, bound.weights, bound.states);
  sg_plan_set_weights(bound.plan, bound.weights, bound.states, bound.gradients);
  for (int64_t i = 0; i < sg_shape_count(&shape); i++)
    sg_plan_input(bound.plan, 0)[i] = (float)((i * 37) % 101) / 101.0f;
  return bound;
}

static void
bound_free(Bound *bound)
{
  sg_plan_free(bound->plan);
  sg_team_free(bound->team);
  sg_free(bound->weights);
  sg_free(bound->states);
  sg_free(bound->gradients);
}

/* ½ Σ output² and its gradient. */
static double
half_square(SgPlan *plan)
{
  double loss = 0.0;
  const float *output = sg_plan_output(plan, 0);
  for (int64_t i = 0; i < sg_shape_count(sg_plan_output_shape(plan, 0)); i++) {
    loss += 0.5 * (double)output[i] * (double)output[i];
    if (sg_plan_output_gradient(plan, 0) != NULL)
      sg_plan_output_gradient(plan, 0)[i] = output[i];
  }
  return loss;
}

/* Steps against the gradient lower the loss. */
static void
test_learns(void)
{
  SgGraph *graph = small_umx_new();
  Bound b = bound_new(graph, SG_SHAPE(2, 5, 2, 19), TRUE, 2);
  const SgWeightTable *table = sg_plan_weight_table(b.plan);
  double first = 0.0, last = 0.0;
  for (guint step = 0; step < 30; step++) {
    sg_plan_set_step(b.plan, 1, step);
    test_assert_ok(sg_plan_forward(b.plan, NULL));
    last = half_square(b.plan);
    first = step == 0 ? last : first;
    memset(b.gradients, 0, table->n_weights * sizeof *b.gradients);
    test_assert_ok(sg_plan_backward(b.plan, NULL));
    for (gsize i = 0; i < table->n_weights; i++)
      b.weights[i] -= 0.01f * b.gradients[i];
  }
  g_assert_cmpfloat(last, <, 0.2 * first);
  bound_free(&b);
  sg_graph_free(graph);
}

/* What lies between the tensors of the flat buffers stays zero. */
static void
test_gaps_stay_zero(void)
{
  SgGraph *graph = small_umx_new();
  Bound b = bound_new(graph, SG_SHAPE(2, 5, 2, 19), TRUE, 1);
  const SgWeightTable *table = sg_plan_weight_table(b.plan);
  test_assert_ok(sg_plan_forward(b.plan, NULL));
  half_square(b.plan);
  test_assert_ok(sg_plan_backward(b.plan, NULL));
  g_autofree gboolean *is_taken = g_new0(gboolean, table->n_weights);
  for (gsize i = 0; i < table->n_rows; i++)
    for (gsize k = 0; k < table->rows[i].count && !table->rows[i].is_state; k++)
      is_taken[table->rows[i].offset + k] = TRUE;
  gsize n_gaps = 0;
  for (gsize i = 0; i < table->n_weights; i++)
    if (!is_taken[i]) {
      g_assert_cmpfloat(b.gradients[i], ==, 0.0f);
      g_assert_cmpfloat(b.weights[i], ==, 0.0f);
      n_gaps++;
    }
  g_assert_cmpuint(n_gaps, >, 0);
  bound_free(&b);
  sg_graph_free(graph);
}

/* Gradients of two passes add up. */
static void
test_gradients_add_up(void)
{
  SgGraph *graph = small_unet_new();
  Bound b = bound_new(graph, SG_SHAPE(2, 2, 8, 8), TRUE, 2);
  gsize n = sg_plan_weight_table(b.plan)->n_weights;
  g_autofree float *once = NULL;
  for (int pass = 0; pass < 2; pass++) {
    test_assert_ok(sg_plan_forward(b.plan, NULL));
    half_square(b.plan);
    test_assert_ok(sg_plan_backward(b.plan, NULL));
    if (pass == 0)
      once = g_memdup2(b.gradients, n * sizeof *once);
  }
  double largest = 0.0;
  for (gsize i = 0; i < n; i++)
    largest = MAX(largest, ABS((double)once[i]));
  for (gsize i = 0; i < n; i++)
    g_assert_cmpfloat_with_epsilon(b.gradients[i], 2.0f * once[i], 1e-5 * largest);
  bound_free(&b);
  sg_graph_free(graph);
}

static void
check_no_allocation(SgGraph *graph, SgShape shape)
{
  Bound b = bound_new(graph, shape, TRUE, 1);
  /* The library of products maps its own buffer at its first call. */
  test_assert_ok(sg_plan_forward(b.plan, NULL));
  int n_caught = 0;
  for (int pass = 0; pass < 2; pass++) {
    trap_only_memory = true;
    trap_armed = true;
    sg_plan_forward(b.plan, NULL);
    trap_armed = false;
    half_square(b.plan);
    trap_armed = true;
    sg_plan_backward(b.plan, NULL);
    trap_armed = false;
    n_caught += trap_n_caught;
  }
  if (n_caught > 0)
    g_error("%s called in a pass", trap_caught);
  bound_free(&b);
  sg_graph_free(graph);
}

static void
test_no_allocation(void)
{
  if (!TRAP_WORKS) {
    g_test_skip("a sanitizer has taken the trap's place");
    return;
  }
  trap_only_memory = true;
  trap_armed = true;
  sg_free(sg_alloc(1, 1));
  trap_armed = false;
  g_assert_cmpint(trap_n_caught, ==, 2);
  trap_n_caught = 0;
  check_no_allocation(small_umx_new(), SG_SHAPE(3, 6, 2, 19));
  check_no_allocation(small_unet_new(), SG_SHAPE(3, 2, 16, 24));
  check_no_allocation(small_drnn_new(), SG_SHAPE(3, 7, 9));
}

/* Buffers share memory where they can: less than half of what they would take apart. */
static void
test_arena(void)
{
  SgGraph *graph = small_unet_new();
  Bound inference = bound_new(graph, SG_SHAPE(2, 2, 64, 64), FALSE, 1),
        training = bound_new(graph, SG_SHAPE(2, 2, 64, 64), TRUE, 1);
  g_assert_cmpuint(2 * sg_plan_arena_bytes(inference.plan), <, sg_plan_unshared_bytes(inference.plan));
  g_assert_cmpuint(sg_plan_arena_bytes(training.plan), <, sg_plan_unshared_bytes(training.plan));
  g_assert_cmpuint(sg_plan_arena_bytes(inference.plan), <, sg_plan_arena_bytes(training.plan) / 2);
  bound_free(&inference);
  bound_free(&training);
  sg_graph_free(graph);
}

static void
test_cancel(void)
{
  SgGraph *graph = small_umx_new();
  Bound b = bound_new(graph, SG_SHAPE(2, 5, 2, 19), TRUE, 2);
  atomic_bool cancelled = true;
  test_assert_status(sg_plan_forward(b.plan, &cancelled), SG_CANCELLED);
  atomic_store(&cancelled, false);
  test_assert_ok(sg_plan_forward(b.plan, &cancelled));
  half_square(b.plan);
  atomic_store(&cancelled, true);
  test_assert_status(sg_plan_backward(b.plan, &cancelled), SG_CANCELLED);
  test_assert_ok(sg_plan_forward(b.plan, NULL));
  bound_free(&b);
  sg_graph_free(graph);
}

/* First values: bounded by fan-in, different by tensor and seed, the same for the same. */
static void
test_draw(void)
{
  SgGraph *graph = small_umx_new();
  Bound b = bound_new(graph, SG_SHAPE(2, 5, 2, 19), FALSE, 1);
  const SgWeightTable *table = sg_plan_weight_table(b.plan);
  g_autofree float *weights = g_new(float, table->n_weights), *states = g_new(float, table->n_states);
  sg_weight_table_draw(table, 3, weights, states);
  g_assert_cmpmem(weights, table->n_weights * sizeof *weights, b.weights, table->n_weights * sizeof *weights);
  const SgWeight *fc1 = sg_weight_table_find(table, "fc1.weight"),
                 *variance = sg_weight_table_find(table, "bn1.running_var");
  float largest = 0.0f;
  double bound = 1.0 / sqrt(26.0), sum = 0.0;
  for (gsize i = 0; i < fc1->count; i++) {
    largest = MAX(largest, ABS(weights[fc1->offset + i]));
    sum += weights[fc1->offset + i];
  }
  g_assert_cmpfloat(largest, <=, bound * 1.0001);
  g_assert_cmpfloat(largest, >, bound * 0.95);
  g_assert_cmpfloat(ABS(sum / (double)fc1->count), <, 0.1 * bound);
  g_assert_cmpfloat(states[variance->offset], ==, 1.0f);
  sg_weight_table_draw(table, 4, weights, states);
  g_assert_true(memcmp(weights + fc1->offset, b.weights + fc1->offset, fc1->count * sizeof *weights) != 0);
  bound_free(&b);
  sg_graph_free(graph);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/plan/umx", test_umx);
  g_test_add_func("/plan/unet", test_unet);
  g_test_add_func("/plan/drnn", test_drnn);
  g_test_add_func("/plan/learns", test_learns);
  g_test_add_func("/plan/gaps-stay-zero", test_gaps_stay_zero);
  g_test_add_func("/plan/gradients-add-up", test_gradients_add_up);
  g_test_add_func("/plan/no-allocation", test_no_allocation);
  g_test_add_func("/plan/arena", test_arena);
  g_test_add_func("/plan/cancel", test_cancel);
  g_test_add_func("/plan/draw", test_draw);
  return g_test_run();
}
