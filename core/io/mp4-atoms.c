#include "core/io/mp4-atoms.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/memory.h"

enum {
  HEADER = 8,       /* size and type */
  LONG_HEADER = 16, /* and a size of 64 bits */
  MAX_MOOV_BYTES = 64 << 20,
  MAX_TOP_ATOMS = 1 << 20,
};

uint64_t
sg_atom_number(const uint8_t *bytes, size_t n_bytes)
{
  uint64_t number = 0;
  for (size_t i = 0; i < n_bytes; i++)
    number = number << 8 | bytes[i];
  return number;
}

void
sg_atom_put_number(uint8_t *bytes, size_t n_bytes, uint64_t number)
{
  for (size_t i = n_bytes; i-- > 0; number >>= 8)
    bytes[i] = (uint8_t)number;
}

/* Size of the atom whose header is in `bytes`, and of the header. `n_left` are there from its start on; a
 * size of zero takes them all. 0 when it is no atom. */
static uint64_t
atom_size(const uint8_t *bytes, size_t n_bytes, uint64_t n_left, size_t *out_header)
{
  if (n_bytes < HEADER)
    return 0;
  uint64_t size = sg_atom_number(bytes, 4);
  *out_header = size == 1 ? LONG_HEADER : HEADER;
  if (size == 1)
    size = n_bytes < LONG_HEADER ? 0 : sg_atom_number(bytes + HEADER, 8);
  else if (size == 0)
    size = n_left;
  return size < *out_header ? 0 : size;
}

bool
sg_atom_next(const uint8_t **at, const uint8_t *end, SgAtom *out_atom)
{
  size_t n_left = (size_t)(end - *at), header;
  uint64_t size = atom_size(*at, n_left, n_left, &header);
  if (size == 0 || size > n_left)
    return false;
  *out_atom =
      (SgAtom){ .atom = *at, .n_atom = (size_t)size, .body = *at + header, .n_body = (size_t)size - header };
  memcpy(out_atom->type, *at + 4, 4);
  *at += size;
  return true;
}

bool
sg_atom_find(const uint8_t *bytes, size_t n, const char *path, SgAtom *out_atom)
{
  const uint8_t *at = bytes;
  while (sg_atom_next(&at, bytes + n, out_atom)) {
    if (strncmp(path, out_atom->type, 4) != 0)
      continue;
    if (path[4] == '\0')
      return true;
    size_t before = strcmp(out_atom->type, "meta") == 0 ? 4 : 0;
    if (out_atom->n_body < before)
      return false;
    return sg_atom_find(out_atom->body + before, out_atom->n_body - before, path + 5, out_atom);
  }
  return false;
}

SgMp4Map
sg_mp4_map(int fd)
{
  SgMp4Map map = { .moov_at = -1 };
  struct stat status;
  uint8_t bytes[LONG_HEADER];
  size_t header;
  if (fstat(fd, &status) != 0)
    return map;
  int64_t at = 0;
  bool ends_with_moof = false;
  for (int i = 0; i < MAX_TOP_ATOMS && at < status.st_size; i++) {
    ssize_t n = pread(fd, bytes, sizeof bytes, at);
    uint64_t size = atom_size(bytes, n > 0 ? (size_t)n : 0, (uint64_t)(status.st_size - at), &header);
    if (i == 0)
      map.is_mp4 = n >= HEADER && memcmp(bytes + 4, "ftyp", 4) == 0;
    if (!map.is_mp4)
      break;
    if (size == 0 || size > (uint64_t)(status.st_size - at)) {
      map.is_cut = true;
      break;
    }
    map.is_fragmented |= memcmp(bytes + 4, "moof", 4) == 0;
    if (map.moov_at < 0 && memcmp(bytes + 4, "moov", 4) == 0) {
      map.moov_at = at;
      map.moov_bytes = (int64_t)size;
    }
    at += (int64_t)size;
    ends_with_moof = memcmp(bytes + 4, "moof", 4) == 0;
  }
  map.is_cut |= ends_with_moof;
  return map;
}

uint8_t *
sg_mp4_read_moov(int fd, const SgMp4Map *map, size_t *out_n)
{
  if (map->moov_at < 0 || map->moov_bytes > MAX_MOOV_BYTES)
    return NULL;
  size_t n = (size_t)map->moov_bytes, done = 0;
  uint8_t *moov = SG_NEW(uint8_t, n);
  while (moov != NULL && done < n) {
    ssize_t count = pread(fd, moov + done, n - done, map->moov_at + (int64_t)done);
    if (count <= 0) {
      sg_free(moov);
      return NULL;
    }
    done += (size_t)count;
  }
  *out_n = n;
  return moov;
}

/* "mvhd", "mdhd" and "tkhd" begin alike: a version, two times of 32 or 64 bits, then what is wanted. `after`
 * tells how many bytes behind the times a number stands, `wide` whether the version widens it too. */
static bool
header_number(const SgAtom *atom, size_t after, bool wide, uint64_t *out_number)
{
  if (atom->n_body < 4)
    return false;
  size_t time_bytes = atom->body[0] == 1 ? 8 : 4, at = 4 + 2 * time_bytes + after;
  size_t n_bytes = wide ? time_bytes : 4;
  if (atom->n_body < at + n_bytes)
    return false;
  *out_number = sg_atom_number(atom->body + at, n_bytes);
  return true;
}

