#include <math.h>
#include <string.h>

#include "core/io/decoder.h"
#include "core/io/dither.h"
#include "core/io/encoder.h"
#include "tests/support.h"

enum { N = 60007, CLICK = 10000 };

static SgStatus
encode(const char *path, SgEncoderFormat format, const float *samples, gint64 n)
{
  SgEncoder *encoder;
  SgStatus status = sg_encoder_new(path, format, true, &encoder, NULL);
  for (gint64 at = 0; at < n && status == SG_OK; at += 7000)
    status = sg_encoder_write(encoder, samples + at * format.n_channels, MIN(7000, n - at), NULL);
  if (status == SG_OK)
    status = sg_encoder_finish(encoder, NULL);
  if (encoder != NULL)
    sg_encoder_free(encoder);
  return status;
}

static float *
decode(const char *path, SgEncoderFormat format, gint64 n)
{
  g_autoptr(SgPcm) pcm = NULL;
  test_assert_ok(sg_decode_file(path, true, NULL, NULL, NULL, &pcm, NULL, NULL));
  g_assert_cmpint(sg_pcm_n_samples(pcm), ==, n);
  g_assert_cmpuint(sg_pcm_n_channels(pcm), ==, format.n_channels);
  g_assert_cmpuint(sg_pcm_rate(pcm), ==, format.rate_hz);
  return test_pcm_dup(pcm);
}

static gint64
file_size(const char *path)
{
  g_autoptr(GBytes) content = test_file_read(path);
  return (gint64)g_bytes_get_size(content);
}

/* What the limits allow can be written and read back; libsndfile's own answer is not to be had for this. */
static void
test_limits_are_true(void)
{
  static const guint rates[] = { 1,      1000,   7350,   8000,   9000,   11025,  12000,  16000,  22050,
                                 24000,  32000,  44100,  44101,  48000,  64000,  65536,  88200,  96000,
                                 176400, 192000, 200000, 200001, 250000, 384000, 655350, 655351, 768000 };
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *path = g_build_filename(folder, "song", NULL);
  g_autofree float *band = test_band_new(48000, 8, 3000, 1);
  guint n_allowed = 0;
  for (int container = 0; container < SG_CONTAINER_STEM_MP4; container++)
    for (gsize r = 0; r < G_N_ELEMENTS(rates); r++)
      for (guint n_channels = 1; n_channels <= 8; n_channels += r == 13 ? 1 : 7) {
        SgEncoderFormat format = { .container = (SgContainer)container,
                                   .bits = sg_bits_standard((SgContainer)container),
                                   .rate_hz = rates[r],
                                   .n_channels = n_channels };
        if (sg_encoder_misfit(format) != SG_FITS)
          continue;
        n_allowed++;
        SgStatus status = encode(path, format, band, 3000);
        if (status != SG_OK)
          g_error("%s at %u Hz, %u channels: %s", sg_container_id(format.container), rates[r], n_channels,
                  sg_status_id(status));
        g_autofree float *back = decode(path, format, 3000);
        /* What is offered in place of a rate that does not fit does fit. */
        format.rate_hz = sg_encoder_nearest_rate(format.container, rates[r]);
        g_assert_cmpuint(format.rate_hz, ==, rates[r]);
      }
  g_assert_cmpuint(n_allowed, >, 100);
}

static void
test_nearest_rate(void)
{
  static const struct {
    SgContainer container;
    guint rate_hz, nearest_hz;
  } cases[] = {
    { SG_CONTAINER_OPUS, 44100, 48000 },     { SG_CONTAINER_OPUS, 96000, 48000 },
    { SG_CONTAINER_OPUS, 7000, 8000 },       { SG_CONTAINER_MP3, 96000, 48000 },
    { SG_CONTAINER_MP3, 44101, 48000 },      { SG_CONTAINER_MP3, 1, 8000 },
    { SG_CONTAINER_FLAC, 768000, 655350 },   { SG_CONTAINER_FLAC, 65537, 65540 },
    { SG_CONTAINER_OGG, 384000, 200000 },    { SG_CONTAINER_STEM_MP4, 96000, 48000 },
    { SG_CONTAINER_STEM_MP4, 22050, 44100 },
  };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
    g_assert_cmpuint(sg_encoder_nearest_rate(cases[i].container, cases[i].rate_hz), ==, cases[i].nearest_hz);
}

