#include "core/train/augment.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/dsp/signals.h"
#include "tests/support.h"

enum { RATE = 44100, N = 1000 };

/* Everything on. */
static const SgAugmentConfig all_on = { .gain_min_db = -9.0,
                                        .gain_max_db = 7.0,
                                        .polarity_probability = 0.5,
                                        .swap_probability = 0.5,
                                        .shift_probability = 0.5,
                                        .shift_step_samples = 10,
                                        .speed_probability = 0.5,
                                        .speed_min = 0.8,
                                        .speed_max = 1.25,
                                        .eq_probability = 0.5,
                                        .eq_max_db = 6.0 };

/* in and out are [2][N] here. */
static void
apply(const SgAugmentPlan *plan, float *in, gint64 n_in, float *out)
{
  float *in_channels[2] = { in, in + n_in }, *out_channels[2] = { out, out + N };
  test_assert_ok(sg_augment_apply(plan, RATE, 2, in_channels, N, out_channels, NULL));
}

static void
test_off_by_default(void)
{
  SgAugmentConfig config = { 0 };
  SgRandom random = test_random();
  float in[2 * N], out[2 * N];
  g_assert_null(sg_augment_bad_value(&config));
  sg_signal_noise(in, 2 * N, 1.0f, &random);
  for (int i = 0; i < 20; i++) {
    SgAugmentPlan plan;
    sg_augment_draw(&config, RATE, N, &random, &plan);
    g_assert_cmpint(sg_augment_input_length(&plan, N), ==, N);
    apply(&plan, in, N, out);
    g_assert_cmpmem(out, sizeof out, in, sizeof in);
  }
}

static void
test_each_change(void)
{
  SgRandom random = test_random();
  float in[2 * N], out[2 * N];
  sg_signal_noise(in, 2 * N, 1.0f, &random);
  SgAugmentPlan plan = { .speed = 1.0, .gain_db = -6.0, .is_inverted = true };
  apply(&plan, in, N, out);
  for (int i = 0; i < 2 * N; i++)
    g_assert_cmpfloat_with_epsilon(out[i], -0.5011872 * in[i], 1e-6);
  plan = (SgAugmentPlan){ .speed = 1.0, .is_swapped = true };
  apply(&plan, in, N, out);
  g_assert_cmpmem(out, sizeof out / 2, in + N, sizeof in / 2);
  g_assert_cmpmem(out + N, sizeof out / 2, in, sizeof in / 2);
  plan = (SgAugmentPlan){ .speed = 1.0, .shift_samples = 300 };
  apply(&plan, in, N, out);
  for (int i = 0; i < N; i++)
    g_assert_cmpfloat(out[N + (i + 300) % N], ==, in[N + i]);
}

/* A tone at the ratio's frequency, from the first sample to the last. */
static void
test_speed(void)
{
  const double speeds[] = { 0.5, 0.8, 1.0594631, 1.5 };
  for (gsize s = 0; s < G_N_ELEMENTS(speeds); s++) {
    SgAugmentPlan plan = { .speed = round(speeds[s] * RATE) / RATE };
    gint64 n_in = sg_augment_input_length(&plan, N);
    g_assert_cmpint(n_in, >=, (gint64)(N * plan.speed));
    g_autofree float *in = g_new(float, (gsize)(2 * n_in));
    float out[2 * N];
    sg_signal_sine(in, n_in, RATE, 1000.0, 0.5f);
    sg_signal_sine(in + n_in, n_in, RATE, 3000.0, 0.5f);
    apply(&plan, in, n_in, out);
    for (int c = 0; c < 2; c++) {
      /* A sine satisfies y[i+1] + y[i−1] = 2cos(ω)·y[i]. */
      double w = 2.0 * M_PI * (c == 0 ? 1000.0 : 3000.0) * plan.speed / RATE;
      for (int i = 1; i + 1 < N; i++)
        g_assert_cmpfloat_with_epsilon(out[c * N + i + 1] + out[c * N + i - 1], 2.0 * cos(w) * out[c * N + i],
                                       1e-3);
    }
  }
}

