/* One recorded voice, whole, whose speed and pitch change along it while its formants stay (Rubber Band's
 * finer engine with its short window, one thread).
 *
 * Shape: mono. Ownership: the caller's arrays. Threads: no shared state. Audio callback: never. Errors: 0
 * samples when memory is out.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* How a stretch of SG_VOICE_STEP samples of the recording is to sound. */
enum { SG_VOICE_STEP = 441 };
typedef struct {
  double speed;     /* s: n samples become n/s; 0.05 … 4 */
  double semitones; /* p: frequencies times 2^(p/12); that of every second step counts */
} SgVoiceStep;

/* Stretches the voice [n_steps · SG_VOICE_STEP] into out[n_out]; returns how many samples of it were filled,
 * about Σ SG_VOICE_STEP/speed. */
size_t sg_voice_stretch(uint32_t rate_hz, const float *voice, const SgVoiceStep *steps, size_t n_steps,
                        float *out, size_t n_out);