static const SgContainer lossy[] = { SG_CONTAINER_OGG, SG_CONTAINER_OPUS, SG_CONTAINER_MP3 };

static SgEncoderFormat
lossy_format(SgContainer container, guint n_channels, double quality)
{
  return (SgEncoderFormat){ .container = container,
                            .bits = SG_BITS_LOSSY,
                            .rate_hz = container == SG_CONTAINER_OPUS ? 48000 : 44100,
                            .n_channels = n_channels,
                            .n_samples = N,
                            .quality = quality };
}

/* As long as it was, and each sample in its place. */
static void
test_lossy(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  for (gsize i = 0; i < G_N_ELEMENTS(lossy); i++)
    for (guint n_channels = 1; n_channels <= 6; n_channels += n_channels == 1 ? 1 : 4) {
      SgEncoderFormat format = lossy_format(lossy[i], n_channels, 0.0);
      if (sg_encoder_misfit(format) != SG_FITS)
        continue;
      g_autofree char *path = g_build_filename(folder, "song", NULL);
      g_autofree float *band = test_band_new(format.rate_hz, n_channels, N, 1);
      test_assert_ok(encode(path, format, band, N));
      g_autofree float *back = decode(path, format, N);
      /* Of the fourth channel of six codecs keep the low frequencies. */
      for (gint64 k = 0; k < N && n_channels == 6; k++)
        band[k * 6 + 3] = back[k * 6 + 3] = 0.0f;
      double sdr = test_sdr(band, back, (gint64)N * n_channels);
      g_test_message("%s, %u channels: %.1f dB, %d kbit/s", sg_container_id(lossy[i]), n_channels, sdr,
                     (int)((double)file_size(path) * 8.0 / N * format.rate_hz / 1000.0));
      g_assert_cmpfloat(sdr, >, 12.0);

      memset(band, 0, sizeof *band * N * n_channels);
      for (guint c = 0; c < n_channels; c++)
        band[(CLICK + 1000 * c) * n_channels + c] = 0.9f;
      test_assert_ok(encode(path, format, band, N));
      g_autofree float *clicks = decode(path, format, N);
      for (guint c = 0; c < n_channels; c++) {
        gint64 at = 0;
        for (gint64 k = 0; k < N; k++)
          if (fabsf(clicks[k * n_channels + c]) > fabsf(clicks[at * n_channels + c]))
            at = k;
        if (n_channels != 6 || c != 3)
          g_assert_cmpint(at, ==, CLICK + 1000 * (gint64)c);
      }
    }
}

/* More of it is bigger and nearer. */
static void
test_quality(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  for (gsize i = 0; i < G_N_ELEMENTS(lossy); i++) {
    gint64 last_size = 0;
    double last_sdr = -100.0;
    const double qualities[] = { 1.0, 4.0, 7.0, 10.0 };
    for (gsize q = 0; q < G_N_ELEMENTS(qualities); q++) {
      SgEncoderFormat format = lossy_format(lossy[i], 2, qualities[q]);
      g_autofree char *path = g_build_filename(folder, "song", NULL);
      g_autofree float *band = test_band_new(format.rate_hz, 2, N, 1);
      test_assert_ok(encode(path, format, band, N));
      g_autofree float *back = decode(path, format, N);
      double sdr = test_sdr(band, back, (gint64)N * 2);
      g_test_message("%s, quality %g: %d kbit/s, %.1f dB", sg_container_id(lossy[i]), qualities[q],
                     (int)((double)file_size(path) * 8.0 / N * format.rate_hz / 1000.0), sdr);
      g_assert_cmpint(file_size(path), >, last_size);
      g_assert_cmpfloat(sdr, >, last_sdr);
      last_size = file_size(path);
      last_sdr = sdr;
    }
  }
}

