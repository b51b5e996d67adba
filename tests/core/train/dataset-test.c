#include "core/train/dataset.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/io/stem-mp4.h"
#include "core/train/dataset-part.h"
#include "tests/core/train/songs.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SgDataset, sg_dataset_free)

enum { RATE = 8000, N = RATE, STEM_RATE = 44100, STEM_N = 2 * STEM_RATE };

static const char *const four[] = { "drums", "bass", "other", "vocals" };

static SgDataset *
open_dataset(const char *folder, SgDatasetOptions options)
{
  SgDataset *dataset;
  SgError error = { 0 };
  SgStatus status = sg_dataset_open(folder, &options, NULL, NULL, &dataset, &error);
  if (status != SG_OK)
    g_error("%s: %s %s", sg_status_id(status), error.path, error.detail);
  return dataset;
}

/* FOLDER/TRACK/{drums,bass,other,vocals}.wav and, unless `mixture` is false, their sum. */
static void
write_track(const char *folder, const char *track, guint64 seed, gboolean mixture)
{
  for (guint i = 0; i < 4; i++) {
    g_autofree char *name = g_strconcat(track, "/", four[i], ".wav", NULL);
    songs_write(folder, name, "wav32f", RATE, 2, N, seed + i);
  }
  g_autofree char *name = g_strconcat(track, "/mixture.wav", NULL);
  if (mixture)
    songs_write_sum(folder, name, RATE, 2, N, seed, 4, 1.0f);
}

static const SgDatasetTrack *
find_track(const SgDataset *dataset, const char *name)
{
  for (gsize i = 0; i < sg_dataset_n_tracks(dataset); i++)
    if (g_str_equal(sg_dataset_track(dataset, i)->name, name))
      return sg_dataset_track(dataset, i);
  g_error("no track %s", name);
}

/* The faults as "kind track detail", one a line. */
static char *
dup_faults(const SgDataset *dataset)
{
  GString *text = g_string_new(NULL);
  for (gsize i = 0; i < sg_dataset_n_faults(dataset); i++) {
    const SgDatasetFault *fault = sg_dataset_fault(dataset, i);
    g_string_append_printf(text, "%s%s %s %s\n", fault->is_error ? "" : "(", sg_fault_id(fault->kind),
                           fault->track != SIZE_MAX ? sg_dataset_track(dataset, fault->track)->name : "-",
                           fault->detail);
  }
  return g_string_free(text, FALSE);
}

static void
assert_faults(const SgDataset *dataset, const char *expected)
{
  g_autofree char *faults = dup_faults(dataset);
  g_assert_cmpstr(faults, ==, expected);
}

static void
assert_sources(const SgDataset *dataset, const char *expected)
{
  g_autoptr(GString) text = g_string_new(NULL);
  for (gsize i = 0; i < sg_dataset_n_sources(dataset); i++)
    g_string_append_printf(text, "%s ", sg_dataset_source(dataset, i));
  g_assert_cmpstr(text->str, ==, expected);
}

static void
assert_splits(const SgDataset *dataset, gsize n_train, gsize n_valid, gsize n_test)
{
  gsize n[SG_N_SPLITS] = { 0 };
  for (gsize i = 0; i < sg_dataset_n_tracks(dataset); i++)
    n[sg_dataset_track(dataset, i)->split]++;
  g_assert_cmpuint(n[SG_SPLIT_TRAIN], ==, n_train);
  g_assert_cmpuint(n[SG_SPLIT_VALID], ==, n_valid);
  g_assert_cmpuint(n[SG_SPLIT_TEST], ==, n_test);
}

static void
test_musdb_hq(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  write_track(folder, "train/A - One", 1, TRUE);
  write_track(folder, "train/B - Two", 11, TRUE);
  write_track(folder, "test/C - Three", 21, TRUE);
  g_autoptr(SgDataset) dataset = open_dataset(folder, (SgDatasetOptions){ .listen = true });
  g_assert_cmpstr(sg_layout_id(sg_dataset_layout(dataset)), ==, "musdb18-hq");
  assert_sources(dataset, "drums bass other vocals ");
  assert_splits(dataset, 2, 0, 1);
  assert_faults(dataset, "");
  test_assert_ok(sg_dataset_require(dataset, NULL));
  const SgDatasetTrack *track = find_track(dataset, "C - Three");
  g_assert_cmpint(track->split, ==, SG_SPLIT_TEST);
  g_assert_cmpint(track->n_samples, ==, N);
  g_assert_cmpuint(track->rate_hz, ==, RATE);
  g_assert_true(g_str_has_suffix(track->mixture.path, "test/C - Three/mixture.wav"));
  g_assert_true(g_str_has_suffix(track->stems[3].path, "/vocals.wav"));
}

