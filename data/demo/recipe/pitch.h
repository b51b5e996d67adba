#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sung.h"

/* Draws the pitch of a line into a curve, in semitones: portamento between notes, a scoop into a phrase, a
 * fall at its end, vibrato that grows on long notes, and slow drift. False when there is no memory. */
bool demo_pitch_draw(double *curve, size_t n, const DemoSungLine *line, uint64_t seed);
