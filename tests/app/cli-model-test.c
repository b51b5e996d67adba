/* stemglass-cli test: a small network is trained on a few clips of the layout of MIR-1K, and scored on the
 * others, mixed at equal energy. */
#include <math.h>
#include <string.h>

#include <glib/gstdio.h>

#include "core/base/json.h"
#include "tests/support-cli.h"
#include "tests/support.h"

enum { RATE = 8000, N = 2 * RATE };

typedef struct {
  TestFolder *folder;
  char *cache, *songs, *model;
} Fixture;

/* Left low noise at full level, right high noise, 20 dB softer. */
static void
write_clip(const Fixture *f, const char *name, guint64 seed)
{
  g_autofree char *path = g_build_filename(f->songs, "Wavfile", name, NULL);
  g_autofree float *samples = g_new(float, 2 * N);
  SgRandom random = sg_random_seeded(seed);
  double low = 0.0, slow = 0.0;
  for (int i = 0; i < N; i++) {
    low += 0.1 * (sg_random_unit(&random) - 0.5 - low);
    double white = sg_random_unit(&random) - 0.5;
    slow += 0.8 * (white - slow);
    samples[2 * i] = (float)(2.0 * low);
    samples[2 * i + 1] = (float)(0.2 * (white - slow));
  }
  test_sound_write(path, "wav16", RATE, 2, samples, N);
}

static void
set_up(Fixture *f, gconstpointer data)
{
  static const char *const names[] = { "one_1_01.wav", "one_1_02.wav", "two_1_01.wav", "two_1_02.wav",
                                       "two_1_03.wav" };
  f->folder = test_folder_new();
  f->cache = g_build_filename(f->folder, "cache", NULL);
  f->songs = g_build_filename(f->folder, "songs", NULL);
  f->model = g_build_filename(f->folder, "model.safetensors", NULL);
  g_autofree char *clips = g_build_filename(f->songs, "Wavfile", NULL);
  g_assert_cmpint(g_mkdir_with_parents(clips, 0777), ==, 0);
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
    write_clip(f, names[i], i + 1);
}

static void
tear_down(Fixture *f, gconstpointer data)
{
  g_free(f->cache);
  g_free(f->songs);
  g_free(f->model);
  test_folder_remove(f->folder);
}

static void
train(const Fixture *f, const char *net, const char *test_songs)
{
  g_autofree char *settings = g_build_filename(f->folder, "settings.json", NULL);
  g_autofree char *text =
      g_strdup_printf("{%s, \"targets\": [\"vocals\", \"rest\"], \"rate_hz\": 8000, \"channels\": 1, "
                      "\"fft_size\": 128, \"frames\": 64, \"normalisation\": \"peak\", "
                      "\"level_db\": -20, \"valid_share\": 0, \"test_songs\": [%s], \"steps\": 60, "
                      "\"rate\": 0.01, \"look_every\": 30, \"threads\": 1}",
                      net, test_songs);
  test_file_write(settings, text, strlen(text));
  g_auto(CliRun) run = test_cli_run(f->cache, "train", settings, "--dataset", f->songs, "--cache", f->cache,
                                    "-o", f->model, NULL);
  g_assert_cmpstr(run.err, !=, NULL);
  g_assert_cmpint(run.code, ==, 0);
}

static double
number_of(const SgJsonValue *object, const char *name)
{
  double value = NAN;
  g_assert_true(sg_json_read_number(sg_json_get(object, name), &value));
  return value;
}

/* A network and the improvement that it learns at least. */
typedef struct {
  const char *net;
  double gnsdr;
} Case;

static const Case linear = { "\"net\": \"ensemble-ffn\", \"linear\": true, \"optimiser\": \"ridge\", "
                             "\"batches\": 8, \"batch\": 2, \"segment\": 1",
                             5.0 };
static const Case
    dnn = { "\"net\": \"dnn\", \"batch\": 2, \"hidden\": 24, \"layers\": 1, \"context\": 3", 6.0 },
    drnn = { "\"net\": \"drnn\", \"batch\": 2, \"hidden\": 24, \"layers\": 2, \"recurrent\": 2, "
             "\"loss\": \"discriminative\"",
             6.0 },
    wvpnn = { "\"net\": \"wvpnn\", \"batch\": 2, \"hidden\": 24, \"layers\": 1", 6.0 },
    cvpnn = { "\"net\": \"cvpnn\", \"batch\": 2, \"hidden\": 24, \"layers\": 1", 6.0 },
    ensemble = { "\"net\": \"ensemble-ffn\", \"batch\": 2, \"hidden\": 24, \"layers\": 1, "
                 "\"segment\": 8",
                 6.0 },
    waves = { "\"net\": \"wave-unet\", \"window\": 64, \"width\": 8, \"depth\": 3, \"loss\": "
              "\"mae\", \"batch\": 64",
              1.0 },
    small = { "\"net\": \"dnn\", \"batch\": 2, \"hidden\": 4, \"layers\": 1", 0.0 };

