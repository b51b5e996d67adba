/* Dragging out a stretch of time with the primary button: it becomes the loop of the marks. A drag that
 * begins near an end of the loop moves that end. Shift is left to others. */
#pragma once

#include <gtk/gtk.h>

#include "core/session/time-marks.h"
#include "core/session/view-range.h"

G_BEGIN_DECLS

/* The controller keeps both alive. */
void sg_time_selection_attach(GtkWidget *widget, SgViewRange *range, SgTimeMarks *marks);

G_END_DECLS
