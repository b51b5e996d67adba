#include <math.h>
#include <string.h>

#include "core/io/decoder.h"
#include "core/io/mp4-atoms.h"
#include "tests/support.h"

enum { N = 30011 };

typedef struct {
  const char *name, *container, *encoding;
  guint rate_hz;
  gint64 n_samples, click;
} Golden;

/* Containers without a word about the encoder's delay keep it: ADTS, those fragments, Vorbis' last block in
 * Matroska. FFmpeg's decoder of WMA drops the first block of 2048 samples. */
static const Golden goldens[] = {
  { "aac.m4a", "MP4", "AAC", 44100, N, 10000 },
  { "aac-index-first.m4a", "MP4", "AAC", 44100, N, 10000 },
  { "aac-fragments.mp4", "MP4", "AAC", 44100, 31744, 11024 },
  { "adts.aac", "ADTS", "AAC", 44100, 31744, 11024 },
  { "alac.m4a", "MP4", "ALAC", 44100, N, 10000 },
  { "alac.caf", "CAF", "ALAC", 44100, N, 10000 },
  { "opus.webm", "Matroska", "Opus", 48000, N, 10000 },
  { "opus.opus", "Ogg", "Opus", 48000, N, 10000 },
  { "opus.mp4", "MP4", "Opus", 48000, N, 10000 },
  { "lame.mp3", "MP3", "MPEG layer III", 44100, N, 10000 },
  { "vorbis.ogg", "Ogg", "Vorbis", 44100, N, 10000 },
  { "vorbis.mkv", "Matroska", "Vorbis", 44100, 30144, 10000 },
  { "wma.wma", "ASF", "Windows Media Audio 2", 44100, 28672, 7952 },
  { "wavpack.wv", "WavPack", "WavPack", 44100, N, 10000 },
  { "tta.tta", "TTA", "TTA", 44100, N, 10000 },
  { "film.mp4", "MP4", "AAC", 44100, N, 20000 },
  { "film.mkv", "Matroska", "FLAC", 44100, N, 20000 },
};

static char *
golden_path(const char *name)
{
  return g_test_build_filename(G_TEST_DIST, "golden", "io", name, NULL);
}

/* The sample of channel `c` with the highest level. */
static gint64
find_click(const float *interleaved, gint64 n, guint n_channels, guint c)
{
  gint64 at = 0;
  for (gint64 i = 0; i < n; i++)
    if (fabsf(interleaved[i * n_channels + c]) > fabsf(interleaved[at * n_channels + c]))
      at = i;
  return at;
}

static gboolean
is_sndfiles(const Golden *golden)
{
  return g_str_equal(golden->container, "Ogg") || g_str_equal(golden->container, "MP3");
}

static void
test_gapless(void)
{
  for (gsize i = 0; i < G_N_ELEMENTS(goldens); i++) {
    const Golden *golden = &goldens[i];
    g_autofree char *path = golden_path(golden->name);
    g_autoptr(SgPcm) pcm = NULL;
    SgDecodeReport report;
    SgError error;
    SgStatus status = sg_decode_file(path, true, NULL, NULL, NULL, &pcm, &report, &error);
    if (!sg_decoder_has_ffmpeg() && !is_sndfiles(golden)) {
      test_assert_status(status, SG_NEEDS_FFMPEG);
      g_assert_cmpstr(error.detail, ==, golden->container);
      continue;
    }
    if (status != SG_OK)
      g_error("%s: %s %s", golden->name, sg_status_id(status), error.detail);
    g_autofree float *samples = test_pcm_dup(pcm);
    gint64 n = sg_pcm_n_samples(pcm), click = find_click(samples, n, 2, 0);
    g_test_message("%s: %d samples, click at %d, %g", golden->name, (int)n, (int)click, samples[click * 2]);
    g_assert_cmpstr(report.info.container, ==, golden->container);
    g_assert_cmpstr(report.info.encoding, ==, golden->encoding);
    g_assert_cmpuint(report.info.rate_hz, ==, golden->rate_hz);
    g_assert_cmpuint(report.info.n_channels, ==, 2);
    g_assert_cmpuint(report.info.n_streams, ==, g_str_has_prefix(golden->name, "film") ? 2 : 1);
    g_assert_cmpint(report.info.n_samples, ==, n);
    g_assert_false(report.truncated);
    g_assert_cmpint(report.n_lost, ==, 0);
    g_assert_cmpint(n, ==, golden->n_samples);
    g_assert_cmpint(click, ==, golden->click);
    g_assert_cmpint(find_click(samples, n, 2, 1), ==, golden->click);
    /* Lossless is exact, all else near. WavPack may be either. */
    gboolean lossless = report.info.n_bits > 0;
    g_assert_cmpint(lossless, ==, strstr("ALAC FLAC TTA", golden->encoding) != NULL);
    if (lossless)
      g_assert_cmpfloat(samples[click * 2], ==, 30000 / 32768.0f);
    else
      g_assert_cmpfloat(samples[click * 2], >, 0.25f);
  }
}

