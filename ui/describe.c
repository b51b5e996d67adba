#include "ui/describe.h"

#include <adwaita.h>

static const char TOOLTIP_KEY[] = "sg-tooltip";

/* A row of libadwaita is named by its title, and so is the control that it activates: another name would be
 * told beside that one. */
static gboolean
is_named_by_row(GtkWidget *widget)
{
  GtkWidget *row = gtk_widget_get_ancestor(widget, ADW_TYPE_ACTION_ROW);
  return ADW_IS_PREFERENCES_ROW(widget) ||
         (row != NULL && adw_action_row_get_activatable_widget(ADW_ACTION_ROW(row)) == widget);
}

void
sg_widget_describe(GtkWidget *widget, const char *name, const char *description)
{
  /* Of a drop-down list it is the button inside that gets the focus (that of a menu button has its name
   * already). */
  if (GTK_IS_DROP_DOWN(widget))
    sg_widget_describe(gtk_widget_get_first_child(widget), name, description);
  /* The list of a split button. */
  if (ADW_IS_SPLIT_BUTTON(widget)) {
    for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL;
         child = gtk_widget_get_next_sibling(child))
      if (GTK_IS_MENU_BUTTON(child))
        sg_widget_describe(child, name, description);
    return;
  }
  if (is_named_by_row(widget)) {
    gtk_accessible_update_property(GTK_ACCESSIBLE(widget), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, description,
                                   -1);
    return;
  }
  gtk_accessible_update_property(GTK_ACCESSIBLE(widget), GTK_ACCESSIBLE_PROPERTY_LABEL, name,
                                 GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, description, -1);
}

static gboolean
on_query_tooltip(GtkWidget *widget, int x, int y, gboolean by_keyboard, GtkTooltip *tooltip, gpointer data)
{
  gtk_tooltip_set_text(tooltip, g_object_get_data(G_OBJECT(widget), TOOLTIP_KEY));
  return TRUE;
}

void
sg_widget_set_tooltip(GtkWidget *widget, const char *text)
{
  if (g_object_get_data(G_OBJECT(widget), TOOLTIP_KEY) == NULL) {
    gtk_widget_set_has_tooltip(widget, TRUE);
    g_signal_connect(widget, "query-tooltip", G_CALLBACK(on_query_tooltip), NULL);
  }
  g_object_set_data_full(G_OBJECT(widget), TOOLTIP_KEY, g_strdup(text), g_free);
  gtk_accessible_update_property(GTK_ACCESSIBLE(widget), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text, -1);
}
