#include "core/train/cache.h"

#include <errno.h>
#include <linux/magic.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>

#include "core/base/memory.h"
#include "core/base/scratch.h"
#include "core/dsp/resample.h"
#include "core/train/cache-private.h"

void
sg_cache_free(SgCache *cache)
{
  if (cache == NULL)
    return;
  for (size_t i = 0; cache->sources != NULL && i < cache->shape.n_parts; i++)
    free(cache->sources[i]);
  for (size_t i = 0; cache->tracks != NULL && i < cache->n_tracks; i++) {
    free(cache->tracks[i].name);
    free(cache->tracks[i].song);
    free(cache->tracks[i].key);
    sg_cache_file_free(cache->tracks[i].file);
  }
  sg_free(cache->sources);
  sg_free(cache->tracks);
  sg_free(cache);
}

static SgStatus
make_folders(const char *folder, SgError *error)
{
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%s", folder);
  for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
    *slash = '\0';
    mkdir(path, 0777);
    *slash = '/';
  }
  if (mkdir(path, 0777) != 0 && errno != EEXIST)
    return sg_error_set_errno(error, errno, SG_WRITE_FAILED, folder);
  return SG_OK;
}

SgStatus
sg_cache_find_folder(const char *folder, char out_folder[SG_CACHE_FOLDER_SIZE], SgError *error)
{
  char standard[SG_CACHE_FOLDER_SIZE];
  struct statfs fs;
  SgStatus status = SG_OK;
  if (folder == NULL)
    status = sg_scratch_default_folder(standard, sizeof standard, error);
  if (status != SG_OK)
    return status;
  int length = folder != NULL ? snprintf(out_folder, SG_CACHE_FOLDER_SIZE, "%s", folder)
                              : snprintf(out_folder, SG_CACHE_FOLDER_SIZE, "%s/datasets", standard);
  if (length < 0 || length >= SG_CACHE_FOLDER_SIZE)
    return sg_error_set_errno(error, ENAMETOOLONG, SG_WRITE_FAILED, folder);
  status = make_folders(out_folder, error);
  if (status == SG_OK && statfs(out_folder, &fs) != 0)
    status = sg_error_set_errno(error, errno, SG_WRITE_FAILED, out_folder);
  if (status == SG_OK && (fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC))
    status = sg_error_set(error, SG_BAD_ARGUMENT, out_folder, "tmpfs");
  return status;
}

/* What a part is made from, as a line. */
static SgStatus
print_part(FILE *key, const char *source, const SgDatasetPart *part, SgError *error)
{
  struct stat file;
  if (part->path == NULL) {
    fprintf(key, "%s absent\n", source);
    return SG_OK;
  }
  if (stat(part->path, &file) != 0)
    return sg_error_set_errno(error, errno, SG_READ_FAILED, part->path);
  fprintf(key, "%s %lld %lld.%09ld %d %d %s\n", source, (long long)file.st_size,
          (long long)file.st_mtim.tv_sec, file.st_mtim.tv_nsec, part->stream, part->channel, part->path);
  return SG_OK;
}

