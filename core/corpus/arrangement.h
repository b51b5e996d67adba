/* What a rendered song plays: notes for each stem.
 *
 * Ownership: the arrangement owns its notes; sg_arrangement_clear frees them. Threads: one arrangement, one
 * thread.
 */
#pragma once

#include <stdbool.h>

#include "core/corpus/midi-file.h"
#include "core/corpus/role.h"

enum { SG_ARRANGEMENT_MAX_LANES = 9, SG_ORIGIN_SIZE = 192 };

typedef struct {
  SgMidiNote *items;
  size_t n, capacity;
} SgNotes;

/* False when memory is out. */
bool sg_notes_add(SgNotes *notes, SgMidiNote note);
void sg_notes_clear(SgNotes *notes);
/* By start, then by lane and key. */
void sg_notes_sort(SgNotes *notes);

typedef struct {
  double duration_s;
  double beats_per_minute;
  SgNotes parts[SG_N_ROLES]; /* `track` of a note in "other" is its lane, the instrument that plays it */
  unsigned n_lanes;          /* ≤ SG_ARRANGEMENT_MAX_LANES */
  uint8_t lane_programs[SG_ARRANGEMENT_MAX_LANES]; /* General MIDI program that the arranger thought of */
  bool electronic;                                 /* wants drum machines and synthesisers */
  bool is_composed;                                /* lanes mostly keep the composer's programs */
  char origin[SG_ORIGIN_SIZE];                     /* what it was made from, for the manifest */
} SgArrangement;

void sg_arrangement_clear(SgArrangement *arrangement);