static void
test_dsd100(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  const char *const tracks[] = { "Dev/051 - X", "Test/001 - Y" };
  for (guint t = 0; t < 2; t++) {
    g_autofree char *sources = g_build_filename(folder, "Sources", NULL);
    g_autofree char *mixture = g_strconcat("Mixtures/", tracks[t], "/mixture.wav", NULL);
    write_track(sources, tracks[t], 1 + 10 * t, FALSE);
    songs_write_sum(folder, mixture, RATE, 2, N, 1 + 10 * t, 4, 1.0f);
  }
  g_autofree char *lonely = songs_path(folder, "Mixtures/Dev/052 - Z/mixture.wav");
  test_file_write(lonely, "", 0);
  g_autoptr(SgDataset) dataset = open_dataset(folder, (SgDatasetOptions){ 0 });
  g_assert_cmpstr(sg_layout_id(sg_dataset_layout(dataset)), ==, "dsd100");
  assert_sources(dataset, "drums bass other vocals ");
  assert_splits(dataset, 2, 0, 1);
  g_assert_cmpint(find_track(dataset, "001 - Y")->split, ==, SG_SPLIT_TEST);
  g_assert_nonnull(find_track(dataset, "001 - Y")->mixture.path);
  assert_faults(dataset, "no-stems 052 - Z \n");
}

/* Left is the accompaniment, right the voice. */
static void
test_two_channels(void)
{
  g_autoptr(TestFolder) folder = test_folder_new(), ikala = test_folder_new();
  const char *const clips[] = { "amy_1_01", "amy_1_02", "amy_2_01", "leon_1_01" };
  for (guint i = 0; i < 4; i++) {
    g_autofree char *name = g_strconcat("Wavfile/", clips[i], ".wav", NULL);
    songs_write(folder, name, "wav32f", 16000, 2, N, i);
  }
  songs_write(ikala, "Wavfile/10161_chorus.wav", "wav16", 44100, 2, N, 1);
  g_autoptr(SgDataset) dataset =
      open_dataset(folder, (SgDatasetOptions){ .test_share = 0.3, .listen = true });
  g_autoptr(SgDataset) other = open_dataset(ikala, (SgDatasetOptions){ 0 });
  g_assert_cmpstr(sg_layout_id(sg_dataset_layout(dataset)), ==, "mir1k");
  g_assert_cmpstr(sg_layout_id(sg_dataset_layout(other)), ==, "ikala");
  g_assert_cmpstr(sg_dataset_track(other, 0)->song, ==, "10161");
  assert_sources(dataset, "vocals accompaniment ");
  assert_faults(dataset, "");
  g_assert_cmpint(find_track(dataset, "amy_1_01")->split, ==, find_track(dataset, "amy_1_02")->split);

  const SgDatasetTrack *track = find_track(dataset, "amy_2_01");
  g_autofree float *wanted = songs_samples_new(2, N, 2);
  g_assert_null(track->mixture.path);
  for (guint source = 0; source < 2; source++) {
    SgPartReader *reader;
    float samples[SG_PART_BLOCK];
    gint64 n;
    test_assert_ok(sg_part_reader_open(&track->stems[source], &reader, NULL));
    g_assert_cmpuint(sg_part_reader_n_channels(reader), ==, 1);
    test_assert_ok(sg_part_reader_read(reader, samples, SG_PART_BLOCK, &n, NULL));
    g_assert_cmpint(n, ==, N);
    for (gint64 i = 0; i < N; i++)
      g_assert_cmpfloat(samples[i], ==, wanted[2 * i + (source == 0 ? 1 : 0)]);
    sg_part_reader_free(reader);
  }
}

