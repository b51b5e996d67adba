#include "core/io/encoder.h"

#include <glib/gstdio.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/io/decoder.h"
#include "tests/support.h"

enum { N = 50003, RATE = 44100 };

static const struct {
  SgContainer container;
  SgBits bits;
  double step; /* of the format's scale, 0: exact */
} kinds[] = {
  { SG_CONTAINER_WAV, SG_BITS_16, 0x1p-15 },  { SG_CONTAINER_WAV, SG_BITS_24, 0x1p-23 },
  { SG_CONTAINER_WAV, SG_BITS_32F, 0.0 },     { SG_CONTAINER_FLAC, SG_BITS_16, 0x1p-15 },
  { SG_CONTAINER_FLAC, SG_BITS_24, 0x1p-23 },
};

static SgEncoderFormat
format_of(gsize kind, guint n_channels)
{
  return (SgEncoderFormat){ .container = kinds[kind].container,
                            .bits = kinds[kind].bits,
                            .rate_hz = RATE,
                            .n_channels = n_channels,
                            .n_samples = N };
}

/* Written in pieces, as the export does. */
static SgStatus
write_all(SgEncoder *encoder, const float *samples, guint n_channels, SgError *error)
{
  for (gint64 at = 0; at < N; at += 7000) {
    SgStatus status = sg_encoder_write(encoder, samples + at * n_channels, MIN(7000, N - at), error);
    if (status != SG_OK)
      return status;
  }
  return SG_OK;
}

static void
encode(const char *path, gsize kind, guint n_channels, const float *samples, gboolean overwrite)
{
  SgEncoder *encoder;
  test_assert_ok(sg_encoder_new(path, format_of(kind, n_channels), overwrite, &encoder, NULL));
  test_assert_ok(write_all(encoder, samples, n_channels, NULL));
  test_assert_ok(sg_encoder_finish(encoder, NULL));
  sg_encoder_free(encoder);
}

static float *
decode(const char *path, guint n_channels)
{
  g_autoptr(SgPcm) pcm = NULL;
  test_assert_ok(sg_decode_file(path, true, NULL, NULL, NULL, &pcm, NULL, NULL));
  g_assert_cmpint(sg_pcm_n_samples(pcm), ==, N);
  g_assert_cmpuint(sg_pcm_n_channels(pcm), ==, n_channels);
  g_assert_cmpuint(sg_pcm_rate(pcm), ==, RATE);
  return test_pcm_dup(pcm);
}

static void
test_round_trip(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  const guint channels[] = { 1, 2, 8 };
  for (gsize kind = 0; kind < G_N_ELEMENTS(kinds); kind++)
    for (gsize c = 0; c < G_N_ELEMENTS(channels); c++) {
      g_autofree char *path = g_strdup_printf("%s/%zu-%zu", folder, kind, c);
      g_autofree float *band = test_band_new(RATE, channels[c], N, 1);
      encode(path, kind, channels[c], band, FALSE);
      g_autofree float *back = decode(path, channels[c]);
      double peak_error = 0.0, sum = 0.0;
      gsize n = (gsize)N * channels[c];
      for (gsize i = 0; i < n; i++) {
        peak_error = MAX(peak_error, fabs((double)back[i] - band[i]));
        sum += (double)back[i] - band[i];
      }
      g_test_message("kind %zu: peak error %.2f steps, mean %.3f steps", kind,
                     kinds[kind].step > 0.0 ? peak_error / kinds[kind].step : 0.0,
                     kinds[kind].step > 0.0 ? sum / (double)n / kinds[kind].step : 0.0);
      /* The nearest step, and no offset. */
      g_assert_cmpfloat(peak_error, <=, 0.501 * kinds[kind].step);
      g_assert_cmpfloat(fabs(sum / (double)n), <=, 0.02 * kinds[kind].step);
      if (kinds[kind].step == 0.0)
        g_assert_cmpmem(back, n * sizeof *back, band, n * sizeof *band);
    }
}

