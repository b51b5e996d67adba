/* A channel vocoder: speech as frames of spectral envelope and voicing, and sound made from such frames at
 * any pitch.
 *
 * Frames lie SG_VOCODER_HOP samples apart. The envelope is the natural logarithm of a magnitude in
 * SG_VOCODER_BANDS bands equally spaced on the mel scale; voicing is 0 (noise) … 1 (periodic).
 *
 * Ownership: free speech with sg_speech_free (NULL ignored). Threads: no shared state. Errors: SG_NO_MEMORY,
 * SG_NO_SAMPLES (shorter than a tenth of a second).
 */
#pragma once

#include <stddef.h>

#include "core/base/random.h"
#include "core/corpus/clip.h"

enum { SG_VOCODER_HOP = 441, SG_VOCODER_BANDS = 96 };

typedef struct {
  float envelope[SG_VOCODER_BANDS];
  float voicing;
  float pitch_hz; /* heard by autocorrelation; means something where voicing is above a half */
  float level;    /* root mean square of the frame, the loudest of its speech being 1 */
} SgVoiceFrame;

typedef struct {
  SgVoiceFrame *frames; /* [n_frames] */
  size_t n_frames;
} SgSpeech;

/* Analyses the clip's left channel. */
SgStatus sg_speech_analyse(const SgClip *clip, SgSpeech **out_speech, SgError *error);
void sg_speech_free(SgSpeech *speech);

typedef struct {
  double breath;  /* noise among the voiced sound, 0 … 0.2 */
  double stretch; /* of the envelope along frequency: > 1 a smaller head */
} SgVoiceManner;

/* Adds gain times the sound of the frames at the pitch of f0_hz[n_frames] to both channels of the clip, from
 * its start. */
SgStatus sg_vocoder_speak(const SgVoiceFrame *frames, const float *f0_hz, size_t n_frames,
                          SgVoiceManner manner, float gain_left, float gain_right, SgRandom *random,
                          SgClip *clip, SgError *error);
