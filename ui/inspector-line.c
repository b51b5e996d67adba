#include "ui/inspector-line.h"

#include <glib/gi18n.h>
#include <math.h>

#include "ui/source-style.h"
#include "ui/text-format.h"

/* Below this no note is named. */
static const double LOWEST_NOTE_HZ = 16.0;
/* Nothing is quieter than the noise of 24 bits by so much that its level would mean something. */
static const double LOWEST_LEVEL_DB = -160.0;

struct _SgInspectorLine {
  GtkWidget parent_instance;

  GtkWidget *place;
  GtkWidget *shares; /* a swatch and a label for each source */
  char *text;
};

G_DEFINE_FINAL_TYPE(SgInspectorLine, sg_inspector_line, GTK_TYPE_WIDGET)

static void
sg_inspector_line_dispose(GObject *object)
{
  SgInspectorLine *self = SG_INSPECTOR_LINE(object);
  g_clear_pointer(&self->place, gtk_widget_unparent);
  g_clear_pointer(&self->shares, gtk_widget_unparent);
  g_clear_pointer(&self->text, g_free);
  G_OBJECT_CLASS(sg_inspector_line_parent_class)->dispose(object);
}

static void
sg_inspector_line_class_init(SgInspectorLineClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);
  G_OBJECT_CLASS(klass)->dispose = sg_inspector_line_dispose;
  gtk_widget_class_set_css_name(widget_class, "inspectorline");
  gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BOX_LAYOUT);
  gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_STATUS);
}

static void
sg_inspector_line_init(SgInspectorLine *self)
{
  GtkWidget *widget = GTK_WIDGET(self);
  gtk_box_layout_set_spacing(GTK_BOX_LAYOUT(gtk_widget_get_layout_manager(widget)), 18);
  self->place = gtk_label_new("");
  gtk_label_set_xalign(GTK_LABEL(self->place), 0.0f);
  gtk_label_set_ellipsize(GTK_LABEL(self->place), PANGO_ELLIPSIZE_END);
  gtk_widget_add_css_class(self->place, "caption");
  gtk_widget_add_css_class(self->place, "numeric");
  gtk_widget_set_parent(self->place, widget);
  self->shares = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 12);
  gtk_widget_set_parent(self->shares, widget);
  gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Under the pointer"),
                                 -1);
  gtk_widget_set_hexpand(widget, TRUE);
}

GtkWidget *
sg_inspector_line_new(void)
{
  return g_object_new(SG_TYPE_INSPECTOR_LINE, NULL);
}

static GtkWidget *
share_new(void)
{
  GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 5);
  GtkWidget *swatch = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 0);
  GtkWidget *label = gtk_label_new("");
  gtk_widget_set_valign(swatch, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class(label, "caption");
  gtk_widget_add_css_class(label, "numeric");
  gtk_box_append(GTK_BOX(box), swatch);
  gtk_box_append(GTK_BOX(box), label);
  return box;
}

static void
show_share(GtkWidget *box, SgStem *stem, double share)
{
  const char *classes[] = { "swatch", "small", sg_source_colour_of_stem(stem)->css_class, NULL };
  g_autofree char *percent = sg_format_share(share);
  g_autofree char *text = g_strdup_printf("%s %s", sg_stem_get_name(stem), percent);
  gtk_widget_set_css_classes(gtk_widget_get_first_child(box), classes);
  gtk_label_set_label(GTK_LABEL(gtk_widget_get_last_child(box)), text);
}

/* As many boxes as there are shares; the text of all of them. */
static char *
show_shares(SgInspectorLine *self, const SgCell *cell, GListModel *stems)
{
  g_autoptr(GString) text = g_string_new("");
  guint n = MIN(cell->n_sources, g_list_model_get_n_items(stems));
  GtkWidget *box = gtk_widget_get_first_child(self->shares);
  for (guint i = 0; i < n; i++) {
    g_autoptr(SgStem) stem = g_list_model_get_item(stems, i);
    if (box == NULL) {
      box = share_new();
      gtk_box_append(GTK_BOX(self->shares), box);
    }
    show_share(box, stem, cell->shares[sg_stem_get_index(stem)]);
    g_autofree char *percent = sg_format_share(cell->shares[sg_stem_get_index(stem)]);
    g_string_append_printf(text, ", %s %s", sg_stem_get_name(stem), percent);
    box = gtk_widget_get_next_sibling(box);
  }
  while (box != NULL) {
    GtkWidget *next = gtk_widget_get_next_sibling(box);
    gtk_box_remove(GTK_BOX(self->shares), box);
    box = next;
  }
  return g_string_free(g_steal_pointer(&text), FALSE);
}

static const char *
row_name(const SgCell *cell, GListModel *stems)
{
  for (guint i = 0; cell->source >= 0 && i < g_list_model_get_n_items(stems); i++) {
    g_autoptr(SgStem) stem = g_list_model_get_item(stems, i);
    if ((int)sg_stem_get_index(stem) == cell->source)
      return sg_stem_get_name(stem);
  }
  return _("Mixture");
}

void
sg_inspector_line_set_cell(SgInspectorLine *self, const SgCell *cell, guint rate_hz, GListModel *stems)
{
  g_return_if_fail(SG_IS_INSPECTOR_LINE(self));
  g_autofree char *time = sg_format_time(cell->sample / rate_hz, 3);
  g_autofree char *frequency = sg_format_frequency(cell->freq_hz);
  g_autofree char *pitch = cell->freq_hz >= LOWEST_NOTE_HZ ? sg_format_pitch(cell->freq_hz) : g_strdup("–");
  g_autofree char *level = isnan(cell->level_db)              ? g_strdup("–")
                           : cell->level_db < LOWEST_LEVEL_DB ? g_strdup(_("silent"))
                                                              : sg_format_level(cell->level_db);
  const char *name = row_name(cell, stems);
  g_autofree char *place = g_strjoin("   ", name, time, frequency, pitch, level, NULL);
  gtk_label_set_label(GTK_LABEL(self->place), place);
  g_autofree char *shares = show_shares(self, cell, stems);
  g_free(self->text);
  self->text = g_strdup_printf("%s, %s, %s, %s, %s%s", name, time, frequency, pitch, level, shares);
  gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, self->text, -1);
}

void
sg_inspector_line_clear(SgInspectorLine *self)
{
  g_return_if_fail(SG_IS_INSPECTOR_LINE(self));
  gtk_label_set_label(GTK_LABEL(self->place), "");
  for (GtkWidget *box; (box = gtk_widget_get_first_child(self->shares)) != NULL;)
    gtk_box_remove(GTK_BOX(self->shares), box);
  g_clear_pointer(&self->text, g_free);
  gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, "", -1);
}

const char *
sg_inspector_line_get_text(SgInspectorLine *self)
{
  return self->text != NULL ? self->text : "";
}
