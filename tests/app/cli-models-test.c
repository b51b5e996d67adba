/* Models found by their names: listed, used, refused. */
#include <glib/gstdio.h>
#include <string.h>

#include "core/nn/model-file.h"
#include "tests/support-cli.h"
#include "tests/support.h"

enum { RATE = 22050, FFT = 1024, BINS = FFT / 2 + 1 };

/* The model folders of the program and of the user, in a folder of the test's. */
typedef struct {
  TestFolder *folder;
  char *ours, *users, *song, *out;
} Fixture;

static void
set_up(Fixture *fixture, gconstpointer data)
{
  fixture->folder = test_folder_new();
  fixture->ours = g_build_filename(fixture->folder, "data", "models", NULL);
  fixture->users = g_build_filename(fixture->folder, "share", "stemglass", "models", NULL);
  fixture->song = g_build_filename(fixture->folder, "song.wav", NULL);
  fixture->out = g_build_filename(fixture->folder, "out", NULL);
  g_autofree char *data_folder = g_path_get_dirname(fixture->ours);
  g_autofree char *share = g_build_filename(fixture->folder, "share", NULL);
  g_assert_cmpint(g_mkdir_with_parents(fixture->ours, 0700), ==, 0);
  g_assert_cmpint(g_mkdir_with_parents(fixture->users, 0700), ==, 0);
  g_setenv("STEMGLASS_DATA_DIR", data_folder, TRUE);
  g_setenv("XDG_DATA_HOME", share, TRUE);
  g_autofree float *band = test_band_new(RATE, 2, RATE, 1);
  test_sound_write(fixture->song, "wav16", RATE, 2, band, RATE);
}

static void
tear_down(Fixture *fixture, gconstpointer data)
{
  g_free(fixture->ours);
  g_free(fixture->users);
  g_free(fixture->song);
  g_free(fixture->out);
  test_folder_remove(fixture->folder);
}

/* A network with one source that takes half of everything: estimate = ½ mixture, its ½ a weight, which the
 * file has under the name `weight`. */
static char *
write_model_with(const char *folder, const char *file, const SgJson *record, const char *weight)
{
  char *path = g_build_filename(folder, file, NULL);
  SgGraph *graph = sg_graph_new();
  int mixture = sg_graph_add_input(graph, "mixture", SG_SHAPE(-1, 2, BINS, -1));
  int share = sg_graph_add_parameter(graph, "share", SG_SHAPE(1), 0.5);
  sg_graph_add_output(graph, sg_graph_add_2(graph, "mul", "estimate", mixture, share, NULL));
  test_assert_ok(sg_graph_check(graph, NULL));
  const SgModelFacts facts = { .rate_hz = RATE,
                               .n_channels = 2,
                               .fft_size = FFT,
                               .hop = FFT / 4,
                               .input = "magnitude",
                               .output = "magnitude",
                               .normalisation = "none",
                               .n_sources = 1,
                               .sources = { "drums" } };
  SgWeightTable table = { 0 };
  SgWeight row = { .shape = SG_SHAPE(1), .count = 1, .initial = 0.5 };
  g_strlcpy(row.name, weight, sizeof row.name);
  size_t index;
  test_assert_ok(sg_weight_table_add(&table, &row, &index, NULL));
  const float weights[SG_WEIGHT_GRAIN] = { 0.5f };
  test_assert_ok(
      sg_model_write(path, graph, &facts, record, &table, weights, NULL, SG_DTYPE_F32, true, NULL));
  sg_weight_table_clear(&table);
  sg_graph_free(graph);
  return path;
}

static char *
write_model(const char *folder, const char *file, const SgJson *record)
{
  return write_model_with(folder, file, record, "share");
}

static SgJson *
record_new(void)
{
  SgJson *record = sg_json_object_new(), *scores = sg_json_object_new();
  sg_json_set_text(record, "net", "half");
  sg_json_set_text(record, "licence", "CC0-1.0");
  sg_json_set_number(scores, "drums", 6.125);
  sg_json_set(record, "scores", scores);
  return record;
}

