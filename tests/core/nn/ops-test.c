#include <string.h>

#include "core/nn/op.h"
#include "tests/core/nn/net-check.h"

enum { N_TRIALS = 6 };

static SgShape
draw_shape(SgRandom *random, int n_dims, gint64 largest)
{
  SgShape shape = { .n_dims = n_dims };
  for (int i = 0; i < n_dims; i++)
    shape.dims[i] = draw(random, 1, largest);
  return shape;
}

static void
test_dense(void)
{
  SgRandom random = test_random();
  for (int trial = 0; trial < N_TRIALS; trial++) {
    SgShape shape = draw_shape(&random, 1 + trial % 3, 20);
    SgAttributes attributes = { .units = draw(&random, 1, 40), .no_bias = trial % 2 == 0 };
    check_one("dense", &shape, 1, &attributes, &random);
  }
  SgShape many = SG_SHAPE(3, 70, 11);
  check_one("dense", &many, 1, &(SgAttributes){ .units = 37 }, &random);
}

/* Two layers with one set of weights, whose gradients add up. */
static void
test_shared_weights(void)
{
  SgRandom random = test_random();
  SgGraph *graph = sg_graph_new();
  int x = sg_graph_add_input(graph, "x", SG_SHAPE(-1, 8));
  int a = sg_graph_add_1(graph, "dense", "a", x, &(SgAttributes){ .units = 8 });
  int b = sg_graph_add_1(graph, "dense", "b", a, &(SgAttributes){ .units = 8, .weights_of = "a" });
  sg_graph_add_output(graph, b);
  net_check(&(NetCheck){ .graph = graph, .shapes = { SG_SHAPE(5, 8) } }, &random);
  SgPlan *plan;
  SgTeam *team = sg_team_new(1);
  test_assert_ok(sg_plan_new(graph, &SG_SHAPE(5, 8), (SgPlanOptions){ 0 }, team, &plan, NULL));
  g_assert_cmpuint(sg_plan_weight_table(plan)->n_rows, ==, 2);
  sg_plan_free(plan);
  sg_team_free(team);
  sg_graph_free(graph);
}

static const struct {
  const char *op;
  SgAttributes attributes;
  double low, high;
} unaries[] = {
  { "relu", { 0 }, -1, 1 },
  { "leaky_relu", { .slope = 0.2 }, -1, 1 },
  { "elu", { .slope = 1.3 }, -3, 1 },
  { "tanh", { 0 }, -3, 3 },
  { "sigmoid", { 0 }, -5, 5 },
  { "softplus", { 0 }, -30, 30 },
  { "gelu", { 0 }, -4, 4 },
  { "gelu_tanh", { 0 }, -4, 4 },
  { "abs", { 0 }, -1, 1 },
  { "square", { 0 }, -2, 2 },
  { "sqrt", { 0 }, 0.1, 4 },
  { "log", { 0 }, 0.1, 4 },
  { "exp", { 0 }, -3, 3 },
  { "clamp", { .minimum = -0.5, .maximum = 0.25 }, -1, 1 },
  { "scale", { .multiplier = -1.5, .addend = 0.3 }, -1, 1 },
};

static void
test_unary(void)
{
  SgRandom random = test_random();
  for (gsize i = 0; i < G_N_ELEMENTS(unaries); i++) {
    SgShape shapes[2] = { draw_shape(&random, 3, 9), SG_SHAPE(2, 1700) };
    for (int trial = 0; trial < 2; trial++) {
      SgGraph *graph = net_of_one(unaries[i].op, &shapes[trial], 1, &unaries[i].attributes);
      NetCheck check = { .graph = graph,
                         .shapes = { shapes[trial] },
                         .low = unaries[i].low,
                         .high = unaries[i].high,
                         .n_probes = 20 };
      net_check(&check, &random);
      sg_graph_free(graph);
    }
  }
}

/* Shapes that broadcast to one, with dimensions missing and dimensions of 1. */
static void
draw_broadcast(SgRandom *random, SgShape *out_a, SgShape *out_b)
{
  SgShape whole = draw_shape(random, (int)draw(random, 1, 4), 6);
  SgShape *both[2] = { out_a, out_b };
  for (int s = 0; s < 2; s++) {
    int skipped = (int)draw(random, 0, s == 0 ? 0 : whole.n_dims - 1);
    *both[s] = (SgShape){ .n_dims = whole.n_dims - skipped };
    for (int i = 0; i < both[s]->n_dims; i++)
      both[s]->dims[i] = draw(random, 0, 2) == 0 ? 1 : whole.dims[i + skipped];
  }
}

