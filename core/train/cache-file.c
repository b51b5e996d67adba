#include "core/train/cache-file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "core/io/atomic-file.h"

enum { HEADER_BYTES = 4096, BLOCK_SAMPLES = 32768, FORMAT_VERSION = 1 };

static const char magic[8] = "SGCACHE";
static const uint32_t byte_order = 0x01020304;

typedef struct {
  char magic[8];
  uint32_t byte_order, version;
  uint32_t rate_hz, n_channels, format, n_parts;
  uint64_t tail_offset, tail_bytes, tail_checksum;
  uint64_t n_blocks, key_bytes;
  uint64_t checksum; /* of what stands before it */
} Header;

/* n_samples −1: absent. Blocks of a part follow each other in the list of checksums from first_block on. */
typedef struct {
  int64_t n_samples;
  uint64_t offset, first_block;
  int64_t n_clipped;
  double energy;
} Part;

/* Eight bytes at a time: multiply and mix. Not against an adversary, only against accidents. */
static uint64_t
checksum_of(const void *bytes, size_t n)
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

static size_t
bytes_per_sample(SgCacheShape shape)
{
  return shape.n_channels * (shape.format == SG_CACHE_16 ? sizeof(int16_t) : sizeof(float));
}

static uint64_t
blocks_of(int64_t n_samples)
{
  return n_samples > 0 ? ((uint64_t)n_samples + BLOCK_SAMPLES - 1) / BLOCK_SAMPLES : 0;
}

uint64_t
sg_cache_file_bytes(SgCacheShape shape, size_t n_present, int64_t n_samples, size_t key_length)
{
  uint64_t tail =
      shape.n_parts * sizeof(Part) + n_present * blocks_of(n_samples) * sizeof(uint64_t) + key_length;
  return HEADER_BYTES + n_present * (uint64_t)n_samples * bytes_per_sample(shape) + tail;
}

