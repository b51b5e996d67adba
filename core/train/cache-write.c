#include <errno.h>
#include <math.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "core/io/atomic-file.h"
#include "core/train/cache-format.h"

uint64_t
sg_cache_file_bytes(SgCacheShape shape, size_t n_present, int64_t n_samples, size_t key_length)
{
  uint64_t tail = shape.n_parts * sizeof(SgCachePart) +
                  n_present * sg_cache_blocks(n_samples) * sizeof(uint64_t) + key_length;
  return SG_CACHE_HEADER_BYTES + n_present * (uint64_t)n_samples * sg_cache_bytes_per_sample(shape) + tail;
}

struct SgCacheWriter {
  SgAtomicFile *file;
  SgCacheShape shape;
  char *key;
  SgCachePart *parts; /* [n_parts] */
  size_t part;        /* the one being written */
  uint64_t offset;
  uint64_t *checksums;
  size_t n_blocks, blocks_size;
  unsigned char *block; /* [SG_CACHE_BLOCK_SAMPLES] as stored */
  int64_t n_in_block;
};

static SgStatus
write_at(SgCacheWriter *writer, uint64_t offset, const void *bytes, size_t n, SgError *error)
{
  const char *from = bytes;
  while (n > 0) {
    ssize_t done = pwrite(sg_atomic_file_fd(writer->file), from, n, (off_t)offset);
    if (done < 0 && errno == EINTR)
      continue;
    if (done <= 0)
      return sg_error_set_errno(error, done < 0 ? errno : ENOSPC, SG_WRITE_FAILED,
                                sg_atomic_file_path(writer->file));
    from += done;
    offset += (uint64_t)done;
    n -= (size_t)done;
  }
  return SG_OK;
}

SgStatus
sg_cache_writer_new(const char *path, SgCacheShape shape, const char *key, SgCacheWriter **out_writer,
                    SgError *error)
{
  *out_writer = NULL;
  SgCacheWriter *writer = SG_NEW(SgCacheWriter, 1);
  if (writer == NULL)
    return sg_error_set(error, SG_NO_MEMORY, path, NULL);
  SgStatus status = SG_OK;
  writer->shape = shape;
  writer->offset = SG_CACHE_HEADER_BYTES;
  writer->key = sg_alloc(strlen(key) + 1, 1);
  writer->parts = SG_NEW(SgCachePart, shape.n_parts);
  writer->block = sg_alloc(SG_CACHE_BLOCK_SAMPLES, sg_cache_bytes_per_sample(shape));
  if (writer->key == NULL || writer->parts == NULL || writer->block == NULL)
    status = sg_error_set(error, SG_NO_MEMORY, path, NULL);
  if (status == SG_OK)
    status = sg_atomic_file_new(path, true, &writer->file, error);
  if (status != SG_OK) {
    sg_cache_writer_free(writer);
    return status;
  }
  strcpy(writer->key, key);
  if (shape.n_parts > 0)
    writer->parts[0].offset = writer->offset;
  *out_writer = writer;
  return SG_OK;
}

void
sg_cache_writer_free(SgCacheWriter *writer)
{
  if (writer == NULL)
    return;
  sg_atomic_file_free(writer->file);
  sg_free(writer->key);
  sg_free(writer->parts);
  sg_free(writer->checksums);
  sg_free(writer->block);
  sg_free(writer);
}

static SgStatus
flush_block(SgCacheWriter *writer, SgError *error)
{
  size_t n_bytes = (size_t)writer->n_in_block * sg_cache_bytes_per_sample(writer->shape);
  if (n_bytes == 0)
    return SG_OK;
  if (writer->n_blocks == writer->blocks_size) {
    size_t more = writer->blocks_size > 0 ? 2 * writer->blocks_size : 256;
    uint64_t *checksums = SG_NEW(uint64_t, more);
    if (checksums == NULL)
      return sg_error_set(error, SG_NO_MEMORY, sg_atomic_file_path(writer->file), NULL);
    if (writer->n_blocks > 0)
      memcpy(checksums, writer->checksums, writer->n_blocks * sizeof *checksums);
    sg_free(writer->checksums);
    writer->checksums = checksums;
    writer->blocks_size = more;
  }
  writer->checksums[writer->n_blocks++] = sg_cache_checksum(writer->block, n_bytes);
  SgStatus status = write_at(writer, writer->offset, writer->block, n_bytes, error);
  writer->offset += n_bytes;
  writer->n_in_block = 0;
  return status;
}

