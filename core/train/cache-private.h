/* The inside of a cache while it is opened; only core/train/cache*.c take it. */
#pragma once

#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>

#include "core/train/cache.h"

typedef struct {
  SgCacheTrack track;
  char *name, *song;
  size_t dataset_index;
  char *key;
  char path[PATH_MAX];
  SgCacheFile *file; /* NULL: not there (yet) */
  bool was_there;    /* a file of this name, good or not */
} SgCacheEntry;

struct SgCache {
  char folder[SG_CACHE_FOLDER_SIZE];
  SgCacheShape shape;
  bool missing_is_silent;
  char **sources;
  SgCacheEntry *tracks; /* those of the dataset that are wanted */
  size_t n_tracks;
  SgCacheReport report;
};

/* One opening, shared by its workers. */
typedef struct {
  SgCache *cache;
  const SgDataset *dataset;
  bool verify;
  atomic_size_t next;
  atomic_int_fast64_t n_samples_done;
  int64_t n_samples;     /* of all parts of all tracks, at their own rates */
  atomic_bool cancelled; /* by the caller, or because a track failed */
  pthread_mutex_t lock;
  SgStatus status; /* the first failure */
  SgError error;
} SgCacheOpening;

/* Samples of all stems of a track at their own rate, the measure of progress. */
int64_t sg_cache_part_samples(const SgDatasetTrack *track, size_t n_parts);

/* Builds what is missing, and looks through what is there when asked. */
SgStatus sg_cache_build(SgCacheOpening *opening, unsigned n_threads, SgProgress progress, void *user,
                        SgError *error);
