/* Instruments from a sound font, through FluidSynth.
 *
 * A font is loaded once and may render any number of parts, one after the other; equal notes and settings
 * give equal samples. Ownership: free with sg_font_free (NULL ignored). Threads: one font, one thread. Audio
 * callback: never. Errors: SG_NOT_FOUND, SG_NOT_AUDIO (not a sound font), SG_NO_MEMORY.
 */
#pragma once

#include <stdbool.h>

#include "core/corpus/clip.h"
#include "core/corpus/midi-file.h"

typedef struct SgFont SgFont;

SgStatus sg_font_open(const char *path, SgFont **out_font, SgError *error);
void sg_font_free(SgFont *font);

/* How one of the sixteen channels sounds. */
typedef struct {
  uint8_t program; /* General MIDI, from 0; on the percussion channel the kit */
  float pan;       /* −1 left … 1 right */
  float gain;      /* 0 … 1 */
  float reverb;    /* send, 0 … 1 */
  float chorus;    /* send, 0 … 1 */
} SgFontChannel;

/* Adds the notes (by start; the channel of each chooses its sound) to the clip. */
SgStatus sg_font_render(SgFont *font, const SgFontChannel channels[16], const SgMidiNote *notes,
                        size_t n_notes, SgClip *clip, SgError *error);
