#include "ui/frequency-scale.h"

#include "core/plot/axis.h"
#include "ui/text-format.h"

enum { MAX_TICKS = 32, MIN_GAP = 20, TICK_LENGTH = 4, LABEL_GAP = 3 };

struct _SgFrequencyScale {
  GtkWidget parent_instance;

  guint rate_hz;
};

G_DEFINE_FINAL_TYPE(SgFrequencyScale, sg_frequency_scale, GTK_TYPE_WIDGET)

static void
snapshot_label(GtkWidget *widget, GtkSnapshot *snapshot, const SgTick *tick, const GdkRGBA *colour)
{
  int width = gtk_widget_get_width(widget), text_width, text_height;
  g_autofree char *text = sg_format_frequency_tick(tick->value);
  g_autoptr(PangoLayout) layout = gtk_widget_create_pango_layout(widget, text);
  pango_layout_get_pixel_size(layout, &text_width, &text_height);
  float x = (float)(width - TICK_LENGTH - LABEL_GAP - text_width);
  float y = (float)((int)tick->position - text_height / 2);
  gtk_snapshot_save(snapshot);
  gtk_snapshot_translate(snapshot, &GRAPHENE_POINT_INIT(x, y));
  gtk_snapshot_append_layout(snapshot, layout, colour);
  gtk_snapshot_restore(snapshot);
}

static void
sg_frequency_scale_snapshot(GtkWidget *widget, GtkSnapshot *snapshot)
{
  SgFrequencyScale *self = SG_FREQUENCY_SCALE(widget);
  int width = gtk_widget_get_width(widget), height = gtk_widget_get_height(widget);
  if (height < 1)
    return;
  GdkRGBA colour;
  gtk_style_context_get_color(gtk_widget_get_style_context(widget), &colour);
  SgFrequencyAxis axis = sg_frequency_axis_for_rate(self->rate_hz, height);
  SgTick ticks[MAX_TICKS];
  size_t n = sg_frequency_axis_ticks(&axis, MIN_GAP, ticks, MAX_TICKS);
  for (size_t i = 0; i < n; i++) {
    float length = ticks[i].labelled ? TICK_LENGTH : TICK_LENGTH / 2;
    graphene_rect_t line =
        GRAPHENE_RECT_INIT((float)width - length, (float)(int)ticks[i].position, length, 1);
    gtk_snapshot_append_color(snapshot, &colour, &line);
    if (ticks[i].labelled)
      snapshot_label(widget, snapshot, &ticks[i], &colour);
  }
}

static void
sg_frequency_scale_measure(GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                           int *natural, int *minimum_baseline, int *natural_baseline)
{
  *minimum = *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? SG_FREQUENCY_SCALE_WIDTH : MIN_GAP;
}

static void
sg_frequency_scale_class_init(SgFrequencyScaleClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);
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
sg_frequency_scale_new(guint rate_hz)
{
  SgFrequencyScale *self = g_object_new(SG_TYPE_FREQUENCY_SCALE, NULL);
  self->rate_hz = rate_hz;
  return GTK_WIDGET(self);
}
