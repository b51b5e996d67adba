#include "ui/time-gestures.h"

#include <math.h>

static const double ZOOM_PER_CLICK = 1.25;
static const double ZOOM_PER_PIXEL = 1.01;
static const double PAN_PER_CLICK_PX = 80.0;

typedef struct {
  SgViewRange *range;
  double pointer_x;
  double zoom_scale; /* of the pinch so far */
  double drag_start; /* first sample shown when the drag began */
} Gestures;

static void
gestures_free(gpointer data)
{
  Gestures *gestures = data;
  g_clear_object(&gestures->range);
  g_free(gestures);
}

static gboolean
on_scroll(GtkEventControllerScroll *controller, double dx, double dy, gpointer data)
{
  Gestures *gestures = data;
  GdkModifierType state = gtk_event_controller_get_current_event_state(GTK_EVENT_CONTROLLER(controller));
  gboolean is_wheel = gtk_event_controller_scroll_get_unit(controller) == GDK_SCROLL_UNIT_WHEEL;
  if ((state & GDK_ALT_MASK) != 0)
    return GDK_EVENT_PROPAGATE;
  if ((state & GDK_CONTROL_MASK) != 0) {
    sg_view_range_zoom(gestures->range, pow(is_wheel ? ZOOM_PER_CLICK : ZOOM_PER_PIXEL, -dy),
                       gestures->pointer_x);
    return GDK_EVENT_STOP;
  }
  double delta = fabs(dx) > fabs(dy) ? dx : dy;
  sg_view_range_pan(gestures->range, is_wheel ? delta * PAN_PER_CLICK_PX : delta);
  return GDK_EVENT_STOP;
}

static void
on_motion(GtkEventControllerMotion *controller, double x, double y, gpointer data)
{
  Gestures *gestures = data;
  gestures->pointer_x = x;
}

static void
on_pinch_begin(GtkGesture *gesture, GdkEventSequence *sequence, gpointer data)
{
  Gestures *gestures = data;
  gestures->zoom_scale = 1.0;
}

static void
on_pinch(GtkGestureZoom *gesture, double scale, gpointer data)
{
  Gestures *gestures = data;
  double x = gestures->pointer_x, y;
  gtk_gesture_get_bounding_box_center(GTK_GESTURE(gesture), &x, &y);
  sg_view_range_zoom(gestures->range, scale / gestures->zoom_scale, x);
  gestures->zoom_scale = scale;
}

static void
on_drag_begin(GtkGestureDrag *gesture, double x, double y, gpointer data)
{
  Gestures *gestures = data;
  gestures->drag_start = sg_view_range_get_start(gestures->range);
}

static void
on_drag_update(GtkGestureDrag *gesture, double dx, double dy, gpointer data)
{
  Gestures *gestures = data;
  GtkWidget *widget = gtk_event_controller_get_widget(GTK_EVENT_CONTROLLER(gesture));
  if (!gtk_drag_check_threshold(widget, 0, 0, (int)dx, 0))
    return;
  gtk_gesture_set_state(GTK_GESTURE(gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  double samples_per_pixel = sg_view_range_get_samples_per_pixel(gestures->range);
  sg_view_range_set_start(gestures->range, gestures->drag_start - dx * samples_per_pixel);
}

void
sg_time_gestures_attach(GtkWidget *widget, SgViewRange *range, guint drag_button)
{
  Gestures *gestures = g_new0(Gestures, 1);
  gestures->range = g_object_ref(range);
  g_object_set_data_full(G_OBJECT(widget), "sg-time-gestures", gestures, gestures_free);

  GtkEventController *scroll = gtk_event_controller_scroll_new(GTK_EVENT_CONTROLLER_SCROLL_BOTH_AXES);
  g_signal_connect(scroll, "scroll", G_CALLBACK(on_scroll), gestures);
  gtk_widget_add_controller(widget, scroll);

  GtkEventController *motion = gtk_event_controller_motion_new();
  g_signal_connect(motion, "motion", G_CALLBACK(on_motion), gestures);
  gtk_widget_add_controller(widget, motion);

  GtkGesture *pinch = gtk_gesture_zoom_new();
  g_signal_connect(pinch, "begin", G_CALLBACK(on_pinch_begin), gestures);
  g_signal_connect(pinch, "scale-changed", G_CALLBACK(on_pinch), gestures);
  gtk_widget_add_controller(widget, GTK_EVENT_CONTROLLER(pinch));

  GtkGesture *drag = gtk_gesture_drag_new();
  gtk_gesture_single_set_button(GTK_GESTURE_SINGLE(drag), drag_button);
  g_signal_connect(drag, "drag-begin", G_CALLBACK(on_drag_begin), gestures);
  g_signal_connect(drag, "drag-update", G_CALLBACK(on_drag_update), gestures);
  gtk_widget_add_controller(widget, GTK_EVENT_CONTROLLER(drag));
}
