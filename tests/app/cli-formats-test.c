#include <math.h>
#include <string.h>

#include "core/io/decoder.h"
#include "core/io/stem-mp4.h"
#include "tests/support-cli.h"
#include "tests/support.h"

enum { N = 30000 };

typedef struct {
  TestFolder *folder;
  char *song, *out;
} Fixture;

static void
write_song(Fixture *fixture, guint rate_hz, guint n_channels, float gain)
{
  g_autofree float *band = test_band_new(rate_hz, n_channels, N, 1);
  for (gsize i = 0; i < (gsize)N * n_channels; i++)
    band[i] *= gain;
  test_sound_write(fixture->song, "wav32f", rate_hz, n_channels, band, N);
}

static void
set_up(Fixture *fixture, gconstpointer data)
{
  fixture->folder = test_folder_new();
  fixture->song = g_build_filename(fixture->folder, "song.wav", NULL);
  fixture->out = g_build_filename(fixture->folder, "out", NULL);
  write_song(fixture, 44100, 2, 0.5f);
}

static void
tear_down(Fixture *fixture, gconstpointer data)
{
  g_free(fixture->song);
  g_free(fixture->out);
  test_folder_remove(fixture->folder);
}

static void
assert_stem(const Fixture *fixture, const char *ending, guint rate_hz, guint n_channels, gint64 n)
{
  g_autofree char *path = g_strdup_printf("%s/song/drums.%s", fixture->out, ending);
  g_autoptr(SgPcm) pcm = NULL;
  test_assert_ok(sg_decode_file(path, true, NULL, NULL, NULL, &pcm, NULL, NULL));
  g_assert_cmpuint(sg_pcm_rate(pcm), ==, rate_hz);
  g_assert_cmpuint(sg_pcm_n_channels(pcm), ==, n_channels);
  g_assert_cmpint(sg_pcm_n_samples(pcm), ==, n);
}

static void
test_formats(Fixture *fixture, gconstpointer data)
{
  const char *formats[] = { "wav", "flac", "ogg", "mp3" };
  for (gsize i = 0; i < G_N_ELEMENTS(formats); i++) {
    g_auto(CliRun) run = test_cli_run(fixture->folder, "separate", fixture->song, "-o", fixture->out,
                                      "--format", formats[i], NULL);
    g_assert_cmpstr(run.err, ==, "");
    g_assert_cmpint(run.code, ==, 0);
    assert_stem(fixture, formats[i], 44100, 2, N);
  }
}

/* What does not fit is refused with the limit and the option that helps, and with it is converted. */
static void
test_conversion(Fixture *fixture, gconstpointer data)
{
  g_auto(CliRun) refused =
      test_cli_run(fixture->folder, "separate", fixture->song, "-o", fixture->out, "-f", "opus", NULL);
  g_assert_cmpint(refused.code, ==, 1);
  g_assert_nonnull(strstr(refused.err, "8000, 12000, 16000, 24000, 48000 Hz"));
  g_assert_nonnull(strstr(refused.err, "44100 Hz"));
  g_assert_nonnull(strstr(refused.err, "--convert"));
  g_assert_cmpuint(test_folder_count(fixture->out), ==, 0);
  g_auto(CliRun) converted = test_cli_run(fixture->folder, "separate", fixture->song, "-o", fixture->out,
                                          "-f", "opus", "--convert", NULL);
  g_assert_cmpint(converted.code, ==, 0);
  assert_stem(fixture, "opus", 48000, 2, 32653);
  g_auto(CliRun) rate = test_cli_run(fixture->folder, "separate", fixture->song, "-o", fixture->out, "-f",
                                     "flac", "--rate", "22050", NULL);
  g_assert_cmpint(rate.code, ==, 0);
  assert_stem(fixture, "flac", 22050, 2, 15000);

  write_song(fixture, 48000, 6, 0.5f);
  g_auto(CliRun) channels =
      test_cli_run(fixture->folder, "separate", fixture->song, "-o", fixture->out, "-f", "mp3", NULL);
  g_assert_cmpint(channels.code, ==, 1);
  g_assert_nonnull(strstr(channels.err, "2 channels, there are 6"));
  g_auto(CliRun) folded = test_cli_run(fixture->folder, "separate", fixture->song, "-o", fixture->out, "-f",
                                       "mp3", "--convert", NULL);
  g_assert_cmpint(folded.code, ==, 0);
  assert_stem(fixture, "mp3", 48000, 2, N);
}

