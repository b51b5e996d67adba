#include "core/io/truncation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/io/frames.h"
#include "core/io/mp4-atoms.h"

enum {
  OGG_MAX_PAGE = 65307,
  OGG_HEADER = 27,
  OGG_FLAGS_AT = 5,
  OGG_N_SEGMENTS_AT = 26,
  OGG_BEGIN_OF_STREAM = 2,
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

/* Whether a stream begins behind pages of another: a chain (RFC 3533 §4), of which libsndfile reads the first
 * link. */
static bool
ogg_is_chained(FILE *file)
{
  unsigned char page[OGG_HEADER + 255];
  int64_t at = 0;
  bool has_begun = false;
  for (;;) {
    size_t n = fseeko(file, at, SEEK_SET) == 0 ? fread(page, 1, sizeof page, file) : 0;
    if (n < OGG_HEADER || memcmp(page, "OggS", 4) != 0 || n < OGG_HEADER + (size_t)page[OGG_N_SEGMENTS_AT])
      return false;
    bool begins = (page[OGG_FLAGS_AT] & OGG_BEGIN_OF_STREAM) != 0;
    if (begins && has_begun)
      return true;
    has_begun |= !begins;
    at += OGG_HEADER + page[OGG_N_SEGMENTS_AT];
    for (size_t i = 0; i < page[OGG_N_SEGMENTS_AT]; i++)
      at += page[OGG_HEADER + i];
  }
}

/* A number of EBML (RFC 8794 §4): its first byte tells its length. Moves *at behind it; all ones mean
 * unknown. */
static bool
ebml_size(const unsigned char *bytes, size_t n, size_t *at, uint64_t *out_size)
{
  if (*at >= n || bytes[*at] == 0)
    return false;
  size_t n_bytes = (size_t)__builtin_clz(bytes[*at]) - 23;
  if (*at + n_bytes > n)
    return false;
  uint64_t mask = (1ull << 7 * n_bytes) - 1;
  *out_size = number(bytes + *at, n_bytes, true) & mask;
  *at += n_bytes;
  return *out_size != mask;
}

/* Matroska is a header and one segment that has all the rest. */
static bool
matroska_is_cut(const unsigned char *head, size_t n, int64_t size)
{
  uint64_t header, segment;
  size_t at = 4;
  if (!ebml_size(head, n, &at, &header) || header > n - at)
    return false;
  at += header + 4;
  return ebml_size(head, n, &at, &segment) && segment > (uint64_t)size - at;
}

/* The file properties in the header of ASF (§3.2 of its specification) have the size of the file. */
static bool
asf_is_cut(const unsigned char *head, size_t n, int64_t size)
{
  static const unsigned char properties[] = { 0xa1, 0xdc, 0xab, 0x8c, 0x47, 0xa9, 0xcf, 0x11,
                                              0x8e, 0xe4, 0x00, 0xc0, 0x0c, 0x20, 0x53, 0x65 };
  enum { FIRST = 30, SIZE_AT = 40, FLAGS_AT = 88, WHOLE = 104, IS_BROADCAST = 1 };
  size_t at = FIRST;
  while (at + WHOLE <= n) {
    uint64_t object = number(head + at + 16, 8, false);
    if (memcmp(head + at, properties, sizeof properties) == 0)
      return (head[at + FLAGS_AT] & IS_BROADCAST) == 0 &&
             number(head + at + SIZE_AT, 8, false) > (uint64_t)size;
    if (object < 24 || object > n - at)
      break;
    at += object;
  }
  return false;
}

/* Whether a container that FFmpeg reads ends before its end. */
static bool
container_is_cut(FILE *file)
{
  unsigned char head[4096];
  int64_t size = file_size(file);
  if (size < 0 || fseeko(file, 0, SEEK_SET) != 0)
    return false;
  size_t n = fread(head, 1, sizeof head, file);
  if (n < 16)
    return false;
  if (memcmp(head, "\x1a\x45\xdf\xa3", 4) == 0)
    return matroska_is_cut(head, n, size);
  if (memcmp(head, "\x30\x26\xb2\x75", 4) == 0)
    return asf_is_cut(head, n, size);
  if (memcmp(head, "RIFF", 4) == 0 && memcmp(head + 8, "AVI ", 4) == 0)
    return number(head + 4, 4, false) > (uint64_t)size - 8;
  int64_t field_at, base;
  return sg_mp4_map(fileno(file)).is_cut || sg_announced_bytes(fileno(file), &field_at, &base) > size;
}

/* Whether the table of packets of a CAF file, which may stand behind the sound, runs over the file's end. */
static bool
caf_table_is_cut(FILE *file)
{
  enum { FIRST = 8, HEADER = 12 };
  unsigned char header[HEADER];
  struct stat status;
  int64_t at = FIRST;
  if (fstat(fileno(file), &status) != 0)
    return false;
  while (pread(fileno(file), header, HEADER, at) == HEADER) {
    uint64_t bytes = number(header + 4, 8, true);
    if (bytes > (uint64_t)status.st_size)
      return memcmp(header, "pakt", 4) == 0;
    at += HEADER + (int64_t)bytes;
    if (memcmp(header, "pakt", 4) == 0)
      return at > status.st_size;
  }
  return false;
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
  int64_t announced_bytes = announced_beyond_end(file), end;
  bool truncated = announced_bytes > 0;
  if (truncated) {
    /* "16-bit PCM"; of a codec that packs samples the number is not known. */
    int64_t block_bytes = atoi(info->encoding) / 8 * (int64_t)info->n_channels;
    *out_n_expected = block_bytes > 0 ? announced_bytes / block_bytes : 0;
    truncated = block_bytes == 0 || *out_n_expected > n_read;
  } else if (strcmp(info->container, "Ogg") == 0   ? ogg_lacks_end(file) || ogg_is_chained(file)
             : strcmp(info->container, "CAF") == 0 ? caf_table_is_cut(file)
             : strcmp(info->container, "MP3") == 0 ? info->n_samples == 0 && sg_mp3_is_cut(fileno(file), &end)
             : strcmp(info->container, "ADTS") == 0 ? sg_adts_is_cut(fileno(file))
                                                    : info->n_samples == 0 && container_is_cut(file)) {
    truncated = true;
    *out_n_expected = 0;
  }
  fclose(file);
  return truncated;
}

/* Where the chunk of sound of a CAF file ends. */
static int64_t
caf_announced(int fd, int64_t size)
{
  enum { FIRST = 8, HEADER = 12 };
  unsigned char header[HEADER];
  int64_t at = FIRST;
  while (pread(fd, header, HEADER, at) == HEADER) {
    uint64_t bytes = number(header + 4, 8, true);
    if (is_unknown(bytes, 8))
      return 0;
    int64_t end = at + HEADER + (int64_t)bytes;
    if (memcmp(header, "data", 4) == 0)
      return end > size ? end : 0;
    at = end;
  }
  return 0;
}

enum { XING_FRAME = 64, XING_HAS_FRAMES = 1, XING_HAS_BYTES = 2 };

/* Where the Xing or Info tag stands behind the header of an MPEG layer III frame, or 0 when that is none. */
static size_t
xing_offset(const unsigned char *header)
{
  bool is_layer_3 = header[0] == 0xff && (header[1] & 0xe6) == 0xe2;
  bool is_mpeg_1 = (header[1] & 0x08) != 0, is_mono = header[3] >> 6 == 3;
  if (!is_layer_3 || header[2] >> 4 == 15)
    return 0;
  return 4 + (size_t)(is_mpeg_1 ? is_mono ? 17 : 32 : is_mono ? 9 : 17);
}

/* The first frame of an MPEG layer III file: where it stands, and where in it the Xing or Info tag is; 0 for
 * none. */
static size_t
find_xing(int fd, const unsigned char *head, unsigned char frame[XING_FRAME], int64_t *out_at)
{
  *out_at = sg_id3_bytes(head);
  if (pread(fd, frame, XING_FRAME, *out_at) != XING_FRAME)
    return 0;
  size_t tag = xing_offset(frame);
  bool has_tag = tag > 0 && (memcmp(frame + tag, "Xing", 4) == 0 || memcmp(frame + tag, "Info", 4) == 0);
  return has_tag ? tag : 0;
}

/* The bytes that the tag in the first frame counts, from that frame on. */
static int64_t
mp3_announced(int fd, const unsigned char *head, int64_t *out_field_at, int64_t *out_base)
{
  unsigned char frame[XING_FRAME];
  int64_t at;
  size_t tag = find_xing(fd, head, frame, &at);
  if (tag == 0 || (frame[tag + 7] & XING_HAS_BYTES) == 0)
    return 0;
  size_t bytes_at = tag + ((frame[tag + 7] & XING_HAS_FRAMES) != 0 ? 12 : 8);
  *out_field_at = at + (int64_t)bytes_at;
  *out_base = at;
  return at + (int64_t)number(frame + bytes_at, 4, true);
}

bool
sg_mp3_tells_length(int fd)
{
  unsigned char head[16], frame[XING_FRAME];
  int64_t at;
  if (pread(fd, head, sizeof head, 0) != sizeof head)
    return false;
  size_t tag = find_xing(fd, head, frame, &at);
  return tag > 0 && (frame[tag + 7] & XING_HAS_FRAMES) != 0;
}

int64_t
sg_announced_bytes(int fd, int64_t *out_field_at, int64_t *out_base)
{
  unsigned char head[16];
  struct stat status;
  *out_field_at = *out_base = -1;
  if (fstat(fd, &status) != 0 || pread(fd, head, sizeof head, 0) != sizeof head)
    return 0;
  if (memcmp(head, "caff", 4) == 0)
    return caf_announced(fd, status.st_size);
  return mp3_announced(fd, head, out_field_at, out_base);
}
