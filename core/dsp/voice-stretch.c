#include "core/dsp/voice-stretch.h"

#include <math.h>
#include <rubberband/rubberband-c.h>

/* Changing the pitch makes Rubber Band's resampler work out new tables: not at every step. */
enum { PIECE = 1024, PITCH_EVERY = 2 };

/* Takes what the stretcher has, dropping the first *delay samples of all; returns how many were stored. */
static size_t
take_voice(RubberBandState state, size_t *delay, float *out, size_t n_out)
{
  float dropped[PIECE];
  size_t n = 0;
  for (int available; n < n_out && (available = rubberband_available(state)) > 0;) {
    size_t want = *delay > 0 ? *delay : n_out - n;
    want = want < PIECE ? want : PIECE;
    want = want < (size_t)available ? want : (size_t)available;
    float *channel = *delay > 0 ? dropped : out + n;
    size_t got = rubberband_retrieve(state, &channel, (unsigned)want);
    if (got == 0)
      break;
    if (*delay > 0)
      *delay -= got;
    else
      n += got;
  }
  return n;
}

size_t
sg_voice_stretch(uint32_t rate_hz, const float *voice, const SgVoiceStep *steps, size_t n_steps, float *out,
                 size_t n_out)
{
  static const float silence[SG_VOICE_STEP];
  RubberBandOptions options = RubberBandOptionProcessRealTime | RubberBandOptionThreadingNever |
                              RubberBandOptionFormantPreserved | RubberBandOptionPitchHighConsistency |
                              RubberBandOptionEngineFiner | RubberBandOptionWindowShort;
  if (n_steps == 0)
    return 0;
  RubberBandState state = rubberband_new(rate_hz, 1, options, 1.0, exp2(steps[0].semitones / 12.0));
  if (state == NULL)
    return 0;
  rubberband_set_max_process_size(state, SG_VOICE_STEP);
  size_t pad = rubberband_get_preferred_start_pad(state), delay = rubberband_get_start_delay(state), n = 0;
  for (size_t n_pad; pad > 0; pad -= n_pad) {
    const float *channel = silence;
    n_pad = pad < SG_VOICE_STEP ? pad : SG_VOICE_STEP;
    rubberband_process(state, &channel, (unsigned)n_pad, 0);
    n += take_voice(state, &delay, out + n, n_out - n);
  }
  for (size_t i = 0; i < n_steps && n < n_out; i++) {
    const float *channel = voice + i * SG_VOICE_STEP;
    rubberband_set_time_ratio(state, 1.0 / steps[i].speed);
    if (i % PITCH_EVERY == 0) /* its resampler works out new tables each time */
      rubberband_set_pitch_scale(state, exp2(steps[i].semitones / 12.0));
    rubberband_process(state, &channel, SG_VOICE_STEP, i + 1 == n_steps);
    n += take_voice(state, &delay, out + n, n_out - n);
  }
  rubberband_delete(state);
  return n;
}
