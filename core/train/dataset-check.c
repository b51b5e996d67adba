#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/workers.h"
#include "core/train/dataset-part.h"
#include "core/train/dataset-private.h"
#include "core/train/fingerprint.h"

/* Parts whose lengths differ by less are padded with silence. */
static const double length_tolerance_s = 0.05;
/* Above this level, relative to the mixture, it is told that mixture and stems differ. AAC codes every stem
 * for itself. */
static const double mixture_tolerance_db = -60.0, coded_mixture_tolerance_db = -20.0;

/* The parts of a track: its stems, then its mixture. */
static SgDatasetPart *
part_at(const SgDataset *dataset, SgDatasetTrack *track, size_t index)
{
  return index < dataset->n_sources ? &track->stems[index] : &track->mixture;
}

static void
add_unreadable(SgDataset *dataset, size_t track, const SgError *reason)
{
  bool empty = reason->status == SG_EMPTY_FILE || reason->status == SG_NO_SAMPLES;
  sg_dataset_add_fault(dataset, &(SgDatasetFault){ .kind = empty ? SG_FAULT_EMPTY : SG_FAULT_UNREADABLE,
                                                   .is_error = true,
                                                   .track = track,
                                                   .status = reason->status,
                                                   .position = reason->position,
                                                   .expected = reason->expected,
                                                   .actual = reason->actual,
                                                   .path = (char *)reason->path,
                                                   .detail = (char *)reason->detail });
}

static void
read_headers(SgDataset *dataset, size_t index)
{
  SgDatasetTrack *track = &dataset->tracks[index].track;
  const char *bad_path = NULL;
  for (size_t i = 0; i <= dataset->n_sources; i++) {
    SgDatasetPart *part = part_at(dataset, track, i);
    SgPartReader *reader;
    SgError error;
    /* Several parts may be in one file; what is wrong with that is told once. */
    if (part->path == NULL || (bad_path != NULL && strcmp(part->path, bad_path) == 0))
      continue;
    if (sg_part_reader_open(part, &reader, &error) != SG_OK) {
      bad_path = part->path;
      add_unreadable(dataset, index, &error);
      continue;
    }
    part->rate_hz = sg_part_reader_rate(reader);
    part->n_channels = sg_part_reader_n_channels(reader);
    part->n_samples = sg_part_reader_n_samples(reader);
    sg_part_reader_free(reader);
    if (part->n_channels > 2)
      sg_dataset_add_fault(dataset, &(SgDatasetFault){ .kind = SG_FAULT_CHANNELS,
                                                       .is_error = true,
                                                       .track = index,
                                                       .expected = 2,
                                                       .actual = part->n_channels,
                                                       .path = part->path });
  }
}

/* The track's rate is its first part's, its length the longest's. */
static void
compare_rates(SgDataset *dataset, size_t index)
{
  SgDatasetTrack *track = &dataset->tracks[index].track;
  track->rate_hz = 0;
  for (size_t i = 0; i <= dataset->n_sources; i++) {
    SgDatasetPart *part = part_at(dataset, track, i);
    if (track->rate_hz == 0)
      track->rate_hz = part->rate_hz;
    if (part->rate_hz != 0 && part->rate_hz != track->rate_hz)
      sg_dataset_add_fault(dataset, &(SgDatasetFault){ .kind = SG_FAULT_MIXED_RATES,
                                                       .is_error = true,
                                                       .track = index,
                                                       .expected = track->rate_hz,
                                                       .actual = part->rate_hz,
                                                       .path = part->path });
  }
}

/* Of the parts that have the track's rate. */
static void
measure_length(SgDataset *dataset, size_t index)
{
  SgDatasetTrack *track = &dataset->tracks[index].track;
  track->n_samples = 0;
  for (size_t i = 0; i <= dataset->n_sources; i++) {
    const SgDatasetPart *part = part_at(dataset, track, i);
    if (part->rate_hz == track->rate_hz && part->n_samples > track->n_samples)
      track->n_samples = part->n_samples;
  }
}

static void
compare_lengths(SgDataset *dataset, size_t index)
{
  SgDatasetTrack *track = &dataset->tracks[index].track;
  for (size_t i = 0; i <= dataset->n_sources; i++) {
    const SgDatasetPart *part = part_at(dataset, track, i);
    int64_t missing = track->n_samples - part->n_samples;
    if (part->rate_hz == track->rate_hz && part->n_samples > 0 && missing > 0)
      sg_dataset_add_fault(
          dataset, &(SgDatasetFault){ .kind = SG_FAULT_LENGTHS_DIFFER,
                                      .is_error = (double)missing > length_tolerance_s * part->rate_hz,
                                      .track = index,
                                      .expected = track->n_samples,
                                      .actual = part->n_samples,
                                      .path = part->path });
  }
}