/* One value as stored; counts what is limited. */
static int16_t
to_16_bits(float value, int64_t *n_clipped)
{
  long rounded = lrintf(value * 32768.0f);
  if (rounded > INT16_MAX || rounded < INT16_MIN) {
    (*n_clipped)++;
    return rounded > 0 ? INT16_MAX : INT16_MIN;
  }
  return (int16_t)rounded;
}

SgStatus
sg_cache_writer_append(SgCacheWriter *writer, const float *interleaved, int64_t n, SgError *error)
{
  const uint32_t n_channels = writer->shape.n_channels;
  SgCachePart *part = &writer->parts[writer->part];
  while (n > 0) {
    int64_t n_now =
        SG_CACHE_BLOCK_SAMPLES - writer->n_in_block < n ? SG_CACHE_BLOCK_SAMPLES - writer->n_in_block : n;
    size_t first = (size_t)writer->n_in_block * n_channels, n_values = (size_t)n_now * n_channels;
    for (size_t i = 0; i < n_values; i++)
      part->energy += (double)interleaved[i] * interleaved[i];
    if (writer->shape.format == SG_CACHE_16)
      for (size_t i = 0; i < n_values; i++)
        ((int16_t *)(void *)writer->block)[first + i] = to_16_bits(interleaved[i], &part->n_clipped);
    else
      memcpy((float *)(void *)writer->block + first, interleaved, n_values * sizeof *interleaved);
    writer->n_in_block += n_now;
    part->n_samples += n_now;
    interleaved += n_values;
    n -= n_now;
    if (writer->n_in_block == SG_CACHE_BLOCK_SAMPLES) {
      SgStatus status = flush_block(writer, error);
      if (status != SG_OK)
        return status;
    }
  }
  return SG_OK;
}

SgStatus
sg_cache_writer_next_part(SgCacheWriter *writer, bool is_present, SgError *error)
{
  SgStatus status = flush_block(writer, error);
  SgCachePart *part = &writer->parts[writer->part++];
  if (part->n_samples == 0 && !is_present)
    part->n_samples = -1;
  if (writer->part < writer->shape.n_parts)
    writer->parts[writer->part] = (SgCachePart){ .offset = writer->offset, .first_block = writer->n_blocks };
  return status;
}

SgStatus
sg_cache_writer_finish(SgCacheWriter *writer, SgError *error)
{
  const size_t parts_bytes = writer->shape.n_parts * sizeof(SgCachePart);
  const size_t checksums_bytes = writer->n_blocks * sizeof(uint64_t), key_bytes = strlen(writer->key);
  const size_t tail_bytes = parts_bytes + checksums_bytes + key_bytes;
  unsigned char *tail = sg_alloc(tail_bytes, 1);
  if (tail == NULL)
    return sg_error_set(error, SG_NO_MEMORY, sg_atomic_file_path(writer->file), NULL);
  memcpy(tail, writer->parts, parts_bytes);
  if (checksums_bytes > 0)
    memcpy(tail + parts_bytes, writer->checksums, checksums_bytes);
  memcpy(tail + parts_bytes + checksums_bytes, writer->key, key_bytes);
  SgCacheHeader header = { .byte_order = SG_CACHE_BYTE_ORDER,
                           .version = SG_CACHE_FORMAT_VERSION,
                           .rate_hz = writer->shape.rate_hz,
                           .n_channels = writer->shape.n_channels,
                           .format = writer->shape.format,
                           .n_parts = (uint32_t)writer->shape.n_parts,
                           .tail_offset = writer->offset,
                           .tail_bytes = tail_bytes,
                           .tail_checksum = sg_cache_checksum(tail, tail_bytes),
                           .n_blocks = writer->n_blocks,
                           .key_bytes = key_bytes };
  memcpy(header.magic, SG_CACHE_MAGIC, sizeof header.magic);
  header.checksum = sg_cache_checksum(&header, offsetof(SgCacheHeader, checksum));
  SgStatus status = write_at(writer, writer->offset, tail, tail_bytes, error);
  if (status == SG_OK)
    status = write_at(writer, 0, &header, sizeof header, error);
  if (status == SG_OK)
    status = sg_atomic_file_publish(writer->file, error);
  sg_free(tail);
  return status;
}
