#include "core/train/dataset.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <stdio.h>

#include "core/base/memory.h"
#include "core/train/dataset-private.h"

static const char *const layout_ids[SG_N_LAYOUTS] = {
  [SG_LAYOUT_ANY] = "any",           [SG_LAYOUT_MUSDB18] = "musdb18", [SG_LAYOUT_MUSDB18_HQ] = "musdb18-hq",
  [SG_LAYOUT_DSD100] = "dsd100",     [SG_LAYOUT_MIR1K] = "mir1k",     [SG_LAYOUT_IKALA] = "ikala",
  [SG_LAYOUT_ENSEMBLE] = "ensemble", [SG_LAYOUT_FOLDERS] = "folders",
};

static const char *const split_ids[SG_N_SPLITS] = { "train", "valid", "test" };

static const char *const fault_ids[SG_N_FAULTS] = {
  [SG_FAULT_UNREADABLE] = "unreadable",
  [SG_FAULT_EMPTY] = "empty",
  [SG_FAULT_MISSING_STEM] = "missing-stem",
  [SG_FAULT_NO_STEMS] = "no-stems",
  [SG_FAULT_TWO_FILES] = "two-files",
  [SG_FAULT_LENGTHS_DIFFER] = "lengths-differ",
  [SG_FAULT_MIXED_RATES] = "mixed-rates",
  [SG_FAULT_OTHER_RATE] = "other-rate",
  [SG_FAULT_CHANNELS] = "channels",
  [SG_FAULT_MIXTURE_DIFFERS] = "mixture-differs",
  [SG_FAULT_IN_TRAIN_BY_NAME] = "in-train-by-name",
  [SG_FAULT_IN_TRAIN_BY_SOUND] = "in-train-by-sound",
  [SG_FAULT_UNKNOWN_SONG] = "unknown-song",
  [SG_FAULT_IGNORED_FOLDER] = "ignored-folder",
};

const char *
sg_layout_id(SgDatasetLayout layout)
{
  return layout < SG_N_LAYOUTS ? layout_ids[layout] : NULL;
}

bool
sg_layout_find(const char *id, SgDatasetLayout *out_layout)
{
  for (int i = 0; i < SG_N_LAYOUTS; i++)
    if (strcmp(layout_ids[i], id) == 0) {
      *out_layout = (SgDatasetLayout)i;
      return true;
    }
  return false;
}

const char *
sg_split_id(SgSplit split)
{
  return split < SG_N_SPLITS ? split_ids[split] : NULL;
}

const char *
sg_fault_id(SgFaultKind kind)
{
  return kind < SG_N_FAULTS ? fault_ids[kind] : NULL;
}

/* Room for one more of `size` bytes in items[n]; NULL, and items kept, when memory is out. */
static void *
with_room(void *items, size_t n, size_t *capacity, size_t size)
{
  if (n < *capacity)
    return items;
  size_t more = *capacity > 0 ? 2 * *capacity : 16;
  void *grown = sg_alloc(more, size);
  if (grown == NULL)
    return NULL;
  if (n > 0)
    memcpy(grown, items, n * size);
  sg_free(items);
  *capacity = more;
  return grown;
}

size_t
sg_dataset_add_track(SgDataset *dataset, const char *name, const char *song, SgSplit split,
                     bool is_split_given)
{
  SgTrackEntry *tracks =
      with_room(dataset->tracks, dataset->n_tracks, &dataset->tracks_size, sizeof *dataset->tracks);
  if (tracks == NULL) {
    dataset->failed = true;
    return SIZE_MAX;
  }
  dataset->tracks = tracks;
  SgTrackEntry *entry = &tracks[dataset->n_tracks];
  *entry = (SgTrackEntry){ .is_split_given = is_split_given };
  entry->track =
      (SgDatasetTrack){ .split = split, .is_usable = true, .mixture = { .stream = -1, .channel = -1 } };
  entry->track.name = strdup(name);
  entry->track.song = strdup(song);
  dataset->failed |= entry->track.name == NULL || entry->track.song == NULL;
  return dataset->n_tracks++;
}

void
sg_dataset_add_stem(SgDataset *dataset, size_t track, const char *source, const char *path, int stream,
                    int channel)
{
  if (track == SIZE_MAX)
    return;
  SgTrackEntry *entry = &dataset->tracks[track];
  SgFoundStem *found = SG_NEW(SgFoundStem, entry->n_found + 1);
  char *source_copy = strdup(source), *path_copy = strdup(path);
  if (found == NULL || source_copy == NULL || path_copy == NULL) {
    dataset->failed = true;
    sg_free(found);
    free(source_copy);
    free(path_copy);
    return;
  }
  if (entry->n_found > 0)
    memcpy(found, entry->found, entry->n_found * sizeof *found);
  sg_free(entry->found);
  entry->found = found;
  found[entry->n_found++] =
      (SgFoundStem){ .source = source_copy,
                     .part = { .path = path_copy, .stream = stream, .channel = channel } };
}

