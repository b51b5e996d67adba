#include "core/dsp/resample.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/random.h"
#include "core/dsp/signals.h"

/* Resamples all of `in` in blocks of random length; returns the count. */
static int64_t
resample(uint32_t in_rate_hz, uint32_t out_rate_hz, uint32_t n_channels, const float *in, int64_t n,
         float *out, int64_t room, uint64_t seed)
{
  SgResampler *resampler;
  SgRandom random = sg_random_seeded(seed);
  g_assert_cmpint(sg_resampler_new(in_rate_hz, out_rate_hz, n_channels, &resampler, NULL), ==, SG_OK);
  int64_t at = 0, made_all = 0;
  size_t taken, made;
  while (at < n) {
    size_t n_in = 1 + sg_random_below(&random, 3000), n_out = 1 + sg_random_below(&random, 3000);
    n_in = (int64_t)n_in < n - at ? n_in : (size_t)(n - at);
    g_assert_cmpint(made_all + (int64_t)n_out, <=, room);
    g_assert_cmpint(sg_resampler_process(resampler, in + at * n_channels, n_in, &taken,
                                         out + made_all * n_channels, n_out, &made, NULL),
                    ==, SG_OK);
    at += (int64_t)taken;
    made_all += (int64_t)made;
  }
  do {
    size_t n_out = 1 + sg_random_below(&random, 3000);
    g_assert_cmpint(sg_resampler_drain(resampler, out + made_all * n_channels, n_out, &made, NULL), ==,
                    SG_OK);
    made_all += (int64_t)made;
  } while (made > 0);
  sg_resampler_free(resampler);
  return made_all;
}

static void
test_length(void)
{
  static const uint32_t rates[] = { 8000, 11025, 22050, 32000, 44100, 48000, 96000, 192000 };
  static const int64_t lengths[] = { 0, 1, 2, 7, 100, 4411, 30001 };
  int64_t room = 30001 * 24 + 8192;
  float *in = SG_NEW(float, 30001), *out = SG_NEW(float, (size_t)room);
  for (size_t a = 0; a < G_N_ELEMENTS(rates); a++)
    for (size_t b = 0; b < G_N_ELEMENTS(rates); b++)
      for (size_t i = 0; i < G_N_ELEMENTS(lengths); i++) {
        int64_t wanted = llround((double)lengths[i] * rates[b] / rates[a]);
        g_assert_cmpint(sg_resampled_length(lengths[i], rates[a], rates[b]), ==, wanted);
        g_assert_cmpint(resample(rates[a], rates[b], 1, in, lengths[i], out, room, i), ==, wanted);
      }
  /* A day at the highest rate is far from overflow. */
  g_assert_cmpint(sg_resampled_length((int64_t)86400 * 384000, 384000, 44100), ==, (int64_t)86400 * 44100);
  sg_free(in);
  sg_free(out);
}

static void
test_equal_rates(void)
{
  enum { N = 10000 };
  SgRandom random = sg_random_seeded(1);
  float *in = SG_NEW(float, 2 * N), *out = SG_NEW(float, 2 * N + 8192);
  sg_signal_noise(in, 2 * N, 1.0f, &random);
  g_assert_cmpint(resample(44100, 44100, 2, in, N, out, N + 4096, 2), ==, N);
  g_assert_cmpmem(in, 2 * N * sizeof *in, out, 2 * N * sizeof *out);
  sg_free(in);
  sg_free(out);
}

/* The output is the same sine sampled at the other rate, without delay, away from the ends,
 * where the filter sees the silence around the sound. */
