#pragma once

/* The melody laid out in time for one voice: where each syllable's consonants and vowel lie. The vowel
 * begins on the note; consonants before it take their time from what precedes. */

#include <stdbool.h>
#include <stddef.h>

#include "phones.h"
#include "plan.h"

enum { DEMO_MAX_CONSONANTS = 4, DEMO_MAX_SUNG = 128 };

typedef struct {
  const DemoPhone *onset[DEMO_MAX_CONSONANTS];
  const DemoPhone *coda[DEMO_MAX_CONSONANTS];
  const DemoPhone *vowel;
  int n_onset, n_coda;
  double start_s; /* of the first consonant */
  double onset_s; /* of the vowel */
  double coda_s;  /* length of the closing consonants */
  double end_s;
  double note;
  double effort;
  bool begins_phrase, ends_phrase;
} DemoSung;

typedef struct {
  size_t n;
  DemoSung sung[DEMO_MAX_SUNG];
} DemoSungLine;

/* NULL when there is no memory; freed with free(). */
DemoSungLine *demo_sung_line_new(const DemoVoice *voice);
