#include "ui/start-page.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "core/io/decoder.h"
#include "ui/recent-songs.h"

enum { N_RECENT = 5 };

struct _SgStartPage {
  GtkWidget parent_instance;

  GtkBox *box;
  GtkWidget *demo_button;
  GtkLabel *formats_label;
};

G_DEFINE_FINAL_TYPE(SgStartPage, sg_start_page, GTK_TYPE_WIDGET)

/* What the decoder says that it reads. */
static char *
dup_formats(void)
{
  g_autoptr(GString) list = g_string_new(NULL);
  for (const char *const *ending = sg_decoder_endings(); *ending != NULL; ending++) {
    g_autofree char *upper = g_ascii_strup(*ending, -1);
    g_string_append_printf(list, "%s%s", list->len > 0 ? ", " : "", upper);
  }
  return g_strdup_printf(_("Or drop a sound file here. These can be opened: %s."), list->str);
}

static void
sg_start_page_dispose(GObject *object)
{
  gtk_widget_dispose_template(GTK_WIDGET(object), SG_TYPE_START_PAGE);
  GtkWidget *child = gtk_widget_get_first_child(GTK_WIDGET(object));
  if (child != NULL)
    gtk_widget_unparent(child);
  G_OBJECT_CLASS(sg_start_page_parent_class)->dispose(object);
}

static void
sg_start_page_class_init(SgStartPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);
  G_OBJECT_CLASS(klass)->dispose = sg_start_page_dispose;
  gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name(widget_class, "startpage");
  gtk_widget_class_set_template_from_resource(widget_class,
                                              "/io/github/stemglass/Stemglass/ui/start-page.ui");
  gtk_widget_class_bind_template_child(widget_class, SgStartPage, box);
  gtk_widget_class_bind_template_child(widget_class, SgStartPage, demo_button);
  gtk_widget_class_bind_template_child(widget_class, SgStartPage, formats_label);
}

static void
sg_start_page_init(SgStartPage *self)
{
  gtk_widget_init_template(GTK_WIDGET(self));
  g_autofree char *formats = dup_formats();
  gtk_label_set_label(self->formats_label, formats);
  gtk_box_insert_child_after(self->box, sg_recent_list_new(N_RECENT),
                             gtk_widget_get_first_child(GTK_WIDGET(self->box)));
}

void
sg_start_page_set_has_demo(SgStartPage *self, gboolean has_demo)
{
  g_return_if_fail(SG_IS_START_PAGE(self));
  gtk_widget_set_visible(self->demo_button, has_demo);
}
