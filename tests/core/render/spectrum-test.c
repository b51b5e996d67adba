#include "core/render/spectrum.h"

#include <math.h>

#include "tests/support.h"

enum { RATE = 44100 };

/* A full-scale sine at a bin has power 1 there. */
static void
test_scaling(void)
{
  SgStftSize size = sg_stft_size_for_rate(RATE);
  const gint64 n = 3 * size.window;
  g_autofree float *samples = g_new(float, n);
  for (gint64 i = 0; i < n; i++)
    samples[i] = (float)sin(2.0 * G_PI * 100.0 * (double)i / size.window);
  g_autoptr(SgPcm) pcm = test_pcm_new(RATE, 1, n, samples);
  SgSpectrum *spectrum = sg_spectrum_new(pcm);
  g_autofree float *power = g_new(float, size.n_bins);
  test_assert_ok(sg_spectrum_power_at(spectrum, n / 2 + 77, power, NULL));
  g_assert_cmpfloat_with_epsilon(power[100], 1.0f, 1e-4);
  g_assert_cmpfloat(power[110], <, 1e-8f);
  sg_spectrum_free(spectrum);
}

/* The scaling holds for every window. */
static void
test_windows(void)
{
  const gint64 n = 40000;
  g_autofree float *samples = g_new(float, n);
  for (gint64 i = 0; i < n; i++)
    samples[i] = (float)sin(2.0 * G_PI * (double)i / 64.0);
  g_autoptr(SgPcm) pcm = test_pcm_new(RATE, 1, n, samples);
  for (guint window = 1024; window <= 16384; window *= 2) {
    SgSpectrum *spectrum = sg_spectrum_new_sized(pcm, window);
    g_assert_cmpuint(sg_spectrum_size(spectrum).window, ==, window);
    g_autofree float *power = g_new(float, window / 2 + 1);
    test_assert_ok(sg_spectrum_power_at(spectrum, n / 2, power, NULL));
    g_assert_cmpfloat_with_epsilon(power[window / 64], 1.0f, 1e-4);
    g_assert_cmpfloat(power[window / 64 + 8], <, 1e-7f);
    sg_spectrum_free(spectrum);
  }
}

/* On the separation's frames it agrees with the renderer. */
static void
test_renderer(void)
{
  g_autoptr(SgPcm) pcm = test_band_pcm_new(RATE, 2, 3 * RATE);
  g_autoptr(SgSeparation) separation = test_hpss_new(pcm, 0);
  SgRenderer *renderer = sg_renderer_new(separation);
  SgRenderWork *work = sg_render_work_new(renderer);
  SgSpectrum *spectrum = sg_spectrum_new(pcm);
  SgStftSize size = sg_spectrum_size(spectrum);
  const SgRenderSettings settings = SG_RENDER_SETTINGS_NATURAL;
  g_autofree float *a = g_new(float, size.n_bins), *b = g_new(float, size.n_bins);
  for (gint64 frame = 0; frame < sg_stft_n_frames(size, 3 * RATE); frame += 7) {
    test_assert_ok(sg_spectrum_power_at(spectrum, frame * size.hop, a, NULL));
    test_assert_ok(sg_renderer_frame_power(renderer, work, &settings, -1, frame, b, NULL));
    for (guint k = 0; k < size.n_bins; k++)
      g_assert_cmpfloat(a[k], ==, b[k]);
  }
  sg_spectrum_free(spectrum);
  sg_render_work_free(work);
  sg_renderer_free(renderer);
}

static void
test_outside(void)
{
  g_autoptr(SgPcm) pcm = test_band_pcm_new(RATE, 2, 1000);
  SgSpectrum *spectrum = sg_spectrum_new(pcm);
  SgStftSize size = sg_spectrum_size(spectrum);
  g_autofree float *power = g_new(float, size.n_bins);
  test_assert_ok(sg_spectrum_power_at(spectrum, -10000, power, NULL));
  for (guint k = 0; k < size.n_bins; k++)
    g_assert_cmpfloat(power[k], ==, 0.0f);
  sg_spectrum_free(spectrum);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/render/spectrum/scaling", test_scaling);
  g_test_add_func("/render/spectrum/windows", test_windows);
  g_test_add_func("/render/spectrum/renderer", test_renderer);
  g_test_add_func("/render/spectrum/outside", test_outside);
  return g_test_run();
}
