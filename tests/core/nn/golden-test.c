/* Layers and small networks that PyTorch ran, forward and backward: tests/bench/reference/nn-golden.py wrote
 * them. */
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/nn/graph-json.h"
#include "core/nn/safetensors.h"
#include "core/nn/zoo/zoo.h"
#include "tests/core/nn/net-check.h"

typedef struct {
  const char *name;
  SgSafetensors *file;
  SgGraph *graph;
  SgTeam *team;
  SgPlan *plan;
  const SgWeightTable *table;
  float *weights, *states, *gradients;
} Golden;

static const SgTensorView *
tensor(const Golden *golden, const char *prefix, const char *name)
{
  g_autofree char *full = g_strconcat(prefix, name, NULL);
  const SgTensorView *view = sg_safetensors_find(golden->file, full);
  if (view == NULL)
    g_error("%s has no %s", golden->name, full);
  return view;
}

static void
assert_near(const Golden *golden, const char *what, const float *got, const SgTensorView *expected)
{
  g_autofree double *wide = g_new(double, expected->count);
  for (gsize i = 0; i < expected->count; i++)
    wide[i] = (double)((const float *)expected->data)[i];
  double error = normalised_error(got, wide, expected->count);
  if (!(error < 1e-5))
    g_error("%s: %s is off by %g", golden->name, what, error);
}

static void
fill(const Golden *golden)
{
  for (gsize i = 0; i < golden->table->n_rows; i++) {
    const SgWeight *row = &golden->table->rows[i];
    const SgTensorView *view = tensor(golden, "", row->name);
    g_assert_true(sg_shape_equal(&view->shape, &row->shape));
    memcpy((row->is_state ? golden->states : golden->weights) + row->offset, view->data,
           row->count * sizeof(float));
  }
  sg_plan_set_weights(golden->plan, golden->weights, golden->states, golden->gradients);
  for (gsize i = 0; i < sg_graph_n_inputs(golden->graph); i++) {
    const char *name = sg_graph_node(golden->graph, sg_graph_input_node(golden->graph, i))->name;
    const SgTensorView *view = tensor(golden, "in.", name);
    memcpy(sg_plan_input(golden->plan, i), view->data, view->count * sizeof(float));
  }
}

static void
run(const Golden *golden)
{
  const SgTensorView *given = tensor(golden, "gradient.", "out");
  sg_plan_set_training(golden->plan, g_str_equal(sg_safetensors_metadata(golden->file, "training"), "yes"));
  test_assert_ok(sg_plan_forward(golden->plan, NULL));
  assert_near(golden, "out", sg_plan_output(golden->plan, 0), tensor(golden, "", "out"));
  memcpy(sg_plan_output_gradient(golden->plan, 0), given->data, given->count * sizeof(float));
  test_assert_ok(sg_plan_backward(golden->plan, NULL));
  for (gsize i = 0; i < sg_graph_n_inputs(golden->graph); i++) {
    const char *name = sg_graph_node(golden->graph, sg_graph_input_node(golden->graph, i))->name;
    assert_near(golden, name, sg_plan_input_gradient(golden->plan, i), tensor(golden, "gradient.in.", name));
  }
  for (gsize i = 0; i < golden->table->n_rows; i++) {
    const SgWeight *row = &golden->table->rows[i];
    if (row->is_state)
      assert_near(golden, row->name, golden->states + row->offset, tensor(golden, "after.", row->name));
    else
      assert_near(golden, row->name, golden->gradients + row->offset, tensor(golden, "gradient.", row->name));
  }
}

/* The graph in the file, or the network of the zoo that it names with its sizes. */
static SgStatus
make_graph(Golden *golden, SgError *error)
{
  const char *text = sg_safetensors_metadata(golden->file, "graph"),
             *zoo = sg_safetensors_metadata(golden->file, "zoo"),
             *settings = sg_safetensors_metadata(golden->file, "settings");
  gint64 size[5] = { 0 };
  if (text != NULL)
    return sg_graph_from_text(text, strlen(text), &golden->graph, error);
  for (gsize i = 0; i < 5; i++)
    size[i] = g_ascii_strtoll(settings, (char **)&settings, 10);
  if (g_str_equal(zoo, "zoo-umx"))
    return sg_zoo_umx((SgUmxSettings){ .n_channels = size[0],
                                       .n_bins = size[1],
                                       .n_bins_in = size[2],
                                       .hidden = size[3],
                                       .layers = size[4] },
                      &golden->graph, error);
  g_assert_cmpstr(zoo, ==, "zoo-cnn-unet");
  return sg_zoo_cnn_unet(
      (SgCnnUnetSettings){ .n_channels = size[0], .n_sources = size[1], .width = size[2], .depth = size[3] },
      &golden->graph, error);
}

static void
test_file(gconstpointer data)
{
  const char *path = data;
  g_autofree char *name = g_path_get_basename(path);
  Golden golden = { .name = name, .team = sg_team_new(2) };
  SgError error;
  test_assert_ok(sg_safetensors_open(path, &golden.file, NULL));
  if (make_graph(&golden, &error) != SG_OK)
    g_error("%s: %s", name, error.detail);
  SgShape shapes[4];
  for (gsize i = 0; i < sg_graph_n_inputs(golden.graph); i++)
    shapes[i] =
        tensor(&golden, "in.", sg_graph_node(golden.graph, sg_graph_input_node(golden.graph, i))->name)
            ->shape;
  SgPlanOptions options = { .training = true, .input_gradients = true };
  if (sg_plan_new(golden.graph, shapes, options, golden.team, &golden.plan, &error) != SG_OK)
    g_error("%s: %s", name, error.detail);
  golden.table = sg_plan_weight_table(golden.plan);
  golden.weights = SG_NEW(float, golden.table->n_weights);
  golden.gradients = SG_NEW(float, golden.table->n_weights);
  golden.states = SG_NEW(float, golden.table->n_states);
  fill(&golden);
  run(&golden);
  sg_free(golden.weights);
  sg_free(golden.gradients);
  sg_free(golden.states);
  sg_plan_free(golden.plan);
  sg_team_free(golden.team);
  sg_graph_free(golden.graph);
  sg_safetensors_free(golden.file);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_autofree char *folder = g_test_build_filename(G_TEST_DIST, "golden", "nn", NULL);
  g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
  g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
  const char *name;
  while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
    char *path = g_build_filename(folder, name, NULL);
    g_autofree char *test = g_strconcat("/golden/", name, NULL);
    g_ptr_array_add(paths, path);
    g_test_add_data_func(test, path, test_file);
  }
  g_assert_cmpuint(paths->len, >=, 20);
  return g_test_run();
}
