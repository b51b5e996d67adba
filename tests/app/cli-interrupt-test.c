/* stemglass-cli stopped: by SIGINT and SIGTERM it ends at once with 130 and leaves nothing; after SIGKILL too
 * there is neither scratch nor a half-written file. */
#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>

#include "tests/support-cli.h"
#include "tests/support.h"

enum { RATE = 44100 };

typedef struct {
  TestFolder *folder;
  char *cache, *scratch, *out, *song;
} Fixture;

static void
set_up(Fixture *fixture, gconstpointer seconds)
{
  gint64 n = (gint64)GPOINTER_TO_INT(seconds) * RATE;
  fixture->folder = test_folder_new();
  fixture->cache = g_build_filename(fixture->folder, "cache", NULL);
  fixture->scratch = g_build_filename(fixture->cache, "stemglass", NULL);
  fixture->out = g_build_filename(fixture->folder, "out", NULL);
  fixture->song = g_build_filename(fixture->folder, "song.flac", NULL);
  g_autofree float *band = test_band_new(RATE, 2, n, 1);
  test_sound_write(fixture->song, "flac16", RATE, 2, band, n);
}

static void
tear_down(Fixture *fixture, gconstpointer seconds)
{
  g_free(fixture->cache);
  g_free(fixture->scratch);
  g_free(fixture->out);
  g_free(fixture->song);
  test_folder_remove(fixture->folder);
}

/* Whether the signal came in time. */
static gboolean
interrupt(const Fixture *fixture, int signal_number, double after_s)
{
  TestTime passed;
  g_auto(CliRun) run = test_cli_run_and_signal(fixture->cache, signal_number, after_s, &passed, "separate",
                                               fixture->song, "-o", fixture->out, "--format", "flac", NULL);
  g_test_message("signal %d after %.2f s: ended with %d", signal_number, after_s, run.code);
  g_assert_cmpuint(test_folder_count(fixture->scratch), ==, 0);
  test_assert_soon(passed, 1.0);
  if (run.code == 0)
    return FALSE;
  g_assert_cmpint(run.code, ==, 130);
  g_assert_false(g_file_test(fixture->out, G_FILE_TEST_EXISTS));
  return TRUE;
}

/* From decoding to the export. */
static void
test_interrupt(Fixture *fixture, gconstpointer seconds)
{
  g_autofree char *whole = g_build_filename(fixture->folder, "whole", NULL);
  double started_s = test_seconds();
  g_auto(CliRun) run =
      test_cli_run(fixture->cache, "separate", fixture->song, "-o", whole, "--format", "flac", NULL);
  double whole_s = test_seconds() - started_s;
  g_assert_cmpint(run.code, ==, 0);
  const double moments[] = { 0.1, 0.3, 0.5, 0.7 };
  guint n_interrupted = 0;
  for (gsize i = 0; i < G_N_ELEMENTS(moments); i++) {
    g_autofree char *out = g_strdup_printf("%s%zu", whole, i);
    Fixture other = *fixture;
    other.out = out;
    n_interrupted += interrupt(&other, i % 2 == 0 ? SIGINT : SIGTERM, moments[i] * whole_s);
  }
  g_assert_cmpuint(n_interrupted, >=, 2);
}

static void
test_info(Fixture *fixture, gconstpointer seconds)
{
  TestTime passed;
  g_auto(CliRun) run = test_cli_run_and_signal(fixture->cache, SIGINT, 0.05, &passed, "info", fixture->song,
                                               fixture->song, fixture->song, fixture->song, NULL);
  g_assert_cmpint(run.code, ==, 130);
  test_assert_soon(passed, 1.0);
  g_assert_cmpuint(test_folder_count(fixture->scratch), ==, 0);
}

