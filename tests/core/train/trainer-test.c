#include <glib/gstdio.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/train/train-run.h"
#include "tests/core/train/songs.h"
#include "tests/support.h"

enum { RATE = 8000, SECONDS = 4, N_SONGS = 3 };

typedef struct {
  TestFolder *songs, *place;
  char *model;
} Fixture;

/* Songs of a steady tone ("tone") and of noise bursts ("noise"), which a mask over frequency tells apart. */
static void
set_up(Fixture *fixture, gconstpointer data)
{
  fixture->songs = test_folder_new();
  fixture->place = test_folder_new();
  fixture->model = g_build_filename(fixture->place, "net.safetensors", NULL);
  float *tone = SG_NEW(float, RATE *SECONDS);
  for (guint song = 0; song < N_SONGS; song++) {
    g_autofree char *name = g_strdup_printf("song%u/tone.wav", song), *path = NULL;
    g_autofree char *noise = g_strdup_printf("song%u/noise.wav", song);
    songs_write(fixture->songs, noise, "wav16", RATE, 1, RATE * SECONDS, 10 + song);
    for (int i = 0; i < RATE * SECONDS; i++)
      tone[i] = (float)(0.3 * sin(2.0 * M_PI * (400.0 + 40.0 * song) * i / RATE));
    path = songs_path(fixture->songs, name);
    test_sound_write(path, "wav32f", RATE, 1, tone, RATE * SECONDS);
  }
  sg_free(tone);
}

static void
tear_down(Fixture *fixture, gconstpointer data)
{
  g_free(fixture->model);
  test_folder_remove(fixture->place);
  test_folder_remove(fixture->songs);
}

/* Small settings; `more` are further entries, each beginning with a comma. */
static SgTrainConfig *
config_new(const Fixture *fixture, const char *more)
{
  g_autofree char *text =
      g_strdup_printf("{\"datasets\": [{\"folder\": \"%s\"}], \"targets\": [\"tone\"], \"valid_songs\": "
                      "[\"song2\"], "
                      "\"width\": 4, \"depth\": 2, \"hidden\": 4, \"layers\": 1, \"rate_hz\": %d, "
                      "\"channels\": 1, \"fft_size\": 128, "
                      "\"frames\": 32, \"batch\": 4,"
                      "\"threads\": 2, \"warm_up\": 2, \"look_every\": 5 %s}",
                      fixture->songs, RATE, more);
  SgJson *json = NULL;
  SgTrainConfig *config = NULL;
  SgError error;
  g_assert_cmpint(sg_json_parse(text, strlen(text), &json, &error), ==, SG_OK);
  SgStatus status = sg_train_config_new(sg_json_root(json), &config, &error);
  g_assert_cmpstr(status == SG_OK ? "" : error.detail, ==, "");
  sg_json_free(json);
  return config;
}

/* Stops after so many steps of this part of a run; −1: never. */
static bool
stop_after(const SgTrainerReport *report, void *user)
{
  int *left = user;
  return *left < 0 || (*left)-- > 0;
}

static SgStatus
train(const Fixture *fixture, const char *more, bool resume, int stop, SgTrainerReport *report,
      SgError *error)
{
  SgTrainConfig *config = config_new(fixture, more);
  const SgTrainPlace place = { .output = fixture->model, .cache_folder = fixture->place, .resume = resume };
  SgStatus status = sg_train_run(config, &place, NULL, NULL, stop_after, &stop, report, error);
  sg_train_config_free(config);
  return status;
}

/* All weights and states of the model file, one after the other. */
static float *
weights_new(const char *path, gsize *out_n)
{
  SgSafetensors *file = NULL;
  gsize n = 0;
  g_assert_cmpint(sg_safetensors_open(path, &file, NULL), ==, SG_OK);
  for (gsize i = 0; i < sg_safetensors_n_tensors(file); i++)
    n += sg_safetensors_tensor(file, i)->count;
  float *weights = SG_NEW(float, n);
  *out_n = n;
  n = 0;
  for (gsize i = 0; i < sg_safetensors_n_tensors(file); i++) {
    g_assert_true(sg_tensor_read_floats(sg_safetensors_tensor(file, i), weights + n));
    n += sg_safetensors_tensor(file, i)->count;
  }
  sg_safetensors_free(file);
  return weights;
}

static void
assert_same_weights(const char *path, const float *expected, gsize n)
{
  gsize n_here = 0;
  float *here = weights_new(path, &n_here);
  g_assert_cmpmem(here, n_here * sizeof *here, expected, n * sizeof *expected);
  sg_free(here);
}

/* Each optimiser and loss brings the estimate nearer than the mixture is, on a song that was not trained on.
 */
