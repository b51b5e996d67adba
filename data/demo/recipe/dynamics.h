#pragma once

/* Compressor and limiter. Both give one gain for each frame, found from both channels of a key track: the
 * gains of a mixture can so be applied to every stem of it, and the stems still add up. */

#include <stdbool.h>

#include "track.h"

typedef struct {
  double threshold_db;
  double ratio;
  double attack_s;
  double release_s;
  double makeup_db;
} DemoCompressor;

void demo_compressor_gains(const DemoCompressor *compressor, const DemoTrack *key, float *out_gains);

/* Gains under which no sample of KEY passes the ceiling. False when there is no memory. */
bool demo_limiter_gains(double ceiling_db, const DemoTrack *key, float *out_gains);

void demo_apply_gains(DemoTrack *track, const float *gains);

/* False when there is no memory. */
bool demo_compress(DemoTrack *track, const DemoCompressor *compressor);

/* Soft saturation; DRIVE_DB raises the signal before it and lowers it after. */
void demo_saturate(DemoTrack *track, double drive_db);
