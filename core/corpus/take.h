/* A recorded voice saying a letter, a syllable or a word, made ready to be sung or spoken in a song.
 *
 * Shape: mono at SG_CORPUS_RATE_HZ, peak 1, cut to where somebody speaks, faded at both ends, with its frames
 * as the vocoder hears them; the pitch of each frame is smoothed and goes on through what is unvoiced.
 * Ownership: free with sg_take_free (NULL ignored). Threads: immutable once made. Errors: SG_NO_SAMPLES
 * (shorter than 0.15 s of speech, below 22050 Hz, silence or all noise), SG_NO_MEMORY, those of decoding.
 */
#pragma once

#include "core/corpus/vocoder.h"

typedef struct {
  float *samples;   /* [n], n a multiple of SG_VOCODER_HOP */
  float *pitch_hz;  /* [speech->n_frames] */
  SgSpeech *speech; /* n / SG_VOCODER_HOP frames */
  int64_t n;
  double middle_hz; /* the median pitch of its voiced frames; 0 when none is voiced */
} SgTake;

SgStatus sg_take_load(const char *path, SgTake **out_take, SgError *error);
void sg_take_free(SgTake *take);
