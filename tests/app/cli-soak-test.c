/* Long files: an hour in bounded memory, and a day to its last sample. */
#include <math.h>

#include "core/io/decoder.h"
#include "tests/support-cli.h"
#include "tests/support.h"

static void
test_hour(void)
{
  CliUse ten = test_cli_separate_long(10), sixty = test_cli_separate_long(60);
  g_test_message("10 min: %.1f s, %.1f MB; 60 min: %.1f s, %.1f MB", ten.seconds, ten.peak_mb, sixty.seconds,
                 sixty.peak_mb);
  g_assert_cmpfloat(sixty.peak_mb, <=, 400.0);
  g_assert_cmpfloat(sixty.peak_mb, <=, 1.1 * ten.peak_mb);
}

/* Peak of what two stems miss of the song, read side by side. */
static double
null_peak(const SgPcm *song, const SgPcm *drums, const SgPcm *rest)
{
  enum { BLOCK = 1 << 16 };
  g_autofree float *blocks = g_new(float, 3 * BLOCK);
  float *a = blocks, *b = blocks + BLOCK, *c = blocks + 2 * BLOCK;
  double peak = 0.0;
  for (gint64 at = 0; at < sg_pcm_n_samples(song); at += BLOCK) {
    test_assert_ok(sg_pcm_read(song, at, BLOCK, &a, NULL));
    test_assert_ok(sg_pcm_read(drums, at, BLOCK, &b, NULL));
    test_assert_ok(sg_pcm_read(rest, at, BLOCK, &c, NULL));
    for (int i = 0; i < BLOCK; i++)
      peak = MAX(peak, fabs((double)a[i] - b[i] - c[i]));
  }
  return peak;
}

static SgPcm *
decode(const char *path)
{
  SgPcm *pcm;
  test_assert_ok(sg_decode_file(path, true, NULL, NULL, NULL, &pcm, NULL, NULL));
  return pcm;
}

/* Twenty-four hours, at a rate that keeps them small. */
static void
test_day(void)
{
  enum { RATE = 1000 };
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *song_path = g_build_filename(folder, "song.wav", NULL);
  g_autofree char *out = g_build_filename(folder, "out", NULL);
  g_autofree char *drums_path = g_build_filename(out, "song", "drums.wav", NULL);
  g_autofree char *rest_path = g_build_filename(out, "song", "rest.wav", NULL);
  test_long_song_write(song_path, RATE, 1, 24 * 60);
  CliUse use;
  g_auto(CliRun) run = test_cli_run_measured(folder, &use, "separate", song_path, "-o", out, NULL);
  g_assert_cmpint(run.code, ==, 0);
  g_test_message("a day: %.1f s, %.1f MB", use.seconds, use.peak_mb);
  g_autoptr(SgPcm) song = decode(song_path);
  g_autoptr(SgPcm) drums = decode(drums_path);
  g_autoptr(SgPcm) rest = decode(rest_path);
  g_assert_cmpint(sg_pcm_n_samples(song), ==, 24 * 3600 * RATE);
  g_assert_cmpint(sg_pcm_n_samples(drums), ==, 24 * 3600 * RATE);
  g_assert_cmpint(sg_pcm_n_samples(rest), ==, 24 * 3600 * RATE);
  g_assert_cmpfloat(test_dbfs(null_peak(song, drums, rest)), <=, -90.0);
  g_assert_cmpfloat(use.peak_mb, <=, 400.0);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/cli-soak/hour", test_hour);
  g_test_add_func("/cli-soak/day", test_day);
  return g_test_run();
}
