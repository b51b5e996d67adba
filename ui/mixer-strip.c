#include "ui/mixer-strip.h"

#include <glib/gi18n.h>
#include <math.h>

#include "ui/describe.h"
#include "ui/level-meter.h"
#include "ui/source-style.h"
#include "ui/text-format.h"

struct _SgMixerStrip {
  GtkBox parent_instance;

  SgStem *stem;
  GtkWidget *handle;
  GtkWidget *swatch;
  GtkLabel *name_label;
  GtkToggleButton *solo_button;
  GtkToggleButton *mute_button;
  GtkScale *gain_scale;
  GtkAdjustment *gain_adjustment;
  GtkLabel *gain_value;
  GtkScale *pan_scale;
  GtkAdjustment *pan_adjustment;
  SgLevelMeter *meter;
  GtkScale *strength_scale;
  GtkAdjustment *strength_adjustment;
};

G_DEFINE_FINAL_TYPE(SgMixerStrip, sg_mixer_strip, GTK_TYPE_BOX)

static void
update_gain_text(SgMixerStrip *self)
{
  g_autofree char *text = sg_format_gain(gtk_adjustment_get_value(self->gain_adjustment));
  gtk_label_set_label(self->gain_value, text);
  gtk_accessible_update_property(GTK_ACCESSIBLE(self->gain_scale), GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, text,
                                 -1);
}

static void
update_strength_text(SgMixerStrip *self)
{
  g_autofree char *text = sg_format_strength(exp2(gtk_adjustment_get_value(self->strength_adjustment)));
  g_autofree char *tooltip = g_strdup_printf(
      _("Strength: %s\nHow hard this stem is pulled from the others. Double-click for natural."), text);
  sg_widget_set_tooltip(GTK_WIDGET(self->strength_scale), tooltip);
  gtk_accessible_update_property(GTK_ACCESSIBLE(self->strength_scale), GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT,
                                 text, -1);
}

static void
update_pan_text(SgMixerStrip *self)
{
  g_autofree char *text = sg_format_pan(gtk_adjustment_get_value(self->pan_adjustment));
  g_autofree char *tooltip = g_strdup_printf(_("Pan: %s\nDouble-click for the centre."), text);
  sg_widget_set_tooltip(GTK_WIDGET(self->pan_scale), tooltip);
  gtk_accessible_update_property(GTK_ACCESSIBLE(self->pan_scale), GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, text,
                                 -1);
}

static void
update_level(SgMixerStrip *self)
{
  sg_level_meter_set_reading(self->meter, sg_stem_get_level(self->stem));
}

static gboolean
strength_to_slider(GBinding *binding, const GValue *from, GValue *to, gpointer user)
{
  g_value_set_double(to, log2(g_value_get_double(from)));
  return TRUE;
}

static gboolean
slider_to_strength(GBinding *binding, const GValue *from, GValue *to, gpointer user)
{
  g_value_set_double(to, CLAMP(exp2(g_value_get_double(from)), SG_STEM_STRENGTH_MIN, SG_STEM_STRENGTH_MAX));
  return TRUE;
}

