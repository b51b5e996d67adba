#include "ui/window-private.h"

#include <glib/gi18n.h>

#include "ui/diagnostics.h"

static const double SEEK_STEP_S = 5.0;
static const double ZOOM_STEP = 1.5;
/* Share of the width that one key press pans by. */
static const double PAN_STEP = 0.2;
static const char METHOD[] = "hpss";

static void
open_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
  sg_window_choose_song(SG_WINDOW(widget));
}

static void
open_demo_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
  sg_window_open_demo(SG_WINDOW(widget));
}

static void
on_separated(GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(SgWindow) self = data;
  g_autoptr(GError) error = NULL;
  if (!sg_session_separate_finish(SG_SESSION(source), result, &error))
    sg_window_show_error(self, _("The Song Could Not Be Separated"), error);
  sg_window_job_ended(self);
}

static void
separate_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
  SgWindow *self = SG_WINDOW(widget);
  sg_diagnostics_separate_pressed();
  sg_session_separate_async(self->session, METHOD, on_separated, g_object_ref(self));
}

static void
cancel_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
  SgJob *job = sg_session_get_job(SG_WINDOW(widget)->session);
  if (job != NULL)
    sg_job_cancel(job);
}

static void
export_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
  sg_window_choose_export(SG_WINDOW(widget));
}

static void
export_to_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
  g_autoptr(GFile) folder = g_file_new_for_path(g_variant_get_string(parameter, NULL));
  sg_window_export_to(SG_WINDOW(widget), folder,
                      (SgExportChoice){ .container = SG_CONTAINER_WAV, .bits = SG_BITS_32F });
}

static void
play_pause_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
  SgPlayer *player = sg_session_get_player(SG_WINDOW(widget)->session);
  if (player != NULL)
    sg_player_toggle(player);
}

static void
retry_output_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
  SgPlayer *player = sg_session_get_player(SG_WINDOW(widget)->session);
  if (player != NULL)
    sg_player_play(player);
}

static void
seek_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
  SgSongView *view = SG_WINDOW(widget)->song_view;
  double position = sg_song_view_get_position(view);
  if (g_str_equal(name, "win.seek-start"))
    sg_song_view_seek(view, 0.0);
  else if (g_str_equal(name, "win.seek-end"))
    sg_song_view_seek(view, (double)sg_view_range_get_n_samples(sg_song_view_get_range(view)) /
                                sg_view_range_get_rate(sg_song_view_get_range(view)));
  else
    sg_song_view_seek(view, position + (g_str_equal(name, "win.seek-back") ? -SEEK_STEP_S : SEEK_STEP_S));
}

static void
pan_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
  SgViewRange *range = sg_song_view_get_range(SG_WINDOW(widget)->song_view);
  double step = PAN_STEP * sg_view_range_get_width(range);
  sg_view_range_pan(range, g_str_equal(name, "win.pan-left") ? -step : step);
}

static void
zoom_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
  SgSongView *view = SG_WINDOW(widget)->song_view;
  if (g_str_equal(name, "win.zoom-fit"))
    sg_view_range_fit(sg_song_view_get_range(view));
  else
    sg_song_view_zoom(view, g_str_equal(name, "win.zoom-in") ? ZOOM_STEP : 1.0 / ZOOM_STEP);
}

void
sg_window_actions_class_init(GtkWidgetClass *widget_class)
{
  static const struct {
    const char *name, *parameter_type;
    GtkWidgetActionActivateFunc activate;
  } actions[] = {
    { "win.open", NULL, open_action },
    { "win.open-demo", NULL, open_demo_action },
    { "win.separate", NULL, separate_action },
    { "win.cancel", NULL, cancel_action },
    { "win.export", NULL, export_action },
    { "win.export-to", "s", export_to_action },
    { "win.play-pause", NULL, play_pause_action },
    { "win.retry-output", NULL, retry_output_action },
    { "win.seek-start", NULL, seek_action },
    { "win.seek-end", NULL, seek_action },
    { "win.seek-back", NULL, seek_action },
    { "win.seek-forward", NULL, seek_action },
    { "win.pan-left", NULL, pan_action },
    { "win.pan-right", NULL, pan_action },
    { "win.zoom-in", NULL, zoom_action },
    { "win.zoom-out", NULL, zoom_action },
    { "win.zoom-fit", NULL, zoom_action },
  };
  static const struct {
    guint key;
    GdkModifierType modifiers;
    const char *action;
  } keys[] = {
    { GDK_KEY_o, GDK_CONTROL_MASK, "win.open" },
    { GDK_KEY_e, GDK_CONTROL_MASK, "win.export" },
    { GDK_KEY_Return, GDK_CONTROL_MASK, "win.separate" },
    { GDK_KEY_Escape, 0, "win.cancel" },
    { GDK_KEY_space, GDK_CONTROL_MASK, "win.play-pause" },
    { GDK_KEY_plus, 0, "win.zoom-in" },
    { GDK_KEY_plus, GDK_CONTROL_MASK, "win.zoom-in" },
    { GDK_KEY_equal, 0, "win.zoom-in" },
    { GDK_KEY_equal, GDK_CONTROL_MASK, "win.zoom-in" },
    { GDK_KEY_KP_Add, 0, "win.zoom-in" },
    { GDK_KEY_minus, 0, "win.zoom-out" },
    { GDK_KEY_minus, GDK_CONTROL_MASK, "win.zoom-out" },
    { GDK_KEY_KP_Subtract, 0, "win.zoom-out" },
    { GDK_KEY_0, 0, "win.zoom-fit" },
    { GDK_KEY_0, GDK_CONTROL_MASK, "win.zoom-fit" },
    { GDK_KEY_KP_0, 0, "win.zoom-fit" },
    { GDK_KEY_w, GDK_CONTROL_MASK, "window.close" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS(actions); i++)
    gtk_widget_class_install_action(widget_class, actions[i].name, actions[i].parameter_type,
                                    actions[i].activate);
  gtk_widget_class_install_property_action(widget_class, "win.colours", "colours");
  for (gsize i = 0; i < G_N_ELEMENTS(keys); i++)
    gtk_widget_class_add_binding_action(widget_class, keys[i].key, keys[i].modifiers, keys[i].action, NULL);
}
