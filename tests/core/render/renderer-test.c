#include "core/render/renderer.h"

#include <math.h>
#include <string.h>

#include "core/base/workers.h"
#include "core/dsp/signals.h"
#include "tests/support.h"

/* Strengths of drums and rest, the extremes among them. */
static const SgRenderSettings strengths[] = {
  { .strength = { 1.0f, 1.0f } },
  { .strength = { SG_STRENGTH_MIN, SG_STRENGTH_MIN } },
  { .strength = { SG_STRENGTH_MAX, SG_STRENGTH_MAX } },
  { .strength = { SG_STRENGTH_MAX, SG_STRENGTH_MIN } },
  { .strength = { 1.0f, SG_STRENGTH_MAX } },
  { .strength = { 0.3f, 2.7f } },
};

/* Promised are −90 dBFS; float arithmetic keeps well below −120, and so must we. */
static const double NULL_DBFS = -120.0;

/* Peak of what the stems miss of the mixture. */
static double
null_peak(const SgSeparation *separation, const float *mixture, const SgRenderSettings *settings,
          gint64 block)
{
  const SgPcm *pcm = sg_separation_pcm(separation);
  gint64 n = sg_pcm_n_samples(pcm) * sg_pcm_n_channels(pcm);
  g_autofree float *stems = test_render_dup(separation, settings, block);
  double peak = 0.0;
  for (gint64 i = 0; i < n; i++) {
    double missing = (double)mixture[i] - stems[i] - stems[n + i];
    if (!(fabs(missing) <= peak))
      peak = fabs(missing);
  }
  return peak;
}

static void
check_null(guint rate_hz, guint n_channels, gint64 n, gsize n_strengths)
{
  g_autofree float *mixture = test_band_new(rate_hz, n_channels, n, (guint64)n);
  g_autoptr(SgPcm) pcm = test_pcm_new(rate_hz, n_channels, n, mixture);
  g_autoptr(SgSeparation) separation = test_hpss_new(pcm, 2);
  for (gsize i = 0; i < n_strengths; i++) {
    double peak = null_peak(separation, mixture, &strengths[i], SG_RENDER_MAX_SAMPLES - 77 * (gint64)i);
    if (!(peak <= pow(10.0, NULL_DBFS / 20.0)))
      g_error("%u Hz, %u channels, %d samples, strengths %zu: the stems miss %.1f dBFS", rate_hz, n_channels,
              (int)n, i, test_dbfs(peak));
  }
}

static void
test_null(void)
{
  const guint rates[] = { 8000, 11025, 22050, 44100, 48000, 96000 };
  const double seconds[] = { 0.01, 0.4, 2.3 };
  for (gsize r = 0; r < G_N_ELEMENTS(rates); r++)
    for (gsize s = 0; s < G_N_ELEMENTS(seconds); s++)
      for (guint n_channels = 1; n_channels <= 2; n_channels++)
        check_null(rates[r], n_channels, (gint64)(rates[r] * seconds[s]), G_N_ELEMENTS(strengths));
  check_null(44100, 1, 1, G_N_ELEMENTS(strengths));
  check_null(44100, 2, 2, G_N_ELEMENTS(strengths));
  check_null(44100, 6, 44100, G_N_ELEMENTS(strengths));
  check_null(8000, 8, 20000, 2);
}

static void
test_null_ten_minutes(void)
{
  check_null(8000, 1, 600 * 8000, 2);
}

/* Before and while a method runs every cell is shared, so the stems sum to the mixture then too. */
static void
test_null_unready(void)
{
  enum { RATE = 44100, N = 3 * RATE };
  g_autofree float *mixture = test_band_new(RATE, 2, N, 4);
  g_autoptr(SgPcm) pcm = test_pcm_new(RATE, 2, N, mixture);
  g_autoptr(SgSeparation) separation = test_hpss_new(pcm, 0);
  for (gsize i = 0; i < G_N_ELEMENTS(strengths); i++)
    g_assert_cmpfloat(test_dbfs(null_peak(separation, mixture, &strengths[i], 9000)), <, NULL_DBFS);
}

enum { RANGES_RATE = 48000, RANGES_N = 3 * RANGES_RATE + 17, N_CHANNELS = 2 };

typedef struct {
  const SgSeparation *separation;
  const float *whole; /* [source][n × channels] */
  _Atomic guint n_wrong;
  guint32 seed;
} Ranges;

/* Random ranges, reaching beyond both ends, with random sources left out. */
static void
render_ranges(unsigned index, void *user)
{
  Ranges *ranges = user;
  SgRandom random = sg_random_seeded(ranges->seed + index);
  SgRenderer *renderer = sg_renderer_new(ranges->separation);
  SgRenderWork *work = sg_render_work_new(renderer);
  g_autofree float *blocks = g_new(float, 2 * SG_RENDER_MAX_SAMPLES * N_CHANNELS);
  for (int round = 0; round < 40; round++) {
    gint64 n = 1 + (gint64)sg_random_below(&random, round % 4 == 0 ? SG_RENDER_MAX_SAMPLES : 3000);
    gint64 start = (gint64)sg_random_below(&random, RANGES_N + 8000) - 4000;
    guint wanted = 1 + (guint)sg_random_below(&random, 3);
    float *stems[2] = { wanted & 1 ? blocks : NULL, wanted & 2 ? blocks + n * N_CHANNELS : NULL };
    memset(blocks, 0x55, sizeof(float) * 2 * (gsize)n * N_CHANNELS);
    test_assert_ok(sg_renderer_render(renderer, work, &strengths[5], start, n, stems, NULL));
    for (int j = 0; j < 2; j++)
      for (gint64 i = 0; stems[j] != NULL && i < n * N_CHANNELS; i++) {
        gint64 at = start * N_CHANNELS + i;
        float expected =
            at >= 0 && at < RANGES_N * N_CHANNELS ? ranges->whole[j * RANGES_N * N_CHANNELS + at] : 0.0f;
        ranges->n_wrong += memcmp(&expected, &stems[j][i], sizeof expected) != 0;
      }
  }
  sg_render_work_free(work);
  sg_renderer_free(renderer);
}

