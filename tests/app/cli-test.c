/* What stemglass-cli says and writes: options, exit codes, JSON, the files themselves. */
#include <math.h>
#include <string.h>
#include <sys/wait.h>

#include "core/io/decoder.h"
#include "core/separate/hpss.h"
#include "tests/support-cli.h"
#include "tests/support.h"

enum { RATE = 44100, N = 3 * RATE + 7 };

typedef struct {
  TestFolder *folder;
  char *cache, *out, *song;
} Fixture;

static void
set_up(Fixture *fixture, gconstpointer data)
{
  fixture->folder = test_folder_new();
  fixture->cache = g_build_filename(fixture->folder, "cache", NULL);
  fixture->out = g_build_filename(fixture->folder, "out", NULL);
  fixture->song = g_build_filename(fixture->folder, "my song.wav", NULL);
  g_autofree float *band = test_band_new(RATE, 2, N, 1);
  test_sound_write(fixture->song, "wav32f", RATE, 2, band, N);
}

static void
tear_down(Fixture *fixture, gconstpointer data)
{
  g_free(fixture->cache);
  g_free(fixture->out);
  g_free(fixture->song);
  test_folder_remove(fixture->folder);
}

static char *
stem_path(const Fixture *fixture, const char *stem)
{
  return g_build_filename(fixture->out, "my song", stem, NULL);
}

static float *
read_sound(const char *path, gint64 *out_n)
{
  g_autoptr(SgPcm) pcm = NULL;
  SgDecodeReport report;
  test_assert_ok(sg_decode_file(path, true, NULL, NULL, NULL, &pcm, &report, NULL));
  *out_n = sg_pcm_n_samples(pcm) * sg_pcm_n_channels(pcm);
  return test_pcm_dup(pcm);
}

static void
test_help(Fixture *fixture, gconstpointer data)
{
  static const char *const asked[][3] = { { "--help" },     { "-h" },
                                          { "help" },       { "separate", "--help" },
                                          { "info", "-h" }, { "methods", "--help" } };
  for (gsize i = 0; i < G_N_ELEMENTS(asked); i++) {
    g_auto(CliRun) run = test_cli_run(fixture->cache, asked[i][0], asked[i][1], NULL);
    g_assert_cmpint(run.code, ==, 0);
    g_assert_nonnull(strstr(run.out, "stemglass-cli"));
    g_assert_cmpstr(run.err, ==, "");
  }
  g_auto(CliRun) version = test_cli_run(fixture->cache, "--version", NULL);
  g_assert_cmpint(version.code, ==, 0);
  g_assert_cmpstr(version.out, ==, "stemglass " SG_VERSION "\n");
}