static void
test_learns(Fixture *fixture, gconstpointer data)
{
  static const char *const variants[] = {
    ", \"steps\": 60, \"loss\": \"mae\", \"average\": 0.8, \"rate\": 0.01",
    ", \"steps\": 60, \"loss\": \"mse\", \"optimiser\": \"sgd\", \"momentum\": 0.9, \"rate\": 0.3",
    ", \"steps\": 60, \"loss\": \"si-sdr\", \"schedule\": \"plateau\", \"rate\": 0.01",
    ", \"steps\": 60, \"loss\": \"wave-l1\", \"optimiser\": \"adamw\", \"rate\": 0.01",
    ", \"steps\": 6, \"loss\": \"mae\", \"optimiser\": \"lbfgs\", \"history\": 5, \"batches\": 2, "
    "\"mix_probability\": 0",
    ", \"steps\": 60, \"loss\": \"complex-l1\", \"rate\": 0.01, \"output\": \"mask\", "
    "\"bands\": {\"single\": 9, \"width\": 7, \"count\": 17}, \"graph\": {\"nodes\": ["
    "{\"name\": \"x\", \"op\": \"input\", \"shape\": [-1, 1, 17, -1]}, "
    "{\"name\": \"a\", \"op\": \"scale\", \"inputs\": [\"x\"], \"addend\": 0.01}, "
    "{\"name\": \"b\", \"op\": \"log\", \"inputs\": [\"a\"]}, "
    "{\"name\": \"c\", \"op\": \"conv_2d\", \"inputs\": [\"b\"], \"units\": 8, \"kernel\": 3, \"padding\": "
    "1}, "
    "{\"name\": \"d\", \"op\": \"relu\", \"inputs\": [\"c\"]}, "
    "{\"name\": \"e\", \"op\": \"conv_2d\", \"inputs\": [\"d\"], \"units\": 1, \"kernel\": 3, \"padding\": "
    "1}, "
    "{\"name\": \"f\", \"op\": \"sigmoid\", \"inputs\": [\"e\"]}], \"outputs\": [\"f\"]}",
  };
  for (gsize i = 0; i < G_N_ELEMENTS(variants); i++) {
    SgTrainerReport report;
    SgError error = { 0 };
    SgStatus status = train(fixture, variants[i], false, -1, &report, &error);
    g_test_message("%s: loss %.4f, validation %.4f, SDR %.2f dB", variants[i], report.loss_train,
                   report.loss_valid, report.sdr_valid);
    g_assert_cmpstr(status == SG_OK ? "" : sg_status_id(status), ==, "");
    /* The mixture itself scores 10·log10(tone/noise) = 4.8 dB at most. */
    g_assert_cmpfloat(report.sdr_valid, >, 6.0);
  }
}

/* Cancelled twice and gone on with: the same weights, the same curve but for the seconds. */
static void
test_resume(Fixture *fixture, gconstpointer data)
{
  const char *settings = ", \"steps\": 17, \"average\": 0.9";
  SgTrainerReport report;
  g_autofree char *csv = g_strconcat(fixture->model, ".csv", NULL);
  g_autofree char *whole = NULL, *parts = NULL;
  gsize n = 0;
  g_assert_cmpint(train(fixture, settings, false, -1, &report, NULL), ==, SG_OK);
  g_assert_cmpint(report.step, ==, 17);
  float *expected = weights_new(fixture->model, &n);
  g_assert_true(g_file_get_contents(csv, &whole, NULL, NULL));
  g_remove(fixture->model);
  g_assert_cmpint(train(fixture, settings, false, 6, &report, NULL), ==, SG_CANCELLED);
  g_assert_cmpint(train(fixture, settings, true, 4, &report, NULL), ==, SG_CANCELLED);
  g_assert_cmpint(train(fixture, settings, true, -1, &report, NULL), ==, SG_OK);
  assert_same_weights(fixture->model, expected, n);
  g_assert_true(g_file_get_contents(csv, &parts, NULL, NULL));
  g_autoptr(GRegex) seconds = g_regex_new("^(\\d+),[^,]*", G_REGEX_MULTILINE, 0, NULL);
  g_autofree char *whole_steps = g_regex_replace(seconds, whole, -1, 0, "\\1", 0, NULL);
  g_autofree char *parts_steps = g_regex_replace(seconds, parts, -1, 0, "\\1", 0, NULL);
  g_assert_cmpstr(whole_steps, ==, parts_steps);
  /* Other settings are another run. */
  SgError error;
  g_assert_cmpint(train(fixture, ", \"steps\": 18, \"average\": 0.9", true, -1, &report, &error), ==,
                  SG_BAD_MODEL);
  sg_free(expected);
}

static void
test_explodes(Fixture *fixture, gconstpointer data)
{
  SgTrainerReport report;
  SgError error;
  SgStatus status = train(fixture,
                          ", \"net\": \"umx\", \"steps\": 200, \"optimiser\": \"sgd\", \"momentum\": 0.99, "
                          "\"rate\": 10, \"clip\": 0, "
                          "\"loss\": \"mse\", \"augment\": {\"gain_db\": [140, 150]}",
                          false, -1, &report, &error);
  g_assert_cmpint(status, ==, SG_NOT_FINITE);
  /* A layer of the net, by the name of one of its weights. */
  g_test_message("%s", error.detail);
  g_assert_cmpstr(error.detail, !=, "the loss");
}

