#include <string.h>

#include "core/train/dataset-part.h"
#include "core/train/dataset-private.h"

/* Parts whose lengths differ by less are padded with silence. */
static const double length_tolerance_s = 0.05;

SgDatasetPart *
sg_dataset_part_at(const SgDataset *dataset, SgDatasetTrack *track, size_t index)
{
  return index < dataset->n_sources ? &track->stems[index] : &track->mixture;
}

void
sg_dataset_add_unreadable(SgDataset *dataset, size_t track, const SgError *reason)
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
    SgDatasetPart *part = sg_dataset_part_at(dataset, track, i);
    SgPartReader *reader;
    SgError error;
    /* Several parts may be in one file; what is wrong with that is told once. */
    if (part->path == NULL || (bad_path != NULL && strcmp(part->path, bad_path) == 0))
      continue;
    if (sg_part_reader_open(part, &reader, &error) != SG_OK) {
      bad_path = part->path;
      sg_dataset_add_unreadable(dataset, index, &error);
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
    SgDatasetPart *part = sg_dataset_part_at(dataset, track, i);
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
void
sg_dataset_measure_length(SgDataset *dataset, size_t index)
{
  SgDatasetTrack *track = &dataset->tracks[index].track;
  track->n_samples = 0;
  for (size_t i = 0; i <= dataset->n_sources; i++) {
    const SgDatasetPart *part = sg_dataset_part_at(dataset, track, i);
    if (part->rate_hz == track->rate_hz && part->n_samples > track->n_samples)
      track->n_samples = part->n_samples;
  }
}

void
sg_dataset_compare_lengths(SgDataset *dataset, size_t index)
{
  SgDatasetTrack *track = &dataset->tracks[index].track;
  for (size_t i = 0; i <= dataset->n_sources; i++) {
    const SgDatasetPart *part = sg_dataset_part_at(dataset, track, i);
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
    sg_dataset_measure_length(dataset, i);
    if (!will_listen)
      sg_dataset_compare_lengths(dataset, i);
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