static void
test_lossy_same_bytes_twice(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *a = g_build_filename(folder, "a", NULL), *b = g_build_filename(folder, "b", NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(lossy); i++) {
    SgEncoderFormat format = lossy_format(lossy[i], 2, 0.0);
    g_autofree float *band = test_band_new(format.rate_hz, 2, N, 1);
    test_assert_ok(encode(a, format, band, N));
    g_usleep(1100000); /* lots are drawn by the time of day */
    test_assert_ok(encode(b, format, band, N));
    g_assert_true(test_file_equal(a, b));
  }
}

/* TPDF: the mean of the error is 0 and its power is a quarter of a step squared, wherever between the steps;
 * what lies on a step stays. */
static void
test_dither(void)
{
  enum { N_DRAWS = 200000 };
  const double between[] = { 0.1, 0.25, 0.5, 0.9 };
  for (gsize i = 0; i < G_N_ELEMENTS(between); i++) {
    SgRandom random = sg_random_seeded(1);
    double sum = 0.0, power = 0.0;
    float sample = (float)((1000.0 + between[i]) * 0x1p-15);
    for (int k = 0; k < N_DRAWS; k++) {
      double error = sg_round_to_steps(sample, 16, &random) - 1000.0 - between[i];
      sum += error;
      power += error * error;
    }
    g_test_message("%g: mean %.4f, power %.4f", between[i], sum / N_DRAWS, power / N_DRAWS);
    g_assert_cmpfloat(fabs(sum / N_DRAWS), <, 0.005);
    g_assert_cmpfloat(fabs(power / N_DRAWS - 0.25), <, 0.005);
  }
  SgRandom random = sg_random_seeded(1);
  const int steps[] = { 0, 1, -1, 12345, 32767, -32768 };
  for (gsize i = 0; i < G_N_ELEMENTS(steps); i++)
    for (int k = 0; k < 100; k++)
      g_assert_cmpint(sg_round_to_steps((float)steps[i] * 0x1p-15f, 16, &random), ==, steps[i]);
  /* Never beyond the range. */
  for (int k = 0; k < 1000; k++) {
    g_assert_cmpint(sg_round_to_steps(32766.9f * 0x1p-15f, 16, &random), <=, 32767);
    g_assert_cmpint(sg_round_to_steps(-1e30f, 16, &random), ==, -32768);
  }
}

static void
test_dither_in_files(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree float *quiet = g_new(float, N);
  for (gsize i = 0; i < N; i++)
    quiet[i] = 0.3f * 0x1p-15f;
  for (int dithered = 0; dithered < 2; dithered++) {
    SgEncoderFormat format = { .container = SG_CONTAINER_FLAC,
                               .bits = SG_BITS_16,
                               .rate_hz = 44100,
                               .n_channels = 1,
                               .dither = dithered != 0 };
    g_autofree char *a = g_build_filename(folder, "a", NULL), *b = g_build_filename(folder, "b", NULL);
    test_assert_ok(encode(a, format, quiet, N));
    test_assert_ok(encode(b, format, quiet, N));
    g_assert_true(test_file_equal(a, b));
    g_autofree float *back = decode(a, format, N);
    double sum = 0.0;
    for (gsize i = 0; i < N; i++)
      sum += (double)back[i];
    g_assert_cmpfloat(fabs(sum / N * 0x1p15 - (dithered ? 0.3 : 0.0)), <, 0.01);
  }
}

static const guint8 picture[] = { 0xff, 0xd8, 0xff, 0xe0, 0, 16, 'J', 'F',  'I',
                                  'F',  0,    1,    2,    3, 4,  5,   0xff, 0xd9 };

