#include "core/io/truncation.h"

#include <glib/gstdio.h>
#include <string.h>

#include "tests/support.h"

enum { N = 300000, RATE = 48000 };

static const char *const formats[] = { "wav16", "wav24", "wav32f", "rf64", "flac16", "flac24", "ogg",
                                       "opus",  "mp3",   "aiff16", "au16", "w64",    "caf16" };

/* Whether the format's header tells the length. */
static gboolean
announces(const char *format)
{
  return !g_str_equal(format, "ogg") && !g_str_equal(format, "opus");
}

static gint64
file_size(const char *path)
{
  GStatBuf status;
  g_assert_cmpint(g_stat(path, &status), ==, 0);
  return status.st_size;
}

/* The start of the whole song, as its own file gives it. */
static void
assert_is_start_of(const SgPcm *part, const SgPcm *whole, const char *format)
{
  g_autofree float *got = test_pcm_dup(part);
  g_autofree float *all = test_pcm_dup(whole);
  /* A lossy codec may not finish its last block. */
  gint64 n = sg_pcm_n_samples(part) - (strcmp(format, "mp3") == 0 || !announces(format) ? 4000 : 0);
  for (gint64 i = 0; i < n * 2; i++)
    if (got[i] != all[i])
      g_error("%s cut: sample %d is %g, not %g", format, (int)(i / 2), got[i], all[i]);
}

static void
check_cut(const char *path, const char *format, const SgPcm *whole)
{
  g_autoptr(SgPcm) part = NULL;
  SgDecodeReport report;
  SgError error;
  SgStatus status = sg_decode_file(path, false, NULL, NULL, NULL, &part, &report, &error);
  if (status != SG_OK)
    g_error("%s of %d bytes: %s", format, (int)file_size(path), sg_status_id(status));
  gint64 n = sg_pcm_n_samples(part);
  if (n >= N || !report.truncated)
    g_error("%s of %d bytes: %d samples, %s", format, (int)file_size(path), (int)n,
            report.truncated ? "truncated" : "said to be whole");
  g_assert_cmpint(report.info.n_samples, ==, n);
  g_assert_cmpint(report.n_expected, ==, announces(format) ? N : 0);
  assert_is_start_of(part, whole, format);

  SgPcm *refused;
  test_assert_status(sg_decode_file(path, true, NULL, NULL, NULL, &refused, NULL, &error), SG_TRUNCATED);
  g_assert_null(refused);
  g_assert_cmpstr(error.path, ==, path);
  g_assert_cmpint(error.expected, ==, report.n_expected);
  g_assert_cmpint(error.actual, ==, n);
}

static void
test_cut(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree float *band = test_band_new(RATE, 2, N, 1);
  for (gsize i = 0; i < G_N_ELEMENTS(formats); i++) {
    g_autofree char *path = g_build_filename(folder, formats[i], NULL);
    test_sound_write(path, formats[i], RATE, 2, band, N);
    g_autoptr(SgPcm) whole = NULL;
    SgDecodeReport report;
    test_assert_ok(sg_decode_file(path, true, NULL, NULL, NULL, &whole, &report, NULL));
    g_assert_false(report.truncated);
    g_assert_cmpint(sg_pcm_n_samples(whole), ==, N);
    gint64 size = file_size(path);
    const gint64 cuts[] = { size - 5, size * 99 / 100, size / 2, size / 3 };
    for (gsize c = 0; c < G_N_ELEMENTS(cuts); c++) {
      test_file_cut(path, cuts[c]);
      check_cut(path, formats[i], whole);
    }
  }
}

/* Linear PCM keeps every whole sample that is there. */
static void
test_exact_length(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *path = g_build_filename(folder, "song.wav", NULL);
  g_autofree float *band = test_band_new(RATE, 2, N, 1);
  const char *pcm_formats[] = { "wav16", "wav24", "wav32f" };
  const gint64 bytes[] = { 4, 6, 8 };
  for (gsize i = 0; i < G_N_ELEMENTS(pcm_formats); i++) {
    test_sound_write(path, pcm_formats[i], RATE, 2, band, N);
    gint64 header = file_size(path) - N * bytes[i];
    g_autoptr(GBytes) content = test_file_read(path);
    for (gint64 n = 1000; n < 1000 + bytes[i]; n++) {
      test_file_write(path, g_bytes_get_data(content, NULL), (gsize)(header + n));
      g_autoptr(SgPcm) pcm = NULL;
      test_assert_ok(sg_decode_file(path, false, NULL, NULL, NULL, &pcm, NULL, NULL));
      g_assert_cmpint(sg_pcm_n_samples(pcm), ==, n / bytes[i]);
    }
  }
}

