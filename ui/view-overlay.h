/* What is drawn over a row: lines of the frequency axis, beats, loop, markers, playhead, cell cursor. All in
 * the widget's logical pixels; lines are one pixel wide and lie on whole pixels. */
#pragma once

#include <gtk/gtk.h>

#include "core/plot/axis.h"
#include "core/session/time-marks.h"
#include "core/session/view-range.h"

G_BEGIN_DECLS

void sg_overlay_grid(GtkSnapshot *snapshot, const SgFrequencyAxis *axis, int width);
void sg_overlay_marks(GtkSnapshot *snapshot, SgViewRange *range, SgTimeMarks *marks, int width, int height);
void sg_overlay_playhead(GtkSnapshot *snapshot, SgViewRange *range, gint64 sample, int width, int height);
/* A cross with a hole around the cell. */
void sg_overlay_cursor(GtkSnapshot *snapshot, double x, double y, int width, int height);
void sg_overlay_band(GtkSnapshot *snapshot, double x0, double y0, double x1, double y1);

/* Every how many beats one can be drawn so that they are at least `min_gap` pixels apart: 1, a bar, 2, 4, 8 …
 * bars. */
gsize sg_overlay_beat_step(SgViewRange *range, SgTimeMarks *marks, double min_gap);

G_END_DECLS
