/* From a chunk's first estimates to its stems: Wiener EM where it is asked for, what the stems miss of the
 * mixture shared out, masks derived, and the inverse STFT.
 *
 * The estimates y_j are masks × mixture or spectra that a method gave. EM (core/mask/wiener.h) runs on blocks
 * of the chunk. Then, in each cell, with the shares m_j = |y_j| / Σ_k |y_k| (1/J where all are zero), y_j ←
 * y_j + m_j (x − Σ_k y_k), so that the stems sum to the mixture. m_j, or 0 where all are zero, is the mask
 * that is kept of the cell.
 *
 * Ownership: borrows the STFT, which must outlive it; free with sg_stem_chunk_free (NULL ignored). Threads:
 * one SgStemChunk a thread. Audio callback: no. Errors: SG_CANCELLED.
 */
#pragma once

#include <stdatomic.h>

#include "core/dsp/stft.h"
#include "core/mask/mask-store.h"

typedef struct SgStemChunk SgStemChunk;

/* For chunks of a separation with masks of this shape; `wiener_iterations` of EM on blocks of at most
 * `wiener_frames` frames. NULL when memory is out. */
SgStemChunk *sg_stem_chunk_new(const SgStft *stft, SgMaskShape shape, unsigned wiener_iterations,
                               uint32_t wiener_frames);
void sg_stem_chunk_free(SgStemChunk *chunk);

/* The chunk's mixture and first estimates. */
typedef struct {
  int64_t first, n_frames;
  const SgComplex *mixture; /* [channel][n_frames][bin] */
  const SgComplex *spectra; /* [n_frames][source][channel][bin], or NULL: the masks are the estimates */
  float *masks;             /* [n_frames][source][channel][bin]; those that are kept replace them */
  const atomic_bool *cancelled;
} SgStemEstimates;

/* The stems as the store takes them are in sg_stem_chunk_samples afterwards. */
SgStatus sg_stem_chunk_make(SgStemChunk *chunk, const SgStemEstimates *estimates, SgError *error);

/* samples[source][channel][(n_frames−1)·hop + window] of the last chunk made; borrowed. */
const float *sg_stem_chunk_samples(const SgStemChunk *chunk);
