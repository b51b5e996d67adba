#include "core/render/stem-reader.h"

#include "tests/support.h"

enum { RATE = 44100, N = 3 * RATE };

/* Whatever was read before, a stretch has the renderer's samples; so has the next one after the strengths
 * moved. */
static void
test_equals_renderer(void)
{
  g_autoptr(SgPcm) pcm = test_band_pcm_new(RATE, 2, N);
  g_autoptr(SgSeparation) separation = test_hpss_new(pcm, 1);
  SgRenderer *renderer = sg_renderer_new(separation);
  SgRenderWork *work = sg_render_work_new(renderer);
  SgStemReader *reader = sg_stem_reader_new(renderer, 2, 2);
  SgRandom random = test_random();
  SgRenderSettings settings = SG_RENDER_SETTINGS_NATURAL;
  for (int i = 0; i < 60; i++) {
    enum { LENGTH = 3000 };
    float left[LENGTH], right[LENGTH], expected[2 * LENGTH];
    float *channels[] = { left, right };
    gint64 start = (gint64)(sg_random_unit(&random) * (N + 2000.0)) - 1000;
    if (i % 3 > 0) /* close to what was read last */
      start = (gint64)i * 500;
    guint source = (guint)(i / 7 % 2);
    settings.strength[0] = i < 30 ? 1.0f : 3.0f;
    test_assert_ok(
        sg_stem_reader_read(reader, work, &settings, source, start, LENGTH, 20000, channels, NULL));
    float *stems[] = { NULL, NULL };
    stems[source] = expected;
    test_assert_ok(sg_renderer_render(renderer, work, &settings, start, LENGTH, stems, NULL));
    for (int k = 0; k < LENGTH; k++) {
      g_assert_cmpfloat(left[k], ==, expected[2 * k]);
      g_assert_cmpfloat(right[k], ==, expected[2 * k + 1]);
    }
  }
  sg_stem_reader_free(reader);
  sg_render_work_free(work);
  sg_renderer_free(renderer);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/render/stem-reader/equals-renderer", test_equals_renderer);
  return g_test_run();
}