/* The order of WAV files, whatever the codec's own is. */
static void
test_six_channels(void)
{
  const char *names[] = { "six-channels.m4a", "six-channels.ogg", "six-channels.opus" };
  for (gsize i = sg_decoder_has_ffmpeg() ? 0 : 1; i < G_N_ELEMENTS(names); i++) {
    g_autofree char *path = golden_path(names[i]);
    g_autoptr(SgPcm) pcm = NULL;
    test_assert_ok(sg_decode_file(path, true, NULL, NULL, NULL, &pcm, NULL, NULL));
    g_assert_cmpuint(sg_pcm_n_channels(pcm), ==, 6);
    g_assert_cmpint(sg_pcm_n_samples(pcm), ==, N);
    g_autofree float *samples = test_pcm_dup(pcm);
    for (guint c = 0; c < 6; c++) {
      gint64 click = find_click(samples, N, 6, c);
      g_test_message("%s: channel %u clicks at %d, %g", names[i], c, (int)click, samples[click * 6 + c]);
      /* The low-frequency channel is smeared. */
      if (c != 3)
        g_assert_cmpint(click, ==, 3000 + 4000 * (gint64)c);
    }
  }
}

/* An index that announces 2³² samples: neither believed when space is reserved, nor passed over in silence.
 */
static void
test_index_lies(void)
{
  if (!sg_decoder_has_ffmpeg())
    return;
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *path = g_build_filename(folder, "song", NULL), *golden = golden_path("aac.m4a");
  g_autoptr(GBytes) sound = test_file_read(golden);
  gsize size = g_bytes_get_size(sound);
  g_autofree guint8 *bytes = g_memdup2(g_bytes_get_data(sound, NULL), size);
  guint8 *edits = memmem(bytes, size, "edts", 4), *header = memmem(bytes, size, "mdhd", 4);
  memcpy(edits, "free", 4);
  memset(header + 20, 0xff, 3); /* its duration, behind version, times and timescale */
  test_file_write(path, bytes, size);
  g_autoptr(SgPcm) pcm = NULL;
  SgDecodeReport report;
  test_assert_ok(sg_decode_file(path, false, NULL, NULL, NULL, &pcm, &report, NULL));
  g_assert_cmpint(sg_pcm_n_samples(pcm), ==, 31744);
  g_assert_true(report.truncated);
  g_assert_cmpint(report.n_expected, >, 0xffffff00);
}

static void
test_bad_shapes(void)
{
  if (!sg_decoder_has_ffmpeg())
    return;
  SgPcm *pcm;
  SgError error;
  g_autofree char *nine = golden_path("nine-channels.mkv"), *nan = golden_path("not-a-number.mkv");
  test_assert_status(sg_decode_file(nine, false, NULL, NULL, NULL, &pcm, NULL, &error), SG_BAD_FORMAT);
  g_assert_nonnull(strstr(error.detail, "9 channels"));
  test_assert_status(sg_decode_file(nan, false, NULL, NULL, NULL, &pcm, NULL, &error), SG_BAD_SAMPLE);
  g_assert_cmpint(error.position, ==, 123);
  g_assert_cmpstr(error.detail, ==, "NaN");
}

static void
test_no_sound(void)
{
  g_autofree char *path = golden_path("silent-film.mp4");
  SgPcm *pcm;
  test_assert_status(sg_decode_file(path, false, NULL, NULL, NULL, &pcm, NULL, NULL),
                     sg_decoder_has_ffmpeg() ? SG_NO_SAMPLES : SG_NEEDS_FFMPEG);
  g_assert_null(pcm);
}

