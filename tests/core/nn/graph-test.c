#include "core/nn/graph-json.h"

#include <stdlib.h>
#include <string.h>

#include "core/nn/op.h"
#include "core/nn/plan.h"
#include "core/nn/zoo/zoo.h"
#include "tests/core/nn/net-check.h"

static char *
text_of(const SgGraph *graph)
{
  SgJson *json = sg_graph_to_json(graph);
  char *text = sg_json_dup_text(json, false);
  sg_json_free(json);
  g_assert_nonnull(text);
  return text;
}

/* Written, read and written again it is the same, and so are its weights. */
static void
check_round_trip(const SgGraph *graph, const SgShape *shapes)
{
  char *text = text_of(graph);
  SgGraph *again;
  SgError error;
  if (sg_graph_from_text(text, strlen(text), &again, &error) != SG_OK)
    g_error("%s", error.detail);
  char *text_again = text_of(again);
  g_assert_cmpstr(text, ==, text_again);
  SgTeam *team = sg_team_new(1);
  SgPlan *a, *b;
  test_assert_ok(sg_plan_new(graph, shapes, (SgPlanOptions){ 0 }, team, &a, NULL));
  test_assert_ok(sg_plan_new(again, shapes, (SgPlanOptions){ 0 }, team, &b, NULL));
  g_assert_true(sg_weight_table_equal(sg_plan_weight_table(a), sg_plan_weight_table(b)));
  sg_plan_free(a);
  sg_plan_free(b);
  sg_team_free(team);
  sg_graph_free(again);
  free(text);
  free(text_again);
}

static void
test_zoo_round_trip(void)
{
  SgGraph *graph;
  test_assert_ok(sg_zoo_umx((SgUmxSettings){ .n_bins = 33, .n_bins_in = 20, .hidden = 8 }, &graph, NULL));
  check_round_trip(graph, &SG_SHAPE(2, 5, 2, 33));
  sg_graph_free(graph);
  test_assert_ok(
      sg_zoo_cnn_unet((SgCnnUnetSettings){ .width = 2, .depth = 3, .n_sources = 2 }, &graph, NULL));
  check_round_trip(graph, &SG_SHAPE(2, 1, 16, 8));
  sg_graph_free(graph);
  test_assert_ok(
      sg_zoo_band_unet((SgBandUnetSettings){ .width = 4, .hidden = 6, .n_bands = 32 }, &graph, NULL));
  check_round_trip(graph, &SG_SHAPE(2, 2, 32, 5));
  const NetCheck check = { .graph = graph,
                           .shapes = { SG_SHAPE(2, 2, 32, 5) },
                           .low = 0.1,
                           .high = 2.0,
                           .forward_limit = 1e-5,
                           .gradient_limit = 2e-3,
                           .n_probes = 3 };
  SgRandom random = test_random();
  net_check(&check, &random);
  sg_graph_free(graph);
}

/* The published sizes: Open-Unmix's state dictionary has these tensors and 8.9 million weights. */
static void
test_umx_weights(void)
{
  static const struct {
    const char *name;
    SgShape shape;
  } expected[] = {
    { "input_mean", { 1, { 1487 } } },
    { "fc1.weight", { 2, { 512, 2974 } } },
    { "bn1.running_var", { 1, { 512 } } },
    { "lstm.weight_ih_l0", { 2, { 1024, 512 } } },
    { "lstm.weight_hh_l2_reverse", { 2, { 1024, 256 } } },
    { "lstm.bias_hh_l1", { 1, { 1024 } } },
    { "fc2.weight", { 2, { 512, 1024 } } },
    { "fc3.weight", { 2, { 4098, 512 } } },
    { "bn3.bias", { 1, { 4098 } } },
    { "output_scale", { 1, { 2049 } } },
  };
  SgGraph *graph;
  SgPlan *plan;
  SgTeam *team = sg_team_new(1);
  test_assert_ok(sg_zoo_umx((SgUmxSettings){ 0 }, &graph, NULL));
  test_assert_ok(sg_plan_new(graph, &SG_SHAPE(1, 4, 2, 2049), (SgPlanOptions){ 0 }, team, &plan, NULL));
  const SgWeightTable *table = sg_plan_weight_table(plan);
  for (gsize i = 0; i < G_N_ELEMENTS(expected); i++) {
    const SgWeight *row = sg_weight_table_find(table, expected[i].name);
    g_assert_nonnull(row);
    g_assert_true(sg_shape_equal(&row->shape, &expected[i].shape));
    g_assert_cmpuint(row->offset % SG_WEIGHT_GRAIN, ==, 0);
  }
  gsize n_weights = 0;
  for (gsize i = 0; i < table->n_rows; i++)
    n_weights += table->rows[i].is_state ? 0 : table->rows[i].count;
  g_assert_cmpuint(n_weights, ==, 8893348);
  sg_plan_free(plan);
  sg_team_free(team);
  sg_graph_free(graph);
}

