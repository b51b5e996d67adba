#include "core/corpus/amp.h"

#include <math.h>

#include "core/dsp/biquad.h"

SgAmp
sg_amp_draw(SgRandom *random)
{
  return (SgAmp){ .low_cut_hz = sg_random_between(random, 60.0, 250.0),
                  .gain = exp(sg_random_between(random, log(1.5), log(60.0))),
                  .bias = sg_random_between(random, 0.0, 0.4),
                  .presence_hz = sg_random_between(random, 1800.0, 4500.0),
                  .presence_db = sg_random_between(random, 0.0, 9.0),
                  .scoop_db = sg_random_between(random, -8.0, 2.0),
                  .cabinet_hz = exp(sg_random_between(random, log(4000.0), log(9000.0))) };
}

static void
filter(SgClip *clip, SgBiquadKind kind, double freq_hz, double q, double gain_db)
{
  SgBiquad biquad = sg_biquad(kind, SG_CORPUS_RATE_HZ, freq_hz, q, gain_db);
  for (int c = 0; c < 2; c++)
    sg_biquad_filter(&biquad, clip->channels[c], clip->n);
}

/* tanh(gain·x + bias), at twice the rate by linear interpolation so that less folds back. */
static void
shape(const SgAmp *amp, SgClip *clip, double scale)
{
  for (int c = 0; c < 2; c++) {
    double last = 0.0;
    for (int64_t i = 0; i < clip->n; i++) {
      double x = scale * clip->channels[c][i];
      double y = 0.5 * tanh(x + amp->bias) + 0.5 * tanh(0.5 * (x + last) + amp->bias);
      last = x;
      clip->channels[c][i] = (float)y;
    }
  }
}

void
sg_amp_apply(const SgAmp *amp, SgClip *clip)
{
  double level = sg_clip_level(clip);
  if (level <= 0.0 || sg_clip_is_stopped(clip))
    return;
  filter(clip, SG_BIQUAD_HIGH_PASS, amp->low_cut_hz, M_SQRT1_2, 0.0);
  filter(clip, SG_BIQUAD_LOW_PASS, 9000.0, M_SQRT1_2, 0.0);
  shape(amp, clip, amp->gain / level);
  /* The cabinet: nothing below 70 Hz, a steep end on top, a peak before it. */
  filter(clip, SG_BIQUAD_HIGH_PASS, 70.0, M_SQRT1_2, 0.0);
  filter(clip, SG_BIQUAD_PEAK, 650.0, 0.6, amp->scoop_db);
  filter(clip, SG_BIQUAD_PEAK, amp->presence_hz, 0.9, amp->presence_db);
  filter(clip, SG_BIQUAD_LOW_PASS, amp->cabinet_hz, 0.54, 0.0);
  filter(clip, SG_BIQUAD_LOW_PASS, amp->cabinet_hz, 1.31, 0.0);
  double now = sg_clip_level(clip);
  if (now > 0.0)
    sg_clip_scale(clip, (float)(level / now));
}
