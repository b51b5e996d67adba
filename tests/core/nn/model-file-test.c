#include "core/nn/model-file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/nn/zoo/zoo.h"
#include "tests/core/nn/net-check.h"

static const SgModelFacts facts = { .rate_hz = 44100,
                                    .n_channels = 2,
                                    .fft_size = 4096,
                                    .hop = 1024,
                                    .input = "magnitude",
                                    .output = "magnitude",
                                    .normalisation = "none",
                                    .channel_form = "mid-side",
                                    .bands = { 3, 2, 13 },
                                    .n_sources = 2,
                                    .sources = { "drums", "rest" } };

static const SgShape shape = { 4, { 2, 5, 2, 19 } };

typedef struct {
  SgGraph *graph;
  SgTeam *team;
  SgPlan *plan;
  float *weights, *states;
  TestFolder *folder;
  char *path;
} Fixture;

static Fixture
fixture_new(void)
{
  Fixture f = { .team = sg_team_new(1), .folder = test_folder_new() };
  SgUmxSettings settings = { .n_bins = 19, .n_bins_in = 13, .hidden = 12, .layers = 2 };
  test_assert_ok(sg_zoo_umx(settings, &f.graph, NULL));
  test_assert_ok(sg_plan_new(f.graph, &shape, (SgPlanOptions){ 0 }, f.team, &f.plan, NULL));
  const SgWeightTable *table = sg_plan_weight_table(f.plan);
  f.weights = SG_NEW(float, table->n_weights);
  f.states = SG_NEW(float, table->n_states);
  sg_weight_table_draw(table, 5, f.weights, f.states);
  f.path = g_build_filename(f.folder, "model.safetensors", NULL);
  return f;
}

static void
fixture_free(Fixture *f)
{
  sg_plan_free(f->plan);
  sg_team_free(f->team);
  sg_graph_free(f->graph);
  sg_free(f->weights);
  sg_free(f->states);
  test_folder_remove(f->folder);
  g_free(f->path);
}

static void
write_model(const Fixture *f, SgDtype dtype)
{
  SgJson *record = sg_json_object_new();
  sg_json_set_text(record, "loss", "L1");
  sg_json_set_integer(record, "steps", 1234);
  test_assert_ok(sg_model_write(f->path, f->graph, &facts, record, sg_plan_weight_table(f->plan), f->weights,
                                f->states, dtype, true, NULL));
  sg_json_free(record);
}

/* The result for one fixed input. */
static float *
result(SgPlan *plan)
{
  for (int64_t i = 0; i < sg_shape_count(&shape); i++)
    sg_plan_input(plan, 0)[i] = (float)(i * 37 % 101) / 101.0f;
  test_assert_ok(sg_plan_forward(plan, NULL));
  return g_memdup2(sg_plan_output(plan, 0), (gsize)sg_shape_count(&shape) * sizeof(float));
}

/* What is read computes what was written: exactly as 32-bit floats, nearly as 16-bit ones. */
static void
test_round_trip(void)
{
  Fixture f = fixture_new();
  gsize n = (gsize)sg_shape_count(&shape);
  sg_plan_set_weights(f.plan, f.weights, f.states, NULL);
  g_autofree float *expected = result(f.plan);
  g_autofree double *wide = g_new(double, n);
  for (gsize i = 0; i < n; i++)
    wide[i] = (double)expected[i];
  for (SgDtype dtype = SG_DTYPE_F32; dtype <= SG_DTYPE_BF16; dtype++) {
    write_model(&f, dtype);
    SgModel *model;
    test_assert_ok(sg_model_open(f.path, &model, NULL));
    const SgModelFacts *read = sg_model_facts(model);
    g_assert_cmpmem(read, sizeof *read, &facts, sizeof facts);
    int64_t steps;
    g_assert_true(sg_json_read_integer(sg_json_get(sg_model_record(model), "steps"), 0, 9999, &steps));
    g_assert_cmpint(steps, ==, 1234);
    SgPlan *plan;
    test_assert_ok(sg_plan_new(sg_model_graph(model), &shape, (SgPlanOptions){ 0 }, f.team, &plan, NULL));
    test_assert_ok(sg_model_bind(model, plan, NULL));
    g_autofree float *got = result(plan);
    double error = normalised_error(got, wide, n);
    g_assert_cmpfloat(error, <=, dtype == SG_DTYPE_F32 ? 0.0 : dtype == SG_DTYPE_F16 ? 2e-3 : 2e-2);
    sg_plan_free(plan);
    sg_model_free(model);
  }
  fixture_free(&f);
}

