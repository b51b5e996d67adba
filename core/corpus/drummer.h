/* Percussion notes played on sampled kits.
 *
 * A setup is one drawn way to play: for each piece some hits of one kit (now and then borrowed from another),
 * their pitch, level and place in the stereo picture. It borrows the kits' samples. Threads: one state, one
 * thread. Errors: SG_NO_MEMORY.
 */
#pragma once

#include "core/corpus/kit.h"
#include "core/corpus/midi-file.h"

enum { SG_DRUMMER_MAX_HITS = 3 };

typedef struct {
  struct {
    const SgClip *hits[SG_DRUMMER_MAX_HITS];
    int n_hits; /* ≥ 1 */
    double pitch_ratio;
    float gain_left, gain_right;
  } pieces[SG_N_DRUMS];
  double dynamics; /* exponent of the velocity: < 1 even, > 1 lively */
} SgDrumSetup;

/* Draws a setup from complete kits (n ≥ 1). */
SgDrumSetup sg_drum_setup_draw(const SgKit *const *kits, size_t n_kits, SgRandom *random);

/* Adds the notes (percussion keys, by start) to the clip. A closed or pedalled hi-hat stops an open one. */
void sg_drum_setup_render(const SgDrumSetup *setup, const SgMidiNote *notes, size_t n_notes, SgRandom *random,
                          SgClip *clip);
