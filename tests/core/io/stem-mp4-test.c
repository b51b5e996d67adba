#include "core/io/stem-mp4.h"

#include <glib/gstdio.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "core/base/memory.h"
#include "core/io/mp4-atoms.h"
#include "tests/support.h"

enum { RATE = 44100, N = 40013, CLICK = 9000 };

static const SgStemMp4Info stems = {
  { { "Drums", "#ff0000" }, { "Bass", "#00ff00" }, { "Gesang „ä“", "#0000ff" }, { "Rest", "#123abc" } }
};

static const guint8 picture[] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 1, 2, 3, 4, 5 };

static SgEncoderFormat
format_of(const SgTags *tags)
{
  return (SgEncoderFormat){ .container = SG_CONTAINER_STEM_MP4,
                            .bits = SG_BITS_LOSSY,
                            .rate_hz = RATE,
                            .n_channels = 2,
                            .n_samples = N,
                            .tags = tags };
}

/* Four bands, each with a click of its own, and their sum. */
static float **
streams_new(void)
{
  float **streams = g_new(float *, SG_STEM_MP4_STREAMS);
  streams[0] = g_new0(float, N * 2);
  for (guint k = 1; k < SG_STEM_MP4_STREAMS; k++) {
    streams[k] = test_band_new(RATE, 2, N, k);
    for (gsize i = 0; i < N * 2; i++)
      streams[k][i] *= 0.02f;
    for (guint c = 0; c < 2; c++)
      streams[k][2 * (CLICK + 1000 * k) + c] = 0.5f;
    for (gsize i = 0; i < N * 2; i++)
      streams[0][i] += streams[k][i];
  }
  return streams;
}

static void
streams_free(float **streams)
{
  for (guint k = 0; k < SG_STEM_MP4_STREAMS; k++)
    g_free(streams[k]);
  g_free(streams);
}

static SgStatus
write_file(const char *path, float **streams, const SgTags *tags, gint64 block, SgError *error)
{
  SgStemMp4Writer *writer;
  SgStatus status = sg_stem_mp4_writer_new(path, format_of(tags), &stems, true, &writer, error);
  for (gint64 at = 0; at < N && status == SG_OK; at += block) {
    const float *parts[SG_STEM_MP4_STREAMS];
    for (guint k = 0; k < SG_STEM_MP4_STREAMS; k++)
      parts[k] = streams[k] + 2 * at;
    status = sg_stem_mp4_writer_write(writer, parts, MIN(block, N - at), error);
  }
  if (status == SG_OK)
    status = sg_stem_mp4_writer_complete(writer, error);
  if (status == SG_OK)
    status = sg_stem_mp4_writer_publish(writer, error);
  sg_stem_mp4_writer_free(writer);
  return status;
}

static gint64
find_click(const float *samples)
{
  gint64 at = 0;
  for (gint64 i = 0; i < N; i++)
    if (fabsf(samples[2 * i]) > fabsf(samples[2 * at]))
      at = i;
  return at;
}

/* Nothing to test writing with in a build without FFmpeg. */
static gboolean
cannot_write(const char *path)
{
  SgStemMp4Writer *writer;
  if (sg_decoder_has_ffmpeg())
    return FALSE;
  test_assert_status(sg_stem_mp4_writer_new(path, format_of(NULL), &stems, true, &writer, NULL),
                     SG_NEEDS_FFMPEG);
  return TRUE;
}

