/* What the method "classic" looks at in every cell of one channel: how the cell compares with what medians of
 * several lengths and windows of several lengths make of it.
 *
 * With V = |X|, ln⁻ a logarithm that is cut off below silence, and A ∧ B = ln⁻(A/B):
 *   percussive      P ∧ V, P the median along frequency (31 bins)
 *   held-…          H ∧ V, H the median along time (9, 31, 101 frames)
 *   hit             D ∧ V, D the percussive part in a window of a quarter of the length
 *   tone            T ∧ V, T the harmonic part in a window of four times the length
 *   between         ln((V² − D² − T²)/V² + 0.01): neither of the two, as a voice is
 *   onset           the frame's level over the mean of the frames around it
 *   rise            V(t) ∧ V(t−2)
 *   usual           V ∧ the bin's level over the whole window
 *   peak            V ∧ the mean over the bins around it
 *   hits-in-frame   Σ p·V²/ΣV² over the frame, p = P²/(P² + H²)
 *   hits-in-band    the same over the bins around the cell
 *   level           V ∧ the level of the whole window
 *
 * Ownership: free with sg_classic_cues_free (NULL ignored). Threads: one object, one thread at a time. Audio
 * callback: no.
 */
#pragma once

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/status.h"
#include "core/dsp/stft.h"

typedef enum {
  SG_CUE_PERCUSSIVE,
  SG_CUE_HELD_SHORT,
  SG_CUE_HELD,
  SG_CUE_HELD_LONG,
  SG_CUE_HIT,
  SG_CUE_TONE,
  SG_CUE_BETWEEN,
  SG_CUE_ONSET,
  SG_CUE_RISE,
  SG_CUE_USUAL,
  SG_CUE_PEAK,
  SG_CUE_HITS_IN_FRAME,
  SG_CUE_HITS_IN_BAND,
  SG_CUE_LEVEL,
  SG_N_CUES
} SgCue;

typedef struct SgClassicCues SgClassicCues;

/* For windows of up to max_window frames, in which cues of up to max_n frames are wanted. */
SgClassicCues *sg_classic_cues_new(SgStftSize size, uint32_t rate_hz, size_t max_window, size_t max_n);
void sg_classic_cues_free(SgClassicCues *cues);

/* Cues of frames first … first + n − 1 of a window: spectra[n_window][n_bins] and the samples[(n_window −
 * 1)·hop + window] that they were made of. SG_CANCELLED when *cancelled becomes true. */
SgStatus sg_classic_cues_run(SgClassicCues *cues, const SgComplex *spectra, const float *samples,
                             size_t n_window, size_t first, size_t n, const atomic_bool *cancelled,
                             SgError *error);

/* The plane [n][n_bins] of a cue after run; borrowed. */
const float *sg_classic_cues_plane(const SgClassicCues *cues, SgCue cue);
