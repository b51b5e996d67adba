/* stemglass-cli and bad input: a clear sentence that names the file and what is wrong, the right code,
 * nothing left. */
#include <math.h>
#include <string.h>

#include "core/io/decoder.h"
#include "tests/support-cli.h"
#include "tests/support.h"

enum { RATE = 8000, N = 20000 };

typedef struct {
  TestFolder *folder;
  char *cache, *out;
} Fixture;

static void
set_up(Fixture *fixture, gconstpointer data)
{
  fixture->folder = test_folder_new();
  fixture->cache = g_build_filename(fixture->folder, "cache", NULL);
  fixture->out = g_build_filename(fixture->folder, "out", NULL);
}

static void
tear_down(Fixture *fixture, gconstpointer data)
{
  g_free(fixture->cache);
  g_free(fixture->out);
  test_folder_remove(fixture->folder);
}

static char *
write_song(const Fixture *fixture, const char *name, const char *format)
{
  g_autofree float *band = test_band_new(RATE, 2, N, 1);
  char *path = g_build_filename(fixture->folder, name, NULL);
  test_sound_write(path, format, RATE, 2, band, N);
  return path;
}

static void
assert_fails(const Fixture *fixture, const char *path, const char *option, const char *reason)
{
  const char *commands[] = { "separate", "info" };
  for (gsize i = 0; i < 2; i++) {
    if (i == 1 && option != NULL)
      continue;
    g_auto(CliRun) run =
        i == 0 ? test_cli_run(fixture->cache, "separate", path, "-o", fixture->out, option, NULL)
               : test_cli_run(fixture->cache, "info", path, NULL);
    if (run.code != 1 || strstr(run.err, path) == NULL || strstr(run.err, reason) == NULL ||
        run.out[0] != '\0')
      g_error("%s %s: code %d, “%s” lacks “%s”", commands[i], path, run.code, run.err, reason);
    /* One sentence in one line. */
    g_assert_true(g_str_has_prefix(run.err, "stemglass-cli: "));
    g_assert_true(strchr(run.err, '\n') == run.err + strlen(run.err) - 1);
    g_assert_false(g_file_test(fixture->out, G_FILE_TEST_EXISTS));
  }
}

static void
test_refused(Fixture *fixture, gconstpointer data)
{
  g_autofree char *text = g_build_filename(fixture->folder, "text.wav", NULL);
  g_autofree char *empty = g_build_filename(fixture->folder, "empty.flac", NULL);
  g_autofree char *missing = g_build_filename(fixture->folder, "missing.wav", NULL);
  test_file_write(text, "a letter\n", 9);
  test_file_write(empty, "", 0);
  assert_fails(fixture, text, NULL, "not a sound file");
  assert_fails(fixture, empty, NULL, "empty");
  assert_fails(fixture, missing, NULL, "no such file");

  g_autofree float *band = test_band_new(RATE, 2, N, 1);
  g_autofree char *broken = g_build_filename(fixture->folder, "nan.wav", NULL);
  band[2 * 777 + 1] = NAN;
  test_sound_write(broken, "wav32f", RATE, 2, band, N);
  assert_fails(fixture, broken, NULL, "sample 777 of channel 2 is NaN");
  g_autofree char *silent = g_build_filename(fixture->folder, "none.wav", NULL);
  test_sound_write(silent, "wav16", RATE, 2, band, 0);
  assert_fails(fixture, silent, NULL, "no sound in it");
  g_autofree char *cut = write_song(fixture, "cut.wav", "wav16");
  test_file_cut(cut, 44 + 4 * 1234);
  assert_fails(fixture, cut, "--strict", "1234 samples of the announced 20000");
}

static void
test_truncated_is_used(Fixture *fixture, gconstpointer data)
{
  const char *formats[] = { "wav16", "flac16", "ogg", "mp3" };
  for (gsize i = 0; i < G_N_ELEMENTS(formats); i++) {
    g_autofree float *band = test_band_new(44100, 2, 60000, 1);
    g_autofree char *song = g_build_filename(fixture->folder, formats[i], NULL);
    test_sound_write(song, formats[i], 44100, 2, band, 60000);
    g_autoptr(GBytes) content = test_file_read(song);
    test_file_cut(song, (gint64)g_bytes_get_size(content) * 6 / 10);
    g_auto(CliRun) run = test_cli_run(fixture->cache, "separate", song, "-o", fixture->out, NULL);
    g_assert_cmpint(run.code, ==, 0);
    g_autofree char *stem = g_build_filename(fixture->out, formats[i], "drums.wav", NULL);
    g_autoptr(SgPcm) pcm = NULL;
    test_assert_ok(sg_decode_file(stem, true, NULL, NULL, NULL, &pcm, NULL, NULL));
    g_assert_cmpint(sg_pcm_n_samples(pcm), <, 60000);
    g_autofree char *length = g_strdup_printf("%d samples", (int)sg_pcm_n_samples(pcm));
    g_assert_nonnull(strstr(run.err, formats[i]));
    g_assert_nonnull(strstr(run.err, "ends early"));
    g_assert_nonnull(strstr(run.err, length));
  }
}

