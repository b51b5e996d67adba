#include "core/beat/beat-tracker.h"

#include <glib.h>
#include <math.h>

#include "core/base/random.h"
#include "tests/support.h"

enum { RATE = 44100 };

/* Bursts of noise on the beats of a tempo, the first at `phase`. */
static SgPcm *
drummed_song(double bpm, double phase, int64_t n, guint n_channels)
{
  SgRandom random = sg_random_seeded(3);
  g_autofree float *song = g_new0(float, (gsize)n *n_channels);
  double period = 60.0 * RATE / bpm;
  for (int64_t i = 0; i < n; i++) {
    double since = (double)i - phase;
    double in = since >= 0.0 ? fmod(since, period) : 1e9;
    float noise = (float)(0.6 * exp(-in / 800.0) * (2.0 * sg_random_unit(&random) - 1.0));
    for (guint c = 0; c < n_channels; c++)
      song[(guint64)i * n_channels + c] = noise;
  }
  return test_pcm_new(RATE, n_channels, n, song);
}

static void
check_found(double bpm, double phase, guint n_channels)
{
  int64_t n = 20 * RATE;
  g_autoptr(SgPcm) pcm = drummed_song(bpm, phase, n, n_channels);
  SgBeatGrid *grid;
  test_assert_ok(sg_beats_find(pcm, NULL, NULL, &grid, NULL));
  double found = sg_beat_grid_bpm(grid, RATE), worst = 0.0, period = 60.0 * RATE / bpm;
  for (double beat = phase + 8 * period; beat < 15 * RATE; beat += period)
    worst = fmax(worst, fabs((double)sg_beat_grid_snap(grid, llround(beat)) - beat) / RATE);
  g_test_message("%.1f bpm found as %.2f, beats within %.1f ms", bpm, found, 1000.0 * worst);
  g_assert_cmpfloat_with_epsilon(found, bpm, 0.01 * bpm);
  g_assert_cmpfloat(worst, <, 0.025);
  sg_beat_grid_unref(grid);
}

static void
test_found(void)
{
  check_found(120.0, 10000.0, 2);
  check_found(97.0, 0.0, 1);
  check_found(143.5, 20000.0, 1);
}

static void
test_silence(void)
{
  g_autofree float *song = g_new0(float, 2 * RATE);
  g_autoptr(SgPcm) pcm = test_pcm_new(RATE, 1, 2 * RATE, song);
  SgBeatGrid *grid;
  test_assert_status(sg_beats_find(pcm, NULL, NULL, &grid, NULL), SG_NO_BEATS);
  g_assert_null(grid);
}

static bool
refuse(double fraction, const char *stage, void *user)
{
  return false;
}

static void
test_cancel(void)
{
  g_autoptr(SgPcm) pcm = drummed_song(120.0, 0.0, RATE, 1);
  SgBeatGrid *grid;
  test_assert_status(sg_beats_find(pcm, refuse, NULL, &grid, NULL), SG_CANCELLED);
}

/* Beats that scatter by some milliseconds, with one missing and one too many, are one tempo; a tempo that
 * drifts stays as it was found. */
static void
test_regularise(void)
{
  double beats[64];
  SgRandom random = test_random();
  size_t n = 0;
  for (int i = 0; i < 60; i++) {
    if (i == 20)
      continue;
    beats[n++] = 3000.0 + i * 21000.0 + 400.0 * (sg_random_unit(&random) - 0.5);
    if (i == 40)
      beats[n++] = 3000.0 + i * 21000.0 + 9000.0;
  }
  SgBeatGrid *grid = sg_beats_regularise(beats, n, RATE, 60 * 21000);
  g_assert_cmpfloat_with_epsilon(60.0 * RATE / sg_beat_grid_bpm(grid, RATE), 21000.0, 5.0);
  for (int i = 0; i < 60; i++)
    g_assert_cmpint(ABS(sg_beat_grid_snap(grid, 3000 + i * 21000) - (3000 + i * 21000)), <, 300);
  sg_beat_grid_unref(grid);

  beats[0] = 1000.0;
  for (size_t i = 1; i < 60; i++)
    beats[i] = beats[i - 1] + 20000.0 + 150.0 * (double)i;
  grid = sg_beats_regularise(beats, 60, RATE, 40 * RATE);
  g_assert_cmpfloat(sg_beat_grid_beat(grid, sg_beat_grid_find(grid, beats[37] - 1.0)), ==, beats[37]);
  sg_beat_grid_unref(grid);
}

static void
test_tapped(void)
{
  double taps[4] = { 10000.0, 30100.0, 49900.0, 70000.0 };
  SgBeatGrid *grid = sg_beats_tapped(taps, 4, RATE, 10 * RATE);
  g_assert_cmpfloat_with_epsilon(60.0 * RATE / sg_beat_grid_bpm(grid, RATE), 19980.0, 1.0);
  size_t first = sg_beat_grid_find(grid, 5000.0);
  g_assert_cmpfloat_with_epsilon(sg_beat_grid_beat(grid, first), 10030.0, 1.0);
  g_assert_true(sg_beat_grid_begins_bar(grid, first));
  sg_beat_grid_unref(grid);
  g_assert_null(sg_beats_tapped(taps, 1, RATE, 10 * RATE));
  double slow[2] = { 0.0, 5.0 * RATE };
  g_assert_null(sg_beats_tapped(slow, 2, RATE, 10 * RATE));
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/beat-tracker/found", test_found);
  g_test_add_func("/beat-tracker/silence", test_silence);
  g_test_add_func("/beat-tracker/cancel", test_cancel);
  g_test_add_func("/beat-tracker/regularise", test_regularise);
  g_test_add_func("/beat-tracker/tapped", test_tapped);
  return g_test_run();
}