/* Each is refused with 2 and a word that says why, before anything is written. */
static void
test_usage(Fixture *fixture, gconstpointer data)
{
  const char *song = fixture->song, *out = fixture->out;
  const char *const cases[][9] = {
    { NULL, "COMMAND" },
    { "nonsense", "nonsense" },
    { "separate", NULL, "needs a file" },
    { "separate", song, NULL, "-o DIR" },
    { "separate", "-o", out, NULL, "needs a file" },
    { "separate", song, "-o", out, "--nonsense", NULL, "--nonsense" },
    { "separate", song, "-o", out, "--method=nonsense", NULL, "nonsense" },
    { "separate", song, "-o", out, "--stems=drums,nonsense", NULL, "nonsense" },
    { "separate", song, "-o", out, "--stems=", NULL, "stem" },
    { "separate", song, "-o", out, "--format=mp5", NULL, "mp5" },
    { "separate", song, "-o", out, "--bits=17", NULL, "17" },
    { "separate", song, "-o", out, "--format=flac", "--bits=32f", NULL },
    { "separate", song, "-o", out, "--strength=drums", NULL, "drums" },
    { "separate", song, "-o", out, "--strength=drums=", NULL, "drums=" },
    { "separate", song, "-o", out, "--strength=drums=9", NULL, "drums=9" },
    { "separate", song, "-o", out, "--strength=drums=-1", NULL, "drums=-1" },
    { "separate", song, "-o", out, "--strength=drums=nan", NULL, "nan" },
    { "separate", song, "-o", out, "--strength=drums=1x", NULL, "1x" },
    { "separate", song, "-o", out, "--strength=piano=1", NULL, "piano" },
    { "separate", song, "-o", out, "--knob=nonsense=1", NULL, "frequency-window" },
    { "separate", song, "-o", out, "--knob=margin", NULL, "1 to 8" },
    { "separate", song, "-o", out, "--knob=margin=9", NULL, "margin=9" },
    { "separate", song, "-o", out, "--knob=margin=1x", NULL, "margin=1x" },
    { "separate", song, "-o", out, "--knob=time-window=30", NULL, "in steps of 2" },
    { "separate", song, "-o", out, "--knob=mask=1", NULL, "soft binary" },
    { "separate", song, "-o", out, "--method=manual", "--knob=window=1", NULL, "no settings" },
    { "separate", song, "-o", out, "--threads=-1", NULL, "-1" },
    { "separate", song, "-o", out, "--wiener=-1", NULL, "-1" },
    { "separate", song, "-o", out, "--wiener=11", NULL, "11" },
    { "separate", song, "-o", out, "--wiener=some", NULL, "some" },
    { "separate", song, "-o", out, "--threads=many", NULL, "many" },
    { "separate", song, "-o", out, "--threads=257", NULL, "257" },
    { "separate", song, "-o", out, "--jobs=0", NULL, "--jobs 0" },
    { "separate", song, "-o", out, "--jobs=65", NULL, "--jobs 65" },
    { "separate", song, "-o", out, "--shard=0/2", NULL, "0/2" },
    { "separate", song, "-o", out, "--shard=3/2", NULL, "3/2" },
    { "separate", song, "-o", out, "--shard=1", NULL, "--shard 1" },
    { "separate", song, "-o", out, "--minus=drums,nonsense", NULL, "nonsense" },
    { "separate", song, "-o", out, "--minus=", NULL, "stem" },
    { "separate", song, "-o", out, "--from=1:60", NULL, "1:60" },
    { "separate", song, "-o", out, "--to=1e3", NULL, "1e3" },
    { "separate", song, "-o", out, "--to=0", NULL, "--to 0" },
    { "separate", song, "-o", out, "--from=2", "--to=2", NULL },
    { "separate", song, "-o", out, "--overwrite", "--skip-existing", NULL },
    { "separate", song, "elsewhere/my song.flac", "-o", out, NULL, "my song.flac" },
    { "info", NULL, "needs a file" },
    { "methods", "nonsense", NULL, "nonsense" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    gsize n = 0;
    while (cases[i][n] != NULL)
      n++;
    const char *const *c = cases[i];
    g_auto(CliRun) run = test_cli_run(fixture->cache, c[0], n > 1 ? c[1] : NULL, n > 2 ? c[2] : NULL,
                                      n > 3 ? c[3] : NULL, n > 4 ? c[4] : NULL, n > 5 ? c[5] : NULL, NULL);
    const char *reason = c[n + 1] != NULL ? c[n + 1] : "";
    if (run.code != 2 || strstr(run.err, reason) == NULL || run.out[0] != '\0')
      g_error("case %zu: code %d, not 2; “%s” on the error channel lacks “%s”", i, run.code, run.err, reason);
    g_assert_false(g_file_test(fixture->out, G_FILE_TEST_EXISTS));
  }
}

static void
test_stems_null(Fixture *fixture, gconstpointer data)
{
  g_auto(CliRun) run = test_cli_run(fixture->cache, "separate", fixture->song, "-o", fixture->out,
                                    "--strength=drums=2.5", "--strength=rest=0.25", NULL);
  g_assert_cmpstr(run.err, ==, "");
  g_assert_cmpstr(run.out, ==, "");
  g_assert_cmpint(run.code, ==, 0);
  g_assert_cmpuint(test_folder_count(fixture->out), ==, 3);
  g_autofree char *drums_path = stem_path(fixture, "drums.wav"), *rest_path = stem_path(fixture, "rest.wav");
  gint64 n_song, n_drums, n_rest;
  g_autofree float *song = read_sound(fixture->song, &n_song);
  g_autofree float *drums = read_sound(drums_path, &n_drums);
  g_autofree float *rest = read_sound(rest_path, &n_rest);
  g_assert_cmpint(n_drums, ==, n_song);
  g_assert_cmpint(n_rest, ==, n_song);
  double peak = 0.0;
  for (gint64 i = 0; i < n_song; i++)
    peak = MAX(peak, fabs((double)song[i] - drums[i] - rest[i]));
  g_assert_cmpfloat(test_dbfs(peak), <, -90.0);

  /* The very samples that the renderer gives, and so those that are heard. */
  g_autoptr(SgPcm) pcm = test_pcm_new(RATE, 2, N, song);
  g_autoptr(SgSeparation) separation = test_hpss_new(pcm, 2);
  const SgRenderSettings settings = { .strength = { 2.5f, 0.25f } };
  g_autofree float *stems = test_render_dup(separation, &settings, 10000);
  g_assert_cmpmem(drums, (gsize)n_song * sizeof *drums, stems, (gsize)n_song * sizeof *stems);
  g_assert_cmpmem(rest, (gsize)n_song * sizeof *rest, stems + n_song, (gsize)n_song * sizeof *stems);
}

/* What is written is what is heard: the stored stems at natural strength, their masks at another. */
static void
test_wiener(Fixture *fixture, gconstpointer data)
{
  g_autofree char *drums_path = stem_path(fixture, "drums.wav"), *rest_path = stem_path(fixture, "rest.wav");
  const SgRenderSettings settings[] = { SG_RENDER_SETTINGS_NATURAL, { .strength = { 2.0f, 1.0f } } };
  const char *const strengths[] = { "--strength=drums=1", "--strength=drums=2" };
  gint64 n;
  g_autofree float *song = read_sound(fixture->song, &n);
  g_autoptr(SgPcm) pcm = test_pcm_new(RATE, 2, N, song);
  g_autoptr(SgSeparation) separation = test_separation_new(pcm, &sg_hpss_class, 2, 1);
  g_autoptr(SgSeparation) unsharpened = test_hpss_new(pcm, 1);
  for (gsize i = 0; i < G_N_ELEMENTS(settings); i++) {
    g_auto(CliRun) run = test_cli_run(fixture->cache, "separate", fixture->song, "-o", fixture->out,
                                      "--wiener=2", strengths[i], "--overwrite", NULL);
    g_assert_cmpstr(run.err, ==, "");
    g_assert_cmpint(run.code, ==, 0);
    gint64 n_drums, n_rest;
    g_autofree float *drums = read_sound(drums_path, &n_drums);
    g_autofree float *rest = read_sound(rest_path, &n_rest);
    g_assert_cmpint(n_drums, ==, n);
    g_assert_cmpint(n_rest, ==, n);
    g_autofree float *stems = test_render_dup(separation, &settings[i], 10000);
    gsize n_bytes = (gsize)n * sizeof *stems;
    g_assert_cmpmem(drums, n_bytes, stems, n_bytes);
    g_assert_cmpmem(rest, n_bytes, stems + n, n_bytes);
    g_autofree float *other = test_render_dup(unsharpened, &settings[i], 10000);
    g_assert_true(memcmp(drums, other, n_bytes) != 0);
  }
}

static void
test_threads(Fixture *fixture, gconstpointer data)
{
  g_autofree char *other = g_build_filename(fixture->folder, "other", NULL);
  g_auto(CliRun) one = test_cli_run(fixture->cache, "separate", fixture->song, "-o", fixture->out,
                                    "--threads=1", "--strength=drums=2", NULL);
  g_auto(CliRun) two = test_cli_run(fixture->cache, "separate", fixture->song, "-o", other, "--threads=2",
                                    "--strength=drums=2", NULL);
  g_assert_cmpint(one.code + two.code, ==, 0);
  const char *stems[] = { "drums.wav", "rest.wav" };
  for (gsize i = 0; i < 2; i++) {
    g_autofree char *a = stem_path(fixture, stems[i]),
                    *b = g_build_filename(other, "my song", stems[i], NULL);
    g_assert_true(test_file_equal(a, b));
  }
}

static void
test_formats(Fixture *fixture, gconstpointer data)
{
  g_auto(CliRun) run = test_cli_run(fixture->cache, "separate", fixture->song, "-o", fixture->out,
                                    "--format=flac", "--bits=16", "--stems=rest", NULL);
  g_assert_cmpint(run.code, ==, 0);
  g_assert_cmpuint(test_folder_count(fixture->out), ==, 2);
  g_autofree char *path = stem_path(fixture, "rest.flac");
  g_autoptr(SgPcm) pcm = NULL;
  SgDecodeReport report;
  test_assert_ok(sg_decode_file(path, true, NULL, NULL, NULL, &pcm, &report, NULL));
  g_assert_cmpstr(report.info.container, ==, "FLAC");
  g_assert_cmpstr(report.info.encoding, ==, "16-bit PCM");
  g_assert_cmpint(report.info.n_samples, ==, N);
}

static void
test_existing_output(Fixture *fixture, gconstpointer data)
{
  g_auto(CliRun) first =
      test_cli_run(fixture->cache, "separate", fixture->song, "-o", fixture->out, "-s", "rest", NULL);
  g_assert_cmpint(first.code, ==, 0);
  g_autofree char *path = stem_path(fixture, "rest.wav");
  test_file_write(path, "precious", 8);
  g_auto(CliRun) refused = test_cli_run(fixture->cache, "separate", fixture->song, "-o", fixture->out, NULL);
  g_assert_cmpint(refused.code, ==, 1);
  g_assert_nonnull(strstr(refused.err, path));
  g_autoptr(GBytes) kept = test_file_read(path);
  g_assert_cmpmem(g_bytes_get_data(kept, NULL), g_bytes_get_size(kept), "precious", 8);
  g_assert_cmpuint(test_folder_count(fixture->out), ==, 2);
  g_auto(CliRun) asked =
      test_cli_run(fixture->cache, "separate", fixture->song, "-o", fixture->out, "--overwrite", NULL);
  g_assert_cmpint(asked.code, ==, 0);
  g_assert_cmpuint(test_folder_count(fixture->out), ==, 3);
  gint64 n;
  g_autofree float *rest = read_sound(path, &n);
  g_assert_cmpint(n, ==, 2 * N);
}

static void
test_json(Fixture *fixture, gconstpointer data)
{
  static const char *const separate_has[] = { "\"method\": \"hpss\"",  "\"rate\": 44100",
                                              "\"channels\": 2",       "\"samples\": 132307",
                                              "\"source\": \"drums\"", "drums.wav" };
  static const char *const info_has[] = { "\"container\": \"WAV\"", "\"encoding\": \"32-bit float\"",
                                          "\"samples\": 132307", "\"truncated\": false", "peak_dbfs" };
  static const char *const methods_has[] = { "\"hpss\"",        "\"drums\"",     "\"rest\"",
                                             "\"time-window\"", "\"step\": 2",   "\"unit\": \"frames\"",
                                             "\"binary\"",      "\"repet-sim\"", "\"manual\"" };
  g_auto(CliRun) separate =
      test_cli_run(fixture->cache, "separate", fixture->song, "-o", fixture->out, "--json", NULL);
  g_auto(CliRun) info = test_cli_run(fixture->cache, "info", "--json", fixture->song, NULL);
  g_auto(CliRun) methods = test_cli_run(fixture->cache, "methods", "--json", NULL);
  g_assert_cmpint(separate.code + info.code + methods.code, ==, 0);
  g_assert_true(test_is_json(separate.out) && test_is_json(info.out) && test_is_json(methods.out));
  for (gsize i = 0; i < G_N_ELEMENTS(separate_has); i++)
    g_assert_nonnull(strstr(separate.out, separate_has[i]));
  for (gsize i = 0; i < G_N_ELEMENTS(info_has); i++)
    g_assert_nonnull(strstr(info.out, info_has[i]));
  for (gsize i = 0; i < G_N_ELEMENTS(methods_has); i++)
    g_assert_nonnull(strstr(methods.out, methods_has[i]));
  g_auto(CliRun) failed =
      test_cli_run(fixture->cache, "separate", "gone.wav", "-o", fixture->out, "--json", NULL);
  g_assert_cmpint(failed.code, ==, 1);
  g_assert_true(test_is_json(failed.out));
  g_assert_nonnull(strstr(failed.out, "\"status\": \"not-found\""));
}

static void
test_text(Fixture *fixture, gconstpointer data)
{
  g_auto(CliRun) info = test_cli_run(fixture->cache, "info", fixture->song, NULL);
  g_assert_cmpint(info.code, ==, 0);
  g_assert_nonnull(strstr(info.out, "132307"));
  g_assert_nonnull(strstr(info.out, "0:03.000"));
  g_assert_cmpstr(info.err, ==, "");
  g_auto(CliRun) methods = test_cli_run(fixture->cache, "methods", NULL);
  g_assert_nonnull(strstr(methods.out, "hpss"));
  g_assert_cmpstr(methods.err, ==, "");
}

/* Where no method is named there are four stems. */
static void
test_usual_method(Fixture *fixture, gconstpointer data)
{
  static const char *const names[] = { "drums.wav", "bass.wav", "other.wav", "vocals.wav" };
  test_cli_set_method_option(NULL);
  g_auto(CliRun) run = test_cli_run(fixture->cache, "separate", fixture->song, "-o", fixture->out, NULL);
  test_cli_set_method_option("--method=hpss");
  g_assert_cmpstr(run.err, ==, "");
  g_assert_cmpint(run.code, ==, 0);
  for (gsize j = 0; j < G_N_ELEMENTS(names); j++) {
    g_autofree char *path = stem_path(fixture, names[j]);
    g_assert_true(g_file_test(path, G_FILE_TEST_EXISTS));
  }
}

/* What the standard method takes on two threads; a sanitizer's own memory would be counted with it. */
static void
test_usual_memory(Fixture *fixture, gconstpointer data)
{
  g_autofree char *song = g_build_filename(fixture->folder, "minute.wav", NULL);
  CliUse use;
  test_long_song_write(song, 44100, 2, 1);
  test_cli_set_method_option(NULL);
  g_auto(CliRun) run =
      test_cli_run_measured(fixture->cache, &use, "separate", song, "-o", fixture->out, "--threads=2", NULL);
  test_cli_set_method_option("--method=hpss");
  g_assert_cmpint(run.code, ==, 0);
  g_test_message("a minute: %.0f MB", use.peak_mb);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  g_assert_cmpfloat(use.peak_mb, <=, 400.0);
#endif
}

/* That a model is missing or none has nothing to do with how the command is written. */
static void
test_bad_models(Fixture *fixture, gconstpointer data)
{
  const struct {
    const char *method, *path, *sentence;
  } cases[] = { { "--method=model:nothere.safetensors", "nothere.safetensors", "there is no such file" },
                { "--method=model:/", "“/”", "this is a folder" } };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_auto(CliRun) run =
        test_cli_run(fixture->cache, "separate", fixture->song, "-o", fixture->out, cases[i].method, NULL);
    g_assert_cmpint(run.code, ==, 1);
    g_assert_nonnull(strstr(run.err, cases[i].path));
    g_assert_nonnull(strstr(run.err, cases[i].sentence));
    g_assert_false(g_file_test(fixture->out, G_FILE_TEST_EXISTS));
  }
}

