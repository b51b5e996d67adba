/* SgTimeRuler: the time axis above the rows, with the playhead. A click seeks, a drag pans, the wheel zooms.
 * Signal: "seek" (gint64 sample). */
#pragma once

#include <gtk/gtk.h>

#include "core/session/view-range.h"

G_BEGIN_DECLS

#define SG_TYPE_TIME_RULER (sg_time_ruler_get_type())
G_DECLARE_FINAL_TYPE(SgTimeRuler, sg_time_ruler, SG, TIME_RULER, GtkWidget)

GtkWidget *sg_time_ruler_new(SgViewRange *range);
void sg_time_ruler_set_playhead(SgTimeRuler *self, gint64 sample);

G_END_DECLS
