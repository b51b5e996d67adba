#include "core/session/session-marks.h"

#include <math.h>

static void
on_loop_changed(SgPlayback *playback, GParamSpec *pspec, SgTimeMarks *marks)
{
  SgLoop loop = sg_playback_get_loop(playback);
  sg_time_marks_set_loop(marks, loop.start, loop.end);
}

static void
on_beats_changed(SgPlayback *playback, GParamSpec *pspec, SgTimeMarks *marks)
{
  const SgBeatGrid *grid = sg_playback_get_beats(playback);
  gsize n = grid != NULL ? sg_beat_grid_n_beats(grid) : 0, first_bar = 0;
  g_autofree gint64 *beats = g_new(gint64, n);
  for (gsize i = 0; i < n; i++)
    beats[i] = llround(sg_beat_grid_beat(grid, i));
  while (first_bar + 1 < n && !sg_beat_grid_begins_bar(grid, first_bar))
    first_bar++;
  sg_time_marks_set_beats(marks, beats, n, grid != NULL ? sg_beat_grid_beats_per_bar(grid) : 0,
                          (guint)first_bar);
}

static void
show_markers(SgTimeMarks *marks, GListModel *list)
{
  guint n = g_list_model_get_n_items(list);
  g_autofree SgTimeMarker *markers = g_new(SgTimeMarker, n);
  for (guint i = 0; i < n; i++) {
    g_autoptr(SgMarker) marker = g_list_model_get_item(list, i); /* the list keeps it and its name */
    markers[i] = (SgTimeMarker){ sg_marker_get_position(marker), sg_marker_get_name(marker) };
  }
  sg_time_marks_set_markers(marks, markers, n);
}

static void
on_marker_changed(SgMarker *marker, GParamSpec *pspec, SgTimeMarks *marks)
{
  show_markers(marks, g_object_get_data(G_OBJECT(marks), "sg-markers"));
}

static void
on_markers_changed(GListModel *list, guint position, guint removed, guint added, SgTimeMarks *marks)
{
  for (guint i = position; i < position + added; i++) {
    g_autoptr(SgMarker) marker = g_list_model_get_item(list, i);
    g_signal_handlers_disconnect_by_func(marker, on_marker_changed, marks);
    g_signal_connect_object(marker, "notify", G_CALLBACK(on_marker_changed), marks, 0);
  }
  show_markers(marks, list);
}

static void
on_selected(SgTimeMarks *marks, gint64 start, gint64 end, SgPlayback *playback)
{
  sg_playback_set_loop(playback, (SgLoop){ .start = start, .end = end }, end > start);
}

void
sg_session_bind_marks(SgSession *session, SgTimeMarks *marks)
{
  g_return_if_fail(SG_IS_SESSION(session));
  g_return_if_fail(SG_IS_TIME_MARKS(marks));
  SgPlayback *playback = sg_session_get_playback(session);
  GListModel *markers = sg_session_get_markers(session);
  g_object_set_data_full(G_OBJECT(marks), "sg-markers", g_object_ref(markers), g_object_unref);
  g_signal_connect_object(playback, "notify::loop", G_CALLBACK(on_loop_changed), marks, 0);
  g_signal_connect_object(playback, "notify::beats", G_CALLBACK(on_beats_changed), marks, 0);
  g_signal_connect_object(markers, "items-changed", G_CALLBACK(on_markers_changed), marks, 0);
  g_signal_connect_object(marks, "selected", G_CALLBACK(on_selected), playback, 0);
  on_loop_changed(playback, NULL, marks);
  on_beats_changed(playback, NULL, marks);
  on_markers_changed(markers, 0, 0, g_list_model_get_n_items(markers), marks);
}
