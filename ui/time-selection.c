#include "ui/time-selection.h"

#include <math.h>

/* How near to an end of the loop a drag takes hold of it. */
static const double GRIP_PX = 6.0;

typedef struct {
  SgViewRange *range;
  SgTimeMarks *marks;
  double anchor; /* sample that stays */
  double begin_x;
  gboolean is_dragging;
} Selection;

static void
selection_free(gpointer data)
{
  Selection *selection = data;
  g_clear_object(&selection->range);
  g_clear_object(&selection->marks);
  g_free(selection);
}

static double
sample_at(Selection *selection, double x)
{
  return CLAMP(sg_view_range_sample_at(selection->range, x), 0.0,
               (double)sg_view_range_get_n_samples(selection->range));
}

static void
on_begin(GtkGestureDrag *gesture, double x, double y, gpointer data)
{
  Selection *selection = data;
  GdkModifierType state = gtk_event_controller_get_current_event_state(GTK_EVENT_CONTROLLER(gesture));
  selection->is_dragging = FALSE;
  if ((state & GDK_SHIFT_MASK) != 0) {
    gtk_gesture_set_state(GTK_GESTURE(gesture), GTK_EVENT_SEQUENCE_DENIED);
    return;
  }
  selection->begin_x = x;
  selection->anchor = sample_at(selection, x);
  gint64 start, end;
  if (!sg_time_marks_get_loop(selection->marks, &start, &end))
    return;
  double to_start = fabs(x - sg_view_range_x_of(selection->range, (double)start));
  double to_end = fabs(x - sg_view_range_x_of(selection->range, (double)end));
  if (MIN(to_start, to_end) <= GRIP_PX)
    selection->anchor = (double)(to_start < to_end ? end : start);
}

static void
on_update(GtkGestureDrag *gesture, double dx, double dy, gpointer data)
{
  Selection *selection = data;
  GtkWidget *widget = gtk_event_controller_get_widget(GTK_EVENT_CONTROLLER(gesture));
  if (!selection->is_dragging && !gtk_drag_check_threshold(widget, 0, 0, (int)dx, 0))
    return;
  selection->is_dragging = TRUE;
  gtk_gesture_set_state(GTK_GESTURE(gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  sg_time_marks_select(selection->marks, (gint64)selection->anchor,
                       (gint64)sample_at(selection, selection->begin_x + dx), FALSE);
}

static void
on_end(GtkGestureDrag *gesture, double dx, double dy, gpointer data)
{
  Selection *selection = data;
  if (selection->is_dragging)
    sg_time_marks_select(selection->marks, (gint64)selection->anchor,
                         (gint64)sample_at(selection, selection->begin_x + dx), TRUE);
  selection->is_dragging = FALSE;
}

void
sg_time_selection_attach(GtkWidget *widget, SgViewRange *range, SgTimeMarks *marks)
{
  Selection *selection = g_new0(Selection, 1);
  selection->range = g_object_ref(range);
  selection->marks = g_object_ref(marks);
  g_object_set_data_full(G_OBJECT(widget), "sg-time-selection", selection, selection_free);
  GtkGesture *drag = gtk_gesture_drag_new();
  g_signal_connect(drag, "drag-begin", G_CALLBACK(on_begin), selection);
  g_signal_connect(drag, "drag-update", G_CALLBACK(on_update), selection);
  g_signal_connect(drag, "drag-end", G_CALLBACK(on_end), selection);
  gtk_widget_add_controller(widget, GTK_EVENT_CONTROLLER(drag));
}