/* Whatever a file is called, its content decides. */
static void
test_names_do_not_matter(void)
{
  static const char *const names[] = { "song.wav", "song.vox", "song.gsm", "song.mp4", "song" };
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *golden = golden_path("lame.mp3");
  g_autoptr(GBytes) sound = test_file_read(golden);
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
    g_autofree char *path = g_build_filename(folder, names[i], NULL);
    g_autoptr(SgPcm) pcm = NULL;
    test_file_write(path, g_bytes_get_data(sound, NULL), g_bytes_get_size(sound));
    test_assert_ok(sg_decode_file(path, true, NULL, NULL, NULL, &pcm, NULL, NULL));
    g_assert_cmpint(sg_pcm_n_samples(pcm), ==, N);
    SgPcm *none;
    g_autofree char *noise = g_strnfill(5000, 'x');
    test_file_write(path, noise, 5000);
    test_assert_status(sg_decode_file(path, false, NULL, NULL, NULL, &none, NULL, NULL), SG_NOT_AUDIO);
  }
}

/* A playlist names other files; none of them is opened. */
static void
test_nothing_else_is_opened(void)
{
  static const char *const lists[] = {
    "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n%s\n#EXT-X-ENDLIST\n",
    "ffconcat version 1.0\nfile '%s'\n",
  };
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *sound = golden_path("aac.m4a");
  for (gsize i = 0; i < G_N_ELEMENTS(lists); i++) {
    g_autofree char *path = g_build_filename(folder, i == 0 ? "list.m3u8" : "list.ffconcat", NULL);
    g_auto(GStrv) parts = g_strsplit(lists[i], "%s", 2);
    g_autofree char *list = g_strconcat(parts[0], sound, parts[1], NULL);
    test_file_write(path, list, strlen(list));
    SgPcm *pcm;
    test_assert_status(sg_decode_file(path, false, NULL, NULL, NULL, &pcm, NULL, NULL), SG_NOT_AUDIO);
  }
}

/* Whether the first `n` bytes of an MP4 file end where an "mdat" does. */
static gboolean
ends_with_sound(GBytes *sound, gsize n)
{
  const guint8 *begin = g_bytes_get_data(sound, NULL), *at = begin;
  SgAtom atom;
  while (sg_atom_next(&at, begin + g_bytes_get_size(sound), &atom))
    if (at == begin + n)
      return g_str_equal(atom.type, "mdat");
  return FALSE;
}

/* The same of the frames of an ADTS file: each begins with its synchronisation, twelve bits. */
static gboolean
ends_with_frame(GBytes *sound, gsize n)
{
  const guint8 *bytes = g_bytes_get_data(sound, NULL);
  return n + 1 >= g_bytes_get_size(sound) ? n == g_bytes_get_size(sound)
                                          : bytes[n] == 0xff && (bytes[n + 1] & 0xf6) == 0xf0;
}

/* Between its atoms too: a fragment's index without its sound is a cut, and an index before any is no song.
 */
static void
test_cut_between_atoms(void)
{
  if (!sg_decoder_has_ffmpeg())
    return;
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *path = g_build_filename(folder, "song", NULL), *golden = golden_path("aac-fragments.mp4");
  g_autoptr(GBytes) sound = test_file_read(golden);
  const guint8 *begin = g_bytes_get_data(sound, NULL), *at = begin;
  SgAtom atom;
  guint n_told = 0;
  while (sg_atom_next(&at, begin + g_bytes_get_size(sound), &atom)) {
    test_file_write(path, begin, (gsize)(at - begin));
    g_autoptr(SgPcm) pcm = NULL;
    SgDecodeReport report;
    SgStatus status = sg_decode_file(path, false, NULL, NULL, NULL, &pcm, &report, NULL);
    if (status != SG_OK || !g_str_equal(atom.type, "moof"))
      continue;
    g_assert_true(report.truncated);
    n_told++;
  }
  g_assert_cmpuint(n_told, >=, 5);
}