/* Nothing can be seen before publish; freed before, there never was a file. */
static void
test_atomic(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *path = g_build_filename(folder, "new", "deep", "song.wav", NULL);
  g_autofree float *band = test_band_new(RATE, 2, N, 1);
  for (int stage = 0; stage < 3; stage++) {
    SgEncoder *encoder;
    test_assert_ok(sg_encoder_new(path, format_of(0, 2), false, &encoder, NULL));
    g_assert_cmpuint(test_folder_count(folder), ==, 0);
    test_assert_ok(write_all(encoder, band, 2, NULL));
    g_assert_cmpuint(test_folder_count(folder), ==, 0);
    if (stage > 0)
      test_assert_ok(sg_encoder_complete(encoder, NULL));
    g_assert_cmpuint(test_folder_count(folder), ==, 0);
    if (stage > 1)
      test_assert_ok(sg_encoder_publish(encoder, NULL));
    sg_encoder_free(encoder);
    g_assert_cmpuint(test_folder_count(folder), ==, stage > 1 ? 3 : 0);
  }
  g_autofree float *back = decode(path, 2);
  sg_encoder_free(NULL);
}

static void
test_never_overwrites_unasked(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *path = g_build_filename(folder, "song.wav", NULL);
  g_autofree float *band = test_band_new(RATE, 1, N, 1);
  SgEncoder *encoder, *other;
  SgError error;
  test_file_write(path, "precious", 8);
  test_assert_status(sg_encoder_new(path, format_of(0, 1), false, &encoder, &error), SG_EXISTS);
  g_assert_null(encoder);
  g_assert_cmpstr(error.path, ==, path);
  g_unlink(path);
  /* Nor one that came after it was opened. */
  test_assert_ok(sg_encoder_new(path, format_of(0, 1), false, &encoder, NULL));
  test_assert_ok(sg_encoder_new(path, format_of(0, 1), true, &other, NULL));
  test_assert_ok(write_all(encoder, band, 1, NULL));
  test_assert_ok(write_all(other, band, 1, NULL));
  test_file_write(path, "precious", 8);
  test_assert_status(sg_encoder_finish(encoder, &error), SG_EXISTS);
  sg_encoder_free(encoder);
  g_autoptr(GBytes) kept = test_file_read(path);
  g_assert_cmpmem(g_bytes_get_data(kept, NULL), g_bytes_get_size(kept), "precious", 8);
  /* Asked to, the old file stands until the new one is there. */
  test_assert_ok(sg_encoder_finish(other, NULL));
  sg_encoder_free(other);
  g_autofree float *back = decode(path, 1);
  g_assert_cmpuint(test_folder_count(folder), ==, 1);
  /* A link that leads nowhere is a name that is taken. */
  g_unlink(path);
  g_assert_cmpint(symlink("/nonexistent", path), ==, 0);
  test_assert_status(sg_encoder_new(path, format_of(0, 1), false, &encoder, NULL), SG_EXISTS);
}

static void
test_over_full_scale(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  for (gsize kind = 0; kind < G_N_ELEMENTS(kinds); kind++) {
    g_autofree char *path = g_strdup_printf("%s/%zu", folder, kind);
    g_autofree float *band = test_band_new(RATE, 1, N, 1);
    const float loud[] = { 1.0f, -1.0f, 1.0001f, -1.5f, 3.0f, -100.0f, 1e30f };
    memcpy(band + 1000, loud, sizeof loud);
    SgEncoder *encoder;
    test_assert_ok(sg_encoder_new(path, format_of(kind, 1), false, &encoder, NULL));
    test_assert_ok(write_all(encoder, band, 1, NULL));
    test_assert_ok(sg_encoder_finish(encoder, NULL));
    g_assert_cmpint(sg_encoder_n_over(encoder), ==, 5);
    g_assert_cmpfloat(sg_encoder_peak(encoder), ==, 1e30f);
    sg_encoder_free(encoder);
    g_autofree float *back = decode(path, 1);
    for (gsize i = 0; i < G_N_ELEMENTS(loud); i++) {
      float expected = kinds[kind].step > 0.0 ? CLAMP(loud[i], -1.0f, 1.0f) : loud[i];
      g_assert_cmpfloat(fabs((double)back[1000 + i] - expected), <=, kinds[kind].step);
    }
  }
}

