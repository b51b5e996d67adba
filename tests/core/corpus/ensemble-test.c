/* Chamber music: what is composed, and what is written in the layout of URMP. */
#include "core/corpus/ensemble.h"

#include <math.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/memory.h"
#include "core/corpus/materials.h"
#include "core/train/dataset-part.h"
#include "tests/support.h"

/* Every part plays, in its instrument's range and one note at a time, and the instruments differ. */
static void
test_score(void)
{
  SgRandom random = test_random();
  guint n_seen[SG_ENSEMBLE_MAX_PARTS + 1] = { 0 };
  for (guint trial = 0; trial < 200; trial++) {
    gsize n_parts = SG_ENSEMBLE_MIN_PARTS + trial % 4;
    SgEnsembleScore score;
    g_assert_true(sg_ensemble_compose(n_parts, 30.0, &random, &score));
    g_assert_cmpuint(score.n_parts, ==, n_parts);
    n_seen[n_parts]++;
    double played_s = 0.0;
    for (gsize p = 0; p < n_parts; p++) {
      const SgEnsembleInstrument *instrument = score.instruments[p];
      g_assert_cmpuint(score.parts[p].n, >, 0);
      for (gsize q = 0; q < p; q++)
        g_assert_true(score.instruments[q] != instrument);
      for (gsize i = 0; i < score.parts[p].n; i++) {
        const SgMidiNote *note = &score.parts[p].items[i];
        g_assert_cmpuint(note->key, >=, instrument->low);
        g_assert_cmpuint(note->key, <=, instrument->high);
        g_assert_cmpfloat(note->duration_s, >, 0.0);
        if (i > 0)
          g_assert_cmpfloat(note->start_s, >=, note[-1].start_s + note[-1].duration_s - 1e-9);
        g_assert_cmpfloat(note->start_s + note->duration_s, <=, score.duration_s);
        played_s += note->duration_s;
      }
    }
    /* Rests are rests, not most of the piece. */
    g_assert_cmpfloat(played_s, >, 0.3 * (double)n_parts * score.duration_s * 0.5);
    sg_ensemble_score_clear(&score);
  }
  for (gsize n = SG_ENSEMBLE_MIN_PARTS; n <= SG_ENSEMBLE_MAX_PARTS; n++)
    g_assert_cmpuint(n_seen[n], ==, 50);
}

static SgStatus
build(const char *folder, gsize n_pieces, gboolean subsets, unsigned n_threads, SgCorpusReport *report)
{
  const SgEnsembleOptions options = { .folder = folder,
                                      .seed = 7,
                                      .n_pieces = n_pieces,
                                      .piece_s = 10.0,
                                      .min_parts = 3,
                                      .max_parts = 3,
                                      .subsets = subsets,
                                      .n_threads = n_threads };
  return sg_ensemble_build(&options, NULL, NULL, report, NULL);
}

static float *
read_part(const SgDatasetPart *part, gint64 *out_n)
{
  SgPartReader *reader;
  gint64 n;
  test_assert_ok(sg_part_reader_open(part, &reader, NULL));
  g_assert_cmpuint(sg_part_reader_n_channels(reader), ==, 1);
  float *samples = g_new0(float, part->n_samples + SG_PART_BLOCK);
  *out_n = 0;
  do {
    test_assert_ok(sg_part_reader_read(reader, samples + *out_n, SG_PART_BLOCK, &n, NULL));
    *out_n += n;
  } while (n > 0);
  sg_part_reader_free(reader);
  return samples;
}

/* The mix is the sum of the parts to the last bit, and no part is silent. */
static void
assert_sums(const SgDataset *dataset, const SgDatasetTrack *track)
{
  gint64 n, n_part;
  g_autofree float *mix = read_part(&track->mixture, &n);
  g_autofree float *sum = g_new0(float, n);
  for (gsize j = 0; j < sg_dataset_n_sources(dataset); j++) {
    double power = 0.0;
    if (track->stems[j].path == NULL)
      continue;
    g_autofree float *part = read_part(&track->stems[j], &n_part);
    g_assert_cmpint(n_part, ==, n);
    for (gint64 i = 0; i < n; i++) {
      sum[i] += part[i];
      power += (double)part[i] * part[i] / (double)n;
    }
    g_assert_cmpfloat(10.0 * log10(power), >, -50.0);
    g_assert_cmpfloat(10.0 * log10(power), <, -15.0);
  }
  for (gint64 i = 0; i < n; i++)
    g_assert_cmpfloat(sum[i], ==, mix[i]);
}

