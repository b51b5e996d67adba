#include "ui/level-meter.h"

#include <math.h>

#include "ui/text-format.h"

enum { BAR_HEIGHT = 4, GAP = 1, HOLD_WIDTH = 2 };

/* How often assistive technologies are told. */
#define TELL_EVERY_US (G_USEC_PER_SEC / 2)

/* Where the bar changes its colour. */
static const struct {
  double to_db;
  GdkRGBA colour;
} zones[] = {
  { -12.0, { 0.18f, 0.76f, 0.49f, 1.0f } },
  { -3.0, { 0.96f, 0.76f, 0.07f, 1.0f } },
  { 0.0, { 0.88f, 0.11f, 0.14f, 1.0f } },
};

struct _SgLevelMeter {
  GtkWidget parent_instance;
  SgMeterReading reading;
  gint64 told_us;
};

G_DEFINE_FINAL_TYPE(SgLevelMeter, sg_level_meter, GTK_TYPE_WIDGET)

static double
to_db(double level)
{
  return level > 1e-6 ? 20.0 * log10(level) : -120.0;
}

/* Share of the width up to a level. */
static double
share_of(double db)
{
  return CLAMP(1.0 - db / SG_LEVEL_METER_MIN_DB, 0.0, 1.0);
}

static void
add_bar(GtkSnapshot *snapshot, double width, double y, double peak_db, double hold_db)
{
  double from = 0.0, end = share_of(peak_db) * width;
  GdkRGBA trough = { 0.5f, 0.5f, 0.5f, 0.25f };
  gtk_snapshot_append_color(snapshot, &trough, &GRAPHENE_RECT_INIT(0, (float)y, (float)width, BAR_HEIGHT));
  for (gsize i = 0; i < G_N_ELEMENTS(zones) && from < end; i++) {
    double to = MIN(end, share_of(zones[i].to_db) * width);
    gtk_snapshot_append_color(snapshot, &zones[i].colour,
                              &GRAPHENE_RECT_INIT((float)from, (float)y, (float)(to - from), BAR_HEIGHT));
    from = to;
  }
  if (hold_db <= SG_LEVEL_METER_MIN_DB)
    return;
  gsize zone = 0;
  while (zone + 1 < G_N_ELEMENTS(zones) && hold_db > zones[zone].to_db)
    zone++;
  double x = MIN(share_of(hold_db) * width, width - HOLD_WIDTH);
  gtk_snapshot_append_color(snapshot, &zones[zone].colour,
                            &GRAPHENE_RECT_INIT((float)x, (float)y, HOLD_WIDTH, BAR_HEIGHT));
}

static void
sg_level_meter_snapshot(GtkWidget *widget, GtkSnapshot *snapshot)
{
  SgLevelMeter *self = SG_LEVEL_METER(widget);
  double width = gtk_widget_get_width(widget), height = gtk_widget_get_height(widget);
  double y = floor((height - 2 * BAR_HEIGHT - GAP) / 2.0);
  for (int side = 0; side < 2; side++)
    add_bar(snapshot, width, y + side * (BAR_HEIGHT + GAP), to_db(self->reading.peak[side]),
            to_db(self->reading.hold[side]));
}

static void
sg_level_meter_measure(GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                       int *natural, int *minimum_baseline, int *natural_baseline)
{
  *minimum = *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 40 : 2 * BAR_HEIGHT + GAP;
}

static void
tell(SgLevelMeter *self)
{
  double peak_db = sg_level_meter_get_peak_db(self);
  g_autofree char *text = sg_format_peak(peak_db);
  gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_VALUE_NOW,
                                 CLAMP(peak_db, SG_LEVEL_METER_MIN_DB, 0.0),
                                 GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, text, -1);
  self->told_us = g_get_monotonic_time();
}

static void
sg_level_meter_class_init(SgLevelMeterClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);
  widget_class->snapshot = sg_level_meter_snapshot;
  widget_class->measure = sg_level_meter_measure;
  gtk_widget_class_set_css_name(widget_class, "levelmeter");
  gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_METER);
}

static void
sg_level_meter_init(SgLevelMeter *self)
{
  gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_VALUE_MIN,
                                 SG_LEVEL_METER_MIN_DB, GTK_ACCESSIBLE_PROPERTY_VALUE_MAX, 0.0, -1);
  tell(self);
}

void
sg_level_meter_set_reading(SgLevelMeter *self, const SgMeterReading *reading)
{
  g_return_if_fail(SG_IS_LEVEL_METER(self));
  gboolean differs = FALSE;
  for (int side = 0; side < 2; side++)
    differs = differs || fabs(to_db(reading->peak[side]) - to_db(self->reading.peak[side])) > 0.1 ||
              fabs(to_db(reading->hold[side]) - to_db(self->reading.hold[side])) > 0.1;
  if (!differs)
    return;
  self->reading = *reading;
  gtk_widget_queue_draw(GTK_WIDGET(self));
  if (g_get_monotonic_time() - self->told_us >= TELL_EVERY_US)
    tell(self);
}

double
sg_level_meter_get_peak_db(SgLevelMeter *self)
{
  g_return_val_if_fail(SG_IS_LEVEL_METER(self), SG_LEVEL_METER_MIN_DB);
  return to_db(MAX(self->reading.peak[0], self->reading.peak[1]));
}
