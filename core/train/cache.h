/* A dataset decoded once into a cache on disk, at the rate and with the channels that training wants.
 *
 * One file a track (core/train/cache-file.h) in one folder, named after what it is made from: path, size and
 * time of every sound file and the settings. A second run finds them and starts at once; building that was
 * interrupted goes on with the tracks that are not there yet; a file that is damaged or made from something
 * else is made again. Samples are resampled by core/dsp/resample; two channels become one by their mean, one
 * becomes two by repetition.
 *
 * The space that is missing is computed first and refused with both numbers; a folder in memory (tmpfs) is
 * refused. Samples are read by offset, never mapped: the cache does not count as resident memory, and a
 * failing disk is an error and not a signal.
 *
 * Ownership: free with sg_cache_free (NULL ignored); it keeps nothing of the dataset. Threads: open reports
 * progress from the calling thread; afterwards any number of threads may read at once. Audio callback: never.
 */
#pragma once

#include <stdbool.h>

#include "core/base/progress.h"
#include "core/train/cache-file.h"
#include "core/train/dataset.h"

typedef struct {
  const char *folder; /* NULL: "datasets" in the default scratch folder */
  uint32_t rate_hz;
  uint32_t n_channels; /* 1 or 2 */
  SgCacheFormat format;
  double crop_s;  /* only the beginning of every track, so much of it; 0: all (the files hold all) */
  bool with_test; /* the test split too, else train and valid only */
  bool verify;    /* read all that is found and make again what is damaged; else that shows when it is read */
  unsigned n_threads; /* 0: as many as there are processors */
} SgCacheSettings;

typedef struct {
  const char *name, *song;
  SgSplit split;
  int64_t n_samples; /* at the cache's rate, of the longest stem, or of what is left after the crop */
} SgCacheTrack;

/* What open did. */
typedef struct {
  size_t n_found, n_built; /* tracks */
  size_t n_replaced;       /* of those built, where a file was there but not to be trusted */
  size_t n_skipped;        /* tracks whose files failed while they were decoded (skip_bad) */
  uint64_t n_bytes;        /* of all tracks' files */
  int64_t n_clipped;       /* samples over full scale that 16 bits limited */
} SgCacheReport;

typedef struct SgCache SgCache;

/* Names of files in the folder need room behind it. */
enum { SG_CACHE_FOLDER_SIZE = 4032 };

/* The folder that SgCacheSettings.folder means; made when it is not there. SG_BAD_ARGUMENT when it is in
 * memory (detail "tmpfs"), SG_NO_PERMISSION, SG_WRITE_FAILED. */
SgStatus sg_cache_find_folder(const char *folder, char out_folder[SG_CACHE_FOLDER_SIZE], SgError *error);

/* Stage "cache". The dataset must pass sg_dataset_require. Errors: those of a part reader (the file that
 * failed; with skip_bad its track is left out instead), SG_BAD_DATASET, SG_NO_SPACE (with needed and free
 * bytes), SG_BAD_ARGUMENT (a folder in memory: detail "tmpfs"; channels), SG_CANCELLED (within 0.2 s;
 * complete tracks stay for the next run), SG_NO_PERMISSION, SG_WRITE_FAILED, SG_NO_MEMORY. */
SgStatus sg_cache_open(const SgDataset *dataset, const SgCacheSettings *settings, SgProgress progress,
                       void *user, SgCache **out_cache, SgError *error);
void sg_cache_free(SgCache *cache);

const SgCacheReport *sg_cache_report(const SgCache *cache);
uint32_t sg_cache_rate(const SgCache *cache);
uint32_t sg_cache_n_channels(const SgCache *cache);
bool sg_cache_missing_is_silent(const SgCache *cache); /* as the dataset's option says */
size_t sg_cache_n_sources(const SgCache *cache);
const char *sg_cache_source(const SgCache *cache, size_t index);
size_t sg_cache_n_tracks(const SgCache *cache);
const SgCacheTrack *sg_cache_track(const SgCache *cache, size_t index);

/* Whether a track has a stem of this source, and its root mean square. */
bool sg_cache_has(const SgCache *cache, size_t track, size_t source);
double sg_cache_rms(const SgCache *cache, size_t track, size_t source);

/* Samples start … start+n−1 into out_channels[n_channels][n]; zero outside the stem and where there is none.
 * Errors: those of sg_cache_file_read. */
SgStatus sg_cache_read(const SgCache *cache, size_t track, size_t source, int64_t start, int64_t n,
                       float *const *out_channels, SgError *error);