static void
test_binary(void)
{
  static const char *const ops[] = { "add", "sub", "mul", "div", "min", "max" };
  SgRandom random = test_random();
  for (gsize i = 0; i < G_N_ELEMENTS(ops); i++)
    for (int trial = 0; trial < N_TRIALS; trial++) {
      SgShape shapes[2];
      draw_broadcast(&random, &shapes[0], &shapes[1]);
      if (trial == 0)
        shapes[0] = SG_SHAPE(2, 3, 700), shapes[1] = SG_SHAPE(700);
      if (trial == 1)
        shapes[0] = SG_SHAPE(2, 3, 700), shapes[1] = SG_SHAPE(3, 1);
      SgGraph *graph = net_of_one(ops[i], shapes, 2, NULL);
      NetCheck check = { .graph = graph, .shapes = { shapes[0], shapes[1] }, .low = 0.5, .high = 2.0 };
      net_check(&check, &random);
      sg_graph_free(graph);
    }
}

/* One tensor as both operands, and a learnable scale and shift. */
static void
test_parameters(void)
{
  SgRandom random = test_random();
  SgGraph *graph = sg_graph_new();
  int x = sg_graph_add_input(graph, "x", SG_SHAPE(-1, 3, 5));
  int shift = sg_graph_add_parameter(graph, "input_mean", SG_SHAPE(5), 0.0);
  int scale = sg_graph_add_parameter(graph, "input_scale", SG_SHAPE(3, 1), 1.0);
  int two = sg_graph_add(graph, "constant", "two", NULL, 0,
                         &(SgAttributes){ .shape = SG_SHAPE(1), .values = (double[]){ 2.0 }, .n_values = 1 });
  int flat = sg_graph_add_1(graph, "reshape", "flat", shift, &(SgAttributes){ .shape = SG_SHAPE(1, 5) });
  int moved = sg_graph_add_2(graph, "add", "moved", x, flat, NULL);
  int scaled = sg_graph_add_2(graph, "mul", "scaled", moved, scale, NULL);
  int doubled = sg_graph_add_2(graph, "mul", "doubled", two, scaled, NULL);
  int squared = sg_graph_add_2(graph, "mul", "squared", doubled, doubled, NULL);
  sg_graph_add_output(graph, sg_graph_add_2(graph, "add", "sum", squared, scaled, NULL));
  sg_graph_add_output(graph, scaled);
  net_check(&(NetCheck){ .graph = graph, .shapes = { SG_SHAPE(4, 3, 5) } }, &random);
  sg_graph_free(graph);
}

static void
test_reduce(void)
{
  SgRandom random = test_random();
  for (int trial = 0; trial < 3 * N_TRIALS; trial++) {
    SgShape shape = draw_shape(&random, (int)draw(&random, 1, 4), 8);
    SgAttributes attributes = { .drop_axes = trial % 2 == 0 };
    for (int i = 0; i < shape.n_dims; i++)
      if (draw(&random, 0, 1) == 0)
        attributes.axes.dims[attributes.axes.n_dims++] = draw(&random, 0, 1) == 0 ? i : i - shape.n_dims;
    if (attributes.axes.n_dims > 0)
      check_one(trial % 3 == 0 ? "sum" : "mean", &shape, 1, &attributes, &random);
  }
}

static void
test_softmax(void)
{
  SgRandom random = test_random();
  for (int trial = 0; trial < N_TRIALS; trial++) {
    SgShape shape = draw_shape(&random, 3, 9);
    if (trial == 0)
      shape = SG_SHAPE(2, 5, 150);
    check_one("softmax", &shape, 1, &(SgAttributes){ .axis = draw(&random, -3, 2) }, &random);
  }
}

static void
test_dropout(void)
{
  SgRandom random = test_random();
  for (int trial = 0; trial < N_TRIALS; trial++) {
    SgShape shape = draw_shape(&random, 2, 60);
    check_one("dropout", &shape, 1, &(SgAttributes){ .probability = 0.1 + 0.1 * trial }, &random);
  }
}