static SgStatus
make_key(const SgCache *cache, const SgDatasetTrack *track, SgCacheEntry *entry, SgError *error)
{
  size_t n;
  FILE *key = open_memstream(&entry->key, &n);
  if (key == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  fprintf(key, "rate %u channels %u format %d\n", cache->shape.rate_hz, cache->shape.n_channels,
          (int)cache->shape.format);
  SgStatus status = SG_OK;
  for (size_t i = 0; status == SG_OK && i < cache->shape.n_parts; i++)
    status = print_part(key, cache->sources[i], &track->stems[i], error);
  if (fclose(key) != 0 && status == SG_OK)
    status = sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  if (status != SG_OK)
    return status;
  /* Two 64-bit FNV-1a hashes make the name; the key itself is in the file, so one that collides is not
   * believed. */
  uint64_t first = 0xcbf29ce484222325u, second = 0x84222325cbf29ce4u;
  for (const char *at = entry->key; *at != '\0'; at++) {
    first = (first ^ (unsigned char)*at) * 0x100000001b3u;
    second = (second ^ (unsigned char)*at) * 0x100000001b3u;
  }
  snprintf(entry->path, sizeof entry->path, "%s/%016llx%016llx.pcm", cache->folder, (unsigned long long)first,
           (unsigned long long)second);
  return SG_OK;
}

static SgStatus
take_tracks(SgCache *cache, const SgDataset *dataset, bool with_test, SgError *error)
{
  cache->shape.n_parts = sg_dataset_n_sources(dataset);
  cache->sources = SG_NEW(char *, cache->shape.n_parts);
  cache->tracks = SG_NEW(SgCacheEntry, sg_dataset_n_tracks(dataset));
  if (cache->sources == NULL || cache->tracks == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  bool complete = true;
  for (size_t i = 0; i < cache->shape.n_parts; i++) {
    cache->sources[i] = strdup(sg_dataset_source(dataset, i));
    complete &= cache->sources[i] != NULL;
  }
  SgStatus status = SG_OK;
  for (size_t i = 0; complete && status == SG_OK && i < sg_dataset_n_tracks(dataset); i++) {
    const SgDatasetTrack *track = sg_dataset_track(dataset, i);
    if (!track->is_usable || (track->split == SG_SPLIT_TEST && !with_test))
      continue;
    SgCacheEntry *entry = &cache->tracks[cache->n_tracks++];
    entry->dataset_index = i;
    entry->name = strdup(track->name);
    entry->song = strdup(track->song);
    entry->track = (SgCacheTrack){ .name = entry->name, .song = entry->song, .split = track->split };
    complete = entry->name != NULL && entry->song != NULL;
    status = make_key(cache, track, entry, error);
  }
  return status == SG_OK && !complete ? sg_error_set(error, SG_NO_MEMORY, NULL, NULL) : status;
}

static size_t
count_present(const SgCache *cache, const SgDatasetTrack *track)
{
  size_t n = 0;
  for (size_t i = 0; i < cache->shape.n_parts; i++)
    n += track->stems[i].path != NULL;
  return n;
}

/* Opens what is there; bytes still to be written. */
static uint64_t
find_files(SgCache *cache, const SgDataset *dataset)
{
  uint64_t needed = 0;
  for (size_t i = 0; i < cache->n_tracks; i++) {
    SgCacheEntry *entry = &cache->tracks[i];
    struct stat file;
    entry->was_there = lstat(entry->path, &file) == 0;
    if (sg_cache_file_open(entry->path, cache->shape, entry->key, &entry->file, NULL) == SG_OK)
      continue;
    const SgDatasetTrack *track = sg_dataset_track(dataset, entry->dataset_index);
    int64_t n = sg_resampled_length(track->n_samples, track->rate_hz, cache->shape.rate_hz);
    needed += sg_cache_file_bytes(cache->shape, count_present(cache, track), n, strlen(entry->key));
  }
  return needed;
}

static SgStatus
require_space(const SgCache *cache, uint64_t needed, SgError *error)
{
  struct statvfs fs;
  if (statvfs(cache->folder, &fs) != 0)
    return sg_error_set_errno(error, errno, SG_WRITE_FAILED, cache->folder);
  uint64_t there = (uint64_t)fs.f_bavail * fs.f_frsize;
  if (needed <= there)
    return SG_OK;
  sg_error_set(error, SG_NO_SPACE, cache->folder, NULL);
  if (error != NULL) {
    error->expected = needed > INT64_MAX ? INT64_MAX : (int64_t)needed;
    error->actual = there > INT64_MAX ? INT64_MAX : (int64_t)there;
  }
  return SG_NO_SPACE;
}

/* Leaves out the tracks that were skipped and sums up the others. */
static void
settle(SgCache *cache, double crop_s)
{
  const double limit = crop_s > 0.0 ? floor(crop_s * cache->shape.rate_hz) : INFINITY;
  size_t n = 0;
  for (size_t i = 0; i < cache->n_tracks; i++) {
    SgCacheEntry *entry = &cache->tracks[i];
    struct stat file;
    if (entry->file == NULL) {
      free(entry->name);
      free(entry->song);
      free(entry->key);
      continue;
    }
    int64_t n_samples = sg_cache_file_n_samples(entry->file);
    entry->track.n_samples = (double)n_samples > limit ? (int64_t)limit : n_samples;
    cache->report.n_bytes += stat(entry->path, &file) == 0 ? (uint64_t)file.st_size : 0;
    for (size_t p = 0; p < cache->shape.n_parts; p++)
      cache->report.n_clipped += sg_cache_file_n_clipped(entry->file, p);
    if (n != i)
      cache->tracks[n] = *entry;
    n++;
  }
  cache->n_tracks = n;
}

SgStatus
sg_cache_open(const SgDataset *dataset, const SgCacheSettings *settings, SgProgress progress, void *user,
              SgCache **out_cache, SgError *error)
{
  *out_cache = NULL;
  SgStatus status = sg_dataset_require(dataset, error);
  if (status != SG_OK)
    return status;
  if (settings->n_channels < 1 || settings->n_channels > 2)
    return sg_error_set(error, SG_BAD_ARGUMENT, NULL, "channels");
  if (settings->rate_hz < 1)
    return sg_error_set(error, SG_BAD_ARGUMENT, NULL, "rate");
  SgCache *cache = SG_NEW(SgCache, 1);
  if (cache == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  SgCacheOpening opening = {
    .cache = cache, .dataset = dataset, .verify = settings->verify, .lock = PTHREAD_MUTEX_INITIALIZER
  };
  cache->shape = (SgCacheShape){ .rate_hz = settings->rate_hz,
                                 .n_channels = settings->n_channels,
                                 .format = settings->format };
  cache->missing_is_silent = sg_dataset_missing_is_silent(dataset);
  status = sg_cache_find_folder(settings->folder, cache->folder, error);
  if (status == SG_OK)
    status = take_tracks(cache, dataset, settings->with_test, error);
  if (status == SG_OK)
    status = require_space(cache, find_files(cache, dataset), error);
  for (size_t i = 0; status == SG_OK && i < cache->n_tracks; i++)
    opening.n_samples += sg_cache_part_samples(sg_dataset_track(dataset, cache->tracks[i].dataset_index),
                                               cache->shape.n_parts);
  if (status == SG_OK)
    status = sg_cache_build(&opening, settings->n_threads, progress, user, error);
  if (status != SG_OK) {
    sg_cache_free(cache);
    return status;
  }
  settle(cache, settings->crop_s);
  *out_cache = cache;
  return SG_OK;
}

const SgCacheReport *
sg_cache_report(const SgCache *cache)
{
  return &cache->report;
}

uint32_t
sg_cache_rate(const SgCache *cache)
{
  return cache->shape.rate_hz;
}

uint32_t
sg_cache_n_channels(const SgCache *cache)
{
  return cache->shape.n_channels;
}

bool
sg_cache_missing_is_silent(const SgCache *cache)
{
  return cache->missing_is_silent;
}

size_t
sg_cache_n_sources(const SgCache *cache)
{
  return cache->shape.n_parts;
}

const char *
sg_cache_source(const SgCache *cache, size_t index)
{
  return cache->sources[index];
}

size_t
sg_cache_n_tracks(const SgCache *cache)
{
  return cache->n_tracks;
}

const SgCacheTrack *
sg_cache_track(const SgCache *cache, size_t index)
{
  return &cache->tracks[index].track;
}

bool
sg_cache_has(const SgCache *cache, size_t track, size_t source)
{
  return sg_cache_file_has(cache->tracks[track].file, source);
}

double
sg_cache_rms(const SgCache *cache, size_t track, size_t source)
{
  return sg_cache_file_rms(cache->tracks[track].file, source);
}

SgStatus
sg_cache_read(const SgCache *cache, size_t track, size_t source, int64_t start, int64_t n,
              float *const *out_channels, SgError *error)
{
  return sg_cache_file_read(cache->tracks[track].file, source, start, n, out_channels, error);
}
