#include "core/plot/axis.h"

#include <glib.h>
#include <math.h>

enum { MAX_TICKS = 512 };

static void
test_frequency_round_trip(void)
{
  SgFrequencyAxis axis = sg_frequency_axis_for_rate(44100, 300.0);
  g_assert_cmpfloat_with_epsilon(sg_frequency_axis_y(&axis, axis.high_hz), 0.0, 1e-9);
  g_assert_cmpfloat_with_epsilon(sg_frequency_axis_y(&axis, axis.low_hz), 300.0, 1e-9);
  for (int i = 0; i < 200; i++) {
    double hz = axis.low_hz * pow(axis.high_hz / axis.low_hz, g_test_rand_double());
    double back = sg_frequency_axis_hz(&axis, sg_frequency_axis_y(&axis, hz));
    g_assert_cmpfloat_with_epsilon(back / hz, 1.0, 1e-9);
  }
  /* An octave is as high everywhere. */
  double low = sg_frequency_axis_y(&axis, 100.0) - sg_frequency_axis_y(&axis, 200.0);
  double high = sg_frequency_axis_y(&axis, 5000.0) - sg_frequency_axis_y(&axis, 10000.0);
  g_assert_cmpfloat_with_epsilon(low, high, 1e-9);
}

/* Linear: a hertz is as high everywhere. Mel: 1000 Hz is 1000 mel of O'Shaughnessy's formula. */
static void
test_frequency_kinds(void)
{
  for (int kind = 0; kind < SG_N_AXES; kind++) {
    SgAxisKind found;
    g_assert_true(sg_axis_find(sg_axis_name((SgAxisKind)kind), &found) && found == (SgAxisKind)kind);
    SgFrequencyAxis axis = sg_frequency_axis_whole((SgAxisKind)kind, 44100, 300.0);
    g_assert_cmpfloat_with_epsilon(sg_frequency_axis_y(&axis, axis.high_hz), 0.0, 1e-9);
    g_assert_cmpfloat_with_epsilon(sg_frequency_axis_y(&axis, axis.low_hz), 300.0, 1e-9);
    for (int i = 0; i < 100; i++) {
      double y = g_test_rand_double_range(0.0, 300.0);
      g_assert_cmpfloat_with_epsilon(sg_frequency_axis_y(&axis, sg_frequency_axis_hz(&axis, y)), y, 1e-9);
    }
  }
  g_assert_false(sg_axis_find("bark", &(SgAxisKind){ 0 }));
  SgFrequencyAxis linear = sg_frequency_axis_whole(SG_AXIS_LINEAR, 44100, 200.0);
  g_assert_cmpfloat_with_epsilon(sg_frequency_axis_hz(&linear, 150.0), 5000.0, 1e-6);
  SgFrequencyAxis mel = sg_frequency_axis_whole(SG_AXIS_MEL, 44100, 2595.0 * log10(1.0 + 20000.0 / 700.0));
  g_assert_cmpfloat_with_epsilon(mel.height - sg_frequency_axis_y(&mel, 1000.0), 999.9855, 1e-3);
}

static void
test_frequency_notes(void)
{
  for (int kind = 0; kind < SG_N_AXES; kind++)
    for (double height = 60.0; height < 4000.0; height *= 1.7) {
      SgFrequencyAxis axis = sg_frequency_axis_whole((SgAxisKind)kind, 44100, height);
      SgTick ticks[MAX_TICKS];
      size_t n = sg_frequency_axis_notes(&axis, 14.0, ticks, MAX_TICKS);
      g_assert_cmpuint(n, >=, 9);
      for (size_t i = 0; i < n; i++) {
        double exact = 12.0 * log2(ticks[i].value / 440.0);
        g_assert_cmpfloat_with_epsilon(exact, round(exact), 1e-9);
        g_assert_cmpfloat_with_epsilon(ticks[i].position, sg_frequency_axis_y(&axis, ticks[i].value), 1e-9);
        for (size_t j = 0; j < i; j++)
          if (ticks[i].labelled && ticks[j].labelled)
            g_assert_cmpfloat(fabs(ticks[i].position - ticks[j].position), >=, 14.0);
      }
    }
}