/* Killed at any moment: what stands under a stem's name is whole. */
static void
test_kill(Fixture *fixture, gconstpointer seconds)
{
  SgRandom random = test_random();
  g_autofree char *whole = g_build_filename(fixture->folder, "whole", NULL);
  double started_s = test_seconds();
  g_auto(CliRun) reference = test_cli_run(fixture->cache, "separate", fixture->song, "-o", whole, NULL);
  double whole_s = test_seconds() - started_s;
  g_assert_cmpint(reference.code, ==, 0);
  const char *stems[] = { "drums.wav", "rest.wav" };
  int n_killed = 0;
  for (int round = 0; round < 12; round++) {
    TestTime passed;
    g_auto(CliRun) run =
        test_cli_run_and_signal(fixture->cache, SIGKILL, 1.1 * whole_s * sg_random_unit(&random), &passed,
                                "separate", fixture->song, "-o", fixture->out, "--overwrite", NULL);
    n_killed += run.code != 0;
    guint n_stems = 0;
    for (gsize i = 0; i < G_N_ELEMENTS(stems); i++) {
      g_autofree char *stem = g_build_filename(fixture->out, "song", stems[i], NULL);
      g_autofree char *expected = g_build_filename(whole, "song", stems[i], NULL);
      if (!g_file_test(stem, G_FILE_TEST_EXISTS))
        continue;
      n_stems++;
      g_assert_true(test_file_equal(stem, expected));
    }
    g_assert_cmpuint(test_folder_count(fixture->out), ==, n_stems > 0 ? 1 + n_stems : 0);
    g_assert_cmpuint(test_folder_count(fixture->scratch), ==, 0);
  }
  g_test_message("%d of 12 runs were killed on the way", n_killed);
  g_assert_cmpint(n_killed, >, 0);
}

/* Files and folders below `out`: every stem whole, no song with one of two, nothing else. */
static guint
count_whole_songs(const char *out, const char *reference, guint n_songs, gboolean was_killed)
{
  const char *stems[] = { "drums.wav", "rest.wav" };
  guint n_whole = 0, n_expected = 0;
  for (guint i = 0; i < n_songs; i++) {
    guint n_stems = 0;
    for (gsize j = 0; j < G_N_ELEMENTS(stems); j++) {
      g_autofree char *name = g_strdup_printf("%u/%s", i, stems[j]);
      g_autofree char *stem = g_build_filename(out, name, NULL);
      g_autofree char *expected = g_build_filename(reference, name, NULL);
      if (!g_file_test(stem, G_FILE_TEST_EXISTS))
        continue;
      n_stems++;
      g_assert_true(test_file_equal(stem, expected));
    }
    /* Only a kill can come between the names of two files. */
    g_assert_true(n_stems != 1 || was_killed);
    n_expected += n_stems > 0 ? 1 + n_stems : 0;
    n_whole += n_stems == 2;
  }
  g_assert_cmpuint(test_folder_count(out), >=, n_expected);
  g_assert_cmpuint(test_folder_count(out), <=,
                   n_expected + (was_killed ? 1 : 0)); /* a folder made a moment before */
  return n_whole;
}

/* A catalogue, several songs at once, stopped at any moment by any signal, again and again, and then
 * finished. */