/* The object of the list called `name`, or NULL. */
static const SgJsonValue *
find(const SgJson *document, const char *list, const char *name)
{
  const SgJsonValue *models = sg_json_get(sg_json_root(document), list);
  for (gsize i = 0; i < sg_json_size(models); i++)
    if (g_strcmp0(sg_json_text(sg_json_get(sg_json_at(models, i), "name")), name) == 0)
      return sg_json_at(models, i);
  return NULL;
}

static SgJson *
list_json(const Fixture *fixture, const char *command)
{
  SgJson *document = NULL;
  g_auto(CliRun) run = test_cli_run(fixture->folder, command, "--json", NULL);
  g_assert_cmpint(run.code, ==, 0);
  g_assert_cmpstr(run.err, ==, "");
  test_assert_ok(sg_json_parse(run.out, strlen(run.out), &document, NULL));
  return document;
}

/* What the file and its record say; a damaged file and one that is no model stay in the list. */
static void
test_lists(Fixture *fixture, gconstpointer data)
{
  SgJson *record = record_new();
  g_autofree char *whole = write_model(fixture->ours, "half.safetensors", record);
  g_autofree char *cut = write_model(fixture->users, "cut.safetensors", NULL);
  g_autofree char *text = g_build_filename(fixture->users, "text.safetensors", NULL);
  g_autofree char *other = g_build_filename(fixture->users, "half.safetensors.checkpoint", NULL);
  sg_json_free(record);
  g_autoptr(GBytes) bytes = test_file_read(cut);
  test_file_cut(cut, (gint64)g_bytes_get_size(bytes) - 3);
  test_file_write(text, "no model at all", 15);
  test_file_write(other, "x", 1);
  g_autofree char *lacks = write_model_with(fixture->ours, "lacks.safetensors", NULL, "chair");
  SgJson *document = list_json(fixture, "models");
  g_assert_cmpuint(sg_json_size(sg_json_get(sg_json_root(document), "models")), ==, 4);
  const SgJsonValue *half = find(document, "models", "half"), *sources = sg_json_get(half, "sources");
  bool usable = false;
  int64_t rate = 0;
  g_assert_true(sg_json_read_bool(sg_json_get(half, "usable"), &usable) && usable);
  g_assert_true(sg_json_read_integer(sg_json_get(half, "rate"), 0, RATE, &rate) && rate == RATE);
  g_assert_cmpstr(sg_json_text(sg_json_get(half, "file")), ==, whole);
  g_assert_cmpstr(sg_json_text(sg_json_get(half, "net")), ==, "half");
  g_assert_cmpstr(sg_json_text(sg_json_get(half, "licence")), ==, "CC0-1.0");
  g_assert_cmpstr(sg_json_text(sg_json_get(half, "scores")), ==, "drums 6.12 dB");
  g_assert_cmpuint(sg_json_size(sources), ==, 2);
  g_assert_cmpstr(sg_json_text(sg_json_at(sources, 0)), ==, "drums");
  g_assert_cmpstr(sg_json_text(sg_json_at(sources, 1)), ==, "rest");
  for (guint i = 0; i < 3; i++) {
    const SgJsonValue *bad = find(document, "models", i == 0 ? "cut" : i == 1 ? "text" : "lacks");
    const char *fault = sg_json_text(sg_json_get(bad, "fault"));
    g_assert_true(sg_json_read_bool(sg_json_get(bad, "usable"), &usable) && !usable);
    g_assert_nonnull(fault);
    g_assert_nonnull(strstr(fault, i == 0 ? cut : i == 1 ? text : lacks));
    g_assert_nonnull(strstr(fault, "not a model file"));
  }
  sg_json_free(document);
  /* Only what can be used is a method. */
  document = list_json(fixture, "methods");
  g_assert_cmpstr(sg_json_text(sg_json_get(find(document, "methods", "half"), "model")), ==, whole);
  g_assert_null(find(document, "methods", "cut"));
  g_assert_nonnull(find(document, "methods", "hpss"));
  sg_json_free(document);
  g_auto(CliRun) run = test_cli_run(fixture->folder, "models", NULL);
  g_assert_nonnull(strstr(run.out, "half: half\n"));
  g_assert_nonnull(strstr(run.out, "licence: CC0-1.0"));
  g_assert_nonnull(strstr(run.out, "cannot be used:"));
}

