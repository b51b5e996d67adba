#include <math.h>
#include <stdio.h>

#include "core/base/memory.h"
#include "core/corpus/kit.h"
#include "core/dsp/biquad.h"

/* After the analogue drum machines TR-808 and TR-909 as circuits are known to work: the bass drum and toms
 * are sines whose pitch falls, the snare two tuned sines and filtered noise, the clap four bursts of
 * band-passed noise, hats and cymbals six square waves and noise through a high-pass. Settings are drawn
 * around theirs. */

/* Twelve uniforms less six: normal enough for noise. */
static double
noise(SgRandom *random)
{
  double sum = -6.0;
  for (int i = 0; i < 12; i++)
    sum += sg_random_unit(random);
  return sum;
}

static double
decay(int64_t i, double seconds)
{
  return exp(-(double)i / SG_CORPUS_RATE_HZ / seconds);
}

/* Both channels from the left one: driven into tanh, peak 1. */
static void
finish(SgClip *clip, double drive)
{
  for (int64_t i = 0; i < clip->n; i++)
    clip->channels[0][i] = (float)tanh(drive * clip->channels[0][i]);
  for (int64_t i = 0; i < clip->n; i++)
    clip->channels[1][i] = clip->channels[0][i];
  float peak = sg_clip_peak(clip);
  if (peak > 0.0f)
    sg_clip_scale(clip, 1.0f / peak);
}

/* A sine that falls from freq + sweep to freq, with a click of noise at its start. */
static SgClip *
falling_sine(SgRandom *random, double freq_hz, double sweep_hz, double sweep_s, double decay_s, double click)
{
  SgClip *clip = sg_clip_new((int64_t)(fmin(6.0 * decay_s, 2.0) * SG_CORPUS_RATE_HZ));
  double phase = 0.0;
  for (int64_t i = 0; clip != NULL && i < clip->n; i++) {
    phase += 2.0 * M_PI * (freq_hz + sweep_hz * decay(i, sweep_s)) / SG_CORPUS_RATE_HZ;
    clip->channels[0][i] = (float)(sin(phase) * decay(i, decay_s) + click * noise(random) * decay(i, 0.002));
  }
  return clip;
}

static SgClip *
noise_burst(SgRandom *random, SgBiquadKind kind, double freq_hz, double q, double decay_s)
{
  SgClip *clip = sg_clip_new((int64_t)(6.0 * decay_s * SG_CORPUS_RATE_HZ));
  SgBiquad filter = sg_biquad(kind, SG_CORPUS_RATE_HZ, freq_hz, q, 0.0);
  SgBiquadState state = { 0.0, 0.0 };
  for (int64_t i = 0; clip != NULL && i < clip->n; i++)
    clip->channels[0][i] = (float)(sg_biquad_next(&filter, &state, noise(random)) * decay(i, decay_s));
  return clip;
}

static SgClip *
snare(SgRandom *random)
{
  SgClip *snares = noise_burst(random, SG_BIQUAD_HIGH_PASS, sg_random_between(random, 500.0, 2500.0),
                               M_SQRT1_2, sg_random_between(random, 0.04, 0.16));
  double freq_hz = sg_random_between(random, 150.0, 240.0), body = sg_random_between(random, 0.5, 2.0);
  for (int64_t i = 0; snares != NULL && i < snares->n; i++) {
    double t = (double)i / SG_CORPUS_RATE_HZ;
    double tone = sin(2.0 * M_PI * freq_hz * t) + 0.6 * sin(2.0 * M_PI * 1.83 * freq_hz * t);
    snares->channels[0][i] += (float)(body * tone * decay(i, 0.05));
  }
  return snares;
}

static SgClip *
clap(SgRandom *random)
{
  static const double bursts_s[] = { 0.0, 0.010, 0.021, 0.030 };
  SgClip *clip = sg_clip_new(SG_CORPUS_RATE_HZ * 6 / 10);
  SgBiquad filter =
      sg_biquad(SG_BIQUAD_BAND_PASS, SG_CORPUS_RATE_HZ, sg_random_between(random, 900.0, 1700.0), 1.2, 0.0);
  for (size_t b = 0; clip != NULL && b < 4; b++) {
    SgBiquadState state = { 0.0, 0.0 };
    int64_t start = (int64_t)(bursts_s[b] * SG_CORPUS_RATE_HZ);
    for (int64_t i = start; i < clip->n; i++)
      clip->channels[0][i] +=
          (float)(sg_biquad_next(&filter, &state, noise(random)) * decay(i - start, b < 3 ? 0.008 : 0.1));
  }
  return clip;
}

