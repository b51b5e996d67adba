#include "core/base/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

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
