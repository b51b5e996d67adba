/* Peak resident memory and time of stemglass-cli on ten minutes and on an hour. */
#include "tests/bench/bench.h"
#include "tests/support-cli.h"
#include "tests/support.h"

static void
separate(guint minutes, double *out_seconds, double *out_peak_mb)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *song = g_build_filename(folder, "song.wav", NULL);
  g_autofree char *out = g_build_filename(folder, "out", NULL);
  test_long_song_write(song, 44100, 2, minutes);
  g_auto(CliRun) run =
      test_cli_run_measured(folder, out_seconds, out_peak_mb, "separate", song, "-o", out, NULL);
  g_assert_cmpint(run.code, ==, 0);
}

void
bench_memory(void)
{
  double ten_s, ten_mb, sixty_s, sixty_mb;
  separate(10, &ten_s, &ten_mb);
  separate(60, &sixty_s, &sixty_mb);
  bench_add("peak resident memory, 60 min stereo", sixty_mb, "MB", BENCH_AT_MOST, 400.0);
  bench_add("peak resident memory, 60 min against 10 min", sixty_mb / ten_mb, "×", BENCH_AT_MOST, 1.1);
  bench_add("time, 60 min against 10 min", sixty_s / ten_s, "×", BENCH_AT_MOST, 6.3);
  bench_add("  10 min", ten_s, "s", BENCH_FOR_INFORMATION, 0.0);
  bench_add("  60 min", sixty_s, "s", BENCH_FOR_INFORMATION, 0.0);
}