/* What is drawn lies within what is allowed, comes as often as it should, and off means off for it alone. */
static void
test_draws(void)
{
  enum { N_DRAWS = 4000 };
  SgAugmentConfig no_speed = all_on;
  no_speed.speed_probability = 0.0;
  SgRandom random = test_random(), other = random;
  double n_inverted = 0, n_swapped = 0, n_shifted = 0, n_sped = 0, n_equalised = 0, gain = 0.0;
  for (int i = 0; i < N_DRAWS; i++) {
    SgAugmentPlan plan, without;
    sg_augment_draw(&all_on, RATE, N, &random, &plan);
    sg_augment_draw(&no_speed, RATE, N, &other, &without);
    g_assert_cmpfloat(without.speed, ==, 1.0);
    without.speed = plan.speed;
    g_assert_cmpmem(&without, sizeof without, &plan, sizeof plan);
    g_assert_cmpfloat(plan.gain_db, >=, -9.0);
    g_assert_cmpfloat(plan.gain_db, <=, 7.0);
    g_assert_cmpint(plan.shift_samples % 10, ==, 0);
    g_assert_cmpint(plan.shift_samples, <, N);
    g_assert_cmpfloat(plan.speed, >=, 0.8 - 1.0 / RATE);
    g_assert_cmpfloat(plan.speed, <=, 1.25 + 1.0 / RATE);
    for (int b = 0; b < SG_AUGMENT_BIQUADS; b++)
      g_assert_cmpfloat(fabs(plan.eq_gains_db[b]), <=, 6.0);
    n_inverted += plan.is_inverted;
    n_swapped += plan.is_swapped;
    n_shifted += plan.shift_samples > 0;
    n_sped += plan.speed != 1.0;
    n_equalised += plan.has_eq;
    gain += plan.gain_db / N_DRAWS;
  }
  const double shares[] = { n_inverted, n_swapped, n_shifted, n_sped, n_equalised };
  /* Five standard deviations of a fair coin. */
  for (int i = 0; i < 5; i++)
    g_assert_cmpfloat_with_epsilon(shares[i] / N_DRAWS, 0.5, 0.04);
  g_assert_cmpfloat_with_epsilon(gain, -1.0, 0.4);
}

static void
test_bad_values(void)
{
  SgAugmentConfig config = { .polarity_probability = 1.5 };
  g_assert_cmpstr(sg_augment_bad_value(&config), ==, "polarity");
  config = (SgAugmentConfig){ .gain_min_db = 1.0 };
  g_assert_cmpstr(sg_augment_bad_value(&config), ==, "gain");
  config = (SgAugmentConfig){ .speed_probability = 0.5 };
  g_assert_cmpstr(sg_augment_bad_value(&config), ==, "speed");
  config = (SgAugmentConfig){ .eq_max_db = NAN };
  g_assert_cmpstr(sg_augment_bad_value(&config), ==, "equaliser");
  config = (SgAugmentConfig){ .shift_step_samples = -1 };
  g_assert_cmpstr(sg_augment_bad_value(&config), ==, "shift");
  g_assert_null(sg_augment_bad_value(&all_on));
}

static void
test_json(void)
{
  SgJson *json = sg_augment_json(&all_on);
  char *text = sg_json_dup_text(json, false);
  g_assert_cmpstr(
      text, ==,
      "{\"gain_min_db\":-9.0,\"gain_max_db\":7.0,\"polarity_probability\":0.5,\"swap_probability\":0.5,"
      "\"shift_probability\":0.5,\"shift_step_samples\":10,\"speed_probability\":0.5,\"speed_min\":"
      "0.8,\"speed_max\":1.25,\"eq_probability\":0.5,\"eq_max_db\":6.0}");
  free(text);
  sg_json_free(json);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/train/augment/off-by-default", test_off_by_default);
  g_test_add_func("/train/augment/each-change", test_each_change);
  g_test_add_func("/train/augment/speed", test_speed);
  g_test_add_func("/train/augment/draws", test_draws);
  g_test_add_func("/train/augment/bad-values", test_bad_values);
  g_test_add_func("/train/augment/json", test_json);
  return g_test_run();
}