static void
test_read_weights(void)
{
  Fixture f = fixture_new();
  write_model(&f, SG_DTYPE_F32);
  SgModel *model;
  test_assert_ok(sg_model_open(f.path, &model, NULL));
  const SgWeightTable *table = sg_plan_weight_table(f.plan);
  float *weights = SG_NEW(float, table->n_weights), *states = SG_NEW(float, table->n_states);
  test_assert_ok(sg_model_read_weights(model, table, weights, states, NULL));
  g_assert_cmpmem(weights, table->n_weights * sizeof(float), f.weights, table->n_weights * sizeof(float));
  g_assert_cmpmem(states, table->n_states * sizeof(float), f.states, table->n_states * sizeof(float));
  sg_free(weights);
  sg_free(states);
  sg_model_free(model);
  fixture_free(&f);
}

/* Another net's weights: named by tensor, with both shapes and the place. */
static void
test_other_shapes(void)
{
  Fixture f = fixture_new();
  write_model(&f, SG_DTYPE_F32);
  SgModel *model;
  test_assert_ok(sg_model_open(f.path, &model, NULL));
  SgGraph *other;
  SgPlan *plan;
  SgError error;
  test_assert_ok(
      sg_zoo_umx((SgUmxSettings){ .n_bins = 19, .n_bins_in = 13, .hidden = 14, .layers = 2 }, &other, NULL));
  test_assert_ok(sg_plan_new(other, &shape, (SgPlanOptions){ 0 }, f.team, &plan, NULL));
  test_assert_status(sg_model_bind(model, plan, &error), SG_BAD_MODEL);
  g_assert_cmpstr(error.detail, ==, "fc1.weight: is 12×26 where the network needs 14×26");
  g_assert_cmpint(error.position, >, 0);
  sg_plan_free(plan);
  sg_graph_free(other);
  test_assert_ok(
      sg_zoo_umx((SgUmxSettings){ .n_bins = 19, .n_bins_in = 13, .hidden = 12, .layers = 3 }, &other, NULL));
  test_assert_ok(sg_plan_new(other, &shape, (SgPlanOptions){ 0 }, f.team, &plan, NULL));
  test_assert_status(sg_model_bind(model, plan, &error), SG_BAD_MODEL);
  g_assert_cmpstr(error.detail, ==, "lstm.weight_ih_l2: is missing");
  sg_plan_free(plan);
  sg_graph_free(other);
  sg_model_free(model);
  fixture_free(&f);
}

static const struct {
  const char *key, *text, *detail;
} broken[] = {
  { "stemglass.model", NULL, "stemglass.model: is missing" },
  { "stemglass.model", "2", "stemglass.model: is of a version" },
  { "stemglass.graph", NULL, "stemglass.graph: is missing" },
  { "stemglass.graph", "{", "stemglass.graph: line 1" },
  { "stemglass.graph", "7", "stemglass.graph: is no object" },
  { "stemglass.facts", "{}", "rate_hz" },
  { "stemglass.facts", "{\"rate_hz\":44100,\"channels\":9}", "channels" },
  { "stemglass.facts", "{\"rate_hz\":44100,\"channels\":2,\"fft_size\":1024,\"hop\":0}", "hop" },
  { "stemglass.facts", "{\"rate_hz\":44100,\"channels\":2,\"fft_size\":0,\"hop\":0}", "normalisation" },
  { "stemglass.facts",
    "{\"rate_hz\":44100,\"channels\":2,\"fft_size\":0,\"hop\":0,\"input\":\"a\",\"output\":\"b\","
    "\"normalisation\":\"c\","
    "\"sources\":[]}",
    "sources" },
  { "stemglass.record", "[]", "stemglass.record: is no object" },
};

