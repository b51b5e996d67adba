#include "core/base/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

void *
sg_alloc(size_t count, size_t size)
{
  size_t bytes;
  if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX - SG_ALIGNMENT)
    return NULL;
  size_t rounded = (bytes + SG_ALIGNMENT - 1) / SG_ALIGNMENT * SG_ALIGNMENT;
  if (rounded == 0)
    rounded = SG_ALIGNMENT;
  void *memory = aligned_alloc(SG_ALIGNMENT, rounded);
  if (memory != NULL)
    memset(memory, 0, rounded);
  return memory;
}

void
sg_free(void *memory)
{
  free(memory);
}

void
sg_memory_give_back(void)
{
#ifdef __GLIBC__
  enum { BLOCK_BYTES = 128 * 1024, TOP_BYTES = 4 * 1024 * 1024 };
  mallopt(M_MMAP_THRESHOLD, BLOCK_BYTES); /* a fixed one; else it grows to what was freed */
  mallopt(M_TRIM_THRESHOLD, TOP_BYTES);
#endif
}