/* Cut anywhere: salvaged and told, or refused; never whole, and what is there is the start of the whole. */
static void
test_cut(void)
{
  SgRandom random = test_random();
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *path = g_build_filename(folder, "song", NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(goldens) && sg_decoder_has_ffmpeg(); i++) {
    g_autofree char *golden = golden_path(goldens[i].name);
    g_autoptr(GBytes) sound = test_file_read(golden);
    g_autoptr(SgPcm) whole = NULL;
    test_assert_ok(sg_decode_file(golden, true, NULL, NULL, NULL, &whole, NULL, NULL));
    g_autofree float *all = test_pcm_dup(whole);
    gsize size = g_bytes_get_size(sound);
    guint n_salvaged = 0;
    /* Near both ends each byte counts: headers of frames are there. */
    for (gsize round = 0; round < 80; round++) {
      gsize n = round < 48   ? round
                : round < 60 ? size - 1 - (round - 48)
                             : sg_random_below(&random, size);
      /* Fragments up to there are a whole file as well, and so are raw frames. */
      if ((g_str_equal(goldens[i].name, "aac-fragments.mp4") && ends_with_sound(sound, n)) ||
          (g_str_equal(goldens[i].container, "ADTS") && ends_with_frame(sound, n)))
        continue;
      test_file_write(path, g_bytes_get_data(sound, NULL), n);
      g_autoptr(SgPcm) pcm = NULL;
      SgDecodeReport report;
      SgStatus status = sg_decode_file(path, false, NULL, NULL, NULL, &pcm, &report, NULL);
      if (status != SG_OK && status != SG_NOT_AUDIO && status != SG_NO_SAMPLES && status != SG_EMPTY_FILE &&
          status != SG_NO_INDEX)
        g_error("%s, %zu bytes: %s", goldens[i].name, n, sg_status_id(status));
      if (status != SG_OK)
        continue;
      n_salvaged++;
      gint64 n_samples = sg_pcm_n_samples(pcm);
      if (!report.truncated || n_samples > goldens[i].n_samples)
        g_error("%s, %zu of %zu bytes: %d samples, %s", goldens[i].name, n, size, (int)n_samples,
                report.truncated ? "truncated" : "said to be whole");
      g_autofree float *got = test_pcm_dup(pcm);
      for (gint64 k = 0; k < n_samples - 4096; k++)
        g_assert_cmpfloat(got[k * 2], ==, all[k * 2]);
      SgPcm *refused;
      test_assert_status(sg_decode_file(path, true, NULL, NULL, NULL, &refused, NULL, NULL), SG_TRUNCATED);
    }
    g_test_message("%s: %u salvaged", goldens[i].name, n_salvaged);
  }
}

static void
test_cut_tells_lengths(void)
{
  if (!sg_decoder_has_ffmpeg())
    return;
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *path = g_build_filename(folder, "song", NULL);
  const char *names[] = { "aac-index-first.m4a", "lame.mp3", "tta.tta" };
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
    g_autofree char *golden = golden_path(names[i]);
    g_autoptr(GBytes) sound = test_file_read(golden);
    test_file_write(path, g_bytes_get_data(sound, NULL), g_bytes_get_size(sound) - 100);
    SgPcm *pcm;
    SgError error;
    SgStatus status = sg_decode_file(path, true, NULL, NULL, NULL, &pcm, NULL, &error);
    /* TTA has the whole in one frame here: nothing is left. */
    if (g_str_equal(names[i], "tta.tta")) {
      test_assert_status(status, SG_NO_SAMPLES);
      continue;
    }
    test_assert_status(status, SG_TRUNCATED);
    g_assert_cmpint(error.expected, ==, N);
    g_assert_cmpint(error.actual, <, N);
  }
  /* Cut before the index at its end, an MP4 file has no sound that could be found. */
  g_autofree char *golden = golden_path("aac.m4a");
  g_autoptr(GBytes) sound = test_file_read(golden);
  test_file_write(path, g_bytes_get_data(sound, NULL), 400);
  SgPcm *pcm;
  test_assert_status(sg_decode_file(path, false, NULL, NULL, NULL, &pcm, NULL, NULL), SG_NO_INDEX);
}

