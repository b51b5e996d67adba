#include "ui/text-width.h"

void
sg_widget_set_text_width(GtkWidget *widget, int least, int most)
{
  if (GTK_IS_LABEL(widget) && gtk_label_get_wrap(GTK_LABEL(widget))) {
    gtk_label_set_width_chars(GTK_LABEL(widget), least);
    gtk_label_set_max_width_chars(GTK_LABEL(widget), most);
  }
  for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL;
       child = gtk_widget_get_next_sibling(child))
    sg_widget_set_text_width(child, least, most);
}
