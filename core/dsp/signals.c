#include "core/dsp/signals.h"

#include <math.h>

void
sg_signal_sine(float *out, int64_t n, double rate_hz, double freq_hz, float amplitude)
{
  for (int64_t i = 0; i < n; i++)
    out[i] = amplitude * (float)sin(2.0 * M_PI * freq_hz * (double)i / rate_hz);
}

void
sg_signal_noise(float *out, int64_t n, float amplitude, SgRandom *random)
{
  for (int64_t i = 0; i < n; i++)
    out[i] = amplitude * (float)(2.0 * sg_random_unit(random) - 1.0);
}

void
sg_signal_add_beat(float *inout, int64_t n, double rate_hz, double beat_s, SgRandom *random)
{
  const double decay_s = 0.012;
  for (int64_t i = 0; i < n; i++) {
    double since_beat_s = fmod((double)i / rate_hz, beat_s);
    double noise = 2.0 * sg_random_unit(random) - 1.0;
    inout[i] += (float)(0.5 * exp(-since_beat_s / decay_s) * noise);
  }
}

void
sg_signal_add_notes(float *inout, int64_t n, double rate_hz, double freq_hz)
{
  for (int64_t i = 0; i < n; i++) {
    double phase = 2.0 * M_PI * freq_hz * (double)i / rate_hz;
    inout[i] += (float)(0.2 * sin(phase) + 0.1 * sin(1.5 * phase));
  }
}
