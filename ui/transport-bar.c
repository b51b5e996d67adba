#include "ui/transport-bar.h"

#include <glib/gi18n.h>
#include <math.h>

#include "ui/describe.h"
#include "ui/level-meter.h"
#include "ui/loop-popover.h"
#include "ui/output-popover.h"
#include "ui/tempo-popover.h"
#include "ui/text-format.h"

struct _SgTransportBar {
  GtkBox parent_instance;

  double position_s;
  double duration_s;
  GtkButton *play_button;
  GtkLabel *position_label;
  GtkLabel *duration_label;
  GtkScale *seek_scale;
  GtkAdjustment *seek_adjustment;

  SgSession *session; /* weak */
  GtkToggleButton *loop_button;
  SgLoopPopover *loop_popover;
  GtkMenuButton *tempo_button;
  SgTempoPopover *tempo_popover;
  GtkLabel *tempo_label;
  GtkScale *master_scale;
  GtkAdjustment *master_adjustment;
  GtkLabel *master_value;
  SgLevelMeter *master_meter;
  GtkLabel *null_label;
  SgOutputPopover *output_popover;
};

G_DEFINE_FINAL_TYPE(SgTransportBar, sg_transport_bar, GTK_TYPE_BOX)

enum { SEEK, N_SIGNALS };
static guint signals[N_SIGNALS];

static gboolean
on_change_value(GtkRange *range, GtkScrollType scroll, double value, gpointer data)
{
  SgTransportBar *self = data;
  g_signal_emit(self, signals[SEEK], 0, CLAMP(value, 0.0, self->duration_s));
  return TRUE;
}

static void
update_master_text(SgTransportBar *self)
{
  g_autofree char *text = sg_format_gain(gtk_adjustment_get_value(self->master_adjustment));
  g_autofree char *tooltip = g_strdup_printf(_("Master gain: %s\nDouble-click for 0 dB."), text);
  gtk_label_set_label(self->master_value, text);
  sg_widget_set_tooltip(GTK_WIDGET(self->master_scale), tooltip);
  gtk_accessible_update_property(GTK_ACCESSIBLE(self->master_scale), GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, text,
                                 -1);
}