static void
test_scores(Fixture *f, gconstpointer data)
{
  const Case *tried = data;
  train(f, tried->net, "\"two_1\"");
  g_auto(CliRun) run = test_cli_run(f->cache, "test", f->model, "--cache", f->cache, "--json", NULL);
  g_assert_cmpint(run.code, ==, 0);
  SgJson *json = NULL;
  test_assert_ok(sg_json_parse(run.out, strlen(run.out), &json, NULL));
  const SgJsonValue *root = sg_json_root(json), *tracks = sg_json_get(root, "tracks");
  g_assert_cmpuint(sg_json_size(tracks), ==, 3);
  for (gsize t = 0; t < 3; t++) {
    const SgJsonValue *sources = sg_json_get(sg_json_at(tracks, t), "sources");
    g_assert_cmpuint(sg_json_size(sources), ==, 2);
    /* Equal energy: the mixture has 0 dB of either source. */
    for (gsize j = 0; j < 2; j++) {
      g_assert_cmpfloat_with_epsilon(number_of(sg_json_at(sources, j), "mixture"), 0.0, 0.5);
      g_assert_cmpfloat_with_epsilon(number_of(sg_json_at(sources, j), "mixture_si_sdr"), 0.0, 0.5);
    }
  }
  const SgJsonValue *summary = sg_json_get(root, "summary");
  g_assert_cmpstr(sg_json_text(sg_json_get(sg_json_at(summary, 0), "source")), ==, "vocals");
  g_assert_cmpstr(sg_json_text(sg_json_get(sg_json_at(summary, 1), "source")), ==, "rest");
  for (gsize j = 0; j < 2; j++) {
    g_test_message("GNSDR %g", number_of(sg_json_at(summary, j), "gnsdr"));
    g_assert_cmpfloat(number_of(sg_json_at(summary, j), "gnsdr"), >, tried->gnsdr);
    double sum = 0.0; /* the tracks are of one length */
    for (gsize t = 0; t < 3; t++) {
      const SgJsonValue *score = sg_json_at(sg_json_get(sg_json_at(tracks, t), "sources"), j);
      sum += number_of(score, "si_sdr") - number_of(score, "mixture_si_sdr");
    }
    g_assert_cmpfloat_with_epsilon(number_of(sg_json_at(summary, j), "si_sdr_improvement"), sum / 3.0, 1e-6);
    g_assert_cmpfloat(sum / 3.0, >, tried->gnsdr - 1.0);
  }
  sg_json_free(json);

  g_auto(CliRun) fewer = test_cli_run(f->cache, "test", f->model, "--cache", f->cache, "--every", "2", NULL);
  g_assert_cmpint(fewer.code, ==, 0);
  g_assert_true(g_str_has_prefix(fewer.out, "2 tracks"));
}

/* Only the beginning of a song is trained on and scored. */
static void
test_crop(Fixture *f, gconstpointer data)
{
  g_autofree char *net = g_strconcat(small.net, ", \"crop_s\": 1", NULL);
  train(f, net, "\"two_1\"");
  g_auto(CliRun) run = test_cli_run(f->cache, "test", f->model, "--cache", f->cache, "--json", NULL);
  g_assert_cmpint(run.code, ==, 0);
  SgJson *json = NULL;
  test_assert_ok(sg_json_parse(run.out, strlen(run.out), &json, NULL));
  const SgJsonValue *tracks = sg_json_get(sg_json_root(json), "tracks");
  g_assert_cmpuint(sg_json_size(tracks), ==, 3);
  for (gsize t = 0; t < 3; t++)
    g_assert_cmpfloat(number_of(sg_json_at(tracks, t), "samples"), ==, 8000.0);
  sg_json_free(json);
}

/* Another folder in the place of the one in the model's record; a file that is no model. */
static void
test_folders(Fixture *f, gconstpointer data)
{
  train(f, small.net, "\"two_1\"");
  g_autofree char *moved = g_build_filename(f->folder, "moved", NULL);
  g_assert_cmpint(g_rename(f->songs, moved), ==, 0);
  g_auto(CliRun) lost = test_cli_run(f->cache, "test", f->model, "--cache", f->cache, NULL);
  g_assert_cmpint(lost.code, ==, 1);
  g_auto(CliRun) found =
      test_cli_run(f->cache, "test", f->model, "--dataset", moved, "--cache", f->cache, NULL);
  g_assert_cmpint(found.code, ==, 0);
  g_autofree char *clip = g_build_filename(moved, "Wavfile", "one_1_01.wav", NULL);
  g_auto(CliRun) wrong = test_cli_run(f->cache, "test", clip, NULL);
  g_assert_cmpint(wrong.code, ==, 1);
  g_auto(CliRun) none = test_cli_run(f->cache, "test", NULL);
  g_assert_cmpint(none.code, ==, 2);
}

/* A dataset of which nothing is kept for the test. */
static void
test_nothing(Fixture *f, gconstpointer data)
{
  train(f, small.net, "");
  g_auto(CliRun) run = test_cli_run(f->cache, "test", f->model, "--cache", f->cache, NULL);
  g_assert_cmpint(run.code, ==, 1);
  g_assert_nonnull(strstr(run.err, "no songs"));
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add("/cli-model/dnn", Fixture, &dnn, set_up, test_scores, tear_down);
  g_test_add("/cli-model/drnn", Fixture, &drnn, set_up, test_scores, tear_down);
  g_test_add("/cli-model/wvpnn", Fixture, &wvpnn, set_up, test_scores, tear_down);
  g_test_add("/cli-model/cvpnn", Fixture, &cvpnn, set_up, test_scores, tear_down);
  g_test_add("/cli-model/ensemble-ffn", Fixture, &ensemble, set_up, test_scores, tear_down);
  g_test_add("/cli-model/linear", Fixture, &linear, set_up, test_scores, tear_down);
  g_test_add("/cli-model/wave-unet", Fixture, &waves, set_up, test_scores, tear_down);
  g_test_add("/cli-model/crop", Fixture, NULL, set_up, test_crop, tear_down);
  g_test_add("/cli-model/folders", Fixture, &small, set_up, test_folders, tear_down);
  g_test_add("/cli-model/nothing", Fixture, NULL, set_up, test_nothing, tear_down);
  return g_test_run();
}
