#include "ui/track-row.h"

#include <glib/gi18n.h>

#include "ui/frequency-scale.h"
#include "ui/mixer-strip.h"

struct _SgTrackRow {
  GtkWidget parent_instance;

  SgStem *stem;
  GtkWidget *strip;
  GtkWidget *scale;
  GtkWidget *view;
};

G_DEFINE_FINAL_TYPE(SgTrackRow, sg_track_row, GTK_TYPE_WIDGET)

static void
update_names(SgTrackRow *self)
{
  const char *name = self->stem != NULL ? sg_stem_get_name(self->stem) : _("Mixture");
  gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  g_autofree char *label = g_strdup_printf(_("Spectrogram of %s"), name);
  gtk_accessible_update_property(GTK_ACCESSIBLE(self->view), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                 GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                 _("Time from left to right, pitch from bottom to top. Click to seek."), -1);
}

static GtkWidget *
mixture_strip_new(void)
{
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 2);
  GtkWidget *name = gtk_label_new(_("Mixture"));
  GtkWidget *sentence = gtk_label_new(_("The song as it is"));
  gtk_widget_add_css_class(name, "heading");
  gtk_widget_add_css_class(sentence, "caption");
  gtk_widget_add_css_class(sentence, "dim-label");
  gtk_label_set_xalign(GTK_LABEL(name), 0.0f);
  gtk_label_set_xalign(GTK_LABEL(sentence), 0.0f);
  gtk_box_append(GTK_BOX(box), name);
  gtk_box_append(GTK_BOX(box), sentence);
  return box;
}

static void
sg_track_row_dispose(GObject *object)
{
  SgTrackRow *self = SG_TRACK_ROW(object);
  if (self->stem != NULL)
    g_signal_handlers_disconnect_by_data(self->stem, self);
  g_clear_pointer(&self->strip, gtk_widget_unparent);
  g_clear_pointer(&self->scale, gtk_widget_unparent);
  g_clear_pointer(&self->view, gtk_widget_unparent);
  g_clear_object(&self->stem);
  G_OBJECT_CLASS(sg_track_row_parent_class)->dispose(object);
}

static void
sg_track_row_class_init(SgTrackRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);
  G_OBJECT_CLASS(klass)->dispose = sg_track_row_dispose;
  gtk_widget_class_set_css_name(widget_class, "trackrow");
  gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BOX_LAYOUT);
  gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
sg_track_row_init(SgTrackRow *self)
{
  GtkLayoutManager *layout = gtk_widget_get_layout_manager(GTK_WIDGET(self));
  gtk_box_layout_set_spacing(GTK_BOX_LAYOUT(layout), SG_TRACK_ROW_SPACING);
  gtk_widget_set_vexpand(GTK_WIDGET(self), TRUE);
}

GtkWidget *
sg_track_row_new(SgStem *stem, SgViewRange *range, SgSpectrogramTiles *tiles)
{
  SgTrackRow *self = g_object_new(SG_TYPE_TRACK_ROW, NULL);
  g_set_object(&self->stem, stem);
  self->strip = stem != NULL ? sg_mixer_strip_new(stem) : mixture_strip_new();
  self->scale = sg_frequency_scale_new(sg_view_range_get_rate(range));
  self->view =
      sg_spectrogram_view_new(range, tiles, stem != NULL ? (int)sg_stem_get_index(stem) : SG_TILE_MIXTURE);
  gtk_widget_set_size_request(self->strip, SG_TRACK_ROW_STRIP_WIDTH, -1);
  gtk_widget_set_hexpand(self->strip, FALSE);
  gtk_widget_set_valign(self->strip, GTK_ALIGN_START);
  gtk_widget_set_parent(self->strip, GTK_WIDGET(self));
  gtk_widget_set_parent(self->scale, GTK_WIDGET(self));
  gtk_widget_set_parent(self->view, GTK_WIDGET(self));
  if (stem != NULL)
    g_signal_connect_swapped(stem, "notify::name", G_CALLBACK(update_names), self);
  update_names(self);
  return GTK_WIDGET(self);
}

SgSpectrogramView *
sg_track_row_get_view(SgTrackRow *self)
{
  return SG_SPECTROGRAM_VIEW(self->view);
}

SgStem *
sg_track_row_get_stem(SgTrackRow *self)
{
  return self->stem;
}
