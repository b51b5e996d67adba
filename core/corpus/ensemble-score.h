/* Pieces for two to five chamber instruments, composed by drawing.
 *
 * A chord chart (core/corpus/chart.h), cut into phrases of four bars. In every phrase one part has the tune,
 * the lowest mostly the bass, and the others fill in: held chord tones that move as little as they can,
 * repeated or broken chords, or rest. Instruments are all different, ordered from high to low, and keep to
 * the range in which they are at home.
 *
 * Ownership: the score owns its notes; sg_ensemble_score_clear frees them. Threads: one score, one thread.
 */
#pragma once

#include "core/base/random.h"
#include "core/corpus/arrangement.h"

enum { SG_ENSEMBLE_MIN_PARTS = 2, SG_ENSEMBLE_MAX_PARTS = 5 };

typedef struct {
  const char *name; /* "violin" */
  uint8_t program;  /* General MIDI, from 0 */
  uint8_t low, high;
} SgEnsembleInstrument;

typedef struct {
  double duration_s; /* with the last note's end */
  double beats_per_minute;
  size_t n_parts;
  const SgEnsembleInstrument *instruments[SG_ENSEMBLE_MAX_PARTS]; /* from high to low */
  SgNotes parts[SG_ENSEMBLE_MAX_PARTS]; /* one note at a time but for the bows' double stops: none */
} SgEnsembleScore;

/* Of about duration_s seconds. False when memory is out. */
bool sg_ensemble_compose(size_t n_parts, double duration_s, SgRandom *random, SgEnsembleScore *out_score);
void sg_ensemble_score_clear(SgEnsembleScore *score);
