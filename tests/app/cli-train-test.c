/* Training through the command line: datasets with faults, runs that are killed, curves, recipes. */
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "core/nn/model-file.h"
#include "tests/core/train/songs.h"
#include "tests/support-cli.h"
#include "tests/support.h"

enum { RATE = 8000, N = 12 * RATE };

static const char *const four[] = { "drums", "bass", "other", "vocals" };

typedef struct {
  TestFolder *songs, *place;
  char *settings, *model, *csv;
} Fixture;

/* FOLDER/TRACK/{drums,bass,other,vocals,mixture}.wav, all of one seed. */
static void
write_track(const char *folder, const char *track, guint64 seed)
{
  for (guint i = 0; i < 4; i++) {
    g_autofree char *name = g_strconcat(track, "/", four[i], ".wav", NULL);
    songs_write(folder, name, "wav32f", RATE, 1, N, seed + i);
  }
  g_autofree char *mixture = g_strconcat(track, "/mixture.wav", NULL);
  songs_write_sum(folder, mixture, RATE, 1, N, seed, 4, 1.0f);
}

/* A small net and short excerpts; the dataset is in MUSDB18-HQ's layout. */
static void
set_up(Fixture *fixture, gconstpointer data)
{
  static const char settings[] =
      "{\"targets\": [\"drums\"], \"width\": 4, \"depth\": 2, \"rate_hz\": 8000, \"channels\": 1, "
      "\"fft_size\": 128, \"frames\": 32, \"batch\": 4, \"threads\": 2, \"warm_up\": 2, \"look_every\": 4, "
      "\"average\": 0.9, \"rate\": 0.01, \"valid_share\": 0, \"layers\": 1, \"hidden\": 4}";
  fixture->songs = test_folder_new();
  fixture->place = test_folder_new();
  fixture->settings = g_build_filename(fixture->place, "settings.json", NULL);
  fixture->model = g_build_filename(fixture->place, "net.safetensors", NULL);
  fixture->csv = g_strconcat(fixture->model, ".csv", NULL);
  test_file_write(fixture->settings, settings, strlen(settings));
  write_track(fixture->songs, "train/Good", 100);
  write_track(fixture->songs, "train/Fine", 200);
  write_track(fixture->songs, "test/Heard", 300);
}

static void
tear_down(Fixture *fixture, gconstpointer data)
{
  g_free(fixture->settings);
  g_free(fixture->model);
  g_free(fixture->csv);
  test_folder_remove(fixture->songs);
  test_folder_remove(fixture->place);
}

static CliRun
train(const Fixture *fixture, const char *steps, const char *more)
{
  return test_cli_run(fixture->place, "train", fixture->settings, "--dataset", fixture->songs, "-o",
                      fixture->model, "--cache", fixture->place, "--steps", steps, "--seed=3", more, NULL);
}

static void
spoil_missing(const char *track)
{
  g_autofree char *path = g_build_filename(track, "bass.wav", NULL);
  g_assert_cmpint(unlink(path), ==, 0);
}

static void
spoil_length(const char *track)
{
  songs_write(track, "bass.wav", "wav16", RATE, 1, N / 2, 1);
}

static void
spoil_rate(const char *track)
{
  songs_write(track, "bass.wav", "wav16", 2 * RATE, 1, 2 * N, 1);
}

static void
spoil_text(const char *track)
{
  g_autofree char *path = g_build_filename(track, "bass.wav", NULL);
  test_file_write(path, "this is no sound", 16);
}

static void
spoil_no_samples(const char *track)
{
  g_autofree char *path = g_build_filename(track, "bass.wav", NULL);
  const float none = 0.0f;
  test_sound_write(path, "wav16", RATE, 1, &none, 0);
}

static void
spoil_silent(const char *track)
{
  g_autofree float *silence = g_new0(float, N);
  static const char *const names[] = { "drums.wav", "bass.wav", "other.wav", "vocals.wav", "mixture.wav" };
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
    g_autofree char *path = g_build_filename(track, names[i], NULL);
    test_sound_write(path, "wav16", RATE, 1, silence, N);
  }
}

static void
spoil_cut(const char *track)
{
  g_autofree char *path = g_build_filename(track, "bass.wav", NULL);
  test_file_cut(path, 2 * N);
}

