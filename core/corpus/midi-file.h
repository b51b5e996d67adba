/* Standard MIDI files, read as notes in seconds.
 *
 * Formats 0 and 1 with a division in ticks per quarter note [MIDI Manufacturers Association, Standard MIDI
 * Files 1.0]; the tempo map of all tracks is applied, so times are seconds from the start. Only what a
 * renderer needs is kept: notes with the program and volume in force, track names, tempi. A note that is
 * never ended ends with the file; notes of equal key and channel end first in, first out.
 *
 * Ownership: free with sg_midi_free (NULL ignored). Threads: immutable after reading. Audio callback: never.
 * Errors: SG_BAD_FORMAT with the byte in `position` (not a MIDI file, a division in frames, an event that
 * runs over the end of its track), SG_NO_MEMORY, and those of opening a file. A last track that is cut off
 * keeps what is there.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "core/base/status.h"

enum { SG_MIDI_PERCUSSION_CHANNEL = 9, SG_MIDI_NAME_SIZE = 64, SG_MIDI_MAX_TRACKS = 256 };

typedef struct {
  double start_s, duration_s;
  uint16_t track;   /* index of the MTrk chunk */
  uint8_t channel;  /* 0 … 15 */
  uint8_t key;      /* 0 … 127, 60 is middle C */
  uint8_t velocity; /* 1 … 127 */
  uint8_t program;  /* General MIDI program of the channel when the note starts, from 0 */
} SgMidiNote;

typedef struct {
  double start_s;
  double beats_per_minute;
} SgMidiTempo;

typedef struct {
  SgMidiNote *notes; /* [n_notes] by start, then by track */
  size_t n_notes;
  SgMidiTempo *tempi; /* [n_tempi] ≥ 1, by start; the first starts at 0 */
  size_t n_tempi;
  char (*track_names)[SG_MIDI_NAME_SIZE]; /* [n_tracks], "" without a name; bytes as they are there */
  size_t n_tracks;
  double duration_s; /* the end of the last note */
} SgMidi;

/* Reads a file held in memory; `path` only names it in errors. */
SgStatus sg_midi_parse(const uint8_t *bytes, size_t n_bytes, const char *path, SgMidi **out_midi,
                       SgError *error);

SgStatus sg_midi_read(const char *path, SgMidi **out_midi, SgError *error);

/* Beats per minute at `at_s`, no less than 40 and no more than 240. */
double sg_midi_tempo_at(const SgMidi *midi, double at_s);

void sg_midi_free(SgMidi *midi);
