#include "core/session/time-marks.h"

static void
count(SgTimeMarks *marks, guint *n)
{
  (*n)++;
}

static void
test_loop(void)
{
  g_autoptr(SgTimeMarks) marks = sg_time_marks_new();
  guint n = 0;
  gint64 start, end;
  g_signal_connect(marks, "changed", G_CALLBACK(count), &n);
  g_assert_false(sg_time_marks_get_loop(marks, &start, &end));
  sg_time_marks_set_loop(marks, 100, 200);
  sg_time_marks_set_loop(marks, 100, 200);
  g_assert_cmpuint(n, ==, 1);
  g_assert_true(sg_time_marks_get_loop(marks, &start, &end));
  g_assert_cmpint(start, ==, 100);
  g_assert_cmpint(end, ==, 200);
  sg_time_marks_set_loop(marks, 300, 200);
  g_assert_false(sg_time_marks_get_loop(marks, &start, &end));
  g_assert_cmpuint(n, ==, 2);
}

static void
test_beats(void)
{
  g_autoptr(SgTimeMarks) marks = sg_time_marks_new();
  gint64 beats[] = { 10, 20, 30, 40, 50, 60 };
  gsize n;
  g_assert_cmpuint(sg_time_marks_find_beat(marks, 0.0), ==, 0);
  sg_time_marks_set_beats(marks, beats, G_N_ELEMENTS(beats), 4, 1);
  beats[0] = 0;
  g_assert_cmpint(sg_time_marks_get_beats(marks, &n)[0], ==, 10);
  g_assert_cmpuint(n, ==, 6);
  g_assert_cmpuint(sg_time_marks_find_beat(marks, 10.0), ==, 0);
  g_assert_cmpuint(sg_time_marks_find_beat(marks, 10.5), ==, 1);
  g_assert_cmpuint(sg_time_marks_find_beat(marks, 61.0), ==, 6);
  const guint bars[] = { 0, 1, 1, 1, 1, 2 };
  for (gsize i = 0; i < n; i++) {
    g_assert_cmpuint(sg_time_marks_get_bar(marks, i), ==, bars[i]);
    g_assert_true(sg_time_marks_is_bar(marks, i) == (i == 1 || i == 5));
  }
}

static void
test_markers(void)
{
  g_autoptr(SgTimeMarks) marks = sg_time_marks_new();
  char name[] = "Verse";
  const SgTimeMarker markers[] = { { 500, name }, { 100, "Intro" } };
  sg_time_marks_set_markers(marks, markers, 2);
  name[0] = 'x';
  g_assert_cmpuint(sg_time_marks_get_n_markers(marks), ==, 2);
  g_assert_cmpstr(sg_time_marks_get_marker(marks, 0).name, ==, "Verse");
  g_assert_cmpint(sg_time_marks_get_marker(marks, 1).sample, ==, 100);
  sg_time_marks_clear(marks);
  g_assert_cmpuint(sg_time_marks_get_n_markers(marks), ==, 0);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/session/time-marks/loop", test_loop);
  g_test_add_func("/session/time-marks/beats", test_beats);
  g_test_add_func("/session/time-marks/markers", test_markers);
  return g_test_run();
}