/* Six square waves without a common fundamental, and noise, through a high-pass. */
static SgClip *
metal(SgRandom *random, double decay_s)
{
  SgClip *clip = sg_clip_new((int64_t)(fmin(6.0 * decay_s, 3.0) * SG_CORPUS_RATE_HZ));
  double freqs_hz[6], squares = sg_random_between(random, 0.0, 1.0),
                      hiss = sg_random_between(random, 0.3, 2.0);
  for (int k = 0; k < 6; k++)
    freqs_hz[k] = sg_random_between(random, 250.0, 900.0) * sg_random_between(random, 1.0, 6.0);
  SgBiquad filter =
      sg_biquad(SG_BIQUAD_HIGH_PASS, SG_CORPUS_RATE_HZ, sg_random_between(random, 5000.0, 9000.0), 0.9, 0.0);
  SgBiquadState state = { 0.0, 0.0 };
  for (int64_t i = 0; clip != NULL && i < clip->n; i++) {
    double x = hiss * noise(random);
    for (int k = 0; k < 6; k++)
      x += squares * (fmod(freqs_hz[k] * (double)i / SG_CORPUS_RATE_HZ, 1.0) < 0.5 ? 1.0 : -1.0);
    clip->channels[0][i] = (float)(sg_biquad_next(&filter, &state, x) * decay(i, decay_s));
  }
  return clip;
}

static SgClip *
piece(SgRandom *random, SgDrum drum)
{
  switch (drum) {
  case SG_DRUM_KICK:
    return falling_sine(random, sg_random_between(random, 40.0, 60.0), sg_random_between(random, 60.0, 400.0),
                        sg_random_between(random, 0.006, 0.05), sg_random_between(random, 0.07, 0.35),
                        sg_random_between(random, 0.0, 0.2));
  case SG_DRUM_RIM:
    return noise_burst(random, SG_BIQUAD_BAND_PASS, sg_random_between(random, 1600.0, 3200.0), 3.0, 0.008);
  case SG_DRUM_SNARE:
    return snare(random);
  case SG_DRUM_CLAP:
    return clap(random);
  case SG_DRUM_HAT_CLOSED:
  case SG_DRUM_HAT_PEDAL:
    return metal(random, sg_random_between(random, 0.012, 0.04));
  case SG_DRUM_HAT_OPEN:
    return metal(random, sg_random_between(random, 0.1, 0.3));
  case SG_DRUM_TOM_LOW:
    return falling_sine(random, 90.0, 45.0, 0.03, 0.15, 0.05);
  case SG_DRUM_TOM_MID:
    return falling_sine(random, 130.0, 65.0, 0.03, 0.13, 0.05);
  case SG_DRUM_TOM_HIGH:
    return falling_sine(random, 180.0, 90.0, 0.03, 0.11, 0.05);
  case SG_DRUM_CRASH:
    return metal(random, sg_random_between(random, 0.4, 0.9));
  case SG_DRUM_RIDE:
    return metal(random, sg_random_between(random, 0.2, 0.6));
  default: /* a cowbell or a shaker */
    return sg_random_unit(random) < 0.5
               ? falling_sine(random, sg_random_between(random, 500.0, 900.0), 0.0, 0.01, 0.04, 0.0)
               : noise_burst(random, SG_BIQUAD_HIGH_PASS, 4000.0, M_SQRT1_2, 0.03);
  }
}

SgKit *
sg_kit_synthesise(SgRandom *random)
{
  SgKit *kit = SG_NEW(SgKit, 1);
  if (kit == NULL)
    return NULL;
  snprintf(kit->name, sizeof kit->name, "synthesised %016llx", (unsigned long long)random->state);
  double drive = sg_random_between(random, 0.8, 4.0);
  for (int drum = 0; drum < SG_N_DRUMS; drum++) {
    SgClip *clip = piece(random, (SgDrum)drum);
    if (clip == NULL) {
      sg_kit_free(kit);
      return NULL;
    }
    finish(clip, drum == SG_DRUM_KICK || drum == SG_DRUM_SNARE ? drive : 1.0);
    kit->hits[drum][kit->n_hits[drum]++] = clip;
  }
  return kit;
}
