#include <string.h>

#include "core/base/memory.h"
#include "core/base/workers.h"
#include "core/dsp/resample.h"
#include "core/train/cache-private.h"
#include "core/train/dataset-part.h"

/* A part on its way from the reader to the writer. */
typedef struct {
  SgPartReader *reader;
  SgResampler *resampler;
  float *block;  /* [SG_PART_BLOCK × 2] as read */
  float *folded; /* [SG_PART_BLOCK × 2] with the cache's channels */
  float *made;   /* [SG_PART_BLOCK × 2] resampled */
} Flow;

static void
flow_clear(Flow *flow)
{
  sg_part_reader_free(flow->reader);
  sg_resampler_free(flow->resampler);
  sg_free(flow->block);
  sg_free(flow->folded);
  sg_free(flow->made);
}

static void
fold_channels(const float *in, uint32_t n_in, float *out, uint32_t n_out, int64_t n)
{
  if (n_in == n_out)
    memcpy(out, in, (size_t)n * n_in * sizeof *out);
  else if (n_out == 1)
    for (int64_t i = 0; i < n; i++)
      out[i] = 0.5f * (in[2 * i] + in[2 * i + 1]);
  else
    for (int64_t i = 0; i < n; i++)
      out[2 * i] = out[2 * i + 1] = in[i];
}

/* The folded block through the resampler to the writer. */
static SgStatus
resample_block(const SgCache *cache, Flow *flow, int64_t n, SgCacheWriter *writer, SgError *error)
{
  size_t at = 0, taken, made;
  SgStatus status = SG_OK;
  while (status == SG_OK && at < (size_t)n) {
    status = sg_resampler_process(flow->resampler, flow->folded + at * cache->shape.n_channels,
                                  (size_t)n - at, &taken, flow->made, SG_PART_BLOCK, &made, error);
    if (status == SG_OK)
      status = sg_cache_writer_append(writer, flow->made, (int64_t)made, error);
    at += taken;
  }
  return status;
}

static SgStatus
drain(Flow *flow, SgCacheWriter *writer, SgError *error)
{
  size_t made = 1;
  SgStatus status = SG_OK;
  while (status == SG_OK && made > 0) {
    status = sg_resampler_drain(flow->resampler, flow->made, SG_PART_BLOCK, &made, error);
    if (status == SG_OK)
      status = sg_cache_writer_append(writer, flow->made, (int64_t)made, error);
  }
  return status;
}

static SgStatus
flow_through(SgCacheOpening *opening, Flow *flow, const SgDatasetPart *part, SgCacheWriter *writer,
             SgError *error)
{
  const SgCache *cache = opening->cache;
  flow->block = SG_NEW(float, 2 * SG_PART_BLOCK);
  flow->folded = SG_NEW(float, 2 * SG_PART_BLOCK);
  flow->made = SG_NEW(float, 2 * SG_PART_BLOCK);
  if (flow->block == NULL || flow->folded == NULL || flow->made == NULL)
    return sg_error_set(error, SG_NO_MEMORY, part->path, NULL);
  SgStatus status = sg_part_reader_open(part, &flow->reader, error);
  if (status == SG_OK && sg_part_reader_n_channels(flow->reader) > 2)
    status = sg_error_set(error, SG_BAD_FORMAT, part->path, "channels");
  if (status == SG_OK)
    status = sg_resampler_new(sg_part_reader_rate(flow->reader), cache->shape.rate_hz,
                              cache->shape.n_channels, &flow->resampler, error);
  int64_t n = 1;
  while (status == SG_OK && n > 0) {
    status = sg_part_reader_read(flow->reader, flow->block, SG_PART_BLOCK, &n, error);
    if (status != SG_OK)
      break;
    fold_channels(flow->block, sg_part_reader_n_channels(flow->reader), flow->folded, cache->shape.n_channels,
                  n);
    status = resample_block(cache, flow, n, writer, error);
    atomic_fetch_add(&opening->n_samples_done, n);
    if (status == SG_OK && atomic_load(&opening->cancelled))
      status = sg_error_set(error, SG_CANCELLED, part->path, NULL);
  }
  return status == SG_OK ? drain(flow, writer, error) : status;
}

