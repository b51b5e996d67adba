/* Popovers, lists and menus that are open in a widget. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Closes those in what is about to leave its window. GTK 4.8 would leave an open one its grab, and complains
 * when it takes that away: the popover has no surface by then. */
void sg_popovers_close_in(GtkWidget *widget);

G_END_DECLS
