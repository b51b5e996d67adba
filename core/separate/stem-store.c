#include "core/separate/stem-store.h"

#include "core/base/memory.h"
#include "core/base/scratch.h"

struct SgStemStore {
  SgMaskShape shape;
  SgStftSize size;
  SgScratch *scratch;
};

static uint64_t
piece_samples(SgStftSize size, int64_t n_frames)
{
  return (uint64_t)(n_frames - 1) * size.hop + size.window;
}

/* Bytes of a chunk of so many frames. */
static uint64_t
chunk_bytes(SgMaskShape shape, SgStftSize size, int64_t n_frames)
{
  return piece_samples(size, n_frames) * shape.n_sources * shape.n_channels * sizeof(float);
}

uint64_t
sg_stem_store_bytes(SgMaskShape shape, SgStftSize size)
{
  int64_t n_chunks = sg_mask_shape_n_chunks(shape), first;
  int64_t n_last = sg_mask_shape_chunk(shape, n_chunks - 1, &first);
  return (uint64_t)(n_chunks - 1) * chunk_bytes(shape, size, shape.chunk_frames) +
         chunk_bytes(shape, size, n_last);
}

SgStatus
sg_stem_store_new(SgMaskShape shape, SgStftSize size, const char *scratch_folder, SgStemStore **out_store,
                  SgError *error)
{
  *out_store = NULL;
  SgStemStore *store = SG_NEW(SgStemStore, 1);
  if (store == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  store->shape = shape;
  store->size = size;
  SgStatus status = sg_scratch_new(scratch_folder, sg_stem_store_bytes(shape, size), &store->scratch, error);
  if (status != SG_OK) {
    sg_stem_store_free(store);
    return status;
  }
  *out_store = store;
  return SG_OK;
}

void
sg_stem_store_free(SgStemStore *store)
{
  if (store == NULL)
    return;
  sg_scratch_free(store->scratch);
  sg_free(store);
}

int64_t
sg_stem_store_piece(const SgStemStore *store, int64_t chunk, int64_t *out_start)
{
  int64_t first;
  int64_t n_frames = sg_mask_shape_chunk(store->shape, chunk, &first);
  *out_start = sg_stft_frame_start(store->size, first);
  return (int64_t)piece_samples(store->size, n_frames);
}

static uint64_t
chunk_offset(const SgStemStore *store, int64_t chunk)
{
  return (uint64_t)chunk * chunk_bytes(store->shape, store->size, store->shape.chunk_frames);
}

SgStatus
sg_stem_store_write_chunk(SgStemStore *store, int64_t chunk, const float *samples, SgError *error)
{
  int64_t first;
  int64_t n_frames = sg_mask_shape_chunk(store->shape, chunk, &first);
  return sg_scratch_write(store->scratch, chunk_offset(store, chunk), samples,
                          (size_t)chunk_bytes(store->shape, store->size, n_frames), error);
}

SgStatus
sg_stem_store_add_chunk(const SgStemStore *store, int64_t chunk, uint32_t source, uint32_t channel,
                        int64_t start, int64_t n, float *room, float *inout_samples, SgError *error)
{
  int64_t piece_start;
  int64_t n_piece = sg_stem_store_piece(store, chunk, &piece_start);
  int64_t from = start > piece_start ? start : piece_start;
  int64_t to = start + n < piece_start + n_piece ? start + n : piece_start + n_piece;
  if (to <= from)
    return SG_OK;
  uint64_t row = (uint64_t)source * store->shape.n_channels + channel;
  uint64_t sample = row * (uint64_t)n_piece + (uint64_t)(from - piece_start);
  SgStatus status = sg_scratch_read(store->scratch, chunk_offset(store, chunk) + sample * sizeof(float), room,
                                    (size_t)(to - from) * sizeof(float), error);
  for (int64_t i = 0; i < to - from && status == SG_OK; i++)
    inout_samples[from - start + i] += room[i];
  return status;
}
