#include "core/io/decoder.h"

#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support.h"

enum { N = 30011 };

static SgStatus
decode(const char *path, SgPcm **out_pcm, SgDecodeReport *report, SgError *error)
{
  return sg_decode_file(path, false, NULL, NULL, NULL, out_pcm, report, error);
}

static void
test_formats(void)
{
  static const struct {
    const char *format, *container, *encoding;
    guint rate_hz, n_channels;
    double peak_error; /* 0: a lossy codec, judged by its SDR */
  } cases[] = {
    { "wav16", "WAV", "16-bit PCM", 44100, 2, 0x1p-15 },
    { "wav24", "WAV", "24-bit PCM", 96000, 1, 0x1p-23 },
    { "wav32f", "WAV", "32-bit float", 11025, 2, 0x1p-30 },
    { "wav64f", "WAV", "64-bit float", 48000, 6, 0x1p-30 },
    { "rf64", "WAV", "16-bit PCM", 44100, 2, 0x1p-15 },
    { "flac16", "FLAC", "16-bit PCM", 44100, 1, 0x1p-15 },
    { "flac24", "FLAC", "24-bit PCM", 48000, 8, 0x1p-23 },
    { "aiff16", "AIFF", "16-bit PCM", 8000, 2, 0x1p-15 },
    { "caf16", "CAF", "16-bit PCM", 44100, 2, 0x1p-15 },
    { "w64", "W64", "16-bit PCM", 44100, 2, 0x1p-15 },
    { "au16", "AU", "16-bit PCM", 22050, 1, 0x1p-15 },
    { "ogg", "Ogg", "Vorbis", 44100, 2, 0.0 },
    { "opus", "Ogg", "Opus", 48000, 2, 0.0 },
    { "mp3", "MP3", "MPEG layer III", 44100, 2, 0.0 },
  };
  g_autoptr(TestFolder) folder = test_folder_new();
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    guint n_channels = cases[i].n_channels;
    g_autofree char *path = g_build_filename(folder, cases[i].format, NULL);
    g_autofree float *band = test_band_new(cases[i].rate_hz, n_channels, N, i);
    test_sound_write(path, cases[i].format, cases[i].rate_hz, n_channels, band, N);
    g_autoptr(SgPcm) pcm = NULL;
    SgDecodeReport report;
    test_assert_ok(decode(path, &pcm, &report, NULL));
    g_assert_cmpstr(report.info.container, ==, cases[i].container);
    g_assert_cmpstr(report.info.encoding, ==, cases[i].encoding);
    g_assert_cmpuint(report.info.rate_hz, ==, cases[i].rate_hz);
    g_assert_cmpuint(report.info.n_channels, ==, n_channels);
    g_assert_cmpint(report.info.n_samples, ==, N);
    g_assert_false(report.truncated);
    g_assert_cmpuint(sg_pcm_rate(pcm), ==, cases[i].rate_hz);
    g_assert_cmpuint(sg_pcm_n_channels(pcm), ==, n_channels);
    g_assert_cmpint(sg_pcm_n_samples(pcm), ==, N);
    g_autofree float *got = test_pcm_dup(pcm);
    double peak_error = 0.0;
    for (gsize k = 0; k < (gsize)N * n_channels; k++)
      peak_error = MAX(peak_error, fabs((double)got[k] - band[k]));
    g_test_message("%s: peak error %.1f dBFS", cases[i].format, test_dbfs(peak_error));
    if (cases[i].peak_error > 0.0)
      g_assert_cmpfloat(peak_error, <=, cases[i].peak_error);
    else
      g_assert_cmpfloat(test_sdr(band, got, (gint64)N * n_channels), >, 5.0);
  }
}

static void
assert_refused(const char *path, SgStatus expected)
{
  SgPcm *pcm;
  SgError error;
  SgStatus status = decode(path, &pcm, NULL, &error);
  if (status != expected)
    g_error("%s: %s, not %s", path, sg_status_id(status), sg_status_id(expected));
  test_assert_status(error.status, expected);
  g_assert_cmpstr(error.path, ==, path);
  g_assert_null(pcm);
  SgDecoder *decoder = NULL;
  test_assert_status(sg_decoder_open(path, &decoder, NULL), expected);
  g_assert_null(decoder);
}

