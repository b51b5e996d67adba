/* Struck and plucked things by their modes: bars of wood and metal, bells, short strings, blown noise. They
 * begin like drums and have a pitch, and so belong to the accompaniment.
 *
 * A note is a click and a burst of noise that excite a bank of two-pole resonators,
 *   y_m[i] = 2 r cos(2π f_m / rate) y_m[i − 1] − r² y_m[i − 2] + x[i],   r = exp(−1 / (τ_m rate)),
 * one for each mode: modal synthesis [Adrien 1991]. Equal seeds give equal samples.
 *
 * Ownership: plain values. Threads: no shared state. Errors: SG_NO_MEMORY, SG_CANCELLED.
 */
#pragma once

#include "core/base/random.h"
#include "core/corpus/clip.h"
#include "core/corpus/midi-file.h"

enum { SG_STRUCK_MAX_MODES = 10 };

typedef struct {
  const char *name;
  int n_modes;
  double ratios[SG_STRUCK_MAX_MODES];   /* of a mode's frequency to the note's */
  double levels[SG_STRUCK_MAX_MODES];   /* of its sound, linear */
  double decays_s[SG_STRUCK_MAX_MODES]; /* τ, to 1/e */
  double noise;                         /* of the burst, against the click's 1 */
  double noise_s;                       /* its decay, to 1/e */
  int octave;
  double pan;    /* −1 … 1 */
  double echo_s; /* 0: none */
} SgStruck;

SgStruck sg_struck_draw(SgRandom *random);

/* Adds the notes to the clip; modes from 16 kHz on are left out. */
SgStatus sg_struck_render(const SgStruck *struck, const SgMidiNote *notes, size_t n_notes, SgRandom *random,
                          SgClip *clip, SgError *error);