/* Bytes `at` … of the file replaced. */
static void
patch(const char *path, gsize at, const void *bytes, gsize n)
{
  g_autoptr(GBytes) content = test_file_read(path);
  gsize size;
  g_autofree char *copy = g_memdup2(g_bytes_get_data(content, &size), g_bytes_get_size(content));
  g_assert_cmpuint(at + n, <=, size);
  memcpy(copy + at, bytes, n);
  test_file_write(path, copy, size);
}

static void
check_frames(const char *path, const guint8 *bytes, gsize n, gboolean is_cut)
{
  g_autoptr(SgPcm) pcm = NULL;
  SgDecodeReport report;
  test_file_write(path, bytes, n);
  test_assert_ok(sg_decode_file(path, false, NULL, NULL, NULL, &pcm, &report, NULL));
  g_test_message("%d samples of %d, %s", (int)sg_pcm_n_samples(pcm), N, report.truncated ? "cut" : "whole");
  g_assert_cmpint(report.truncated, ==, is_cut);
  g_assert_cmpint(report.n_expected, ==, 0);
  gint64 n_frames = (sg_pcm_n_samples(pcm) + 1151) / 1152, n_whole = N / 1152 + 1;
  if (is_cut)
    g_assert_cmpint(n_frames, <=, n_whole);
  else
    g_assert_cmpint(n_frames, >, n_whole);
}

/* MP3 without the tag that counts its frames: no estimate of its length is taken for a promise, what hangs
 * behind the sound does not matter, and sound that cannot be reached does. */
static void
test_mp3_frames(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *path = g_build_filename(folder, "song.mp3", NULL);
  g_autofree float *band = test_band_new(RATE, 2, N, 1);
  memset(band, 0, N * sizeof *band); /* quiet first, so that the bit rate varies */
  test_sound_write(path, "mp3", RATE, 2, band, N);
  g_autoptr(GBytes) content = test_file_read(path);
  gsize size = g_bytes_get_size(content);
  g_autofree guint8 *bytes = g_malloc0(size + 2000);
  memcpy(bytes, g_bytes_get_data(content, NULL), size);
  guint8 *tag = memmem(bytes, size, "Xing", 4);
  if (tag == NULL)
    tag = memmem(bytes, size, "Info", 4);
  g_assert_nonnull(tag);
  const guint8 sync[] = { 0xff, 0xfb };
  guint8 *start = memmem(tag, size - (gsize)(tag - bytes), sync, sizeof sync);
  g_assert_nonnull(start);
  gsize n = size - (gsize)(start - bytes);
  check_frames(path, start, n, FALSE);
  check_frames(path, start, n + 2000, FALSE);
  check_frames(path, start, n - 5, TRUE);
  check_frames(path, start, n / 2, TRUE);
  memset(start + n / 2, 0, 3000);
  check_frames(path, start, n, TRUE);
}

/* A WAV file whose chunk says 2³² − 4 bytes: neither believed when space is reserved, nor passed over in
 * silence. */
static void
test_wav_lies(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *path = g_build_filename(folder, "song.wav", NULL);
  g_autofree float *band = test_band_new(RATE, 2, 1000, 1);
  test_sound_write(path, "wav16", RATE, 2, band, 1000);
  patch(path, 40, "\xfc\xff\xff\xff", 4);
  g_autoptr(SgPcm) pcm = NULL;
  SgDecodeReport report;
  test_assert_ok(sg_decode_file(path, false, NULL, NULL, NULL, &pcm, &report, NULL));
  g_assert_cmpint(sg_pcm_n_samples(pcm), ==, 1000);
  g_assert_true(report.truncated);
  g_assert_cmpint(report.n_expected, ==, 0x3fffffff);
  /* What a pipe leaves there is no promise. */
  g_clear_pointer(&pcm, sg_pcm_free);
  patch(path, 40, "\xff\xff\xff\xff", 4);
  test_assert_ok(sg_decode_file(path, true, NULL, NULL, NULL, &pcm, &report, NULL));
  g_assert_cmpint(sg_pcm_n_samples(pcm), ==, 1000);
  g_assert_false(report.truncated);
}

/* STREAMINFO with all 36 bits of its length set: 2³⁶ − 1 samples, half a terabyte. */
static void
test_flac_lies(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *path = g_build_filename(folder, "song.flac", NULL);
  g_autofree float *band = test_band_new(RATE, 2, N, 1);
  test_sound_write(path, "flac16", RATE, 2, band, N);
  g_autoptr(GBytes) content = test_file_read(path);
  const guint8 *bytes = g_bytes_get_data(content, NULL);
  guint8 length[5] = { bytes[21] | 0x0f, 0xff, 0xff, 0xff, 0xff };
  patch(path, 21, length, sizeof length);
  g_autoptr(SgPcm) pcm = NULL;
  SgDecodeReport report;
  test_assert_ok(sg_decode_file(path, false, NULL, NULL, NULL, &pcm, &report, NULL));
  g_assert_cmpint(sg_pcm_n_samples(pcm), ==, N);
  g_assert_true(report.truncated);
  g_assert_cmpint(report.n_expected, ==, 0xfffffffffll);
  /* A length of zero means that it is not known. */
  g_clear_pointer(&pcm, sg_pcm_free);
  guint8 unknown[5] = { bytes[21] & 0xf0 };
  patch(path, 21, unknown, sizeof unknown);
  test_assert_ok(sg_decode_file(path, true, NULL, NULL, NULL, &pcm, &report, NULL));
  g_assert_cmpint(sg_pcm_n_samples(pcm), ==, N);
  g_assert_false(report.truncated);
}