static void
test_what_is_no_sound(void)
{
  static const char text[] = "This is a letter, whatever its name says.\n";
  static const char header[] =
      "RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x44\xac\0\0\x88\x58\x01\0\x02\0\x10\0data\0\0\0";
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *path = g_build_filename(folder, "song.wav", NULL);
  assert_refused(path, SG_NOT_FOUND);
  assert_refused(folder, SG_IS_FOLDER);
  test_file_write(path, "", 0);
  assert_refused(path, SG_EMPTY_FILE);
  test_file_write(path, text, strlen(text));
  assert_refused(path, SG_NOT_AUDIO);
  test_file_write(path, "RIFF", 4);
  assert_refused(path, SG_NOT_AUDIO);
  test_file_write(path, header, sizeof header);
  assert_refused(path, SG_NO_SAMPLES);
  test_file_write(path, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
  assert_refused(path, SG_NOT_AUDIO);
  g_autofree char *below = g_build_filename(path, "below.wav", NULL);
  assert_refused(below, SG_NOT_FOUND);
  g_autofree char *pipe = g_build_filename(folder, "pipe.wav", NULL);
  g_assert_cmpint(mkfifo(pipe, 0600), ==, 0);
  assert_refused(pipe, SG_NOT_AUDIO);
  if (geteuid() == 0)
    return;
  g_assert_cmpint(chmod(path, 0), ==, 0);
  assert_refused(path, SG_NO_PERMISSION);
}

static void
test_odd_shapes(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *path = g_build_filename(folder, "song.wav", NULL);
  g_autofree float *band = test_band_new(44100, 9, 1000, 1);
  const gint64 lengths[] = { 1, 2, 3 };
  const char *formats[] = { "wav16", "wav24", "flac16", "ogg" };
  for (gsize f = 0; f < G_N_ELEMENTS(formats); f++)
    for (gsize i = 0; i < G_N_ELEMENTS(lengths); i++) {
      g_autoptr(SgPcm) pcm = NULL;
      test_sound_write(path, formats[f], 44100, 2, band, lengths[i]);
      test_assert_ok(decode(path, &pcm, NULL, NULL));
      g_assert_cmpint(sg_pcm_n_samples(pcm), ==, lengths[i]);
    }
  test_sound_write(path, "wav16", 44100, 2, band, 0);
  assert_refused(path, SG_NO_SAMPLES);
  test_sound_write(path, "wav16", 44100, 9, band, 1000);
  assert_refused(path, SG_BAD_FORMAT);
  const guint rates[] = { 1, 7, 8000, 44101, 192000, 768000 };
  for (gsize i = 0; i < G_N_ELEMENTS(rates); i++) {
    g_autoptr(SgPcm) pcm = NULL;
    test_sound_write(path, "wav16", rates[i], 1, band, 100);
    test_assert_ok(decode(path, &pcm, NULL, NULL));
    g_assert_cmpuint(sg_pcm_rate(pcm), ==, rates[i]);
  }
  /* A rate that nothing records, for which the transform alone would take all memory. */
  test_sound_write(path, "wav16", 100000000, 1, band, 100);
  assert_refused(path, SG_BAD_FORMAT);
}

static void
test_names(void)
{
  g_autofree char *long_name = g_strnfill(250, 'n');
  const char *names[] = { "two words.wav", "🥁 café.wav", "new\nline.wav",  "-o.wav",
                          "no-extension",  "%s%n.wav",       "latin \xe9.wav", long_name };
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree float *band = test_band_new(8000, 1, 100, 1);
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
    g_autofree char *path = g_build_filename(folder, names[i], NULL);
    g_autoptr(SgPcm) pcm = NULL;
    test_sound_write(path, "wav16", 8000, 1, band, 100);
    test_assert_ok(decode(path, &pcm, NULL, NULL));
    g_assert_cmpint(sg_pcm_n_samples(pcm), ==, 100);
  }
}

static void
test_bad_samples(void)
{
  static const struct {
    gint64 position;
    guint channel;
    float value;
    const char *detail;
  } cases[] = { { 0, 0, NAN, "NaN" },
                { 12345, 1, NAN, "NaN" },
                { 20000, 0, INFINITY, "infinite" },
                { N - 1, 1, -INFINITY, "infinite" } };
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *path = g_build_filename(folder, "song.wav", NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree float *band = test_band_new(44100, 2, N, 1);
    band[cases[i].position * 2 + cases[i].channel] = cases[i].value;
    test_sound_write(path, i % 2 == 0 ? "wav32f" : "wav64f", 44100, 2, band, N);
    SgPcm *pcm;
    SgError error;
    test_assert_status(decode(path, &pcm, NULL, &error), SG_BAD_SAMPLE);
    g_assert_null(pcm);
    g_assert_cmpstr(error.path, ==, path);
    g_assert_cmpint(error.position, ==, cases[i].position);
    g_assert_cmpint(error.actual, ==, cases[i].channel);
    g_assert_cmpstr(error.detail, ==, cases[i].detail);
  }
  /* Over full scale is no fault. */
  g_autofree float *loud = test_band_new(44100, 2, N, 1);
  loud[77] = 12.5f;
  test_sound_write(path, "wav32f", 44100, 2, loud, N);
  g_autoptr(SgPcm) pcm = NULL;
  test_assert_ok(decode(path, &pcm, NULL, NULL));
  g_autofree float *got = test_pcm_dup(pcm);
  g_assert_cmpfloat(got[77], ==, 12.5f);
}

static bool
stop_at_once(double fraction, const char *stage, void *user)
{
  g_assert_cmpstr(stage, ==, "decode");
  g_assert_true(fraction >= 0.0 && fraction <= 1.0);
  return ++*(int *)user < 2;
}

static void
test_cancel(void)
{
  g_autoptr(TestFolder) folder = test_folder_new(), scratch = test_folder_new();
  g_autofree char *path = g_build_filename(folder, "song.wav", NULL);
  g_autofree float *band = test_band_new(44100, 2, 20 * N, 1);
  test_sound_write(path, "wav16", 44100, 2, band, 20 * N);
  int n_calls = 0;
  SgPcm *pcm;
  test_assert_status(sg_decode_file(path, false, scratch, stop_at_once, &n_calls, &pcm, NULL, NULL),
                     SG_CANCELLED);
  g_assert_null(pcm);
  g_assert_cmpint(n_calls, ==, 2);
  g_assert_cmpuint(test_folder_count(scratch), ==, 0);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/decoder/formats", test_formats);
  g_test_add_func("/decoder/what-is-no-sound", test_what_is_no_sound);
  g_test_add_func("/decoder/odd-shapes", test_odd_shapes);
  g_test_add_func("/decoder/names", test_names);
  g_test_add_func("/decoder/bad-samples", test_bad_samples);
  g_test_add_func("/decoder/cancel", test_cancel);
  return g_test_run();
}
