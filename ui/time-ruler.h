/* SgTimeRuler: the time axis above the rows: seconds, below them beats and bars when they are known, the
 * loop, markers and the playhead. A click seeks, a drag selects the loop, a drag with the middle button and
 * the wheel pan. Signal: "seek" (gint64 sample). */
#pragma once

#include <gtk/gtk.h>

#include "core/session/time-marks.h"
#include "core/session/view-range.h"

G_BEGIN_DECLS

#define SG_TYPE_TIME_RULER (sg_time_ruler_get_type())
G_DECLARE_FINAL_TYPE(SgTimeRuler, sg_time_ruler, SG, TIME_RULER, GtkWidget)

GtkWidget *sg_time_ruler_new(SgViewRange *range, SgTimeMarks *marks);
void sg_time_ruler_set_playhead(SgTimeRuler *self, gint64 sample);

G_END_DECLS