void
sg_dataset_set_mixture(SgDataset *dataset, size_t track, const char *path, int stream)
{
  if (track == SIZE_MAX)
    return;
  SgDatasetPart *mixture = &dataset->tracks[track].track.mixture;
  free(mixture->path);
  mixture->path = strdup(path);
  mixture->stream = stream;
  dataset->failed |= mixture->path == NULL;
}

void
sg_dataset_add_fault(SgDataset *dataset, const SgDatasetFault *fault)
{
  SgDatasetFault *faults =
      with_room(dataset->faults, dataset->n_faults, &dataset->faults_size, sizeof *dataset->faults);
  if (faults == NULL) {
    dataset->failed = true;
    return;
  }
  dataset->faults = faults;
  SgDatasetFault *copy = &faults[dataset->n_faults++];
  *copy = *fault;
  copy->path = strdup(fault->path != NULL ? fault->path : "");
  copy->detail = strdup(fault->detail != NULL ? fault->detail : "");
  dataset->failed |= copy->path == NULL || copy->detail == NULL;
  if (fault->is_error && fault->track < dataset->n_tracks)
    dataset->tracks[fault->track].track.is_usable = false;
}

static void
free_entry(SgTrackEntry *entry, size_t n_sources)
{
  free(entry->track.name);
  free(entry->track.song);
  free(entry->track.mixture.path);
  for (size_t i = 0; i < entry->n_found; i++) {
    free(entry->found[i].source);
    free(entry->found[i].part.path);
  }
  sg_free(entry->found);
  sg_free(entry->track.stems);
}

void
sg_dataset_free(SgDataset *dataset)
{
  if (dataset == NULL)
    return;
  for (size_t i = 0; i < dataset->n_tracks; i++)
    free_entry(&dataset->tracks[i], dataset->n_sources);
  for (size_t i = 0; i < dataset->n_faults; i++) {
    free(dataset->faults[i].path);
    free(dataset->faults[i].detail);
  }
  for (size_t i = 0; i < dataset->n_sources; i++)
    free(dataset->sources[i]);
  sg_free(dataset->sources);
  sg_free(dataset->tracks);
  sg_free(dataset->faults);
  sg_free(dataset);
}

/* The usual four in their usual order, then the others by name. */
static int
rank(const char *source)
{
  static const char *const usual[] = { "drums", "bass", "other", "vocals" };
  for (int i = 0; i < 4; i++)
    if (strcmp(usual[i], source) == 0)
      return i;
  return 4;
}

static int
compare_sources(const void *a, const void *b)
{
  const char *left = *(const char *const *)a, *right = *(const char *const *)b;
  int difference = rank(left) - rank(right);
  return difference != 0 ? difference : strcmp(left, right);
}

static void
add_source(SgDataset *dataset, const char *source, size_t *capacity)
{
  for (size_t i = 0; i < dataset->n_sources; i++)
    if (strcmp(dataset->sources[i], source) == 0)
      return;
  char **sources = with_room(dataset->sources, dataset->n_sources, capacity, sizeof *sources);
  if (sources != NULL)
    dataset->sources = sources;
  char *copy = sources != NULL ? strdup(source) : NULL;
  if (copy != NULL)
    sources[dataset->n_sources++] = copy;
  dataset->failed |= copy == NULL;
}

static void
settle_stems(SgDataset *dataset, size_t index)
{
  SgTrackEntry *entry = &dataset->tracks[index];
  bool is_required = sg_layout_sources(dataset->layout) != NULL;
  entry->track.stems = SG_NEW(SgDatasetPart, dataset->n_sources);
  if (entry->track.stems == NULL) {
    dataset->failed = true;
    return;
  }
  for (size_t i = 0; i < dataset->n_sources; i++) {
    SgDatasetPart *part = &entry->track.stems[i];
    *part = (SgDatasetPart){ .stream = -1, .channel = -1 };
    for (size_t j = 0; j < entry->n_found; j++)
      if (strcmp(entry->found[j].source, dataset->sources[i]) == 0)
        *part = entry->found[j].part;
    /* In an ensemble every piece has instruments of its own. */
    if (part->path == NULL && entry->n_found > 0 && dataset->layout != SG_LAYOUT_ENSEMBLE)
      sg_dataset_add_fault(dataset, &(SgDatasetFault){ .kind = SG_FAULT_MISSING_STEM,
                                                       .is_error = is_required && !dataset->missing_is_silent,
                                                       .track = index,
                                                       .detail = dataset->sources[i] });
  }
}

