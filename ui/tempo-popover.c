#include "ui/tempo-popover.h"

#include <glib/gi18n.h>

#include "ui/text-format.h"

struct _SgTempoPopover {
  GtkPopover parent_instance;

  SgSession *session; /* weak */
  GtkScale *speed_scale, *pitch_scale;
  GtkAdjustment *speed_adjustment, *pitch_adjustment;
  GtkLabel *speed_value, *pitch_value, *tempo_value;
  GtkSwitch *click_switch, *count_in_switch;
};

G_DEFINE_FINAL_TYPE(SgTempoPopover, sg_tempo_popover, GTK_TYPE_POPOVER)

static void
show_value(GtkLabel *label, GtkScale *scale, char *text)
{
  gtk_label_set_label(label, text);
  gtk_accessible_update_property(GTK_ACCESSIBLE(scale), GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, text, -1);
  g_free(text);
}

static void
update_values(SgTempoPopover *self)
{
  show_value(self->speed_value, self->speed_scale,
             sg_format_speed(gtk_adjustment_get_value(self->speed_adjustment) / 100.0));
  show_value(self->pitch_value, self->pitch_scale,
             sg_format_semitones(gtk_adjustment_get_value(self->pitch_adjustment)));
}

static void
update_tempo(SgTempoPopover *self)
{
  double bpm = self->session != NULL ? sg_session_get_bpm(self->session) : 0.0;
  g_autofree char *text = bpm > 0.0 ? sg_format_tempo(bpm) : g_strdup(_("Not known yet"));
  gtk_label_set_label(self->tempo_value, text);
}

static gboolean
speed_to_percent(GBinding *binding, const GValue *from, GValue *to, gpointer user)
{
  g_value_set_double(to, 100.0 * g_value_get_double(from));
  return TRUE;
}

static gboolean
percent_to_speed(GBinding *binding, const GValue *from, GValue *to, gpointer user)
{
  g_value_set_double(to, (int)(g_value_get_double(from) + 0.5) / 100.0);
  return TRUE;
}

static gboolean
round_semitones(GBinding *binding, const GValue *from, GValue *to, gpointer user)
{
  double value = g_value_get_double(from);
  g_value_set_double(to, (int)(value < 0.0 ? value - 0.5 : value + 0.5));
  return TRUE;
}

static void
on_reset_clicked(GtkButton *button, gpointer data)
{
  SgTempoPopover *self = data;
  if (self->session == NULL)
    return;
  SgHistory *history = sg_session_get_history(self->session);
  sg_history_begin_group(history, _("As Recorded"));
  gtk_adjustment_set_value(self->speed_adjustment, 100.0);
  gtk_adjustment_set_value(self->pitch_adjustment, 0.0);
  sg_history_end_group(history);
}

static void
sg_tempo_popover_dispose(GObject *object)
{
  SgTempoPopover *self = SG_TEMPO_POPOVER(object);
  g_clear_weak_pointer(&self->session);
  gtk_widget_dispose_template(GTK_WIDGET(self), SG_TYPE_TEMPO_POPOVER);
  G_OBJECT_CLASS(sg_tempo_popover_parent_class)->dispose(object);
}

static void
sg_tempo_popover_class_init(SgTempoPopoverClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);
  G_OBJECT_CLASS(klass)->dispose = sg_tempo_popover_dispose;
  gtk_widget_class_set_template_from_resource(widget_class,
                                              "/io/github/stemglass/Stemglass/ui/tempo-popover.ui");
  gtk_widget_class_bind_template_child(widget_class, SgTempoPopover, speed_scale);
  gtk_widget_class_bind_template_child(widget_class, SgTempoPopover, speed_adjustment);
  gtk_widget_class_bind_template_child(widget_class, SgTempoPopover, speed_value);
  gtk_widget_class_bind_template_child(widget_class, SgTempoPopover, pitch_scale);
  gtk_widget_class_bind_template_child(widget_class, SgTempoPopover, pitch_adjustment);
  gtk_widget_class_bind_template_child(widget_class, SgTempoPopover, pitch_value);
  gtk_widget_class_bind_template_child(widget_class, SgTempoPopover, tempo_value);
  gtk_widget_class_bind_template_child(widget_class, SgTempoPopover, click_switch);
  gtk_widget_class_bind_template_child(widget_class, SgTempoPopover, count_in_switch);
  gtk_widget_class_bind_template_callback(widget_class, on_reset_clicked);
}

static void
sg_tempo_popover_init(SgTempoPopover *self)
{
  gtk_widget_init_template(GTK_WIDGET(self));
  gtk_scale_add_mark(self->speed_scale, 100.0, GTK_POS_BOTTOM, NULL);
  gtk_scale_add_mark(self->pitch_scale, 0.0, GTK_POS_BOTTOM, NULL);
  g_signal_connect_swapped(self->speed_adjustment, "value-changed", G_CALLBACK(update_values), self);
  g_signal_connect_swapped(self->pitch_adjustment, "value-changed", G_CALLBACK(update_values), self);
  update_values(self);
  update_tempo(self);
}

void
sg_tempo_popover_set_session(SgTempoPopover *self, SgSession *session)
{
  const GBindingFlags both = G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE;
  g_return_if_fail(SG_IS_TEMPO_POPOVER(self));
  g_set_weak_pointer(&self->session, session);
  SgPlayback *playback = sg_session_get_playback(session);
  g_object_bind_property_full(playback, "speed", self->speed_adjustment, "value", both, speed_to_percent,
                              percent_to_speed, NULL, NULL);
  g_object_bind_property_full(playback, "pitch", self->pitch_adjustment, "value", both, round_semitones,
                              round_semitones, NULL, NULL);
  g_object_bind_property(playback, "click", self->click_switch, "active", both);
  g_object_bind_property(playback, "count-in", self->count_in_switch, "active", both);
  g_signal_connect_object(playback, "notify::beats", G_CALLBACK(update_tempo), self, G_CONNECT_SWAPPED);
  update_tempo(self);
}
