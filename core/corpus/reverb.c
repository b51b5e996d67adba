#include "core/corpus/reverb.h"

#include <math.h>

#include "core/base/memory.h"

enum { N_LINES = 8, STOP_EVERY = 16384 };

/* Without common divisors, 25 to 75 ms at 44.1 kHz, so that echoes do not pile up. */
static const int lengths[N_LINES] = { 1117, 1327, 1559, 1801, 2081, 2411, 2791, 3259 };

typedef struct {
  float *samples;
  int length, at;
  double gain, low; /* feedback; state of its one-pole low-pass */
} Line;

SgStatus
sg_reverb(SgClip *clip, double wet, double time_s, double pre_delay_s, double damping, SgError *error)
{
  Line lines[N_LINES] = { 0 };
  SgStatus status = SG_OK;
  int64_t pre_delay = llround(pre_delay_s * SG_CORPUS_RATE_HZ);
  float *dry[2] = { SG_NEW(float, (size_t)clip->n), SG_NEW(float, (size_t)clip->n) };
  for (int k = 0; k < N_LINES; k++) {
    /* −60 dB after time_s: g = 10^(−3·length/(rate·time)) */
    lines[k] = (Line){ SG_NEW(float, (size_t)lengths[k]), lengths[k], 0,
                       pow(10.0, -3.0 * lengths[k] / (SG_CORPUS_RATE_HZ * time_s)), 0.0 };
    if (lines[k].samples == NULL || dry[0] == NULL || dry[1] == NULL)
      status = sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  }
  for (int64_t i = 0; status == SG_OK && i < clip->n; i++) {
    if (i % STOP_EVERY == 0 && sg_clip_is_stopped(clip)) {
      status = sg_error_set(error, SG_CANCELLED, NULL, NULL);
      break;
    }
    double out[N_LINES], sum = 0.0;
    for (int k = 0; k < N_LINES; k++) {
      Line *line = &lines[k];
      line->low += (1.0 - 0.7 * damping) * (line->samples[line->at] - line->low);
      out[k] = line->gain * line->low;
      sum += out[k];
    }
    for (int c = 0; c < 2; c++)
      dry[c][i] = clip->channels[c][i];
    for (int k = 0; k < N_LINES; k++) {
      double in = i >= pre_delay ? dry[k % 2][i - pre_delay] : 0.0;
      lines[k].samples[lines[k].at] = (float)(in + out[k] - 2.0 / N_LINES * sum);
      lines[k].at = lines[k].at + 1 < lines[k].length ? lines[k].at + 1 : 0;
    }
    clip->channels[0][i] += (float)(wet * 0.5 * (out[0] - out[2] + out[4] - out[6]));
    clip->channels[1][i] += (float)(wet * 0.5 * (out[1] - out[3] + out[5] - out[7]));
  }
  for (int k = 0; k < N_LINES; k++)
    sg_free(lines[k].samples);
  sg_free(dry[0]);
  sg_free(dry[1]);
  return status;
}