static void
test_same_bytes_twice(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree float *band = test_band_new(RATE, 2, N, 1);
  for (gsize kind = 0; kind < G_N_ELEMENTS(kinds); kind++) {
    g_autofree char *a = g_strdup_printf("%s/a%zu", folder, kind),
                    *b = g_strdup_printf("%s/b%zu", folder, kind);
    encode(a, kind, 2, band, FALSE);
    if (kinds[kind].bits == SG_BITS_32F)
      g_usleep(1100000); /* the time of day in a header of floats would show */
    encode(b, kind, 2, band, FALSE);
    g_assert_true(test_file_equal(a, b));
  }
}

/* However little fits, the failure is told and nothing is left; SIGXFSZ is the caller's to ignore. */
static void
test_file_size_limit(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree float *band = test_band_new(RATE, 2, N, 1);
  struct rlimit unlimited, limit;
  g_assert_cmpint(getrlimit(RLIMIT_FSIZE, &unlimited), ==, 0);
  signal(SIGXFSZ, SIG_IGN);
  for (gsize kind = 0; kind < G_N_ELEMENTS(kinds); kind++) {
    g_autofree char *path = g_strdup_printf("%s/%zu", folder, kind);
    GStatBuf whole;
    encode(path, kind, 2, band, FALSE);
    g_assert_cmpint(g_stat(path, &whole), ==, 0);
    g_unlink(path);
    const gint64 sizes[] = { 0, 10, 60, 5000, whole.st_size / 2, whole.st_size - 3000, whole.st_size - 1 };
    for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
      SgEncoder *encoder;
      SgError error;
      limit = (struct rlimit){ (rlim_t)sizes[i], unlimited.rlim_max };
      g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &limit), ==, 0);
      SgStatus status = sg_encoder_new(path, format_of(kind, 2), false, &encoder, &error);
      if (status == SG_OK)
        status = write_all(encoder, band, 2, &error);
      if (status == SG_OK)
        status = sg_encoder_finish(encoder, &error);
      sg_encoder_free(encoder);
      g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &unlimited), ==, 0);
      if (status != SG_NO_SPACE && status != SG_WRITE_FAILED)
        g_error("kind %zu, %d of %d bytes fit: %s", kind, (int)sizes[i], (int)whole.st_size,
                sg_status_id(status));
      test_assert_status(error.status, status);
      g_assert_cmpstr(error.path, ==, path);
      g_assert_cmpuint(test_folder_count(folder), ==, 0);
    }
  }
}

