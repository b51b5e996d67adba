/* One piece of chamber music as sound: its parts, mono at SG_ENSEMBLE_RATE_HZ.
 *
 * Samples are whole multiples of 2⁻²³, so files of 24 bits hold them, and sums of parts, exactly; no sum of
 * all or some parts passes full scale. Ownership: free with sg_ensemble_piece_clear. Threads: one piece, one
 * thread; a font bank belongs to one worker. Errors: SG_NOT_FOUND (no font), SG_CANCELLED, SG_NO_MEMORY,
 * those of the fonts. */
#pragma once

#include "core/corpus/ensemble.h"
#include "core/corpus/song.h"

typedef struct {
  SgEnsembleScore score;
  int64_t n;                                /* samples of every part */
  float *parts[SG_ENSEMBLE_MAX_PARTS];      /* [n] each */
  const char *fonts[SG_ENSEMBLE_MAX_PARTS]; /* the names of their files, borrowed from the bank */
} SgEnsemblePiece;

/* Renders piece->score, which is taken along. */
SgStatus sg_ensemble_piece_render(SgEnsemblePiece *piece, const SgInstruments *instruments, SgFontBank *bank,
                                  SgRandom *random, const atomic_bool *stop, SgError *error);
void sg_ensemble_piece_clear(SgEnsemblePiece *piece);