/* One bad file among good ones costs only itself. */
static void
test_many_files(Fixture *fixture, gconstpointer data)
{
  g_autofree char *a = write_song(fixture, "a.wav", "wav16"), *b = write_song(fixture, "b.flac", "flac16");
  g_auto(CliRun) run =
      test_cli_run(fixture->cache, "separate", a, "gone.wav", b, "-o", fixture->out, "--json", NULL);
  g_assert_cmpint(run.code, ==, 1);
  g_assert_nonnull(strstr(run.err, "gone.wav"));
  g_assert_true(test_is_json(run.out));
  g_assert_nonnull(strstr(run.out, "a.wav"));
  g_assert_nonnull(strstr(run.out, "b.flac"));
  g_assert_cmpuint(test_folder_count(fixture->out), ==, 6);
}

static void
test_names(Fixture *fixture, gconstpointer data)
{
  g_autofree char *long_name = g_strnfill(250, 'n');
  const char *names[] = { "two words.wav",  "🥁 café.wav", "new\nline.wav", "%s%n.wav",
                          "latin \xe9.wav", "no-extension",   ".wav",          long_name };
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
    g_autofree char *song = write_song(fixture, names[i], "wav16");
    g_autofree char *out = g_strdup_printf("%s%zu", fixture->out, i);
    g_auto(CliRun) run = test_cli_run(fixture->cache, "separate", song, "-o", out, "--json", NULL);
    g_assert_cmpstr(run.err, ==, "");
    g_assert_cmpint(run.code, ==, 0);
    g_assert_true(test_is_json(run.out));
    g_assert_cmpuint(test_folder_count(out), ==, 3);
  }
}

/* A name that is nothing but dots and an extension must not lead out of the output folder. */
static void
test_dots(Fixture *fixture, gconstpointer data)
{
  const char *names[] = { "..wav", "...wav", "....wav" };
  g_autofree char *out = g_build_filename(fixture->out, "deep", NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
    g_autofree char *song = write_song(fixture, names[i], "wav16");
    guint before = test_folder_count(out);
    g_auto(CliRun) run = test_cli_run(fixture->cache, "separate", song, "-o", out, NULL);
    g_assert_cmpint(run.code, ==, 0);
    g_assert_cmpuint(test_folder_count(out), ==, before + 3);
    g_assert_cmpuint(test_folder_count(fixture->out), ==, before + 4);
  }
}

/* Where nothing can be written: a sentence, and nothing begun. */
static void
test_bad_output(Fixture *fixture, gconstpointer data)
{
  g_autofree char *song = write_song(fixture, "a.wav", "wav16");
  g_autofree char *file = g_build_filename(fixture->folder, "file", NULL);
  test_file_write(file, "x", 1);
  g_autofree char *below = g_build_filename(file, "below", NULL);
  const char *outs[] = { file, below, "/proc/nothing", "/dev/null" };
  for (gsize i = 0; i < G_N_ELEMENTS(outs); i++) {
    g_auto(CliRun) run = test_cli_run(fixture->cache, "separate", song, "-o", outs[i], NULL);
    if (run.code != 1 || strstr(run.err, outs[i]) == NULL)
      g_error("-o %s: code %d, “%s”", outs[i], run.code, run.err);
  }
  g_autoptr(GBytes) kept = test_file_read(file);
  g_assert_cmpuint(g_bytes_get_size(kept), ==, 1);
}

static void
test_over_full_scale(Fixture *fixture, gconstpointer data)
{
  g_autofree float *band = test_band_new(RATE, 1, N, 1);
  g_autofree char *song = g_build_filename(fixture->folder, "loud.wav", NULL);
  for (int i = 0; i < N; i++)
    band[i] *= 4.0f;
  test_sound_write(song, "wav32f", RATE, 1, band, N);
  g_auto(CliRun) limited =
      test_cli_run(fixture->cache, "separate", song, "-o", fixture->out, "--bits=24", NULL);
  g_assert_cmpint(limited.code, ==, 0);
  g_assert_nonnull(strstr(limited.err, "over full scale"));
  g_auto(CliRun) kept =
      test_cli_run(fixture->cache, "separate", song, "-o", fixture->out, "--bits=32f", "--overwrite", NULL);
  g_assert_cmpint(kept.code, ==, 0);
  g_assert_cmpstr(kept.err, ==, "");
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
#define ADD(name, test) g_test_add("/cli-input/" name, Fixture, NULL, set_up, test, tear_down)
  ADD("refused", test_refused);
  ADD("truncated-is-used", test_truncated_is_used);
  ADD("many-files", test_many_files);
  ADD("names", test_names);
  ADD("dots", test_dots);
  ADD("bad-output", test_bad_output);
  ADD("over-full-scale", test_over_full_scale);
  return g_test_run();
}