/* As many are dropped as asked; another step drops others; the mean stays. */
static void
test_dropout_share(void)
{
  enum { N = 200000 };
  SgShape shape = SG_SHAPE(N);
  SgGraph *graph = net_of_one("dropout", &shape, 1, &(SgAttributes){ .probability = 0.3 });
  SgTeam *team = sg_team_new(2);
  SgPlan *plan;
  test_assert_ok(sg_plan_new(graph, &shape, (SgPlanOptions){ .training = true }, team, &plan, NULL));
  float *input = sg_plan_input(plan, 0);
  for (int i = 0; i < N; i++)
    input[i] = 1.0f;
  g_autofree float *first = NULL;
  for (guint step = 0; step < 3; step++) {
    sg_plan_set_step(plan, 1, step);
    test_assert_ok(sg_plan_forward(plan, NULL));
    const float *output = sg_plan_output(plan, 0);
    int n_zero = 0, n_same = 0;
    for (int i = 0; i < N; i++) {
      n_zero += output[i] == 0.0f;
      n_same += first != NULL && (output[i] == 0.0f) == (first[i] == 0.0f);
      g_assert_true(output[i] == 0.0f || output[i] == (float)(1.0 / 0.7));
    }
    g_assert_cmpfloat_with_epsilon((double)n_zero / N, 0.3, 0.005);
    if (first != NULL)
      g_assert_cmpfloat_with_epsilon((double)n_same / N, 0.3 * 0.3 + 0.7 * 0.7, 0.006);
    else
      first = g_memdup2(output, N * sizeof *output);
  }
  sg_plan_free(plan);
  sg_team_free(team);
  sg_graph_free(graph);
}

static void
test_mask(void)
{
  SgRandom random = test_random();
  for (int trial = 0; trial < N_TRIALS; trial++) {
    SgShape z = draw_shape(&random, 3, 7), mixture = z;
    int axis = (int)draw(&random, 0, 2);
    if (trial == 0)
      z = mixture = SG_SHAPE(2, 4, 300), axis = 1;
    mixture.dims[axis] = 1;
    if (trial % 2 == 0) {
      for (int i = axis; i < 2; i++)
        mixture.dims[i] = mixture.dims[i + 1];
      mixture.n_dims = 2;
    }
    SgShape shapes[2] = { z, mixture };
    check_one("mask", shapes, 2, &(SgAttributes){ .axis = axis }, &random);
  }
}

static void
test_layout(void)
{
  SgRandom random = test_random();
  for (int trial = 0; trial < 2 * N_TRIALS; trial++) {
    SgShape shapes[3] = { draw_shape(&random, 3, 7) };
    int axis = (int)draw(&random, 0, 2);
    shapes[1] = shapes[2] = shapes[0];
    shapes[1].dims[axis] = draw(&random, 1, 9);
    shapes[2].dims[axis] = draw(&random, 1, 9);
    check_one("concat", shapes, 3, &(SgAttributes){ .axis = axis - 3 }, &random);
    gint64 start = draw(&random, 0, shapes[0].dims[axis] - 1);
    gint64 end = draw(&random, start + 1, shapes[0].dims[axis]);
    check_one(
        "slice", shapes, 1,
        &(SgAttributes){ .axis = axis, .start = start, .end = end - (trial % 2 ? shapes[0].dims[axis] : 0) },
        &random);
    check_one("pad", shapes, 1,
              &(SgAttributes){ .axis = axis, .before = draw(&random, 0, 3), .after = draw(&random, 0, 3) },
              &random);
    check_one("reshape", shapes, 1, &(SgAttributes){ .shape = SG_SHAPE(0, -1) }, &random);
  }
}

static void
test_transpose(void)
{
  SgRandom random = test_random();
  for (int trial = 0; trial < 3 * N_TRIALS; trial++) {
    SgShape shape = trial < 3 ? draw_shape(&random, 2, 70) : draw_shape(&random, (int)draw(&random, 1, 5), 5);
    SgAttributes attributes = { .order = { .n_dims = shape.n_dims } };
    for (int i = 0; i < shape.n_dims; i++) {
      int at = (int)draw(&random, 0, i);
      attributes.order.dims[i] = attributes.order.dims[at];
      attributes.order.dims[at] = i;
    }
    check_one("transpose", &shape, 1, &attributes, &random);
  }
}

