#pragma once

/* Second-order filters after Bristow-Johnson's "Cookbook formulae for audio equalizer biquad filter
 * coefficients". */

#include "track.h"

typedef enum {
  DEMO_LOW_PASS,
  DEMO_HIGH_PASS,
  DEMO_BAND_PASS, /* 0 dB at its centre */
  DEMO_PEAK,
  DEMO_LOW_SHELF,
  DEMO_HIGH_SHELF
} DemoFilterKind;

typedef struct {
  double b0, b1, b2, a1, a2;
  double z1, z2;
} DemoFilter;

typedef struct {
  DemoFilterKind kind;
  double hz;
  double q;
  double gain_db; /* of a peak or shelf */
} DemoBand;

/* Keeps the filter's memory, so that it can be called while sound runs through. */
void demo_filter_set(DemoFilter *filter, const DemoBand *band);

static inline double
demo_filter_next(DemoFilter *filter, double x)
{
  double y = filter->b0 * x + filter->z1;
  filter->z1 = filter->b1 * x - filter->a1 * y + filter->z2;
  filter->z2 = filter->b2 * x - filter->a2 * y;
  return y;
}

/* Sends both channels through the bands, one after the other. */
void demo_equalise(DemoTrack *track, const DemoBand *bands, size_t n_bands);