static void
test_round_trip(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *path = g_build_filename(folder, "song.stem.mp4", NULL);
  if (cannot_write(path))
    return;
  float **streams = streams_new();
  test_assert_ok(write_file(path, streams, NULL, 7000, NULL));
  SgStemMp4Info info;
  test_assert_ok(sg_stem_mp4_read_info(path, &info, NULL));
  for (guint k = 0; k < SG_STEM_MP4_STEMS; k++) {
    g_assert_cmpstr(info.stems[k].name, ==, stems.stems[k].name);
    g_assert_cmpstr(info.stems[k].colour, ==, stems.stems[k].colour);
  }
  /* Every stream is as long as it was, with every sample in its place. */
  for (guint k = 0; k < SG_STEM_MP4_STREAMS; k++) {
    g_autoptr(SgPcm) pcm = NULL;
    SgDecodeReport report;
    test_assert_ok(sg_stem_mp4_decode(path, k, true, NULL, NULL, NULL, &pcm, &report, NULL));
    g_assert_cmpint(sg_pcm_n_samples(pcm), ==, N);
    g_assert_cmpuint(sg_pcm_rate(pcm), ==, RATE);
    g_assert_cmpuint(sg_pcm_n_channels(pcm), ==, 2);
    g_assert_cmpuint(report.info.n_streams, ==, SG_STEM_MP4_STREAMS);
    g_autofree float *samples = test_pcm_dup(pcm);
    double sdr = test_sdr(streams[k], samples, N * 2);
    g_test_message("stream %u: %.1f dB", k, sdr);
    g_assert_cmpfloat(sdr, >, 10.0);
    if (k > 0)
      g_assert_cmpint(find_click(samples), ==, CLICK + 1000 * (gint64)k);
  }
  /* Read as a song it is the mix. */
  g_autoptr(SgPcm) mix = NULL, first = NULL;
  test_assert_ok(sg_decode_file(path, true, NULL, NULL, NULL, &mix, NULL, NULL));
  test_assert_ok(sg_stem_mp4_decode(path, 0, true, NULL, NULL, NULL, &first, NULL, NULL));
  g_autofree float *a = test_pcm_dup(mix), *b = test_pcm_dup(first);
  g_assert_cmpmem(a, N * 2 * sizeof *a, b, N * 2 * sizeof *b);
  SgPcm *none;
  test_assert_status(sg_stem_mp4_decode(path, 5, true, NULL, NULL, NULL, &none, NULL, NULL), SG_BAD_ARGUMENT);
  streams_free(streams);
}

/* The index is last, each track has the same delay and length, and the first alone is enabled. */
static void
test_layout(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *path = g_build_filename(folder, "song.stem.mp4", NULL);
  if (cannot_write(path))
    return;
  float **streams = streams_new();
  test_assert_ok(write_file(path, streams, NULL, N, NULL));
  streams_free(streams);
  g_autoptr(GBytes) content = test_file_read(path);
  gsize size;
  const guint8 *bytes = g_bytes_get_data(content, &size), *at = bytes;
  SgAtom atom, last = { 0 };
  guint n_moov = 0;
  while (sg_atom_next(&at, bytes + size, &atom)) {
    last = atom;
    n_moov += strcmp(atom.type, "moov") == 0;
  }
  g_assert_true(at == bytes + size);
  g_assert_cmpuint(n_moov, ==, 1);
  g_assert_cmpstr(last.type, ==, "moov");
  at = last.body;
  guint n_tracks = 0;
  while (sg_atom_next(&at, last.body + last.n_body, &atom)) {
    SgAtom header;
    if (strcmp(atom.type, "trak") != 0)
      continue;
    g_assert_true(sg_atom_find(atom.body, atom.n_body, "tkhd", &header));
    g_assert_cmpint((header.body[3] & 1) != 0, ==, n_tracks == 0);
    n_tracks++;
    SgMp4Span span;
    g_assert_true(sg_mp4_track_span(last.atom, last.n_atom, n_tracks, &span));
    g_assert_cmpint(span.start, ==, 1024);
    g_assert_cmpint(span.length, ==, N);
    g_assert_cmpuint(span.timescale, ==, RATE);
  }
  g_assert_cmpuint(n_tracks, ==, SG_STEM_MP4_STREAMS);
}

/* The same sound in blocks of any size gives the same bytes. */
static void
test_same_bytes(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *a = g_build_filename(folder, "a", NULL), *b = g_build_filename(folder, "b", NULL);
  if (cannot_write(a))
    return;
  float **streams = streams_new();
  test_assert_ok(write_file(a, streams, NULL, 1111, NULL));
  g_usleep(1100000);
  test_assert_ok(write_file(b, streams, NULL, N, NULL));
  g_assert_true(test_file_equal(a, b));
  streams_free(streams);
}

