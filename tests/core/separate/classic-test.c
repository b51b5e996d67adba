#include "core/separate/classic.h"

#include <math.h>

#include "core/base/memory.h"
#include "tests/support.h"

enum { RATE = 44100, DRUMS = 0, N_SOURCES = 4 };

/* Energy of stem j of the rendered song over samples start … start+n−1. */
static double
energy(const float *stems, gint64 n_song, guint j, gint64 start, gint64 n)
{
  double sum = 0.0;
  for (gint64 i = start; i < start + n; i++)
    sum += pow(stems[(gint64)j * n_song + i], 2.0);
  return sum;
}

static float *
separate(const float *song, gint64 n)
{
  g_autoptr(SgPcm) pcm = test_pcm_new(RATE, 1, n, song);
  g_autoptr(SgSeparation) separation = test_separation_new(pcm, &sg_classic_class, 0, 2);
  g_assert_cmpuint(sg_separation_plan(separation)->n_sources, ==, N_SOURCES);
  SgRenderSettings settings = SG_RENDER_SETTINGS_NATURAL;
  return test_render_dup(separation, &settings, 8192);
}

/* Bursts of noise over soft held notes go to the drums: that stem has more of them than all others together.
 */
static void
test_drums(void)
{
  SgRandom random = test_random();
  const gint64 n = 6 * RATE;
  g_autofree float *song = g_new0(float, n);
  for (gint64 i = 0; i < n; i++) {
    double t = (double)i / RATE, since = fmod(t, 0.5), noise = 2.0 * sg_random_unit(&random) - 1.0;
    song[i] = (float)(0.5 * noise * exp(-since / 0.02) + 0.005 * sin(2.0 * M_PI * 440.0 * t));
  }
  g_autofree float *stems = separate(song, n);
  double others = 0.0;
  for (guint j = 0; j < N_SOURCES; j++)
    others += j != DRUMS ? energy(stems, n, j, RATE, 4 * RATE) : 0.0;
  g_assert_cmpfloat(energy(stems, n, DRUMS, RATE, 4 * RATE), >, others);
}

/* A knob gives its source more of what is in doubt. */
static void
test_knobs(void)
{
  g_autoptr(SgPcm) pcm = test_band_pcm_new(RATE, 1, 3 * RATE);
  double before = 0.0;
  for (int step = 0; step < 2; step++) {
    const double knobs[] = { step == 0 ? 0.0 : 6.0, 0.0, 0.0, 0.0 };
    SgSeparation *separation = NULL;
    test_assert_ok(sg_separation_new(pcm, &sg_classic_class, knobs, NULL, &separation, NULL));
    test_assert_ok(sg_separation_run(separation, 1, NULL, NULL, NULL));
    SgRenderSettings settings = SG_RENDER_SETTINGS_NATURAL;
    g_autofree float *stems = test_render_dup(separation, &settings, 8192);
    double drums = energy(stems, 3 * RATE, DRUMS, 0, 3 * RATE);
    if (step > 0)
      g_assert_cmpfloat(drums, >, 1.2 * before);
    before = drums;
    sg_separation_free(separation);
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/classic/drums", test_drums);
  g_test_add_func("/classic/knobs", test_knobs);
  return g_test_run();
}
