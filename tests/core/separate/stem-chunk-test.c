/* Separations that store stems: what becomes of the estimates, from any thread and in any order. */
#include "core/separate/stem-chunk.h"

#include <complex.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#include "core/mask/wiener.h"
#include "core/separate/hpss.h"
#include "tests/support-methods.h"
#include "tests/support.h"

enum { RATE = 11025, N_SAMPLES = 8 * RATE + 77 };
/* The transform's length follows the rate: a low one makes many chunks of little work. */
enum { LOW_RATE = 2000, N_LOW = 25 * LOW_RATE + 77 };

static const SgRenderSettings natural = SG_RENDER_SETTINGS_NATURAL;

/* Stems that sum to the mixture come out as the method gave them, over the borders of chunks too. */
static void
test_unchanged(void)
{
  for (guint n_channels = 1; n_channels <= 3; n_channels++) {
    g_autofree float *mixture = test_band_new(RATE, n_channels, N_SAMPLES, 5);
    g_autoptr(SgPcm) pcm = test_pcm_new(RATE, n_channels, N_SAMPLES, mixture);
    g_autoptr(SgSeparation) separation = test_separation_new(pcm, &test_samples_class, 0, 2);
    g_autofree float *stems = test_render_dup(separation, &natural, 10000);
    gint64 n = N_SAMPLES * n_channels;
    double worst = 0.0;
    for (gint64 i = 0; i < n; i++) {
      double late = i >= n_channels ? 0.5 * (double)mixture[i - n_channels] : 0.0;
      worst = MAX(worst, fabs((double)stems[i] - late));
      worst = MAX(worst, fabs((double)stems[n + i] - ((double)mixture[i] - late)));
      worst = MAX(worst, fabs((double)stems[2 * n + i]));
    }
    g_assert_cmpfloat(test_dbfs(worst), <, -120.0);
  }
}

/* What spectra miss of the mixture is shared out by their magnitudes: here both are the mixture times a
 * number. */
static void
test_shared_out(void)
{
  enum { FRAME = 40 };
  g_autofree float *mixture = test_band_new(RATE, 1, N_SAMPLES, 6);
  g_autoptr(SgPcm) pcm = test_pcm_new(RATE, 1, N_SAMPLES, mixture);
  g_autoptr(SgSeparation) separation = test_separation_new(pcm, &test_spectra_class, 0, 1);
  const SgMaskShape *shape = sg_mask_store_shape(sg_separation_masks(separation));
  guint n_bins = shape->n_bins;
  g_autofree guint8 *codes = g_malloc(2 * n_bins);
  test_assert_ok(sg_mask_store_read(sg_separation_masks(separation), FRAME, 1, codes, NULL));
  for (guint k = 0; k < n_bins; k++) {
    double left = k % 2 == 0 ? 0.2 : 0.1;
    g_assert_cmpfloat(fabs(codes[k] - 255.0 * sqrt(0.6 / (0.6 + left))), <=, 0.501);
    g_assert_cmpfloat(fabs(codes[n_bins + k] - 255.0 * sqrt(left / (0.6 + left))), <=, 0.501);
  }
  /* A tone in an even bin, so that the stems are tones too: 0.2 + 0.25·(1 − 0.6·e^i − 0.2) of it in "left".
   */
  enum { BIN = 100 };
  g_autofree float *tone = g_new(float, N_SAMPLES);
  SgStftSize size = sg_stft_size(sg_separation_stft(separation));
  for (gint64 i = 0; i < N_SAMPLES; i++)
    tone[i] = (float)(0.5 * cos(2.0 * G_PI * BIN * (double)i / size.window));
  g_autoptr(SgPcm) tone_pcm = test_pcm_new(RATE, 1, N_SAMPLES, tone);
  g_autoptr(SgSeparation) of_tone = test_separation_new(tone_pcm, &test_spectra_class, 0, 1);
  g_autofree float *stems = test_render_dup(of_tone, &natural, 20000);
  SgStft *stft = sg_stft_new(size);
  SgStftWork *work = sg_stft_work_new(stft);
  g_autofree SgComplex *spectrum = g_new(SgComplex, n_bins);
  sg_stft_analyse(stft, work, tone + 20000, 1, spectrum);
  double complex of_mixture = spectrum[BIN];
  sg_stft_analyse(stft, work, stems + N_SAMPLES + 20000, 1, spectrum);
  /* The stem is the sum of even and odd bins; around the tone the even one has 2/3 of the window's energy. */
  double complex even = 0.2 + 0.25 * (1.0 - 0.6 * cexp(I) - 0.2);
  double complex odd = -0.1 + 0.1 / 0.7 * (1.0 - 0.6 * cexp(I) + 0.1);
  double complex wanted = (2.0 * even + odd) / 3.0;
  g_assert_cmpfloat(cabs(spectrum[BIN] / of_mixture - wanted), <, 1e-4);
  sg_stft_work_free(work);
  sg_stft_free(stft);
}