static void
test_tags(void)
{
  SgTags tags = { .title = "Straße",
                  .artist = "東京",
                  .album = "Album",
                  .date = "2003",
                  .track = "3",
                  .genre = "Jazz",
                  .comment = "words",
                  .cover_type = "image/png",
                  .n_cover = sizeof picture,
                  .cover = (uint8_t *)picture };
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *path = g_build_filename(folder, "song.stem.mp4", NULL);
  if (cannot_write(path))
    return;
  float **streams = streams_new();
  test_assert_ok(write_file(path, streams, &tags, N, NULL));
  SgTags *back;
  test_assert_ok(sg_tags_read(path, &back, NULL));
  g_assert_cmpstr(back->title, ==, tags.title);
  g_assert_cmpstr(back->artist, ==, tags.artist);
  g_assert_cmpstr(back->album, ==, tags.album);
  g_assert_cmpstr(back->date, ==, tags.date);
  g_assert_cmpstr(back->track, ==, tags.track);
  g_assert_cmpstr(back->genre, ==, tags.genre);
  g_assert_cmpstr(back->comment, ==, tags.comment);
  g_assert_cmpmem(back->cover, back->n_cover, picture, sizeof picture);
  sg_tags_free(back);
  /* With a cover and words in it there are five streams of sound still, and the stems. */
  SgStemMp4Info info;
  test_assert_ok(sg_stem_mp4_read_info(path, &info, NULL));
  for (guint k = 0; k < SG_STEM_MP4_STREAMS; k++) {
    g_autoptr(SgPcm) pcm = NULL;
    test_assert_ok(sg_stem_mp4_decode(path, k, true, NULL, NULL, NULL, &pcm, NULL, NULL));
    g_assert_cmpint(sg_pcm_n_samples(pcm), ==, N);
  }
  streams_free(streams);
}

/* However little fits, the failure is told and nothing is left. */
static void
test_file_size_limit(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *path = g_build_filename(folder, "song.stem.mp4", NULL);
  if (cannot_write(path))
    return;
  float **streams = streams_new();
  GStatBuf whole;
  test_assert_ok(write_file(path, streams, NULL, N, NULL));
  g_assert_cmpint(g_stat(path, &whole), ==, 0);
  g_unlink(path);
  struct rlimit unlimited;
  g_assert_cmpint(getrlimit(RLIMIT_FSIZE, &unlimited), ==, 0);
  signal(SIGXFSZ, SIG_IGN);
  const gint64 sizes[] = { 0, 20, 1000, whole.st_size / 2, whole.st_size - 1000, whole.st_size - 1 };
  for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
    SgError error;
    struct rlimit limit = { (rlim_t)sizes[i], unlimited.rlim_max };
    g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &limit), ==, 0);
    SgStatus status = write_file(path, streams, NULL, N, &error);
    g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &unlimited), ==, 0);
    test_assert_status(status, SG_NO_SPACE);
    test_assert_status(error.status, SG_NO_SPACE);
    g_assert_cmpuint(test_folder_count(folder), ==, 0);
  }
  streams_free(streams);
}

static void
test_json(void)
{
  SgStemMp4Info info;
  char *text = sg_stem_mp4_dup_json(&stems);
  test_assert_ok(sg_stem_mp4_parse_json(text, strlen(text) + 1, &info, NULL));
  g_assert_cmpmem(&info, sizeof info, &stems, sizeof stems);
  free(text);
  static const struct {
    const char *text;
    SgStatus status;
  } cases[] = {
    { "", SG_BAD_JSON },
    { "{\"stems\":", SG_BAD_JSON },
    { "[]", SG_NO_STEMS },
    { "{}", SG_NO_STEMS },
    { "{\"stems\":{}}", SG_NO_STEMS },
    { "{\"stems\":[{},{},{}]}", SG_NO_STEMS },
    { "{\"stems\":[{},{},{},{},{}]}", SG_NO_STEMS },
    { "{\"stems\":[1,null,\"x\",{\"name\":7,\"color\":\"#12345\"}]}", SG_OK },
    { "{\"stems\":[{\"name\":\"a\",\"color\":\"#ABCDEF\"},{},{},{}]}", SG_OK },
  };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
    test_assert_status(sg_stem_mp4_parse_json(cases[i].text, strlen(cases[i].text), &info, NULL),
                       cases[i].status);
  g_assert_cmpstr(info.stems[0].name, ==, "a");
  g_assert_cmpstr(info.stems[0].colour, ==, "#ABCDEF");
  g_assert_cmpstr(info.stems[1].name, ==, "");
  g_assert_cmpstr(info.stems[1].colour, ==, "#808080");
}