static void
test_ranges(void)
{
  g_autoptr(SgPcm) pcm = test_band_pcm_new(RANGES_RATE, N_CHANNELS, RANGES_N);
  g_autoptr(SgSeparation) separation = test_hpss_new(pcm, 2);
  g_autofree float *whole = test_render_dup(separation, &strengths[5], SG_RENDER_MAX_SAMPLES);
  SgRandom random = test_random();
  Ranges ranges = { .separation = separation, .whole = whole, .seed = (guint32)sg_random_bits(&random) };
  render_ranges(0, &ranges);
  g_assert_cmpuint(ranges.n_wrong, ==, 0);
  sg_workers_join(sg_workers_start(2, render_ranges, &ranges));
  g_assert_cmpuint(ranges.n_wrong, ==, 0);
}

/* A full-scale sine has power 1 at its bin; the mask's square scales a stem's. */
static void
test_frame_power(void)
{
  enum { RATE = 44100, N = 44100, BIN = 200, FRAME = 20 };
  g_autofree float *sine = g_new(float, N);
  sg_signal_sine(sine, N, RATE, BIN * 44100.0 / 4096.0, 1.0f);
  g_autoptr(SgPcm) pcm = test_pcm_new(RATE, 1, N, sine);
  g_autoptr(SgSeparation) separation = test_hpss_new(pcm, 1);
  SgRenderer *renderer = sg_renderer_new(separation);
  SgRenderWork *work = sg_render_work_new(renderer);
  float power[2049], stem[2][2049];
  test_assert_ok(sg_renderer_frame_power(renderer, work, &strengths[0], -1, FRAME, power, NULL));
  g_assert_cmpfloat(fabs(power[BIN] - 1.0), <, 1e-4);
  g_assert_cmpfloat(power[BIN + 10], <, 1e-9);
  for (int j = 0; j < 2; j++)
    test_assert_ok(sg_renderer_frame_power(renderer, work, &strengths[0], j, FRAME, stem[j], NULL));
  guint8 codes[2 * 2049];
  test_assert_ok(sg_mask_store_read(sg_separation_masks(separation), FRAME, 1, codes, NULL));
  for (int k = BIN - 1; k <= BIN + 1; k++) {
    double p2 = pow(codes[k], 2.0), h2 = pow(codes[2049 + k], 2.0), share = p2 / (p2 + h2);
    g_assert_cmpfloat(fabs(stem[0][k] - share * share * power[k]), <, 1e-6);
    g_assert_cmpfloat(fabs(stem[1][k] - (1.0 - share) * (1.0 - share) * power[k]), <, 1e-6);
  }
  sg_render_work_free(work);
  sg_renderer_free(renderer);
}

/* Shares sum to one, follow the strength, and are those of the masks where both channels agree. */
static void
test_frame_shares(void)
{
  enum { FRAME = 40, N_BINS = 2049 };
  g_autoptr(SgPcm) pcm = test_band_pcm_new(44100, 2, 2 * 44100);
  g_autoptr(SgSeparation) separation = test_hpss_new(pcm, 1);
  SgRenderer *renderer = sg_renderer_new(separation);
  SgRenderWork *work = sg_render_work_new(renderer);
  g_autofree float *natural = g_new(float, 2 * N_BINS), *harder = g_new(float, 2 * N_BINS);
  g_autofree float *masks = g_new(float, 4 * N_BINS);
  guint8 codes[4 * N_BINS];
  const SgRenderSettings hard = { .strength = { SG_STRENGTH_MAX, SG_STRENGTH_MAX } };
  test_assert_ok(sg_renderer_frame_shares(renderer, work, &strengths[0], FRAME, natural, NULL));
  test_assert_ok(sg_renderer_frame_shares(renderer, work, &hard, FRAME, harder, NULL));
  test_assert_ok(sg_mask_store_read(sg_separation_masks(separation), FRAME, 1, codes, NULL));
  sg_strength_apply(codes, 2, (gsize)2 * N_BINS, strengths[0].strength, masks);
  double gained = 0.0;
  for (int k = 0; k < N_BINS; k++) {
    g_assert_cmpfloat_with_epsilon(natural[k] + natural[N_BINS + k], 1.0f, 1e-5);
    g_assert_cmpfloat_with_epsilon(harder[k] + harder[N_BINS + k], 1.0f, 1e-5);
    float left = masks[k], right = masks[N_BINS + k];
    g_assert_cmpfloat(natural[k], >=, MIN(left, right) - 1e-5f);
    g_assert_cmpfloat(natural[k], <=, MAX(left, right) + 1e-5f);
    gained += fabs(harder[k] - 0.5) - fabs(natural[k] - 0.5);
  }
  g_assert_cmpfloat(gained / N_BINS, >, 0.01);
  sg_render_work_free(work);
  sg_renderer_free(renderer);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/renderer/null", test_null);
  g_test_add_func("/renderer/null-ten-minutes", test_null_ten_minutes);
  g_test_add_func("/renderer/null-unready", test_null_unready);
  g_test_add_func("/renderer/ranges", test_ranges);
  g_test_add_func("/renderer/frame-power", test_frame_power);
  g_test_add_func("/renderer/frame-shares", test_frame_shares);
  return g_test_run();
}
