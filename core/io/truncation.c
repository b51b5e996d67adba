#include "core/io/truncation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  OGG_MAX_PAGE = 65307,
  OGG_HEADER = 27,
  OGG_FLAGS_AT = 5,
  OGG_N_SEGMENTS_AT = 26,
  OGG_END_OF_STREAM = 4,
};

/* A file of chunks: each an identifier, a size and so many bytes, padded to `alignment`. */
typedef struct {
  const char *magic;  /* first four bytes of the file */
  int first_chunk;    /* byte at which the chunks start */
  size_t id_bytes;    /* of which the first four count */
  size_t size_bytes;  /* of the size, */
  bool is_big_endian; /* how they stand */
  bool counts_header; /* and whether identifier and size are in it */
  int64_t alignment;
  const char *data_id;
  int64_t n_before_data; /* bytes of the data chunk that are not samples */
} ChunkLayout;

static const ChunkLayout layouts[] = {
  { "RIFF", 12, 4, 4, false, false, 2, "data", 0 }, /* WAV */
  { "RF64", 12, 4, 4, false, false, 2, "data", 0 }, /* WAV over 4 GB (EBU Tech 3306) */
  { "FORM", 12, 4, 4, true, false, 2, "SSND", 8 },  /* AIFF */
  { "riff", 40, 16, 8, false, true, 8, "data", 0 }, /* W64 */
  { "caff", 8, 4, 8, true, false, 1, "data", 4 },   /* CAF */
};

static uint64_t
number(const unsigned char *bytes, size_t n, bool is_big_endian)
{
  uint64_t value = 0;
  for (size_t i = 0; i < n; i++)
    value = value << 8 | bytes[is_big_endian ? i : n - 1 - i];
  return value;
}

static int64_t
file_size(FILE *file)
{
  return fseeko(file, 0, SEEK_END) == 0 ? ftello(file) : -1;
}

/* All bits set, or none, is what programs write that do not know the size. */
static bool
is_unknown(uint64_t size, size_t size_bytes)
{
  return size == 0 || size == (size_bytes == 4 ? UINT32_MAX : UINT64_MAX) || size > INT64_MAX / 2;
}

/* Bytes of sound that the chunks announce when they are more than the file has, else 0. */
static int64_t
chunks_announced(FILE *file, const ChunkLayout *layout, int64_t size)
{
  unsigned char header[24], sizes[16];
  size_t header_bytes = layout->id_bytes + layout->size_bytes;
  uint64_t long_size = 0; /* RF64 keeps it in a chunk of its own */
  if (fseeko(file, layout->first_chunk, SEEK_SET) != 0)
    return 0;
  while (fread(header, 1, header_bytes, file) == header_bytes) {
    uint64_t chunk_bytes = number(header + layout->id_bytes, layout->size_bytes, layout->is_big_endian);
    int64_t body = ftello(file);
    bool is_data = memcmp(header, layout->data_id, 4) == 0;
    if (is_data && long_size != 0 && chunk_bytes == UINT32_MAX)
      chunk_bytes = long_size;
    else if (is_unknown(chunk_bytes, layout->size_bytes) && is_data)
      return 0;
    if (layout->counts_header)
      chunk_bytes = chunk_bytes > header_bytes ? chunk_bytes - header_bytes : 0;
    if (chunk_bytes > INT64_MAX / 2)
      return 0;
    int64_t end = body + (int64_t)chunk_bytes;
    if (is_data)
      return end > size ? (int64_t)chunk_bytes - layout->n_before_data : 0;
    if (memcmp(header, "ds64", 4) == 0 && fread(sizes, 1, sizeof sizes, file) == sizeof sizes)
      long_size = number(sizes + 8, 8, false);
    end = (end + layout->alignment - 1) / layout->alignment * layout->alignment;
    if (fseeko(file, end, SEEK_SET) != 0)
      return 0;
  }
  return 0;
}

/* The same for AU, whose header has the place and the size of the sound. */
static int64_t
au_announced(const unsigned char *head, int64_t size)
{
  uint64_t from = number(head + 4, 4, true), bytes = number(head + 8, 4, true);
  return !is_unknown(bytes, 4) && (int64_t)(from + bytes) > size ? (int64_t)bytes : 0;
}

static int64_t
announced_beyond_end(FILE *file)
{
  int64_t size = file_size(file);
  unsigned char head[12];
  if (fseeko(file, 0, SEEK_SET) != 0 || fread(head, 1, sizeof head, file) != sizeof head)
    return 0;
  if (memcmp(head, ".snd", 4) == 0)
    return au_announced(head, size);
  for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++)
    if (memcmp(head, layouts[i].magic, 4) == 0)
      return chunks_announced(file, &layouts[i], size);
  return 0;
}

/* Whether the last page of the stream lacks the end-of-stream flag or a part of itself. */
static bool
ogg_lacks_end(FILE *file)
{
  unsigned char tail[OGG_MAX_PAGE + OGG_HEADER];
  int64_t size = file_size(file);
  int64_t from = size > (int64_t)sizeof tail ? size - (int64_t)sizeof tail : 0;
  if (size < 0 || fseeko(file, from, SEEK_SET) != 0)
    return false;
  size_t n = fread(tail, 1, sizeof tail, file);
  for (size_t at = n; at-- > 0;)
    if (n - at >= OGG_HEADER && memcmp(tail + at, "OggS", 4) == 0) {
      size_t n_segments = tail[at + OGG_N_SEGMENTS_AT], end = at + OGG_HEADER + n_segments;
      for (size_t i = 0; i < n_segments && at + OGG_HEADER + i < n; i++)
        end += tail[at + OGG_HEADER + i];
      return (tail[at + OGG_FLAGS_AT] & OGG_END_OF_STREAM) == 0 || end > n;
    }
  return true;
}

bool
sg_is_truncated(const char *path, const SgAudioInfo *info, int64_t n_read, int64_t *out_n_expected)
{
  *out_n_expected = info->n_samples;
  if (n_read < info->n_samples)
    return true;
  FILE *file = fopen(path, "rbe");
  if (file == NULL)
    return false;
  int64_t announced_bytes = announced_beyond_end(file);
  bool truncated = announced_bytes > 0;
  if (truncated) {
    /* "16-bit PCM"; of a codec that packs samples the number is not known. */
    int64_t block_bytes = atoi(info->encoding) / 8 * (int64_t)info->n_channels;
    *out_n_expected = block_bytes > 0 ? announced_bytes / block_bytes : 0;
    truncated = block_bytes == 0 || *out_n_expected > n_read;
  } else if (strcmp(info->container, "Ogg") == 0 && ogg_lacks_end(file)) {
    truncated = true;
    *out_n_expected = 0;
  }
  fclose(file);
  return truncated;
}
