/* What electronic and film-like music puts between its sections: noise that rises or falls, swept tones, and
 * rarely a drop of the lowest octave.
 *
 * Threads: no shared state. Errors: SG_CANCELLED.
 */
#pragma once

#include "core/base/random.h"
#include "core/corpus/clip.h"

/* Adds some to the clip, each ending or starting at a bar's first beat; their peaks lie around `level`. */
SgStatus sg_sweeps_add(double beats_per_minute, float level, SgRandom *random, SgClip *clip, SgError *error);