static void
test_refuses(void)
{
  static const struct {
    SgContainer container;
    SgBits bits;
    guint rate_hz, n_channels;
    SgMisfit misfit;
  } bad[] = {
    { SG_CONTAINER_FLAC, SG_BITS_32F, 44100, 2, SG_MISFIT_BITS },
    { SG_CONTAINER_WAV, SG_BITS_LOSSY, 44100, 2, SG_MISFIT_BITS },
    { SG_CONTAINER_OGG, SG_BITS_16, 44100, 2, SG_MISFIT_BITS },
    { SG_CONTAINER_FLAC, SG_BITS_24, 700000, 2, SG_MISFIT_RATE },
    { SG_CONTAINER_FLAC, SG_BITS_16, 44100, 9, SG_MISFIT_CHANNELS },
    { SG_CONTAINER_WAV, SG_BITS_16, 44100, 0, SG_MISFIT_CHANNELS },
    { SG_CONTAINER_WAV, SG_BITS_16, 44100, 100000, SG_MISFIT_CHANNELS },
    { SG_CONTAINER_OPUS, SG_BITS_LOSSY, 44100, 2, SG_MISFIT_RATE },
    { SG_CONTAINER_MP3, SG_BITS_LOSSY, 96000, 2, SG_MISFIT_RATE },
    { SG_CONTAINER_MP3, SG_BITS_LOSSY, 44100, 6, SG_MISFIT_CHANNELS },
    { SG_CONTAINER_STEM_MP4, SG_BITS_LOSSY, 96000, 2, SG_MISFIT_RATE },
  };
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *path = g_build_filename(folder, "song", NULL);
  SgEncoder *encoder;
  SgError error;
  for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
    SgEncoderFormat format = { .container = bad[i].container,
                               .bits = bad[i].bits,
                               .rate_hz = bad[i].rate_hz,
                               .n_channels = bad[i].n_channels };
    g_assert_cmpint(sg_encoder_misfit(format), ==, bad[i].misfit);
    test_assert_status(sg_encoder_check(format, &error), SG_BAD_FORMAT);
    g_assert_cmpuint(strlen(error.detail), >, 0);
    test_assert_status(sg_encoder_new(path, format, false, &encoder, NULL), SG_BAD_FORMAT);
    g_assert_null(encoder);
  }
  g_autofree char *file = g_build_filename(folder, "file", NULL);
  g_autofree char *below = g_build_filename(file, "song.wav", NULL);
  test_file_write(file, "x", 1);
  g_assert_cmpint(sg_encoder_new(below, format_of(0, 1), false, &encoder, &error), !=, SG_OK);
  g_assert_cmpuint(test_folder_count(folder), ==, 1);

  SgContainer container;
  SgBits bits;
  g_assert_true(sg_container_find("flac", &container) && container == SG_CONTAINER_FLAC);
  g_assert_false(sg_container_find("FLAC", &container) || sg_container_find("", &container));
  g_assert_true(sg_bits_find("32f", &bits) && bits == SG_BITS_32F);
  g_assert_false(sg_bits_find("32", &bits) || sg_bits_find("8", &bits));
  g_assert_cmpstr(sg_container_id(SG_CONTAINER_WAV), ==, "wav");
}

/* A WAV file that will pass 4 GB takes its 64-bit form, and what is in it then is read back. */
static void
test_long_wav(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *path = g_build_filename(folder, "song.wav", NULL);
  g_autofree float *band = test_band_new(RATE, 2, N, 1);
  SgEncoderFormat format = format_of(2, 2);
  format.n_samples = 1ll << 32;
  SgEncoder *encoder;
  test_assert_ok(sg_encoder_new(path, format, false, &encoder, NULL));
  test_assert_ok(write_all(encoder, band, 2, NULL));
  test_assert_ok(sg_encoder_finish(encoder, NULL));
  sg_encoder_free(encoder);
  g_autoptr(GBytes) content = test_file_read(path);
  g_assert_cmpmem(g_bytes_get_data(content, NULL), 4, "RF64", 4);
  g_autofree float *back = decode(path, 2);
  g_assert_cmpmem(back, N * 2 * sizeof *back, band, N * 2 * sizeof *band);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/encoder/round-trip", test_round_trip);
  g_test_add_func("/encoder/atomic", test_atomic);
  g_test_add_func("/encoder/never-overwrites-unasked", test_never_overwrites_unasked);
  g_test_add_func("/encoder/over-full-scale", test_over_full_scale);
  g_test_add_func("/encoder/same-bytes-twice", test_same_bytes_twice);
  g_test_add_func("/encoder/file-size-limit", test_file_size_limit);
  g_test_add_func("/encoder/refuses", test_refuses);
  g_test_add_func("/encoder/long-wav", test_long_wav);
  return g_test_run();
}
