/* A piece of stereo sound in memory, the currency of the corpus renderers.
 *
 * Shape: two channels of n samples at SG_CORPUS_RATE_HZ, full scale ±1 (nothing is clipped here). Renderers
 * add to a clip, effects change it in place. Ownership: free with sg_clip_free (NULL ignored). Threads: one
 * clip, one thread. Errors: SG_NO_MEMORY; sg_clip_load also what decoding reports; sg_clip_save what encoding
 * reports.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/status.h"

enum { SG_CORPUS_RATE_HZ = 44100 };

typedef struct {
  int64_t n;
  float *channels[2];      /* left, right: [n] each */
  const atomic_bool *stop; /* NULL: never; else once it is true, whoever works on the clip leaves it as it is
                            * and returns soon, SG_CANCELLED where there is a status. Borrowed. */
} SgClip;

static inline bool
sg_clip_is_stopped(const SgClip *clip)
{
  return clip->stop != NULL && atomic_load_explicit(clip->stop, memory_order_relaxed);
}

/* Silence; NULL when memory is out. n ≥ 0. */
SgClip *sg_clip_new(int64_t n);
void sg_clip_free(SgClip *clip);

/* A sound file as a clip: mono on both sides, more than two channels by their first two, resampled to the
 * corpus' rate, at most max_s seconds of it. */
SgStatus sg_clip_load(const char *path, double max_s, SgClip **out_clip, SgError *error);

/* Writes the clip as 16-bit FLAC; samples over full scale are an error (SG_BAD_ARGUMENT): levels are the
 * caller's work. */
SgStatus sg_clip_save(const SgClip *clip, const char *path, SgError *error);

/* destination[at + i] += gain · source[i], what falls outside is left out. */
void sg_clip_add(SgClip *destination, int64_t at, const SgClip *source, float gain_left, float gain_right);

void sg_clip_scale(SgClip *clip, float gain);

/* The largest magnitude, 0 for silence. */
float sg_clip_peak(const SgClip *clip);

/* Root mean square over both channels, leaving out blocks of 0.1 s that are 40 dB below the loudest: the
 * level of the playing, not of the rests. 0 for silence. */
float sg_clip_level(const SgClip *clip);