/* Node by node: what is refused, and that the sentence names the node and the fault. */
static const struct {
  const char *nodes, *node, *fault;
} refused[] = {
  { "{\"name\":\"a\",\"op\":\"dense\",\"inputs\":[\"x\"]}", "a", "units" },
  { "{\"name\":\"a\",\"op\":\"dense\",\"inputs\":[\"x\"],\"units\":0}", "a", "units" },
  { "{\"name\":\"a\",\"op\":\"dense\",\"inputs\":[\"x\"],\"units\":2.5}", "a", "units" },
  { "{\"name\":\"a\",\"op\":\"dense\",\"inputs\":[\"x\"],\"units\":\"2\"}", "a", "units" },
  { "{\"name\":\"a\",\"op\":\"dense\",\"inputs\":[\"x\"],\"units\":2,\"colour\":1}", "a", "colour" },
  { "{\"name\":\"a\",\"op\":\"dense\",\"inputs\":[\"y\"],\"units\":2}", "a", "\"y\"" },
  { "{\"name\":\"a\",\"op\":\"dense\",\"inputs\":\"x\",\"units\":2}", "a", "list" },
  { "{\"name\":\"a\",\"op\":\"dense\",\"inputs\":[],\"units\":2}", "a", "inputs" },
  { "{\"name\":\"a\",\"op\":\"dense\",\"inputs\":[\"x\",\"x\"],\"units\":2}", "a", "inputs" },
  { "{\"name\":\"a\",\"op\":\"danse\",\"inputs\":[\"x\"]}", "a", "danse" },
  { "{\"name\":\"x\",\"op\":\"relu\",\"inputs\":[\"x\"]}", "x", "already" },
  { "{\"name\":\"a b\",\"op\":\"relu\",\"inputs\":[\"x\"]}", "a b", "name" },
  { "{\"op\":\"relu\",\"inputs\":[\"x\"]}", "node 1", "name" },
  { "{\"name\":\"a\",\"op\":\"leaky_relu\",\"inputs\":[\"x\"],\"slope\":0}", "a", "slope" },
  { "{\"name\":\"a\",\"op\":\"leaky_relu\",\"inputs\":[\"x\"],\"slope\":-1}", "a", "slope" },
  { "{\"name\":\"a\",\"op\":\"conv_2d\",\"inputs\":[\"x\"],\"units\":1,\"kernel\":[1,2,3]}", "a", "kernel" },
  { "{\"name\":\"a\",\"op\":\"conv_2d\",\"inputs\":[\"x\"],\"units\":1,\"kernel\":[1,0]}", "a", "kernel" },
  { "{\"name\":\"a\",\"op\":\"reshape\",\"inputs\":[\"x\"],\"shape\":[1,2,3,4,5,6,7]}", "a", "shape" },
  { "{\"name\":\"a\",\"op\":\"constant\",\"shape\":[2],\"values\":[1,\"2\"]}", "a", "values" },
  { "{\"name\":\"a\",\"op\":\"lstm\",\"inputs\":[\"x\"],\"units\":2,\"bidirectional\":1}", "a",
    "bidirectional" },
  { "7", "node 1", "name" },
};

