/* Chord charts, drawn, and what can be played over them.
 *
 * Threads: no shared state.
 */
#pragma once

#include "core/base/random.h"
#include "core/corpus/arrangement.h"

enum { SG_CHART_MAX_BARS = 64, SG_CHORD_MAX_TONES = 4 };

typedef struct {
  uint8_t root;       /* 0 … 11, 0 is C */
  const char *suffix; /* "", "m", "7", "m7", "M7", "sus4" */
} SgChord;

/* One chord a bar, four beats a bar. */
typedef struct {
  double beats_per_minute;
  uint8_t key; /* of the scale, 0 … 11 */
  bool minor;
  int n_bars;
  SgChord bars[SG_CHART_MAX_BARS];
} SgChart;

/* A chart of about duration_s seconds at a drawn tempo. */
SgChart sg_chart_draw(double duration_s, SgRandom *random);

double sg_chart_bar_s(const SgChart *chart);

/* Pitch classes of a chord, the root first; returns how many. */
int sg_chord_tones(SgChord chord, uint8_t out_tones[SG_CHORD_MAX_TONES]);

/* "Ebm7", as chord charts write it. */
void sg_chord_name(SgChord chord, char *out_name, size_t size);

/* Adds a singable melody over the chart: phrases with rests between, mostly steps, chord tones on the first
 * and third beat, between the keys `low` and `high`. False when memory is out. */
bool sg_chart_melody(const SgChart *chart, uint8_t low, uint8_t high, SgRandom *random, SgNotes *notes);