/* Takes `name`. */
static void
set_accessible_name(gpointer widget, char *name)
{
  gtk_accessible_update_property(GTK_ACCESSIBLE(widget), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  g_free(name);
}

static void
update_names(SgMixerStrip *self)
{
  const char *name = sg_stem_get_name(self->stem);
  g_autofree char *lower = g_utf8_strdown(name, -1);
  gtk_label_set_label(self->name_label, name);
  set_accessible_name(self->solo_button, g_strdup_printf(_("Solo %s"), lower));
  set_accessible_name(self->mute_button, g_strdup_printf(_("Mute %s"), lower));
  set_accessible_name(self->gain_scale, g_strdup_printf(_("Gain of %s"), lower));
  set_accessible_name(self->pan_scale, g_strdup_printf(_("Pan of %s"), lower));
  set_accessible_name(self->meter, g_strdup_printf(_("Level of %s"), lower));
  set_accessible_name(self->strength_scale, g_strdup_printf(_("Strength of %s"), lower));
}

/* In the capture phase, before the scale's own gestures make the second press a jump. */
static void
on_fader_pressed(GtkGestureClick *gesture, int n_press, double x, double y, gpointer data)
{
  if (n_press != 2)
    return;
  gtk_gesture_set_state(GTK_GESTURE(gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  gtk_adjustment_set_value(data, 0.0);
}

static void
update_swatch(SgMixerStrip *self)
{
  const char *classes[] = { "swatch", sg_source_colour_of_stem(self->stem)->css_class, NULL };
  gtk_widget_set_css_classes(self->swatch, classes);
}

static void
add_reset(GtkScale *scale, GtkAdjustment *adjustment)
{
  GtkGesture *click = gtk_gesture_click_new();
  gtk_event_controller_set_propagation_phase(GTK_EVENT_CONTROLLER(click), GTK_PHASE_CAPTURE);
  g_signal_connect_object(click, "pressed", G_CALLBACK(on_fader_pressed), adjustment, 0);
  gtk_widget_add_controller(GTK_WIDGET(scale), GTK_EVENT_CONTROLLER(click));
}

static void
sg_mixer_strip_dispose(GObject *object)
{
  SgMixerStrip *self = SG_MIXER_STRIP(object);
  if (self->stem != NULL)
    g_signal_handlers_disconnect_by_data(self->stem, self);
  g_clear_object(&self->stem);
  gtk_widget_dispose_template(GTK_WIDGET(self), SG_TYPE_MIXER_STRIP);
  G_OBJECT_CLASS(sg_mixer_strip_parent_class)->dispose(object);
}

static void
sg_mixer_strip_class_init(SgMixerStripClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);
  G_OBJECT_CLASS(klass)->dispose = sg_mixer_strip_dispose;
  g_type_ensure(SG_TYPE_LEVEL_METER);
  gtk_widget_class_set_css_name(widget_class, "mixerstrip");
  gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
  gtk_widget_class_set_template_from_resource(widget_class,
                                              "/io/github/stemglass/Stemglass/ui/mixer-strip.ui");
  gtk_widget_class_bind_template_child(widget_class, SgMixerStrip, handle);
  gtk_widget_class_bind_template_child(widget_class, SgMixerStrip, swatch);
  gtk_widget_class_bind_template_child(widget_class, SgMixerStrip, name_label);
  gtk_widget_class_bind_template_child(widget_class, SgMixerStrip, solo_button);
  gtk_widget_class_bind_template_child(widget_class, SgMixerStrip, mute_button);
  gtk_widget_class_bind_template_child(widget_class, SgMixerStrip, gain_scale);
  gtk_widget_class_bind_template_child(widget_class, SgMixerStrip, gain_adjustment);
  gtk_widget_class_bind_template_child(widget_class, SgMixerStrip, gain_value);
  gtk_widget_class_bind_template_child(widget_class, SgMixerStrip, pan_scale);
  gtk_widget_class_bind_template_child(widget_class, SgMixerStrip, pan_adjustment);
  gtk_widget_class_bind_template_child(widget_class, SgMixerStrip, meter);
  gtk_widget_class_bind_template_child(widget_class, SgMixerStrip, strength_scale);
  gtk_widget_class_bind_template_child(widget_class, SgMixerStrip, strength_adjustment);
}

static void
add_marks(SgMixerStrip *self)
{
  gtk_scale_add_mark(self->strength_scale, -3.0, GTK_POS_BOTTOM, _("Softer"));
  gtk_scale_add_mark(self->strength_scale, 0.0, GTK_POS_BOTTOM, _("Natural"));
  gtk_scale_add_mark(self->strength_scale, 3.0, GTK_POS_BOTTOM, _("Harder"));
}

static void
sg_mixer_strip_init(SgMixerStrip *self)
{
  gtk_widget_init_template(GTK_WIDGET(self));
  add_marks(self);
  add_reset(self->gain_scale, self->gain_adjustment);
  add_reset(self->pan_scale, self->pan_adjustment);
  add_reset(self->strength_scale, self->strength_adjustment);
  sg_widget_set_tooltip(GTK_WIDGET(self->solo_button), _("Solo: hear this stem, and others soloed"));
  sg_widget_set_tooltip(GTK_WIDGET(self->mute_button), _("Mute: do not hear this stem"));
  sg_widget_set_tooltip(GTK_WIDGET(self->gain_scale), _("Gain, double-click for 0 dB"));
  g_signal_connect_swapped(self->gain_adjustment, "value-changed", G_CALLBACK(update_gain_text), self);
  g_signal_connect_swapped(self->pan_adjustment, "value-changed", G_CALLBACK(update_pan_text), self);
  g_signal_connect_swapped(self->strength_adjustment, "value-changed", G_CALLBACK(update_strength_text),
                           self);
}

GtkWidget *
sg_mixer_strip_new(SgStem *stem)
{
  const GBindingFlags both = G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE;
  SgMixerStrip *self = g_object_new(SG_TYPE_MIXER_STRIP, NULL);
  self->stem = g_object_ref(stem);
  g_signal_connect_swapped(stem, "notify::colour", G_CALLBACK(update_swatch), self);
  update_swatch(self);
  g_signal_connect_swapped(stem, "notify::name", G_CALLBACK(update_names), self);
  g_signal_connect_swapped(stem, "level-changed", G_CALLBACK(update_level), self);
  g_object_bind_property(stem, "pan", self->pan_adjustment, "value", both);
  g_object_bind_property(stem, "soloed", self->solo_button, "active", both);
  g_object_bind_property(stem, "muted", self->mute_button, "active", both);
  g_object_bind_property(stem, "gain-db", self->gain_adjustment, "value", both);
  g_object_bind_property_full(stem, "strength", self->strength_adjustment, "value", both, strength_to_slider,
                              slider_to_strength, NULL, NULL);
  update_names(self);
  update_gain_text(self);
  update_pan_text(self);
  update_strength_text(self);
  return GTK_WIDGET(self);
}

GtkWidget *
sg_mixer_strip_get_handle(SgMixerStrip *self)
{
  g_return_val_if_fail(SG_IS_MIXER_STRIP(self), NULL);
  return self->handle;
}
