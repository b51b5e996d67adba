#pragma once

/* From the score to notes with times and velocities as a player would give them: small deviations from a
 * fixed seed, dynamics of the section, accents. */

#include <stddef.h>

enum { DEMO_MAX_NOTES = 2048 };

typedef struct {
  double start_s;
  double end_s;
  int key;
  int velocity; /* 1 to 127 */
} DemoNote;

typedef struct {
  size_t n;
  DemoNote notes[DEMO_MAX_NOTES]; /* in order of their start */
} DemoNotes;

typedef enum {
  DEMO_PART_KICK,
  DEMO_PART_SNARE,
  DEMO_PART_HATS,
  DEMO_PART_TOMS,
  DEMO_PART_CYMBALS,
  DEMO_PART_TAMBOURINE,
  DEMO_PART_BASS,
  DEMO_PART_KEYS,
  DEMO_PART_GUITAR,
  DEMO_PART_STRINGS,
  DEMO_N_PARTS
} DemoPartId;

void demo_arrange(DemoPartId part, DemoNotes *out_notes);
