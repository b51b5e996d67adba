#pragma once

/* A stereo recording in memory, 44.1 kHz, float, full scale 1. Every function that makes one returns NULL
 * when there is no memory; the caller owns what it gets and frees it with demo_track_free. */

#include <stddef.h>

#define DEMO_RATE_HZ 44100.0

typedef struct {
  size_t n_frames;
  float *left;
  float *right;
} DemoTrack;

DemoTrack *demo_track_new(size_t n_frames);
void demo_track_free(DemoTrack *track);

/* Adds FROM, raised by GAIN_DB, into TO; both have the same length. */
void demo_track_add(DemoTrack *to, const DemoTrack *from, double gain_db);

/* Narrows or widens: WIDTH 0 is mono, 1 leaves the track alone. */
void demo_track_set_width(DemoTrack *track, double width);

/* Turns the balance with constant power, PAN from -1 (left) to 1 (right), 0 leaving the track alone. */
void demo_track_pan(DemoTrack *track, double pan);

double demo_db_to_gain(double db);
