/* How long stemglass-cli takes to end after SIGINT, at moments spread over decoding, separating and
 * exporting. */
#include <signal.h>

#include "tests/bench/bench.h"
#include "tests/support-cli.h"
#include "tests/support.h"

enum { N_MOMENTS = 20 };

void
bench_cancel(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *song = g_build_filename(folder, "song.wav", NULL);
  g_autofree char *out = g_build_filename(folder, "out", NULL);
  test_long_song_write(song, 44100, 2, 10);
  CliUse whole_use;
  double worst_s = 0.0, sum_s = 0.0;
  g_auto(CliRun) whole =
      test_cli_run_measured(folder, &whole_use, "separate", song, "-o", out, "--overwrite", NULL);
  g_assert_cmpint(whole.code, ==, 0);
  for (int i = 0; i < N_MOMENTS; i++) {
    TestTime latency;
    g_auto(CliRun) run = test_cli_run_and_signal(folder, SIGINT, whole_use.seconds * (i + 0.5) / N_MOMENTS,
                                                 &latency, "separate", song, "-o", out, "--overwrite", NULL);
    worst_s = MAX(worst_s, latency.clock_s);
    sum_s += latency.clock_s;
  }
  bench_add("from SIGINT to the end, the longest of 20", worst_s, "s", BENCH_AT_MOST, 0.2);
  bench_add("  mean", sum_s / N_MOMENTS, "s", BENCH_FOR_INFORMATION, 0.0);
}