/* The rate that most usable tracks have. */
static uint32_t
usual_rate(const SgDataset *dataset)
{
  uint32_t usual = 0;
  size_t n_usual = 0;
  for (size_t i = 0; i < dataset->n_tracks; i++) {
    uint32_t rate_hz = dataset->tracks[i].track.rate_hz;
    size_t n = 0;
    for (size_t j = 0; rate_hz != 0 && j < dataset->n_tracks; j++)
      n += dataset->tracks[j].track.rate_hz == rate_hz;
    if (n > n_usual) {
      n_usual = n;
      usual = rate_hz;
    }
  }
  return usual;
}

SgStatus
sg_dataset_check_headers(SgDataset *dataset, bool will_listen, SgProgress progress, void *user,
                         SgError *error)
{
  for (size_t i = 0; i < dataset->n_tracks && !dataset->failed; i++) {
    if (progress != NULL && !progress((double)i / (double)dataset->n_tracks, "scan", user))
      return sg_error_set(error, SG_CANCELLED, dataset->folder, NULL);
    read_headers(dataset, i);
    compare_rates(dataset, i);
    measure_length(dataset, i);
    if (!will_listen)
      compare_lengths(dataset, i);
  }
  uint32_t usual = usual_rate(dataset);
  for (size_t i = 0; i < dataset->n_tracks; i++) {
    uint32_t rate_hz = dataset->tracks[i].track.rate_hz;
    if (rate_hz != 0 && rate_hz != usual)
      sg_dataset_add_fault(
          dataset,
          &(SgDatasetFault){ .kind = SG_FAULT_OTHER_RATE, .track = i, .expected = usual, .actual = rate_hz });
  }
  return SG_OK;
}

/* One run of listening, shared by its workers. */
typedef struct {
  SgDataset *dataset;
  SgFingerprint **fingerprints; /* [n_tracks] */
  atomic_size_t next, n_done;
  atomic_bool cancelled;
  pthread_mutex_t lock; /* of the dataset's faults */
} Listening;

/* One track that is heard: all parts in step. */
typedef struct {
  SgPartReader **readers; /* [n_sources + 1], NULL where there is no part or it has ended */
  float *block;           /* [SG_PART_BLOCK × 2] as read */
  float *sum, *mixture;   /* [SG_PART_BLOCK × 2] interleaved, mono on both */
  float *mono;            /* [SG_PART_BLOCK] */
  double difference_energy, mixture_energy;
  bool failed; /* a part could not be read to its end */
} Hearing;

static void
hearing_clear(const SgDataset *dataset, Hearing *hearing)
{
  for (size_t i = 0; hearing->readers != NULL && i <= dataset->n_sources; i++)
    sg_part_reader_free(hearing->readers[i]);
  sg_free(hearing->readers);
  sg_free(hearing->block);
  sg_free(hearing->sum);
  sg_free(hearing->mixture);
  sg_free(hearing->mono);
}

static void
note_unreadable(Listening *listening, size_t track, const SgError *error)
{
  pthread_mutex_lock(&listening->lock);
  add_unreadable(listening->dataset, track, error);
  pthread_mutex_unlock(&listening->lock);
}

/* Reads a block of one part, adds it to `to` and moves the part's length on. Blocks may come short; it is
 * filled. */
static int64_t
hear_part(Listening *listening, size_t index, size_t which, Hearing *hearing, float *to)
{
  SgDatasetPart *part = part_at(listening->dataset, &listening->dataset->tracks[index].track, which);
  SgPartReader *reader = hearing->readers[which];
  int64_t n_filled = 0, n = 0;
  do {
    SgError error;
    if (sg_part_reader_read(reader, hearing->block, SG_PART_BLOCK - n_filled, &n, &error) != SG_OK) {
      note_unreadable(listening, index, &error);
      hearing->failed = true;
      n = 0;
    }
    uint32_t n_channels = sg_part_reader_n_channels(reader);
    for (int64_t i = 0; i < n; i++)
      for (int c = 0; c < 2; c++)
        to[2 * (n_filled + i) + c] += hearing->block[n_channels == 2 ? 2 * i + c : i];
    n_filled += n;
  } while (n > 0 && n_filled < SG_PART_BLOCK);
  part->n_samples += n_filled;
  if (n == 0) {
    sg_part_reader_free(reader);
    hearing->readers[which] = NULL;
  }
  return n_filled;
}

