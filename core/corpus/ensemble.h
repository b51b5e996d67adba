/* Building a corpus of chamber music in the layout of URMP.
 *
 * Writes FOLDER/{train,valid,test}/SEED-NNNNN_<instruments>/ with AuSep_<n>_<instrument>_SEED-NNNNN.wav for
 * every part and AuMix_SEED-NNNNN.wav, all 48 kHz, 24 bits, mono, and piece.json. The mix is the exact sum of
 * the parts. Of every five pieces three are for training, one for validation and one for testing, in a drawn
 * order. With `subsets` the power set of a piece's parts (of two or more) follows as further folders,
 * SEED-NNNNN_<instruments>_<parts>, whose part files are links to the piece's own.
 *
 * Parts are composed (core/corpus/ensemble-score.h), each rendered for itself by a drawn sound font, placed
 * in one small room. The fonts' samples are of 44.1 kHz, so what is above 20 kHz stays empty. A piece
 * depends on seed, length, numbers of parts and its own number alone: builds go on where they were, with any
 * number of threads.
 *
 * Threads: call from one; it starts workers. Errors: SG_NOT_FOUND (no sound font), SG_NO_SPACE, SG_CANCELLED
 * and those of the renderers and of writing.
 */
#pragma once

#include <stdbool.h>

#include "core/corpus/build.h"
#include "core/corpus/ensemble-score.h"

enum { SG_ENSEMBLE_RATE_HZ = 48000 };

typedef struct {
  const char *folder;
  uint64_t seed;
  size_t n_pieces;
  double piece_s;              /* length aimed at */
  size_t min_parts, max_parts; /* SG_ENSEMBLE_MIN_PARTS … SG_ENSEMBLE_MAX_PARTS */
  bool subsets;
  unsigned n_threads; /* 0: one a processor */
} SgEnsembleOptions;

/* Stage "corpus". */
SgStatus sg_ensemble_build(const SgEnsembleOptions *options, SgProgress progress, void *user,
                           SgCorpusReport *out_report, SgError *error);