static void
spoil_nan(const char *track)
{
  g_autofree char *path = g_build_filename(track, "bass.wav", NULL);
  g_autofree float *samples = songs_samples_new(1, N, 1);
  samples[1234] = 0.0f / 0.0f;
  test_sound_write(path, "wav32f", RATE, 1, samples, N);
}

static void
spoil_nothing(const char *track)
{
}

static const struct {
  const char *name;
  guint64 seed;
  void (*spoil)(const char *track);
  const char *said; /* on the line that names the track */
} faults[] = {
  { "Missing", 400, spoil_missing, "has no" },
  { "Short", 500, spoil_length, "48000 samples" },
  { "Fast", 600, spoil_rate, "16000 Hz" },
  { "Unreadable", 700, spoil_text, "not a sound file" },
  { "Empty", 800, spoil_no_samples, "no sound in it" },
  { "Silent", 900, spoil_silent, "silent" },
  { "Cut", 1000, spoil_cut, "ends early" },
  { "Wrong", 1100, spoil_nan, "sample 1234" },
  { "Heard", 300, spoil_nothing, "same name" },    /* a song to test with */
  { "Heard twice", 300, spoil_nothing, "sounds" }, /* the same under another name */
};

/* The line of standard error that names the track and says the word. */
static gboolean
is_said(const char *text, const char *track, const char *said)
{
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  g_autofree char *in_path = g_strconcat("/", track, "/", NULL);
  g_autofree char *quoted = g_strconcat("“", track, "”", NULL);
  for (char **line = lines; *line != NULL; line++)
    if (strstr(*line, "fault:") != NULL && strstr(*line, said) != NULL &&
        (strstr(*line, in_path) != NULL || strstr(*line, quoted) != NULL))
      return TRUE;
  return FALSE;
}

/* Every fault is named with its track; nothing is trained then, and with --skip-bad only what is good. */
static void
test_faults(Fixture *fixture, gconstpointer data)
{
  for (gsize i = 0; i < G_N_ELEMENTS(faults); i++) {
    g_autofree char *track = g_strconcat("train/", faults[i].name, NULL);
    g_autofree char *path = g_build_filename(fixture->songs, track, NULL);
    write_track(fixture->songs, track, faults[i].seed);
    faults[i].spoil(path);
  }
  for (guint attempt = 0; attempt < 2; attempt++) {
    g_auto(CliRun) run = train(fixture, "2", attempt == 0 ? NULL : "--skip-bad");
    for (gsize i = 0; i < G_N_ELEMENTS(faults); i++)
      if (!is_said(run.err, faults[i].name, faults[i].said))
        g_error("%s is not told as “%s”:\n%s", faults[i].name, faults[i].said, run.err);
    g_assert_false(is_said(run.err, "Good", ""));
    g_assert_false(is_said(run.err, "Fine", ""));
    g_assert_nonnull(strstr(run.err, "2 tracks to train on"));
    g_assert_cmpint(run.code, ==, attempt == 0 ? 1 : 0);
    g_assert_true(g_file_test(fixture->model, G_FILE_TEST_EXISTS) == (attempt == 1));
  }
}

/* Each fault alone is enough to refuse, and alone is what is told. */
static void
test_each_fault(Fixture *fixture, gconstpointer data)
{
  for (gsize i = 0; i < G_N_ELEMENTS(faults); i++) {
    g_autoptr(TestFolder) folder = test_folder_new();
    g_autofree char *track = g_strconcat("train/", faults[i].name, NULL);
    g_autofree char *path = g_build_filename(folder, track, NULL);
    write_track(folder, "train/Good", 100);
    write_track(folder, "test/Heard", 300);
    write_track(folder, track, faults[i].seed);
    faults[i].spoil(path);
    g_auto(CliRun) run = test_cli_run(fixture->place, "train", fixture->settings, "--dataset", folder, "-o",
                                      fixture->model, "--cache", fixture->place, "--steps=1", NULL);
    g_assert_cmpint(run.code, ==, 1);
    if (!is_said(run.err, faults[i].name, faults[i].said))
      g_error("%s is not told as “%s”:\n%s", faults[i].name, faults[i].said, run.err);
    if (strstr(run.err, "(1 fault,") == NULL)
      g_error("%s has more than one fault:\n%s", faults[i].name, run.err);
  }
}

