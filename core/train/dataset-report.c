#include <string.h>

#include "core/train/dataset-private.h"

static double
hours_of(const SgDatasetTrack *track)
{
  return track->rate_hz > 0 ? (double)track->n_samples / track->rate_hz / 3600.0 : 0.0;
}

static SgJson *
report_sources(const SgDataset *dataset)
{
  SgJson *sources = sg_json_array_new();
  for (size_t i = 0; i < dataset->n_sources; i++) {
    int64_t n_tracks = 0;
    double hours = 0.0;
    for (size_t j = 0; j < dataset->n_tracks; j++) {
      const SgDatasetTrack *track = &dataset->tracks[j].track;
      if (track->stems[i].path == NULL || !track->is_usable)
        continue;
      n_tracks++;
      hours += hours_of(track);
    }
    SgJson *source = sg_json_object_new();
    sg_json_set_text(source, "source", dataset->sources[i]);
    sg_json_set_integer(source, "tracks", n_tracks);
    sg_json_set_number(source, "hours", hours);
    sg_json_append(sources, source);
  }
  return sources;
}

/* Whether an earlier usable track of the split is of the same song. */
static bool
is_known_song(const SgDataset *dataset, size_t index)
{
  const SgDatasetTrack *track = &dataset->tracks[index].track;
  for (size_t i = 0; i < index; i++) {
    const SgDatasetTrack *other = &dataset->tracks[i].track;
    if (other->is_usable && other->split == track->split && strcmp(other->song, track->song) == 0)
      return true;
  }
  return false;
}

static SgJson *
report_splits(const SgDataset *dataset)
{
  SgJson *splits = sg_json_object_new();
  for (int split = 0; split < SG_N_SPLITS; split++) {
    int64_t n_tracks = 0, n_songs = 0;
    double hours = 0.0;
    for (size_t i = 0; i < dataset->n_tracks; i++) {
      const SgDatasetTrack *track = &dataset->tracks[i].track;
      if (!track->is_usable || track->split != (SgSplit)split)
        continue;
      n_tracks++;
      n_songs += !is_known_song(dataset, i);
      hours += hours_of(track);
    }
    SgJson *object = sg_json_object_new();
    sg_json_set_integer(object, "tracks", n_tracks);
    sg_json_set_integer(object, "songs", n_songs);
    sg_json_set_number(object, "hours", hours);
    sg_json_set(splits, sg_split_id((SgSplit)split), object);
  }
  return splits;
}

static SgJson *
report_rates(const SgDataset *dataset)
{
  SgJson *rates = sg_json_array_new();
  for (size_t i = 0; i < dataset->n_tracks; i++) {
    uint32_t rate_hz = dataset->tracks[i].track.rate_hz;
    int64_t n = 0;
    bool seen = rate_hz == 0;
    for (size_t j = 0; j < dataset->n_tracks; j++) {
      bool same = dataset->tracks[j].track.rate_hz == rate_hz;
      seen |= same && j < i;
      n += same;
    }
    if (seen)
      continue;
    SgJson *rate = sg_json_object_new();
    sg_json_set_integer(rate, "rate_hz", rate_hz);
    sg_json_set_integer(rate, "tracks", n);
    sg_json_append(rates, rate);
  }
  return rates;
}

static SgJson *
report_fault(const SgDataset *dataset, const SgDatasetFault *fault)
{
  SgJson *object = sg_json_object_new();
  sg_json_set_text(object, "fault", sg_fault_id(fault->kind));
  sg_json_set_text(object, "severity", fault->is_error ? "error" : "warning");
  if (fault->track < dataset->n_tracks)
    sg_json_set_text(object, "track", dataset->tracks[fault->track].track.name);
  if (fault->path[0] != '\0')
    sg_json_set_text(object, "path", fault->path);
  if (fault->status != SG_OK)
    sg_json_set_text(object, "status", sg_status_id(fault->status));
  if (fault->detail[0] != '\0')
    sg_json_set_text(object, "detail", fault->detail);
  if (fault->expected != 0 || fault->actual != 0) {
    sg_json_set_integer(object, "expected", fault->expected);
    sg_json_set_integer(object, "actual", fault->actual);
  }
  if (fault->kind == SG_FAULT_MIXTURE_DIFFERS)
    sg_json_set_number(object, "level_db", fault->level_db);
  return object;
}

SgJson *
sg_dataset_report(const SgDataset *dataset)
{
  SgJson *report = sg_json_object_new(), *faults = sg_json_array_new();
  int64_t n_errors = 0;
  for (size_t i = 0; i < dataset->n_faults; i++) {
    n_errors += dataset->faults[i].is_error;
    sg_json_append(faults, report_fault(dataset, &dataset->faults[i]));
  }
  sg_json_set_text(report, "folder", dataset->folder);
  sg_json_set_text(report, "layout", sg_layout_id(dataset->layout));
  sg_json_set(report, "sources", report_sources(dataset));
  sg_json_set(report, "splits", report_splits(dataset));
  sg_json_set(report, "rates", report_rates(dataset));
  sg_json_set_integer(report, "errors", n_errors);
  sg_json_set_integer(report, "warnings", (int64_t)dataset->n_faults - n_errors);
  sg_json_set(report, "faults", faults);
  return report;
}
