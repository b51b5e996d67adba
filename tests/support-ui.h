/* What widget tests share: keys, drags and pictures without a window manager. */
#pragma once

#include <gtk/gtk.h>

/* Activates the widget's own binding of the key; FALSE when it has none or the binding declines. */
gboolean test_press(GtkWidget *widget, guint key, GdkModifierType modifiers);
/* Drags with the primary button, as far as the widget's drag gestures see it. */
void test_drag(GtkWidget *widget, double x0, double y0, double x1, double y1);
/* Runs the main loop for a while. */
void test_settle(guint milliseconds);
/* The widget as it is on the screen: [height][width], ARGB32. */
guint32 *test_render(GtkWidget *widget, int *out_width, int *out_height);
/* In a window of its own that has exactly this size; destroy the window. */
GtkWidget *test_window_new(GtkWidget *child, int width, int height);
