#include "core/io/ogg-serial.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum {
  HEADER = 27,
  SERIAL_AT = 14,
  CHECKSUM_AT = 22,
  N_SEGMENTS_AT = 26,
  MAX_PAGE = HEADER + 255 + 255 * 255,
};

static void
put_little_endian(unsigned char *bytes, uint32_t number)
{
  for (int i = 0; i < 4; i++)
    bytes[i] = (unsigned char)(number >> 8 * i);
}

static void
fill_table(uint32_t table[256])
{
  for (uint32_t byte = 0; byte < 256; byte++) {
    uint32_t rest = byte << 24;
    for (int bit = 0; bit < 8; bit++)
      rest = rest << 1 ^ ((rest & 0x80000000u) != 0 ? 0x04c11db7u : 0);
    table[byte] = rest;
  }
}

/* Bytes of the page, or 0 where none stands. */
static size_t
page_length(const unsigned char *page, size_t n)
{
  if (n < HEADER || memcmp(page, "OggS", 4) != 0 || n < HEADER + (size_t)page[N_SEGMENTS_AT])
    return 0;
  size_t length = HEADER + (size_t)page[N_SEGMENTS_AT];
  for (size_t i = 0; i < page[N_SEGMENTS_AT]; i++)
    length += page[HEADER + i];
  return length <= n ? length : 0;
}

bool
sg_ogg_set_serial(int fd, uint32_t serial)
{
  unsigned char page[MAX_PAGE];
  uint32_t table[256];
  int64_t at = 0;
  ssize_t n;
  fill_table(table);
  while ((n = pread(fd, page, sizeof page, at)) > 0) {
    size_t length = page_length(page, (size_t)n);
    uint32_t checksum = 0;
    if (length == 0) {
      errno = EIO;
      return false;
    }
    put_little_endian(page + SERIAL_AT, serial);
    put_little_endian(page + CHECKSUM_AT, 0);
    for (size_t i = 0; i < length; i++)
      checksum = checksum << 8 ^ table[checksum >> 24 ^ page[i]];
    put_little_endian(page + CHECKSUM_AT, checksum);
    if (pwrite(fd, page, HEADER, at) != HEADER)
      return false;
    at += (int64_t)length;
  }
  return n == 0;
}