/* From a model file a run begins with its weights: after one step of no size they are still those. */
static void
test_start(Fixture *fixture, gconstpointer data)
{
  SgTrainerReport report;
  gsize n = 0;
  g_assert_cmpint(train(fixture, ", \"steps\": 5", false, -1, &report, NULL), ==, SG_OK);
  float *expected = weights_new(fixture->model, &n);
  g_autofree char *first = g_strconcat(fixture->place, "/first.safetensors", NULL);
  g_assert_cmpint(g_rename(fixture->model, first), ==, 0);
  g_autofree char *settings =
      g_strdup_printf(", \"steps\": 1, \"seed\": 2, \"net\": \"umx\", \"start\": \"%s\"", first);
  SgError error;
  g_assert_cmpint(train(fixture, settings, false, -1, &report, &error), ==, SG_BAD_MODEL);
  g_autofree char *same =
      g_strdup_printf(", \"steps\": 1, \"seed\": 2, \"rate\": 1e-9, \"start\": \"%s\"", first);
  g_assert_cmpint(train(fixture, same, false, -1, &report, &error), ==, SG_OK);
  gsize n_here = 0;
  float *here = weights_new(fixture->model, &n_here);
  g_assert_cmpuint(n_here, ==, n);
  double distance = 0.0, power = 0.0;
  for (gsize i = 0; i < n; i++) {
    distance += pow(here[i] - expected[i], 2.0);
    power += pow(expected[i], 2.0);
  }
  /* Running statistics have moved, by their momentum at most. */
  g_assert_cmpfloat(sqrt(distance / power), <, 0.05);
  sg_free(here);
  sg_free(expected);
}

/* The file names its sources and its net, and what it was trained with. */
static void
test_model(Fixture *fixture, gconstpointer data)
{
  SgTrainerReport report;
  SgModel *model = NULL;
  g_assert_cmpint(train(fixture, ", \"steps\": 2", false, -1, &report, NULL), ==, SG_OK);
  g_assert_cmpint(sg_model_open(fixture->model, &model, NULL), ==, SG_OK);
  const SgModelFacts *facts = sg_model_facts(model);
  g_assert_cmpuint(facts->rate_hz, ==, RATE);
  g_assert_cmpuint(facts->n_sources, ==, 1);
  g_assert_cmpstr(facts->sources[0], ==, "tone");
  g_assert_cmpuint(facts->fft_size, ==, 128);
  int64_t step = 0;
  g_assert_true(sg_json_read_integer(sg_json_get(sg_model_record(model), "step"), 0, 100, &step));
  g_assert_cmpint(step, ==, 2);
  sg_model_free(model);
}

/* Each wrong entry is refused by its name. */
static void
test_settings(void)
{
  static const struct {
    const char *text, *named;
  } cases[] = {
    { "[]", "settings" },
    { "{}", "datasets" },
    { "{\"datasets\": [{\"folder\": \"x\"}]}", "targets" },
    { "{\"datasets\": [], \"targets\": [\"a\"]}", "datasets" },
    { "{\"datasets\": [{}], \"targets\": [\"a\"]}", "folder" },
    { "{\"bathc\": 4}", "bathc" },
    { "{\"batch\": 0}", "batch" },
    { "{\"batch\": \"many\"}", "batch" },
    { "{\"net\": \"rnn\"}", "net" },
    { "{\"loss\": \"l3\"}", "loss" },
    { "{\"output\": \"waveform\"}", "output" },
    { "{\"channel_form\": \"up-down\"}", "channel_form" },
    { "{\"bands\": {\"single\": 4}}", "bands" },
    { "{\"start\": 4}", "start" },
    { "{\"datasets\": [{\"folder\": \"x\", \"stem_weights\": [\"a\"]}]}", "stem_weights" },
    { "{\"optimiser\": \"newton\"}", "optimiser" },
    { "{\"schedule\": 3}", "schedule" },
    { "{\"augment\": {\"speed\": [1, 2]}}", "augment" },
    { "{\"augment\": {\"polarity\": 2}}", "augment" },
    { "{\"rate\": 1e999}", NULL },
    { "{\"one_way\": 1}", "one_way" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    SgJson *json = NULL;
    SgTrainConfig *config = NULL;
    SgError error = { 0 };
    SgStatus status = sg_json_parse(cases[i].text, strlen(cases[i].text), &json, &error);
    if (cases[i].named == NULL) {
      g_assert_cmpint(status, ==, SG_BAD_JSON);
      continue;
    }
    g_assert_cmpint(status, ==, SG_OK);
    g_assert_cmpint(sg_train_config_new(sg_json_root(json), &config, &error), ==, SG_BAD_ARGUMENT);
    g_assert_nonnull(strstr(error.detail, cases[i].named));
    sg_json_free(json);
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add("/trainer/learns", Fixture, NULL, set_up, test_learns, tear_down);
  g_test_add("/trainer/resume", Fixture, NULL, set_up, test_resume, tear_down);
  g_test_add("/trainer/start", Fixture, NULL, set_up, test_start, tear_down);
  g_test_add("/trainer/explodes", Fixture, NULL, set_up, test_explodes, tear_down);
  g_test_add("/trainer/model", Fixture, NULL, set_up, test_model, tear_down);
  g_test_add_func("/trainer/settings", test_settings);
  return g_test_run();
}
