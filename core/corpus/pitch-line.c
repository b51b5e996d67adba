#include "core/corpus/pitch-line.h"

#include <math.h>

#include "core/corpus/vocoder.h"

SgSingingStyle
sg_singing_style_draw(SgRandom *random)
{
  return (SgSingingStyle){ .vibrato_semitones = sg_random_between(random, 0.1, 0.6),
                           .vibrato_hz = sg_random_between(random, 4.8, 6.3),
                           .lowest_hz = 90.0,
                           .highest_hz = 700.0 };
}

static double
sung_hz(const SgSingingStyle *style, uint8_t key)
{
  double hz = 440.0 * exp2((key + style->transpose_semitones - 69.0) / 12.0);
  while (hz > style->highest_hz)
    hz *= 0.5;
  while (hz < style->lowest_hz)
    hz *= 2.0;
  return hz;
}

void
sg_pitch_line_note(const SgSingingStyle *style, uint8_t key, SgRandom *random, float *out_f0_hz, size_t n)
{
  double hz = sung_hz(style, key), drift = 0.0;
  double scoop = sg_random_unit(random) < 0.4 ? sg_random_between(random, -1.5, 0.0) : 0.0;
  for (size_t i = 0; i < n; i++) {
    double t_s = (double)i * SG_VOCODER_HOP / SG_CORPUS_RATE_HZ;
    double vibrato = t_s > 0.15 ? style->vibrato_semitones * fmin(1.0, t_s / 0.4) : 0.0;
    drift += 0.008 * sg_random_between(random, -1.7, 1.7);
    out_f0_hz[i] = (float)(hz * exp2((vibrato * sin(2.0 * M_PI * style->vibrato_hz * t_s) +
                                      scoop * exp(-t_s / 0.06) + drift) /
                                     12.0));
  }
}

void
sg_pitch_line_smooth(float *f0_hz, size_t n, double glide_s)
{
  double keep = exp(-(double)SG_VOCODER_HOP / SG_CORPUS_RATE_HZ / glide_s),
         state = n > 0 ? log(f0_hz[0]) : 0.0;
  for (size_t i = 0; i < n; i++) {
    state = keep * state + (1.0 - keep) * log(f0_hz[i]);
    f0_hz[i] = (float)exp(state);
  }
}
