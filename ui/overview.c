#include "ui/overview.h"

#include <glib/gi18n.h>
#include <math.h>

#include "ui/text-format.h"
#include "ui/tile-node.h"

enum { HEIGHT = 48, GRIP_PX = 7, HANDLE_WIDTH = 3 };

static const guint32 MIXTURE_COLOUR = 0xffc8c8d0;
/* What is quieter than this altogether stays small: it is noise. */
static const float MIN_LOUDEST = 0.01f;
static const double PAN_STEP = 0.1;
static const double ZOOM_PER_CLICK = 1.25;

typedef enum { DRAG_NONE, DRAG_STRETCH, DRAG_START, DRAG_END } Drag;

struct _SgOverview {
  GtkWidget parent_instance;

  SgSongOverview *song;
  SgSpectrogramTiles *tiles;
  SgViewRange *range;
  SgTimeMarks *marks;
  gint64 playhead;

  GskRenderNode *wave; /* NULL: to be drawn anew */
  int wave_width, wave_height;

  Drag drag;
  double drag_x, drag_start, drag_end; /* pointer and stretch when it began */
  double pointer_x;
};

G_DEFINE_FINAL_TYPE(SgOverview, sg_overview, GTK_TYPE_WIDGET)

/* Samples and pixels of the whole song */

static double
x_of(SgOverview *self, double sample)
{
  return sample * gtk_widget_get_width(GTK_WIDGET(self)) / (double)sg_view_range_get_n_samples(self->range);
}

static double
sample_at(SgOverview *self, double x)
{
  return x * (double)sg_view_range_get_n_samples(self->range) /
         MAX(gtk_widget_get_width(GTK_WIDGET(self)), 1);
}

static double
stretch_end(SgOverview *self)
{
  return sg_view_range_get_start(self->range) +
         sg_view_range_get_width(self->range) * sg_view_range_get_samples_per_pixel(self->range);
}

/* The waveform */

/* Peak and shares[n_sources] of the columns that a pixel covers. */
static float
look_at(SgOverview *self, int x, int width, float *shares)
{
  guint n_sources = sg_song_overview_get_n_sources(self->song);
  guint first = (guint)((gint64)x * SG_OVERVIEW_COLUMNS / width);
  guint end = MAX((guint)((gint64)(x + 1) * SG_OVERVIEW_COLUMNS / width), first + 1);
  float peak = 0.0f;
  for (guint j = 0; j < n_sources; j++)
    shares[j] = 0.0f;
  for (guint i = first; i < end && i < SG_OVERVIEW_COLUMNS; i++) {
    const float *column = sg_song_overview_get_shares(self->song, i);
    peak = MAX(peak, sg_song_overview_get_peak(self->song, i));
    for (guint j = 0; j < n_sources; j++)
      shares[j] += column[j];
  }
  return peak;
}

/* The loudest column fills the height, so that quiet songs can be seen too. */
static float
find_loudest(SgOverview *self)
{
  float loudest = MIN_LOUDEST;
  for (guint i = 0; i < SG_OVERVIEW_COLUMNS; i++)
    loudest = MAX(loudest, sg_song_overview_get_peak(self->song, i));
  return loudest;
}

/* Stacks the colours of the sources outwards from the middle, each as high as its share of the peak. */
static void
draw_column(SgOverview *self, float loudest, guint32 *pixels, int x, int width, int height)
{
  float shares[SG_MAX_SOURCES], sum = 0.0f;
  guint n_sources = sg_song_overview_get_n_sources(self->song);
  float peak = look_at(self, x, width, shares) / loudest;
  SgTileLook look = sg_spectrogram_tiles_get_look(self->tiles);
  for (guint j = 0; j < n_sources; j++)
    sum += shares[j];
  double half = height / 2.0, reach = MAX(peak * (half - 2.0), peak > 0.0f ? 0.5 : 0.0), below = 0.0;
  for (guint j = 0; j < MAX(n_sources, 1); j++) {
    gboolean known = sum > 0.0f;
    double above = known ? below + reach * shares[j] / sum : reach;
    guint32 colour = known ? look.source_colours[j] : MIXTURE_COLOUR;
    for (int i = (int)lround(below); i < (int)lround(above); i++) {
      pixels[(gsize)((int)half + i) * width + x] = colour;
      pixels[(gsize)((int)half - 1 - i) * width + x] = colour;
    }
    below = above;
    if (!known)
      break;
  }
}

