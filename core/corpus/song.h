/* One song of the corpus: an arrangement played by drawn instruments, mixed into four stems.
 *
 * Ownership: a song owns its clips; free with sg_song_clear. Threads: SgInstruments is shared and immutable;
 * a font bank belongs to one worker. Errors: SG_NO_MEMORY, SG_CANCELLED (`stop`,
 * may be NULL, became true), those of the fonts and the singer.
 */
#pragma once

#include "core/corpus/arrangement.h"
#include "core/corpus/clip.h"
#include "core/corpus/font.h"
#include "core/corpus/kit.h"
#include "core/corpus/vocals.h"

enum { SG_MAX_FONTS = 8, SG_MAX_KITS = 64 };

/* What there is to play on. */
typedef struct {
  const char *font_paths[SG_MAX_FONTS]; /* General MIDI sound fonts */
  size_t n_fonts;
  const char *drum_font_paths[SG_MAX_FONTS]; /* fonts that hold nothing but one drum kit */
  size_t n_drum_fonts;
  const SgKit *acoustic_kits[SG_MAX_KITS];
  size_t n_acoustic_kits;
  const SgKit *electronic_kits[SG_MAX_KITS];
  size_t n_electronic_kits;
  SgCast cast; /* neither voices nor recordings: nobody sings */
} SgInstruments;

/* The fonts a worker has open; they are opened when first wanted. */
typedef struct SgFontBank SgFontBank;

SgFontBank *sg_font_bank_new(const SgInstruments *instruments);
void sg_font_bank_free(SgFontBank *bank);
/* Font `index` of font_paths, or of drum_font_paths from n_fonts on, with its file's name; both borrowed. */
SgStatus sg_font_bank_get(SgFontBank *bank, size_t index, SgFont **out_font, const char **out_name,
                          SgError *error);

enum { SG_CREDIT_SIZE = 256 };

typedef struct {
  SgClip *stems[SG_N_ROLES];                /* NULL for a stem that the arrangement has no notes for */
  char credits[SG_N_ROLES][SG_CREDIT_SIZE]; /* who plays: for the manifest */
} SgSong;

/* Stems are equally long and their sum, the mixture, stays within full scale, as each of them does. */
SgStatus sg_song_render(const SgArrangement *arrangement, const SgInstruments *instruments, SgFontBank *bank,
                        SgRandom *random, const atomic_bool *stop, SgSong *out_song, SgError *error);
void sg_song_clear(SgSong *song);