/* Masks, Wiener filtering and inverse transform done by hand on the whole song, which is one block. */
static void
test_wiener_by_hand(void)
{
  enum { N = 4 * RATE, N_CHANNELS = 2, ITERATIONS = 2 };
  g_autoptr(SgPcm) pcm = test_band_pcm_new(RATE, N_CHANNELS, N);
  g_autoptr(SgSeparation) plain = test_hpss_new(pcm, 1);
  g_autoptr(SgSeparation) separation = test_separation_new(pcm, &sg_hpss_class, ITERATIONS, 1);
  const SgMaskShape *shape = sg_mask_store_shape(sg_separation_masks(separation));
  g_assert_cmpuint(shape->chunk_frames, ==, 256);
  g_assert_cmpint(shape->n_frames, <, 256);
  SgStftSize size = sg_stft_size(sg_separation_stft(separation));
  const SgStft *stft = sg_separation_stft(separation);
  SgStftWork *work = sg_stft_work_new(stft);
  gint64 n_frames = shape->n_frames, n_padded = (n_frames - 1) * size.hop + size.window;
  gsize n_bins = size.n_bins, n_frame = 4 * n_bins;

  g_autofree float *samples = g_new(float, N_CHANNELS *n_padded);
  g_autofree SgComplex *mixture = g_new(SgComplex, N_CHANNELS * (gsize)n_frames * n_bins);
  float *const channels[] = { samples, samples + n_padded };
  test_assert_ok(sg_pcm_read(pcm, sg_stft_frame_start(size, 0), n_padded, channels, NULL));
  for (gint64 c = 0; c < N_CHANNELS; c++)
    sg_stft_analyse(stft, work, channels[c], n_frames, mixture + (gsize)(c * n_frames) * n_bins);

  /* The stored codes of the plain separation are the masks but for their rounding. */
  gsize n_codes;
  g_autofree guint8 *codes = test_codes_dup(plain, &n_codes);
  g_autofree float *masks = g_new(float, n_codes);
  for (gsize i = 0; i < n_codes; i++)
    masks[i] = (float)(codes[i] * codes[i]) / (255.0f * 255.0f);
  SgWiener *wiener = sg_wiener_new((SgWienerShape){ (gsize)n_frames, 2, N_CHANNELS, n_bins });
  sg_wiener_begin(wiener, mixture, (gsize)n_frames * n_bins, (gsize)n_frames);
  for (gsize t = 0; t < (gsize)n_frames; t++)
    sg_wiener_start_masks(wiener, t, masks + t * n_frame);
  g_assert_true(sg_wiener_iterate(wiener, ITERATIONS, NULL));
  g_autofree SgComplex *estimates = g_new(SgComplex, (gsize)n_frames * n_frame);
  for (gsize t = 0; t < (gsize)n_frames; t++)
    sg_wiener_estimate(wiener, t, estimates + t * n_frame);
  sg_wiener_free(wiener);

  g_autofree float *stems = test_render_dup(separation, &natural, 30000);
  g_autofree SgComplex *row = g_new(SgComplex, (gsize)n_frames * n_bins);
  g_autofree float *wanted = g_new(float, n_padded);
  g_autofree float *got = g_new(float, N);
  for (gsize r = 0; r < 4; r++) {
    for (gsize t = 0; t < (gsize)n_frames; t++)
      memcpy(row + t * n_bins, estimates + t * n_frame + r * n_bins, n_bins * sizeof *row);
    sg_stft_synthesise(stft, work, row, n_frames, wanted);
    sg_stft_normalise(stft, n_frames, 0, N, wanted + size.window / 2);
    for (gint64 i = 0; i < N; i++)
      got[i] = stems[((gint64)(r / 2) * N + i) * N_CHANNELS + (gint64)(r % 2)];
    double sdr_db = test_sdr(wanted + size.window / 2, got, N);
    g_test_message("row %zu: %.1f dB", r, sdr_db);
    g_assert_cmpfloat(sdr_db, >, 45.0); /* the codes' rounding, and √ε shared out */
  }
  sg_stft_work_free(work);
}

