#include "ui/resources.h"

#include <gtk/gtk.h>

#include "ui/stemglass-resources.h"

void
sg_ui_register_resources(void)
{
  stemglass_register_resource();
}

void
sg_ui_load_style(void)
{
  GdkDisplay *display = gdk_display_get_default();
  g_autoptr(GtkCssProvider) provider = gtk_css_provider_new();
  gtk_css_provider_load_from_resource(provider, "/io/github/stemglass/Stemglass/style.css");
  gtk_style_context_add_provider_for_display(display, GTK_STYLE_PROVIDER(provider),
                                             GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
  gtk_icon_theme_add_resource_path(gtk_icon_theme_get_for_display(display),
                                   "/io/github/stemglass/Stemglass/icons");
}
