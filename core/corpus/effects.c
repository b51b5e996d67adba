#include "core/corpus/effects.h"

#include <math.h>

#include "core/base/memory.h"
#include "core/corpus/reverb.h"

enum { STOP_EVERY = 16384 };

/* How often a role gets reverb, saturation and a compressor. */
static const struct {
  double reverb, saturation, compressor, low_cut_hz;
} habits[SG_N_ROLES] = {
  [SG_ROLE_DRUMS] = { 0.35, 0.25, 0.6, 0.0 },
  [SG_ROLE_BASS] = { 0.03, 0.35, 0.6, 0.0 },
  [SG_ROLE_OTHER] = { 0.5, 0.2, 0.3, 120.0 },
  [SG_ROLE_VOCALS] = { 0.75, 0.12, 0.7, 110.0 },
};

static void
draw_bands(SgEffects *effects, SgRole role, SgRandom *random)
{
  effects->bands[0].kind = SG_BIQUAD_LOW_SHELF;
  effects->bands[0].freq_hz = sg_random_between_log(random, 80.0, 300.0);
  effects->bands[1].kind = SG_BIQUAD_PEAK;
  effects->bands[1].freq_hz = sg_random_between_log(random, 250.0, 6000.0);
  effects->bands[2].kind = SG_BIQUAD_HIGH_SHELF;
  effects->bands[2].freq_hz = sg_random_between_log(random, 3000.0, 12000.0);
  effects->n_bands = 3;
  for (int i = 0; i < 3; i++) {
    effects->bands[i].q = i == 1 ? sg_random_between_log(random, 0.5, 3.0) : M_SQRT1_2;
    effects->bands[i].gain_db = sg_random_between(random, -6.0, 6.0);
  }
  if (habits[role].low_cut_hz > 0.0 && sg_random_unit(random) < 0.6) {
    effects->bands[3].kind = SG_BIQUAD_HIGH_PASS;
    effects->bands[3].freq_hz = habits[role].low_cut_hz * sg_random_between(random, 0.5, 1.6);
    effects->bands[3].q = M_SQRT1_2;
    effects->n_bands = 4;
  }
}

SgEffects
sg_effects_draw(SgRole role, SgRandom *random)
{
  SgEffects effects = { .ratio = 1.0, .width = 1.0 };
  draw_bands(&effects, role, random);
  if (role == SG_ROLE_VOCALS && sg_random_unit(random) < 0.85)
    effects.treble_db = sg_random_between(random, -25.0, -12.0); /* as measured on mixed songs */
  if (role == SG_ROLE_VOCALS && sg_random_unit(random) < 0.35) {
    effects.echo_wet = sg_random_between_log(random, 0.05, 0.4);
    effects.echo_s = sg_random_between_log(random, 0.07, 0.5);
    effects.echo_feedback = sg_random_between(random, 0.0, 0.6);
  }
  if (sg_random_unit(random) < habits[role].compressor) {
    effects.threshold_db = sg_random_between(random, -24.0, -8.0);
    effects.ratio = sg_random_between(random, 1.5, 6.0);
    effects.attack_s = sg_random_between_log(random, 0.002, 0.03);
    effects.release_s = sg_random_between_log(random, 0.05, 0.3);
  }
  if (sg_random_unit(random) < habits[role].saturation)
    effects.drive = sg_random_between(random, 0.7, 4.0);
  if (sg_random_unit(random) < (role == SG_ROLE_DRUMS ? 0.12 : 0.02)) {
    effects.crush_hold = 1 + (int)sg_random_below(random, 6);
    effects.crush_bits = 5 + (int)sg_random_below(random, 7);
  }
  if (role == SG_ROLE_DRUMS || role == SG_ROLE_OTHER)
    effects.width = sg_random_between(random, 0.4, 1.4);
  if (sg_random_unit(random) < habits[role].reverb) {
    effects.reverb_wet = sg_random_between_log(random, 0.05, role == SG_ROLE_DRUMS ? 0.3 : 0.6);
    effects.reverb_s = sg_random_between_log(random, 0.3, 2.5);
    effects.pre_delay_s = sg_random_between(random, 0.0, 0.04);
    effects.damping = sg_random_unit(random);
  }
  return effects;
}

