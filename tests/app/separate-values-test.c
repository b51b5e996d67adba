#include "app/cli/separate-values.h"

#include "tests/support.h"

static void
test_times(void)
{
  static const struct {
    const char *text;
    double seconds;
  } good[] = {
    { "0", 0.0 },        { "90", 90.0 },           { "90.25", 90.25 },    { "0:30", 30.0 },
    { "1:5", 65.0 },     { "1:02:03.5", 3723.5 },  { "100:00", 6000.0 },  { "00:00:00.0", 0.0 },
    { "59:59", 3599.0 }, { "277:46:40", 1000000 }, { "0000012.5", 12.5 },
  };
  static const char *const bad[] = { "",        ":",       "-1",        "+1",   "1:",          ":30", "1:60",
                                     "1:2:60",  "1:61:00", "1.5:00",    "1e3",  "0x10",        "inf", "nan",
                                     "1:2:3:4", "1:002",   " 1",        "1 ",   "1s",          "1.",  ".5",
                                     "1,5",     "1:30.",   "999999999", "1..5", "99999999:00", "1:-5" };
  double seconds;
  for (gsize i = 0; i < G_N_ELEMENTS(good); i++) {
    g_assert_true(separate_parse_time(good[i].text, &seconds));
    g_assert_cmpfloat(seconds, ==, good[i].seconds);
  }
  for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
    if (separate_parse_time(bad[i], &seconds))
      g_error("“%s” is taken for %g s", bad[i], seconds);
}

static void
test_shards(void)
{
  static const char *const bad[] = { "",     "/",    "1",    "1/",           "/1",   "0/1",  "2/1", "1/0",
                                     "-1/2", "1/2x", "1//2", "1/1000000000", " 1/2", "1/ 2", "+1/2" };
  guint index, count;
  g_assert_true(separate_parse_shard("1/1", &index, &count));
  g_assert_true(separate_parse_shard("7/120", &index, &count));
  g_assert_cmpuint(index, ==, 7);
  g_assert_cmpuint(count, ==, 120);
  for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
    if (separate_parse_shard(bad[i], &index, &count))
      g_error("“%s” is taken for %u of %u", bad[i], index, count);
}

static void
test_samples(void)
{
  static const struct {
    double from_s, to_s;
    gint64 start, n; /* 0: refused */
  } cases[] = {
    { 0.0, -1.0, 0, 10000 },  { 0.5, -1.0, 500, 9500 },    { 0.0, 10.0, 0, 10000 },
    { 9.999, 10.0, 9999, 1 }, { 1.0004, 2.0, 1000, 1000 }, { 10.0, -1.0, 0, 0 },
    { 0.0, 10.001, 0, 0 },    { 11.0, 12.0, 0, 0 },        { 1.0001, 1.0002, 0, 0 }, /* between two samples */
  };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    SeparateRange range = { cases[i].from_s, cases[i].to_s };
    gint64 start, n;
    SgError error;
    SgStatus status = separate_range_samples(&range, "song", 1000, 10000, &start, &n, &error);
    test_assert_status(status, cases[i].n > 0 ? SG_OK : SG_OUTSIDE_SONG);
    if (status == SG_OK) {
      g_assert_cmpint(start, ==, cases[i].start);
      g_assert_cmpint(n, ==, cases[i].n);
    } else {
      g_assert_cmpint(error.actual, ==, 10000);
      g_assert_cmpstr(error.path, ==, "song");
    }
  }
  g_assert_false(separate_is_part(&(SeparateRange){ 0.0, -1.0 }));
  g_assert_true(separate_is_part(&(SeparateRange){ 0.0, 1.0 }));
  g_assert_true(separate_is_part(&(SeparateRange){ 1.0, -1.0 }));
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/separate-values/times", test_times);
  g_test_add_func("/separate-values/shards", test_shards);
  g_test_add_func("/separate-values/samples", test_samples);
  return g_test_run();
}
