#include "ui/mixer-strip.h"

#include <math.h>

#include "ui/level-meter.h"
#include "ui/resources.h"

/* The descendant of a type after `*skip` others, depth first. */
static GtkWidget *
find(GtkWidget *widget, GType type, int *skip)
{
  if (G_TYPE_CHECK_INSTANCE_TYPE(widget, type) && (*skip)-- == 0)
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL;
       child = gtk_widget_get_next_sibling(child)) {
    GtkWidget *found = find(child, type, skip);
    if (found != NULL)
      return found;
  }
  return NULL;
}

static gpointer
nth(GtkWidget *widget, GType type, int n)
{
  GtkWidget *found = find(widget, type, &n);
  g_assert_nonnull(found);
  return found;
}

typedef struct {
  SgStem *stem;
  GtkWidget *strip;
} Fixture;

static void
set_up(Fixture *f, gconstpointer data)
{
  f->stem = sg_stem_new("drums", "Drums", 0);
  f->strip = g_object_ref_sink(sg_mixer_strip_new(f->stem));
}

static void
tear_down(Fixture *f, gconstpointer data)
{
  g_assert_finalize_object(f->strip);
  g_assert_finalize_object(f->stem);
}

static void
test_toggles(Fixture *f, gconstpointer data)
{
  GtkToggleButton *solo = nth(f->strip, GTK_TYPE_TOGGLE_BUTTON, 0);
  GtkToggleButton *mute = nth(f->strip, GTK_TYPE_TOGGLE_BUTTON, 1);
  gtk_test_accessible_assert_property(solo, GTK_ACCESSIBLE_PROPERTY_LABEL, "Solo drums");
  gtk_test_accessible_assert_property(mute, GTK_ACCESSIBLE_PROPERTY_LABEL, "Mute drums");
  gtk_toggle_button_set_active(solo, TRUE);
  g_assert_true(sg_stem_get_soloed(f->stem));
  g_assert_false(sg_stem_get_muted(f->stem));
  sg_stem_set_soloed(f->stem, FALSE);
  sg_stem_set_muted(f->stem, TRUE);
  g_assert_false(gtk_toggle_button_get_active(solo));
  g_assert_true(gtk_toggle_button_get_active(mute));
}

static void
test_gain(Fixture *f, gconstpointer data)
{
  GtkScale *gain = nth(f->strip, GTK_TYPE_SCALE, 1);
  gtk_test_accessible_assert_property(gain, GTK_ACCESSIBLE_PROPERTY_LABEL, "Gain of drums");
  gtk_test_accessible_assert_property(gain, GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, "0.0 dB");
  gtk_range_set_value(GTK_RANGE(gain), -6.0);
  g_assert_cmpfloat(sg_stem_get_gain_db(f->stem), ==, -6.0);
  gtk_test_accessible_assert_property(gain, GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, "−6.0 dB");
  sg_stem_set_gain_db(f->stem, SG_STEM_GAIN_MIN_DB);
  gtk_test_accessible_assert_property(gain, GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, "−∞ dB");
}

/* The slider is in octaves of α: in the middle natural, from an eighth to eightfold. */
static void
test_strength(Fixture *f, gconstpointer data)
{
  GtkScale *strength = nth(f->strip, GTK_TYPE_SCALE, 2);
  gtk_test_accessible_assert_property(strength, GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, "Natural");
  for (double x = -3.0; x <= 3.0; x += 0.5) {
    gtk_range_set_value(GTK_RANGE(strength), x);
    g_assert_cmpfloat_with_epsilon(sg_stem_get_strength(f->stem), exp2(x), 1e-9);
  }
  sg_stem_set_strength(f->stem, 2.0);
  g_assert_cmpfloat_with_epsilon(gtk_range_get_value(GTK_RANGE(strength)), 1.0, 1e-9);
  gtk_test_accessible_assert_property(strength, GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, "2.00 × harder");
}