static void
equalise(const SgEffects *effects, SgClip *clip)
{
  for (int i = 0; i < effects->n_bands && !sg_clip_is_stopped(clip); i++) {
    SgBiquad filter = sg_biquad(effects->bands[i].kind, SG_CORPUS_RATE_HZ, effects->bands[i].freq_hz,
                                effects->bands[i].q, effects->bands[i].gain_db);
    for (int c = 0; c < 2; c++)
      sg_biquad_filter(&filter, clip->channels[c], clip->n);
  }
}

double
sg_treble_db(const SgClip *clip)
{
  double all = 0.0, high = 0.0;
  for (int c = 0; c < 2; c++) {
    SgBiquad filter = sg_biquad(SG_BIQUAD_HIGH_PASS, SG_CORPUS_RATE_HZ, 5500.0, M_SQRT1_2, 0.0);
    SgBiquadState states[2] = { 0 };
    for (int64_t i = 0; i < clip->n; i++) {
      double x = clip->channels[c][i];
      double y = sg_biquad_next(&filter, &states[1], sg_biquad_next(&filter, &states[0], x));
      all += x * x;
      high += y * y;
    }
  }
  return all > 0.0 ? fmax(-120.0, 10.0 * log10(high / all + 1e-12)) : -120.0;
}

/* A shelf that brings the highs towards what is wanted, as far as it can without lifting mere hiss. */
static void
set_treble(const SgEffects *effects, SgClip *clip)
{
  if (effects->treble_db >= 0.0 || sg_clip_is_stopped(clip))
    return;
  double gain_db = fmin(16.0, fmax(-10.0, effects->treble_db - sg_treble_db(clip)));
  SgBiquad filter = sg_biquad(SG_BIQUAD_HIGH_SHELF, SG_CORPUS_RATE_HZ, 4800.0, M_SQRT1_2, gain_db);
  for (int c = 0; c < 2; c++)
    sg_biquad_filter(&filter, clip->channels[c], clip->n);
}

/* Echoes from side to side, each duller than the one before. */
static SgStatus
echo(const SgEffects *effects, SgClip *clip, SgError *error)
{
  int64_t length = llround(effects->echo_s * SG_CORPUS_RATE_HZ);
  if (effects->echo_wet <= 0.0 || length < 1)
    return SG_OK;
  float *line[2] = { SG_NEW(float, (size_t)length), SG_NEW(float, (size_t)length) };
  double low[2] = { 0.0, 0.0 };
  bool fine = line[0] != NULL && line[1] != NULL;
  for (int64_t i = 0; fine && i < clip->n; i++) {
    int64_t at = i % length;
    double out[2] = { line[0][at], line[1][at] };
    for (int c = 0; c < 2; c++) {
      low[c] += 0.5 * (out[1 - c] - low[c]);
      line[c][at] = (float)(clip->channels[c][i] * (c == 0 ? 1.0 : 0.3) + effects->echo_feedback * low[c]);
      clip->channels[c][i] += (float)(effects->echo_wet * out[c]);
    }
  }
  sg_free(line[0]);
  sg_free(line[1]);
  return fine ? SG_OK : sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
}

/* Feed-forward, both channels by one gain: above the threshold (counted from the clip's peak) `ratio` dB in
 * give one dB out; the gain follows with the attack and release times. */
static void
compress(const SgEffects *effects, SgClip *clip)
{
  double reference = sg_clip_peak(clip), gain_db = 0.0;
  if (effects->ratio <= 1.0 || reference <= 0.0)
    return;
  double attack = exp(-1.0 / (effects->attack_s * SG_CORPUS_RATE_HZ));
  double release = exp(-1.0 / (effects->release_s * SG_CORPUS_RATE_HZ));
  for (int64_t i = 0; i < clip->n && !(i % STOP_EVERY == 0 && sg_clip_is_stopped(clip)); i++) {
    double level = fmax(fabs(clip->channels[0][i]), fabs(clip->channels[1][i])) / reference;
    double over_db = 20.0 * log10(level + 1e-9) - effects->threshold_db;
    double wanted_db = over_db > 0.0 ? -over_db * (1.0 - 1.0 / effects->ratio) : 0.0;
    double keep = wanted_db < gain_db ? attack : release;
    gain_db = keep * gain_db + (1.0 - keep) * wanted_db;
    float gain = (float)pow(10.0, gain_db / 20.0);
    clip->channels[0][i] *= gain;
    clip->channels[1][i] *= gain;
  }
}

