#include "core/io/frames.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ADTS_HEADER = 7, MP3_HEADER = 4, ID3_HEADER = 10, BLOCK = 16384 };

/* How far libmpg123 looks for the next frame (its parameter RESYNC_LIMIT). */
enum { RESYNC_BYTES = 1024 };

int64_t
sg_id3_bytes(const unsigned char *head)
{
  enum { HAS_FOOTER = 0x10 };
  int64_t n = 0;
  if (memcmp(head, "ID3", 3) != 0)
    return 0;
  for (int i = 6; i < ID3_HEADER; i++)
    n = n << 7 | (head[i] & 0x7f);
  return n + ((head[5] & HAS_FOOTER) != 0 ? 2 * ID3_HEADER : ID3_HEADER);
}

/* Bytes of the frame that begins with this header, 0 when that is none. */
static int64_t
adts_frame(const unsigned char *header)
{
  int64_t bytes = (header[3] & 3) << 11 | header[4] << 3 | header[5] >> 5;
  return header[0] == 0xff && (header[1] & 0xf6) == 0xf0 && bytes >= ADTS_HEADER ? bytes : 0;
}

static int64_t
mp3_frame(const unsigned char *header)
{
  static const int kbits[2][16] = {
    { 0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0 },
    { 0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0 },
  };
  static const int rates_hz[] = { 44100, 48000, 32000, 0 };
  static const int rate_divisors[] = { 4, 0, 2, 1 }; /* MPEG 2.5, reserved, 2, 1 */
  int divisor = rate_divisors[header[1] >> 3 & 3], rate_hz = rates_hz[header[2] >> 2 & 3];
  int kbit = kbits[divisor == 1][header[2] >> 4];
  bool is_frame = header[0] == 0xff && (header[1] & 0xe6) == 0xe2;
  if (!is_frame || divisor == 0 || rate_hz == 0 || kbit == 0)
    return 0;
  return (divisor == 1 ? 144000 : 72000) * kbit / (rate_hz / divisor) + (header[2] >> 1 & 1);
}

typedef struct {
  size_t header_bytes;
  int64_t (*frame)(const unsigned char *header);
} Layout;

/* The frame at `at`, 0 for none; *out_is_part: the file ends in what may be its header. */
static int64_t
frame_at(int fd, const Layout *layout, int64_t at, bool *out_is_part)
{
  unsigned char header[ADTS_HEADER] = { 0 };
  ssize_t n = pread(fd, header, layout->header_bytes, at);
  bool is_whole = n == (ssize_t)layout->header_bytes;
  *out_is_part = n > 0 && !is_whole && header[0] == 0xff && (n == 1 || (header[1] & 0xe0) == 0xe0);
  return is_whole ? layout->frame(header) : 0;
}

/* Where, from `at` on, a frame begins that another follows, be it cut, or with which the file ends; −1 for
 * nowhere. */
static int64_t
find_frame(int fd, const Layout *layout, int64_t at, int64_t size)
{
  unsigned char block[BLOCK];
  ssize_t n;
  while ((n = pread(fd, block, BLOCK, at)) >= (ssize_t)layout->header_bytes) {
    size_t n_starts = (size_t)n - layout->header_bytes + 1;
    for (size_t i = 0; i < n_starts; i++) {
      int64_t bytes = block[i] == 0xff ? layout->frame(block + i) : 0, next = at + (int64_t)i + bytes;
      bool is_part = false;
      if (bytes > 0 && (next == size || frame_at(fd, layout, next, &is_part) > 0 || is_part))
        return at + (int64_t)i;
    }
    at += (int64_t)n_starts;
  }
  return -1;
}

/* Whether something is missing, and where the frames end that can be reached. */
static bool
last_is_cut(int fd, const Layout *layout, int64_t resync_bytes, int64_t *out_end)
{
  unsigned char head[ID3_HEADER] = { 0 };
  struct stat status;
  *out_end = -1;
  if (fstat(fd, &status) != 0 || pread(fd, head, sizeof head, 0) < 0)
    return false;
  bool is_part;
  int64_t first = sg_id3_bytes(head);
  int64_t at =
      frame_at(fd, layout, first, &is_part) > 0 ? first : find_frame(fd, layout, first, status.st_size);
  while (at >= 0) {
    int64_t bytes = frame_at(fd, layout, at, &is_part);
    *out_end = at;
    if (is_part || at + bytes > status.st_size)
      return true;
    int64_t next = bytes > 0 ? at + bytes : find_frame(fd, layout, at, status.st_size);
    if (bytes == 0 && next >= 0 && next - at > resync_bytes)
      return true;
    at = next;
  }
  return false;
}

bool
sg_adts_is_cut(int fd)
{
  const Layout layout = { ADTS_HEADER, adts_frame };
  int64_t end;
  return last_is_cut(fd, &layout, INT64_MAX, &end);
}

bool
sg_mp3_is_cut(int fd, int64_t *out_end)
{
  const Layout layout = { MP3_HEADER, mp3_frame };
  return last_is_cut(fd, &layout, RESYNC_BYTES, out_end);
}

bool
sg_mp3_begins(int fd)
{
  const Layout layout = { MP3_HEADER, mp3_frame };
  unsigned char head[ID3_HEADER] = { 0 };
  bool is_part;
  return pread(fd, head, sizeof head, 0) >= 0 &&
         frame_at(fd, &layout, sg_id3_bytes(head), &is_part) > 0;
}
