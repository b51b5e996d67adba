/* The stems of a separation as waveforms, 32-bit floats kept in scratch.
 *
 * Each chunk of the method's grid has a piece of its own: for every source and channel the samples that its
 * frames cover, (chunk_frames−1)·hop + window of them from sg_stft_frame_start on. Pieces of neighbours
 * overlap; a stem is their sum. As they are added when they are read, in ascending order, writers never meet
 * and the bytes depend on neither the order of work nor the number of threads.
 *
 * Space: 4 · sources · channels bytes a sample and (window − hop) samples more a chunk: an hour of four
 * stereo stems takes 5.1 GB. Ownership: free with sg_stem_store_free (NULL ignored). Threads: writers of
 * different chunks and any number of readers at once; a reader must know (from the mask store, whose chunks
 * are marked ready afterwards) that the chunk is there. Audio callback: no. Errors: those of
 * core/base/scratch.h.
 */
#pragma once

#include "core/dsp/stft.h"
#include "core/mask/mask-store.h"

typedef struct SgStemStore SgStemStore;

SgStatus sg_stem_store_new(SgMaskShape shape, SgStftSize size, const char *scratch_folder,
                           SgStemStore **out_store, SgError *error);
void sg_stem_store_free(SgStemStore *store);

/* Bytes of scratch that such a store takes. */
uint64_t sg_stem_store_bytes(SgMaskShape shape, SgStftSize size);

/* Samples of one source and channel of the chunk's piece; *out_start is the first, maybe before the song. */
int64_t sg_stem_store_piece(const SgStemStore *store, int64_t chunk, int64_t *out_start);

/* Writes samples[source][channel][piece]. */
SgStatus sg_stem_store_write_chunk(SgStemStore *store, int64_t chunk, const float *samples, SgError *error);

/* Adds what the chunk's piece has of samples start … start+n−1 to inout_samples[n]; `room` holds n floats. */
SgStatus sg_stem_store_add_chunk(const SgStemStore *store, int64_t chunk, uint32_t source, uint32_t channel,
                                 int64_t start, int64_t n, float *room, float *inout_samples, SgError *error);
