#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/memory.h"
#include "core/train/dataset-files.h"
#include "core/train/dataset-private.h"

static const char *const four_sources[] = { "drums", "bass", "other", "vocals", NULL };
static const char *const two_sources[] = { "vocals", "accompaniment", NULL };

const char *const *
sg_layout_sources(SgDatasetLayout layout)
{
  switch (layout) {
  case SG_LAYOUT_MUSDB18:
  case SG_LAYOUT_MUSDB18_HQ:
  case SG_LAYOUT_DSD100:
    return four_sources;
  case SG_LAYOUT_MIR1K:
  case SG_LAYOUT_IKALA:
    return two_sources;
  default:
    return NULL;
  }
}

static bool
has_found(const SgDataset *dataset, size_t track, const char *source)
{
  const SgTrackEntry *entry = &dataset->tracks[track];
  for (size_t i = 0; i < entry->n_found; i++)
    if (strcmp(entry->found[i].source, source) == 0)
      return true;
  return false;
}

static void
add_fault_at(SgDataset *dataset, SgFaultKind kind, bool is_error, size_t track, char *path, char *detail)
{
  sg_dataset_add_fault(
      dataset, &(SgDatasetFault){
                   .kind = kind, .is_error = is_error, .track = track, .path = path, .detail = detail });
}

static void
add_stem_file(SgDataset *dataset, size_t track, char *source, char *path)
{
  if (has_found(dataset, track, source))
    add_fault_at(dataset, SG_FAULT_TWO_FILES, true, track, path, source);
  else
    sg_dataset_add_stem(dataset, track, source, path, -1, -1);
}

static void
add_mixture_file(SgDataset *dataset, size_t track, char *path)
{
  if (dataset->tracks[track].track.mixture.path != NULL)
    add_fault_at(dataset, SG_FAULT_TWO_FILES, true, track, path, (char[]){ "mixture" });
  else
    sg_dataset_set_mixture(dataset, track, path, -1);
}

/* AuSep_<n>_<instrument>_… → instrument, with -2, -3 … for the same again. */
static bool
ensemble_source(const SgDataset *dataset, size_t track, const char *name, char out_source[NAME_MAX + 1])
{
  char instrument[NAME_MAX + 1];
  int number;
  if (sscanf(name, "AuSep_%d_%255[^_.]", &number, instrument) != 2)
    return false;
  snprintf(out_source, NAME_MAX + 1, "%s", instrument);
  for (int again = 2; has_found(dataset, track, out_source) && again < 100; again++)
    snprintf(out_source, NAME_MAX + 1, "%.*s-%d", NAME_MAX - 8, instrument, again);
  return true;
}

/* The sound files of one track's folder. Names that the layout does not know are left out where it has a
 * fixed set. */
static void
scan_track_files(SgDataset *dataset, size_t track, const char *folder)
{
  SgFolderListing files = sg_folder_list(folder);
  const char *const *fixed = sg_layout_sources(dataset->layout);
  for (int i = 0; i < files.n && !dataset->failed; i++) {
    const char *name = files.entries[i]->d_name;
    char path[PATH_MAX], source[NAME_MAX + 1];
    sg_path_join(path, folder, name);
    if (!sg_is_sound_name(name) || sg_is_folder(path))
      continue;
    if (dataset->layout == SG_LAYOUT_ENSEMBLE) {
      if (strncmp(name, "AuMix_", 6) == 0)
        add_mixture_file(dataset, track, path);
      else if (ensemble_source(dataset, track, name, source))
        sg_dataset_add_stem(dataset, track, source, path, -1, -1);
      continue;
    }
    sg_name_stem(name, source);
    bool known = fixed == NULL;
    for (size_t j = 0; fixed != NULL && fixed[j] != NULL; j++)
      known |= strcmp(fixed[j], source) == 0;
    if (strcmp(source, "mixture") == 0 || strcmp(source, "mix") == 0)
      add_mixture_file(dataset, track, path);
    else if (known)
      add_stem_file(dataset, track, source, path);
  }
  sg_folder_listing_free(&files);
}

/* One folder a track below `folder`. */
static void
scan_track_folders(SgDataset *dataset, const char *folder, SgSplit split, bool is_split_given)
{
  SgFolderListing folders = sg_folder_list(folder);
  for (int i = 0; i < folders.n && !dataset->failed; i++) {
    const char *name = folders.entries[i]->d_name;
    char path[PATH_MAX];
    sg_path_join(path, folder, name);
    if (!sg_is_folder(path))
      continue;
    size_t track = sg_dataset_add_track(dataset, name, name, split, is_split_given);
    if (track == SIZE_MAX)
      break;
    scan_track_files(dataset, track, path);
    if (dataset->tracks[track].n_found == 0)
      add_fault_at(dataset, SG_FAULT_NO_STEMS, true, track, path, NULL);
    if (dataset->layout == SG_LAYOUT_MUSDB18_HQ && dataset->tracks[track].track.mixture.path == NULL)
      add_fault_at(dataset, SG_FAULT_MISSING_STEM, true, track, path, (char[]){ "mixture" });
  }
  sg_folder_listing_free(&folders);
}

static void
scan_stem_files(SgDataset *dataset, const char *folder, SgSplit split, bool is_split_given)
{
  SgFolderListing files = sg_folder_list(folder);
  for (int i = 0; i < files.n && !dataset->failed; i++) {
    char path[PATH_MAX], name[NAME_MAX + 1];
    if (!sg_ends_with(files.entries[i]->d_name, SG_STEM_MP4_ENDING))
      continue;
    sg_path_join(path, folder, files.entries[i]->d_name);
    snprintf(name, sizeof name, "%.*s", (int)(strlen(files.entries[i]->d_name) - strlen(SG_STEM_MP4_ENDING)),
             files.entries[i]->d_name);
    size_t track = sg_dataset_add_track(dataset, name, name, split, is_split_given);
    sg_dataset_set_mixture(dataset, track, path, 0);
    for (int j = 0; four_sources[j] != NULL; j++)
      sg_dataset_add_stem(dataset, track, four_sources[j], path, 1 + j, -1);
  }
  sg_folder_listing_free(&files);
}

