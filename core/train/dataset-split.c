#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/random.h"
#include "core/train/dataset-private.h"

/* A song in the draw. */
typedef struct {
  const char *song;
  uint64_t lot;
} Lot;

static uint64_t
lot_of(const char *song, uint64_t seed)
{
  /* FNV-1a over the name, mixed with the seed. */
  uint64_t hash = 0xcbf29ce484222325u;
  for (; *song != '\0'; song++)
    hash = (hash ^ (unsigned char)*song) * 0x100000001b3u;
  SgRandom random = sg_random_seeded(hash ^ seed);
  sg_random_bits(&random);
  return sg_random_bits(&random);
}

static int
compare_lots(const void *a, const void *b)
{
  const Lot *left = a, *right = b;
  if (left->lot != right->lot)
    return left->lot < right->lot ? -1 : 1;
  return strcmp(left->song, right->song);
}

static bool
is_listed(const SgDatasetTrack *track, const char *const *names, size_t n)
{
  for (size_t i = 0; i < n; i++)
    if (strcmp(names[i], track->song) == 0 || strcmp(names[i], track->name) == 0)
      return true;
  return false;
}

static bool
has_split(const SgDataset *dataset, SgSplit split)
{
  for (size_t i = 0; i < dataset->n_tracks; i++)
    if (dataset->tracks[i].track.split == split)
      return true;
  return false;
}

static void
apply_list(SgDataset *dataset, const char *const *names, size_t n, bool *found_names, SgSplit split)
{
  for (size_t i = 0; i < dataset->n_tracks; i++)
    if (is_listed(&dataset->tracks[i].track, names, n))
      dataset->tracks[i].track.split = split;
  for (size_t j = 0; j < n; j++) {
    bool found = false;
    for (size_t i = 0; i < dataset->n_tracks && !found; i++)
      found = is_listed(&dataset->tracks[i].track, &names[j], 1);
    if (found_names != NULL)
      found_names[j] = found_names[j] || found;
    else if (!found)
      sg_dataset_add_fault(dataset, &(SgDatasetFault){ .kind = SG_FAULT_UNKNOWN_SONG,
                                                       .is_error = true,
                                                       .track = SIZE_MAX,
                                                       .detail = (char *)names[j] });
  }
}

/* Moves a drawn `share` of the songs in train to `split`; the first after the songs `n_before` in the order
 * of lots.
 */
static void
draw(SgDataset *dataset, double share, uint64_t seed, SgSplit split)
{
  Lot *lots = SG_NEW(Lot, dataset->n_tracks);
  if (lots == NULL) {
    dataset->failed = true;
    return;
  }
  size_t n = 0;
  for (size_t i = 0; i < dataset->n_tracks; i++) {
    const SgDatasetTrack *track = &dataset->tracks[i].track;
    bool seen = track->split != SG_SPLIT_TRAIN;
    for (size_t j = 0; j < n && !seen; j++)
      seen = strcmp(lots[j].song, track->song) == 0;
    if (!seen)
      lots[n++] = (Lot){ track->song, lot_of(track->song, seed) };
  }
  qsort(lots, n, sizeof *lots, compare_lots);
  size_t n_drawn = (size_t)(share * (double)n + 0.5);
  if (n_drawn == 0 && share > 0.0 && n > 1)
    n_drawn = 1;
  if (n_drawn >= n && n > 0)
    n_drawn = n - 1;
  for (size_t i = 0; i < dataset->n_tracks; i++)
    for (size_t j = 0; j < n_drawn; j++)
      if (dataset->tracks[i].track.split == SG_SPLIT_TRAIN &&
          strcmp(dataset->tracks[i].track.song, lots[j].song) == 0)
        dataset->tracks[i].track.split = split;
  sg_free(lots);
}

/* Only letters and digits, in lower case: "01 - A Song" and "01_a song" are the same. Bytes above 127 stay.
 */
static bool
same_name(const char *a, const char *b)
{
  for (;;) {
    while (*a != '\0' && !isalnum((unsigned char)*a) && (unsigned char)*a < 128)
      a++;
    while (*b != '\0' && !isalnum((unsigned char)*b) && (unsigned char)*b < 128)
      b++;
    if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
      return false;
    if (*a == '\0')
      return true;
    a++;
    b++;
  }
}

static void
find_same_names(SgDataset *dataset)
{
  for (size_t i = 0; i < dataset->n_tracks; i++) {
    const SgDatasetTrack *track = &dataset->tracks[i].track;
    for (size_t j = 0; track->split == SG_SPLIT_TRAIN && j < dataset->n_tracks; j++) {
      const SgDatasetTrack *other = &dataset->tracks[j].track;
      if (other->split == SG_SPLIT_TRAIN || !same_name(track->song, other->song))
        continue;
      sg_dataset_add_fault(dataset, &(SgDatasetFault){ .kind = SG_FAULT_IN_TRAIN_BY_NAME,
                                                       .is_error = true,
                                                       .track = i,
                                                       .detail = other->name });
      break;
    }
  }
}

void
sg_dataset_split(SgDataset *dataset, const SgDatasetOptions *options)
{
  if (dataset->failed)
    return;
  bool has_valid = has_split(dataset, SG_SPLIT_VALID) || options->n_valid_songs > 0;
  bool has_test = has_split(dataset, SG_SPLIT_TEST) || options->n_test_songs > 0;
  apply_list(dataset, options->valid_songs, options->n_valid_songs, options->valid_found, SG_SPLIT_VALID);
  apply_list(dataset, options->test_songs, options->n_test_songs, options->test_found, SG_SPLIT_TEST);
  double test_share = has_test ? 0.0 : options->test_share;
  if (test_share > 0.0)
    draw(dataset, test_share, options->seed, SG_SPLIT_TEST);
  /* The share is one of all songs, the test's among them. */
  if (!has_valid && options->valid_share > 0.0)
    draw(dataset, options->valid_share / (1.0 - test_share), options->seed, SG_SPLIT_VALID);
  find_same_names(dataset);
}
