/* Methods from file to files: decode, separate, export, on two threads and a disk. */
#include "core/io/decoder.h"
#include "core/render/export.h"
#include "core/separate/method.h"
#include "tests/bench/bench.h"
#include "tests/support.h"

enum { HPSS_MINUTES = 4, MINUTES = 3, N_THREADS = 2 };

/* What the parts took, in seconds. */
typedef struct {
  double decode_s, separate_s, export_s;
} Parts;

static Parts
separate(const char *folder, const char *song, const char *method)
{
  g_autofree char *out = g_build_filename(folder, method, NULL);
  g_autoptr(SgPcm) pcm = NULL;
  g_autoptr(SgSeparation) separation = NULL;
  double at_s[4];
  at_s[0] = bench_seconds();
  test_assert_ok(sg_decode_file(song, true, NULL, NULL, NULL, &pcm, NULL, NULL));
  at_s[1] = bench_seconds();
  test_assert_ok(sg_separation_new(pcm, sg_method_find(method), NULL, NULL, &separation, NULL));
  test_assert_ok(sg_separation_run(separation, N_THREADS, NULL, NULL, NULL));
  at_s[2] = bench_seconds();
  SgExportOptions options = { .folder = out,
                              .container = SG_CONTAINER_WAV,
                              .bits = SG_BITS_32F,
                              .settings = SG_RENDER_SETTINGS_NATURAL,
                              .n_threads = N_THREADS };
  test_assert_ok(sg_export_stems(separation, &options, NULL, NULL, NULL, NULL));
  at_s[3] = bench_seconds();
  return (Parts){ at_s[1] - at_s[0], at_s[2] - at_s[1], at_s[3] - at_s[2] };
}

void
bench_pipeline(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *song = g_build_filename(folder, "song.wav", NULL);
  test_long_song_write(song, 44100, 2, HPSS_MINUTES);
  Parts parts = separate(folder, song, "hpss");
  bench_add("HPSS from file to files, two threads: × real time",
            60.0 * HPSS_MINUTES / (parts.decode_s + parts.separate_s + parts.export_s), "×", BENCH_AT_LEAST,
            60.0);
  bench_add("  decode", parts.decode_s, "s", BENCH_FOR_INFORMATION, 0.0);
  bench_add("  separate", parts.separate_s, "s", BENCH_FOR_INFORMATION, 0.0);
  bench_add("  export (32-bit float WAV, to the disk)", parts.export_s, "s", BENCH_FOR_INFORMATION, 0.0);
}

void
bench_methods(void)
{
  static const struct {
    const char *id, *what;
    double budget;
  } methods[] = { { "classic", "classic from file to files, two threads: × real time", 8.0 },
                  { "repet-sim", "repet-sim from file to files: × real time", 8.0 },
                  { "nmf", "nmf from file to files: × real time", 2.0 },
                  { "center", "center from file to files: × real time", 0.0 } };
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *song = g_build_filename(folder, "song.wav", NULL);
  test_long_song_write(song, 44100, 2, MINUTES);
  for (gsize i = 0; i < G_N_ELEMENTS(methods); i++) {
    Parts parts = separate(folder, song, methods[i].id);
    bench_add(methods[i].what, 60.0 * MINUTES / (parts.decode_s + parts.separate_s + parts.export_s), "×",
              methods[i].budget > 0.0 ? BENCH_AT_LEAST : BENCH_FOR_INFORMATION, methods[i].budget);
  }
}
