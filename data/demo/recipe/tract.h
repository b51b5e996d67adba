#pragma once

/* The vocal tract: resonators in cascade, as in Klatt (1980), "Software for a cascade/parallel formant
 * synthesizer". Five formants move with the phones, a pair of nasal pole and zero comes and goes, and fixed
 * higher formants fill the band up to 20 kHz the way a tube of that length does. */

#include "filter.h"

enum { DEMO_FORMANTS = 5, DEMO_UPPER_FORMANTS = 16 };

/* y = (1 - b - c) x + b y1 + c y2, unity at 0 Hz. The coefficients glide to what was set last. */
typedef struct {
  double b, c;
  double b_step, c_step;
  double y1, y2;
} DemoResonator;

typedef struct {
  double scale; /* on all frequencies: 1 is a man's tract, 1.12 about a woman's */
  DemoResonator formants[DEMO_FORMANTS];
  DemoResonator upper[DEMO_UPPER_FORMANTS];
  DemoResonator nasal_pole;
  DemoResonator nasal_zero;
  DemoFilter noise_low;
  DemoFilter noise_high;
} DemoTract;

typedef struct {
  double formant_hz[DEMO_FORMANTS];
  double width_hz[DEMO_FORMANTS];
  double nasality; /* 0 oral to 1 nasal */
  double noise_hz; /* where the noise of a fricative is strongest */
  double noise_width_hz;
} DemoShape;

void demo_tract_init(DemoTract *tract, double scale);

/* The shape that is reached after N_SAMPLES. */
void demo_tract_set_shape(DemoTract *tract, const DemoShape *shape, int n_samples);

/* One sample through the cascade. */
double demo_tract_next(DemoTract *tract, double source);

/* One sample of white noise, shaped as a fricative. */
double demo_tract_next_noise(DemoTract *tract, double noise);
