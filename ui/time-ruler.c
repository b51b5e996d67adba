#include "ui/time-ruler.h"

#include <glib/gi18n.h>
#include <math.h>

#include "core/plot/axis.h"
#include "ui/text-format.h"
#include "ui/time-gestures.h"
#include "ui/time-selection.h"
#include "ui/view-overlay.h"

enum {
  TICKS_ROOM = 12, /* below the first line of text */
  BEATS_ROOM = 2,
  BAR_GAP = 34,
  MAX_TICKS = 512,
  MIN_GAP = 80,
  MAJOR_LENGTH = 8,
  MINOR_LENGTH = 4,
  HEAD_SIZE = 9,
  LABEL_TOP = 2,
  LABEL_GAP = 4,
  NAME_GAP = 8 /* from a marker to its name */
};

struct _SgTimeRuler {
  GtkWidget parent_instance;

  SgViewRange *range;
  SgTimeMarks *marks;
  gboolean has_beats;
  gint64 playhead;
};

G_DEFINE_FINAL_TYPE(SgTimeRuler, sg_time_ruler, GTK_TYPE_WIDGET)

enum { SEEK, N_SIGNALS };
static guint signals[N_SIGNALS];

static int
line_height(GtkWidget *widget)
{
  int height;
  g_autoptr(PangoLayout) layout = gtk_widget_create_pango_layout(widget, "0");
  pango_layout_get_pixel_size(layout, NULL, &height);
  return height;
}

/* Of the line of seconds. */
static int
seconds_height(GtkWidget *widget)
{
  return line_height(widget) + TICKS_ROOM;
}

/* A label that would be cut at an edge is left out. */
static void
snapshot_text(GtkWidget *widget, GtkSnapshot *snapshot, const char *text, float x, float y,
              const GdkRGBA *colour)
{
  int text_width;
  g_autoptr(PangoLayout) layout = gtk_widget_create_pango_layout(widget, text);
  pango_layout_get_pixel_size(layout, &text_width, NULL);
  if (x < 0.0f || x + (float)text_width > (float)gtk_widget_get_width(widget))
    return;
  gtk_snapshot_save(snapshot);
  gtk_snapshot_translate(snapshot, &GRAPHENE_POINT_INIT(x, y));
  gtk_snapshot_append_layout(snapshot, layout, colour);
  gtk_snapshot_restore(snapshot);
}

/* Where the names of markers lie: from a marker to the end of its name, or to the next marker. */
static void
marker_span(SgTimeRuler *self, gsize i, float *out_left, float *out_right)
{
  SgTimeMarker marker = sg_time_marks_get_marker(self->marks, i);
  int name_width = 0;
  if (marker.name != NULL) {
    g_autoptr(PangoLayout) layout = gtk_widget_create_pango_layout(GTK_WIDGET(self), marker.name);
    pango_layout_get_pixel_size(layout, &name_width, NULL);
  }
  *out_left = (float)floor(sg_view_range_x_of(self->range, (double)marker.sample));
  *out_right = *out_left + NAME_GAP + (float)name_width + LABEL_GAP;
  for (gsize k = 0; k < sg_time_marks_get_n_markers(self->marks); k++) {
    gint64 other = sg_time_marks_get_marker(self->marks, k).sample;
    if (other > marker.sample || (other == marker.sample && k > i))
      *out_right = MIN(*out_right, (float)floor(sg_view_range_x_of(self->range, (double)other)));
  }
}

/* Names of markers go before the times below them. */
static gboolean
is_under_marker(SgTimeRuler *self, float left, const char *text)
{
  int width;
  g_autoptr(PangoLayout) layout = gtk_widget_create_pango_layout(GTK_WIDGET(self), text);
  pango_layout_get_pixel_size(layout, &width, NULL);
  for (gsize i = 0; i < sg_time_marks_get_n_markers(self->marks); i++) {
    float marker_left, marker_right;
    marker_span(self, i, &marker_left, &marker_right);
    if (marker_left >= 0.0f && left < marker_right && left + (float)width > marker_left)
      return TRUE;
  }
  return FALSE;
}