/* The same in a file so long that it could be true: believed only as the samples come. */
static void
test_long_flac_lies(void)
{
  enum { LONG = 1500000 };
  SgRandom random = test_random();
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *path = g_build_filename(folder, "song.flac", NULL);
  g_autofree float *noise = g_new(float, LONG * 2);
  for (gsize i = 0; i < LONG * 2; i++)
    noise[i] = (float)sg_random_unit(&random) - 0.5f;
  test_sound_write(path, "flac24", RATE, 2, noise, LONG);
  g_assert_cmpint(file_size(path), >, 8400000);
  g_autoptr(GBytes) content = test_file_read(path);
  const guint8 *bytes = g_bytes_get_data(content, NULL);
  guint8 length[5] = { bytes[21] | 0x0f, 0xff, 0xff, 0xff, 0xff };
  patch(path, 21, length, sizeof length);
  g_autoptr(SgPcm) pcm = NULL;
  SgDecodeReport report;
  test_assert_ok(sg_decode_file(path, false, NULL, NULL, NULL, &pcm, &report, NULL));
  g_assert_cmpint(sg_pcm_n_samples(pcm), ==, LONG);
  g_assert_true(report.truncated);
  g_assert_cmpint(report.n_expected, ==, 0xfffffffffll);
}

/* Two Ogg files in one: what is not read is told. */
static void
test_chain(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *path = g_build_filename(folder, "song", NULL);
  g_autofree float *band = test_band_new(RATE, 2, 20000, 1);
  const char *names[] = { "ogg", "opus" };
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
    test_sound_write(path, names[i], RATE, 2, band, 20000);
    g_autoptr(GBytes) one = test_file_read(path);
    g_autofree guint8 *two = g_malloc(2 * g_bytes_get_size(one));
    memcpy(two, g_bytes_get_data(one, NULL), g_bytes_get_size(one));
    memcpy(two + g_bytes_get_size(one), two, g_bytes_get_size(one));
    test_file_write(path, two, 2 * g_bytes_get_size(one));
    g_autoptr(SgPcm) pcm = NULL;
    SgDecodeReport report;
    test_assert_ok(sg_decode_file(path, false, NULL, NULL, NULL, &pcm, &report, NULL));
    g_assert_cmpint(sg_pcm_n_samples(pcm), ==, 20000);
    g_assert_true(report.truncated);
    g_assert_cmpint(report.n_expected, ==, 0);
  }
}

/* Any cut of any format is salvaged, refused as no sound, or refused as empty: never whole, never a crash. */
static void
test_cut_anywhere(void)
{
  SgRandom random = test_random();
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree float *band = test_band_new(RATE, 1, 20000, 1);
  for (gsize i = 0; i < G_N_ELEMENTS(formats); i++) {
    g_autofree char *path = g_build_filename(folder, formats[i], NULL);
    test_sound_write(path, formats[i], RATE, 1, band, 20000);
    g_autoptr(GBytes) content = test_file_read(path);
    for (int round = 0; round < 40; round++) {
      gsize n = sg_random_below(&random, round % 2 == 0 ? 400 : g_bytes_get_size(content));
      test_file_write(path, g_bytes_get_data(content, NULL), n);
      g_autoptr(SgPcm) pcm = NULL;
      SgDecodeReport report;
      SgStatus status = sg_decode_file(path, false, NULL, NULL, NULL, &pcm, &report, NULL);
      gboolean salvaged = status == SG_OK && report.truncated && sg_pcm_n_samples(pcm) < 20000;
      if (!salvaged && status != SG_NOT_AUDIO && status != SG_NO_SAMPLES && status != SG_EMPTY_FILE)
        g_error("%s cut to %zu bytes: %s, %s", formats[i], n, sg_status_id(status),
                report.truncated ? "truncated" : "said to be whole");
    }
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/truncation/cut", test_cut);
  g_test_add_func("/truncation/exact-length", test_exact_length);
  g_test_add_func("/truncation/mp3-frames", test_mp3_frames);
  g_test_add_func("/truncation/wav-lies", test_wav_lies);
  g_test_add_func("/truncation/flac-lies", test_flac_lies);
  g_test_add_func("/truncation/long-flac-lies", test_long_flac_lies);
  g_test_add_func("/truncation/chain", test_chain);
  g_test_add_func("/truncation/cut-anywhere", test_cut_anywhere);
  return g_test_run();
}
