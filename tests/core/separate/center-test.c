#include "core/separate/center.h"

#include <math.h>

#include "core/dsp/signals.h"
#include "tests/support.h"

enum { RATE = 22050, N = 4 * RATE };

/* Adds a mono source at place p (−1 … 1) by the constant-power pan law. */
static void
pan(const float *source, double place, float *inout_stereo)
{
  double angle = (place + 1.0) * M_PI / 4.0;
  for (gsize i = 0; i < N; i++) {
    inout_stereo[2 * i] += (float)cos(angle) * source[i];
    inout_stereo[2 * i + 1] += (float)sin(angle) * source[i];
  }
}

/* Three tones at three places: the position picks out its own. */
static void
test_places(void)
{
  const double places[] = { -0.7, 0.0, 0.5 };
  const double freqs_hz[] = { 400.0, 900.0, 2500.0 };
  g_autofree float *song = g_new0(float, 2 * N);
  g_autofree float *tone = g_new(float, N);
  float *alone[3];
  for (gsize i = 0; i < 3; i++) {
    alone[i] = g_new0(float, 2 * N);
    sg_signal_sine(tone, N, RATE, freqs_hz[i], 0.3f);
    pan(tone, places[i], alone[i]);
    pan(tone, places[i], song);
  }
  g_autoptr(SgPcm) pcm = test_pcm_new(RATE, 2, N, song);
  for (gsize i = 0; i < 3; i++) {
    const double knobs[] = { places[i], 0.2, 120.0, 16000.0 };
    g_autoptr(SgSeparation) separation = NULL;
    test_assert_ok(sg_separation_new(pcm, &sg_center_class, knobs, NULL, &separation, NULL));
    test_assert_ok(sg_separation_run(separation, 1, NULL, NULL, NULL));
    g_assert_cmpstr(sg_separation_plan(separation)->sources[0], ==, "vocals");
    SgRenderSettings natural = SG_RENDER_SETTINGS_NATURAL;
    g_autofree float *stems = test_render_dup(separation, &natural, SG_RENDER_MAX_SAMPLES);
    double sdr_db = test_sdr(alone[i], stems, 2 * N);
    g_test_message("place %+.1f: SDR %.1f dB", places[i], sdr_db);
    g_assert_cmpfloat(sdr_db, >, 30.0);
    g_free(alone[i]);
  }
}

/* Sound in opposite phase lies nowhere between the loudspeakers, and low sound stays with the sides. */
static void
test_sides(void)
{
  g_autofree float *song = g_new0(float, 2 * N);
  g_autofree float *high = g_new(float, N);
  g_autofree float *low = g_new(float, N);
  sg_signal_sine(high, N, RATE, 1000.0, 0.3f);
  sg_signal_sine(low, N, RATE, 60.0, 0.3f);
  for (gsize i = 0; i < N; i++) {
    song[2 * i] = high[i] + low[i];
    song[2 * i + 1] = -high[i] + low[i];
  }
  g_autoptr(SgPcm) pcm = test_pcm_new(RATE, 2, N, song);
  g_autoptr(SgSeparation) separation = test_separation_new(pcm, &sg_center_class, 0, 1);
  SgRenderSettings natural = SG_RENDER_SETTINGS_NATURAL;
  g_autofree float *stems = test_render_dup(separation, &natural, SG_RENDER_MAX_SAMPLES);
  g_assert_cmpfloat(test_sdr(song, stems + 2 * N, 2 * N), >, 30.0);
}

static void
test_refuses(void)
{
  for (guint n_channels = 1; n_channels <= 3; n_channels++) {
    g_autoptr(SgPcm) pcm = test_band_pcm_new(RATE, n_channels, RATE);
    g_autoptr(SgSeparation) separation = NULL;
    SgError error;
    SgStatus status = sg_separation_new(pcm, &sg_center_class, NULL, NULL, &separation, &error);
    test_assert_status(status, n_channels == 2 ? SG_OK : SG_NEEDS_STEREO);
    if (n_channels == 3)
      g_assert_cmpstr(error.detail, ==, "3");
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/center/places", test_places);
  g_test_add_func("/center/sides", test_sides);
  g_test_add_func("/center/refuses", test_refuses);
  return g_test_run();
}
