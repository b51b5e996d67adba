/* What a screen reader and a tooltip tell of a widget. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Gives a widget that can have the focus its name and a description; of a split button it is the list that is
 * named. */
void sg_widget_describe(GtkWidget *widget, const char *name, const char *description);

/* Sets the tooltip, which also becomes the description. As gtk_widget_set_tooltip_text, but that waits for
 * the display to tell where the pointer is, even if the text is the same; a tooltip that is shown changes
 * when the pointer moves. */
void sg_widget_set_tooltip(GtkWidget *widget, const char *text);

G_END_DECLS
