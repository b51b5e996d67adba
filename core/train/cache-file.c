#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "core/train/cache-format.h"

struct SgCacheFile {
  char path[PATH_MAX];
  SgCacheShape shape;
  int64_t n_samples;
  uint64_t n_blocks;
  unsigned char *tail;
  SgCachePart *parts;     /* [n_parts], in the tail */
  uint64_t *checksums;    /* [n_blocks], in the tail */
  atomic_uchar *verified; /* [n_blocks] */
};

static SgStatus
read_at(int fd, const char *path, uint64_t offset, void *out_bytes, size_t n, SgError *error)
{
  char *to = out_bytes;
  while (n > 0) {
    ssize_t done = pread(fd, to, n, (off_t)offset);
    if (done < 0 && errno == EINTR)
      continue;
    if (done < 0)
      return sg_error_set_errno(error, errno, SG_READ_FAILED, path);
    if (done == 0)
      return sg_error_set(error, SG_BAD_FORMAT, path, "length");
    to += done;
    offset += (uint64_t)done;
    n -= (size_t)done;
  }
  return SG_OK;
}

/* What of the header is wrong, or NULL. After this all its numbers can be computed with. */
static const char *
bad_header(const SgCacheHeader *header, SgCacheShape shape, uint64_t file_bytes)
{
  if (memcmp(header->magic, SG_CACHE_MAGIC, sizeof header->magic) != 0)
    return "magic";
  if (header->byte_order != SG_CACHE_BYTE_ORDER)
    return "byte order";
  if (header->version != SG_CACHE_FORMAT_VERSION)
    return "version";
  if (header->checksum != sg_cache_checksum(header, offsetof(SgCacheHeader, checksum)))
    return "header";
  if (header->rate_hz != shape.rate_hz || header->n_channels != shape.n_channels ||
      header->format != (uint32_t)shape.format || header->n_parts != shape.n_parts)
    return "shape";
  if (header->tail_offset > file_bytes || header->tail_bytes != file_bytes - header->tail_offset ||
      header->n_blocks > header->tail_bytes / sizeof(uint64_t) || header->key_bytes > header->tail_bytes ||
      header->tail_bytes !=
          shape.n_parts * sizeof(SgCachePart) + header->n_blocks * sizeof(uint64_t) + header->key_bytes)
    return "length";
  return NULL;
}

/* What of the tail is wrong, or NULL. */
static const char *
bad_tail(const SgCacheFile *file, const SgCacheHeader *header, const char *key)
{
  if (header->tail_checksum != sg_cache_checksum(file->tail, header->tail_bytes))
    return "tail";
  uint64_t offset = SG_CACHE_HEADER_BYTES, block = 0;
  for (size_t i = 0; i < file->shape.n_parts; i++) {
    const SgCachePart *part = &file->parts[i];
    if (part->offset != offset || part->first_block != block || part->n_samples < -1 ||
        part->n_samples > (int64_t)(header->tail_offset / sg_cache_bytes_per_sample(file->shape)))
      return "parts";
    block += sg_cache_blocks(part->n_samples);
    offset += part->n_samples > 0 ? (uint64_t)part->n_samples * sg_cache_bytes_per_sample(file->shape) : 0;
  }
  if (offset != header->tail_offset || block != header->n_blocks)
    return "parts";
  const unsigned char *kept = file->tail + header->tail_bytes - header->key_bytes;
  return header->key_bytes == strlen(key) && memcmp(kept, key, header->key_bytes) == 0 ? NULL : "key";
}

static SgStatus
read_tail(SgCacheFile *file, int fd, const SgCacheHeader *header, const char *key, SgError *error)
{
  file->n_blocks = header->n_blocks;
  file->tail = sg_alloc(header->tail_bytes, 1);
  file->verified = SG_NEW(atomic_uchar, header->n_blocks);
  if (file->tail == NULL || file->verified == NULL)
    return sg_error_set(error, SG_NO_MEMORY, file->path, NULL);
  file->parts = (SgCachePart *)(void *)file->tail;
  file->checksums = (uint64_t *)(void *)(file->tail + file->shape.n_parts * sizeof(SgCachePart));
  SgStatus status = read_at(fd, file->path, header->tail_offset, file->tail, header->tail_bytes, error);
  const char *bad = status == SG_OK ? bad_tail(file, header, key) : NULL;
  return bad != NULL ? sg_error_set(error, SG_BAD_FORMAT, file->path, bad) : status;
}

