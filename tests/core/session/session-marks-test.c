#include "core/session/session-marks.h"

#include "tests/support.h"

/* What the session has is on the marks; what is selected there is the session's loop. */
static void
test_both_ways(void)
{
  g_autoptr(SgSession) session = sg_session_new(NULL);
  g_autoptr(SgTimeMarks) marks = sg_time_marks_new();
  SgPlayback *playback = sg_session_get_playback(session);
  gint64 start, end;
  gsize n;
  sg_session_bind_marks(session, marks);
  g_assert_false(sg_time_marks_get_loop(marks, &start, &end));

  sg_playback_set_loop(playback, (SgLoop){ .start = 100, .end = 900 }, TRUE);
  g_assert_true(sg_time_marks_get_loop(marks, &start, &end));
  g_assert_cmpint(start, ==, 100);
  g_assert_cmpint(end, ==, 900);

  sg_time_marks_select(marks, 700, 300, FALSE); /* still being dragged */
  g_assert_cmpint(sg_playback_get_loop(playback).start, ==, 100);
  sg_playback_set_loop(playback, (SgLoop){ .start = 100, .end = 900 }, FALSE);
  sg_time_marks_select(marks, 700, 400, TRUE);
  g_assert_cmpint(sg_playback_get_loop(playback).start, ==, 400);
  g_assert_cmpint(sg_playback_get_loop(playback).end, ==, 700);
  g_assert_true(sg_playback_get_loop_on(playback));

  SgBeatGrid *grid = sg_beat_grid_new_regular(22050.0, 11025.0, 4, 441000);
  g_assert_nonnull(grid);
  sg_playback_set_beats(playback, grid);
  const gint64 *beats = sg_time_marks_get_beats(marks, &n);
  g_assert_cmpuint(n, ==, sg_beat_grid_n_beats(grid));
  for (gsize i = 0; i < n; i++) {
    g_assert_cmpint(beats[i], ==, (gint64)sg_beat_grid_beat(grid, i));
    g_assert_true(sg_time_marks_is_bar(marks, i) == sg_beat_grid_begins_bar(grid, i));
  }
  sg_beat_grid_unref(grid);
  sg_playback_set_beats(playback, NULL);
  sg_time_marks_get_beats(marks, &n);
  g_assert_cmpuint(n, ==, 0);
}

static void
test_markers(void)
{
  g_autoptr(SgSession) session = sg_session_new(NULL);
  g_autoptr(SgTimeMarks) marks = sg_time_marks_new();
  sg_session_bind_marks(session, marks);
  SgMarker *verse = sg_session_add_marker(session, 5000, "Verse");
  sg_session_add_marker(session, 1000, "Intro");
  g_assert_cmpuint(sg_time_marks_get_n_markers(marks), ==, 2);
  g_assert_cmpstr(sg_time_marks_get_marker(marks, 1).name, ==, "Verse");
  sg_marker_set_name(verse, "Chorus");
  g_assert_cmpstr(sg_time_marks_get_marker(marks, 1).name, ==, "Chorus");
  sg_session_remove_marker(session, verse);
  g_assert_cmpuint(sg_time_marks_get_n_markers(marks), ==, 1);
  g_assert_cmpint(sg_time_marks_get_marker(marks, 0).sample, ==, 1000);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/session/session-marks/both-ways", test_both_ways);
  g_test_add_func("/session/session-marks/markers", test_markers);
  return g_test_run();
}
