/* The masks of a separation, kept in scratch.
 *
 * Shape: per frame t, source j, channel c and bin k one byte q on a square-root scale, M_j = (q/255)², laid
 * out [frame][source][channel][bin]. Every source keeps its own mask; readers renormalise so that they sum to
 * one (core/mask/strength.h). A cell that is zero everywhere, as all are that no method has reached yet, is
 * shared equally. Frames come in chunks of the separation's grid; each chunk is marked ready once, after its
 * masks are written.
 *
 * Ownership: free with sg_mask_store_free (NULL ignored). Threads: writers of different chunks and any number
 * of readers at once; readiness is atomic (a reader that sees a chunk ready sees its masks). Audio callback:
 * only sg_mask_store_is_ready and n_ready. Errors: those of core/base/scratch.h.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/base/status.h"

typedef struct {
  int64_t n_frames;
  uint32_t n_sources;
  uint32_t n_channels;
  uint32_t n_bins;
  uint32_t
      chunk_frames; /* chunk i holds frames i·chunk_frames … (i+1)·chunk_frames − 1, the last one fewer */
} SgMaskShape;

typedef struct SgMaskStore SgMaskStore;

SgStatus sg_mask_store_new(SgMaskShape shape, const char *scratch_folder, SgMaskStore **out_store,
                           SgError *error);
void sg_mask_store_free(SgMaskStore *store);
const SgMaskShape *sg_mask_store_shape(const SgMaskStore *store);

/* Bytes of scratch that such a store takes. */
uint64_t sg_mask_shape_bytes(SgMaskShape shape);

int64_t sg_mask_shape_n_chunks(SgMaskShape shape);
/* Frames of chunk `chunk`: *out_first and the count. */
int64_t sg_mask_shape_chunk(SgMaskShape shape, int64_t chunk, int64_t *out_first);

/* Writes masks[n_frames][source][channel][bin], each 0…1 (clamped), of frames first … and marks the chunk
 * ready; they must be exactly one chunk's frames. `codes` is room for as many bytes as there are masks. */
SgStatus sg_mask_store_write_chunk(SgMaskStore *store, int64_t chunk, const float *masks, uint8_t *codes,
                                   SgError *error);

/* Reads the codes of frames first … first+n−1 into out_codes[n][source][channel][bin]. */
SgStatus sg_mask_store_read(const SgMaskStore *store, int64_t first, int64_t n, uint8_t *out_codes,
                            SgError *error);

bool sg_mask_store_is_ready(const SgMaskStore *store, int64_t chunk);
int64_t sg_mask_store_n_ready(const SgMaskStore *store);