static void
assert_separates(const Fixture *fixture, const char *method)
{
  g_autofree char *stem = g_build_filename(fixture->out, "song", "drums.wav", NULL);
  g_auto(CliRun) run = test_cli_run(fixture->folder, "separate", "-m", method, "--overwrite", "-o",
                                    fixture->out, fixture->song, NULL);
  g_assert_cmpstr(run.err, ==, "");
  g_assert_cmpint(run.code, ==, 0);
  g_assert_cmpint(g_remove(stem), ==, 0);
}

static void
test_used(Fixture *fixture, gconstpointer data)
{
  g_autofree char *ours = write_model(fixture->ours, "half.safetensors", NULL);
  g_autofree char *users = write_model(fixture->users, "Half 2.safetensors", NULL);
  g_autofree char *hpss = write_model(fixture->users, "hpss.safetensors", NULL);
  g_autofree char *by_path = g_strconcat("model:", ours, NULL);
  assert_separates(fixture, "half");
  assert_separates(fixture, "model:half");
  assert_separates(fixture, "Half 2");
  assert_separates(fixture, by_path);
  /* The method goes before the model of its name, which is still there. */
  SgJson *document = list_json(fixture, "methods");
  g_assert_null(sg_json_get(find(document, "methods", "hpss"), "model"));
  g_assert_cmpstr(sg_json_text(sg_json_get(find(document, "methods", "model:hpss"), "model")), ==, hpss);
  sg_json_free(document);
  assert_separates(fixture, "model:hpss");
}

static void
assert_refused(const Fixture *fixture, const char *method, int code, const char *word)
{
  g_auto(CliRun) run =
      test_cli_run(fixture->folder, "separate", "-m", method, "-o", fixture->out, fixture->song, NULL);
  if (strstr(run.err, word) == NULL)
    g_error("“%s” does not say “%s”", run.err, word);
  g_assert_cmpint(run.code, ==, code);
  g_assert_false(g_file_test(fixture->out, G_FILE_TEST_EXISTS));
}

static void
test_refused(Fixture *fixture, gconstpointer data)
{
  g_autofree char *ours = write_model(fixture->ours, "twice.safetensors", NULL);
  g_autofree char *users = write_model(fixture->users, "twice.safetensors", NULL);
  g_autofree char *text = g_build_filename(fixture->users, "text.safetensors", NULL);
  test_file_write(text, "no model at all", 15);
  assert_refused(fixture, "nobody", 2, "no method “nobody”");
  assert_refused(fixture, "model:nobody", 2, "no model “nobody”");
  assert_refused(fixture, "model:", 2, "expected model:NAME");
  assert_refused(fixture, "model", 2, "expected model:NAME");
  assert_refused(fixture, "model:nobody.safetensors", 2, "no such file");
  assert_refused(fixture, "model:..", 2, "no model");
  assert_refused(fixture, "twice", 2, ours);
  assert_refused(fixture, "model:twice", 2, users);
  assert_refused(fixture, "text", 2, "not a model file");
  SgJson *document = list_json(fixture, "models");
  const char *fault = sg_json_text(sg_json_get(find(document, "models", "twice"), "fault"));
  g_assert_nonnull(strstr(fault, "two models"));
  sg_json_free(document);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add("/cli-models/lists", Fixture, NULL, set_up, test_lists, tear_down);
  g_test_add("/cli-models/used", Fixture, NULL, set_up, test_used, tear_down);
  g_test_add("/cli-models/refused", Fixture, NULL, set_up, test_refused, tear_down);
  return g_test_run();
}