static void
on_master_pressed(GtkGestureClick *gesture, int n_press, double x, double y, gpointer data)
{
  if (n_press != 2)
    return;
  gtk_gesture_set_state(GTK_GESTURE(gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  gtk_adjustment_set_value(data, 0.0);
}

/* The speed, and the pitch where it is changed: "100 %", "85 % +2 st". */
static void
update_tempo_text(SgTransportBar *self)
{
  SgPlayback *playback = sg_session_get_playback(self->session);
  g_autofree char *speed = sg_format_speed(sg_playback_get_speed(playback));
  g_autofree char *pitch = sg_format_semitones(sg_playback_get_pitch(playback));
  gboolean shifted = sg_playback_get_pitch(playback) != 0.0;
  g_autofree char *text = shifted ? g_strdup_printf("%s %s", speed, pitch) : g_strdup(speed);
  gtk_label_set_label(self->tempo_label, text);
}

static void
on_loop_changed(SgTransportBar *self)
{
  gtk_toggle_button_set_active(self->loop_button,
                               sg_playback_get_loop_on(sg_session_get_playback(self->session)));
}

static void
on_loop_toggled(SgTransportBar *self)
{
  gboolean on = sg_playback_get_loop_on(sg_session_get_playback(self->session));
  if (gtk_toggle_button_get_active(self->loop_button) != on)
    gtk_widget_activate_action(GTK_WIDGET(self), "win.loop", NULL);
  on_loop_changed(self);
}

static void
sg_transport_bar_dispose(GObject *object)
{
  g_clear_weak_pointer(&SG_TRANSPORT_BAR(object)->session);
  gtk_widget_dispose_template(GTK_WIDGET(object), SG_TYPE_TRANSPORT_BAR);
  G_OBJECT_CLASS(sg_transport_bar_parent_class)->dispose(object);
}

static void
sg_transport_bar_class_init(SgTransportBarClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);
  G_OBJECT_CLASS(klass)->dispose = sg_transport_bar_dispose;
  g_type_ensure(SG_TYPE_LEVEL_METER);
  g_type_ensure(SG_TYPE_LOOP_POPOVER);
  g_type_ensure(SG_TYPE_OUTPUT_POPOVER);
  g_type_ensure(SG_TYPE_TEMPO_POPOVER);
  gtk_widget_class_set_css_name(widget_class, "transportbar");
  gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
  gtk_widget_class_set_template_from_resource(widget_class,
                                              "/io/github/stemglass/Stemglass/ui/transport-bar.ui");
  gtk_widget_class_bind_template_child(widget_class, SgTransportBar, play_button);
  gtk_widget_class_bind_template_child(widget_class, SgTransportBar, position_label);
  gtk_widget_class_bind_template_child(widget_class, SgTransportBar, duration_label);
  gtk_widget_class_bind_template_child(widget_class, SgTransportBar, seek_scale);
  gtk_widget_class_bind_template_child(widget_class, SgTransportBar, seek_adjustment);
  gtk_widget_class_bind_template_child(widget_class, SgTransportBar, loop_button);
  gtk_widget_class_bind_template_child(widget_class, SgTransportBar, loop_popover);
  gtk_widget_class_bind_template_child(widget_class, SgTransportBar, tempo_button);
  gtk_widget_class_bind_template_child(widget_class, SgTransportBar, tempo_popover);
  gtk_widget_class_bind_template_child(widget_class, SgTransportBar, tempo_label);
  gtk_widget_class_bind_template_child(widget_class, SgTransportBar, master_scale);
  gtk_widget_class_bind_template_child(widget_class, SgTransportBar, master_adjustment);
  gtk_widget_class_bind_template_child(widget_class, SgTransportBar, master_value);
  gtk_widget_class_bind_template_child(widget_class, SgTransportBar, master_meter);
  gtk_widget_class_bind_template_child(widget_class, SgTransportBar, null_label);
  gtk_widget_class_bind_template_child(widget_class, SgTransportBar, output_popover);
  gtk_widget_class_bind_template_callback(widget_class, on_change_value);
  signals[SEEK] = g_signal_new("seek", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                               G_TYPE_NONE, 1, G_TYPE_DOUBLE);
}

static void
sg_transport_bar_init(SgTransportBar *self)
{
  gtk_widget_init_template(GTK_WIDGET(self));
  GtkGesture *click = gtk_gesture_click_new();
  gtk_event_controller_set_propagation_phase(GTK_EVENT_CONTROLLER(click), GTK_PHASE_CAPTURE);
  g_signal_connect_object(click, "pressed", G_CALLBACK(on_master_pressed), self->master_adjustment, 0);
  gtk_widget_add_controller(GTK_WIDGET(self->master_scale), GTK_EVENT_CONTROLLER(click));
  g_signal_connect_swapped(self->master_adjustment, "value-changed", G_CALLBACK(update_master_text), self);
  sg_widget_set_tooltip(GTK_WIDGET(self->null_label),
                        _("What the sum of the stems lacks of the mixture: less is better"));
  update_master_text(self);
  self->position_s = -1.0;
  sg_transport_bar_set_duration(self, 0.0);
  sg_transport_bar_set_playing(self, FALSE);
}

static void
update_value_text(SgTransportBar *self)
{
  g_autofree char *position = sg_format_time(self->position_s, 0);
  g_autofree char *duration = sg_format_time(self->duration_s, 0);
  g_autofree char *text = g_strdup_printf(_("%s of %s"), position, duration);
  gtk_accessible_update_property(GTK_ACCESSIBLE(self->seek_scale), GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, text,
                                 -1);
}

void
sg_transport_bar_set_duration(SgTransportBar *self, double seconds)
{
  g_return_if_fail(SG_IS_TRANSPORT_BAR(self));
  self->duration_s = seconds;
  g_autofree char *text = sg_format_time(seconds, 1);
  gtk_label_set_label(self->duration_label, text);
  gtk_adjustment_set_upper(self->seek_adjustment, seconds);
  self->position_s = -1.0;
  sg_transport_bar_set_position(self, 0.0);
}

void
sg_transport_bar_set_position(SgTransportBar *self, double seconds)
{
  g_return_if_fail(SG_IS_TRANSPORT_BAR(self));
  double before = self->position_s;
  if (seconds == before)
    return;
  self->position_s = seconds;
  gtk_adjustment_set_value(self->seek_adjustment, seconds);
  if ((gint64)(seconds * 10.0) != (gint64)(before * 10.0) || before < 0.0) {
    g_autofree char *text = sg_format_time(seconds, 1);
    gtk_label_set_label(self->position_label, text);
  }
  if ((gint64)seconds != (gint64)before || before < 0.0)
    update_value_text(self);
}

void
sg_transport_bar_set_playing(SgTransportBar *self, gboolean playing)
{
  g_return_if_fail(SG_IS_TRANSPORT_BAR(self));
  const char *label = playing ? _("Pause") : _("Play");
  gtk_button_set_icon_name(self->play_button,
                           playing ? "media-playback-pause-symbolic" : "media-playback-start-symbolic");
  sg_widget_set_tooltip(GTK_WIDGET(self->play_button), playing ? _("Pause (Space)") : _("Play (Space)"));
  gtk_accessible_update_property(GTK_ACCESSIBLE(self->play_button), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
}

void
sg_transport_bar_set_session(SgTransportBar *self, SgSession *session)
{
  const GBindingFlags both = G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE;
  g_return_if_fail(SG_IS_TRANSPORT_BAR(self) && self->session == NULL);
  g_set_weak_pointer(&self->session, session);
  SgPlayback *playback = sg_session_get_playback(session);
  g_object_bind_property(playback, "master-gain-db", self->master_adjustment, "value", both);
  g_signal_connect_object(playback, "notify::loop", G_CALLBACK(on_loop_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object(playback, "notify::speed", G_CALLBACK(update_tempo_text), self, G_CONNECT_SWAPPED);
  g_signal_connect_object(playback, "notify::pitch", G_CALLBACK(update_tempo_text), self, G_CONNECT_SWAPPED);
  g_signal_connect_swapped(self->loop_button, "toggled", G_CALLBACK(on_loop_toggled), self);
  sg_loop_popover_set_session(self->loop_popover, session);
  sg_tempo_popover_set_session(self->tempo_popover, session);
  sg_output_popover_set_session(self->output_popover, session);
  update_tempo_text(self);
  on_loop_changed(self);
}

void
sg_transport_bar_set_meters(SgTransportBar *self, const SgMixerMeters *meters, gboolean over)
{
  g_return_if_fail(SG_IS_TRANSPORT_BAR(self));
  sg_level_meter_set_reading(self->master_meter, &meters->master);
  if (over)
    gtk_widget_add_css_class(GTK_WIDGET(self->master_value), "error");
  else
    gtk_widget_remove_css_class(GTK_WIDGET(self->master_value), "error");
  SgPlayback *playback = self->session != NULL ? sg_session_get_playback(self->session) : NULL;
  gboolean measured = playback != NULL && sg_session_get_mask_set(self->session) != NULL &&
                      sg_playback_get_speed(playback) == 1.0 && sg_playback_get_pitch(playback) == 0.0;
  double level = MAX(meters->null.hold[0], meters->null.hold[1]);
  g_autofree char *text = measured ? sg_format_level(level > 1e-6 ? 20.0 * log10(level) : -120.0) : NULL;
  g_autofree char *label = measured ? g_strdup_printf(_("Null %s"), text) : g_strdup("");
  if (g_strcmp0(label, gtk_label_get_label(self->null_label)) != 0)
    gtk_label_set_label(self->null_label, label);
}
