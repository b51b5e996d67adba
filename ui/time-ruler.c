#include "ui/time-ruler.h"

#include <glib/gi18n.h>
#include <math.h>

#include "core/plot/axis.h"
#include "ui/text-format.h"
#include "ui/time-gestures.h"

enum {
  HEIGHT = 26,
  MAX_TICKS = 512,
  MIN_GAP = 80,
  MAJOR_LENGTH = 8,
  MINOR_LENGTH = 4,
  HEAD_SIZE = 9,
  LABEL_TOP = 2,
  LABEL_GAP = 4
};

struct _SgTimeRuler {
  GtkWidget parent_instance;

  SgViewRange *range;
  gint64 playhead;
};

G_DEFINE_FINAL_TYPE(SgTimeRuler, sg_time_ruler, GTK_TYPE_WIDGET)

enum { SEEK, N_SIGNALS };
static guint signals[N_SIGNALS];

/* A label that would be cut at the right edge is left out. */
static void
snapshot_text(GtkWidget *widget, GtkSnapshot *snapshot, const char *text, float x, const GdkRGBA *colour)
{
  int text_width;
  g_autoptr(PangoLayout) layout = gtk_widget_create_pango_layout(widget, text);
  pango_layout_get_pixel_size(layout, &text_width, NULL);
  if (x + (float)text_width > (float)gtk_widget_get_width(widget))
    return;
  gtk_snapshot_save(snapshot);
  gtk_snapshot_translate(snapshot, &GRAPHENE_POINT_INIT(x, LABEL_TOP));
  gtk_snapshot_append_layout(snapshot, layout, colour);
  gtk_snapshot_restore(snapshot);
}

static void
snapshot_ticks(SgTimeRuler *self, GtkSnapshot *snapshot, const GdkRGBA *colour)
{
  GtkWidget *widget = GTK_WIDGET(self);
  int width = gtk_widget_get_width(widget), height = gtk_widget_get_height(widget);
  double rate = sg_view_range_get_rate(self->range);
  double seconds_per_pixel = sg_view_range_get_samples_per_pixel(self->range) / rate;
  double step = sg_time_axis_step(seconds_per_pixel, MIN_GAP);
  SgTick ticks[MAX_TICKS];
  size_t n = sg_time_axis_ticks(sg_view_range_get_start(self->range) / rate, seconds_per_pixel, width,
                                MIN_GAP, ticks, MAX_TICKS);
  for (size_t i = 0; i < n; i++) {
    float length = ticks[i].labelled ? MAJOR_LENGTH : MINOR_LENGTH;
    float x = (float)floor(ticks[i].position);
    gtk_snapshot_append_color(snapshot, colour, &GRAPHENE_RECT_INIT(x, (float)height - length, 1, length));
    if (!ticks[i].labelled)
      continue;
    g_autofree char *text = sg_format_time_tick(ticks[i].value, step);
    snapshot_text(widget, snapshot, text, x + LABEL_GAP, colour);
  }
}

static void
snapshot_playhead(SgTimeRuler *self, GtkSnapshot *snapshot)
{
  GdkRGBA colour;
  if (!gtk_style_context_lookup_color(gtk_widget_get_style_context(GTK_WIDGET(self)), "accent_color",
                                      &colour))
    return;
  double x = floor(sg_view_range_x_of(self->range, (double)self->playhead));
  int height = gtk_widget_get_height(GTK_WIDGET(self));
  /* A wedge of lines that ends in the rows' playhead. */
  for (int i = 0; i < HEAD_SIZE; i++) {
    float half = (float)((HEAD_SIZE - 1 - i) / 2);
    gtk_snapshot_append_color(
        snapshot, &colour,
        &GRAPHENE_RECT_INIT((float)x - half, (float)(height - HEAD_SIZE + i), 2 * half + 1, 1));
  }
}

static void
sg_time_ruler_snapshot(GtkWidget *widget, GtkSnapshot *snapshot)
{
  SgTimeRuler *self = SG_TIME_RULER(widget);
  GdkRGBA colour;
  gtk_style_context_get_color(gtk_widget_get_style_context(widget), &colour);
  int width = gtk_widget_get_width(widget), height = gtk_widget_get_height(widget);
  gtk_snapshot_push_clip(snapshot, &GRAPHENE_RECT_INIT(0, 0, (float)width, (float)height));
  snapshot_ticks(self, snapshot, &colour);
  snapshot_playhead(self, snapshot);
  gtk_snapshot_pop(snapshot);
}

static void
sg_time_ruler_measure(GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                      int *minimum_baseline, int *natural_baseline)
{
  *minimum = *natural = orientation == GTK_ORIENTATION_VERTICAL ? HEIGHT : 0;
}

static void
on_released(GtkGestureClick *gesture, int n_press, double x, double y, gpointer data)
{
  SgTimeRuler *self = data;
  double sample =
      CLAMP(sg_view_range_sample_at(self->range, x), 0.0, (double)sg_view_range_get_n_samples(self->range));
  g_signal_emit(self, signals[SEEK], 0, (gint64)sample);
}

static void
sg_time_ruler_dispose(GObject *object)
{
  SgTimeRuler *self = SG_TIME_RULER(object);
  if (self->range != NULL)
    g_signal_handlers_disconnect_by_data(self->range, self);
  g_clear_object(&self->range);
  G_OBJECT_CLASS(sg_time_ruler_parent_class)->dispose(object);
}

static void
sg_time_ruler_class_init(SgTimeRulerClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);
  G_OBJECT_CLASS(klass)->dispose = sg_time_ruler_dispose;
  widget_class->snapshot = sg_time_ruler_snapshot;
  widget_class->measure = sg_time_ruler_measure;
  gtk_widget_class_set_css_name(widget_class, "timeruler");
  gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_IMG);
  signals[SEEK] = g_signal_new("seek", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                               G_TYPE_NONE, 1, G_TYPE_INT64);
}

static void
sg_time_ruler_init(SgTimeRuler *self)
{
  gtk_widget_add_css_class(GTK_WIDGET(self), "axis");
  gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Time ruler"), -1);
  GtkGesture *click = gtk_gesture_click_new();
  g_signal_connect(click, "released", G_CALLBACK(on_released), self);
  gtk_widget_add_controller(GTK_WIDGET(self), GTK_EVENT_CONTROLLER(click));
}

GtkWidget *
sg_time_ruler_new(SgViewRange *range)
{
  SgTimeRuler *self = g_object_new(SG_TYPE_TIME_RULER, NULL);
  self->range = g_object_ref(range);
  g_signal_connect_swapped(range, "changed", G_CALLBACK(gtk_widget_queue_draw), self);
  sg_time_gestures_attach(GTK_WIDGET(self), range, GDK_BUTTON_PRIMARY);
  return GTK_WIDGET(self);
}

void
sg_time_ruler_set_playhead(SgTimeRuler *self, gint64 sample)
{
  g_return_if_fail(SG_IS_TIME_RULER(self));
  if (sample == self->playhead)
    return;
  self->playhead = sample;
  gtk_widget_queue_draw(GTK_WIDGET(self));
}