static void
test_refused(void)
{
  for (gsize i = 0; i < G_N_ELEMENTS(refused); i++) {
    g_autofree char *text = g_strdup_printf(
        "{\"nodes\":[{\"name\":\"x\",\"op\":\"input\",\"shape\":[-1,4]},%s],\"outputs\":[\"x\"]}",
        refused[i].nodes);
    SgGraph *graph;
    SgError error;
    if (sg_graph_from_text(text, strlen(text), &graph, &error) != SG_BAD_GRAPH)
      g_error("not refused: %s", text);
    g_assert_null(graph);
    if (!g_str_has_prefix(error.detail, refused[i].node) || strstr(error.detail, refused[i].fault) == NULL)
      g_error("%s: “%s” does not name %s and %s", text, error.detail, refused[i].node, refused[i].fault);
  }
}

static void
test_refused_documents(void)
{
  static const char *const texts[] = {
    "[]", "{}", "{\"nodes\":[],\"outputs\":[]}",
    "{\"nodes\":[{\"name\":\"x\",\"op\":\"input\",\"shape\":[1]}],\"outputs\":[\"y\"]}",
    "{\"nodes\":[{\"name\":\"x\",\"op\":\"input\",\"shape\":[1]}],"
    "\"outputs\":[\"x\",\"x\"]}"
  };
  for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
    SgGraph *graph;
    test_assert_status(sg_graph_from_text(texts[i], strlen(texts[i]), &graph, NULL), SG_BAD_GRAPH);
  }
}

/* Shapes that do not fit, by the plan. */
static const struct {
  const char *op;
  SgShape shapes[2];
  gsize n_inputs;
  SgAttributes attributes;
  const char *fault;
} misfits[] = {
  { "add", { { 2, { 2, 3 } }, { 2, { 2, 4 } } }, 2, { 0 }, "2×4" },
  { "conv_2d", { { 3, { 1, 2, 3 } } }, 1, { .units = 1, .kernel = { 3, 3 } }, "1×2×3" },
  { "conv_2d", { { 4, { 1, 2, 3, 2 } } }, 1, { .units = 1, .kernel = { 3, 3 } }, "too small" },
  { "conv_2d", { { 4, { 1, 3, 3, 3 } } }, 1, { .units = 2, .kernel = { 3, 3 }, .groups = 2 }, "groups" },
  { "lstm", { { 2, { 4, 4 } } }, 1, { .units = 2 }, "4×4" },
  { "concat", { { 2, { 2, 3 } }, { 2, { 3, 3 } } }, 2, { .axis = 1 }, "3×3" },
  { "slice", { { 2, { 2, 3 } } }, 1, { .axis = 1, .start = 2, .end = 2 }, "2 to 2 of 3" },
  { "slice", { { 2, { 2, 3 } } }, 1, { .axis = 2 }, "axis" },
  { "reshape", { { 2, { 2, 3 } } }, 1, { .shape = { 2, { 4, -1 } } }, "2×3" },
  { "transpose", { { 2, { 2, 3 } } }, 1, { .order = { 2, { 0, 0 } } }, "order" },
  { "group_norm", { { 3, { 2, 3, 4 } } }, 1, { .groups = 2 }, "groups" },
  { "mask", { { 3, { 2, 2, 5 } }, { 2, { 2, 4 } } }, 2, { .axis = 1 }, "2×5" },
  { "clamp", { { 1, { 4 } } }, 1, { .minimum = 1.0, .maximum = -1.0 }, "maximum" },
};

static void
test_misfits(void)
{
  SgTeam *team = sg_team_new(1);
  for (gsize i = 0; i < G_N_ELEMENTS(misfits); i++) {
    SgGraph *graph =
        net_of_one(misfits[i].op, misfits[i].shapes, misfits[i].n_inputs, &misfits[i].attributes);
    SgPlan *plan;
    SgError error;
    test_assert_status(sg_plan_new(graph, misfits[i].shapes, (SgPlanOptions){ 0 }, team, &plan, &error),
                       SG_BAD_GRAPH);
    g_assert_null(plan);
    g_autofree char *start = g_strdup_printf("node (%s): ", misfits[i].op);
    if (!g_str_has_prefix(error.detail, start) || strstr(error.detail, misfits[i].fault) == NULL)
      g_error("%s: “%s” does not say “%s”", misfits[i].op, error.detail, misfits[i].fault);
    sg_graph_free(graph);
  }
  sg_team_free(team);
}