static float *
render(const SgSeparation *separation, gsize *out_n_bytes)
{
  const SgPcm *pcm = sg_separation_pcm(separation);
  *out_n_bytes = sg_separation_plan(separation)->n_sources * (gsize)sg_pcm_n_samples(pcm) *
                 sg_pcm_n_channels(pcm) * sizeof(float);
  return test_render_dup(separation, &natural, 12345);
}

static void
assert_same(const SgSeparation *separation, const float *stems, const guint8 *codes)
{
  gsize n_bytes, n_codes;
  g_autofree float *other = render(separation, &n_bytes);
  g_assert_cmpmem(other, n_bytes, stems, n_bytes);
  g_autofree guint8 *other_codes = test_codes_dup(separation, &n_codes);
  g_assert_cmpmem(other_codes, n_codes, codes, n_codes);
}

typedef struct {
  SgSeparation *separation;
  SgRandom random;
  gint n_calls;
} Hand;

static bool
move_focus(double fraction, const char *stage, void *user)
{
  Hand *hand = user;
  sg_separation_set_focus(hand->separation, (gint64)sg_random_below(&hand->random, N_LOW));
  return true;
}

static bool
stop_at_third_call(double fraction, const char *stage, void *user)
{
  return ++((Hand *)user)->n_calls < 3;
}

static const struct {
  const SgMethodClass *method;
  guint wiener_iterations;
} kinds[] = {
  { &test_spectra_class, 0 }, { &test_samples_class, 0 }, { &sg_hpss_class, 1 },
  { &test_spectra_class, 2 }, { &test_samples_class, 1 },
};

/* Threads, the order of work, and stopping in between change only when, never what. */
static void
test_same_everywhere(void)
{
  g_autoptr(SgPcm) pcm = test_band_pcm_new(LOW_RATE, 2, N_LOW);
  for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
    g_autoptr(SgSeparation) plain = test_separation_new(pcm, kinds[i].method, kinds[i].wiener_iterations, 1);
    gsize n_bytes, n_codes;
    g_autofree float *stems = render(plain, &n_bytes);
    g_autofree guint8 *codes = test_codes_dup(plain, &n_codes);
    g_assert_cmpint(sg_mask_shape_n_chunks(*sg_mask_store_shape(sg_separation_masks(plain))), >, 3);
    const guint threads[] = { 2, 5 };
    for (gsize k = 0; k < G_N_ELEMENTS(threads); k++) {
      g_autoptr(SgSeparation) other =
          test_separation_new(pcm, kinds[i].method, kinds[i].wiener_iterations, threads[k]);
      assert_same(other, stems, codes);
    }
    g_autoptr(SgSeparation) other = test_separation_new(pcm, kinds[i].method, kinds[i].wiener_iterations, 0);
    Hand hand = { .separation = other, .random = test_random() };
    sg_separation_set_focus(other, N_LOW / 2);
    SgStatus status = sg_separation_run(other, 1, stop_at_third_call, &hand, NULL);
    g_assert_true(status == SG_CANCELLED || status == SG_OK);
    test_assert_ok(sg_separation_run(other, 3, move_focus, &hand, NULL));
    assert_same(other, stems, codes);
  }
}