static GskRenderNode *
get_wave(SgOverview *self, int width, int height)
{
  if (self->wave != NULL && self->wave_width == width && self->wave_height == height)
    return self->wave;
  g_clear_pointer(&self->wave, gsk_render_node_unref);
  int pixel = gtk_widget_get_scale_factor(GTK_WIDGET(self));
  gsize n_bytes = (gsize)(width * pixel) * (gsize)(height * pixel) * sizeof(guint32);
  guint32 *pixels = g_malloc0(n_bytes);
  float loudest = find_loudest(self);
  for (int x = 0; x < width * pixel; x++)
    draw_column(self, loudest, pixels, x, width * pixel, height * pixel);
  g_autoptr(GBytes) bytes = g_bytes_new_take(pixels, n_bytes);
  self->wave = sg_pixels_node(bytes, (guint)(width * pixel), (guint)(height * pixel), pixel);
  self->wave_width = width;
  self->wave_height = height;
  return self->wave;
}

/* Drawing */

static void
fill(GtkSnapshot *snapshot, const GdkRGBA *colour, double x, double y, double width, double height)
{
  if (width > 0.0 && height > 0.0)
    gtk_snapshot_append_color(snapshot, colour,
                              &GRAPHENE_RECT_INIT((float)x, (float)y, (float)width, (float)height));
}

static void
snapshot_marks(SgOverview *self, GtkSnapshot *snapshot, int height)
{
  static const GdkRGBA loop = { 1, 1, 1, 0.22f }, marker = { 1.0f, 0.85f, 0.3f, 0.9f };
  static const GdkRGBA shadow = { 0, 0, 0, 0.6f }, bright = { 1, 1, 1, 0.95f };
  gint64 start, end;
  if (sg_time_marks_get_loop(self->marks, &start, &end))
    fill(snapshot, &loop, floor(x_of(self, (double)start)), 0,
         MAX(floor(x_of(self, (double)end)) - floor(x_of(self, (double)start)), 1.0), height);
  for (gsize i = 0; i < sg_time_marks_get_n_markers(self->marks); i++)
    fill(snapshot, &marker, floor(x_of(self, (double)sg_time_marks_get_marker(self->marks, i).sample)), 0, 1,
         height);
  double x = floor(x_of(self, (double)self->playhead));
  fill(snapshot, &shadow, x - 1, 0, 3, height);
  fill(snapshot, &bright, x, 0, 1, height);
}

/* Dims what the rows do not show and draws the edges to take hold of. */
static void
snapshot_stretch(SgOverview *self, GtkSnapshot *snapshot, int width, int height)
{
  static const GdkRGBA dim = { 0.1f, 0.1f, 0.12f, 0.62f }, edge = { 1, 1, 1, 0.75f };
  if (sg_view_range_is_fitted(self->range))
    return;
  double x0 = floor(x_of(self, sg_view_range_get_start(self->range)));
  double x1 = MAX(ceil(x_of(self, stretch_end(self))), x0 + 2 * HANDLE_WIDTH);
  fill(snapshot, &dim, 0, 0, x0, height);
  fill(snapshot, &dim, x1, 0, width - x1, height);
  fill(snapshot, &edge, x0, 0, x1 - x0, 1);
  fill(snapshot, &edge, x0, height - 1, x1 - x0, 1);
  fill(snapshot, &edge, x0, 0, HANDLE_WIDTH, height);
  fill(snapshot, &edge, x1 - HANDLE_WIDTH, 0, HANDLE_WIDTH, height);
}

static void
sg_overview_snapshot(GtkWidget *widget, GtkSnapshot *snapshot)
{
  SgOverview *self = SG_OVERVIEW(widget);
  int width = gtk_widget_get_width(widget), height = gtk_widget_get_height(widget);
  if (width < 1 || height < 1)
    return;
  gtk_snapshot_append_node(snapshot, get_wave(self, width, height));
  snapshot_stretch(self, snapshot, width, height);
  snapshot_marks(self, snapshot, height);
}

static void
sg_overview_measure(GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                    int *minimum_baseline, int *natural_baseline)
{
  *minimum = *natural = orientation == GTK_ORIENTATION_VERTICAL ? HEIGHT : 0;
}

/* Changes */

static void
on_wave_changed(SgOverview *self)
{
  g_clear_pointer(&self->wave, gsk_render_node_unref);
  gtk_widget_queue_draw(GTK_WIDGET(self));
}

