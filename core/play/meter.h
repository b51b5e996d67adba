/* A level meter: fed in the audio callback, read from any thread.
 *
 * Peak: rises at once and falls by 20 dB in 1.7 s (IEC 60268-18, digital peak programme meter). Hold: the
 * highest peak, kept for 1.5 s, then the peak. RMS: square root of the mean square over 300 ms (one pole).
 * Linear values, full scale 1, left and right.
 *
 * Threads: begin, add and advance in the callback; read from any at the same time, each value by itself an
 * atomic. Audio callback: all of them.
 */
#pragma once

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
  float peak[2], hold[2], rms[2];
} SgMeterReading;

/* By how much a meter falls in the time of one block. */
typedef struct {
  float peak_factor, rms_share;
  uint32_t n_frames, n_hold;
} SgMeterFall;

typedef struct {
  float block_peak[2], block_square[2]; /* of the block under way; squares summed */
  float peak[2], hold[2], mean_square[2];
  uint32_t hold_left[2];
  _Atomic float shown_peak[2], shown_hold[2], shown_rms[2];
} SgMeter;

SgMeterFall sg_meter_fall(size_t n_frames, uint32_t rate_hz);
/* Adds one side's samples: `peak` of their magnitudes, sum of their squares. */
void sg_meter_add(SgMeter *meter, int side, float peak, float square);
/* The same from `n` stereo frames. */
void sg_meter_add_stereo(SgMeter *meter, const float *stereo, size_t n);
/* Ends a block: falls, and shows the new values. */
void sg_meter_advance(SgMeter *meter, const SgMeterFall *fall);
/* Back to silence; only while no callback can run. */
void sg_meter_clear(SgMeter *meter);
void sg_meter_read(const SgMeter *meter, SgMeterReading *out_reading);
