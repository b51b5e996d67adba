/* The cells that a method's work can tell of: those of the chunk it processed last, none at first.
 *
 * Ownership: plain values. Threads: as the work it lies in. Audio callback: no.
 */
#pragma once

#include "core/separate/method.h"

typedef struct {
  int64_t first, n; /* frames of the song */
  size_t n_channels, n_bins;
} SgChunkCells;

SgChunkCells sg_chunk_cells_of(const SgMethodInput *input, size_t n_channels, size_t n_bins);

/* Which frame of the chunk the song's `frame` is; −1 where the chunk has no such cell. */
int64_t sg_chunk_cells_find(const SgChunkCells *cells, int64_t frame, uint32_t channel, uint32_t bin);
