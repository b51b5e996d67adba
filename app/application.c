#include "app/application.h"

#include <glib/gi18n.h>

#include "core/session/settings.h"
#include "ui/window.h"

struct _SgApplication {
  AdwApplication parent_instance;
  SgSettings *settings;
};

G_DEFINE_FINAL_TYPE(SgApplication, sg_application, ADW_TYPE_APPLICATION)

static void
sg_application_activate(GApplication *application)
{
  gtk_window_present(GTK_WINDOW(sg_window_new(GTK_APPLICATION(application))));
}

static void
sg_application_open(GApplication *application, GFile **files, int n_files, const char *hint)
{
  for (int i = 0; i < n_files; i++) {
    SgWindow *window = sg_window_new(GTK_APPLICATION(application));
    gtk_window_present(GTK_WINDOW(window));
    sg_window_open(window, files[i]);
  }
}

static void
apply_colour_scheme(SgApplication *self)
{
  static const struct {
    const char *name;
    AdwColorScheme scheme;
  } schemes[] = {
    { "system", ADW_COLOR_SCHEME_DEFAULT },
    { "light", ADW_COLOR_SCHEME_FORCE_LIGHT },
    { "dark", ADW_COLOR_SCHEME_FORCE_DARK },
  };
  const char *name = sg_settings_get_string(self->settings, "colour-scheme");
  for (gsize i = 0; i < G_N_ELEMENTS(schemes); i++)
    if (g_strcmp0(schemes[i].name, name) == 0)
      adw_style_manager_set_color_scheme(adw_style_manager_get_default(), schemes[i].scheme);
}

static void
sg_application_startup(GApplication *application)
{
  SgApplication *self = SG_APPLICATION(application);
  G_APPLICATION_CLASS(sg_application_parent_class)->startup(application);
  self->settings = sg_settings_new();
  g_signal_connect_object(self->settings, "notify::colour-scheme", G_CALLBACK(apply_colour_scheme), self,
                          G_CONNECT_SWAPPED);
  apply_colour_scheme(self);
}

static void
sg_application_dispose(GObject *object)
{
  g_clear_object(&SG_APPLICATION(object)->settings);
  G_OBJECT_CLASS(sg_application_parent_class)->dispose(object);
}

static void
new_window_action(GSimpleAction *action, GVariant *parameter, gpointer data)
{
  gtk_window_present(GTK_WINDOW(sg_window_new(GTK_APPLICATION(data))));
}

static void
about_action(GSimpleAction *action, GVariant *parameter, gpointer data)
{
  GtkWindow *window = gtk_application_get_active_window(GTK_APPLICATION(data));
  adw_show_about_window(window, "application-name", "Stemglass", "application-icon", SG_APPLICATION_ID,
                        "version", SG_VERSION, "developer-name", _("The Stemglass developers"),
                        "license-type", GTK_LICENSE_GPL_3_0, "comments",
                        _("Takes songs apart into their stems, shows them and plays them."), NULL);
}

/* Each window closes in its own way: what still runs is cancelled first. */
static void
quit_action(GSimpleAction *action, GVariant *parameter, gpointer data)
{
  g_autoptr(GList) windows = g_list_copy(gtk_application_get_windows(GTK_APPLICATION(data)));
  for (GList *link = windows; link != NULL; link = link->next)
    gtk_window_close(link->data);
}

static void
sg_application_class_init(SgApplicationClass *klass)
{
  GApplicationClass *application_class = G_APPLICATION_CLASS(klass);
  G_OBJECT_CLASS(klass)->dispose = sg_application_dispose;
  application_class->startup = sg_application_startup;
  application_class->activate = sg_application_activate;
  application_class->open = sg_application_open;
}

static void
sg_application_init(SgApplication *self)
{
  static const GActionEntry actions[] = {
    { .name = "about", .activate = about_action },
    { .name = "new-window", .activate = new_window_action },
    { .name = "quit", .activate = quit_action },
  };
  static const char *const quit_keys[] = { "<Control>q", NULL };
  static const char *const new_window_keys[] = { "<Control>n", NULL };
  g_action_map_add_action_entries(G_ACTION_MAP(self), actions, G_N_ELEMENTS(actions), self);
  gtk_application_set_accels_for_action(GTK_APPLICATION(self), "app.quit", quit_keys);
  gtk_application_set_accels_for_action(GTK_APPLICATION(self), "app.new-window", new_window_keys);
}

SgApplication *
sg_application_new(void)
{
  return g_object_new(SG_TYPE_APPLICATION, "application-id", SG_APPLICATION_ID, "flags",
                      G_APPLICATION_HANDLES_OPEN | G_APPLICATION_NON_UNIQUE, "resource-base-path",
                      "/io/github/stemglass/Stemglass", NULL);
}
