#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/memory.h"
#include "core/io/decoder.h"
#include "core/train/dataset-private.h"

static const char *const four_sources[] = { "drums", "bass", "other", "vocals", NULL };
static const char *const two_sources[] = { "vocals", "accompaniment", NULL };
static const char stem_mp4[] = ".stem.mp4";

/* What may be sound by its name; whether it can be decoded shows when it is opened. */
static const char *const extensions[] = { "wav",  "flac", "ogg", "oga", "opus", "mp3", "aif", "aiff",
                                          "aifc", "caf",  "w64", "au",  "m4a",  "mp4", "aac", "wma" };

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

/* The visible entries of a folder in the order of their bytes, whatever the locale. */
typedef struct {
  struct dirent **entries;
  int n;
} Listing;

static int
is_visible(const struct dirent *entry)
{
  return entry->d_name[0] != '.';
}

static int
compare_entries(const struct dirent **a, const struct dirent **b)
{
  return strcmp((*a)->d_name, (*b)->d_name);
}

static Listing
list(const char *folder)
{
  Listing listing = { 0 };
  listing.n = scandir(folder, &listing.entries, is_visible, compare_entries);
  return listing;
}

static void
listing_free(Listing *listing)
{
  for (int i = 0; i < listing->n; i++)
    free(listing->entries[i]);
  if (listing->n >= 0)
    free(listing->entries);
}

static void
join(char out_path[PATH_MAX], const char *folder, const char *name)
{
  /* A path that is too long is cut and then not found, which is told. */
  snprintf(out_path, PATH_MAX, "%.*s/%.*s", PATH_MAX - NAME_MAX - 3, folder, NAME_MAX, name);
}

