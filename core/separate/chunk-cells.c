#include "core/separate/chunk-cells.h"

SgChunkCells
sg_chunk_cells_of(const SgMethodInput *input, size_t n_channels, size_t n_bins)
{
  return (SgChunkCells){
    .first = input->chunk_first, .n = input->chunk_n, .n_channels = n_channels, .n_bins = n_bins
  };
}

int64_t
sg_chunk_cells_find(const SgChunkCells *cells, int64_t frame, uint32_t channel, uint32_t bin)
{
  bool inside = frame >= cells->first && frame < cells->first + cells->n && channel < cells->n_channels &&
                bin < cells->n_bins;
  return inside ? frame - cells->first : -1;
}