static void
test_ensemble(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  songs_write_sum(folder, "01_Jupiter_vn_vc/AuMix_01_Jupiter_vn_vc.wav", RATE, 1, N, 1, 2, 1.0f);
  songs_write(folder, "01_Jupiter_vn_vc/AuSep_1_vn_01_Jupiter.wav", "wav32f", RATE, 1, N, 1);
  songs_write(folder, "01_Jupiter_vn_vc/AuSep_2_vc_01_Jupiter.wav", "wav32f", RATE, 1, N, 2);
  songs_write(folder, "02_Sonata_vn_vn/AuSep_1_vn_02_Sonata.wav", "wav24", RATE, 1, N, 3);
  songs_write(folder, "02_Sonata_vn_vn/AuSep_2_vn_02_Sonata.wav", "wav24", RATE, 1, N, 4);
  g_autoptr(SgDataset) dataset = open_dataset(folder, (SgDatasetOptions){ .listen = true });
  g_assert_cmpstr(sg_layout_id(sg_dataset_layout(dataset)), ==, "ensemble");
  assert_sources(dataset, "vc vn vn-2 ");
  assert_faults(dataset, "");
  g_assert_null(find_track(dataset, "01_Jupiter_vn_vc")->stems[2].path);
  g_assert_nonnull(find_track(dataset, "02_Sonata_vn_vn")->stems[2].path);
  g_assert_nonnull(find_track(dataset, "01_Jupiter_vn_vc")->mixture.path);
}

/* Any stems, any formats; what is no sound is left alone. */
static void
test_folders(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  songs_write(folder, "one/vocals.flac", "flac16", RATE, 1, N, 1);
  songs_write(folder, "one/kazoo.ogg", "ogg", RATE, 2, N, 2);
  songs_write(folder, "two/vocals.wav", "wav16", RATE, 1, N, 3);
  songs_write(folder, "two/drums.aiff", "aiff16", RATE, 1, N, 4);
  songs_write(folder, "two/kazoo.wav", "wav16", RATE, 1, N, 5);
  g_autofree char *notes = songs_path(folder, "two/notes.txt"), *readme = songs_path(folder, "README");
  test_file_write(notes, "x", 1);
  test_file_write(readme, "x", 1);
  g_autoptr(SgDataset) dataset = open_dataset(folder, (SgDatasetOptions){ 0 });
  g_assert_cmpstr(sg_layout_id(sg_dataset_layout(dataset)), ==, "folders");
  assert_sources(dataset, "drums vocals kazoo ");
  assert_faults(dataset, "(missing-stem one drums\n");
  g_assert_null(find_track(dataset, "one")->stems[0].path);
  g_assert_true(find_track(dataset, "one")->is_usable);
  test_assert_ok(sg_dataset_require(dataset, NULL));
}

static void
test_stem_mp4(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *a = songs_path(folder, "train/A - One.stem.mp4");
  g_autofree char *b = songs_path(folder, "test/B - Two.stem.mp4");
  test_file_write(a, "not sound at all", 16);
  test_file_write(b, "not sound at all", 16);
  g_autoptr(SgDataset) dataset = open_dataset(folder, (SgDatasetOptions){ 0 });
  g_assert_cmpstr(sg_layout_id(sg_dataset_layout(dataset)), ==, "musdb18");
  assert_sources(dataset, "drums bass other vocals ");
  assert_splits(dataset, 1, 0, 1);
  const SgDatasetTrack *track = find_track(dataset, "A - One");
  g_assert_cmpint(track->mixture.stream, ==, 0);
  g_assert_cmpint(track->stems[0].stream, ==, 1);
  g_assert_cmpint(track->stems[3].stream, ==, 4);
  /* One fault a file, not one a stream. */
  g_assert_cmpuint(sg_dataset_n_faults(dataset), ==, 2);
  g_assert_cmpint(sg_dataset_fault(dataset, 0)->kind, ==, SG_FAULT_UNREADABLE);
}

