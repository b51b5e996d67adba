/* The note of equal temperament that a frequency lies nearest to, A4 = 440 Hz.
 *
 * Threads: no shared state. Audio callback: allowed. Errors: none.
 */
#pragma once

typedef struct {
  int note;  /* MIDI number: 69 is A4, 60 is C4 */
  int cents; /* −50 … +50 from it */
} SgPitch;

/* `freq_hz` > 0. */
SgPitch sg_pitch_of_frequency(double freq_hz);
double sg_pitch_frequency(int note);
