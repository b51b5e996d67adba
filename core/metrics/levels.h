/* How a track is cut for scoring, and the energies that scores are made of.
 *
 * Segments are the windows of BSS Eval v4 (one second each, hop one second) and, where the length is not a
 * multiple, the remainder, which belongs to the whole track but to no window. A track shorter than a second
 * is one window.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>

#include "core/metrics/tasks.h"
#include "core/metrics/track-signal.h"

typedef struct {
  int64_t n_samples; /* of the track */
  uint32_t n_channels;
  int64_t window_samples;
  int64_t n_windows;
  int64_t n_segments; /* n_windows, or one more */
  bool is_short;      /* shorter than a second */
} SgSegments;

SgSegments sg_segments_of(const SgPcm *track);

/* The samples of a segment: its start and, as the result, how many. */
int64_t sg_segment_range(const SgSegments *segments, int64_t segment, int64_t *out_start);

/* A pair to be scored: an estimate and the source it stands for, as indices of the lists below. */
typedef struct {
  size_t source, estimate;
} SgScorePair;

typedef struct {
  SgSegments segments;
  const SgTrackSignal *sources; /* [n_sources] */
  size_t n_sources;
  const SgTrackSignal *estimates; /* [n_estimates] */
  size_t n_estimates;
  const SgScorePair *pairs; /* [n_pairs] */
  size_t n_pairs;
  const double *gains; /* [n_pairs] α, or NULL: 1 */
  unsigned n_threads;
} SgLevelsSetup;

/* Per segment and signal (sources, then estimates): Σ x² over all channels, and whether the sum of the
 * channels is zero at every sample (the test for silence of museval). */
typedef struct {
  double energy;
  bool silent;
} SgLevel;

/* Per segment and pair: ⟨s,ŝ⟩ and ‖ŝ − α·s‖². */
typedef struct {
  double product, error;
} SgPairLevel;

/* out_levels[n_segments][n_sources + n_estimates], out_pairs[n_segments][n_pairs] (NULL when there are none).
 * SG_BAD_SAMPLE where a sample is not finite. */
SgStatus sg_levels(const SgLevelsSetup *setup, const SgTasksProgress *progress, SgLevel *out_levels,
                   SgPairLevel *out_pairs, SgError *error);
