/* A signal of a track as the measures read it: one PCM, or the exact sum of several (a mixture that is not
 * given), in double precision.
 *
 * Threads: any number may read at once. Errors: those of sg_pcm_read.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/io/pcm.h"

typedef struct {
  const SgPcm *const *pcms; /* [n_pcms], borrowed */
  size_t n_pcms;
} SgTrackSignal;

/* Whether all of pcms[n_pcms] have the rate and channels of `like`, and its length when `same_length`;
 * SG_BAD_FORMAT with "rate", "channels" or "length" otherwise. */
SgStatus sg_track_check_format(const SgPcm *const *pcms, size_t n_pcms, const SgPcm *like, bool same_length,
                               SgError *error);

/* Samples start … start+n−1 of a track of `n_track` samples into out_channels[n_channels][n]; what lies
 * outside the track or the signal is zero. floats[n_channels][n] is work space. */
SgStatus sg_track_signal_read(const SgTrackSignal *signal, int64_t n_track, int64_t start, int64_t n,
                              float *const *floats, double *const *out_channels, SgError *error);