/* The dataset's sources, and every track's stems in their order. */
static void
settle_sources(SgDataset *dataset)
{
  size_t capacity = 0;
  const char *const *fixed = sg_layout_sources(dataset->layout);
  for (; fixed != NULL && *fixed != NULL; fixed++)
    add_source(dataset, *fixed, &capacity);
  if (sg_layout_sources(dataset->layout) == NULL) {
    for (size_t i = 0; i < dataset->n_tracks; i++)
      for (size_t j = 0; j < dataset->tracks[i].n_found; j++)
        add_source(dataset, dataset->tracks[i].found[j].source, &capacity);
    if (dataset->n_sources > 0)
      qsort(dataset->sources, dataset->n_sources, sizeof *dataset->sources, compare_sources);
  }
  for (size_t i = 0; i < dataset->n_tracks && !dataset->failed; i++)
    settle_stems(dataset, i);
}

static int
compare_faults(const void *a, const void *b)
{
  const SgDatasetFault *left = a, *right = b;
  if (left->track != right->track)
    return left->track < right->track ? -1 : 1;
  int difference = (int)left->kind - (int)right->kind;
  return difference != 0 ? difference : strcmp(left->path, right->path);
}

SgStatus
sg_dataset_open(const char *folder, const SgDatasetOptions *options, SgProgress progress, void *user,
                SgDataset **out_dataset, SgError *error)
{
  static const SgDatasetOptions none = { 0 };
  *out_dataset = NULL;
  if (options == NULL)
    options = &none;
  if (!(options->valid_share >= 0.0 && options->test_share >= 0.0 &&
        options->valid_share + options->test_share < 1.0))
    return sg_error_set(error, SG_BAD_ARGUMENT, NULL, "valid and test shares");
  SgDataset *dataset = SG_NEW(SgDataset, 1);
  if (dataset == NULL)
    return sg_error_set(error, SG_NO_MEMORY, folder, NULL);
  dataset->skip_bad = options->skip_bad;
  dataset->missing_is_silent = options->missing_is_silent;
  SgStatus status = SG_OK;
  if (realpath(folder, dataset->folder) == NULL)
    status = sg_error_set_errno(error, errno, SG_READ_FAILED, folder);
  if (status == SG_OK)
    status = sg_dataset_scan(dataset, options->layout, error);
  if (status == SG_OK && dataset->n_tracks == 0 && !dataset->failed)
    status = sg_error_set(error, SG_BAD_DATASET, folder, "no tracks");
  if (status == SG_OK) {
    settle_sources(dataset);
    sg_dataset_split(dataset, options);
  }
  if (status == SG_OK && !dataset->failed)
    status = sg_dataset_check_headers(dataset, options->listen, progress, user, error);
  if (status == SG_OK && !dataset->failed && options->listen)
    status = sg_dataset_listen(dataset, options->n_threads, progress, user, error);
  if (status == SG_OK && dataset->failed)
    status = sg_error_set(error, SG_NO_MEMORY, folder, NULL);
  if (status != SG_OK) {
    sg_dataset_free(dataset);
    return status;
  }
  if (dataset->n_faults > 0)
    qsort(dataset->faults, dataset->n_faults, sizeof *dataset->faults, compare_faults);
  *out_dataset = dataset;
  return SG_OK;
}

SgStatus
sg_dataset_require(const SgDataset *dataset, SgError *error)
{
  int64_t n_errors = 0;
  const SgDatasetFault *first = NULL;
  bool any_usable = false;
  for (size_t i = 0; i < dataset->n_faults; i++)
    if (dataset->faults[i].is_error && n_errors++ == 0)
      first = &dataset->faults[i];
  for (size_t i = 0; i < dataset->n_tracks; i++)
    any_usable |= dataset->tracks[i].track.is_usable;
  if (first == NULL || (dataset->skip_bad && any_usable))
    return SG_OK;
  sg_error_set(error, SG_BAD_DATASET, dataset->folder, sg_fault_id(first->kind));
  if (error != NULL) {
    if (first->path[0] != '\0')
      snprintf(error->path, sizeof error->path, "%s", first->path);
    error->actual = n_errors;
  }
  return SG_BAD_DATASET;
}

const char *
sg_dataset_folder(const SgDataset *dataset)
{
  return dataset->folder;
}

SgDatasetLayout
sg_dataset_layout(const SgDataset *dataset)
{
  return dataset->layout;
}

bool
sg_dataset_skips_bad(const SgDataset *dataset)
{
  return dataset->skip_bad;
}

bool
sg_dataset_missing_is_silent(const SgDataset *dataset)
{
  return dataset->missing_is_silent;
}

size_t
sg_dataset_n_sources(const SgDataset *dataset)
{
  return dataset->n_sources;
}

const char *
sg_dataset_source(const SgDataset *dataset, size_t index)
{
  return dataset->sources[index];
}

size_t
sg_dataset_n_tracks(const SgDataset *dataset)
{
  return dataset->n_tracks;
}

const SgDatasetTrack *
sg_dataset_track(const SgDataset *dataset, size_t index)
{
  return &dataset->tracks[index].track;
}

size_t
sg_dataset_n_faults(const SgDataset *dataset)
{
  return dataset->n_faults;
}

const SgDatasetFault *
sg_dataset_fault(const SgDataset *dataset, size_t index)
{
  return &dataset->faults[index];
}