SgStatus
sg_cache_file_open(const char *path, SgCacheShape shape, const char *key, SgCacheFile **out_file,
                   SgError *error)
{
  *out_file = NULL;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return sg_error_set_errno(error, errno, SG_READ_FAILED, path);
  SgStatus status = SG_OK;
  struct stat info;
  SgCacheHeader header;
  SgCacheFile *file = SG_NEW(SgCacheFile, 1);
  if (file == NULL) {
    status = sg_error_set(error, SG_NO_MEMORY, path, NULL);
  } else if (fstat(fd, &info) != 0) {
    status = sg_error_set_errno(error, errno, SG_READ_FAILED, path);
  } else {
    snprintf(file->path, sizeof file->path, "%s", path);
    file->shape = shape;
    status = read_at(fd, path, 0, &header, sizeof header, error);
  }
  const char *bad = status == SG_OK ? bad_header(&header, shape, (uint64_t)info.st_size) : NULL;
  if (bad != NULL)
    status = sg_error_set(error, SG_BAD_FORMAT, path, bad);
  if (status == SG_OK)
    status = read_tail(file, fd, &header, key, error);
  close(fd);
  if (status != SG_OK) {
    sg_cache_file_free(file);
    return status;
  }
  for (size_t i = 0; i < shape.n_parts; i++)
    if (file->parts[i].n_samples > file->n_samples)
      file->n_samples = file->parts[i].n_samples;
  *out_file = file;
  return SG_OK;
}

void
sg_cache_file_free(SgCacheFile *file)
{
  if (file == NULL)
    return;
  sg_free(file->tail);
  sg_free(file->verified);
  sg_free(file);
}

int64_t
sg_cache_file_n_samples(const SgCacheFile *file)
{
  return file->n_samples;
}

bool
sg_cache_file_has(const SgCacheFile *file, size_t part)
{
  return file->parts[part].n_samples >= 0;
}

double
sg_cache_file_rms(const SgCacheFile *file, size_t part)
{
  int64_t n = file->parts[part].n_samples;
  return n > 0 ? sqrt(file->parts[part].energy / ((double)n * file->shape.n_channels)) : 0.0;
}

int64_t
sg_cache_file_n_clipped(const SgCacheFile *file, size_t part)
{
  return file->parts[part].n_clipped;
}

/* Samples first … first+n−1 of block `block` of a part into bytes; the whole block is read and checked when
 * that has not been done. *out_bytes points into `buffer` [SG_CACHE_BLOCK_SAMPLES]. */
static SgStatus
read_block(SgCacheFile *file, int fd, const SgCachePart *part, uint64_t block, int64_t first, int64_t n,
           unsigned char *buffer, const unsigned char **out_bytes, SgError *error)
{
  const size_t sample_bytes = sg_cache_bytes_per_sample(file->shape);
  uint64_t offset = part->offset + block * SG_CACHE_BLOCK_SAMPLES * sample_bytes;
  atomic_uchar *verified = &file->verified[part->first_block + block];
  *out_bytes = buffer;
  if (atomic_load_explicit(verified, memory_order_relaxed))
    return read_at(fd, file->path, offset + (uint64_t)first * sample_bytes, buffer, (size_t)n * sample_bytes,
                   error);
  int64_t rest = part->n_samples - (int64_t)(block * SG_CACHE_BLOCK_SAMPLES);
  size_t n_bytes = (size_t)(rest < SG_CACHE_BLOCK_SAMPLES ? rest : SG_CACHE_BLOCK_SAMPLES) * sample_bytes;
  SgStatus status = read_at(fd, file->path, offset, buffer, n_bytes, error);
  if (status == SG_OK && sg_cache_checksum(buffer, n_bytes) != file->checksums[part->first_block + block]) {
    /* The next run makes it again. */
    unlink(file->path);
    status = sg_error_set(error, SG_READ_FAILED, file->path, "checksum");
    if (error != NULL)
      error->position = (int64_t)offset;
  }
  if (status != SG_OK)
    return status;
  atomic_store_explicit(verified, 1, memory_order_relaxed);
  *out_bytes = buffer + (size_t)first * sample_bytes;
  return SG_OK;
}