static void
test_frequency_rates(void)
{
  for (guint rate = 1; rate <= 192000; rate = rate * 2 + 1) {
    SgFrequencyAxis axis = sg_frequency_axis_for_rate(rate, 100.0);
    g_assert_cmpfloat(axis.low_hz, >, 0.0);
    g_assert_cmpfloat(axis.low_hz, <, axis.high_hz);
    g_assert_cmpfloat(axis.high_hz, <=, rate / 2.0);
  }
}

static void
test_frequency_ticks(void)
{
  for (double height = 40.0; height < 1000.0; height += 37.0) {
    SgFrequencyAxis axis = sg_frequency_axis_for_rate(48000, height);
    SgTick ticks[MAX_TICKS];
    size_t n = sg_frequency_axis_ticks(&axis, 20.0, ticks, MAX_TICKS);
    int n_labelled = 0;
    for (size_t i = 0; i < n; i++) {
      g_assert_cmpfloat_with_epsilon(ticks[i].position, sg_frequency_axis_y(&axis, ticks[i].value), 1e-9);
      for (size_t j = 0; j < i; j++)
        if (ticks[i].labelled && ticks[j].labelled)
          g_assert_cmpfloat(fabs(ticks[i].position - ticks[j].position), >=, 20.0);
      n_labelled += ticks[i].labelled;
    }
    g_assert_cmpint(n_labelled, >=, 1);
  }
  SgTick linear_ticks[MAX_TICKS];
  SgFrequencyAxis linear = sg_frequency_axis_whole(SG_AXIS_LINEAR, 48000, 300.0);
  size_t n_linear = sg_frequency_axis_ticks(&linear, 20.0, linear_ticks, MAX_TICKS);
  g_assert_cmpuint(n_linear, ==, 11);
  g_assert_cmpfloat(linear_ticks[3].value, ==, 6000.0);
  SgFrequencyAxis axis = sg_frequency_axis_for_rate(48000, 600.0);
  SgTick ticks[3];
  g_assert_cmpuint(sg_frequency_axis_ticks(&axis, 20.0, ticks, 3), ==, 3);
}

static void
test_time_step(void)
{
  static const double known[] = { 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600 };
  for (double zoom = 1e-6; zoom < 1.0; zoom *= 1.07) {
    double step = sg_time_axis_step(zoom, 80.0);
    g_assert_cmpfloat(step, >=, 80.0 * zoom * (1.0 - 1e-9));
    if (80.0 * zoom > 1e-4 && 80.0 * zoom < 1800.0)
      g_assert_cmpfloat(step, <=, 2.6 * 80.0 * zoom);
    gboolean is_known = step < 1.0 || step > 3600.0;
    for (size_t i = 0; i < G_N_ELEMENTS(known); i++)
      is_known = is_known || step == known[i];
    g_assert_true(is_known);
  }
}

static void
test_time_ticks(void)
{
  for (int i = 0; i < 200; i++) {
    double zoom = pow(10.0, g_test_rand_double_range(-5.0, 0.0));
    double start = g_test_rand_double_range(0.0, 5000.0);
    double step = sg_time_axis_step(zoom, 80.0);
    SgTick ticks[MAX_TICKS];
    size_t n = sg_time_axis_ticks(start, zoom, 1300.0, 80.0, ticks, MAX_TICKS);
    g_assert_cmpuint(n, >, 0);
    g_assert_true(ticks[0].labelled);
    g_assert_cmpfloat(ticks[0].position, <=, 1e-6);
    g_assert_cmpfloat(ticks[n - 1].position, <=, 1300.0);
    for (size_t k = 0; k < n; k++) {
      g_assert_cmpfloat_with_epsilon(start + ticks[k].position * zoom, ticks[k].value, 1e-6);
      if (ticks[k].labelled)
        g_assert_cmpfloat_with_epsilon(remainder(ticks[k].value, step), 0.0, step * 1e-6);
    }
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/plot/axis/frequency-round-trip", test_frequency_round_trip);
  g_test_add_func("/plot/axis/frequency-kinds", test_frequency_kinds);
  g_test_add_func("/plot/axis/frequency-notes", test_frequency_notes);
  g_test_add_func("/plot/axis/frequency-rates", test_frequency_rates);
  g_test_add_func("/plot/axis/frequency-ticks", test_frequency_ticks);
  g_test_add_func("/plot/axis/time-step", test_time_step);
  g_test_add_func("/plot/axis/time-ticks", test_time_ticks);
  return g_test_run();
}
