/* Multichannel Wiener EM on blocks of the customary length, stereo at 44.1 kHz, by the processor time it
 * takes, and what it adds to that of a separation. */
#include "core/mask/wiener.h"

#include <time.h>

#include "core/separate/hpss.h"
#include "tests/bench/bench.h"
#include "tests/support.h"

enum { N_FRAMES = SG_WIENER_BLOCK_FRAMES, N_CHANNELS = 2, N_BINS = 2049, N_ROUNDS = 5 };

/* Of a thread or of the process. */
static double
processor_seconds(clockid_t clock)
{
  struct timespec now;
  clock_gettime(clock, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Seconds of processor time that a block takes. */
static double
block_seconds(const SgComplex *mixture, const float *masks, gsize n_sources, guint n_iterations)
{
  SgWiener *wiener = sg_wiener_new((SgWienerShape){ N_FRAMES, n_sources, N_CHANNELS, N_BINS });
  g_autofree SgComplex *frame = g_new(SgComplex, n_sources * N_CHANNELS * N_BINS);
  double best_s = G_MAXDOUBLE;
  for (int round = 0; round < N_ROUNDS; round++) {
    double started_s = processor_seconds(CLOCK_THREAD_CPUTIME_ID);
    sg_wiener_begin(wiener, mixture, N_FRAMES * N_BINS, N_FRAMES);
    for (gsize t = 0; t < N_FRAMES; t++)
      sg_wiener_start_masks(wiener, t, masks);
    sg_wiener_iterate(wiener, n_iterations, NULL);
    for (gsize t = 0; t < N_FRAMES; t++)
      sg_wiener_estimate(wiener, t, frame);
    best_s = MIN(best_s, processor_seconds(CLOCK_THREAD_CPUTIME_ID) - started_s);
  }
  sg_wiener_free(wiener);
  return best_s;
}

/* Chunks may become ready in two threads at once; the moment of either will do. */
static void
note_moment(gint64 first_frame, gint64 n_frames, void *user)
{
  _Atomic double *moment_s = user;
  if (*moment_s == 0.0)
    *moment_s = bench_seconds();
}

/* Seconds from the beginning until the first chunk can be heard. */
static double
first_chunk_seconds(const SgPcm *pcm, guint wiener_iterations)
{
  double best_s = G_MAXDOUBLE;
  for (int round = 0; round < N_ROUNDS; round++) {
    _Atomic double moment_s = 0.0;
    double started_s = bench_seconds();
    g_autoptr(SgSeparation) separation = test_separation_new(pcm, &sg_hpss_class, wiener_iterations, 0);
    sg_separation_set_chunk_ready(separation, note_moment, &moment_s);
    test_assert_ok(sg_separation_run(separation, 2, NULL, NULL, NULL));
    best_s = MIN(best_s, moment_s - started_s);
  }
  return best_s;
}

/* Seconds of processor time that a separation takes. */
static double
separation_seconds(const SgPcm *pcm, guint wiener_iterations)
{
  double best_s = G_MAXDOUBLE;
  for (int round = 0; round < N_ROUNDS; round++) {
    double started_s = processor_seconds(CLOCK_PROCESS_CPUTIME_ID);
    g_autoptr(SgSeparation) separation = test_separation_new(pcm, &sg_hpss_class, wiener_iterations, 2);
    best_s = MIN(best_s, processor_seconds(CLOCK_PROCESS_CPUTIME_ID) - started_s);
  }
  return best_s;
}

void
bench_wiener(void)
{
  SgRandom random = sg_random_seeded(1);
  gsize n_mixture = N_CHANNELS * N_FRAMES * N_BINS, n_masks = 4 * N_CHANNELS * N_BINS;
  g_autofree SgComplex *mixture = g_new(SgComplex, n_mixture);
  g_autofree float *masks = g_new(float, n_masks);
  for (gsize i = 0; i < n_mixture; i++)
    mixture[i] = CMPLXF((float)sg_random_unit(&random) - 0.5f, (float)sg_random_unit(&random) - 0.5f);
  for (gsize i = 0; i < n_masks; i++)
    masks[i] = (float)sg_random_unit(&random);
  double block_s = N_FRAMES * 1024.0 / 44100.0;
  for (gsize n_sources = 2; n_sources <= 4; n_sources += 2)
    for (guint n_iterations = 1; n_iterations <= 2; n_iterations++) {
      g_autofree char *what =
          g_strdup_printf("Wiener EM, %zu sources, %u iterations: × real time", n_sources, n_iterations);
      bench_add(what, block_s / block_seconds(mixture, masks, n_sources, n_iterations), "×",
                BENCH_FOR_INFORMATION, 0.0);
    }
  g_autoptr(SgPcm) pcm = test_band_pcm_new(44100, N_CHANNELS, 60 * 44100);
  double plain_s = separation_seconds(pcm, 0);
  for (guint n_iterations = 1; n_iterations <= 2; n_iterations++) {
    g_autofree char *what = g_strdup_printf("  HPSS and %u iterations against HPSS alone", n_iterations);
    bench_add(what, separation_seconds(pcm, n_iterations) / plain_s, "×", BENCH_FOR_INFORMATION, 0.0);
  }
  bench_add("  from its beginning to the first sound, 2 iterations", first_chunk_seconds(pcm, 2), "s",
            BENCH_AT_MOST, 2.0);
}