/* Timescale and duration of "mvhd" or "mdhd"; a duration that is not known is 0. */
static bool
read_clock(const SgAtom *atom, uint32_t *out_timescale, int64_t *out_duration)
{
  uint64_t timescale, duration;
  if (!header_number(atom, 0, false, &timescale) || !header_number(atom, 4, true, &duration) ||
      timescale == 0)
    return false;
  bool is_known = duration != UINT32_MAX && duration <= INT64_MAX / 2;
  *out_timescale = (uint32_t)timescale;
  *out_duration = is_known ? (int64_t)duration : 0;
  return true;
}

static bool
find_track(const uint8_t *moov, size_t n, uint32_t track_id, SgAtom *out_track)
{
  SgAtom movie, header;
  if (!sg_atom_find(moov, n, "moov", &movie))
    return false;
  const uint8_t *at = movie.body, *end = movie.body + movie.n_body;
  while (sg_atom_next(&at, end, out_track)) {
    uint64_t id;
    if (strcmp(out_track->type, "trak") == 0 &&
        sg_atom_find(out_track->body, out_track->n_body, "tkhd", &header) &&
        header_number(&header, 0, false, &id) && id == track_id)
      return true;
  }
  return false;
}

/* The one cut that the edit list makes of the track: where it begins and how long it is, in the movie's
 * ticks. An empty edit before it is a delay, which says nothing about the sound. False when there are more.
 */
static bool
read_edit(const SgAtom *list, int64_t *out_start, uint64_t *out_length)
{
  if (list->n_body < 8)
    return false;
  size_t n_bytes = list->body[0] == 1 ? 8 : 4, entry_bytes = 2 * n_bytes + 4;
  uint64_t n_entries = sg_atom_number(list->body + 4, 4);
  if (n_entries > (list->n_body - 8) / entry_bytes)
    return false;
  bool found = false;
  for (uint64_t i = 0; i < n_entries; i++) {
    const uint8_t *entry = list->body + 8 + i * entry_bytes;
    uint64_t start = sg_atom_number(entry + n_bytes, n_bytes);
    if (start == (n_bytes == 8 ? UINT64_MAX : UINT32_MAX))
      continue;
    if (found || start > INT64_MAX / 2)
      return false;
    found = true;
    *out_start = (int64_t)start;
    *out_length = sg_atom_number(entry, n_bytes);
  }
  return found;
}

bool
sg_mp4_track_span(const uint8_t *moov, size_t n, uint32_t track_id, SgMp4Span *out_span)
{
  SgAtom track, media_header, movie_header, list;
  uint32_t timescale, movie_timescale;
  int64_t media_length, movie_length, start = 0;
  uint64_t edit_length = 0;
  if (!find_track(moov, n, track_id, &track) ||
      !sg_atom_find(track.body, track.n_body, "mdia/mdhd", &media_header) ||
      !read_clock(&media_header, &timescale, &media_length) ||
      !sg_atom_find(moov, n, "moov/mvhd", &movie_header) ||
      !read_clock(&movie_header, &movie_timescale, &movie_length))
    return false;
  bool is_edited = sg_atom_find(track.body, track.n_body, "edts/elst", &list);
  if (is_edited && !read_edit(&list, &start, &edit_length))
    return false;
  int64_t whole = media_length > start ? media_length - start : 0, length = whole;
  if (edit_length > 0 && edit_length <= INT64_MAX / 2) {
    double tick = (double)timescale / movie_timescale, edited = (double)edit_length * tick;
    bool differs = whole == 0 || edited < (double)whole - (tick > 1.0 ? tick : 0.0);
    if (differs && edited < 0x1p62)
      length = (int64_t)(edited + 0.5);
  }
  *out_span = (SgMp4Span){ .start = start, .length = length, .timescale = timescale };
  return true;
}

bool
sg_mp4_edits_are_simple(const uint8_t *moov, size_t n)
{
  SgAtom movie, track, list;
  int64_t start;
  uint64_t length;
  if (!sg_atom_find(moov, n, "moov", &movie))
    return true;
  const uint8_t *at = movie.body, *end = movie.body + movie.n_body;
  while (sg_atom_next(&at, end, &track))
    if (strcmp(track.type, "trak") == 0 && sg_atom_find(track.body, track.n_body, "edts/elst", &list) &&
        !read_edit(&list, &start, &length))
      return false;
  return true;
}

bool
sg_mp4_parse_smpb(const char *text, int64_t *out_delay, int64_t *out_length)
{
  enum { DELAY = 1, PADDING = 2, LENGTH = 3, N = 4 };
  uint64_t numbers[N];
  for (int i = 0; i < N; i++) {
    char *end;
    numbers[i] = strtoull(text, &end, 16);
    if (end == text || numbers[i] > INT64_MAX / 2)
      return false;
    text = end;
  }
  *out_delay = (int64_t)numbers[DELAY];
  *out_length = (int64_t)numbers[LENGTH];
  return numbers[LENGTH] > 0;
}
