#include "ui/frequency-scale.h"

#include "core/plot/axis.h"
#include "ui/text-format.h"

enum { MAX_TICKS = 64, LINE_GAP = 3, TICK_LENGTH = 4, LABEL_GAP = 3, COLUMN_GAP = 6 };

/* The longest texts of the two columns. */
static const char LONGEST_NOTE[] = "C10", LONGEST_HERTZ[] = "500";

struct _SgFrequencyScale {
  GtkWidget parent_instance;

  SgSpectrogramTiles *tiles;
  SgTileMode mode;
  guint rate_hz;
};

G_DEFINE_FINAL_TYPE(SgFrequencyScale, sg_frequency_scale, GTK_TYPE_WIDGET)

static int
text_width(GtkWidget *widget, const char *text, int *out_height)
{
  int width, height;
  g_autoptr(PangoLayout) layout = gtk_widget_create_pango_layout(widget, text);
  pango_layout_get_pixel_size(layout, &width, &height);
  if (out_height != NULL)
    *out_height = height;
  return width;
}

static double
line_gap(GtkWidget *widget)
{
  int height;
  text_width(widget, LONGEST_NOTE, &height);
  return height + LINE_GAP;
}

/* Text that ends at `right`, its middle at `y`. */
static void
snapshot_label(GtkWidget *widget, GtkSnapshot *snapshot, const char *text, float right, float y,
               const GdkRGBA *colour)
{
  int layout_width, layout_height;
  g_autoptr(PangoLayout) layout = gtk_widget_create_pango_layout(widget, text);
  pango_layout_get_pixel_size(layout, &layout_width, &layout_height);
  gtk_snapshot_save(snapshot);
  gtk_snapshot_translate(
      snapshot, &GRAPHENE_POINT_INIT(right - (float)layout_width, (float)((int)y - layout_height / 2)));
  gtk_snapshot_append_layout(snapshot, layout, colour);
  gtk_snapshot_restore(snapshot);
}

static void
snapshot_hertz(GtkWidget *widget, GtkSnapshot *snapshot, const SgFrequencyAxis *axis, const GdkRGBA *colour)
{
  float width = (float)gtk_widget_get_width(widget);
  SgTick ticks[MAX_TICKS];
  size_t n = sg_frequency_axis_ticks(axis, line_gap(widget) + 1.0, ticks, MAX_TICKS);
  for (size_t i = 0; i < n; i++) {
    float length = ticks[i].labelled ? TICK_LENGTH : TICK_LENGTH / 2;
    float y = (float)(int)ticks[i].position;
    gtk_snapshot_append_color(snapshot, colour, &GRAPHENE_RECT_INIT(width - length, y, length, 1));
    if (!ticks[i].labelled)
      continue;
    g_autofree char *text = sg_format_frequency_tick(ticks[i].value);
    snapshot_label(widget, snapshot, text, width - TICK_LENGTH - LABEL_GAP, y, colour);
  }
}

static void
snapshot_notes(GtkWidget *widget, GtkSnapshot *snapshot, const SgFrequencyAxis *axis, const GdkRGBA *colour)
{
  GdkRGBA faint = *colour;
  faint.alpha *= 0.65f;
  float right = (float)text_width(widget, LONGEST_NOTE, NULL);
  SgTick ticks[MAX_TICKS];
  size_t n = sg_frequency_axis_notes(axis, line_gap(widget), ticks, MAX_TICKS);
  for (size_t i = 0; i < n; i++) {
    if (!ticks[i].labelled)
      continue;
    g_autofree char *text = sg_format_note(ticks[i].value);
    snapshot_label(widget, snapshot, text, right, (float)(int)ticks[i].position, &faint);
  }
}

static void
sg_frequency_scale_snapshot(GtkWidget *widget, GtkSnapshot *snapshot)
{
  SgFrequencyScale *self = SG_FREQUENCY_SCALE(widget);
  int width = gtk_widget_get_width(widget), height = gtk_widget_get_height(widget);
  if (height < 1 || self->mode == SG_TILE_WAVEFORM)
    return;
  GdkRGBA colour;
  gtk_style_context_get_color(gtk_widget_get_style_context(widget), &colour);
  SgFrequencyAxis axis =
      sg_tile_axes_frequency(sg_spectrogram_tiles_get_axes(self->tiles), self->rate_hz, height);
  gtk_snapshot_push_clip(snapshot, &GRAPHENE_RECT_INIT(0, 0, (float)width, (float)height));
  snapshot_hertz(widget, snapshot, &axis, &colour);
  snapshot_notes(widget, snapshot, &axis, &colour);
  gtk_snapshot_pop(snapshot);
}

static void
sg_frequency_scale_measure(GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                           int *natural, int *minimum_baseline, int *natural_baseline)
{
  int height, notes = text_width(widget, LONGEST_NOTE, &height);
  int hertz = text_width(widget, LONGEST_HERTZ, NULL) + LABEL_GAP + TICK_LENGTH;
  *minimum = *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? notes + COLUMN_GAP + hertz : height;
}

static void
sg_frequency_scale_dispose(GObject *object)
{
  SgFrequencyScale *self = SG_FREQUENCY_SCALE(object);
  if (self->tiles != NULL)
    g_signal_handlers_disconnect_by_data(self->tiles, self);
  g_clear_object(&self->tiles);
  G_OBJECT_CLASS(sg_frequency_scale_parent_class)->dispose(object);
}

static void
sg_frequency_scale_class_init(SgFrequencyScaleClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);
  G_OBJECT_CLASS(klass)->dispose = sg_frequency_scale_dispose;
  widget_class->snapshot = sg_frequency_scale_snapshot;
  widget_class->measure = sg_frequency_scale_measure;
  gtk_widget_class_set_css_name(widget_class, "frequencyscale");
  gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
sg_frequency_scale_init(SgFrequencyScale *self)
{
  gtk_widget_add_css_class(GTK_WIDGET(self), "axis");
}

GtkWidget *
sg_frequency_scale_new(SgSpectrogramTiles *tiles, guint rate_hz)
{
  SgFrequencyScale *self = g_object_new(SG_TYPE_FREQUENCY_SCALE, NULL);
  self->tiles = g_object_ref(tiles);
  self->rate_hz = rate_hz;
  g_signal_connect_swapped(tiles, "look-changed", G_CALLBACK(gtk_widget_queue_draw), self);
  return GTK_WIDGET(self);
}

void
sg_frequency_scale_set_mode(SgFrequencyScale *self, SgTileMode mode)
{
  g_return_if_fail(SG_IS_FREQUENCY_SCALE(self));
  self->mode = mode;
  gtk_widget_queue_draw(GTK_WIDGET(self));
}