static bool
open_parts(Listening *listening, size_t index, Hearing *hearing)
{
  SgDataset *dataset = listening->dataset;
  SgDatasetTrack *track = &dataset->tracks[index].track;
  for (size_t i = 0; i <= dataset->n_sources; i++) {
    SgDatasetPart *part = part_at(dataset, track, i);
    SgError error;
    if (part->path == NULL)
      continue;
    if (sg_part_reader_open(part, &hearing->readers[i], &error) != SG_OK) {
      note_unreadable(listening, index, &error);
      return false;
    }
    part->n_samples = 0;
  }
  return true;
}

/* Reads all parts a block on; false at the end of all. */
static bool
hear_block(Listening *listening, size_t index, Hearing *hearing)
{
  size_t n_sources = listening->dataset->n_sources;
  int64_t n_stems = 0, n_mixture = 0;
  memset(hearing->sum, 0, 2 * SG_PART_BLOCK * sizeof *hearing->sum);
  memset(hearing->mixture, 0, 2 * SG_PART_BLOCK * sizeof *hearing->mixture);
  for (size_t i = 0; i < n_sources; i++)
    if (hearing->readers[i] != NULL) {
      int64_t n = hear_part(listening, index, i, hearing, hearing->sum);
      n_stems = n > n_stems ? n : n_stems;
    }
  bool has_mixture = listening->dataset->tracks[index].track.mixture.path != NULL;
  if (hearing->readers[n_sources] != NULL)
    n_mixture = hear_part(listening, index, n_sources, hearing, hearing->mixture);
  int64_t n = n_stems > n_mixture ? n_stems : n_mixture;
  const float *heard = has_mixture ? hearing->mixture : hearing->sum;
  for (int64_t i = 0; i < n; i++) {
    for (int c = 0; c < 2; c++) {
      double difference = (double)hearing->mixture[2 * i + c] - hearing->sum[2 * i + c];
      hearing->difference_energy += difference * difference;
      hearing->mixture_energy += (double)heard[2 * i + c] * heard[2 * i + c];
    }
    hearing->mono[i] = 0.5f * (heard[2 * i] + heard[2 * i + 1]);
  }
  if (!sg_fingerprint_add(listening->fingerprints[index], hearing->mono, n)) {
    pthread_mutex_lock(&listening->lock);
    listening->dataset->failed = true;
    pthread_mutex_unlock(&listening->lock);
    return false;
  }
  return n > 0 && !hearing->failed;
}

/* What the sound of a whole track tells. */
static void
judge(Listening *listening, size_t index, const Hearing *hearing)
{
  SgDatasetTrack *track = &listening->dataset->tracks[index].track;
  if (hearing->mixture_energy == 0.0) {
    sg_dataset_add_fault(listening->dataset, &(SgDatasetFault){ .kind = SG_FAULT_EMPTY,
                                                                .is_error = true,
                                                                .track = index,
                                                                .path = track->mixture.path });
    return;
  }
  double level_db = 10.0 * log10(hearing->difference_energy / hearing->mixture_energy);
  bool is_coded = track->mixture.stream >= 0;
  if (track->mixture.path != NULL &&
      level_db > (is_coded ? coded_mixture_tolerance_db : mixture_tolerance_db))
    sg_dataset_add_fault(listening->dataset, &(SgDatasetFault){ .kind = SG_FAULT_MIXTURE_DIFFERS,
                                                                .track = index,
                                                                .level_db = level_db,
                                                                .path = track->mixture.path });
}

static void
hear_track(Listening *listening, size_t index)
{
  SgDataset *dataset = listening->dataset;
  Hearing hearing = { .readers = SG_NEW(SgPartReader *, dataset->n_sources + 1),
                      .block = SG_NEW(float, 2 * SG_PART_BLOCK),
                      .sum = SG_NEW(float, 2 * SG_PART_BLOCK),
                      .mixture = SG_NEW(float, 2 * SG_PART_BLOCK),
                      .mono = SG_NEW(float, SG_PART_BLOCK) };
  listening->fingerprints[index] = sg_fingerprint_new(dataset->tracks[index].track.rate_hz);
  bool failed = hearing.readers == NULL || hearing.block == NULL || hearing.sum == NULL ||
                hearing.mixture == NULL || hearing.mono == NULL || listening->fingerprints[index] == NULL;
  if (!failed && open_parts(listening, index, &hearing)) {
    while (!atomic_load(&listening->cancelled) && hear_block(listening, index, &hearing))
      ;
    pthread_mutex_lock(&listening->lock);
    if (!atomic_load(&listening->cancelled) && !hearing.failed)
      judge(listening, index, &hearing);
    pthread_mutex_unlock(&listening->lock);
  }
  pthread_mutex_lock(&listening->lock);
  dataset->failed |= failed;
  pthread_mutex_unlock(&listening->lock);
  hearing_clear(dataset, &hearing);
}

