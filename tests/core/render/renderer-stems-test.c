/* The renderer over stored stems: they null at any strength, while they are being made too. */
#include <math.h>
#include <string.h>

#include "core/render/renderer.h"
#include "core/separate/hpss.h"
#include "tests/support-methods.h"
#include "tests/support.h"

static const SgRenderSettings strengths[] = {
  SG_RENDER_SETTINGS_NATURAL,
  { .strength = { SG_STRENGTH_MIN, SG_STRENGTH_MIN, SG_STRENGTH_MIN } },
  { .strength = { SG_STRENGTH_MAX, SG_STRENGTH_MIN, 1.0f } },
  { .strength = { 1.0f, 1.0f, 2.0f } },
  { .strength = { 1.0f, 2.7f, 0.3f } },
};

static const struct {
  const SgMethodClass *method;
  guint wiener_iterations;
} kinds[] = {
  { &sg_hpss_class, 1 },
  { &test_spectra_class, 0 },
  { &test_samples_class, 0 },
  { &test_samples_class, 2 },
};

/* Promised are −90 dBFS; float arithmetic keeps well below −120, and so must we. */
static const double NULL_DBFS = -120.0;

static void
check_null(guint rate_hz, guint n_channels, gint64 n, gsize kind, gsize n_strengths)
{
  g_autofree float *mixture = test_band_new(rate_hz, n_channels, n, (guint64)n);
  g_autoptr(SgPcm) pcm = test_pcm_new(rate_hz, n_channels, n, mixture);
  g_autoptr(SgSeparation) separation =
      test_separation_new(pcm, kinds[kind].method, kinds[kind].wiener_iterations, 2);
  for (gsize i = 0; i < n_strengths; i++) {
    double peak = test_null_peak(separation, mixture, &strengths[i], SG_RENDER_MAX_SAMPLES - 77 * (gint64)i);
    if (!(peak <= pow(10.0, NULL_DBFS / 20.0)))
      g_error("kind %zu, %u Hz, %u channels, %d samples, strengths %zu: the stems miss %.1f dBFS", kind,
              rate_hz, n_channels, (int)n, i, test_dbfs(peak));
  }
}

static void
test_null(void)
{
  const guint rates[] = { 11025, 48000, 96000 };
  const double seconds[] = { 0.01, 0.6 };
  for (gsize kind = 0; kind < G_N_ELEMENTS(kinds); kind++) {
    for (gsize r = 0; r < G_N_ELEMENTS(rates); r++)
      for (gsize s = 0; s < G_N_ELEMENTS(seconds); s++)
        check_null(rates[r], 1 + (guint)(r + s) % 2, (gint64)(rates[r] * seconds[s]), kind,
                   G_N_ELEMENTS(strengths));
    check_null(44100, 1, 1, kind, G_N_ELEMENTS(strengths));
    check_null(8000, 6, 8000, kind, 3);
    check_null(2000, 8, 8000, kind, 3);
    check_null(2000, 1, 30 * 2000, kind, 2); /* many chunks */
  }
}

typedef struct {
  SgSeparation *separation;
  const float *mixture;
  double worst;
  guint n_checked;
} Watch;

/* Stems that are half there. */
static void
check_ready(gint64 first_frame, gint64 n_frames, void *user)
{
  Watch *watch = user;
  for (gsize i = 0; i < 2; i++)
    watch->worst =
        fmax(watch->worst, test_null_peak(watch->separation, watch->mixture, &strengths[2 * i], 9000));
  watch->n_checked++;
}

/* Chunks become ready one after the other, from the middle on: at every moment the stems sum to the mixture.
 */
static void
test_null_while_running(void)
{
  enum { RATE = 2000, N = 20 * RATE };
  for (gsize kind = 0; kind < G_N_ELEMENTS(kinds); kind++) {
    g_autofree float *mixture = test_band_new(RATE, 2, N, 4);
    g_autoptr(SgPcm) pcm = test_pcm_new(RATE, 2, N, mixture);
    g_autoptr(SgSeparation) separation =
        test_separation_new(pcm, kinds[kind].method, kinds[kind].wiener_iterations, 0);
    Watch watch = { .separation = separation, .mixture = mixture };
    check_ready(0, 0, &watch);
    sg_separation_set_chunk_ready(separation, check_ready, &watch);
    sg_separation_set_focus(separation, N / 2);
    test_assert_ok(sg_separation_run(separation, 1, NULL, NULL, NULL));
    g_assert_cmpuint(watch.n_checked, >, 3);
    g_assert_cmpfloat(test_dbfs(watch.worst), <, NULL_DBFS);
  }
}

/* The same bytes in whatever blocks, alone or with others; from the masks wherever a strength is not 1. */
static void
test_ranges(void)
{
  enum { RATE = 11025, N = 9 * RATE + 5, N_CHANNELS = 2, N_SOURCES = 3 };
  g_autoptr(SgPcm) pcm = test_band_pcm_new(RATE, N_CHANNELS, N);
  g_autoptr(SgSeparation) separation = test_separation_new(pcm, &test_samples_class, 0, 2);
  g_autofree float *whole = test_render_dup(separation, &strengths[0], SG_RENDER_MAX_SAMPLES);
  g_autofree float *masked = test_render_dup(separation, &strengths[3], SG_RENDER_MAX_SAMPLES);
  g_assert_true(memcmp(whole, masked, sizeof(float) * N * N_CHANNELS) != 0);
  SgRandom random = test_random();
  guint n_wrong = 0;
  SgRenderer *renderer = sg_renderer_new(separation);
  SgRenderWork *work = sg_render_work_new(renderer);
  g_autofree float *block = g_new(float, SG_RENDER_MAX_SAMPLES *N_CHANNELS);
  for (int round = 0; round < 30; round++) {
    gint64 n = 1 + (gint64)sg_random_below(&random, round % 4 == 0 ? SG_RENDER_MAX_SAMPLES : 3000);
    gint64 start = (gint64)sg_random_below(&random, N + 8000) - 4000;
    gsize source = sg_random_below(&random, N_SOURCES), style = round % 2 == 0 ? 0 : 3;
    const float *all = style == 0 ? whole : masked;
    float *stems[N_SOURCES] = { NULL };
    stems[source] = block;
    memset(block, 0x55, sizeof(float) * SG_RENDER_MAX_SAMPLES * N_CHANNELS);
    test_assert_ok(sg_renderer_render(renderer, work, &strengths[style], start, n, stems, NULL));
    for (gint64 i = 0; i < n * N_CHANNELS; i++) {
      gint64 at = start * N_CHANNELS + i;
      float expected = at >= 0 && at < N * N_CHANNELS ? all[(gint64)source * N * N_CHANNELS + at] : 0.0f;
      n_wrong += memcmp(&block[i], &expected, sizeof expected) != 0;
    }
  }
  g_assert_cmpuint(n_wrong, ==, 0);
  sg_render_work_free(work);
  sg_renderer_free(renderer);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/renderer-stems/null", test_null);
  g_test_add_func("/renderer-stems/null-while-running", test_null_while_running);
  g_test_add_func("/renderer-stems/ranges", test_ranges);
  return g_test_run();
}