static void
test_usage(Fixture *fixture, gconstpointer data)
{
  static const char *const wrong[][4] = {
    { "-f", "m4a" },
    { "-f", "opus", "--bits=16" },
    { "-f", "opus", "--rate=44100" },
    { "-f", "flac", "-b32f" },
    { "--quality", "11" },
    { "--quality", "0.5" },
    { "--rate", "-5" },
    { "-b", "8" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
    g_auto(CliRun) run = test_cli_run(fixture->folder, "separate", fixture->song, "-o", fixture->out,
                                      wrong[i][0], wrong[i][1], wrong[i][2], NULL);
    if (run.code != 2)
      g_error("%s %s: %d, %s", wrong[i][0], wrong[i][1], run.code, run.err);
    g_assert_cmpuint(strlen(run.err), >, 20);
  }
  g_assert_cmpuint(test_folder_count(fixture->out), ==, 0);
}

static void
test_level(Fixture *fixture, gconstpointer data)
{
  write_song(fixture, 44100, 2, 4.0f);
  g_auto(CliRun) limited =
      test_cli_run(fixture->folder, "separate", fixture->song, "-o", fixture->out, "-b", "24", NULL);
  g_assert_cmpint(limited.code, ==, 0);
  g_assert_nonnull(strstr(limited.err, "over full scale were limited"));
  g_assert_nonnull(strstr(limited.err, "--common-gain"));
  g_auto(CliRun) lowered = test_cli_run(fixture->folder, "separate", fixture->song, "-o", fixture->out, "-b",
                                        "24", "--overwrite", "--common-gain", NULL);
  g_assert_cmpint(lowered.code, ==, 0);
  g_assert_null(strstr(lowered.err, "over full scale were limited"));
  g_assert_nonnull(strstr(lowered.err, "a gain of -"));
  g_auto(CliRun) plain = test_cli_run(fixture->folder, "separate", fixture->song, "-o", fixture->out, "-b",
                                      "16", "--overwrite", "--common-gain", "--no-dither", NULL);
  g_assert_nonnull(strstr(plain.err, "dither is off"));
}

/* Two stems are not four; and what a stem file holds is told. */
static void
test_stem_files(Fixture *fixture, gconstpointer data)
{
  g_auto(CliRun) refused =
      test_cli_run(fixture->folder, "separate", fixture->song, "-o", fixture->out, "-f", "stem.mp4", NULL);
  g_assert_cmpint(refused.code, ==, 1);
  g_assert_nonnull(strstr(refused.err, "4 are needed, there are 2"));
  g_assert_cmpuint(test_folder_count(fixture->out), ==, 0);
  if (!sg_decoder_has_ffmpeg())
    return;
  static const SgStemMp4Info info = {
    { { "One", "#ff0000" }, { "Two", "#00ff00" }, { "Three", "#0000ff" }, { "Four", "#ffffff" } }
  };
  g_autofree char *path = g_build_filename(fixture->folder, "four.stem.mp4", NULL);
  g_autofree float *band = test_band_new(44100, 2, N, 1);
  const float *streams[SG_STEM_MP4_STREAMS] = { band, band, band, band, band };
  SgEncoderFormat format = {
    .container = SG_CONTAINER_STEM_MP4, .bits = SG_BITS_LOSSY, .rate_hz = 44100, .n_channels = 2
  };
  SgStemMp4Writer *writer;
  test_assert_ok(sg_stem_mp4_writer_new(path, format, &info, false, &writer, NULL));
  test_assert_ok(sg_stem_mp4_writer_write(writer, streams, N, NULL));
  test_assert_ok(sg_stem_mp4_writer_complete(writer, NULL));
  test_assert_ok(sg_stem_mp4_writer_publish(writer, NULL));
  sg_stem_mp4_writer_free(writer);
  g_auto(CliRun) text = test_cli_run(fixture->folder, "info", path, NULL);
  g_assert_cmpint(text.code, ==, 0);
  g_assert_nonnull(strstr(text.out, "One, Two, Three, Four"));
  g_auto(CliRun) json = test_cli_run(fixture->folder, "info", "--json", path, NULL);
  g_assert_true(test_is_json(json.out));
  g_assert_nonnull(strstr(json.out, "\"Three\""));
  /* It is a song like others: its mix. */
  g_auto(CliRun) separated = test_cli_run(fixture->folder, "separate", path, "-o", fixture->out, NULL);
  g_assert_cmpint(separated.code, ==, 0);
}

/* How far the sound of `got` is from that of `wanted`, dB below it. */
static double
distance_db(const SgPcm *got, const SgPcm *wanted)
{
  g_assert_cmpint(sg_pcm_n_samples(got), ==, sg_pcm_n_samples(wanted));
  g_autofree float *a = test_pcm_dup(got), *b = test_pcm_dup(wanted);
  double signal = 0.0, noise = 0.0;
  for (gint64 i = 0; i < 2 * sg_pcm_n_samples(wanted); i++) {
    signal += (double)b[i] * b[i];
    noise += ((double)a[i] - b[i]) * ((double)a[i] - b[i]);
  }
  return 10.0 * log10(signal / noise);
}

/* The usual method has the four stems that a stem file takes: the song and each of them are in it, in order.
 * AAC puts noise in the place of noise, so a stream need not be near its stem, but is nearest to it. */
static void
test_four_stems(Fixture *fixture, gconstpointer data)
{
  static const char *const names[SG_STEM_MP4_STREAMS] = { NULL, "drums", "bass", "other", "vocals" };
  const char *const formats[] = { "stem.mp4", "wav" };
  g_autofree char *stem_file = g_build_filename(fixture->out, "song", "song.stem.mp4", NULL);
  SgPcm *wanted[SG_STEM_MP4_STREAMS];
  SgStemMp4Info info;
  if (!sg_decoder_has_ffmpeg())
    return;
  for (gsize i = 0; i < G_N_ELEMENTS(formats); i++) {
    g_auto(CliRun) run = test_cli_run(fixture->folder, "separate", fixture->song, "-o", fixture->out,
                                      "--method=classic", "-f", formats[i], NULL);
    g_assert_cmpstr(run.err, ==, "");
    g_assert_cmpint(run.code, ==, 0);
  }
  for (guint k = 0; k < SG_STEM_MP4_STREAMS; k++) {
    g_autofree char *stem = g_strdup_printf("%s/song/%s.wav", fixture->out, names[k]);
    test_assert_ok(
        sg_decode_file(k == 0 ? fixture->song : stem, true, NULL, NULL, NULL, &wanted[k], NULL, NULL));
  }
  test_assert_ok(sg_stem_mp4_read_info(stem_file, &info, NULL));
  for (guint stream = 0; stream < SG_STEM_MP4_STREAMS; stream++) {
    g_autoptr(SgPcm) got = NULL;
    test_assert_ok(sg_stem_mp4_decode(stem_file, stream, true, NULL, NULL, NULL, &got, NULL, NULL));
    double own_db = distance_db(got, wanted[stream]);
    g_test_message("stream %u: %.1f dB", stream, own_db);
    for (guint k = 0; k < SG_STEM_MP4_STREAMS; k++)
      if (k != stream)
        g_assert_cmpfloat(own_db, >, distance_db(got, wanted[k]) + 1.0);
    if (stream > 0)
      g_assert_cmpint(g_ascii_strcasecmp(info.stems[stream - 1].name, names[stream]), ==, 0);
  }
  for (guint k = 0; k < SG_STEM_MP4_STREAMS; k++)
    sg_pcm_free(wanted[k]);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
#define ADD(name, test) g_test_add("/cli-formats/" name, Fixture, NULL, set_up, test, tear_down)
  ADD("formats", test_formats);
  ADD("conversion", test_conversion);
  ADD("usage", test_usage);
  ADD("level", test_level);
  ADD("stem-files", test_stem_files);
  ADD("four-stems", test_four_stems);
  return g_test_run();
}