static bool
is_folder(const char *path)
{
  struct stat status;
  return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static bool
has_folder(const char *folder, const char *name)
{
  char path[PATH_MAX];
  join(path, folder, name);
  return is_folder(path);
}

static bool
ends_with(const char *name, const char *end)
{
  size_t n = strlen(name), n_end = strlen(end);
  return n > n_end && strcasecmp(name + n - n_end, end) == 0;
}

static bool
is_sound(const char *name)
{
  const char *dot = strrchr(name, '.');
  for (size_t i = 0; dot != NULL && i < sizeof extensions / sizeof *extensions; i++)
    if (strcasecmp(dot + 1, extensions[i]) == 0)
      return !ends_with(name, stem_mp4);
  return false;
}

/* The name without its extension. */
static void
stem_of(const char *name, char out_stem[NAME_MAX + 1])
{
  const char *dot = strrchr(name, '.');
  snprintf(out_stem, NAME_MAX + 1, "%.*s", dot != NULL ? (int)(dot - name) : NAME_MAX, name);
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
  Listing files = list(folder);
  const char *const *fixed = sg_layout_sources(dataset->layout);
  for (int i = 0; i < files.n && !dataset->failed; i++) {
    const char *name = files.entries[i]->d_name;
    char path[PATH_MAX], source[NAME_MAX + 1];
    join(path, folder, name);
    if (!is_sound(name) || is_folder(path))
      continue;
    if (dataset->layout == SG_LAYOUT_ENSEMBLE) {
      if (strncmp(name, "AuMix_", 6) == 0)
        add_mixture_file(dataset, track, path);
      else if (ensemble_source(dataset, track, name, source))
        sg_dataset_add_stem(dataset, track, source, path, -1, -1);
      continue;
    }
    stem_of(name, source);
    bool known = fixed == NULL;
    for (size_t j = 0; fixed != NULL && fixed[j] != NULL; j++)
      known |= strcmp(fixed[j], source) == 0;
    if (strcmp(source, "mixture") == 0 || strcmp(source, "mix") == 0)
      add_mixture_file(dataset, track, path);
    else if (known)
      add_stem_file(dataset, track, source, path);
  }
  listing_free(&files);
}

/* One folder a track below `folder`. */
static void
scan_track_folders(SgDataset *dataset, const char *folder, SgSplit split, bool is_split_given)
{
  Listing folders = list(folder);
  for (int i = 0; i < folders.n && !dataset->failed; i++) {
    const char *name = folders.entries[i]->d_name;
    char path[PATH_MAX];
    join(path, folder, name);
    if (!is_folder(path))
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
  listing_free(&folders);
}

static void
scan_stem_files(SgDataset *dataset, const char *folder, SgSplit split, bool is_split_given)
{
  Listing files = list(folder);
  for (int i = 0; i < files.n && !dataset->failed; i++) {
    char path[PATH_MAX], name[NAME_MAX + 1];
    if (!ends_with(files.entries[i]->d_name, stem_mp4))
      continue;
    join(path, folder, files.entries[i]->d_name);
    snprintf(name, sizeof name, "%.*s", (int)(strlen(files.entries[i]->d_name) - strlen(stem_mp4)),
             files.entries[i]->d_name);
    size_t track = sg_dataset_add_track(dataset, name, name, split, is_split_given);
    sg_dataset_set_mixture(dataset, track, path, 0);
    for (int j = 0; four_sources[j] != NULL; j++)
      sg_dataset_add_stem(dataset, track, four_sources[j], path, 1 + j, -1);
  }
  listing_free(&files);
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
  Listing folders = list(dataset->folder);
  bool any = false;
  SgSplit split;
  for (int i = 0; i < folders.n; i++)
    any |= find_split(folders.entries[i]->d_name, &split) &&
           has_folder(dataset->folder, folders.entries[i]->d_name);
  for (int i = 0; any && i < folders.n; i++) {
    char path[PATH_MAX];
    join(path, dataset->folder, folders.entries[i]->d_name);
    if (!is_folder(path))
      continue;
    if (find_split(folders.entries[i]->d_name, &split))
      scan(dataset, path, split, true);
    else
      add_fault_at(dataset, SG_FAULT_IGNORED_FOLDER, false, SIZE_MAX, path, NULL);
  }
  if (!any)
    scan(dataset, dataset->folder, SG_SPLIT_TRAIN, false);
  listing_free(&folders);
}

static void
scan_dsd_split(SgDataset *dataset, const char *split_name, SgSplit split)
{
  char sources[PATH_MAX], mixtures[PATH_MAX], below[64], path[PATH_MAX];
  snprintf(below, sizeof below, "Sources/%s", split_name);
  join(sources, dataset->folder, below);
  snprintf(below, sizeof below, "Mixtures/%s", split_name);
  join(mixtures, dataset->folder, below);
  size_t first = dataset->n_tracks;
  scan_track_folders(dataset, sources, split, true);
  for (size_t i = first; i < dataset->n_tracks && !dataset->failed; i++) {
    join(path, mixtures, dataset->tracks[i].track.name);
    scan_track_files(dataset, i, path);
    if (dataset->tracks[i].track.mixture.path == NULL)
      add_fault_at(dataset, SG_FAULT_MISSING_STEM, true, i, path, (char[]){ "mixture" });
  }
  Listing folders = list(mixtures);
  for (int i = 0; i < folders.n && !dataset->failed; i++) {
    const char *name = folders.entries[i]->d_name;
    if (has_folder(sources, name) || !has_folder(mixtures, name))
      continue;
    size_t track = sg_dataset_add_track(dataset, name, name, split, true);
    join(path, sources, name);
    add_fault_at(dataset, SG_FAULT_NO_STEMS, true, track, path, NULL);
  }
  listing_free(&folders);
}

/* The clips of a two-channel set; they may also lie in the folder itself. */
static void
scan_two_channels(SgDataset *dataset)
{
  char folder[PATH_MAX];
  join(folder, dataset->folder, "Wavfile");
  if (!is_folder(folder))
    snprintf(folder, sizeof folder, "%s", dataset->folder);
  Listing files = list(folder);
  for (int i = 0; i < files.n && !dataset->failed; i++) {
    char path[PATH_MAX], name[NAME_MAX + 1], song[NAME_MAX + 1];
    if (!is_sound(files.entries[i]->d_name))
      continue;
    join(path, folder, files.entries[i]->d_name);
    stem_of(files.entries[i]->d_name, name);
    snprintf(song, sizeof song, "%s", name);
    char *line = strrchr(song, '_');
    if (line != NULL && line > song)
      *line = '\0';
    size_t track = sg_dataset_add_track(dataset, name, song, SG_SPLIT_TRAIN, false);
    sg_dataset_add_stem(dataset, track, "vocals", path, -1, 1);
    sg_dataset_add_stem(dataset, track, "accompaniment", path, -1, 0);
  }
  listing_free(&files);
}

/* Whether a folder has a file that `test` likes. */
static bool
any_file(const char *folder, bool (*test)(const char *name))
{
  Listing files = list(folder);
  bool any = false;
  for (int i = 0; i < files.n && !any; i++)
    any = test(files.entries[i]->d_name);
  listing_free(&files);
  return any;
}

static bool
is_stem_mp4(const char *name)
{
  return ends_with(name, stem_mp4);
}

static bool
is_ensemble_part(const char *name)
{
  return strncmp(name, "AuSep_", 6) == 0 && is_sound(name);
}

/* The five WAV files of MUSDB18-HQ. */
static bool
is_hq_track(const char *folder)
{
  bool all = true;
  for (int i = 0; i < 5; i++) {
    char name[32], path[PATH_MAX];
    struct stat status;
    snprintf(name, sizeof name, "%s.wav", i < 4 ? four_sources[i] : "mixture");
    join(path, folder, name);
    all &= stat(path, &status) == 0;
  }
  return all;
}

static bool
any_folder(const char *folder, bool (*test)(const char *path))
{
  Listing folders = list(folder);
  bool any = false;
  for (int i = 0; i < folders.n && !any; i++) {
    char path[PATH_MAX];
    join(path, folder, folders.entries[i]->d_name);
    any = is_folder(path) && test(path);
  }
  listing_free(&folders);
  return any;
}

static bool
is_ensemble_track(const char *folder)
{
  return any_file(folder, is_ensemble_part);
}

/* MIR-1K and iKala differ only in their rates. */
static SgDatasetLayout
two_channel_layout(const char *folder)
{
  Listing files = list(folder);
  uint32_t rate_hz = 0;
  for (int i = 0; i < files.n && rate_hz == 0; i++) {
    char path[PATH_MAX];
    SgDecoder *decoder;
    join(path, folder, files.entries[i]->d_name);
    if (is_sound(files.entries[i]->d_name) && sg_decoder_open(path, &decoder, NULL) == SG_OK) {
      rate_hz = sg_decoder_info(decoder)->rate_hz;
      sg_decoder_free(decoder);
    }
  }
  listing_free(&files);
  return rate_hz == 44100 ? SG_LAYOUT_IKALA : SG_LAYOUT_MIR1K;
}

static SgDatasetLayout
find_layout(const char *folder)
{
  char train[PATH_MAX], test[PATH_MAX], wavfile[PATH_MAX];
  join(train, folder, "train");
  join(test, folder, "test");
  join(wavfile, folder, "Wavfile");
  if (has_folder(folder, "Sources") && has_folder(folder, "Mixtures"))
    return SG_LAYOUT_DSD100;
  if (is_folder(wavfile))
    return two_channel_layout(wavfile);
  if (any_file(folder, is_stem_mp4) || any_file(train, is_stem_mp4) || any_file(test, is_stem_mp4))
    return SG_LAYOUT_MUSDB18;
  if (any_folder(folder, is_ensemble_track) || any_folder(train, is_ensemble_track))
    return SG_LAYOUT_ENSEMBLE;
  if (any_folder(train, is_hq_track) && any_folder(test, is_hq_track))
    return SG_LAYOUT_MUSDB18_HQ;
  return SG_LAYOUT_FOLDERS;
}

SgStatus
sg_dataset_scan(SgDataset *dataset, SgDatasetLayout layout, SgError *error)
{
  DIR *dir = opendir(dataset->folder);
  if (dir == NULL)
    return sg_error_set_errno(error, errno, SG_READ_FAILED, dataset->folder);
  closedir(dir);
  dataset->layout = layout != SG_LAYOUT_ANY ? layout : find_layout(dataset->folder);
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