static void
test_many(Fixture *fixture, gconstpointer seconds)
{
  enum { N_SONGS = 4, N_ROUNDS = 6 };
  const int signals[] = { SIGINT, SIGTERM, SIGKILL };
  SgRandom random = test_random();
  g_autofree char *in = g_build_filename(fixture->folder, "in", NULL);
  g_autofree char *reference = g_build_filename(fixture->folder, "reference", NULL);
  g_assert_cmpint(g_mkdir(in, 0777), ==, 0);
  for (guint i = 0; i < N_SONGS; i++) {
    g_autofree char *path = g_strdup_printf("%s/%u.flac", in, i);
    g_autofree float *band = test_band_new(RATE, 2, (4 + i) * RATE, i + 1);
    test_sound_write(path, "flac16", RATE, 2, band, (4 + i) * RATE);
  }
  double started_s = test_seconds();
  g_auto(CliRun) whole = test_cli_run(fixture->cache, "separate", in, "-o", reference, "--jobs=2", NULL);
  double whole_s = test_seconds() - started_s;
  g_assert_cmpint(whole.code, ==, 0);
  guint n_stopped = 0, n_done = 0;
  for (guint round = 0; round < N_ROUNDS; round++) {
    int signal_number = signals[round % G_N_ELEMENTS(signals)];
    g_autofree char *out = g_strdup_printf("%s%u", fixture->out, round / 3);
    TestTime passed;
    g_auto(CliRun) run =
        test_cli_run_and_signal(fixture->cache, signal_number, 0.7 * whole_s * sg_random_unit(&random),
                                &passed, "separate", in, "-o", out, "--jobs=2", "--skip-existing", NULL);
    n_done += count_whole_songs(out, reference, N_SONGS, round % 3 == 2);
    g_test_message("signal %d: code %d", signal_number, run.code);
    test_assert_soon(passed, 1.0);
    /* Before the program listens a signal ends it as any other. */
    g_assert_true(run.code == 0 || run.code == 128 + signal_number ||
                  (run.code == 130 && signal_number != SIGKILL));
    n_stopped += run.code != 0;
    g_assert_cmpuint(test_folder_count(fixture->scratch), ==, 0);
    if (round % 3 != 2)
      continue;
    g_auto(CliRun) rest = test_cli_run(fixture->cache, "separate", in, "-o", out, "--skip-existing", NULL);
    g_assert_cmpint(rest.code, ==, 0);
    g_assert_cmpuint(count_whole_songs(out, reference, N_SONGS, FALSE), ==, N_SONGS);
  }
  g_test_message("%u of %d runs were stopped, with %u songs whole", n_stopped, N_ROUNDS, n_done);
  g_assert_cmpuint(n_stopped, >, 0);
}

/* Where the file system knows no nameless files a signal has to take names back. */
static void
test_names_are_taken_back(Fixture *fixture, gconstpointer seconds)
{
  g_autofree char *sound = g_strdup(g_getenv("SG_TEST_CLI"));
  g_autofree char *fault = g_strdup_printf("open:0:%d", EOPNOTSUPP);
  g_assert_cmpint(g_mkdir(fixture->out, 0777), ==, 0);
  g_setenv("SG_TEST_CLI", g_getenv("SG_TEST_FAULTY_CLI"), TRUE);
  g_setenv("SG_TEST_FAULT", fault, TRUE);
  guint n_most = 0, n_late = 0;
  for (int round = 0; round < 4; round++) {
    GPid child = test_cli_start(fixture->cache, "separate", fixture->song, "-o", fixture->out, NULL);
    for (int i = 0; i < 60000 && test_folder_count(fixture->out) == 0; i++)
      g_usleep(1000);
    g_usleep((gulong)round * 20000);
    n_most = MAX(n_most, test_folder_count(fixture->out));
    kill(child, round % 2 == 0 ? SIGINT : SIGTERM);
    int code = test_cli_wait(child);
    g_assert_cmpuint(test_folder_count(fixture->scratch), ==, 0);
    if (code == 0) { /* the signal came when all was done */
      n_late++;
      test_folder_remove(g_strdup(fixture->out));
      g_assert_cmpint(g_mkdir(fixture->out, 0777), ==, 0);
      continue;
    }
    g_assert_cmpint(code, ==, 130);
    g_assert_cmpuint(test_folder_count(fixture->out), ==, 0);
  }
  g_assert_cmpuint(n_most, >, 0);
  g_assert_cmpuint(n_late, <, 4);
  g_unsetenv("SG_TEST_FAULT");
  g_setenv("SG_TEST_CLI", sound, TRUE);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add("/cli-interrupt/interrupt", Fixture, GINT_TO_POINTER(90), set_up, test_interrupt, tear_down);
  g_test_add("/cli-interrupt/info", Fixture, GINT_TO_POINTER(90), set_up, test_info, tear_down);
  g_test_add("/cli-interrupt/kill", Fixture, GINT_TO_POINTER(20), set_up, test_kill, tear_down);
  g_test_add("/cli-interrupt/many", Fixture, GINT_TO_POINTER(1), set_up, test_many, tear_down);
  g_test_add("/cli-interrupt/names-are-taken-back", Fixture, GINT_TO_POINTER(30), set_up,
             test_names_are_taken_back, tear_down);
  return g_test_run();
}