struct SgCacheWriter {
  SgAtomicFile *file;
  SgCacheShape shape;
  char *key;
  Part *parts; /* [n_parts] */
  size_t part; /* the one being written */
  uint64_t offset;
  uint64_t *checksums;
  size_t n_blocks, blocks_size;
  unsigned char *block; /* [BLOCK_SAMPLES] as stored */
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
  writer->offset = HEADER_BYTES;
  writer->key = sg_alloc(strlen(key) + 1, 1);
  writer->parts = SG_NEW(Part, shape.n_parts);
  writer->block = sg_alloc(BLOCK_SAMPLES, bytes_per_sample(shape));
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
  size_t n_bytes = (size_t)writer->n_in_block * bytes_per_sample(writer->shape);
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
  writer->checksums[writer->n_blocks++] = checksum_of(writer->block, n_bytes);
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
  Part *part = &writer->parts[writer->part];
  while (n > 0) {
    int64_t n_now = BLOCK_SAMPLES - writer->n_in_block < n ? BLOCK_SAMPLES - writer->n_in_block : n;
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
    if (writer->n_in_block == BLOCK_SAMPLES) {
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
  Part *part = &writer->parts[writer->part++];
  if (part->n_samples == 0 && !is_present)
    part->n_samples = -1;
  if (writer->part < writer->shape.n_parts)
    writer->parts[writer->part] = (Part){ .offset = writer->offset, .first_block = writer->n_blocks };
  return status;
}

SgStatus
sg_cache_writer_finish(SgCacheWriter *writer, SgError *error)
{
  const size_t parts_bytes = writer->shape.n_parts * sizeof(Part);
  const size_t checksums_bytes = writer->n_blocks * sizeof(uint64_t), key_bytes = strlen(writer->key);
  const size_t tail_bytes = parts_bytes + checksums_bytes + key_bytes;
  unsigned char *tail = sg_alloc(tail_bytes, 1);
  if (tail == NULL)
    return sg_error_set(error, SG_NO_MEMORY, sg_atomic_file_path(writer->file), NULL);
  memcpy(tail, writer->parts, parts_bytes);
  if (checksums_bytes > 0)
    memcpy(tail + parts_bytes, writer->checksums, checksums_bytes);
  memcpy(tail + parts_bytes + checksums_bytes, writer->key, key_bytes);
  Header header = { .byte_order = byte_order,
                    .version = FORMAT_VERSION,
                    .rate_hz = writer->shape.rate_hz,
                    .n_channels = writer->shape.n_channels,
                    .format = writer->shape.format,
                    .n_parts = (uint32_t)writer->shape.n_parts,
                    .tail_offset = writer->offset,
                    .tail_bytes = tail_bytes,
                    .tail_checksum = checksum_of(tail, tail_bytes),
                    .n_blocks = writer->n_blocks,
                    .key_bytes = key_bytes };
  memcpy(header.magic, magic, sizeof magic);
  header.checksum = checksum_of(&header, offsetof(Header, checksum));
  SgStatus status = write_at(writer, writer->offset, tail, tail_bytes, error);
  if (status == SG_OK)
    status = write_at(writer, 0, &header, sizeof header, error);
  if (status == SG_OK)
    status = sg_atomic_file_publish(writer->file, error);
  sg_free(tail);
  return status;
}

struct SgCacheFile {
  char path[PATH_MAX];
  SgCacheShape shape;
  int64_t n_samples;
  uint64_t n_blocks;
  unsigned char *tail;
  Part *parts;            /* [n_parts], in the tail */
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
bad_header(const Header *header, SgCacheShape shape, uint64_t file_bytes)
{
  if (memcmp(header->magic, magic, sizeof magic) != 0)
    return "magic";
  if (header->byte_order != byte_order)
    return "byte order";
  if (header->version != FORMAT_VERSION)
    return "version";
  if (header->checksum != checksum_of(header, offsetof(Header, checksum)))
    return "header";
  if (header->rate_hz != shape.rate_hz || header->n_channels != shape.n_channels ||
      header->format != (uint32_t)shape.format || header->n_parts != shape.n_parts)
    return "shape";
  if (header->tail_offset > file_bytes || header->tail_bytes != file_bytes - header->tail_offset ||
      header->n_blocks > header->tail_bytes / sizeof(uint64_t) || header->key_bytes > header->tail_bytes ||
      header->tail_bytes !=
          shape.n_parts * sizeof(Part) + header->n_blocks * sizeof(uint64_t) + header->key_bytes)
    return "length";
  return NULL;
}

/* What of the tail is wrong, or NULL. */
static const char *
bad_tail(const SgCacheFile *file, const Header *header, const char *key)
{
  if (header->tail_checksum != checksum_of(file->tail, header->tail_bytes))
    return "tail";
  uint64_t offset = HEADER_BYTES, block = 0;
  for (size_t i = 0; i < file->shape.n_parts; i++) {
    const Part *part = &file->parts[i];
    if (part->offset != offset || part->first_block != block || part->n_samples < -1 ||
        part->n_samples > (int64_t)(header->tail_offset / bytes_per_sample(file->shape)))
      return "parts";
    block += blocks_of(part->n_samples);
    offset += part->n_samples > 0 ? (uint64_t)part->n_samples * bytes_per_sample(file->shape) : 0;
  }
  if (offset != header->tail_offset || block != header->n_blocks)
    return "parts";
  const unsigned char *kept = file->tail + header->tail_bytes - header->key_bytes;
  return header->key_bytes == strlen(key) && memcmp(kept, key, header->key_bytes) == 0 ? NULL : "key";
}

static SgStatus
read_tail(SgCacheFile *file, int fd, const Header *header, const char *key, SgError *error)
{
  file->n_blocks = header->n_blocks;
  file->tail = sg_alloc(header->tail_bytes, 1);
  file->verified = SG_NEW(atomic_uchar, header->n_blocks);
  if (file->tail == NULL || file->verified == NULL)
    return sg_error_set(error, SG_NO_MEMORY, file->path, NULL);
  file->parts = (Part *)(void *)file->tail;
  file->checksums = (uint64_t *)(void *)(file->tail + file->shape.n_parts * sizeof(Part));
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
  Header header;
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
 * that has not been done. *out_bytes points into `buffer` [BLOCK_SAMPLES]. */
static SgStatus
read_block(SgCacheFile *file, int fd, const Part *part, uint64_t block, int64_t first, int64_t n,
           unsigned char *buffer, const unsigned char **out_bytes, SgError *error)
{
  const size_t sample_bytes = bytes_per_sample(file->shape);
  uint64_t offset = part->offset + block * BLOCK_SAMPLES * sample_bytes;
  atomic_uchar *verified = &file->verified[part->first_block + block];
  *out_bytes = buffer;
  if (atomic_load_explicit(verified, memory_order_relaxed))
    return read_at(fd, file->path, offset + (uint64_t)first * sample_bytes, buffer, (size_t)n * sample_bytes,
                   error);
  int64_t rest = part->n_samples - (int64_t)(block * BLOCK_SAMPLES);
  size_t n_bytes = (size_t)(rest < BLOCK_SAMPLES ? rest : BLOCK_SAMPLES) * sample_bytes;
  SgStatus status = read_at(fd, file->path, offset, buffer, n_bytes, error);
  if (status == SG_OK && checksum_of(buffer, n_bytes) != file->checksums[part->first_block + block]) {
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
  const Part *part = &file->parts[which];
  int64_t from = start > 0 ? start : 0, to = start + n < part->n_samples ? start + n : part->n_samples;
  for (uint32_t c = 0; c < file->shape.n_channels; c++)
    memset(out_channels[c], 0, (size_t)n * sizeof(float));
  if (from >= to)
    return SG_OK;
  int fd = open(file->path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return sg_error_set_errno(error, errno, SG_READ_FAILED, file->path);
  unsigned char *buffer = sg_alloc(BLOCK_SAMPLES, bytes_per_sample(file->shape));
  SgStatus status = buffer != NULL ? SG_OK : sg_error_set(error, SG_NO_MEMORY, file->path, NULL);
  while (status == SG_OK && from < to) {
    uint64_t block = (uint64_t)from / BLOCK_SAMPLES;
    int64_t first = from % BLOCK_SAMPLES;
    int64_t n_now = BLOCK_SAMPLES - first < to - from ? BLOCK_SAMPLES - first : to - from;
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
  unsigned char *buffer = sg_alloc(BLOCK_SAMPLES, bytes_per_sample(file->shape));
  SgStatus status = buffer != NULL ? SG_OK : sg_error_set(error, SG_NO_MEMORY, file->path, NULL);
  for (size_t i = 0; i < file->shape.n_parts; i++)
    for (uint64_t block = 0; status == SG_OK && block < blocks_of(file->parts[i].n_samples); block++) {
      const unsigned char *bytes;
      status = read_block(file, fd, &file->parts[i], block, 0, 0, buffer, &bytes, error);
      if (status == SG_OK && atomic_load(cancelled))
        status = sg_error_set(error, SG_CANCELLED, file->path, NULL);
    }
  sg_free(buffer);
  close(fd);
  return status;
}