/* Silence, single samples, and a song that is silent but for one sample: numbers, and the mixture. */
static void
test_edges(void)
{
  const gint64 lengths[] = { 1, 2, 255, 256, 257, 5000 };
  for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
    for (gsize l = 0; l < G_N_ELEMENTS(lengths); l++)
      for (int loud = 0; loud <= 1; loud++) {
        g_autofree float *mixture = g_new0(float, lengths[l]);
        mixture[lengths[l] / 2] = (float)loud;
        g_autoptr(SgPcm) pcm = test_pcm_new(RATE, 1, lengths[l], mixture);
        g_autoptr(SgSeparation) separation =
            test_separation_new(pcm, kinds[i].method, kinds[i].wiener_iterations, 1);
        double peak = test_null_peak(separation, mixture, &natural, 3000);
        if (!(peak <= (loud ? 1e-6 : 0.0)))
          g_error("kind %zu, %d samples, %s: the stems miss %g", i, (int)lengths[l], loud ? "one" : "silent",
                  peak);
      }
}

static void
test_refuses(void)
{
  g_autoptr(SgPcm) pcm = test_band_pcm_new(RATE, 2, 20 * RATE);
  SgSeparation *separation;
  SgError error;
  SgSeparationSetup setup = { .method = &sg_hpss_class, .wiener_iterations = SG_WIENER_MAX_ITERATIONS + 1 };
  test_assert_status(sg_separation_new_with(pcm, &setup, &separation, &error), SG_BAD_ARGUMENT);
  g_assert_cmpstr(error.detail, ==, "wiener");
  g_assert_null(separation);

  /* Room for the masks, 1.8 MB, but not for the stems, 3.6 MB. */
  signal(SIGXFSZ, SIG_IGN);
  struct rlimit kept, limit;
  getrlimit(RLIMIT_FSIZE, &kept);
  limit = (struct rlimit){ .rlim_cur = 3 << 20, .rlim_max = kept.rlim_max };
  setrlimit(RLIMIT_FSIZE, &limit);
  setup.wiener_iterations = 0;
  test_assert_ok(sg_separation_new_with(pcm, &setup, &separation, &error));
  sg_separation_free(separation);
  setup.wiener_iterations = 1;
  test_assert_status(sg_separation_new_with(pcm, &setup, &separation, &error), SG_NO_SPACE);
  setrlimit(RLIMIT_FSIZE, &kept);
  g_assert_null(separation);
  g_assert_cmpint(error.expected, >, 20 * RATE * 2 * 2 * (gint64)sizeof(float));
  g_assert_cmpint(error.actual, >, 0);
}

static void
count_frames(gint64 first_frame, gint64 n_frames, void *user)
{
  g_atomic_int_add((gint *)user, (gint)n_frames);
}

static bool
stop_at_once(double fraction, const char *stage, void *user)
{
  TestTime *stopped = user;
  if (stopped->clock_s == 0.0)
    *stopped = test_time();
  return false;
}

/* A chunk that was cancelled is not marked ready, and cancelling does not wait for its end. */
static void
test_cancel(void)
{
  g_autoptr(SgPcm) pcm = test_band_pcm_new(RATE, 2, 120 * RATE);
  g_autoptr(SgSeparation) separation = test_separation_new(pcm, &sg_hpss_class, 8, 0);
  gint n_frames = 0;
  TestTime stopped = { 0 };
  sg_separation_set_chunk_ready(separation, count_frames, &n_frames);
  test_assert_status(sg_separation_run(separation, 2, stop_at_once, &stopped, NULL), SG_CANCELLED);
  test_assert_soon(test_time_since(stopped), 1.0);
  g_assert_cmpint(n_frames, ==,
                  sg_mask_store_n_ready(sg_separation_masks(separation)) *
                      sg_mask_store_shape(sg_separation_masks(separation))->chunk_frames);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/stem-chunk/unchanged", test_unchanged);
  g_test_add_func("/stem-chunk/shared-out", test_shared_out);
  g_test_add_func("/stem-chunk/wiener-by-hand", test_wiener_by_hand);
  g_test_add_func("/stem-chunk/same-everywhere", test_same_everywhere);
  g_test_add_func("/stem-chunk/edges", test_edges);
  g_test_add_func("/stem-chunk/refuses", test_refuses);
  g_test_add_func("/stem-chunk/cancel", test_cancel);
  return g_test_run();
}