static void
test_broken(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *path = g_build_filename(folder, "m", NULL);
  const SgTensorToWrite tensor = { "a", SG_DTYPE_F32, { 0 }, (float[]){ 1.0f } };
  for (gsize i = 0; i < G_N_ELEMENTS(broken); i++) {
    static const char *const whole[][2] = {
      { "stemglass.model", "1" },
      { "stemglass.graph",
        "{\"nodes\":[{\"name\":\"x\",\"op\":\"input\",\"shape\":[1]}],\"outputs\":[\"x\"]}" },
      { "stemglass.facts",
        "{\"rate_hz\":44100,\"channels\":2,\"fft_size\":0,\"hop\":0,\"input\":\"a\",\"output\":\"b\","
        "\"normalisation\":\"c\",\"sources\":[\"s\"]}" },
      { "stemglass.record", "{}" },
    };
    SgJson *metadata = sg_json_object_new();
    for (gsize k = 0; k < G_N_ELEMENTS(whole); k++) {
      const char *text = strcmp(whole[k][0], broken[i].key) == 0 ? broken[i].text : whole[k][1];
      if (text != NULL)
        sg_json_set_text(metadata, whole[k][0], text);
    }
    test_assert_ok(sg_safetensors_write(path, &tensor, 1, metadata, true, NULL));
    sg_json_free(metadata);
    SgModel *model;
    SgError error;
    test_assert_status(sg_model_open(path, &model, &error), SG_BAD_MODEL);
    g_assert_null(model);
    g_assert_cmpstr(error.path, ==, path);
    if (strstr(error.detail, broken[i].detail) == NULL)
      g_error("%s as %s: “%s”", broken[i].key, broken[i].text, error.detail);
  }
}

/* Changed bytes in a model in memory are refused or run; they never crash. */
static void
test_changed_bytes(void)
{
  SgRandom random = test_random();
  Fixture f = fixture_new();
  write_model(&f, SG_DTYPE_F16);
  g_autoptr(GBytes) bytes = test_file_read(f.path);
  gsize n;
  const guint8 *whole = g_bytes_get_data(bytes, &n);
  for (int trial = 0; trial < 400; trial++) {
    guint8 *changed = SG_NEW(guint8, n);
    memcpy(changed, whole, n);
    for (int i = 0; i < 3; i++)
      changed[8 + sg_random_below(&random, 4000)] = (guint8)(32 + sg_random_below(&random, 95));
    SgModel *model;
    SgPlan *plan;
    if (sg_model_parse(changed, n, &model, NULL) == SG_OK) {
      SgShape shapes[4] = { shape, shape, shape, shape };
      if (sg_graph_n_inputs(sg_model_graph(model)) <= 4 &&
          sg_plan_new(sg_model_graph(model), shapes, (SgPlanOptions){ 0 }, f.team, &plan, NULL) == SG_OK) {
        if (sg_model_bind(model, plan, NULL) == SG_OK)
          sg_plan_forward(plan, NULL);
        sg_plan_free(plan);
      }
      sg_model_free(model);
    }
    sg_free(changed);
  }
  fixture_free(&f);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/model-file/round-trip", test_round_trip);
  g_test_add_func("/model-file/read-weights", test_read_weights);
  g_test_add_func("/model-file/other-shapes", test_other_shapes);
  g_test_add_func("/model-file/broken", test_broken);
  g_test_add_func("/model-file/changed-bytes", test_changed_bytes);
  return g_test_run();
}