/* A stem file as the exporter writes it: the mixture, which is their sum, and seeded stems. */
static void
write_stem_file(const char *folder, const char *name, guint64 seed, float stems[4][2 * STEM_N])
{
  static const SgStemMp4Info info = {
    { { "Drums", "#ff0000" }, { "Bass", "#00ff00" }, { "Other", "#0000ff" }, { "Vocals", "#ffffff" } }
  };
  g_autofree char *path = songs_path(folder, name);
  g_autofree float *mixture = g_new0(float, 2 * STEM_N);
  const float *streams[SG_STEM_MP4_STREAMS] = { mixture, stems[0], stems[1], stems[2], stems[3] };
  const SgEncoderFormat format = {
    .container = SG_CONTAINER_STEM_MP4, .bits = SG_BITS_LOSSY, .rate_hz = STEM_RATE, .n_channels = 2
  };
  for (guint j = 0; j < 4; j++) {
    g_autofree float *band = test_band_new(STEM_RATE, 2, STEM_N, seed + j);
    for (gsize i = 0; i < 2 * STEM_N; i++)
      mixture[i] += stems[j][i] = 0.2f * band[i];
  }
  SgStemMp4Writer *writer;
  test_assert_ok(sg_stem_mp4_writer_new(path, format, &info, false, &writer, NULL));
  test_assert_ok(sg_stem_mp4_writer_write(writer, streams, STEM_N, NULL));
  test_assert_ok(sg_stem_mp4_writer_complete(writer, NULL));
  test_assert_ok(sg_stem_mp4_writer_publish(writer, NULL));
  sg_stem_mp4_writer_free(writer);
}

/* Each stream of a real stem file is the stem that its place says, sample by sample. */
static void
test_stem_mp4_streams(void)
{
  if (!sg_decoder_has_ffmpeg()) {
    g_test_skip("this build cannot write stem files");
    return;
  }
  g_autoptr(TestFolder) folder = test_folder_new();
  float(*stems)[2 * STEM_N] = g_malloc_n(4, sizeof *stems);
  g_autofree float *read = g_new(float, 2 * (STEM_N + SG_PART_BLOCK));
  write_stem_file(folder, "test/B - Two.stem.mp4", 10, stems);
  write_stem_file(folder, "train/A - One.stem.mp4", 1, stems);
  g_autoptr(SgDataset) dataset = open_dataset(folder, (SgDatasetOptions){ .listen = true });
  assert_faults(dataset, "");
  assert_splits(dataset, 1, 0, 1);
  const SgDatasetTrack *track = find_track(dataset, "A - One");
  g_assert_cmpint(track->n_samples, ==, STEM_N);
  for (guint j = 0; j < 4; j++) {
    SgPartReader *reader;
    gint64 n, n_read = 0;
    test_assert_ok(sg_part_reader_open(&track->stems[j], &reader, NULL));
    do {
      test_assert_ok(sg_part_reader_read(reader, read + 2 * n_read, SG_PART_BLOCK, &n, NULL));
      n_read += n;
    } while (n > 0);
    g_assert_cmpint(n_read, ==, STEM_N);
    g_assert_cmpfloat(test_sdr(stems[j], read, 2 * STEM_N), >, 15.0);
    sg_part_reader_free(reader);
  }
  /* A sound file of one stream under such a name is no stem file. */
  g_autofree char *mono = g_build_filename(folder, "train", "C - Three.stem.mp4", NULL);
  test_sound_write(mono, "wav16", STEM_RATE, 2, stems[0], STEM_N);
  g_autoptr(SgDataset) again = open_dataset(folder, (SgDatasetOptions){ 0 });
  assert_faults(again, "unreadable C - Three \n");
  g_assert_cmpint(sg_dataset_fault(again, 0)->status, ==, SG_NO_STEMS);
  g_free(stems);
}

/* Each fault alone in an otherwise good dataset: what is told, and what may still be used. */
typedef struct {
  const char *name;
  void (*spoil)(const char *folder);
  const char *expected; /* as in dup_faults */
  gint64 n_expected, n_actual;
  gboolean listen;
} FaultCase;

static void
spoil_nothing(const char *folder)
{
}

static void
spoil_missing(const char *folder)
{
  g_autofree char *path = songs_path(folder, "train/B/bass.wav");
  g_assert_cmpint(unlink(path), ==, 0);
}

static void
spoil_mixture_missing(const char *folder)
{
  g_autofree char *path = songs_path(folder, "train/B/mixture.wav");
  g_assert_cmpint(unlink(path), ==, 0);
}

static void
spoil_length(const char *folder)
{
  songs_write(folder, "train/B/bass.wav", "wav32f", RATE, 2, N - 1000, 1);
}

