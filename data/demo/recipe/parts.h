#pragma once

/* Plays notes with one instrument of a sound font, offline, with FluidSynth. */

#include <stdbool.h>

#include "arrange.h"
#include "track.h"

typedef struct {
  const char *font_path;
  bool drums;
  int bank;
  int program;
} DemoInstrument;

/* Plays into TRACK, over what it holds. False if the font cannot be read or lacks the instrument. */
bool demo_part_play(const DemoInstrument *instrument, const DemoNotes *notes, DemoTrack *track);