static void
on_range_changed(SgOverview *self)
{
  double rate = sg_view_range_get_rate(self->range);
  double start = sg_view_range_get_start(self->range), end = stretch_end(self);
  g_autofree char *from = sg_format_time(start / rate, 1), *to = sg_format_time(end / rate, 1);
  g_autofree char *text = g_strdup_printf(_("%s to %s is shown"), from, to);
  gtk_accessible_update_property(
      GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_VALUE_MIN, 0.0, GTK_ACCESSIBLE_PROPERTY_VALUE_MAX,
      (double)sg_view_range_get_n_samples(self->range) / rate, GTK_ACCESSIBLE_PROPERTY_VALUE_NOW,
      start / rate, GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, text, -1);
  gtk_widget_queue_draw(GTK_WIDGET(self));
}

/* Pointer and keys */

static Drag
what_is_at(SgOverview *self, double x)
{
  if (sg_view_range_is_fitted(self->range))
    return DRAG_NONE;
  double x0 = x_of(self, sg_view_range_get_start(self->range)), x1 = x_of(self, stretch_end(self));
  if (fabs(x - x0) <= GRIP_PX && fabs(x - x0) <= fabs(x - x1))
    return DRAG_START;
  if (fabs(x - x1) <= GRIP_PX)
    return DRAG_END;
  return x > x0 && x < x1 ? DRAG_STRETCH : DRAG_NONE;
}

static void
on_motion(GtkEventControllerMotion *controller, double x, double y, gpointer data)
{
  SgOverview *self = data;
  Drag drag = self->drag != DRAG_NONE ? self->drag : what_is_at(self, x);
  self->pointer_x = x;
  gtk_widget_set_cursor_from_name(GTK_WIDGET(self), drag == DRAG_STRETCH ? "grab"
                                                    : drag == DRAG_NONE  ? "default"
                                                                         : "ew-resize");
}

static void
on_drag_begin(GtkGestureDrag *gesture, double x, double y, gpointer data)
{
  SgOverview *self = data;
  gtk_widget_grab_focus(GTK_WIDGET(self));
  self->drag = what_is_at(self, x);
  if (self->drag == DRAG_NONE) {
    double length = stretch_end(self) - sg_view_range_get_start(self->range);
    sg_view_range_set_start(self->range, sample_at(self, x) - length / 2.0);
    self->drag = DRAG_STRETCH;
  }
  self->drag_x = x;
  self->drag_start = sg_view_range_get_start(self->range);
  self->drag_end = stretch_end(self);
}

static void
on_drag_update(GtkGestureDrag *gesture, double dx, double dy, gpointer data)
{
  SgOverview *self = data;
  double moved = sample_at(self, self->drag_x + dx) - sample_at(self, self->drag_x);
  double least = sample_at(self, 1.0);
  if (self->drag == DRAG_STRETCH)
    sg_view_range_set_start(self->range, self->drag_start + moved);
  else if (self->drag == DRAG_START)
    sg_view_range_show(self->range, CLAMP(self->drag_start + moved, 0.0, self->drag_end - least),
                       self->drag_end);
  else if (self->drag == DRAG_END)
    sg_view_range_show(self->range, self->drag_start,
                       CLAMP(self->drag_end + moved, self->drag_start + least,
                             (double)sg_view_range_get_n_samples(self->range)));
}

static void
on_drag_end(GtkGestureDrag *gesture, double dx, double dy, gpointer data)
{
  SG_OVERVIEW(data)->drag = DRAG_NONE;
}

static gboolean
on_scroll(GtkEventControllerScroll *controller, double dx, double dy, gpointer data)
{
  SgOverview *self = data;
  double x = sg_view_range_x_of(self->range, sample_at(self, self->pointer_x));
  sg_view_range_zoom(self->range, pow(ZOOM_PER_CLICK, -dy),
                     CLAMP(x, 0.0, sg_view_range_get_width(self->range)));
  return GDK_EVENT_STOP;
}

/* "(d)": stretches to the right; ±inf: the end. */
static gboolean
pan(GtkWidget *widget, GVariant *arguments, gpointer data)
{
  SgOverview *self = SG_OVERVIEW(widget);
  double stretches;
  g_variant_get(arguments, "(d)", &stretches);
  if (isinf(stretches))
    sg_view_range_set_start(self->range,
                            stretches > 0.0 ? (double)sg_view_range_get_n_samples(self->range) : 0.0);
  else
    sg_view_range_pan(self->range, stretches * sg_view_range_get_width(self->range));
  return TRUE;
}

