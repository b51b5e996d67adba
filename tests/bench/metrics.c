/* Scores: BSS Eval v3 against mir_eval on the same clip, in processor time with both on one thread (so that
 * what runs beside them does not count), and all measures of a song by the clock on the wall. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/base/linalg.h"
#include "core/dsp/signals.h"
#include "core/metrics/evaluation.h"
#include "tests/bench/bench.h"
#include "tests/support.h"

enum { RATE = 44100, N_SOURCES = 4, CLIP_S = 30, SONG_S = 180, N_ROUNDS = 3 };

typedef struct {
  guint n_channels;
  gint64 n;
  SgPcm *sources[N_SOURCES], *estimates[N_SOURCES];
} Track;

static void
write_raw(const char *folder, const char *kind, guint source, const float *samples, gint64 n)
{
  g_autofree char *path = g_strdup_printf("%s/%s%u.raw", folder, kind, source);
  test_file_write(path, samples, (gsize)n * sizeof *samples);
}

/* Bands of another beat and pitch each; an estimate is its source, a tenth of the next and noise at −40 dB.
 * With a folder all are written there too, as raw 32-bit floats. */
static Track *
track_new(guint n_channels, gint64 n, const char *folder)
{
  Track *track = g_new0(Track, 1);
  gint64 n_floats = n * n_channels;
  float *bands[N_SOURCES];
  *track = (Track){ .n_channels = n_channels, .n = n };
  SgRandom random = sg_random_seeded(9);
  for (guint j = 0; j < N_SOURCES; j++) {
    bands[j] = test_band_new(RATE - 3000 * j, n_channels, n, 40 + j);
    track->sources[j] = test_pcm_new(RATE, n_channels, n, bands[j]);
    if (folder != NULL)
      write_raw(folder, "source", j, bands[j], n_floats);
  }
  g_autofree float *estimate = g_new(float, (gsize)n_floats);
  for (guint j = 0; j < N_SOURCES; j++) {
    sg_signal_noise(estimate, n_floats, 0.01f, &random);
    for (gint64 i = 0; i < n_floats; i++)
      estimate[i] += 0.9f * bands[j][i] + 0.1f * bands[(j + 1) % N_SOURCES][i];
    track->estimates[j] = test_pcm_new(RATE, n_channels, n, estimate);
    if (folder != NULL)
      write_raw(folder, "estimate", j, estimate, n_floats);
  }
  for (guint j = 0; j < N_SOURCES; j++)
    g_free(bands[j]);
  return track;
}

static void
track_free(Track *track)
{
  for (guint j = 0; j < N_SOURCES; j++) {
    sg_pcm_free(track->sources[j]);
    sg_pcm_free(track->estimates[j]);
  }
  g_free(track);
}

