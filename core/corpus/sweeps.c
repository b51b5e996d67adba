#include "core/corpus/sweeps.h"

#include <math.h>

#include "core/dsp/biquad.h"

enum { BLOCK = 64 };

static double
noise(SgRandom *random)
{
  return (sg_random_unit(random) + sg_random_unit(random) + sg_random_unit(random) - 1.5) * 1.2;
}

/* Noise through a band-pass that moves from one frequency to another while the level rises or falls. */
static void
add_noise(int64_t start, int64_t n, bool rising, float level, SgRandom *random, SgClip *clip)
{
  double low_hz = sg_random_between(random, 200.0, 1000.0),
         high_hz = sg_random_between(random, 5000.0, 14000.0);
  double q = sg_random_between(random, 0.4, 1.5);
  SgBiquad filter = { 0 };
  SgBiquadState states[2] = { 0 };
  for (int64_t i = 0; i < n && start + i < clip->n; i++) {
    double t = rising ? (double)i / (double)n : 1.0 - (double)i / (double)n;
    if (i % BLOCK == 0)
      filter = sg_biquad(SG_BIQUAD_BAND_PASS, SG_CORPUS_RATE_HZ, low_hz * pow(high_hz / low_hz, t), q, 0.0);
    for (int c = 0; c < 2; c++) {
      double y = sg_biquad_next(&filter, &states[c], noise(random));
      if (start + i >= 0)
        clip->channels[c][start + i] += (float)(2.0 * level * t * t * y);
    }
  }
}

/* A tone with some harmonics that slides over octaves. */
static void
add_tone(int64_t start, int64_t n, double from_hz, double to_hz, double drive, bool fades, float level,
         SgClip *clip)
{
  double phase = 0.0;
  for (int64_t i = 0; i < n && start + i < clip->n; i++) {
    double t = (double)i / (double)n, edge = fmin(1.0, fmin((double)i, (double)(n - i)) / 400.0);
    phase += 2.0 * M_PI * from_hz * pow(to_hz / from_hz, t) / SG_CORPUS_RATE_HZ;
    double y = level * edge * (fades ? exp(-3.0 * t) : 0.2 + 0.8 * t) * tanh(drive * sin(phase));
    for (int c = 0; c < 2 && start + i >= 0; c++)
      clip->channels[c][start + i] += (float)y;
  }
}

SgStatus
sg_sweeps_add(double beats_per_minute, float level, SgRandom *random, SgClip *clip, SgError *error)
{
  double bar = 240.0 / beats_per_minute * SG_CORPUS_RATE_HZ;
  bool drops = sg_random_unit(random) < 0.15;
  for (double at = 4.0 * bar; at < (double)clip->n; at += 4.0 * bar) {
    if (sg_clip_is_stopped(clip))
      return sg_error_set(error, SG_CANCELLED, NULL, NULL);
    int64_t n = (int64_t)(bar * (double)(1 + sg_random_below(random, 2)));
    double draw = sg_random_unit(random);
    if (draw < 0.35)
      add_noise((int64_t)at - n, n, true, level, random, clip);
    else if (draw < 0.5)
      add_noise((int64_t)at, n, false, level, random, clip);
    else if (draw < 0.65)
      add_tone((int64_t)at - n, n, sg_random_between(random, 80.0, 400.0),
               sg_random_between(random, 900.0, 6000.0), sg_random_between(random, 1.0, 8.0), false,
               0.6f * level, clip);
    if (drops && sg_random_unit(random) < 0.5)
      add_tone((int64_t)at, (int64_t)(0.6 * bar), sg_random_between(random, 70.0, 120.0), 32.0, 1.0, true,
               2.0f * level, clip);
  }
  return SG_OK;
}