/* tanh, driven so that the clip's usual loud samples (four times its level) reach `drive`; the level is kept.
 */
static void
saturate(const SgEffects *effects, SgClip *clip)
{
  double level = sg_clip_level(clip);
  if (effects->drive <= 0.0 || level <= 0.0 || sg_clip_is_stopped(clip))
    return;
  double scale = effects->drive / (4.0 * level);
  for (int c = 0; c < 2; c++)
    for (int64_t i = 0; i < clip->n; i++)
      clip->channels[c][i] = (float)tanh(scale * clip->channels[c][i]);
  sg_clip_scale(clip, (float)(level / sg_clip_level(clip)));
}

/* What a sampler of the eighties does: fewer bits, each value held. The level is kept. */
static void
crush(const SgEffects *effects, SgClip *clip)
{
  double peak = sg_clip_peak(clip), level = sg_clip_level(clip);
  if (effects->crush_hold <= 0 || level <= 0.0 || sg_clip_is_stopped(clip))
    return;
  double steps = exp2(effects->crush_bits - 1) / peak;
  for (int c = 0; c < 2; c++)
    for (int64_t i = 0; i < clip->n; i++)
      clip->channels[c][i] = i % effects->crush_hold == 0
                                 ? (float)(round(steps * clip->channels[c][i]) / steps)
                                 : clip->channels[c][i - 1];
  float now = sg_clip_level(clip);
  if (now > 0.0f)
    sg_clip_scale(clip, (float)level / now);
}

static void
widen(const SgEffects *effects, SgClip *clip)
{
  if (effects->width == 1.0)
    return;
  for (int64_t i = 0; i < clip->n; i++) {
    double mid = 0.5 * (clip->channels[0][i] + clip->channels[1][i]);
    double side = 0.5 * effects->width * (clip->channels[0][i] - clip->channels[1][i]);
    clip->channels[0][i] = (float)(mid + side);
    clip->channels[1][i] = (float)(mid - side);
  }
}

/* What is too low to be heard goes: saturation of an uneven wave leaves a constant. */
static void
block_dc(SgClip *clip)
{
  SgBiquad filter = sg_biquad(SG_BIQUAD_HIGH_PASS, SG_CORPUS_RATE_HZ, 18.0, M_SQRT1_2, 0.0);
  for (int c = 0; c < 2; c++)
    sg_biquad_filter(&filter, clip->channels[c], clip->n);
}

SgStatus
sg_effects_apply(const SgEffects *effects, SgClip *clip, SgError *error)
{
  equalise(effects, clip);
  compress(effects, clip);
  saturate(effects, clip);
  crush(effects, clip);
  block_dc(clip);
  set_treble(effects, clip);
  widen(effects, clip);
  if (sg_clip_is_stopped(clip))
    return sg_error_set(error, SG_CANCELLED, NULL, NULL);
  SgStatus status = echo(effects, clip, error);
  if (status != SG_OK || effects->reverb_wet <= 0.0)
    return status;
  return sg_reverb(clip, effects->reverb_wet, effects->reverb_s, effects->pre_delay_s, effects->damping,
                   error);
}

void
sg_duck(SgClip *clip, const double *moments_s, size_t n_moments, double depth, double recovery_s)
{
  for (size_t m = 0; m < n_moments; m++) {
    int64_t start = llround(moments_s[m] * SG_CORPUS_RATE_HZ);
    int64_t end = m + 1 < n_moments ? llround(moments_s[m + 1] * SG_CORPUS_RATE_HZ) : clip->n;
    for (int64_t i = start < 0 ? 0 : start; i < end && i < clip->n; i++) {
      float gain = (float)(1.0 - depth * exp(-(double)(i - start) / (SG_CORPUS_RATE_HZ * recovery_s)));
      clip->channels[0][i] *= gain;
      clip->channels[1][i] *= gain;
    }
  }
}
