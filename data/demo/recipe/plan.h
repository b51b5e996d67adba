#pragma once

/* How a voice sings the melody: curves over time for pitch, effort and the shape of the tract, one value
 * every DEMO_HOP samples. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DEMO_HOP = 32 };

typedef enum {
  DEMO_F1,
  DEMO_F2,
  DEMO_F3,
  DEMO_NASALITY,
  DEMO_VOICE,
  DEMO_ASPIRATION,
  DEMO_FRICTION,
  DEMO_NOISE_HZ,
  DEMO_NOISE_WIDTH,
  DEMO_PITCH, /* in semitones, MIDI numbers */
  DEMO_EFFORT,
  DEMO_N_CURVES
} DemoCurveId;

typedef struct {
  size_t n;
  double *curves[DEMO_N_CURVES];
} DemoPlan;

/* Who sings. */
typedef struct {
  uint64_t seed;
  bool harmony;
  int first_bar;
  double tract_scale;
  double timing_s; /* deviation of each onset */
  double effort;   /* added to the written one */
  double friction; /* factor on fricatives: voices that double another sing them softly */
} DemoVoice;

/* NULL when there is no memory. */
DemoPlan *demo_plan_new(const DemoVoice *voice, size_t n_samples);
void demo_plan_free(DemoPlan *plan);
