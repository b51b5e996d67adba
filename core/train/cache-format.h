/* What writer and reader of a track's file of the PCM cache share; only core/train/cache-file.c and
 * cache-write.c take it. */
#pragma once

#include <string.h>

#include "core/train/cache-file.h"

enum { SG_CACHE_HEADER_BYTES = 4096, SG_CACHE_BLOCK_SAMPLES = 32768, SG_CACHE_FORMAT_VERSION = 1 };

#define SG_CACHE_MAGIC "SGCACHE"
enum { SG_CACHE_BYTE_ORDER = 0x01020304 };

typedef struct {
  char magic[8];
  uint32_t byte_order, version;
  uint32_t rate_hz, n_channels, format, n_parts;
  uint64_t tail_offset, tail_bytes, tail_checksum;
  uint64_t n_blocks, key_bytes;
  uint64_t checksum; /* of what stands before it */
} SgCacheHeader;

/* n_samples −1: absent. Blocks of a part follow each other in the list of checksums from first_block on. */
typedef struct {
  int64_t n_samples;
  uint64_t offset, first_block;
  int64_t n_clipped;
  double energy;
} SgCachePart;

/* Eight bytes at a time: multiply and mix. Not against an adversary, only against accidents. */
static inline uint64_t
sg_cache_checksum(const void *bytes, size_t n)
{
  const unsigned char *at = bytes;
  uint64_t hash = 0x9e3779b97f4a7c15u ^ n, word;
  for (; n >= sizeof word; n -= sizeof word, at += sizeof word) {
    memcpy(&word, at, sizeof word);
    hash = (hash ^ word) * 0xff51afd7ed558ccdu;
    hash ^= hash >> 32;
  }
  word = 0;
  memcpy(&word, at, n);
  hash = (hash ^ word) * 0xc4ceb9fe1a85ec53u;
  return hash ^ hash >> 29;
}

static inline size_t
sg_cache_bytes_per_sample(SgCacheShape shape)
{
  return shape.n_channels * (shape.format == SG_CACHE_16 ? sizeof(int16_t) : sizeof(float));
}

static inline uint64_t
sg_cache_blocks(int64_t n_samples)
{
  return n_samples > 0 ? ((uint64_t)n_samples + SG_CACHE_BLOCK_SAMPLES - 1) / SG_CACHE_BLOCK_SAMPLES : 0;
}
