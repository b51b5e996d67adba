/* stemglass-cli stopped: by SIGINT and SIGTERM it ends at once with 130 and leaves nothing; after SIGKILL too
 * there is neither scratch nor a half-written file. */
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
  double seconds;
  g_auto(CliRun) run = test_cli_run_and_signal(fixture->cache, signal_number, after_s, &seconds, "separate",
                                               fixture->song, "-o", fixture->out, "--format", "flac", NULL);
  g_test_message("signal %d after %.2f s: ended within %.3f s with %d", signal_number, after_s, seconds,
                 run.code);
  g_assert_cmpuint(test_folder_count(fixture->scratch), ==, 0);
  g_assert_cmpfloat(seconds, <, 1.0);
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
  double latency_s;
  g_auto(CliRun) run =
      test_cli_run_and_signal(fixture->cache, SIGINT, 0.05, &latency_s, "info", fixture->song, fixture->song,
                              fixture->song, fixture->song, NULL);
  g_test_message("ended within %.3f s", latency_s);
  g_assert_cmpint(run.code, ==, 130);
  g_assert_cmpfloat(latency_s, <, 1.0);
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
    double latency_s;
    g_auto(CliRun) run =
        test_cli_run_and_signal(fixture->cache, SIGKILL, 1.1 * whole_s * sg_random_unit(&random), &latency_s,
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

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add("/cli-interrupt/interrupt", Fixture, GINT_TO_POINTER(90), set_up, test_interrupt, tear_down);
  g_test_add("/cli-interrupt/info", Fixture, GINT_TO_POINTER(90), set_up, test_info, tear_down);
  g_test_add("/cli-interrupt/kill", Fixture, GINT_TO_POINTER(20), set_up, test_kill, tear_down);
  return g_test_run();
}
