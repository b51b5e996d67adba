#include "ui/window-private.h"

static const double SEEK_STEP_S = 5.0;
static const double ZOOM_STEP = 1.5;
/* Share of the width that one key press pans by. */
static const double PAN_STEP = 0.2;

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
open_recent_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
  SgWindow *self = SG_WINDOW(widget);
  g_autoptr(GFile) file = g_file_new_for_uri(g_variant_get_string(parameter, NULL));
  gtk_popover_popdown(self->recent_popover);
  sg_window_open_asking(self, file);
}

static void
separate_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
  sg_window_separate(SG_WINDOW(widget));
}

static void
cancel_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
  sg_window_cancel(SG_WINDOW(widget));
}

static void
choose_method_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
  sg_method_chooser_popup(SG_WINDOW(widget)->chooser);
}

static void
step_method_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
  sg_method_chooser_step(SG_WINDOW(widget)->chooser, g_str_equal(name, "win.next-method") ? 1 : -1);
}

static void
preferences_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
  const char *page = g_str_equal(name, "win.choose-device")    ? "sound"
                     : g_str_equal(name, "win.choose-scratch") ? "files"
                                                               : NULL;
  sg_window_show_preferences(SG_WINDOW(widget), page);
}

static void
row_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
  SgWindow *self = SG_WINDOW(widget);
  int row = g_variant_get_int32(parameter);
  if (row < 0)
    return;
  if (g_str_equal(name, "win.mute"))
    sg_window_toggle_mute(self, (guint)row);
  else if (g_str_equal(name, "win.solo"))
    sg_window_toggle_solo(self, (guint)row);
  else
    sg_window_focus_row(self, (guint)row);
}

static void
next_row_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
  sg_window_focus_next_row(SG_WINDOW(widget), g_str_equal(name, "win.row-down") ? 1 : -1);
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
    sg_song_view_fit(view);
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
    { "win.open-recent", "s", open_recent_action },
    { "win.separate", NULL, separate_action },
    { "win.cancel", NULL, cancel_action },
    { "win.choose-method", NULL, choose_method_action },
    { "win.next-method", NULL, step_method_action },
    { "win.previous-method", NULL, step_method_action },
    { "win.preferences", NULL, preferences_action },
    { "win.choose-device", NULL, preferences_action },
    { "win.choose-scratch", NULL, preferences_action },
    { "win.mute", "i", row_action },
    { "win.solo", "i", row_action },
    { "win.focus-row", "i", row_action },
    { "win.row-up", NULL, next_row_action },
    { "win.row-down", NULL, next_row_action },
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
    { GDK_KEY_KP_Enter, GDK_CONTROL_MASK, "win.separate" },
    { GDK_KEY_Return, GDK_CONTROL_MASK, "win.separate" }, /* menus show the last */
    { GDK_KEY_m, GDK_CONTROL_MASK, "win.choose-method" },
    { GDK_KEY_Down, GDK_CONTROL_MASK | GDK_SHIFT_MASK, "win.next-method" },
    { GDK_KEY_Up, GDK_CONTROL_MASK | GDK_SHIFT_MASK, "win.previous-method" },
    { GDK_KEY_comma, GDK_CONTROL_MASK, "win.preferences" },
    { GDK_KEY_Up, GDK_CONTROL_MASK, "win.row-up" },
    { GDK_KEY_Down, GDK_CONTROL_MASK, "win.row-down" },
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
