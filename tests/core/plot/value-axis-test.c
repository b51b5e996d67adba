#include "core/plot/value-axis.h"

#include <glib.h>
#include <math.h>

enum { MAX_TICKS = 128, LABEL_SIZE = 64 };

static const double GAP = 30.0;

/* What holds of every axis, whatever it was made from. */
static void
check(const SgValueAxis *axis, double length)
{
  g_assert_true(isfinite(axis->low) && isfinite(axis->high) && axis->low < axis->high);
  g_assert_cmpfloat_with_epsilon(sg_value_axis_position(axis, axis->low, length), 0.0, 1e-6);
  g_assert_cmpfloat_with_epsilon(sg_value_axis_position(axis, axis->high, length), length, 1e-6);
  SgTick ticks[MAX_TICKS];
  char label[LABEL_SIZE], before[LABEL_SIZE] = "";
  size_t n = sg_value_axis_ticks(axis, length, GAP, ticks, MAX_TICKS);
  g_assert_cmpuint(n, >=, axis->logarithmic || length < 4.0 * GAP ? 1 : 2);
  g_assert_cmpuint(n, <, MAX_TICKS);
  for (size_t i = 0; i < n; i++) {
    g_assert_cmpfloat(ticks[i].position, >=, -1e-3);
    g_assert_cmpfloat(ticks[i].position, <=, length + 1e-3);
    if (i > 0)
      g_assert_cmpfloat(ticks[i].position - ticks[i - 1].position, >=, GAP - 1e-6);
    sg_value_axis_label(axis, length, GAP, ticks[i].value, label, sizeof label);
    g_assert_cmpstr(label, !=, before);
    g_strlcpy(before, label, sizeof before);
  }
}

static void
test_any_range(void)
{
  for (int i = 0; i < 2000; i++) {
    double size = pow(10.0, g_test_rand_double_range(-6.0, 9.0));
    double low = size * g_test_rand_double_range(-1.0, 1.0);
    double high = low + size * pow(10.0, g_test_rand_double_range(-3.0, 0.0));
    double length = g_test_rand_double_range(2.0 * GAP, 900.0);
    SgValueAxis axis = sg_value_axis_covering(low, high, false);
    g_assert_cmpfloat(axis.low, <=, low + 1e-6 * (high - low));
    g_assert_cmpfloat(axis.high, >=, high - 1e-6 * (high - low));
    g_assert_cmpfloat(axis.high - axis.low, <, 1.1 * (high - low));
    check(&axis, length);
    double small = exp(g_test_rand_double_range(-20.0, 10.0));
    axis = sg_value_axis_covering(small, small * exp(g_test_rand_double_range(0.0, 12.0)), true);
    g_assert_cmpfloat(axis.low, <=, small * (1.0 + 1e-6));
    check(&axis, length);
  }
}

static void
test_degenerate(void)
{
  const double cases[][2] = { { 0.0, 0.0 },         { 5.0, 5.0 },       { -3.0, -3.0 },
                              { 1e12, 1e12 + 1.0 }, { NAN, NAN },       { INFINITY, -INFINITY },
                              { -INFINITY, 2.0 },   { 3.0, 1.0 },       { 1e308, 1e308 },
                              { -1e308, 1e308 },    { 1e-320, 2e-320 }, { -0.0, 0.0 } };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
    for (int logarithmic = 0; logarithmic < 2; logarithmic++) {
      SgValueAxis axis = sg_value_axis_covering(cases[i][0], cases[i][1], logarithmic != 0);
      g_assert_true(isfinite(axis.low) && isfinite(axis.high) && axis.low < axis.high);
      SgTick ticks[MAX_TICKS];
      g_assert_cmpuint(sg_value_axis_ticks(&axis, 300.0, GAP, ticks, MAX_TICKS), <, MAX_TICKS);
    }
  SgValueAxis five = sg_value_axis_covering(5.0, 5.0, false);
  g_assert_cmpfloat(five.low, <, 5.0);
  g_assert_cmpfloat(five.high, >, 5.0);
  check(&five, 300.0);
}

static void
expect_labels(double low, double high, bool logarithmic, double length, const char *const *labels)
{
  SgValueAxis axis = sg_value_axis_covering(low, high, logarithmic);
  SgTick ticks[MAX_TICKS];
  size_t n = sg_value_axis_ticks(&axis, length, GAP, ticks, MAX_TICKS);
  g_assert_cmpuint(n, ==, g_strv_length((char **)labels));
  for (size_t i = 0; i < n; i++) {
    char label[LABEL_SIZE];
    sg_value_axis_label(&axis, length, GAP, ticks[i].value, label, sizeof label);
    g_assert_cmpstr(label, ==, labels[i]);
  }
}

static void
test_labels(void)
{
  expect_labels(-9.0, 13.0, false, 160.0, (const char *[]){ "−5", "0", "5", "10", NULL });
  expect_labels(0.02, 0.11, false, 140.0, (const char *[]){ "0.025", "0.050", "0.075", "0.100", NULL });
  expect_labels(-3e6, 4e6, false, 140.0, (const char *[]){ "−2e+06", "0", "2e+06", "4e+06", NULL });
  expect_labels(0.003, 4.0, true, 130.0, (const char *[]){ "0.01", "0.1", "1", NULL });
  expect_labels(1.0, 10.0, true, 130.0, (const char *[]){ "1", "2", "5", "10", NULL });
}

static void
test_time_labels(void)
{
  static const struct {
    double seconds, step;
    const char *label;
  } cases[] = { { 0.0, 10.0, "0:00" },      { 65.0, 5.0, "1:05" },      { 3599.0, 1.0, "59:59" },
                { 3605.0, 5.0, "1:00:05" }, { 65.5, 0.5, "1:05.5" },    { 0.25, 0.05, "0:00.25" },
                { 60.0, 60.0, "1:00" },     { 7200.0, 3600, "2:00:00" } };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    char label[LABEL_SIZE];
    sg_time_label(cases[i].seconds, cases[i].step, label, sizeof label);
    g_assert_cmpstr(label, ==, cases[i].label);
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/plot/value-axis/any-range", test_any_range);
  g_test_add_func("/plot/value-axis/degenerate", test_degenerate);
  g_test_add_func("/plot/value-axis/labels", test_labels);
  g_test_add_func("/plot/value-axis/time-labels", test_time_labels);
  return g_test_run();
}
