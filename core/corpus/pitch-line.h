/* The pitch that a singer makes of notes: scoops, vibrato that comes in late, drift, glides.
 *
 * Lines have a value each SG_VOCODER_HOP samples. Threads: no shared state.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "core/base/random.h"

typedef struct {
  double transpose_semitones, vibrato_semitones, vibrato_hz;
  double lowest_hz, highest_hz; /* notes beyond are sung in another octave */
} SgSingingStyle;

/* Vibrato drawn, no transposition, 90 … 700 Hz. */
SgSingingStyle sg_singing_style_draw(SgRandom *random);

/* The pitch of one note held for n values. */
void sg_pitch_line_note(const SgSingingStyle *style, uint8_t key, SgRandom *random, float *out_f0_hz,
                        size_t n);

/* Glides: the logarithm of the pitch through a one-pole low-pass. */
void sg_pitch_line_smooth(float *f0_hz, size_t n, double glide_s);
