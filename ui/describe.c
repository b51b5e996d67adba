#include "ui/describe.h"

void
sg_widget_describe(GtkWidget *widget, const char *name, const char *description)
{
  gtk_accessible_update_property(GTK_ACCESSIBLE(widget), GTK_ACCESSIBLE_PROPERTY_LABEL, name,
                                 GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, description, -1);
}
