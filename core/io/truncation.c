#include "core/io/truncation.h"

#include <stdio.h>
#include <string.h>

enum { OGG_MAX_PAGE = 65307, OGG_HEADER = 27, OGG_FLAGS_AT = 5, OGG_END_OF_STREAM = 4 };

static uint32_t
little_endian_32(const unsigned char *bytes)
{
  return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static int64_t
file_size(FILE *file)
{
  return fseeko(file, 0, SEEK_END) == 0 ? ftello(file) : -1;
}

/* The samples that WAV's data chunk announces when they are more than the file has bytes for, else 0. A size
 * of zero or 2³²−1 is what programs write into a pipe when they do not know it. */
static int64_t
wav_announced_beyond_end(FILE *file)
{
  int64_t size = file_size(file);
  unsigned char head[12], chunk[8], format[16];
  if (fseeko(file, 0, SEEK_SET) != 0 || fread(head, 1, sizeof head, file) != sizeof head ||
      memcmp(head, "RIFF", 4) != 0 || memcmp(head + 8, "WAVE", 4) != 0)
    return 0;
  uint32_t block_bytes = 0;
  while (fread(chunk, 1, sizeof chunk, file) == sizeof chunk) {
    uint32_t chunk_bytes = little_endian_32(chunk + 4);
    int64_t body = ftello(file);
    if (memcmp(chunk, "data", 4) == 0) {
      bool unknown = chunk_bytes == 0 || chunk_bytes == UINT32_MAX;
      return !unknown && block_bytes > 0 && body + chunk_bytes > size ? chunk_bytes / block_bytes : 0;
    }
    if (memcmp(chunk, "fmt ", 4) == 0 && fread(format, 1, sizeof format, file) == sizeof format)
      block_bytes = (uint32_t)format[12] | (uint32_t)format[13] << 8;
    if (fseeko(file, body + chunk_bytes + chunk_bytes % 2, SEEK_SET) != 0)
      return 0;
  }
  return 0;
}

/* Whether the last page of the stream lacks the end-of-stream flag. */
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
    if (n - at >= OGG_HEADER && memcmp(tail + at, "OggS", 4) == 0)
      return (tail[at + OGG_FLAGS_AT] & OGG_END_OF_STREAM) == 0;
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
  int64_t announced = wav_announced_beyond_end(file);
  bool truncated = announced > n_read;
  if (truncated)
    *out_n_expected = announced;
  else if (strcmp(info->container, "Ogg") == 0 && ogg_lacks_end(file)) {
    truncated = true;
    *out_n_expected = 0;
  }
  fclose(file);
  return truncated;
}
