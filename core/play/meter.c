#include "core/play/meter.h"

#include <math.h>

#define FALL_DB_PER_S (20.0f / 1.7f)
#define HOLD_S 1.5f
#define RMS_S 0.3f
#define SILENCE 1e-7f /* −140 dB: nothing from here on, and no denormals */

SgMeterFall
sg_meter_fall(size_t n_frames, uint32_t rate_hz)
{
  float seconds = (float)n_frames / (float)rate_hz;
  return (SgMeterFall){ .peak_factor = powf(10.0f, -FALL_DB_PER_S * seconds / 20.0f),
                        .rms_share = 1.0f - expf(-seconds / RMS_S),
                        .n_frames = (uint32_t)n_frames,
                        .n_hold = (uint32_t)(HOLD_S * (float)rate_hz) };
}

void
sg_meter_add(SgMeter *meter, int side, float peak, float square)
{
  if (peak > meter->block_peak[side])
    meter->block_peak[side] = peak;
  meter->block_square[side] += square;
}

void
sg_meter_add_stereo(SgMeter *meter, const float *stereo, size_t n)
{
  for (int side = 0; side < 2; side++) {
    float peak = 0.0f, square = 0.0f;
    for (size_t i = 0; i < n; i++) {
      float magnitude = fabsf(stereo[2 * i + side]);
      peak = magnitude > peak ? magnitude : peak;
      square += magnitude * magnitude;
    }
    sg_meter_add(meter, side, peak, square);
  }
}

static void
advance_side(SgMeter *meter, int side, const SgMeterFall *fall)
{
  float fallen = meter->peak[side] * fall->peak_factor, peak = meter->block_peak[side];
  meter->peak[side] = peak > fallen ? peak : fallen > SILENCE ? fallen : 0.0f;
  if (peak >= meter->hold[side] && peak > 0.0f) {
    meter->hold[side] = peak;
    meter->hold_left[side] = fall->n_hold;
  } else if (meter->hold_left[side] > fall->n_frames)
    meter->hold_left[side] -= fall->n_frames;
  else {
    meter->hold_left[side] = 0;
    meter->hold[side] = meter->peak[side];
  }
  float block_mean = meter->block_square[side] / (float)fall->n_frames;
  meter->mean_square[side] += fall->rms_share * (block_mean - meter->mean_square[side]);
  if (meter->mean_square[side] < SILENCE * SILENCE)
    meter->mean_square[side] = 0.0f;
}

static void
show(SgMeter *meter)
{
  for (int side = 0; side < 2; side++) {
    atomic_store_explicit(&meter->shown_peak[side], meter->peak[side], memory_order_relaxed);
    atomic_store_explicit(&meter->shown_hold[side], meter->hold[side], memory_order_relaxed);
    atomic_store_explicit(&meter->shown_rms[side], sqrtf(meter->mean_square[side]), memory_order_relaxed);
  }
}

void
sg_meter_advance(SgMeter *meter, const SgMeterFall *fall)
{
  for (int side = 0; side < 2; side++) {
    advance_side(meter, side, fall);
    meter->block_peak[side] = meter->block_square[side] = 0.0f;
  }
  show(meter);
}

void
sg_meter_clear(SgMeter *meter)
{
  for (int side = 0; side < 2; side++) {
    meter->block_peak[side] = meter->block_square[side] = 0.0f;
    meter->peak[side] = meter->hold[side] = meter->mean_square[side] = 0.0f;
    meter->hold_left[side] = 0;
  }
  show(meter);
}

void
sg_meter_read(const SgMeter *meter, SgMeterReading *out_reading)
{
  for (int side = 0; side < 2; side++) {
    out_reading->peak[side] = atomic_load_explicit(&meter->shown_peak[side], memory_order_relaxed);
    out_reading->hold[side] = atomic_load_explicit(&meter->shown_hold[side], memory_order_relaxed);
    out_reading->rms[side] = atomic_load_explicit(&meter->shown_rms[side], memory_order_relaxed);
  }
}
