#pragma once

/* The composition: a table of bars, the patterns they point to and the melody. Positions count sixteenths. */

#include <stddef.h>

#define DEMO_TITLE "Slow Lanterns"
#define DEMO_ARTIST "Stemglass"
#define DEMO_LICENSE "CC0-1.0"
#define DEMO_TEMPO_BPM 112.0
#define DEMO_LENGTH_S 36.2

enum { DEMO_STEPS = 16, DEMO_CHORD_NOTES = 4, DEMO_DRUM_LANES = 9, DEMO_GUITAR_REACH = 8 };

/* Keys of the General MIDI drum map. */
enum {
  DEMO_KICK = 36,
  DEMO_STICK = 37,
  DEMO_SNARE = 38,
  DEMO_LOW_TOM = 43,
  DEMO_HAT = 42,
  DEMO_PEDAL = 44,
  DEMO_MID_TOM = 47,
  DEMO_OPEN_HAT = 46,
  DEMO_CRASH = 49,
  DEMO_HIGH_TOM = 50,
  DEMO_RIDE = 51,
  DEMO_TAMBOURINE = 54,
  DEMO_CRASH_2 = 57
};

/* One drum over one bar. X is an accent, x a plain hit, o a soft one, g a ghost note. */
typedef struct {
  int key;
  const char *steps;
} DemoLane;

/* How a bar is played. Bass: R root, 5 fifth below or above, 8 octave, A step up into the next root, - holds
 * on. Keys: X or x strikes the chord. Guitar: 0-3 a note of the keys' chord, 4-7 the same an octave above. */
typedef struct {
  DemoLane drums[DEMO_DRUM_LANES];
  const char *bass;
  const char *keys;
  const char *guitar;
} DemoPattern;

typedef struct {
  const char *chord;
  const DemoPattern *pattern;
  double dynamics;
  int bass;
  int keys[DEMO_CHORD_NOTES];
  int strings[DEMO_CHORD_NOTES]; /* 0 is silent; the last one is the upper line */
} DemoBar;

/* One syllable. PHONES are names of the table in phones.c; HARMONY is 0 where the second voice rests. */
typedef struct {
  int bar;
  double step;
  double n_steps;
  int note;
  int harmony;
  double effort; /* 0 soft to 1 full voice */
  const char *phones;
} DemoSyllable;

extern const DemoBar demo_bars[];
extern const size_t demo_n_bars;
extern const DemoSyllable demo_melody[];
extern const size_t demo_n_syllables;

/* Seconds from the start of the file to a place in the score; off-beat sixteenths swing. */
double demo_score_time(int bar, double step);
