#include "core/mask/mask-store.h"

#include <math.h>
#include <stdatomic.h>

#include "core/base/memory.h"
#include "core/base/scratch.h"

struct SgMaskStore {
  SgMaskShape shape;
  SgScratch *scratch;
  atomic_bool *ready; /* [n_chunks] */
  _Atomic int64_t n_ready;
};

static uint64_t
frame_bytes(const SgMaskShape *shape)
{
  return (uint64_t)shape->n_sources * shape->n_channels * shape->n_bins;
}

uint64_t
sg_mask_shape_bytes(SgMaskShape shape)
{
  return (uint64_t)shape.n_frames * frame_bytes(&shape);
}

int64_t
sg_mask_shape_n_chunks(SgMaskShape shape)
{
  return (shape.n_frames + shape.chunk_frames - 1) / shape.chunk_frames;
}

int64_t
sg_mask_shape_chunk(SgMaskShape shape, int64_t chunk, int64_t *out_first)
{
  *out_first = chunk * shape.chunk_frames;
  int64_t left = shape.n_frames - *out_first;
  return left < shape.chunk_frames ? left : shape.chunk_frames;
}

SgStatus
sg_mask_store_new(SgMaskShape shape, const char *scratch_folder, SgMaskStore **out_store, SgError *error)
{
  *out_store = NULL;
  SgMaskStore *store = SG_NEW(SgMaskStore, 1);
  if (store == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  store->shape = shape;
  store->ready = SG_NEW(atomic_bool, (size_t)sg_mask_shape_n_chunks(shape));
  SgStatus status = store->ready != NULL
                        ? sg_scratch_new(scratch_folder, sg_mask_shape_bytes(shape), &store->scratch, error)
                        : sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  if (status != SG_OK) {
    sg_mask_store_free(store);
    return status;
  }
  *out_store = store;
  return SG_OK;
}

void
sg_mask_store_free(SgMaskStore *store)
{
  if (store == NULL)
    return;
  sg_scratch_free(store->scratch);
  sg_free(store->ready);
  sg_free(store);
}

const SgMaskShape *
sg_mask_store_shape(const SgMaskStore *store)
{
  return &store->shape;
}

static uint8_t
encode(float mask)
{
  float clamped = mask < 0.0f ? 0.0f : mask > 1.0f ? 1.0f : mask;
  return (uint8_t)(255.0f * sqrtf(clamped) + 0.5f);
}

SgStatus
sg_mask_store_write_chunk(SgMaskStore *store, int64_t chunk, const float *masks, uint8_t *codes,
                          SgError *error)
{
  int64_t first;
  int64_t n_frames = sg_mask_shape_chunk(store->shape, chunk, &first);
  uint64_t n_codes = (uint64_t)n_frames * frame_bytes(&store->shape);
  for (uint64_t i = 0; i < n_codes; i++)
    codes[i] = encode(masks[i]);
  uint64_t offset = (uint64_t)first * frame_bytes(&store->shape);
  SgStatus status = sg_scratch_write(store->scratch, offset, codes, (size_t)n_codes, error);
  if (status != SG_OK)
    return status;
  if (!atomic_exchange_explicit(&store->ready[chunk], true, memory_order_release))
    atomic_fetch_add_explicit(&store->n_ready, 1, memory_order_release);
  return SG_OK;
}

SgStatus
sg_mask_store_read(const SgMaskStore *store, int64_t first, int64_t n, uint8_t *out_codes, SgError *error)
{
  uint64_t offset = (uint64_t)first * frame_bytes(&store->shape);
  return sg_scratch_read(store->scratch, offset, out_codes,
                         (size_t)((uint64_t)n * frame_bytes(&store->shape)), error);
}

bool
sg_mask_store_is_ready(const SgMaskStore *store, int64_t chunk)
{
  return atomic_load_explicit(&store->ready[chunk], memory_order_acquire);
}

int64_t
sg_mask_store_n_ready(const SgMaskStore *store)
{
  return atomic_load_explicit(&store->n_ready, memory_order_acquire);
}
