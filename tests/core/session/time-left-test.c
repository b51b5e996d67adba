/* The estimate of the time that a job still takes. */
#include "core/session/time-left.h"

static void
test_steady(void)
{
  SgTimeLeft left = { 0 };
  g_assert_cmpfloat(sg_time_left_update(&left, 0.0, "separate", 100.0), ==, -1.0);
  g_assert_cmpfloat(sg_time_left_update(&left, 0.04, "separate", 100.4), ==, -1.0); /* too early in time */
  for (int i = 1; i <= 10; i++)
    g_assert_cmpfloat_with_epsilon(sg_time_left_update(&left, 0.1 * i, "separate", 100.0 + i), 10.0 - i,
                                   1e-9);
}

static void
test_slow_start(void)
{
  SgTimeLeft left = { 0 };
  sg_time_left_update(&left, 0.0, "decode", 0.0);
  g_assert_cmpfloat(sg_time_left_update(&left, 0.005, "decode", 30.0), ==, -1.0); /* too early in the work */
  g_assert_cmpfloat_with_epsilon(sg_time_left_update(&left, 0.5, "decode", 60.0), 60.0, 1e-9);
}

/* A stage starts anew, and one that starts in its middle is judged by what was done since. */
static void
test_stages(void)
{
  SgTimeLeft left = { 0 };
  sg_time_left_update(&left, 0.0, "decode", 0.0);
  sg_time_left_update(&left, 1.0, "decode", 50.0);
  g_assert_cmpfloat(sg_time_left_update(&left, 0.5, "separate", 51.0), ==, -1.0);
  g_assert_cmpfloat_with_epsilon(sg_time_left_update(&left, 0.75, "separate", 53.0), 2.0, 1e-9);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/core/session/time-left/steady", test_steady);
  g_test_add_func("/core/session/time-left/slow-start", test_slow_start);
  g_test_add_func("/core/session/time-left/stages", test_stages);
  return g_test_run();
}
