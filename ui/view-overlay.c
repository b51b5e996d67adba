#include "ui/view-overlay.h"

#include <math.h>

enum { MAX_TICKS = 64, GRID_GAP = 20, BEAT_GAP = 14, CURSOR_HOLE = 5, LOOP_BAR = 3 };

static const GdkRGBA shadow = { 0, 0, 0, 0.5f };
static const GdkRGBA bright = { 1, 1, 1, 0.95f };
static const GdkRGBA grid_line = { 1, 1, 1, 0.07f };
static const GdkRGBA beat_line = { 1, 1, 1, 0.10f };
static const GdkRGBA bar_line = { 1, 1, 1, 0.24f };
static const GdkRGBA loop_fill = { 1, 1, 1, 0.05f };
static const GdkRGBA loop_edge = { 1, 1, 1, 0.7f };
static const GdkRGBA marker_line = { 1.0f, 0.85f, 0.3f, 0.85f };

static void
fill(GtkSnapshot *snapshot, const GdkRGBA *colour, double x, double y, double width, double height)
{
  if (width > 0.0 && height > 0.0)
    gtk_snapshot_append_color(snapshot, colour,
                              &GRAPHENE_RECT_INIT((float)x, (float)y, (float)width, (float)height));
}

void
sg_overlay_grid(GtkSnapshot *snapshot, const SgFrequencyAxis *axis, int width)
{
  SgTick ticks[MAX_TICKS];
  size_t n = sg_frequency_axis_ticks(axis, GRID_GAP, ticks, MAX_TICKS);
  for (size_t i = 0; i < n; i++)
    if (ticks[i].labelled)
      fill(snapshot, &grid_line, 0, floor(ticks[i].position), width, 1);
}

gsize
sg_overlay_beat_step(SgViewRange *range, SgTimeMarks *marks, double min_gap)
{
  gsize n;
  const gint64 *beats = sg_time_marks_get_beats(marks, &n);
  if (n < 2)
    return 1;
  double gap =
      (double)(beats[n - 1] - beats[0]) / (double)(n - 1) / sg_view_range_get_samples_per_pixel(range);
  gsize step = 1;
  gsize bar = MAX(sg_time_marks_get_n_beats_per_bar(marks), 2);
  while ((double)step * gap < min_gap && step < n)
    step = step == 1 ? bar : step * 2;
  return step;
}

static void
snapshot_beats(GtkSnapshot *snapshot, SgViewRange *range, SgTimeMarks *marks, int width, int height)
{
  gsize n;
  const gint64 *beats = sg_time_marks_get_beats(marks, &n);
  gsize step = sg_overlay_beat_step(range, marks, BEAT_GAP);
  for (gsize i = sg_time_marks_find_beat(marks, sg_view_range_get_start(range)); i < n; i++) {
    double x = floor(sg_view_range_x_of(range, (double)beats[i]));
    if (x >= width)
      break;
    gboolean is_bar = sg_time_marks_is_bar(marks, i);
    gsize bar = MAX(sg_time_marks_get_n_beats_per_bar(marks), 1);
    if (step == 1)
      fill(snapshot, is_bar ? &bar_line : &beat_line, x, 0, 1, height);
    else if (is_bar && (sg_time_marks_get_bar(marks, i) - 1) % (step / bar) == 0)
      fill(snapshot, &beat_line, x, 0, 1, height);
  }
}

static void
snapshot_loop(GtkSnapshot *snapshot, SgViewRange *range, SgTimeMarks *marks, int width, int height)
{
  gint64 start, end;
  if (!sg_time_marks_get_loop(marks, &start, &end))
    return;
  double x0 = floor(sg_view_range_x_of(range, (double)start));
  double x1 = floor(sg_view_range_x_of(range, (double)end));
  fill(snapshot, &loop_fill, MAX(x0, 0.0), 0, MIN(x1, width) - MAX(x0, 0.0), height);
  fill(snapshot, &loop_edge, MAX(x0, 0.0), 0, MIN(x1, width) - MAX(x0, 0.0), LOOP_BAR);
  if (x0 >= 0.0 && x0 < width)
    fill(snapshot, &loop_edge, x0, 0, 1, height);
  if (x1 >= 0.0 && x1 < width)
    fill(snapshot, &loop_edge, x1, 0, 1, height);
}

void
sg_overlay_marks(GtkSnapshot *snapshot, SgViewRange *range, SgTimeMarks *marks, int width, int height)
{
  snapshot_beats(snapshot, range, marks, width, height);
  snapshot_loop(snapshot, range, marks, width, height);
  for (gsize i = 0; i < sg_time_marks_get_n_markers(marks); i++) {
    double x = floor(sg_view_range_x_of(range, (double)sg_time_marks_get_marker(marks, i).sample));
    if (x >= 0.0 && x < width)
      fill(snapshot, &marker_line, x, 0, 1, height);
  }
}

void
sg_overlay_playhead(GtkSnapshot *snapshot, SgViewRange *range, gint64 sample, int width, int height)
{
  double x = floor(sg_view_range_x_of(range, (double)sample));
  if (x < 0.0 || x > width)
    return;
  fill(snapshot, &shadow, x - 1, 0, 3, height);
  fill(snapshot, &bright, x, 0, 1, height);
}

/* A white line between two dark ones. */
static void
outlined(GtkSnapshot *snapshot, double x, double y, double width, double height)
{
  fill(snapshot, &shadow, x - 1, y - 1, width + 2, height + 2);
  fill(snapshot, &bright, x, y, width, height);
}

void
sg_overlay_cursor(GtkSnapshot *snapshot, double x, double y, int width, int height)
{
  x = floor(x);
  y = floor(y);
  outlined(snapshot, 0, y, x - CURSOR_HOLE, 1);
  outlined(snapshot, x + CURSOR_HOLE + 1, y, width - x - CURSOR_HOLE - 1, 1);
  outlined(snapshot, x, 0, 1, y - CURSOR_HOLE);
  outlined(snapshot, x, y + CURSOR_HOLE + 1, 1, height - y - CURSOR_HOLE - 1);
}

void
sg_overlay_band(GtkSnapshot *snapshot, double x0, double y0, double x1, double y1)
{
  double left = floor(MIN(x0, x1)), right = floor(MAX(x0, x1));
  double top = floor(MIN(y0, y1)), bottom = floor(MAX(y0, y1));
  fill(snapshot, &loop_fill, left, top, right - left, bottom - top);
  outlined(snapshot, left, top, right - left, 1);
  outlined(snapshot, left, bottom, right - left, 1);
  outlined(snapshot, left, top, 1, bottom - top);
  outlined(snapshot, right, top, 1, bottom - top);
}
