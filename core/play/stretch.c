#include "core/play/stretch.h"

#include <math.h>
#include <rubberband/rubberband-c.h>

#include "core/base/memory.h"

struct SgStretch {
  RubberBandState state;
  uint32_t n_run_in;
  size_t n_delay; /* samples still to be dropped at the output's begin */
  float channels[2][SG_STRETCH_MAX_SAMPLES];
};

SgStretch *
sg_stretch_new(uint32_t rate_hz, double speed, double semitones)
{
  SgStretch *stretch = SG_NEW(SgStretch, 1);
  if (stretch == NULL)
    return NULL;
  RubberBandOptions options = RubberBandOptionProcessRealTime | RubberBandOptionThreadingNever |
                              RubberBandOptionChannelsTogether | RubberBandOptionPitchHighConsistency;
  stretch->state = rubberband_new(rate_hz, 2, options, 1.0 / speed, exp2(semitones / 12.0));
  if (stretch->state == NULL) {
    sg_free(stretch);
    return NULL;
  }
  rubberband_set_max_process_size(stretch->state, SG_STRETCH_MAX_SAMPLES);
  stretch->n_run_in = rubberband_get_preferred_start_pad(stretch->state);
  stretch->n_delay = rubberband_get_start_delay(stretch->state);
  return stretch;
}

void
sg_stretch_free(SgStretch *stretch)
{
  if (stretch == NULL)
    return;
  rubberband_delete(stretch->state);
  sg_free(stretch);
}

uint32_t
sg_stretch_n_run_in(const SgStretch *stretch)
{
  return stretch->n_run_in;
}

void
sg_stretch_process(SgStretch *stretch, const float *stereo, size_t n, bool final)
{
  for (size_t i = 0; i < n; i++) {
    stretch->channels[0][i] = stereo[2 * i];
    stretch->channels[1][i] = stereo[2 * i + 1];
  }
  const float *channels[2] = { stretch->channels[0], stretch->channels[1] };
  rubberband_process(stretch->state, channels, (unsigned)n, final);
}

size_t
sg_stretch_retrieve(SgStretch *stretch, float *out_stereo, size_t n)
{
  size_t n_out = 0;
  float *channels[2] = { stretch->channels[0], stretch->channels[1] };
  while (n_out < n) {
    int available = rubberband_available(stretch->state);
    size_t want = stretch->n_delay > 0 ? stretch->n_delay : n - n_out;
    want = want < SG_STRETCH_MAX_SAMPLES ? want : SG_STRETCH_MAX_SAMPLES;
    if (available <= 0)
      break;
    if (want > (size_t)available)
      want = (size_t)available;
    size_t got = rubberband_retrieve(stretch->state, channels, (unsigned)want);
    if (stretch->n_delay > 0) {
      stretch->n_delay -= got;
      continue;
    }
    for (size_t i = 0; i < got; i++) {
      out_stereo[2 * (n_out + i)] = channels[0][i];
      out_stereo[2 * (n_out + i) + 1] = channels[1][i];
    }
    n_out += got;
    if (got == 0)
      break;
  }
  return n_out;
}