/* A tensor that several nodes use: slices of it, itself twice, a view that is changed in place. */
static void
test_fan_out(void)
{
  SgRandom random = test_random();
  SgGraph *graph = sg_graph_new();
  int x = sg_graph_add_input(graph, "x", SG_SHAPE(-1, 6));
  int a = sg_graph_add_1(graph, "dense", "a", x, &(SgAttributes){ .units = 6 });
  int low = sg_graph_add_1(graph, "slice", "low", a, &(SgAttributes){ .axis = 1, .end = 4 });
  int high = sg_graph_add_1(graph, "slice", "high", a, &(SgAttributes){ .axis = 1, .start = -4 });
  int view = sg_graph_add_1(graph, "reshape", "view", a, &(SgAttributes){ .shape = SG_SHAPE(-1, 3) });
  int changed = sg_graph_add_1(graph, "relu", "changed", view, NULL);
  int back = sg_graph_add_1(graph, "reshape", "back", changed, &(SgAttributes){ .shape = SG_SHAPE(-1, 6) });
  int both = sg_graph_add(graph, "concat", "both", (int[]){ low, high, a, a, back }, 5,
                          &(SgAttributes){ .axis = 1 });
  int gate = sg_graph_add_1(graph, "sigmoid", "gate", a, NULL);
  int gated = sg_graph_add_2(graph, "mul", "gated", gate, a, NULL);
  int unused = sg_graph_add_1(graph, "tanh", "unused", a, NULL);
  g_assert_cmpint(unused, >, 0);
  sg_graph_add_output(graph, sg_graph_add_1(graph, "tanh", "end", both, NULL));
  sg_graph_add_output(graph, gated);
  sg_graph_add_output(graph, a);
  net_check(&(NetCheck){ .graph = graph, .shapes = { SG_SHAPE(4, 6) } }, &random);
  sg_graph_free(graph);
}

static void
test_upsample(void)
{
  SgRandom random = test_random();
  for (int trial = 0; trial < 2 * N_TRIALS; trial++) {
    SgShape shape = draw_shape(&random, 3 + trial % 2, 6);
    SgAttributes attributes = { .factor = { draw(&random, 1, 4), draw(&random, 1, 3) },
                                .linear = trial % 4 < 2 };
    check_one(trial % 2 == 0 ? "upsample_1d" : "upsample_2d", &shape, 1, &attributes, &random);
  }
}

/* A norm over two or three values that lie close together takes all but a thousandth of a gradient away, and
 * what is left in floats is noise; so few values get an ε that is large beside their variance. */
static void
test_norms(void)
{
  SgRandom random = test_random();
  for (int trial = 0; trial < 2 * N_TRIALS; trial++) {
    bool of_few = trial % 4 < 2;
    SgShape shape = draw_shape(&random, 3 + trial % 2, 6);
    for (int i = 0; i < shape.n_dims; i++)
      shape.dims[i] += of_few ? 1 : 4;
    if (trial == 0)
      shape = SG_SHAPE(80, 2, 300);
    SgAttributes attributes = { .axis = draw(&random, 1, shape.n_dims - 1),
                                .epsilon = of_few ? 0.3 : 1e-3,
                                .momentum = 0.3,
                                .no_affine = trial % 3 == 2 };
    check_one("batch_norm", &shape, 1, &attributes, &random);
    attributes.n_axes = draw(&random, 1, 2);
    check_one("layer_norm", &shape, 1, &attributes, &random);
    shape.dims[1] = 6;
    attributes.groups = (gint64[]){ 1, 2, 3, 6 }[draw(&random, 0, 3)];
    check_one("group_norm", &shape, 1, &attributes, &random);
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/nn-ops/dense", test_dense);
  g_test_add_func("/nn-ops/shared-weights", test_shared_weights);
  g_test_add_func("/nn-ops/unary", test_unary);
  g_test_add_func("/nn-ops/binary", test_binary);
  g_test_add_func("/nn-ops/parameters", test_parameters);
  g_test_add_func("/nn-ops/reduce", test_reduce);
  g_test_add_func("/nn-ops/softmax", test_softmax);
  g_test_add_func("/nn-ops/dropout", test_dropout);
  g_test_add_func("/nn-ops/dropout-share", test_dropout_share);
  g_test_add_func("/nn-ops/mask", test_mask);
  g_test_add_func("/nn-ops/layout", test_layout);
  g_test_add_func("/nn-ops/transpose", test_transpose);
  g_test_add_func("/nn-ops/fan-out", test_fan_out);
  g_test_add_func("/nn-ops/upsample", test_upsample);
  g_test_add_func("/nn-ops/norms", test_norms);
  return g_test_run();
}
