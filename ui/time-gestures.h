/* Zooming and panning of a widget that shows a stretch of the song: pinch and Ctrl with the wheel zoom about
 * the pointer, the wheel pans, dragging with one button pans. The wheel with Alt is left to others. */
#pragma once

#include <gtk/gtk.h>

#include "core/session/view-range.h"

G_BEGIN_DECLS

/* `drag_button` is a GDK_BUTTON_ number. The controllers keep `range` alive. */
void sg_time_gestures_attach(GtkWidget *widget, SgViewRange *range, guint drag_button);

G_END_DECLS