static void
snapshot_ticks(SgTimeRuler *self, GtkSnapshot *snapshot, const GdkRGBA *colour)
{
  GtkWidget *widget = GTK_WIDGET(self);
  int width = gtk_widget_get_width(widget), height = seconds_height(widget);
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
    if (!is_under_marker(self, x + LABEL_GAP, text))
      snapshot_text(widget, snapshot, text, x + LABEL_GAP, LABEL_TOP, colour);
  }
}

/* The second line: numbers of bars where the bars are known, else ticks alone. */
static void
snapshot_beats(SgTimeRuler *self, GtkSnapshot *snapshot, const GdkRGBA *colour)
{
  GtkWidget *widget = GTK_WIDGET(self);
  int width = gtk_widget_get_width(widget), height = gtk_widget_get_height(widget);
  gsize n, bar_beats = MAX(sg_time_marks_get_n_beats_per_bar(self->marks), 1);
  const gint64 *beats = sg_time_marks_get_beats(self->marks, &n);
  gsize tick_step = sg_overlay_beat_step(self->range, self->marks, 5.0);
  gsize label_step = MAX(sg_overlay_beat_step(self->range, self->marks, BAR_GAP) / bar_beats, 1);
  double start =
      sg_view_range_get_start(self->range) - BAR_GAP * sg_view_range_get_samples_per_pixel(self->range);
  for (gsize i = sg_time_marks_find_beat(self->marks, start); i < n; i++) {
    float x = (float)floor(sg_view_range_x_of(self->range, (double)beats[i]));
    if (x >= (float)width)
      break;
    guint bar = sg_time_marks_get_bar(self->marks, i);
    gboolean is_bar = sg_time_marks_is_bar(self->marks, i);
    gboolean is_labelled = is_bar && (bar - 1) % label_step == 0;
    if (tick_step > 1 && !is_labelled)
      continue;
    float length = is_labelled ? MAJOR_LENGTH : is_bar ? MINOR_LENGTH + 2 : MINOR_LENGTH;
    gtk_snapshot_append_color(snapshot, colour, &GRAPHENE_RECT_INIT(x, (float)height - length, 1, length));
    if (!is_labelled)
      continue;
    g_autofree char *text = g_strdup_printf("%u", bar);
    snapshot_text(widget, snapshot, text, x + LABEL_GAP, (float)seconds_height(widget), colour);
  }
}

static void
snapshot_loop(SgTimeRuler *self, GtkSnapshot *snapshot, const GdkRGBA *accent)
{
  gint64 start, end;
  if (!sg_time_marks_get_loop(self->marks, &start, &end))
    return;
  int width = gtk_widget_get_width(GTK_WIDGET(self)), height = gtk_widget_get_height(GTK_WIDGET(self));
  double x0 = floor(sg_view_range_x_of(self->range, (double)start));
  double x1 = floor(sg_view_range_x_of(self->range, (double)end));
  float left = (float)CLAMP(x0, -2.0, width), right = (float)CLAMP(x1, 0.0, width + 2.0);
  GdkRGBA fill = *accent;
  fill.alpha = 0.22f;
  gtk_snapshot_append_color(snapshot, &fill, &GRAPHENE_RECT_INIT(left, 0, right - left, (float)height));
  gtk_snapshot_append_color(snapshot, accent, &GRAPHENE_RECT_INIT(left, 0, 2, (float)height));
  gtk_snapshot_append_color(snapshot, accent, &GRAPHENE_RECT_INIT(right - 2, 0, 2, (float)height));
}

