/* How high a sound is, for the tests of what plays and sings. */
#pragma once

#include <math.h>
#include <stdint.h>

#include "core/corpus/clip.h"

/* The period of the strongest autocorrelation between `low_hz` and `high_hz`, as a frequency. */
static inline double
test_pitch_hz(const float *samples, int64_t n, double low_hz, double high_hz)
{
  int best = 0;
  double best_sum = -1.0;
  for (int lag = (int)(SG_CORPUS_RATE_HZ / high_hz); lag <= (int)(SG_CORPUS_RATE_HZ / low_hz); lag++) {
    double sum = 0.0, power = 1e-12;
    for (int64_t i = 0; i + lag < n; i++) {
      sum += (double)samples[i] * samples[i + lag];
      power += (double)samples[i + lag] * samples[i + lag];
    }
    if (sum / sqrt(power) > best_sum) {
      best_sum = sum / sqrt(power);
      best = lag;
    }
  }
  return (double)SG_CORPUS_RATE_HZ / best;
}
