#pragma once

/* The source of the voice: the derivative of the glottal flow after the model of Liljencrants and Fant, with
 * the single shape parameter Rd of Fant (1995), "The LF-model revisited". Rd 0.5 is pressed, 1 plain, 2.5
 * breathy. The pulses are band-limited: they are read from tables that hold no harmonic above 20 kHz. */

#include <stdbool.h>

#include "random.h"

typedef struct DemoGlottisTables DemoGlottisTables;

typedef struct {
  const DemoGlottisTables *tables;
  DemoRandom random;
  double phase;   /* of the period, 0 to 1 */
  double jitter;  /* factor on the pitch of this period */
  double shimmer; /* factor on the strength of this period */
} DemoGlottis;

DemoGlottisTables *demo_glottis_tables_new(void);
void demo_glottis_tables_free(DemoGlottisTables *tables);

void demo_glottis_init(DemoGlottis *glottis, const DemoGlottisTables *tables, uint64_t seed);

/* The next sample, about 1 at the closing instant; OUT_OPEN is how far the glottis stands open, 0 to 1. */
double demo_glottis_next(DemoGlottis *glottis, double pitch_hz, double rd, double *out_open);