static bool
find_split(const char *name, SgSplit *out_split)
{
  static const struct {
    const char *name;
    SgSplit split;
  } names[] = { { "train", SG_SPLIT_TRAIN },
                { "valid", SG_SPLIT_VALID },
                { "validation", SG_SPLIT_VALID },
                { "test", SG_SPLIT_TEST } };
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strcasecmp(names[i].name, name) == 0) {
      *out_split = names[i].split;
      return true;
    }
  return false;
}

/* Calls `scan` for every folder of a split below the dataset's, or for that itself when it has none. */
static void
scan_splits(SgDataset *dataset, void (*scan)(SgDataset *, const char *, SgSplit, bool))
{
  SgFolderListing folders = sg_folder_list(dataset->folder);
  bool any = false;
  SgSplit split;
  for (int i = 0; i < folders.n; i++)
    any |= find_split(folders.entries[i]->d_name, &split) &&
           sg_has_folder(dataset->folder, folders.entries[i]->d_name);
  for (int i = 0; any && i < folders.n; i++) {
    char path[PATH_MAX];
    sg_path_join(path, dataset->folder, folders.entries[i]->d_name);
    if (!sg_is_folder(path))
      continue;
    if (find_split(folders.entries[i]->d_name, &split))
      scan(dataset, path, split, true);
    else
      add_fault_at(dataset, SG_FAULT_IGNORED_FOLDER, false, SIZE_MAX, path, NULL);
  }
  if (!any)
    scan(dataset, dataset->folder, SG_SPLIT_TRAIN, false);
  sg_folder_listing_free(&folders);
}

static void
scan_dsd_split(SgDataset *dataset, const char *split_name, SgSplit split)
{
  char sources[PATH_MAX], mixtures[PATH_MAX], below[64], path[PATH_MAX];
  snprintf(below, sizeof below, "Sources/%s", split_name);
  sg_path_join(sources, dataset->folder, below);
  snprintf(below, sizeof below, "Mixtures/%s", split_name);
  sg_path_join(mixtures, dataset->folder, below);
  size_t first = dataset->n_tracks;
  scan_track_folders(dataset, sources, split, true);
  for (size_t i = first; i < dataset->n_tracks && !dataset->failed; i++) {
    sg_path_join(path, mixtures, dataset->tracks[i].track.name);
    scan_track_files(dataset, i, path);
    if (dataset->tracks[i].track.mixture.path == NULL)
      add_fault_at(dataset, SG_FAULT_MISSING_STEM, true, i, path, (char[]){ "mixture" });
  }
  SgFolderListing folders = sg_folder_list(mixtures);
  for (int i = 0; i < folders.n && !dataset->failed; i++) {
    const char *name = folders.entries[i]->d_name;
    if (sg_has_folder(sources, name) || !sg_has_folder(mixtures, name))
      continue;
    size_t track = sg_dataset_add_track(dataset, name, name, split, true);
    sg_path_join(path, sources, name);
    add_fault_at(dataset, SG_FAULT_NO_STEMS, true, track, path, NULL);
  }
  sg_folder_listing_free(&folders);
}

/* The clips of a two-channel set; they may also lie in the folder itself. */
static void
scan_two_channels(SgDataset *dataset)
{
  char folder[PATH_MAX];
  sg_path_join(folder, dataset->folder, "Wavfile");
  if (!sg_is_folder(folder))
    snprintf(folder, sizeof folder, "%s", dataset->folder);
  SgFolderListing files = sg_folder_list(folder);
  for (int i = 0; i < files.n && !dataset->failed; i++) {
    char path[PATH_MAX], name[NAME_MAX + 1], song[NAME_MAX + 1];
    if (!sg_is_sound_name(files.entries[i]->d_name))
      continue;
    sg_path_join(path, folder, files.entries[i]->d_name);
    sg_name_stem(files.entries[i]->d_name, name);
    snprintf(song, sizeof song, "%s", name);
    char *line = strrchr(song, '_');
    if (line != NULL && line > song)
      *line = '\0';
    size_t track = sg_dataset_add_track(dataset, name, song, SG_SPLIT_TRAIN, false);
    sg_dataset_add_stem(dataset, track, "vocals", path, -1, 1);
    sg_dataset_add_stem(dataset, track, "accompaniment", path, -1, 0);
  }
  sg_folder_listing_free(&files);
}

SgStatus
sg_dataset_scan(SgDataset *dataset, SgDatasetLayout layout, SgError *error)
{
  DIR *dir = opendir(dataset->folder);
  if (dir == NULL)
    return sg_error_set_errno(error, errno, SG_READ_FAILED, dataset->folder);
  closedir(dir);
  dataset->layout = layout != SG_LAYOUT_ANY ? layout : sg_dataset_find_layout(dataset->folder);
  switch (dataset->layout) {
  case SG_LAYOUT_MUSDB18:
    scan_splits(dataset, scan_stem_files);
    break;
  case SG_LAYOUT_DSD100:
    scan_dsd_split(dataset, "Dev", SG_SPLIT_TRAIN);
    scan_dsd_split(dataset, "Test", SG_SPLIT_TEST);
    break;
  case SG_LAYOUT_MIR1K:
  case SG_LAYOUT_IKALA:
    scan_two_channels(dataset);
    break;
  default:
    scan_splits(dataset, scan_track_folders);
  }
  return SG_OK;
}
