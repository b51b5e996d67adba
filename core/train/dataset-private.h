/* The inside of a dataset while it is put together; only core/train/dataset*.c take it. */
#pragma once

#include <limits.h>

#include "core/train/dataset.h"

/* A stem as found, before the dataset's sources are known. */
typedef struct {
  char *source;
  SgDatasetPart part;
} SgFoundStem;

/* What is kept of a track while scanning. */
typedef struct {
  SgDatasetTrack track;
  bool is_split_given; /* by the layout */
  SgFoundStem *found;
  size_t n_found;
} SgTrackEntry;

struct SgDataset {
  char folder[PATH_MAX];
  SgDatasetLayout layout;
  bool skip_bad, missing_is_silent;
  char **sources;
  size_t n_sources;
  SgTrackEntry *tracks;
  size_t n_tracks, tracks_size;
  SgDatasetFault *faults;
  size_t n_faults, faults_size;
  bool failed; /* memory was out */
};

/* Additions; when memory is out they set `failed`. The index of the new track, SIZE_MAX then. */
size_t sg_dataset_add_track(SgDataset *dataset, const char *name, const char *song, SgSplit split,
                            bool is_split_given);
void sg_dataset_add_stem(SgDataset *dataset, size_t track, const char *source, const char *path, int stream,
                         int channel);
void sg_dataset_set_mixture(SgDataset *dataset, size_t track, const char *path, int stream);
/* The path is that of `fault`, or "" when NULL; strings are copied. An error makes its track unusable. */
void sg_dataset_add_fault(SgDataset *dataset, const SgDatasetFault *fault);

/* dataset-scan.c: finds layout and tracks. */
SgStatus sg_dataset_scan(SgDataset *dataset, SgDatasetLayout layout, SgError *error);
/* The sources that every track of the layout must have, NULL-terminated, or NULL. */
const char *const *sg_layout_sources(SgDatasetLayout layout);

/* dataset-split.c */
void sg_dataset_split(SgDataset *dataset, const SgDatasetOptions *options);

/* dataset-check.c: headers, and the sound when asked; then lengths are compared when they were heard. */
SgStatus sg_dataset_check_headers(SgDataset *dataset, bool will_listen, SgProgress progress, void *user,
                                  SgError *error);
SgStatus sg_dataset_listen(SgDataset *dataset, unsigned n_threads, SgProgress progress, void *user,
                           SgError *error);