static void
test_tags(void)
{
  SgTags tags = { .title = "Straßenlärm “7”",
                  .artist = "Ünal & 東京",
                  .album = "Все вместе",
                  .date = "2003",
                  .track = "3",
                  .genre = "Jazz",
                  .comment = "made at home",
                  .cover_type = "image/jpeg",
                  .n_cover = sizeof picture,
                  .cover = (uint8_t *)picture };
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree float *band = test_band_new(48000, 2, N, 1);
  for (int container = 0; container < SG_CONTAINER_STEM_MP4; container++) {
    SgEncoderFormat format = { .container = (SgContainer)container,
                               .bits = sg_bits_standard((SgContainer)container),
                               .rate_hz = 48000,
                               .n_channels = 2,
                               .n_samples = N };
    g_autofree char *plain = g_build_filename(folder, "plain", NULL);
    g_autofree char *path = g_build_filename(folder, "tagged", NULL);
    test_assert_ok(encode(plain, format, band, N));
    format.tags = &tags;
    test_assert_ok(encode(path, format, band, N));
    /* The sound is the same. */
    g_autofree float *with = decode(path, format, N), *without = decode(plain, format, N);
    g_assert_cmpmem(with, N * 2 * sizeof *with, without, N * 2 * sizeof *without);
    SgTags *back;
    SgError error;
    if (sg_tags_read(path, &back, &error) != SG_OK)
      g_error("%s: %s %s", sg_container_id(format.container), sg_status_id(error.status), error.detail);
    gboolean has_words = sg_decoder_has_ffmpeg() || container != SG_CONTAINER_MP3;
    g_assert_cmpstr(back->title, ==, tags.title);
    g_assert_cmpstr(back->artist, ==, tags.artist);
    g_assert_cmpstr(back->album, ==, tags.album);
    g_assert_cmpstr(back->date, ==, tags.date);
    g_assert_cmpstr(back->track, ==, tags.track);
    g_assert_cmpstr(back->genre, ==, tags.genre);
    if (has_words)
      g_assert_cmpstr(back->comment, ==, tags.comment);
    gboolean has_cover = sg_encoder_limits((SgContainer)container)->has_cover && sg_decoder_has_ffmpeg();
    g_assert_cmpmem(back->cover, back->n_cover, picture, has_cover ? sizeof picture : 0);
    g_assert_cmpstr(back->cover_type, ==, has_cover ? "image/jpeg" : "");
    sg_tags_free(back);
  }
}

static void
test_stem_titles(void)
{
  SgTags tags = { .title = "Song", .artist = "Band", .n_cover = sizeof picture, .cover = (uint8_t *)picture };
  SgTags *stem = sg_tags_for_stem(&tags, "drums");
  g_assert_cmpstr(stem->title, ==, "Song (drums)");
  g_assert_cmpstr(stem->artist, ==, "Band");
  g_assert_cmpmem(stem->cover, stem->n_cover, picture, sizeof picture);
  sg_tags_free(stem);
  tags.title[0] = '\0';
  stem = sg_tags_for_stem(&tags, "drums");
  g_assert_cmpstr(stem->title, ==, "drums");
  sg_tags_free(stem);
  /* A title that leaves no room is cut, between letters. */
  for (gsize i = 0; i + 2 < sizeof tags.title; i += 2)
    memcpy(tags.title + i, "ä", 3);
  stem = sg_tags_for_stem(&tags, "drums");
  g_assert_true(g_str_has_suffix(stem->title, "ä (drums)"));
  g_assert_true(g_utf8_validate(stem->title, -1, NULL));
  sg_tags_free(stem);
  g_assert_null(sg_tags_for_stem(NULL, "drums"));
  sg_tags_free(NULL);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/encoder-formats/limits-are-true", test_limits_are_true);
  g_test_add_func("/encoder-formats/nearest-rate", test_nearest_rate);
  g_test_add_func("/encoder-formats/lossy", test_lossy);
  g_test_add_func("/encoder-formats/quality", test_quality);
  g_test_add_func("/encoder-formats/lossy-same-bytes-twice", test_lossy_same_bytes_twice);
  g_test_add_func("/encoder-formats/dither", test_dither);
  g_test_add_func("/encoder-formats/dither-in-files", test_dither_in_files);
  g_test_add_func("/encoder-formats/tags", test_tags);
  g_test_add_func("/encoder-formats/stem-titles", test_stem_titles);
  return g_test_run();
}
