#include "ui/describe.h"

void
sg_widget_describe(GtkWidget *widget, const char *name, const char *description)
{
  /* Of a drop-down list it is the button inside that gets the focus. */
  if (GTK_IS_DROP_DOWN(widget))
    sg_widget_describe(gtk_widget_get_first_child(widget), name, description);
  gtk_accessible_update_property(GTK_ACCESSIBLE(widget), GTK_ACCESSIBLE_PROPERTY_LABEL, name,
                                 GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, description, -1);
}
