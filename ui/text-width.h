/* Widths for the wrapped labels of rows. A wrapped label without one is laid out a letter a line whenever its
 * least width is asked for, and once more in one line; with twenty rows of a sentence each that keeps the
 * main loop for longer than all the rest of opening a popover. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Of all wrapped labels in `widget`: at least `least` average characters wide and at most `most` where there
 * is room (−1: as their text is long). The same for both spares the most. */
void sg_widget_set_text_width(GtkWidget *widget, int least, int most);

G_END_DECLS