static void
check_sine(uint32_t in_rate_hz, uint32_t out_rate_hz, double freq_hz, double limit_db)
{
  int64_t n = in_rate_hz, n_out = out_rate_hz, margin = n_out / 20;
  float *in = SG_NEW(float, 2 * (size_t)n), *one = SG_NEW(float, (size_t)n);
  float *out = SG_NEW(float, 2 * (size_t)n_out + 16384), *wanted = SG_NEW(float, (size_t)n_out);
  sg_signal_sine(one, n, in_rate_hz, freq_hz, 0.5f);
  for (int64_t i = 0; i < n; i++) {
    in[2 * i] = one[i];
    in[2 * i + 1] = -one[i];
  }
  g_assert_cmpint(resample(in_rate_hz, out_rate_hz, 2, in, n, out, n_out + 8192, 3), ==, n_out);
  sg_signal_sine(wanted, n_out, out_rate_hz, freq_hz, 0.5f);
  double worst = 0.0;
  for (int64_t i = margin; i < n_out - margin; i++) {
    worst = fmax(worst, fabs(out[2 * i] - wanted[i]));
    worst = fmax(worst, fabs(out[2 * i + 1] + wanted[i]));
  }
  g_test_message("%u to %u Hz, %g Hz: error %.1f dB", in_rate_hz, out_rate_hz, freq_hz,
                 20 * log10(worst / 0.5));
  g_assert_cmpfloat(worst, <, 0.5 * pow(10.0, limit_db / 20.0));
  sg_free(in);
  sg_free(one);
  sg_free(out);
  sg_free(wanted);
}

static void
test_sines(void)
{
  check_sine(44100, 48000, 1000.0, -135.0);
  check_sine(44100, 48000, 15000.0, -98.0);
  check_sine(48000, 44100, 440.0, -135.0);
  check_sine(48000, 44100, 17000.0, -90.0);
  check_sine(22050, 48000, 5000.0, -135.0);
  check_sine(96000, 44100, 10000.0, -130.0);
  check_sine(44100, 44101, 3000.0, -120.0);
}

/* What the lower rate cannot hold is gone, not folded back. */
static void
test_no_alias(void)
{
  enum { N = 96000, N_OUT = 44100 };
  float *in = SG_NEW(float, N), *out = SG_NEW(float, N_OUT + 8192);
  sg_signal_sine(in, N, 96000, 30000.0, 1.0f);
  g_assert_cmpint(resample(96000, 44100, 1, in, N, out, N_OUT + 4096, 4), ==, N_OUT);
  for (int i = 2000; i < N_OUT - 2000; i++)
    g_assert_cmpfloat(fabsf(out[i]), <, 1e-5f);
  sg_free(in);
  sg_free(out);
}

static void
test_blocks_do_not_matter(void)
{
  enum { N = 20000, ROOM = 40000 };
  uint64_t seed = (uint32_t)g_test_rand_int();
  SgRandom random = sg_random_seeded(seed);
  float *in = SG_NEW(float, N), *one = SG_NEW(float, ROOM), *other = SG_NEW(float, ROOM);
  g_test_message("seed %" G_GUINT64_FORMAT, seed);
  sg_signal_noise(in, N, 1.0f, &random);
  int64_t n = resample(44100, 48000, 1, in, N, one, ROOM, seed);
  g_assert_cmpint(resample(44100, 48000, 1, in, N, other, ROOM, seed + 1), ==, n);
  g_assert_cmpmem(one, (size_t)n * sizeof *one, other, (size_t)n * sizeof *other);
  sg_free(in);
  sg_free(one);
  sg_free(other);
}

static void
test_bad_arguments(void)
{
  SgResampler *resampler;
  SgError error;
  g_assert_cmpint(sg_resampler_new(0, 44100, 1, &resampler, &error), ==, SG_BAD_ARGUMENT);
  g_assert_null(resampler);
  g_assert_cmpint(sg_resampler_new(44100, 48000, 0, &resampler, NULL), ==, SG_BAD_ARGUMENT);
  sg_resampler_free(NULL);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/resample/length", test_length);
  g_test_add_func("/resample/equal-rates", test_equal_rates);
  g_test_add_func("/resample/sines", test_sines);
  g_test_add_func("/resample/no-alias", test_no_alias);
  g_test_add_func("/resample/blocks-do-not-matter", test_blocks_do_not_matter);
  g_test_add_func("/resample/bad-arguments", test_bad_arguments);
  return g_test_run();
}
