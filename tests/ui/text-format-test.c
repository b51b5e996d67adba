#include "ui/text-format.h"

static void
assert_text(char *got, const char *expected)
{
  g_assert_cmpstr(got, ==, expected);
  g_free(got);
}

static void
test_time(void)
{
  assert_text(sg_format_time(0.0, 0), "0:00");
  assert_text(sg_format_time(59.96, 1), "1:00.0");
  assert_text(sg_format_time(62.345, 3), "1:02.345");
  assert_text(sg_format_time(3723.0, 0), "1:02:03");
  assert_text(sg_format_time(86400.0, 0), "24:00:00");
  assert_text(sg_format_time_tick(1.25, 0.05), "0:01.25");
  assert_text(sg_format_time_tick(90.0, 15.0), "1:30");
  assert_text(sg_format_time_left(58.2), "59 s left");
  assert_text(sg_format_time_left(75.2), "1 min left"); /* no second more than is known */
  assert_text(sg_format_time_left(91.0), "2 min left");
}

static void
test_frequency(void)
{
  assert_text(sg_format_frequency(50.0), "50.0 Hz");
  assert_text(sg_format_frequency(440.4), "440 Hz");
  assert_text(sg_format_frequency(1250.0), "1.25 kHz");
  assert_text(sg_format_frequency_tick(500.0), "500");
  assert_text(sg_format_frequency_tick(2000.0), "2k");
  assert_text(sg_format_pitch(440.0), "A4 +0 ¢");
  assert_text(sg_format_pitch(261.0), "C4 −4 ¢");
  assert_text(sg_format_pitch(16.0), "C0 −38 ¢");
}

static void
test_levels(void)
{
  assert_text(sg_format_gain(-60.0), "−∞ dB");
  assert_text(sg_format_gain(-0.01), "0.0 dB");
  assert_text(sg_format_gain(6.0), "+6.0 dB");
  assert_text(sg_format_level(-41.3), "−41 dB");
  assert_text(sg_format_level(-0.2), "0 dB");
  assert_text(sg_format_strength(1.0), "Natural");
  assert_text(sg_format_strength(0.5), "2.00 × softer");
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/ui/text-format/time", test_time);
  g_test_add_func("/ui/text-format/frequency", test_frequency);
  g_test_add_func("/ui/text-format/levels", test_levels);
  return g_test_run();
}
