/* Every recipe in data/training can be read, its network be built and given a front end. */
#include <string.h>

#include "core/base/json.h"
#include "core/nn/front-end.h"
#include "core/train/train-config.h"
#include "core/train/train-net.h"
#include "tests/support.h"

static SgModelFacts
facts_of(const SgTrainConfig *config)
{
  SgModelFacts facts = { .n_channels = (uint32_t)config->n_channels, .n_sources = config->n_targets };
  bool waves = sg_train_net_is_wave(config->net);
  facts.fft_size = waves ? 0 : (uint32_t)config->fft_size;
  facts.bands = config->bands;
  strcpy(facts.input, waves ? "waveform" : "magnitude");
  strcpy(facts.output, waves ? "waveform" : config->output);
  strcpy(facts.normalisation, waves ? "none" : config->normalisation);
  strcpy(facts.channel_form, config->channel_form);
  return facts;
}

static void
check_recipe(const char *path)
{
  g_autofree char *text = NULL;
  gsize n;
  SgJson *json = NULL;
  SgTrainConfig *config = NULL;
  SgGraph *graph = NULL;
  SgFrontEnd front_end;
  SgError error = { 0 };
  g_test_message("%s", path);
  g_assert_true(g_file_get_contents(path, &text, &n, NULL));
  test_assert_ok(sg_json_parse(text, n, &json, NULL));
  /* What the paper says and what is our choice, for people. */
  const SgJsonValue *about = sg_json_get(sg_json_root(json), "about");
  g_assert_nonnull(sg_json_text(sg_json_get(about, "paper")));
  g_assert_cmpint(sg_json_kind(sg_json_get(about, "from_paper")), ==, SG_JSON_ARRAY);
  g_assert_cmpuint(sg_json_size(sg_json_get(about, "ours")), >, 0);
  SgJson *datasets = sg_json_array_new(), *dataset = sg_json_object_new();
  sg_json_set_text(dataset, "folder", "somewhere");
  sg_json_append(datasets, dataset);
  sg_json_set(json, "datasets", datasets);
  SgStatus status = sg_train_config_new(sg_json_root(json), &config, &error);
  g_assert_cmpstr(status == SG_OK ? "" : error.detail, ==, "");
  test_assert_ok(sg_train_config_graph(config, &graph, NULL));
  SgModelFacts facts = facts_of(config);
  status = sg_front_end_of(graph, &facts, &front_end, &error);
  g_assert_cmpstr(status == SG_OK ? "" : error.detail, ==, "");
  if (!sg_train_net_is_wave(config->net))
    g_assert_cmpuint((gsize)config->n_frames % front_end.frame_multiple, ==, 0);
  sg_graph_free(graph);
  sg_train_config_free(config);
  sg_json_free(json);
}

static void
test_recipes(void)
{
  g_autofree char *folder = g_build_filename(g_getenv("STEMGLASS_DATA_DIR"), "training", NULL);
  g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
  guint n = 0;
  g_assert_nonnull(dir);
  for (const char *name = g_dir_read_name(dir); name != NULL; name = g_dir_read_name(dir)) {
    g_autofree char *path = g_build_filename(folder, name, NULL);
    if (!g_str_has_suffix(name, ".json"))
      continue;
    check_recipe(path);
    n++;
  }
  g_assert_cmpuint(n, >=, 12);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/recipes/all", test_recipes);
  return g_test_run();
}