static void
snapshot_markers(SgTimeRuler *self, GtkSnapshot *snapshot, const GdkRGBA *colour)
{
  static const GdkRGBA flag = { 0.9f, 0.62f, 0.0f, 1.0f };
  int height = gtk_widget_get_height(GTK_WIDGET(self));
  for (gsize i = 0; i < sg_time_marks_get_n_markers(self->marks); i++) {
    SgTimeMarker marker = sg_time_marks_get_marker(self->marks, i);
    float x, right;
    marker_span(self, i, &x, &right);
    gtk_snapshot_append_color(snapshot, &flag, &GRAPHENE_RECT_INIT(x, 0, 1, (float)height));
    gtk_snapshot_append_color(snapshot, &flag, &GRAPHENE_RECT_INIT(x, 0, 6, 4));
    if (marker.name == NULL)
      continue;
    gtk_snapshot_push_clip(snapshot, &GRAPHENE_RECT_INIT(x, 0, right - x, (float)height));
    snapshot_text(GTK_WIDGET(self), snapshot, marker.name, x + NAME_GAP, LABEL_TOP, colour);
    gtk_snapshot_pop(snapshot);
  }
}

static void
snapshot_playhead(SgTimeRuler *self, GtkSnapshot *snapshot, const GdkRGBA *accent)
{
  double x = floor(sg_view_range_x_of(self->range, (double)self->playhead));
  int height = gtk_widget_get_height(GTK_WIDGET(self));
  /* A wedge of lines that ends in the rows' playhead. */
  for (int i = 0; i < HEAD_SIZE; i++) {
    float half = (float)((HEAD_SIZE - 1 - i) / 2);
    gtk_snapshot_append_color(
        snapshot, accent,
        &GRAPHENE_RECT_INIT((float)x - half, (float)(height - HEAD_SIZE + i), 2 * half + 1, 1));
  }
}

static void
sg_time_ruler_snapshot(GtkWidget *widget, GtkSnapshot *snapshot)
{
  SgTimeRuler *self = SG_TIME_RULER(widget);
  GdkRGBA colour, accent;
  gtk_style_context_get_color(gtk_widget_get_style_context(widget), &colour);
  if (!gtk_style_context_lookup_color(gtk_widget_get_style_context(widget), "accent_color", &accent))
    accent = colour;
  int width = gtk_widget_get_width(widget), height = gtk_widget_get_height(widget);
  gtk_snapshot_push_clip(snapshot, &GRAPHENE_RECT_INIT(0, 0, (float)width, (float)height));
  snapshot_loop(self, snapshot, &accent);
  snapshot_ticks(self, snapshot, &colour);
  if (self->has_beats)
    snapshot_beats(self, snapshot, &colour);
  snapshot_markers(self, snapshot, &colour);
  snapshot_playhead(self, snapshot, &accent);
  gtk_snapshot_pop(snapshot);
}

static void
sg_time_ruler_measure(GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                      int *minimum_baseline, int *natural_baseline)
{
  gboolean has_beats = SG_TIME_RULER(widget)->has_beats;
  int height = seconds_height(widget) + (has_beats ? line_height(widget) + BEATS_ROOM : 0);
  *minimum = *natural = orientation == GTK_ORIENTATION_VERTICAL ? height : 0;
}

static void
on_marks_changed(SgTimeRuler *self)
{
  gsize n;
  sg_time_marks_get_beats(self->marks, &n);
  if (self->has_beats != (n > 0))
    gtk_widget_queue_resize(GTK_WIDGET(self));
  self->has_beats = n > 0;
  gtk_widget_queue_draw(GTK_WIDGET(self));
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
  if (self->marks != NULL)
    g_signal_handlers_disconnect_by_data(self->marks, self);
  g_clear_object(&self->range);
  g_clear_object(&self->marks);
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
sg_time_ruler_new(SgViewRange *range, SgTimeMarks *marks)
{
  SgTimeRuler *self = g_object_new(SG_TYPE_TIME_RULER, NULL);
  self->range = g_object_ref(range);
  g_signal_connect_swapped(range, "changed", G_CALLBACK(gtk_widget_queue_draw), self);
  self->marks = g_object_ref(marks);
  g_signal_connect_swapped(marks, "changed", G_CALLBACK(on_marks_changed), self);
  sg_time_gestures_attach(GTK_WIDGET(self), range, GDK_BUTTON_MIDDLE);
  sg_time_selection_attach(GTK_WIDGET(self), range, marks);
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