static void
test_pan(Fixture *f, gconstpointer data)
{
  GtkScale *pan = nth(f->strip, GTK_TYPE_SCALE, 0);
  const char *half_left = "50 % left"; /* the macro takes its arguments' text as a format */
  gtk_test_accessible_assert_property(pan, GTK_ACCESSIBLE_PROPERTY_LABEL, "Pan of drums");
  gtk_test_accessible_assert_property(pan, GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, "Centre");
  gtk_range_set_value(GTK_RANGE(pan), -0.5);
  g_assert_cmpfloat(sg_stem_get_pan(f->stem), ==, -0.5);
  gtk_test_accessible_assert_property(pan, GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, half_left);
  sg_stem_set_pan(f->stem, 1.0);
  gtk_test_accessible_assert_property(pan, GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, "Right");
}

/* The meter shows the stem's level, as a value in dB too. */
static void
test_level(Fixture *f, gconstpointer data)
{
  SgLevelMeter *meter = nth(f->strip, SG_TYPE_LEVEL_METER, 0);
  gtk_test_accessible_assert_role(meter, GTK_ACCESSIBLE_ROLE_METER);
  gtk_test_accessible_assert_property(meter, GTK_ACCESSIBLE_PROPERTY_LABEL, "Level of drums");
  gtk_test_accessible_assert_property(meter, GTK_ACCESSIBLE_PROPERTY_VALUE_NOW, -60.0);
  g_assert_cmpfloat(sg_level_meter_get_peak_db(meter), <, -100.0);
  g_usleep(G_USEC_PER_SEC * 6 / 10); /* assistive technologies are told twice a second */
  sg_stem_set_level(f->stem, &(SgMeterReading){ .peak = { 0.1f, 0.5f }, .hold = { 0.5f, 0.5f } });
  g_assert_cmpfloat_with_epsilon(sg_level_meter_get_peak_db(meter), -6.02, 0.01);
  gtk_test_accessible_assert_property(meter, GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, "−6.0 dB");
}

/* It is made when it is asked for; the screen reader has it at once. */
static void
test_tooltip(Fixture *f, gconstpointer data)
{
  GtkScale *pan = nth(f->strip, GTK_TYPE_SCALE, 0);
  g_autoptr(GtkTooltip) tooltip = g_object_new(GTK_TYPE_TOOLTIP, NULL);
  gboolean is_shown = FALSE;
  sg_stem_set_pan(f->stem, 1.0);
  gtk_test_accessible_assert_property(pan, GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                      "Pan: Right\nDouble-click for the centre.");
  g_assert_true(gtk_widget_get_has_tooltip(GTK_WIDGET(pan)));
  g_signal_emit_by_name(pan, "query-tooltip", 0, 0, FALSE, tooltip, &is_shown);
  g_assert_true(is_shown);
}

static void
test_rename(Fixture *f, gconstpointer data)
{
  sg_stem_set_name(f->stem, "Congas");
  gtk_test_accessible_assert_property(nth(f->strip, GTK_TYPE_TOGGLE_BUTTON, 1), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                      "Mute congas");
}

int
main(int argc, char **argv)
{
  g_setenv("GTK_A11Y", "test", TRUE);
  gtk_test_init(&argc, &argv, NULL);
  sg_ui_register_resources();
  g_test_add("/ui/mixer-strip/toggles", Fixture, NULL, set_up, test_toggles, tear_down);
  g_test_add("/ui/mixer-strip/gain", Fixture, NULL, set_up, test_gain, tear_down);
  g_test_add("/ui/mixer-strip/strength", Fixture, NULL, set_up, test_strength, tear_down);
  g_test_add("/ui/mixer-strip/pan", Fixture, NULL, set_up, test_pan, tear_down);
  g_test_add("/ui/mixer-strip/level", Fixture, NULL, set_up, test_level, tear_down);
  g_test_add("/ui/mixer-strip/tooltip", Fixture, NULL, set_up, test_tooltip, tear_down);
  g_test_add("/ui/mixer-strip/rename", Fixture, NULL, set_up, test_rename, tear_down);
  return g_test_run();
}
