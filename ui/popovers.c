#include "ui/popovers.h"

void
sg_popovers_close_in(GtkWidget *widget)
{
  for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL;) {
    GtkWidget *next = gtk_widget_get_next_sibling(child); /* a closed one may leave */
    sg_popovers_close_in(child);
    if (GTK_IS_POPOVER(child) && gtk_widget_get_visible(child))
      gtk_popover_popdown(GTK_POPOVER(child));
    child = next;
  }
}