/* Noise in the middle: what can be decoded stays where it was, what is lost is silence and told. */
static void
test_damaged(void)
{
  SgRandom random = test_random();
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *path = g_build_filename(folder, "song", NULL);
  guint n_told = 0, n_opened = 0;
  for (gsize i = 0; i < G_N_ELEMENTS(goldens) && sg_decoder_has_ffmpeg(); i++) {
    g_autofree char *golden = golden_path(goldens[i].name);
    g_autoptr(GBytes) sound = test_file_read(golden);
    gsize size = g_bytes_get_size(sound);
    for (int round = 0; round < 30; round++) {
      g_autofree guint8 *bytes = g_memdup2(g_bytes_get_data(sound, NULL), size);
      for (int k = 0; k < 4; k++)
        bytes[sg_random_below(&random, size)] = (guint8)sg_random_bits(&random);
      test_file_write(path, bytes, size);
      g_autoptr(SgPcm) pcm = NULL;
      SgDecodeReport report;
      SgStatus status = sg_decode_file(path, false, NULL, NULL, NULL, &pcm, &report, NULL);
      n_opened += status == SG_OK;
      if (status == SG_OK && report.n_lost > 0 && !report.truncated) {
        n_told++;
        g_assert_cmpint(report.lost_at + report.n_lost, <=, sg_pcm_n_samples(pcm) + report.n_lost);
        SgPcm *refused;
        SgError error;
        test_assert_status(sg_decode_file(path, true, NULL, NULL, NULL, &refused, NULL, &error), SG_DAMAGED);
        g_assert_cmpint(error.position, ==, report.lost_at);
        g_assert_cmpint(error.actual, ==, report.n_lost);
      }
    }
  }
  g_test_message("%u opened, %u with loss", n_opened, n_told);
  if (sg_decoder_has_ffmpeg())
    g_assert_cmpuint(n_opened, >, 100);
}

/* The third of the frames of an AAC stream made unreadable: 1024 samples of silence, the rest in its place.
 */
static void
test_lost_frame(void)
{
  if (!sg_decoder_has_ffmpeg())
    return;
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *path = g_build_filename(folder, "song", NULL), *golden = golden_path("adts.aac");
  g_autoptr(GBytes) sound = test_file_read(golden);
  gsize size;
  g_autofree guint8 *bytes = g_memdup2(g_bytes_get_data(sound, &size), g_bytes_get_size(sound));
  size = g_bytes_get_size(sound);
  gsize at = 0;
  for (int frame = 0; frame < 3; frame++)
    at += (gsize)(bytes[at + 3] & 3) << 11 | (gsize)bytes[at + 4] << 3 | bytes[at + 5] >> 5;
  gsize end = at + ((gsize)(bytes[at + 3] & 3) << 11 | (gsize)bytes[at + 4] << 3 | bytes[at + 5] >> 5);
  memset(bytes + at + 7, 0xff, end - at - 7);
  test_file_write(path, bytes, size);
  g_autoptr(SgPcm) pcm = NULL;
  SgDecodeReport report;
  test_assert_ok(sg_decode_file(path, false, NULL, NULL, NULL, &pcm, &report, NULL));
  g_autofree float *samples = test_pcm_dup(pcm);
  g_assert_cmpint(sg_pcm_n_samples(pcm), ==, 31744);
  g_assert_cmpint(find_click(samples, 31744, 2, 0), ==, 11024);
  g_assert_cmpint(report.n_lost, ==, 1024);
  g_assert_cmpint(report.lost_at, ==, 3 * 1024);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/decoder-ffmpeg/gapless", test_gapless);
  g_test_add_func("/decoder-ffmpeg/six-channels", test_six_channels);
  g_test_add_func("/decoder-ffmpeg/index-lies", test_index_lies);
  g_test_add_func("/decoder-ffmpeg/bad-shapes", test_bad_shapes);
  g_test_add_func("/decoder-ffmpeg/no-sound", test_no_sound);
  g_test_add_func("/decoder-ffmpeg/names-do-not-matter", test_names_do_not_matter);
  g_test_add_func("/decoder-ffmpeg/nothing-else-is-opened", test_nothing_else_is_opened);
  g_test_add_func("/decoder-ffmpeg/cut", test_cut);
  g_test_add_func("/decoder-ffmpeg/cut-between-atoms", test_cut_between_atoms);
  g_test_add_func("/decoder-ffmpeg/cut-tells-lengths", test_cut_tells_lengths);
  g_test_add_func("/decoder-ffmpeg/damaged", test_damaged);
  g_test_add_func("/decoder-ffmpeg/lost-frame", test_lost_frame);
  return g_test_run();
}
