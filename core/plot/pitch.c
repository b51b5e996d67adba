#include "core/plot/pitch.h"

#include <math.h>

SgPitch
sg_pitch_of_frequency(double freq_hz)
{
  double exact = 69.0 + 12.0 * log2(freq_hz / 440.0);
  double note = floor(exact + 0.5);
  return (SgPitch){ .note = (int)note, .cents = (int)lround(100.0 * (exact - note)) };
}

double
sg_pitch_frequency(int note)
{
  return 440.0 * exp2((note - 69) / 12.0);
}
