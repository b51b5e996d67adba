#pragma once

/* Room and echo. Both read a send and add what they make of it into another track of the same length. */

#include <stdbool.h>

#include "track.h"

typedef struct {
  double decay_s; /* to -60 dB */
  double size;    /* 1 is a hall, 0.4 a room */
  double predelay_s;
  double damping_hz;
  double low_cut_hz;
} DemoReverb;

/* A feedback network of eight delay lines after Jot (1991). False when there is no memory. */
bool demo_reverb_add(const DemoReverb *reverb, const DemoTrack *send, double gain_db, DemoTrack *to);

/* Repeats that change sides, each duller and weaker than the one before. False when there is no memory. */
bool demo_echo_add(double time_s, double feedback, const DemoTrack *send, double gain_db, DemoTrack *to);
