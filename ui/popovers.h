/* Popovers, lists and menus: when they may open, and must close. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Closes those in what is about to leave its window. GTK 4.8 would leave an open one its grab, and complains
 * when it takes that away: the popover has no surface by then. */
void sg_popovers_close_in(GtkWidget *widget);

/* Calls `open`, which opens a popover that points to `widget`. Where a scroller hides the widget (a wheel
 * leaves the focus behind) it is brought into sight first, two frames before; GTK 4.8 on X11 complains of a
 * popover whose place is off the screen. Nothing is called if the widget has left its window by then. */
void sg_popovers_open_at(GtkWidget *widget, void (*open)(GtkWidget *widget));

G_END_DECLS