/* A dataset that was well is not listened to again, until a file in it changes. */
static void
test_heard_once(Fixture *fixture, gconstpointer data)
{
  g_autofree char *track = g_build_filename(fixture->songs, "train", "Fine", NULL);
  for (guint attempt = 0; attempt < 2; attempt++) {
    g_auto(CliRun) run = train(fixture, "1", NULL);
    g_assert_cmpint(run.code, ==, 0);
  }
  spoil_nan(track);
  g_auto(CliRun) run = train(fixture, "1", NULL);
  g_assert_cmpint(run.code, ==, 1);
  g_assert_true(is_said(run.err, "Fine", "sample 1234"));
}

/* The curve without the seconds. */
static char *
dup_curve(const char *path)
{
  g_autofree char *text = NULL;
  g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
  g_autoptr(GRegex) seconds = g_regex_new("^(\\d+),[^,]*", G_REGEX_MULTILINE, 0, NULL);
  return g_regex_replace(seconds, text, -1, 0, "\\1", 0, NULL);
}

/* All floats of the file's tensors; what its record says differs in the seconds. */
static float *
weights_new(const char *path, gsize *out_n)
{
  SgSafetensors *file = NULL;
  gsize n = 0;
  test_assert_ok(sg_safetensors_open(path, &file, NULL));
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

/* Killed at drawn moments and gone on with each time: the curve and the weights of the run that was let be,
 * and no other file than that one leaves. */
static void
test_killed(Fixture *fixture, gconstpointer data)
{
  enum { N_KILLS = 6 };
  g_autofree char *settings = NULL;
  g_assert_true(g_file_get_contents(fixture->settings, &settings, NULL, NULL));
  settings[strlen(settings) - 1] = '\0';
  g_autofree char *with_valid =
      g_strconcat(settings, ", \"valid_songs\": [\"Fine\"], \"valid_batches\": 2}", NULL);
  test_file_write(fixture->settings, with_valid, strlen(with_valid));
  SgRandom random = test_random();
  gsize n_weights, n_again;
  guint n_killed = 0;
  double began_s = test_seconds();
  g_auto(CliRun) whole = train(fixture, "160", NULL);
  double whole_s = test_seconds() - began_s;
  g_assert_cmpint(whole.code, ==, 0);
  g_autofree char *curve = dup_curve(fixture->csv);
  float *weights = weights_new(fixture->model, &n_weights);
  guint n_files = test_folder_count(fixture->place);
  g_autofree char *checkpoint = g_strconcat(fixture->model, ".checkpoint", NULL);
  unlink(fixture->model);
  unlink(checkpoint);
  for (guint i = 0; i < N_KILLS; i++) {
    GPid child = test_cli_start(fixture->place, "train", fixture->settings, "--dataset", fixture->songs, "-o",
                                fixture->model, "--cache", fixture->place, "--steps=160", "--seed=3",
                                "--resume", NULL);
    g_usleep((gulong)(sg_random_unit(&random) * 0.3 * whole_s * 1e6));
    kill(child, SIGKILL);
    n_killed += test_cli_wait(child) == 128 + SIGKILL;
  }
  g_test_message("%.2f s whole, killed %u of %d times", whole_s, n_killed, N_KILLS);
  g_assert_cmpuint(n_killed, >=, 1);
  g_auto(CliRun) last = train(fixture, "160", "--resume");
  g_assert_cmpint(last.code, ==, 0);
  g_autofree char *curve_again = dup_curve(fixture->csv);
  float *again = weights_new(fixture->model, &n_again);
  g_assert_cmpstr(curve_again, ==, curve);
  g_assert_cmpmem(again, n_again * sizeof *again, weights, n_weights * sizeof *weights);
  g_assert_cmpuint(test_folder_count(fixture->place), ==, n_files);
  sg_free(weights);
  sg_free(again);
}

/* The curves as a picture, and what cannot be one. */
static void
test_plot(Fixture *fixture, gconstpointer data)
{
  g_autofree char *png = g_build_filename(fixture->place, "curves.png", NULL);
  g_autofree char *option = g_strconcat("--plot=", png, NULL);
  g_auto(CliRun) run = train(fixture, "12", option);
  g_assert_cmpstr(strstr(run.err, "stemglass-cli: "), ==, NULL);
  g_assert_cmpint(run.code, ==, 0);
  g_autoptr(GBytes) bytes = test_file_read(png);
  g_assert_cmpuint(g_bytes_get_size(bytes), >, 10000);
  g_assert_cmpmem(g_bytes_get_data(bytes, NULL), 8, "\x89PNG\r\n\x1a\n", 8);
  g_auto(CliRun) refused = train(fixture, "12", "--plot=curves.gif");
  g_assert_cmpint(refused.code, ==, 2);
}

/* Every recipe that comes with the program is told with its sources, and its settings are those of a run. */
static void
test_recipes(Fixture *fixture, gconstpointer data)
{
  SgJson *document = NULL;
  g_auto(CliRun) list = test_cli_run(fixture->place, "train", "--recipe=list", "--json", NULL);
  g_assert_cmpint(list.code, ==, 0);
  test_assert_ok(sg_json_parse(list.out, strlen(list.out), &document, NULL));
  const SgJsonValue *recipes = sg_json_get(sg_json_root(document), "recipes");
  g_assert_cmpuint(sg_json_size(recipes), >=, 2);
  for (gsize i = 0; i < sg_json_size(recipes); i++) {
    const SgJsonValue *recipe = sg_json_at(recipes, i);
    const char *name = sg_json_text(sg_json_get(recipe, "name"));
    g_assert_null(sg_json_get(recipe, "fault"));
    g_assert_nonnull(sg_json_text(sg_json_get(recipe, "net")));
    g_assert_nonnull(sg_json_text(sg_json_get(recipe, "paper")));
    g_assert_cmpuint(sg_json_size(sg_json_get(recipe, "from_paper")), >, 0);
    g_assert_cmpuint(sg_json_size(sg_json_get(recipe, "ours")), >, 0);
    /* Its settings are read whole before the folder turns out not to be there. */
    g_auto(CliRun) run = test_cli_run(fixture->place, "train", "--recipe", name, "--dataset=/nowhere", "-o",
                                      fixture->model, NULL);
    g_assert_cmpint(run.code, ==, 1);
    if (strstr(run.err, "/nowhere") == NULL)
      g_error("%s: %s", name, run.err);
  }
  sg_json_free(document);
  g_auto(CliRun) unknown =
      test_cli_run(fixture->place, "train", "--recipe=nothing", "-o", fixture->model, NULL);
  g_assert_cmpint(unknown.code, ==, 2);
  g_assert_nonnull(strstr(unknown.err, "no training recipe “nothing”"));
}

/* The file goes before the recipe and the command line before both; the user's recipe before the program's.
 */
static void
test_recipe_order(Fixture *fixture, gconstpointer data)
{
  g_autofree char *folder = g_build_filename(fixture->place, "stemglass", "training", NULL);
  g_autofree char *path = g_build_filename(folder, "umx.json", NULL);
  static const char recipe[] = "{\"net\": \"umx\", \"steps\": 77, \"seed\": 5, \"batch\": 2, "
                               "\"width\": 9, \"about\": {\"paper\": \"none\"}}";
  g_assert_cmpint(g_mkdir_with_parents(folder, 0700), ==, 0);
  test_file_write(path, recipe, strlen(recipe));
  g_setenv("XDG_DATA_HOME", fixture->place, TRUE);
  g_auto(CliRun) run =
      test_cli_run(fixture->place, "train", "--recipe=umx", fixture->settings, "--dataset", fixture->songs,
                   "-o", fixture->model, "--cache", fixture->place, "--steps=3", "--json", NULL);
  g_unsetenv("XDG_DATA_HOME");
  g_assert_cmpint(run.code, ==, 0);
  SgModel *model = NULL;
  test_assert_ok(sg_model_open(fixture->model, &model, NULL));
  const char *settings = sg_json_text(sg_json_get(sg_model_record(model), "settings"));
  static const char *const parts[] = { "\"net\":\"umx\"", "\"steps\":3", "\"seed\":5",
                                       "\"batch\":4",     "\"width\":4", "\"paper\":\"none\"" };
  for (gsize i = 0; i < G_N_ELEMENTS(parts); i++)
    if (strstr(settings, parts[i]) == NULL)
      g_error("%s is not in %s", parts[i], settings);
  sg_model_free(model);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
#define ADD(name, test) g_test_add("/cli-train/" name, Fixture, NULL, set_up, test, tear_down)
  ADD("faults", test_faults);
  ADD("each-fault", test_each_fault);
  ADD("heard-once", test_heard_once);
  ADD("killed", test_killed);
  ADD("plot", test_plot);
  ADD("recipes", test_recipes);
  ADD("recipe-order", test_recipe_order);
  return g_test_run();
}
