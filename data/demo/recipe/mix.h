#pragma once

/* The mixing desk: every part with its instrument, equaliser, compressor, place and sends, the four stems
 * they are gathered in, and the master bus over them. */

#include <stdbool.h>

#include "track.h"

typedef enum { DEMO_STEM_DRUMS, DEMO_STEM_BASS, DEMO_STEM_OTHER, DEMO_STEM_VOCALS, DEMO_N_STEMS } DemoStemId;

typedef enum { DEMO_FONT_FLUID, DEMO_FONT_MUSESCORE, DEMO_N_FONTS } DemoFontId;

typedef struct {
  const char *font_paths[DEMO_N_FONTS];
} DemoFonts;

extern const char *const demo_stem_names[DEMO_N_STEMS];

/* NULL when a font cannot be read or there is no memory. */
DemoTrack *demo_mix_stem(DemoStemId stem, const DemoFonts *fonts);

/* Compresses, raises and limits the sum of the stems by gains that all stems share. */
bool demo_master(DemoTrack *stems[DEMO_N_STEMS]);
