/* What a screen reader tells of a widget. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Gives a widget that can have the focus its name and a description; of a split button it is the list that is named. */
void sg_widget_describe(GtkWidget *widget, const char *name, const char *description);

G_END_DECLS
