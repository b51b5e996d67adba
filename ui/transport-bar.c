#include "ui/transport-bar.h"

#include <glib/gi18n.h>

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
sg_transport_bar_dispose(GObject *object)
{
  gtk_widget_dispose_template(GTK_WIDGET(object), SG_TYPE_TRANSPORT_BAR);
  G_OBJECT_CLASS(sg_transport_bar_parent_class)->dispose(object);
}

static void
sg_transport_bar_class_init(SgTransportBarClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);
  G_OBJECT_CLASS(klass)->dispose = sg_transport_bar_dispose;
  gtk_widget_class_set_css_name(widget_class, "transportbar");
  gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
  gtk_widget_class_set_template_from_resource(widget_class,
                                              "/io/github/stemglass/Stemglass/ui/transport-bar.ui");
  gtk_widget_class_bind_template_child(widget_class, SgTransportBar, play_button);
  gtk_widget_class_bind_template_child(widget_class, SgTransportBar, position_label);
  gtk_widget_class_bind_template_child(widget_class, SgTransportBar, duration_label);
  gtk_widget_class_bind_template_child(widget_class, SgTransportBar, seek_scale);
  gtk_widget_class_bind_template_child(widget_class, SgTransportBar, seek_adjustment);
  gtk_widget_class_bind_template_callback(widget_class, on_change_value);
  signals[SEEK] = g_signal_new("seek", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                               G_TYPE_NONE, 1, G_TYPE_DOUBLE);
}

static void
sg_transport_bar_init(SgTransportBar *self)
{
  gtk_widget_init_template(GTK_WIDGET(self));
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
  gtk_widget_set_tooltip_text(GTK_WIDGET(self->play_button),
                              playing ? _("Pause (Space)") : _("Play (Space)"));
  gtk_accessible_update_property(GTK_ACCESSIBLE(self->play_button), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
}
