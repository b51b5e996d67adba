/* Electric guitars: parts made for an arrangement, played by plucked strings or a font through an amplifier.
 *
 * Threads: no shared state. Errors: SG_NO_MEMORY, SG_CANCELLED, those of the font.
 */
#pragma once

#include "core/base/random.h"
#include "core/corpus/arrangement.h"
#include "core/corpus/clip.h"
#include "core/corpus/font.h"

typedef enum {
  SG_GUITAR_RHYTHM, /* power chords, held and palm-muted, on the bass line's roots */
  SG_GUITAR_LEAD    /* the highest notes of a lane, an octave up now and then */
} SgGuitarPart;

/* The notes of a part; a muted stroke has a duration below SG_GUITAR_MUTE_S. None where the arrangement has
 * nothing to go by. False when memory is out. */
#define SG_GUITAR_MUTE_S 0.12
bool sg_guitar_arrange(const SgArrangement *arrangement, SgGuitarPart part, SgRandom *random,
                       SgNotes *out_notes);

/* Plucked strings [Karplus and Strong 1983; Jaffe and Smith 1983], clean, added to both channels. */
SgStatus sg_guitar_pluck(const SgNotes *notes, SgRandom *random, SgClip *clip, SgError *error);

/* Adds a drawn part to the stem: rhythm guitars twice, left and right, leads in the middle. `font`: NULL for
 * strings only. *out_played tells whether there was anything to play. */
SgStatus sg_guitar_play(const SgArrangement *arrangement, SgFont *font, SgRandom *random, SgClip *stem,
                        bool *out_played, SgError *error);
