/* Electronic pieces from patterns: four-to-the-floor, breakbeat, trap and half-time drums; basses on the
 * chord's root; chords, pads and arpeggios. Parts come and go every eight bars. Errors: SG_NO_MEMORY.
 * Threads: no shared state. */
#pragma once

#include "core/base/random.h"
#include "core/corpus/arrangement.h"

SgStatus sg_arrange_electronic(double duration_s, SgRandom *random, SgArrangement *out_arrangement,
                               SgError *error);

/* Adds n_bars bars of such drums at this tempo, from start_s on. False when memory is out. */
bool sg_electronic_drums(double start_s, double beats_per_minute, int n_bars, SgRandom *random,
                         SgNotes *notes);
