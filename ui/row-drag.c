#include "ui/row-drag.h"

#include <glib/gi18n.h>

#include "ui/describe.h"

static GdkContentProvider *
on_prepare(GtkDragSource *source, double x, double y, gpointer data)
{
  GtkWidget *handle = gtk_event_controller_get_widget(GTK_EVENT_CONTROLLER(source));
  g_autoptr(GdkPaintable) picture = gtk_widget_paintable_new(handle);
  gtk_drag_source_set_icon(source, picture, (int)x, (int)y);
  return gdk_content_provider_new_typed(SG_TYPE_TRACK_ROW, data);
}

void
sg_row_drag_add_handle(SgTrackRow *row, GtkWidget *handle)
{
  GtkDragSource *source = gtk_drag_source_new();
  gtk_drag_source_set_actions(source, GDK_ACTION_MOVE);
  g_signal_connect(source, "prepare", G_CALLBACK(on_prepare), row);
  gtk_widget_add_controller(handle, GTK_EVENT_CONTROLLER(source));
  gtk_widget_set_cursor_from_name(handle, "grab");
  sg_widget_set_tooltip(handle, _("Drag to Move the Row (Alt+Up, Alt+Down)"));
}

/* The target */

static gboolean
is_below(GtkWidget *row, double y)
{
  return sg_track_row_get_stem(SG_TRACK_ROW(row)) == NULL || y > gtk_widget_get_height(row) / 2.0;
}

static void
show_place(GtkWidget *row, gboolean above, gboolean below)
{
  static const char *const classes[] = { "drop-above", "drop-below" };
  const gboolean shown[] = { above, below };
  for (gsize i = 0; i < G_N_ELEMENTS(classes); i++)
    if (shown[i])
      gtk_widget_add_css_class(row, classes[i]);
    else
      gtk_widget_remove_css_class(row, classes[i]);
}

static GdkDragAction
on_motion(GtkDropTarget *target, double x, double y, gpointer row)
{
  show_place(row, !is_below(row, y), is_below(row, y));
  return GDK_ACTION_MOVE;
}

static void
on_leave(GtkDropTarget *target, gpointer row)
{
  show_place(row, FALSE, FALSE);
}

/* Other windows have rows too. */
static gboolean
on_drop(GtkDropTarget *target, const GValue *value, double x, double y, gpointer row)
{
  GtkWidget *dragged = g_value_get_object(value);
  show_place(row, FALSE, FALSE);
  if (dragged == NULL || dragged == row || gtk_widget_get_parent(dragged) != gtk_widget_get_parent(row))
    return FALSE;
  g_signal_emit_by_name(row, "dropped", dragged, is_below(row, y));
  return TRUE;
}

void
sg_row_drag_add_target(SgTrackRow *row)
{
  GtkDropTarget *target = gtk_drop_target_new(SG_TYPE_TRACK_ROW, GDK_ACTION_MOVE);
  g_signal_connect(target, "enter", G_CALLBACK(on_motion), row);
  g_signal_connect(target, "motion", G_CALLBACK(on_motion), row);
  g_signal_connect(target, "leave", G_CALLBACK(on_leave), row);
  g_signal_connect(target, "drop", G_CALLBACK(on_drop), row);
  gtk_widget_add_controller(GTK_WIDGET(row), GTK_EVENT_CONTROLLER(target));
}