static void
spoil_length_a_little(const char *folder)
{
  songs_write(folder, "train/B/bass.wav", "wav32f", RATE, 2, N - 100, 12);
  songs_write_sum(folder, "train/B/mixture.wav", RATE, 2, N, 11, 4, 1.0f);
}

static void
spoil_rate(const char *folder)
{
  songs_write(folder, "train/B/bass.wav", "wav32f", 11025, 2, N, 1);
}

static void
spoil_channels(const char *folder)
{
  songs_write(folder, "train/B/bass.wav", "wav32f", RATE, 4, N, 1);
}

static void
spoil_empty(const char *folder)
{
  g_autofree char *path = songs_path(folder, "train/B/bass.wav");
  test_file_write(path, "", 0);
}

static void
spoil_silent(const char *folder)
{
  g_autofree float *silence = g_new0(float, 2 * N);
  const char *const names[] = { "bass", "drums", "other", "vocals", "mixture" };
  for (gsize i = 0; i < 5; i++) {
    g_autofree char *name = g_strconcat("train/B/", names[i], ".wav", NULL);
    g_autofree char *path = songs_path(folder, name);
    test_sound_write(path, "wav16", RATE, 2, silence, N);
  }
}

static void
spoil_unreadable(const char *folder)
{
  g_autofree char *path = songs_path(folder, "train/B/bass.wav");
  test_file_write(path, "This is no sound file, though it says so.", 41);
}

static void
spoil_cut(const char *folder)
{
  g_autofree char *path = songs_path(folder, "train/B/bass.wav");
  g_autoptr(GBytes) bytes = test_file_read(path);
  test_file_cut(path, (gint64)g_bytes_get_size(bytes) - 8 * 100);
}

static void
spoil_nan(const char *folder)
{
  g_autofree char *path = songs_path(folder, "train/B/bass.wav");
  g_autofree float *samples = songs_samples_new(2, N, 1);
  samples[2 * 777 + 1] = NAN;
  test_sound_write(path, "wav32f", RATE, 2, samples, N);
}

static void
spoil_mixture(const char *folder)
{
  songs_write_sum(folder, "train/B/mixture.wav", RATE, 2, N, 11, 4, 0.9f);
}

static void
spoil_name(const char *folder)
{
  write_track(folder, "train/c", 31, TRUE);
}

static void
spoil_folder(const char *folder)
{
  write_track(folder, "dev/D", 31, TRUE);
}

static void
spoil_no_stems(const char *folder)
{
  songs_write(folder, "train/D/mixture.wav", "wav16", RATE, 2, N, 50);
}

static void
spoil_two_files(const char *folder)
{
  songs_write(folder, "train/B/bass.flac", "flac16", RATE, 2, N, 12);
}

static const FaultCase fault_cases[] = {
  { "nothing", spoil_nothing, "", 0, 0, TRUE },
  { "missing", spoil_missing, "missing-stem B bass\n", 0, 0, FALSE },
  { "mixture-missing", spoil_mixture_missing, "missing-stem B mixture\n", 0, 0, TRUE },
  { "length", spoil_length, "lengths-differ B \n", N, N - 1000, FALSE },
  { "length-a-little", spoil_length_a_little, "(lengths-differ B \n", N, N - 100, FALSE },
  { "rate", spoil_rate, "mixed-rates B \n", RATE, 11025, FALSE },
  { "channels", spoil_channels, "channels B \n", 2, 4, TRUE },
  { "empty", spoil_empty, "empty B \n", 0, 0, TRUE },
  { "silent", spoil_silent, "empty B \n", 0, 0, TRUE },
  { "unreadable", spoil_unreadable, "unreadable B \n", 0, 0, TRUE },
  { "cut", spoil_cut, "unreadable B \n", N, N - 100, TRUE },
  { "not-a-number", spoil_nan, "unreadable B NaN\n", 0, 1, TRUE },
  { "mixture", spoil_mixture, "(mixture-differs B \n", 0, 0, TRUE },
  { "name", spoil_name, "in-train-by-name c C\n", 0, 0, FALSE },
  { "folder", spoil_folder, "(ignored-folder - \n", 0, 0, FALSE },
  { "no-stems", spoil_no_stems, "no-stems D \n", 0, 0, FALSE },
  { "two-files", spoil_two_files, "two-files B bass\n", 0, 0, TRUE },
};

