/* A room: a feedback delay network of eight lines [Jot and Chaigne 1991] mixed by a Householder matrix.
 *
 * Threads: no shared state. Errors: SG_NO_MEMORY.
 */
#pragma once

#include "core/corpus/clip.h"

/* Adds `wet` times the room's answer to the clip. time_s: to −60 dB; damping 0 … 1 shortens the highs. */
SgStatus sg_reverb(SgClip *clip, double wet, double time_s, double pre_delay_s, double damping,
                   SgError *error);