static double
processor_seconds(void)
{
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Seconds from the PCM to the scores, by the given clock. */
static double
score(const Track *track, guint32 measures, guint n_threads, gboolean with_baselines, double (*clock_s)(void),
      double out_values[N_SOURCES][SG_N_SCORE_VALUES])
{
  SgEvaluationSetup setup = { .sources = (const SgPcm *const *)track->sources,
                              .n_sources = N_SOURCES,
                              .measures = measures,
                              .n_threads = n_threads };
  SgEvaluation *evaluation;
  SgScore scores[N_SOURCES];
  SgBaseline baselines[N_SOURCES];
  double started_s = clock_s();
  test_assert_ok(sg_evaluation_new(&setup, NULL, NULL, &evaluation, NULL));
  test_assert_ok(
      sg_evaluation_score(evaluation, (const SgPcm *const *)track->estimates, NULL, NULL, scores, NULL));
  if (with_baselines)
    test_assert_ok(sg_evaluation_baselines(evaluation, NULL, NULL, baselines, NULL));
  double seconds = clock_s() - started_s;
  for (guint j = 0; j < N_SOURCES; j++) {
    memcpy(out_values[j], scores[j].values, sizeof scores[j].values);
    sg_score_clear(&scores[j]);
    if (with_baselines)
      sg_baseline_clear(&baselines[j]);
  }
  sg_evaluation_free(evaluation);
  return seconds;
}

/* What mir_eval prints: its seconds, the name of its BLAS, and its scores [source][SDR ISR SIR SAR]. NULL
 * when no Python has it. */
static char *
run_peer(const char *folder, guint n_channels)
{
  const char *const pythons[] = { "python3", "/usr/bin/python3" };
  g_autofree char *channels = g_strdup_printf("%u", n_channels);
  for (gsize i = 0; i < G_N_ELEMENTS(pythons); i++) {
    const char *const argv[] = { pythons[i], BENCH_REFERENCE "/metrics_peer.py", folder, channels, NULL };
    g_auto(GStrv) environment = g_environ_setenv(g_get_environ(), "OPENBLAS_NUM_THREADS", "1", TRUE);
    char *output = NULL;
    int status;
    if (g_spawn_sync(NULL, (char **)argv, environment, G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL, NULL,
                     NULL, &output, NULL, &status, NULL) &&
        g_spawn_check_wait_status(status, NULL))
      return output;
    g_free(output);
  }
  return NULL;
}

/* The largest difference in dB between our v3 scores and the peer's lines from `at` on. */
static double
largest_difference(const char *at, double values[N_SOURCES][SG_N_SCORE_VALUES])
{
  double largest = 0.0;
  for (guint j = 0; j < N_SOURCES; j++)
    for (int v = SG_BSS3_SDR; v <= SG_BSS3_SAR; v++) {
      char *end;
      double theirs = g_ascii_strtod(at, &end);
      g_assert_true(end != at);
      at = end;
      if (!isnan(values[j][v]))
        largest = MAX(largest, fabs(theirs - values[j][v]));
    }
  return largest;
}

static void
against_peer(guint n_channels)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  Track *track = track_new(n_channels, CLIP_S * RATE, folder);
  double values[N_SOURCES][SG_N_SCORE_VALUES], best_s = INFINITY;
  for (int round = 0; round < N_ROUNDS; round++)
    best_s = MIN(best_s, score(track, SG_MEASURE_BSS3, 1, FALSE, processor_seconds, values));
  g_autofree char *what =
      g_strdup_printf("BSS Eval v3, 30 s, 4 sources, %s", n_channels == 1 ? "mono" : "stereo");
  g_autofree char *seconds = g_strconcat(what, ", processor time", NULL);
  bench_add(seconds, best_s, "s", BENCH_FOR_INFORMATION, 0.0);
  g_autofree char *output = run_peer(folder, n_channels);
  if (output == NULL)
    printf("mir_eval is not installed here: no ratio to it.\n");
  else {
    g_auto(GStrv) lines = g_strsplit(output, "\n", 3);
    printf("BLAS here: %s\nBLAS of mir_eval: %s\n", sg_linalg_backend(), lines[1]);
    g_autofree char *ratio = g_strconcat(what, ", against mir_eval", NULL);
    bench_add(ratio, g_ascii_strtod(lines[0], NULL) / best_s, "×", BENCH_AT_LEAST, 10.0);
    g_autofree char *difference = g_strconcat(what, ", difference", NULL);
    bench_add(difference, largest_difference(lines[2], values), "dB", BENCH_AT_MOST, 0.01);
  }
  track_free(track);
}

void
bench_metrics(void)
{
  against_peer(1);
  against_peer(2);
  Track *track = track_new(2, SONG_S * RATE, NULL);
  double values[N_SOURCES][SG_N_SCORE_VALUES];
  bench_add("all measures, 3 min, 4 sources, stereo",
            score(track, SG_MEASURE_ALL, 0, FALSE, bench_seconds, values), "s", BENCH_AT_MOST, 30.0);
  bench_add("the same with the baselines", score(track, SG_MEASURE_ALL, 0, TRUE, bench_seconds, values), "s",
            BENCH_AT_MOST, 30.0);
  track_free(track);
}