static void
test_fault(gconstpointer data)
{
  const FaultCase *c = data;
  g_autoptr(TestFolder) folder = test_folder_new();
  write_track(folder, "train/A", 1, TRUE);
  write_track(folder, "train/B", 11, TRUE);
  write_track(folder, "test/C", 21, TRUE);
  c->spoil(folder);
  SgDatasetOptions options = { .layout = SG_LAYOUT_MUSDB18_HQ, .listen = c->listen, .n_threads = 2 };
  g_autoptr(SgDataset) dataset = open_dataset(folder, options);
  assert_faults(dataset, c->expected);
  bool is_error = c->expected[0] != '\0' && c->expected[0] != '(';
  SgError error;
  test_assert_status(sg_dataset_require(dataset, &error), is_error ? SG_BAD_DATASET : SG_OK);
  if (is_error) {
    g_assert_cmpint(error.actual, ==, 1);
    g_assert_true(g_str_has_prefix(c->expected, error.detail));
  }
  for (gsize i = 0; i < sg_dataset_n_faults(dataset); i++) {
    const SgDatasetFault *fault = sg_dataset_fault(dataset, i);
    if (fault->kind == SG_FAULT_MIXTURE_DIFFERS)
      g_assert_cmpfloat_with_epsilon(fault->level_db, 20.0 * log10(0.1 / 0.9), 0.01);
    else
      g_assert_cmpint(fault->actual, ==, c->n_actual);
    if (fault->kind != SG_FAULT_MIXTURE_DIFFERS)
      g_assert_cmpint(fault->expected, ==, c->n_expected);
    if (fault->track != SIZE_MAX)
      g_assert_cmpint(sg_dataset_track(dataset, fault->track)->is_usable, ==, !is_error);
  }
  /* The others are untouched, and may be used when that is asked for. */
  g_assert_true(find_track(dataset, "A")->is_usable);
  options.skip_bad = true;
  g_autoptr(SgDataset) skipping = open_dataset(folder, options);
  test_assert_ok(sg_dataset_require(skipping, NULL));
}

static void
test_other_rate(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  songs_write(folder, "a/x.wav", "wav16", RATE, 1, N, 1);
  songs_write(folder, "b/x.wav", "wav16", RATE, 1, N, 2);
  songs_write(folder, "c/x.wav", "wav16", 11025, 1, N, 3);
  g_autoptr(SgDataset) dataset = open_dataset(folder, (SgDatasetOptions){ 0 });
  assert_faults(dataset, "(other-rate c \n");
  g_assert_cmpint(sg_dataset_fault(dataset, 0)->actual, ==, 11025);
}

static void
test_missing_is_silent(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  write_track(folder, "train/A", 1, TRUE);
  spoil_nothing(folder);
  write_track(folder, "train/B", 11, TRUE);
  spoil_missing(folder);
  SgDatasetOptions options = { .layout = SG_LAYOUT_MUSDB18_HQ, .missing_is_silent = true };
  g_autoptr(SgDataset) dataset = open_dataset(folder, options);
  assert_faults(dataset, "(missing-stem B bass\n");
  g_assert_true(sg_dataset_missing_is_silent(dataset));
  test_assert_ok(sg_dataset_require(dataset, NULL));
}

/* A test song in train under another name and in another format. */
static void
test_same_sound(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  enum { LONG = 12 * RATE };
  for (guint t = 0; t < 3; t++) {
    const char *const names[] = { "train/one/x.wav", "train/two/x.wav", "test/three/x.wav" };
    songs_write(folder, names[t], "wav16", RATE, 1, LONG, 1 + t);
  }
  SgDatasetOptions options = { .listen = true };
  g_autoptr(SgDataset) clean = open_dataset(folder, options);
  assert_faults(clean, "");
  songs_write(folder, "train/two/x.ogg", "ogg", RATE, 1, LONG, 3);
  g_autofree char *path = songs_path(folder, "train/two/x.wav");
  g_assert_cmpint(unlink(path), ==, 0);
  g_autoptr(SgDataset) dataset = open_dataset(folder, options);
  assert_faults(dataset, "in-train-by-sound two three\n");
  g_assert_false(find_track(dataset, "two")->is_usable);
  g_assert_true(find_track(dataset, "three")->is_usable);
}