static void
test_input_shapes(void)
{
  SgGraph *graph = sg_graph_new();
  sg_graph_add_output(graph, sg_graph_add_input(graph, "x", SG_SHAPE(-1, 4)));
  SgTeam *team = sg_team_new(1);
  SgPlan *plan;
  SgError error;
  test_assert_status(sg_plan_new(graph, &SG_SHAPE(3, 5), (SgPlanOptions){ 0 }, team, &plan, &error),
                     SG_BAD_GRAPH);
  g_assert_cmpstr(error.detail, ==, "x (input): expects ?×4, got 3×5");
  test_assert_status(sg_plan_new(graph, &SG_SHAPE(0, 4), (SgPlanOptions){ 0 }, team, &plan, &error),
                     SG_BAD_GRAPH);
  test_assert_status(sg_plan_new(graph, &SG_SHAPE(INT32_MAX, 4), (SgPlanOptions){ 0 }, team, &plan, &error),
                     SG_NO_MEMORY);
  sg_team_free(team);
  sg_graph_free(graph);
}

/* A builder that fails says what went wrong first, and the rest runs through. */
static void
test_builder_errors(void)
{
  SgGraph *graph = sg_graph_new();
  SgError error;
  int x = sg_graph_add_input(graph, "x", SG_SHAPE(-1, 4));
  int bad = sg_graph_add_1(graph, "dense", "first", x, &(SgAttributes){ .units = -3 });
  g_assert_cmpint(bad, ==, -1);
  int after = sg_graph_add_1(graph, "nothing", "second", bad, NULL);
  g_assert_cmpint(after, ==, -1);
  sg_graph_add_output(graph, after);
  test_assert_status(sg_graph_check(graph, &error), SG_BAD_GRAPH);
  g_assert_true(g_str_has_prefix(error.detail, "first: "));
  sg_graph_free(graph);
  graph = sg_graph_new();
  test_assert_status(sg_graph_check(graph, &error), SG_BAD_GRAPH);
  sg_graph_free(graph);
  test_assert_status(sg_graph_check(NULL, &error), SG_NO_MEMORY);
}

/* Every operation is documented. */
static void
test_operations_are_written_down(void)
{
  g_autofree char *path = g_test_build_filename(G_TEST_DIST, "..", "core", "nn", "OPERATIONS.md", NULL);
  g_autoptr(GBytes) bytes = test_file_read(path);
  g_autofree char *text = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
  for (gsize i = 0; sg_ops[i] != NULL; i++) {
    g_autofree char *id = g_strdup_printf("`%s`", sg_ops[i]->id);
    if (strstr(text, id) == NULL)
      g_error("OPERATIONS.md lacks %s", id);
    for (gsize k = 0; k < sg_ops[i]->n_attributes; k++) {
      g_autofree char *key = g_strdup_printf("`%s`", sg_ops[i]->attributes[k].key);
      if (strstr(text, key) == NULL)
        g_error("OPERATIONS.md lacks %s of %s", key, id);
    }
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/graph/zoo-round-trip", test_zoo_round_trip);
  g_test_add_func("/graph/umx-weights", test_umx_weights);
  g_test_add_func("/graph/refused", test_refused);
  g_test_add_func("/graph/refused-documents", test_refused_documents);
  g_test_add_func("/graph/misfits", test_misfits);
  g_test_add_func("/graph/input-shapes", test_input_shapes);
  g_test_add_func("/graph/builder-errors", test_builder_errors);
  g_test_add_func("/graph/operations-are-written-down", test_operations_are_written_down);
  return g_test_run();
}
