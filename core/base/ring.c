#include "core/base/ring.h"

#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#include "core/base/memory.h"

struct SgRing {
  float *samples;
  size_t mask; /* capacity − 1, capacity a power of two */
  _Alignas(SG_ALIGNMENT) _Atomic size_t n_written;
  _Alignas(SG_ALIGNMENT) _Atomic size_t n_read;
};

SgRing *
sg_ring_new(size_t capacity)
{
  size_t size = 1;
  while (size < capacity && size <= SIZE_MAX / 2)
    size *= 2;
  SgRing *ring = SG_NEW(SgRing, 1);
  if (ring == NULL)
    return NULL;
  ring->samples = SG_NEW(float, size);
  ring->mask = size - 1;
  if (ring->samples == NULL) {
    sg_ring_free(ring);
    return NULL;
  }
  return ring;
}

void
sg_ring_free(SgRing *ring)
{
  if (ring == NULL)
    return;
  sg_free(ring->samples);
  sg_free(ring);
}

static size_t
min_size(size_t a, size_t b)
{
  return a < b ? a : b;
}

size_t
sg_ring_readable(const SgRing *ring)
{
  return atomic_load_explicit(&ring->n_written, memory_order_acquire) -
         atomic_load_explicit(&ring->n_read, memory_order_acquire);
}

size_t
sg_ring_writable(const SgRing *ring)
{
  return ring->mask + 1 - sg_ring_readable(ring);
}

size_t
sg_ring_write(SgRing *ring, const float *samples, size_t n)
{
  size_t written = atomic_load_explicit(&ring->n_written, memory_order_relaxed);
  n = min_size(n, sg_ring_writable(ring));
  size_t at = written & ring->mask;
  size_t first = min_size(n, ring->mask + 1 - at);
  memcpy(ring->samples + at, samples, first * sizeof *samples);
  memcpy(ring->samples, samples + first, (n - first) * sizeof *samples);
  atomic_store_explicit(&ring->n_written, written + n, memory_order_release);
  return n;
}

size_t
sg_ring_read(SgRing *ring, float *out_samples, size_t n)
{
  size_t read = atomic_load_explicit(&ring->n_read, memory_order_relaxed);
  n = min_size(n, sg_ring_readable(ring));
  if (out_samples != NULL) {
    size_t at = read & ring->mask;
    size_t first = min_size(n, ring->mask + 1 - at);
    memcpy(out_samples, ring->samples + at, first * sizeof *out_samples);
    memcpy(out_samples + first, ring->samples, (n - first) * sizeof *out_samples);
  }
  atomic_store_explicit(&ring->n_read, read + n, memory_order_release);
  return n;
}

void
sg_ring_clear(SgRing *ring)
{
  atomic_store(&ring->n_read, atomic_load(&ring->n_written));
}