/* A knob reaches the method: a margin makes a third stem. And a method may refuse a song. */
static void
test_knobs(Fixture *fixture, gconstpointer data)
{
  g_auto(CliRun) run = test_cli_run(fixture->cache, "separate", fixture->song, "-o", fixture->out,
                                    "--method=hpss", "--knob=margin=2.5", "-k", "mask=binary", NULL);
  g_assert_cmpstr(run.err, ==, "");
  g_assert_cmpint(run.code, ==, 0);
  g_autofree char *residual = stem_path(fixture, "residual.wav");
  g_assert_true(g_file_test(residual, G_FILE_TEST_EXISTS));

  g_autofree char *mono = g_build_filename(fixture->folder, "mono.wav", NULL);
  g_autofree float *band = test_band_new(RATE, 1, N, 1);
  test_sound_write(mono, "wav32f", RATE, 1, band, N);
  g_auto(CliRun) refused =
      test_cli_run(fixture->cache, "separate", mono, "-o", fixture->out, "--method=center", NULL);
  g_assert_cmpint(refused.code, ==, 1);
  g_assert_nonnull(strstr(refused.err, "mono.wav"));
  g_assert_nonnull(strstr(refused.err, "two channels"));
}

/* The check of the checks. */
static void
test_json_check(Fixture *fixture, gconstpointer data)
{
  g_assert_true(test_is_json("{\"a\": [1, -2.5e3, \"x\\n\", null], \"b\": {}}\n"));
  const char *bad[] = { "", "{", "{\"a\" 1}", "[1,]", "{} {}", "\"a", "nul", "[1 2]", "\"\n\"" };
  for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
    g_assert_false(test_is_json(bad[i]));
}

