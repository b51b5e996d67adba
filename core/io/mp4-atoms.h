/* The atoms ("boxes") of MP4 files (ISO/IEC 14496-12 §4.2), read and written in memory.
 *
 * An atom is its size, its type (four letters) and a body, which may be atoms again. All sizes are checked
 * against the bytes that are there: an atom that reaches beyond them is not given. Nothing is allocated but
 * where stated; views point into the caller's bytes. Threads: no shared state. Audio callback: never.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/status.h"

/* `type` as text, for example "moov", ends with a zero byte; its letters may be any bytes. */
typedef struct {
  char type[5];
  const uint8_t *atom; /* from its size on */
  size_t n_atom;
  const uint8_t *body;
  size_t n_body;
} SgAtom;

/* The atom at *at, which then moves behind it; false at the end and where no whole atom follows. */
bool sg_atom_next(const uint8_t **at, const uint8_t *end, SgAtom *out_atom);

/* The first atom of each type down a path such as "moov/udta/stem", from a list of atoms. "meta" is entered
 * behind its four bytes of version and flags. */
bool sg_atom_find(const uint8_t *bytes, size_t n, const char *path, SgAtom *out_atom);

/* Big-endian numbers; `bytes` has 2, 4 or 8 of them. */
uint64_t sg_atom_number(const uint8_t *bytes, size_t n_bytes);
void sg_atom_put_number(uint8_t *bytes, size_t n_bytes, uint64_t number);

/* What the atoms of a file's top level tell. */
typedef struct {
  bool is_mp4; /* the file begins as MP4 files do */
  bool is_cut; /* an atom reaches beyond the end of the file, or a fragment's index is last, without its sound
                */
  bool is_fragmented; /* there are "moof" atoms: the index is spread over the file */
  int64_t moov_at;    /* where the index begins, -1 when there is none */
  int64_t moov_bytes;
} SgMp4Map;

/* Reads the top level of an open file; its position is not used. */
SgMp4Map sg_mp4_map(int fd);
/* The whole "moov" atom; free with sg_free. NULL when there is none, it is over 64 MiB, or memory is out. */
uint8_t *sg_mp4_read_moov(int fd, const SgMp4Map *map, size_t *out_n);

/* Where the sound of a track begins and how long it is, in ticks of `timescale` a second: the encoder's delay
 * before it and its padding behind it are left out (§8.6.6, the edit list). */
typedef struct {
  int64_t start;
  int64_t length; /* 0: not known */
  uint32_t timescale;
} SgMp4Span;

/* Of the track with this identifier in a "moov" atom. False when there is none, it says nothing, or its edits
 * are more than one cut at either end. Where the movie counts in ticks that are longer than the track's own,
 * a length that differs by less than such a tick is the track's whole one. */
bool sg_mp4_track_span(const uint8_t *moov, size_t n, uint32_t track_id, SgMp4Span *out_span);

/* Whether sg_mp4_track_span understands the edits of every track, or there are none. */
bool sg_mp4_edits_are_simple(const uint8_t *moov, size_t n);

/* iTunes' own words about the same in its tag iTunSMPB, in samples: delay, padding and true length. */
bool sg_mp4_parse_smpb(const char *text, int64_t *out_delay, int64_t *out_length);