static void
write_many(const char *folder, guint n)
{
  for (guint i = 0; i < n; i++) {
    g_autofree char *name = g_strdup_printf("song %02u/x.wav", i);
    songs_write(folder, name, "wav16", RATE, 1, 50, i);
  }
}

static char *
dup_splits(const SgDataset *dataset)
{
  GString *text = g_string_new(NULL);
  for (gsize i = 0; i < sg_dataset_n_tracks(dataset); i++)
    g_string_append_c(text, sg_split_id(sg_dataset_track(dataset, i)->split)[0] == 't'
                                ? sg_split_id(sg_dataset_track(dataset, i)->split)[1]
                                : 'v');
  return g_string_free(text, FALSE);
}

/* By seed: the stated shares, the same again, others with another seed; few change when songs come. */
static void
test_drawn_splits(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  write_many(folder, 20);
  SgDatasetOptions options = { .valid_share = 0.1, .test_share = 0.25, .seed = 5 };
  g_autoptr(SgDataset) a = open_dataset(folder, options), b = open_dataset(folder, options);
  assert_splits(a, 13, 2, 5);
  g_autofree char *of_a = dup_splits(a), *of_b = dup_splits(b);
  g_assert_cmpstr(of_a, ==, of_b);
  options.seed = 6;
  g_autoptr(SgDataset) c = open_dataset(folder, options);
  g_autofree char *of_c = dup_splits(c);
  g_assert_cmpstr(of_a, !=, of_c);
  write_many(folder, 24);
  options.seed = 5;
  g_autoptr(SgDataset) more = open_dataset(folder, options);
  g_autofree char *of_more = dup_splits(more);
  guint n_changed = 0;
  for (guint i = 0; i < 20; i++)
    n_changed += of_more[i] != of_a[i];
  g_assert_cmpuint(n_changed, <=, 4);
}

static void
test_listed_splits(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  write_many(folder, 6);
  const char *const valid[] = { "song 04" }, *const test[] = { "song 01", "song 05" };
  SgDatasetOptions options = { .valid_songs = valid,
                               .n_valid_songs = 1,
                               .test_songs = test,
                               .n_test_songs = 2,
                               .valid_share = 0.3,
                               .test_share = 0.3 };
  g_autoptr(SgDataset) dataset = open_dataset(folder, options);
  g_autofree char *splits = dup_splits(dataset);
  g_assert_cmpstr(splits, ==, "rerrve");
  assert_faults(dataset, "");
  const char *const unknown[] = { "song 04", "song 99" };
  options.valid_songs = unknown;
  options.n_valid_songs = 2;
  g_autoptr(SgDataset) faulty = open_dataset(folder, options);
  assert_faults(faulty, "unknown-song - song 99\n");
  /* With several datasets the caller looks where each was found. */
  bool found[] = { false, false };
  options.valid_found = found;
  g_autoptr(SgDataset) one_of_several = open_dataset(folder, options);
  assert_faults(one_of_several, "");
  g_assert_true(found[0]);
  g_assert_false(found[1]);
}

/* The layout's own test songs stay; the validation songs are drawn from what is left. */
static void
test_layout_and_draw(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *train = g_build_filename(folder, "train", NULL),
                  *test = g_build_filename(folder, "test", NULL);
  write_many(train, 10);
  songs_write(test, "last/x.wav", "wav16", RATE, 1, 50, 99);
  g_autoptr(SgDataset) dataset =
      open_dataset(folder, (SgDatasetOptions){ .valid_share = 0.2, .test_share = 0.5, .seed = 3 });
  assert_splits(dataset, 8, 2, 1);
  g_assert_cmpint(find_track(dataset, "last")->split, ==, SG_SPLIT_TEST);
}

static bool
cancel_at_once(double fraction, const char *stage, void *user)
{
  return !g_str_equal(stage, user);
}

