#include "core/play/meter.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#include "core/play/ceiling.h"
#include "tests/support.h"

enum { RATE = 48000, BLOCK = 256 };

static double
to_db(double level)
{
  return 20.0 * log10(level);
}

/* Runs the meter over blocks of a sine, or of silence where `amplitude` is 0. */
static void
run(SgMeter *meter, float amplitude, double seconds)
{
  SgMeterFall fall = sg_meter_fall(BLOCK, RATE);
  float block[2 * BLOCK];
  for (int64_t at = 0; at < (int64_t)(seconds * RATE); at += BLOCK) {
    for (int i = 0; i < BLOCK; i++) {
      block[2 * i] = amplitude * sinf((float)(2.0 * M_PI * 1000.0 / RATE) * (float)((at + i) % RATE));
      block[2 * i + 1] = 0.5f * block[2 * i];
    }
    sg_meter_add_stereo(meter, block, BLOCK);
    sg_meter_advance(meter, &fall);
  }
}

/* A sine's peak and its RMS 3 dB below; then 20 dB down in 1.7 s, and the hold for 1.5 s. */
static void
test_ballistics(void)
{
  SgMeter meter = { 0 };
  SgMeterReading reading;
  run(&meter, 0.5f, 2.0);
  sg_meter_read(&meter, &reading);
  g_assert_cmpfloat_with_epsilon(to_db(reading.peak[0]), to_db(0.5), 0.05);
  g_assert_cmpfloat_with_epsilon(to_db(reading.peak[1]), to_db(0.25), 0.05);
  g_assert_cmpfloat_with_epsilon(to_db(reading.hold[0]), to_db(0.5), 0.05);
  g_assert_cmpfloat_with_epsilon(to_db(reading.rms[0]), to_db(0.5 / M_SQRT2), 0.1);
  run(&meter, 0.0f, 0.85);
  sg_meter_read(&meter, &reading);
  g_assert_cmpfloat_with_epsilon(to_db(reading.peak[0]), to_db(0.5) - 10.0, 0.2);
  g_assert_cmpfloat_with_epsilon(to_db(reading.hold[0]), to_db(0.5), 0.05);
  run(&meter, 0.0f, 0.85);
  sg_meter_read(&meter, &reading);
  g_assert_cmpfloat_with_epsilon(to_db(reading.peak[0]), to_db(0.5) - 20.0, 0.2);
  g_assert_cmpfloat(reading.hold[0], ==, reading.peak[0]);
  run(&meter, 0.0f, 15.0);
  sg_meter_read(&meter, &reading);
  g_assert_cmpfloat(reading.peak[0], ==, 0.0f);
  g_assert_cmpfloat(reading.rms[0], ==, 0.0f);
}

/* Below full scale nothing changes, however near it is. */
static void
test_ceiling_out_of_the_way(void)
{
  SgCeiling ceiling = { 0 };
  float block[2 * BLOCK];
  for (int i = 0; i < 2 * BLOCK; i++)
    block[i] = (i % 7) / 6.0f * (i % 2 == 0 ? 1.0f : -1.0f);
  float before[2 * BLOCK];
  memcpy(before, block, sizeof block);
  g_assert_cmpuint(sg_ceiling_apply(&ceiling, block, BLOCK, RATE), ==, 0);
  g_assert_cmpmem(block, sizeof block, before, sizeof before);
  g_assert_false(ceiling.bending);
}

/* A sine that grows past full scale stays below it, and nowhere makes a step that it did not have. */
static void
test_ceiling_bends(void)
{
  SgCeiling ceiling = { 0 };
  float block[2 * BLOCK], last = 0.0f, highest = 0.0f, step = 0.0f, wanted_step = 0.0f, wanted_last = 0.0f;
  size_t n_over = 0;
  for (int64_t at = 0; at < 4 * RATE; at += BLOCK) {
    for (int i = 0; i < BLOCK; i++) {
      double t = (double)(at + i) / RATE;
      float x = (float)((t < 1.0 ? 3.0 * t : 0.8) * sin(2.0 * M_PI * 100.0 * t));
      block[2 * i] = block[2 * i + 1] = x;
      wanted_step = fmaxf(wanted_step, fabsf(x - wanted_last));
      wanted_last = x;
    }
    n_over += sg_ceiling_apply(&ceiling, block, BLOCK, RATE);
    for (int i = 0; i < BLOCK; i++) {
      highest = fmaxf(highest, fabsf(block[2 * i]));
      step = fmaxf(step, fabsf(block[2 * i] - last));
      last = block[2 * i];
    }
    g_assert_false(ceiling.bending && (n_over == 0 || at > 2 * RATE + 2 * BLOCK));
    g_assert_true(ceiling.bending || n_over == 0 || at > 2 * RATE - RATE / 100);
  }
  g_test_message("%zu frames over, highest %.4f", n_over, highest);
  g_assert_cmpuint(n_over, >, RATE / 4);
  g_assert_cmpfloat(highest, <=, 1.0f);
  g_assert_cmpfloat(highest, >, 0.99f);
  g_assert_cmpfloat(step, <=, wanted_step);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/meter/ballistics", test_ballistics);
  g_test_add_func("/ceiling/out-of-the-way", test_ceiling_out_of_the_way);
  g_test_add_func("/ceiling/bends", test_ceiling_bends);
  return g_test_run();
}