static SgStatus
build_track(SgCacheOpening *opening, SgCacheEntry *entry, SgError *error)
{
  const SgCache *cache = opening->cache;
  const SgDatasetTrack *track = sg_dataset_track(opening->dataset, entry->dataset_index);
  SgCacheWriter *writer;
  SgStatus status = sg_cache_writer_new(entry->path, cache->shape, entry->key, &writer, error);
  for (size_t i = 0; status == SG_OK && i < cache->shape.n_parts; i++) {
    bool is_present = track->stems[i].path != NULL;
    Flow flow = { 0 };
    if (is_present)
      status = flow_through(opening, &flow, &track->stems[i], writer, error);
    if (status == SG_OK)
      status = sg_cache_writer_next_part(writer, is_present, error);
    flow_clear(&flow);
  }
  if (status == SG_OK)
    status = sg_cache_writer_finish(writer, error);
  sg_cache_writer_free(writer);
  if (status == SG_OK)
    status = sg_cache_file_open(entry->path, cache->shape, entry->key, &entry->file, error);
  return status;
}

/* Whether it is the fault of the song's files and not of the cache's place or the machine. */
static bool
is_bad_song(SgStatus status)
{
  switch (status) {
  case SG_NOT_FOUND:
  case SG_EMPTY_FILE:
  case SG_NOT_AUDIO:
  case SG_NO_SAMPLES:
  case SG_TRUNCATED:
  case SG_BAD_SAMPLE:
  case SG_BAD_FORMAT:
    return true;
  default:
    return false;
  }
}

static void
note_failure(SgCacheOpening *opening, SgStatus status, const SgError *error)
{
  pthread_mutex_lock(&opening->lock);
  if (is_bad_song(status) && sg_dataset_skips_bad(opening->dataset)) {
    opening->cache->report.n_skipped++;
  } else {
    if (opening->status == SG_OK) {
      opening->status = status;
      opening->error = *error;
    }
    atomic_store(&opening->cancelled, true);
  }
  pthread_mutex_unlock(&opening->lock);
}

int64_t
sg_cache_part_samples(const SgDatasetTrack *track, size_t n_parts)
{
  int64_t n = 0;
  for (size_t i = 0; i < n_parts; i++)
    n += track->stems[i].path != NULL ? track->stems[i].n_samples : 0;
  return n;
}

static void
open_track(SgCacheOpening *opening, SgCacheEntry *entry)
{
  SgCache *cache = opening->cache;
  SgError error;
  SgStatus status = SG_OK;
  if (entry->file != NULL && opening->verify) {
    status = sg_cache_file_verify(entry->file, &opening->cancelled, &error);
    if (status == SG_READ_FAILED) {
      sg_cache_file_free(entry->file);
      entry->file = NULL;
      status = SG_OK;
    }
  }
  bool found = entry->file != NULL;
  if (status == SG_OK && !found)
    status = build_track(opening, entry, &error);
  if (status != SG_OK) {
    note_failure(opening, status, &error);
    return;
  }
  if (found)
    atomic_fetch_add(&opening->n_samples_done,
                     sg_cache_part_samples(sg_dataset_track(opening->dataset, entry->dataset_index),
                                           cache->shape.n_parts));
  pthread_mutex_lock(&opening->lock);
  cache->report.n_found += found;
  cache->report.n_built += !found;
  cache->report.n_replaced += !found && entry->was_there;
  pthread_mutex_unlock(&opening->lock);
}

static void
open_tracks(unsigned worker, void *user)
{
  SgCacheOpening *opening = user;
  for (;;) {
    size_t index = atomic_fetch_add(&opening->next, 1);
    if (index >= opening->cache->n_tracks || atomic_load(&opening->cancelled))
      return;
    open_track(opening, &opening->cache->tracks[index]);
  }
}

SgStatus
sg_cache_build(SgCacheOpening *opening, unsigned n_threads, SgProgress progress, void *user, SgError *error)
{
  bool stopped = false;
  SgWorkers *workers =
      sg_workers_start(n_threads > 0 ? n_threads : sg_workers_default_count(), open_tracks, opening);
  if (workers == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  do {
    double fraction = opening->n_samples > 0
                          ? (double)atomic_load(&opening->n_samples_done) / (double)opening->n_samples
                          : 0.0;
    if (progress != NULL && !stopped && !progress(fraction < 1.0 ? fraction : 1.0, "cache", user)) {
      stopped = true;
      atomic_store(&opening->cancelled, true);
    }
  } while (!sg_workers_wait(workers, 0.05));
  sg_workers_join(workers);
  if (stopped)
    return sg_error_set(error, SG_CANCELLED, opening->cache->folder, NULL);
  if (opening->status != SG_OK && error != NULL)
    *error = opening->error;
  return opening->status;
}