/* With several files one that fails does not hide the others, nor is it left out. */
static void
test_json_of_many(Fixture *fixture, gconstpointer data)
{
  static const char *const both[] = { "\"status\": \"not-found\"", "gone.wav", "\"samples\": 132307" };
  g_auto(CliRun) info = test_cli_run(fixture->cache, "info", "--json", "gone.wav", fixture->song, NULL);
  g_auto(CliRun) separate =
      test_cli_run(fixture->cache, "separate", "--json", "gone.wav", fixture->song, "-o", fixture->out, NULL);
  g_assert_cmpint(info.code, ==, 1);
  g_assert_cmpint(separate.code, ==, 1);
  g_assert_true(test_is_json(info.out) && test_is_json(separate.out));
  for (gsize i = 0; i < G_N_ELEMENTS(both); i++) {
    g_assert_nonnull(strstr(info.out, both[i]));
    g_assert_nonnull(strstr(separate.out, both[i]));
  }
}

static void
test_output_that_cannot_be_written(Fixture *fixture, gconstpointer data)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *quoted = g_shell_quote(g_getenv("SG_TEST_CLI"));
  g_autofree char *line = g_strdup_printf("%s methods >/dev/full 2>/dev/null", quoted);
  const char *command[] = { "/bin/sh", "-c", line, NULL };
  int status;
  g_spawn_sync(NULL, (char **)command, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL, &status, &error);
  g_assert_no_error(error);
  g_assert_true(WIFEXITED(status));
  g_assert_cmpint(WEXITSTATUS(status), ==, 1);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
#define ADD(name, test) g_test_add("/cli/" name, Fixture, NULL, set_up, test, tear_down)
  ADD("help", test_help);
  ADD("usage", test_usage);
  ADD("stems-null", test_stems_null);
  ADD("threads", test_threads);
  ADD("wiener", test_wiener);
  ADD("formats", test_formats);
  ADD("existing-output", test_existing_output);
  ADD("json", test_json);
  ADD("json-of-many", test_json_of_many);
  ADD("output-that-cannot-be-written", test_output_that_cannot_be_written);
  ADD("text", test_text);
  ADD("usual-method", test_usual_method);
  ADD("usual-memory", test_usual_memory);
  ADD("bad-models", test_bad_models);
  ADD("knobs", test_knobs);
  ADD("json-check", test_json_check);
  return g_test_run();
}
