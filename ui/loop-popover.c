#include "ui/loop-popover.h"

#include <glib/gi18n.h>

#include "ui/describe.h"
#include "ui/text-format.h"

struct _SgLoopPopover {
  GtkPopover parent_instance;

  SgSession *session; /* weak */
  GtkLabel *region_label;
  GtkListBox *markers;
};

G_DEFINE_FINAL_TYPE(SgLoopPopover, sg_loop_popover, GTK_TYPE_POPOVER)

static double
seconds_of(SgLoopPopover *self, gint64 samples)
{
  SgTrack *track = sg_session_get_track(self->session);
  return track != NULL ? (double)samples / sg_track_get_rate(track) : 0.0;
}

static void
update_region(SgLoopPopover *self)
{
  SgLoop loop = sg_playback_get_loop(sg_session_get_playback(self->session));
  g_autofree char *from = sg_format_time(seconds_of(self, loop.start), 2);
  g_autofree char *to = sg_format_time(seconds_of(self, loop.end), 2);
  g_autofree char *text =
      sg_loop_is_set(loop) ? g_strdup_printf(_("%s to %s"), from, to) : g_strdup(_("No part is chosen"));
  gtk_label_set_label(self->region_label, text);
}

static void
on_marker_go(GtkButton *button, gpointer data)
{
  SgLoopPopover *self = data;
  SgMarker *marker = g_object_get_data(G_OBJECT(button), "marker");
  gtk_widget_activate_action(GTK_WIDGET(self), "win.go-to", "x", sg_marker_get_position(marker));
}

static void
on_marker_remove(GtkButton *button, gpointer data)
{
  SgLoopPopover *self = data;
  sg_session_remove_marker(self->session, g_object_get_data(G_OBJECT(button), "marker"));
}

/* A button that acts on a marker. */
static GtkWidget *
marker_button(SgLoopPopover *self, SgMarker *marker, GtkWidget *button, const char *label, GCallback callback)
{
  g_object_set_data_full(G_OBJECT(button), "marker", g_object_ref(marker), g_object_unref);
  gtk_widget_add_css_class(button, "flat");
  sg_widget_set_tooltip(button, label);
  gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  g_signal_connect_object(button, "clicked", callback, self, 0);
  return button;
}

static GtkWidget *
marker_row(gpointer item, gpointer data)
{
  SgLoopPopover *self = data;
  SgMarker *marker = item;
  g_autofree char *time = sg_format_time(seconds_of(self, sg_marker_get_position(marker)), 1);
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6), *name = gtk_editable_label_new("");
  GtkWidget *go = gtk_button_new_with_label(time);
  gtk_widget_add_css_class(go, "numeric");
  gtk_widget_set_hexpand(name, TRUE);
  gtk_accessible_update_property(GTK_ACCESSIBLE(name), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Marker’s name"), -1);
  g_object_bind_property(marker, "name", name, "text", G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE);
  gtk_box_append(GTK_BOX(box),
                 marker_button(self, marker, go, _("Go to This Marker"), G_CALLBACK(on_marker_go)));
  gtk_box_append(GTK_BOX(box), name);
  gtk_box_append(GTK_BOX(box),
                 marker_button(self, marker, gtk_button_new_from_icon_name("list-remove-symbolic"),
                               _("Remove This Marker"), G_CALLBACK(on_marker_remove)));
  return box;
}

static void
sg_loop_popover_dispose(GObject *object)
{
  SgLoopPopover *self = SG_LOOP_POPOVER(object);
  if (self->markers != NULL)
    gtk_list_box_bind_model(self->markers, NULL, NULL, NULL, NULL);
  g_clear_weak_pointer(&self->session);
  gtk_widget_dispose_template(GTK_WIDGET(self), SG_TYPE_LOOP_POPOVER);
  G_OBJECT_CLASS(sg_loop_popover_parent_class)->dispose(object);
}

static void
sg_loop_popover_class_init(SgLoopPopoverClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);
  G_OBJECT_CLASS(klass)->dispose = sg_loop_popover_dispose;
  gtk_widget_class_set_template_from_resource(widget_class,
                                              "/io/github/stemglass/Stemglass/ui/loop-popover.ui");
  gtk_widget_class_bind_template_child(widget_class, SgLoopPopover, region_label);
  gtk_widget_class_bind_template_child(widget_class, SgLoopPopover, markers);
}

static void
sg_loop_popover_init(SgLoopPopover *self)
{
  gtk_widget_init_template(GTK_WIDGET(self));
}

void
sg_loop_popover_set_session(SgLoopPopover *self, SgSession *session)
{
  g_return_if_fail(SG_IS_LOOP_POPOVER(self));
  g_set_weak_pointer(&self->session, session);
  g_signal_connect_object(sg_session_get_playback(session), "notify::loop", G_CALLBACK(update_region), self,
                          G_CONNECT_SWAPPED);
  gtk_list_box_bind_model(self->markers, sg_session_get_markers(session), marker_row, self, NULL);
  update_region(self);
}
