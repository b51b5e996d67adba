/* HPSS from file to files: decode, separate, export, on two threads and a disk. */
#include "core/io/decoder.h"
#include "core/render/export.h"
#include "core/separate/hpss.h"
#include "tests/bench/bench.h"
#include "tests/support.h"

enum { MINUTES = 4, N_THREADS = 2 };

void
bench_pipeline(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *song = g_build_filename(folder, "song.wav", NULL);
  g_autofree char *out = g_build_filename(folder, "out", NULL);
  test_long_song_write(song, 44100, 2, MINUTES);

  g_autoptr(SgPcm) pcm = NULL;
  g_autoptr(SgSeparation) separation = NULL;
  double at_s[4];
  at_s[0] = bench_seconds();
  test_assert_ok(sg_decode_file(song, true, NULL, NULL, NULL, &pcm, NULL, NULL));
  at_s[1] = bench_seconds();
  test_assert_ok(sg_separation_new(pcm, &sg_hpss_class, NULL, NULL, &separation, NULL));
  test_assert_ok(sg_separation_run(separation, N_THREADS, NULL, NULL, NULL));
  at_s[2] = bench_seconds();
  SgExportOptions options = { .folder = out,
                              .container = SG_CONTAINER_WAV,
                              .bits = SG_BITS_32F,
                              .settings = SG_RENDER_SETTINGS_NATURAL,
                              .n_threads = N_THREADS };
  test_assert_ok(sg_export_stems(separation, &options, NULL, NULL, NULL, NULL));
  at_s[3] = bench_seconds();

  double song_s = 60.0 * MINUTES;
  bench_add("HPSS from file to files, two threads: × real time", song_s / (at_s[3] - at_s[0]), "×",
            BENCH_AT_LEAST, 60.0);
  bench_add("  decode", at_s[1] - at_s[0], "s", BENCH_FOR_INFORMATION, 0.0);
  bench_add("  separate", at_s[2] - at_s[1], "s", BENCH_FOR_INFORMATION, 0.0);
  bench_add("  export (32-bit float WAV, to the disk)", at_s[3] - at_s[2], "s", BENCH_FOR_INFORMATION, 0.0);
}