/* `n` samples as stored, to the channels from `at` on. */
static void
unpack(SgCacheShape shape, const unsigned char *bytes, int64_t n, float *const *out_channels, int64_t at)
{
  const int16_t *integers = (const int16_t *)(const void *)bytes;
  const float *floats = (const float *)(const void *)bytes;
  for (uint32_t c = 0; c < shape.n_channels; c++)
    if (shape.format == SG_CACHE_16)
      for (int64_t i = 0; i < n; i++)
        out_channels[c][at + i] = (float)integers[i * shape.n_channels + c] / 32768.0f;
    else
      for (int64_t i = 0; i < n; i++)
        out_channels[c][at + i] = floats[i * shape.n_channels + c];
}

SgStatus
sg_cache_file_read(SgCacheFile *file, size_t which, int64_t start, int64_t n, float *const *out_channels,
                   SgError *error)
{
  const SgCachePart *part = &file->parts[which];
  int64_t from = start > 0 ? start : 0, to = start + n < part->n_samples ? start + n : part->n_samples;
  for (uint32_t c = 0; c < file->shape.n_channels; c++)
    memset(out_channels[c], 0, (size_t)n * sizeof(float));
  if (from >= to)
    return SG_OK;
  int fd = open(file->path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return sg_error_set_errno(error, errno, SG_READ_FAILED, file->path);
  unsigned char *buffer = sg_alloc(SG_CACHE_BLOCK_SAMPLES, sg_cache_bytes_per_sample(file->shape));
  SgStatus status = buffer != NULL ? SG_OK : sg_error_set(error, SG_NO_MEMORY, file->path, NULL);
  while (status == SG_OK && from < to) {
    uint64_t block = (uint64_t)from / SG_CACHE_BLOCK_SAMPLES;
    int64_t first = from % SG_CACHE_BLOCK_SAMPLES;
    int64_t n_now = SG_CACHE_BLOCK_SAMPLES - first < to - from ? SG_CACHE_BLOCK_SAMPLES - first : to - from;
    const unsigned char *bytes;
    status = read_block(file, fd, part, block, first, n_now, buffer, &bytes, error);
    if (status == SG_OK)
      unpack(file->shape, bytes, n_now, out_channels, from - start);
    from += n_now;
  }
  sg_free(buffer);
  close(fd);
  return status;
}

SgStatus
sg_cache_file_verify(SgCacheFile *file, const atomic_bool *cancelled, SgError *error)
{
  int fd = open(file->path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return sg_error_set_errno(error, errno, SG_READ_FAILED, file->path);
  unsigned char *buffer = sg_alloc(SG_CACHE_BLOCK_SAMPLES, sg_cache_bytes_per_sample(file->shape));
  SgStatus status = buffer != NULL ? SG_OK : sg_error_set(error, SG_NO_MEMORY, file->path, NULL);
  for (size_t i = 0; i < file->shape.n_parts; i++)
    for (uint64_t block = 0; status == SG_OK && block < sg_cache_blocks(file->parts[i].n_samples); block++) {
      const unsigned char *bytes;
      status = read_block(file, fd, &file->parts[i], block, 0, 0, buffer, &bytes, error);
      if (status == SG_OK && atomic_load(cancelled))
        status = sg_error_set(error, SG_CANCELLED, file->path, NULL);
    }
  sg_free(buffer);
  close(fd);
  return status;
}
