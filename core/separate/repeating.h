/* The part of a song that repeats, by the similarity matrix (Z. Rafii and B. Pardo, "Music/voice separation
 * using the similarity matrix", ISMIR 2012), for methods that build on it.
 *
 * Of a window of frames v_t [n_window][row], magnitudes:
 *   S(t,u) = v_t·v_u / (‖v_t‖ ‖v_u‖), the cosine similarity;
 *   J_t    = the most similar frames u: the `n_similar` greatest maxima of S(t,·) that are at least
 * `threshold` and greater than all within `apart` frames of them, without those within `apart` of t itself;
 *   U(t,·) = median of v_u over J_t, or v_t itself when J_t is empty.
 *
 * Ownership: free with sg_repeating_free (NULL ignored). Threads: one object, one thread at a time. Audio
 * callback: no.
 */
#pragma once

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/status.h"

enum { SG_REPEATING_MAX_SIMILAR = 100 };

typedef struct {
  size_t row;               /* values a frame */
  size_t max_window, max_n; /* most frames of a window, and of those that U is wanted of */
  size_t n_similar;         /* ≤ SG_REPEATING_MAX_SIMILAR */
  size_t apart;             /* frames */
  float threshold;
} SgRepeatingSetup;

/* What is told of one frame's J_t. */
typedef struct {
  uint32_t n_similar;
  float similarity; /* of the most similar frame, 0 when there is none */
  int32_t distance; /* to it, in frames */
} SgRepeatingFrame;

typedef struct SgRepeating SgRepeating;

SgRepeating *sg_repeating_new(const SgRepeatingSetup *setup);
void sg_repeating_free(SgRepeating *repeating);

/* U of frames first … first + n − 1 of window[n_window][row] into out_median[n][row], and out_frames[n] (may
 * be NULL). SG_CANCELLED when *cancelled becomes true. */
SgStatus sg_repeating_run(SgRepeating *repeating, const float *window, size_t n_window, size_t first,
                          size_t n, const atomic_bool *cancelled, float *out_median,
                          SgRepeatingFrame *out_frames, SgError *error);