static void
sg_overview_dispose(GObject *object)
{
  SgOverview *self = SG_OVERVIEW(object);
  GObject *followed[] = { (GObject *)self->song, (GObject *)self->tiles, (GObject *)self->range,
                          (GObject *)self->marks };
  for (gsize i = 0; i < G_N_ELEMENTS(followed); i++)
    if (followed[i] != NULL)
      g_signal_handlers_disconnect_by_data(followed[i], self);
  g_clear_object(&self->song);
  g_clear_object(&self->tiles);
  g_clear_object(&self->range);
  g_clear_object(&self->marks);
  g_clear_pointer(&self->wave, gsk_render_node_unref);
  G_OBJECT_CLASS(sg_overview_parent_class)->dispose(object);
}

static void
sg_overview_class_init(SgOverviewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);
  G_OBJECT_CLASS(klass)->dispose = sg_overview_dispose;
  widget_class->snapshot = sg_overview_snapshot;
  widget_class->measure = sg_overview_measure;
  gtk_widget_class_set_css_name(widget_class, "overview");
  gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_SCROLLBAR);
  gtk_widget_class_add_binding(widget_class, GDK_KEY_Left, 0, pan, "(d)", -PAN_STEP);
  gtk_widget_class_add_binding(widget_class, GDK_KEY_Right, 0, pan, "(d)", PAN_STEP);
  gtk_widget_class_add_binding(widget_class, GDK_KEY_Page_Up, 0, pan, "(d)", -1.0);
  gtk_widget_class_add_binding(widget_class, GDK_KEY_Page_Down, 0, pan, "(d)", 1.0);
  gtk_widget_class_add_binding(widget_class, GDK_KEY_Home, 0, pan, "(d)", -INFINITY);
  gtk_widget_class_add_binding(widget_class, GDK_KEY_End, 0, pan, "(d)", INFINITY);
}

static void
sg_overview_init(SgOverview *self)
{
  GtkWidget *widget = GTK_WIDGET(self);
  gtk_widget_set_focusable(widget, TRUE);
  gtk_widget_set_overflow(widget, GTK_OVERFLOW_HIDDEN);

  GtkEventController *motion = gtk_event_controller_motion_new();
  g_signal_connect(motion, "motion", G_CALLBACK(on_motion), self);
  gtk_widget_add_controller(widget, motion);

  GtkEventController *scroll = gtk_event_controller_scroll_new(GTK_EVENT_CONTROLLER_SCROLL_VERTICAL);
  g_signal_connect(scroll, "scroll", G_CALLBACK(on_scroll), self);
  gtk_widget_add_controller(widget, scroll);

  GtkGesture *drag = gtk_gesture_drag_new();
  g_signal_connect(drag, "drag-begin", G_CALLBACK(on_drag_begin), self);
  g_signal_connect(drag, "drag-update", G_CALLBACK(on_drag_update), self);
  g_signal_connect(drag, "drag-end", G_CALLBACK(on_drag_end), self);
  gtk_widget_add_controller(widget, GTK_EVENT_CONTROLLER(drag));
}

GtkWidget *
sg_overview_new(SgSongOverview *song, SgSpectrogramTiles *tiles, SgViewRange *range, SgTimeMarks *marks)
{
  SgOverview *self = g_object_new(SG_TYPE_OVERVIEW, NULL);
  self->song = g_object_ref(song);
  self->tiles = g_object_ref(tiles);
  self->range = g_object_ref(range);
  self->marks = g_object_ref(marks);
  g_signal_connect_swapped(song, "changed", G_CALLBACK(on_wave_changed), self);
  g_signal_connect_swapped(tiles, "look-changed", G_CALLBACK(on_wave_changed), self);
  g_signal_connect_swapped(range, "changed", G_CALLBACK(on_range_changed), self);
  g_signal_connect_swapped(marks, "changed", G_CALLBACK(gtk_widget_queue_draw), self);
  gtk_accessible_update_property(
      GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Overview of the song"),
      GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
      _("Drag the stretch that is shown to move it, its edges to zoom. Arrow keys move it."), -1);
  on_range_changed(self);
  return GTK_WIDGET(self);
}

void
sg_overview_set_playhead(SgOverview *self, gint64 sample)
{
  g_return_if_fail(SG_IS_OVERVIEW(self));
  /* Most frames of playing leave it on its pixel. */
  gboolean moved = floor(x_of(self, (double)sample)) != floor(x_of(self, (double)self->playhead));
  self->playhead = sample;
  if (moved)
    gtk_widget_queue_draw(GTK_WIDGET(self));
}