/* Five pieces of three parts with all their subsets: found as a dataset by layout, split 3:1:1 with the
 * subsets beside their piece, parts shared by links. Another thread count gives the same bytes, and a piece
 * that is there stays. */
static void
test_layout(void)
{
  SgInstruments instruments;
  sg_materials_find_fonts(&instruments);
  if (instruments.n_fonts == 0) {
    g_test_skip("there is no sound font");
    return;
  }
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *one = g_build_filename(folder, "one", NULL), *two = g_build_filename(folder, "two", NULL);
  SgCorpusReport report;
  test_assert_ok(build(one, 5, TRUE, 2, &report));
  g_assert_cmpuint(report.n_made, ==, 5);
  test_assert_ok(build(one, 5, TRUE, 2, &report));
  g_assert_cmpuint(report.n_kept, ==, 5);
  test_assert_ok(build(two, 1, FALSE, 1, &report));
  SgDataset *dataset = NULL, *alone = NULL;
  test_assert_ok(sg_dataset_open(one, NULL, NULL, NULL, &dataset, NULL));
  test_assert_ok(sg_dataset_open(two, NULL, NULL, NULL, &alone, NULL));
  g_assert_cmpstr(sg_layout_id(sg_dataset_layout(dataset)), ==, "ensemble");
  g_assert_cmpuint(sg_dataset_n_faults(dataset), ==, 0);
  gsize n_tracks[SG_N_SPLITS] = { 0 };
  for (gsize t = 0; t < sg_dataset_n_tracks(dataset); t++) {
    const SgDatasetTrack *track = sg_dataset_track(dataset, t);
    n_tracks[track->split]++;
    g_assert_cmpuint(track->rate_hz, ==, SG_ENSEMBLE_RATE_HZ);
    assert_sums(dataset, track);
    if (g_str_equal(track->name, sg_dataset_track(alone, 0)->name))
      g_assert_true(test_file_equal(track->mixture.path, sg_dataset_track(alone, 0)->mixture.path));
  }
  g_assert_cmpuint(n_tracks[SG_SPLIT_TRAIN], ==, 3 * 4);
  g_assert_cmpuint(n_tracks[SG_SPLIT_VALID], ==, 4);
  g_assert_cmpuint(n_tracks[SG_SPLIT_TEST], ==, 4);
  /* Three parts of five pieces, each in three folders. */
  struct stat file;
  const SgDatasetTrack *track = sg_dataset_track(dataset, 0);
  for (gsize j = 0; j < sg_dataset_n_sources(dataset); j++)
    if (track->stems[j].path != NULL) {
      g_assert_cmpint(stat(track->stems[j].path, &file), ==, 0);
      g_assert_cmpuint(file.st_nlink, ==, 3);
    }
  sg_dataset_free(dataset);
  sg_dataset_free(alone);
}

static bool
stop_soon(double fraction, const char *stage, void *user)
{
  return false;
}

/* A build that is cancelled leaves no half piece. */
static void
test_cancelled(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  const SgEnsembleOptions options = {
    .folder = folder, .seed = 1, .n_pieces = 50, .piece_s = 60.0, .min_parts = 2, .max_parts = 5
  };
  SgCorpusReport report;
  SgInstruments instruments;
  sg_materials_find_fonts(&instruments);
  test_assert_status(sg_ensemble_build(&options, stop_soon, NULL, &report, NULL),
                     instruments.n_fonts > 0 ? SG_CANCELLED : SG_NOT_FOUND);
  /* The three splits' folders and the manifest. */
  g_assert_cmpuint(test_folder_count(folder), <=, 4 + 7 * (guint)report.n_made);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/ensemble/score", test_score);
  g_test_add_func("/ensemble/layout", test_layout);
  g_test_add_func("/ensemble/cancelled", test_cancelled);
  return g_test_run();
}