static void
test_no_stem_files(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *path = g_build_filename(folder, "song", NULL);
  g_autofree char *m4a = g_test_build_filename(G_TEST_DIST, "golden", "io", "aac.m4a", NULL);
  SgStemMp4Info info;
  SgError error;
  test_assert_status(sg_stem_mp4_read_info(m4a, &info, &error), SG_NO_STEMS);
  g_assert_cmpstr(error.path, ==, m4a);
  test_assert_status(sg_stem_mp4_read_info(path, &info, NULL), SG_NOT_FOUND);
  test_file_write(path, "RIFF", 4);
  test_assert_status(sg_stem_mp4_read_info(path, &info, NULL), SG_NO_STEMS);
  SgPcm *pcm;
  test_assert_status(sg_stem_mp4_decode(m4a, 0, false, NULL, NULL, NULL, &pcm, NULL, NULL), SG_NO_STEMS);
}

/* A stems' atom put into an index: at its place once, whatever is there before, and all else kept. */
static void
test_insert(void)
{
  /* moov { mvhd "abcd" udta { name "x" stem "old" } free } */
  static const guint8 with[] = "\0\0\0\x38moov\0\0\0\x0cmvhd"
                               "abcd\0\0\0\x1cudta\0\0\0\x09namex\0\0\0\x0bstemold\0\0\0\x08"
                               "free";
  static const guint8 without[] = "\0\0\0\x14moov\0\0\0\x0cmvhd"
                                  "abcd";
  const struct {
    const guint8 *bytes;
    gsize n;
  } cases[] = { { with, sizeof with - 1 }, { without, sizeof without - 1 } };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    gsize n;
    g_assert_cmpuint(sg_atom_number(cases[i].bytes, 4), ==, cases[i].n);
    guint8 *moov = sg_stem_mp4_dup_moov(cases[i].bytes, cases[i].n, "new", &n);
    SgAtom atom, stem, header;
    const guint8 *at = moov;
    g_assert_true(sg_atom_next(&at, moov + n, &atom));
    g_assert_cmpuint(atom.n_atom, ==, n);
    g_assert_true(sg_atom_find(moov, n, "moov/udta/stem", &stem));
    g_assert_cmpmem(stem.body, stem.n_body, "new", 3);
    g_assert_true(sg_atom_find(moov, n, "moov/mvhd", &header));
    g_assert_cmpmem(header.body, header.n_body, "abcd", 4);
    g_assert_cmpint(sg_atom_find(moov, n, "moov/udta/name", &header), ==, i == 0);
    g_assert_cmpint(sg_atom_find(moov, n, "moov/free", &header), ==, i == 0);
    sg_free(moov);
    for (gsize cut = 0; cut < cases[i].n; cut++)
      g_assert_null(sg_stem_mp4_dup_moov(cases[i].bytes, cut, "new", &n));
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/stem-mp4/round-trip", test_round_trip);
  g_test_add_func("/stem-mp4/layout", test_layout);
  g_test_add_func("/stem-mp4/same-bytes", test_same_bytes);
  g_test_add_func("/stem-mp4/tags", test_tags);
  g_test_add_func("/stem-mp4/file-size-limit", test_file_size_limit);
  g_test_add_func("/stem-mp4/json", test_json);
  g_test_add_func("/stem-mp4/no-stem-files", test_no_stem_files);
  g_test_add_func("/stem-mp4/insert", test_insert);
  return g_test_run();
}