static void
hear_tracks(unsigned worker, void *user)
{
  Listening *listening = user;
  for (;;) {
    size_t index = atomic_fetch_add(&listening->next, 1);
    if (index >= listening->dataset->n_tracks || atomic_load(&listening->cancelled))
      return;
    /* What could not be opened before has been told; what is unusable for other reasons is still heard. */
    const SgDatasetTrack *track = &listening->dataset->tracks[index].track;
    bool readable = track->rate_hz != 0 && track->n_samples > 0;
    for (size_t i = 0; i <= listening->dataset->n_sources; i++) {
      const SgDatasetPart *part = i < listening->dataset->n_sources ? &track->stems[i] : &track->mixture;
      readable &= part->path == NULL || (part->rate_hz == track->rate_hz && part->n_channels <= 2);
    }
    if (readable)
      hear_track(listening, index);
    atomic_fetch_add(&listening->n_done, 1);
  }
}

static bool
has_fault(const SgDataset *dataset, size_t track, SgFaultKind kind)
{
  for (size_t i = 0; i < dataset->n_faults; i++)
    if (dataset->faults[i].track == track && dataset->faults[i].kind == kind)
      return true;
  return false;
}

static void
find_same_sounds(Listening *listening)
{
  SgDataset *dataset = listening->dataset;
  for (size_t i = 0; i < dataset->n_tracks; i++) {
    const SgDatasetTrack *track = &dataset->tracks[i].track;
    bool is_looked_for = track->split == SG_SPLIT_TRAIN && !has_fault(dataset, i, SG_FAULT_IN_TRAIN_BY_NAME);
    for (size_t j = 0; is_looked_for && j < dataset->n_tracks; j++) {
      const SgDatasetTrack *other = &dataset->tracks[j].track;
      if (other->split == SG_SPLIT_TRAIN || listening->fingerprints[i] == NULL ||
          listening->fingerprints[j] == NULL ||
          !sg_fingerprint_is_same(listening->fingerprints[i], listening->fingerprints[j]))
        continue;
      sg_dataset_add_fault(dataset, &(SgDatasetFault){ .kind = SG_FAULT_IN_TRAIN_BY_SOUND,
                                                       .is_error = true,
                                                       .track = i,
                                                       .detail = other->name });
      break;
    }
  }
}

SgStatus
sg_dataset_listen(SgDataset *dataset, unsigned n_threads, SgProgress progress, void *user, SgError *error)
{
  Listening listening = { .dataset = dataset, .lock = PTHREAD_MUTEX_INITIALIZER };
  listening.fingerprints = SG_NEW(SgFingerprint *, dataset->n_tracks);
  SgWorkers *workers = NULL;
  if (listening.fingerprints != NULL)
    workers =
        sg_workers_start(n_threads > 0 ? n_threads : sg_workers_default_count(), hear_tracks, &listening);
  if (workers == NULL) {
    sg_free(listening.fingerprints);
    return sg_error_set(error, SG_NO_MEMORY, dataset->folder, NULL);
  }
  do {
    double fraction = (double)atomic_load(&listening.n_done) / (double)dataset->n_tracks;
    if (progress != NULL && !progress(fraction, "listen", user))
      atomic_store(&listening.cancelled, true);
  } while (!sg_workers_wait(workers, 0.05));
  sg_workers_join(workers);
  bool cancelled = atomic_load(&listening.cancelled);
  for (size_t i = 0; i < dataset->n_tracks && !cancelled && !dataset->failed; i++)
    if (!has_fault(dataset, i, SG_FAULT_UNREADABLE)) { /* the lengths heard mean something */
      measure_length(dataset, i);
      compare_lengths(dataset, i);
    }
  if (!cancelled && !dataset->failed)
    find_same_sounds(&listening);
  for (size_t i = 0; i < dataset->n_tracks; i++)
    sg_fingerprint_free(listening.fingerprints[i]);
  sg_free(listening.fingerprints);
  return cancelled ? sg_error_set(error, SG_CANCELLED, dataset->folder, NULL) : SG_OK;
}