static void
test_cannot_open(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  SgDataset *dataset;
  SgError error;
  test_assert_status(sg_dataset_open("/nonexistent", NULL, NULL, NULL, &dataset, &error), SG_NOT_FOUND);
  test_assert_status(sg_dataset_open(folder, NULL, NULL, NULL, &dataset, &error), SG_BAD_DATASET);
  g_assert_null(dataset);
  write_many(folder, 3);
  SgDatasetOptions options = { .listen = true, .valid_share = 0.6, .test_share = 0.5 };
  test_assert_status(sg_dataset_open(folder, &options, NULL, NULL, &dataset, &error), SG_BAD_ARGUMENT);
  options.valid_share = 0.0;
  test_assert_status(sg_dataset_open(folder, &options, cancel_at_once, (char[]){ "scan" }, &dataset, &error),
                     SG_CANCELLED);
  test_assert_status(
      sg_dataset_open(folder, &options, cancel_at_once, (char[]){ "listen" }, &dataset, &error),
      SG_CANCELLED);
  g_assert_null(dataset);
  sg_dataset_free(NULL);
}

static void
test_report(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  write_track(folder, "train/A", 1, TRUE);
  write_track(folder, "train/B", 11, TRUE);
  spoil_missing(folder);
  g_autoptr(SgDataset) dataset =
      open_dataset(folder, (SgDatasetOptions){ .layout = SG_LAYOUT_MUSDB18_HQ, .skip_bad = true });
  SgJson *report = sg_dataset_report(dataset);
  char *text = sg_json_dup_text(report, false);
  const char *const parts[] = { "\"layout\":\"musdb18-hq\"",
                                "{\"source\":\"bass\",\"tracks\":1,\"hours\":0.000277777778}",
                                "\"train\":{\"tracks\":1,\"songs\":1,\"hours\":0.000277777778}",
                                "\"rates\":[{\"rate_hz\":8000,\"tracks\":2}]",
                                "\"errors\":1,\"warnings\":0",
                                "{\"fault\":\"missing-stem\",\"severity\":\"error\",\"track\":\"B\","
                                "\"detail\":\"bass\"}" };
  for (gsize i = 0; i < G_N_ELEMENTS(parts); i++)
    if (strstr(text, parts[i]) == NULL)
      g_error("no %s in %s", parts[i], text);
  free(text);
  sg_json_free(report);
}

static void
test_names(void)
{
  SgDatasetLayout layout;
  for (int i = 0; i < SG_N_LAYOUTS; i++) {
    g_assert_true(sg_layout_find(sg_layout_id((SgDatasetLayout)i), &layout));
    g_assert_cmpint(layout, ==, i);
  }
  g_assert_false(sg_layout_find("cassette", &layout));
  for (int i = 0; i < SG_N_FAULTS; i++)
    g_assert_nonnull(sg_fault_id((SgFaultKind)i));
  g_assert_null(sg_fault_id(SG_N_FAULTS));
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/train/dataset/layout/musdb-hq", test_musdb_hq);
  g_test_add_func("/train/dataset/layout/dsd100", test_dsd100);
  g_test_add_func("/train/dataset/layout/two-channels", test_two_channels);
  g_test_add_func("/train/dataset/layout/ensemble", test_ensemble);
  g_test_add_func("/train/dataset/layout/folders", test_folders);
  g_test_add_func("/train/dataset/layout/stem-mp4", test_stem_mp4);
  g_test_add_func("/train/dataset/layout/stem-mp4-streams", test_stem_mp4_streams);
  for (gsize i = 0; i < G_N_ELEMENTS(fault_cases); i++) {
    g_autofree char *path = g_strconcat("/train/dataset/fault/", fault_cases[i].name, NULL);
    g_test_add_data_func(path, &fault_cases[i], test_fault);
  }
  g_test_add_func("/train/dataset/fault/other-rate", test_other_rate);
  g_test_add_func("/train/dataset/fault/missing-is-silent", test_missing_is_silent);
  g_test_add_func("/train/dataset/fault/same-sound", test_same_sound);
  g_test_add_func("/train/dataset/split/drawn", test_drawn_splits);
  g_test_add_func("/train/dataset/split/listed", test_listed_splits);
  g_test_add_func("/train/dataset/split/layout-and-draw", test_layout_and_draw);
  g_test_add_func("/train/dataset/cannot-open", test_cannot_open);
  g_test_add_func("/train/dataset/report", test_report);
  g_test_add_func("/train/dataset/names", test_names);
  return g_test_run();
}
