/* The preferences, and what they do to the window at once. */
#include "ui/preferences.h"
#include "ui/window-private.h"

static void
apply_look(SgWindow *self)
{
  SgSpectrogramTiles *tiles = sg_song_view_get_tiles(self->song_view);
  SgTileLook look = sg_spectrogram_tiles_get_look(tiles);
  sg_colormap_find(sg_settings_get_string(self->settings, "colours"), &look.colormap);
  look.floor_db = look.ceiling_db - (float)sg_settings_get_double(self->settings, "range-db");
  sg_spectrogram_tiles_set_look(tiles, look);
}

static void
on_colours_changed(SgWindow *self)
{
  apply_look(self);
  g_object_notify(G_OBJECT(self), "colours"); /* the state of the menu's action */
}

/* The view's own options change the same look. */
static void
on_look_changed(SgWindow *self)
{
  SgTileLook look = sg_spectrogram_tiles_get_look(sg_song_view_get_tiles(self->song_view));
  g_object_set(
      self->settings, "colours", sg_colormap_name(look.colormap), "range-db",
      CLAMP((double)(look.ceiling_db - look.floor_db), SG_SETTINGS_RANGE_MIN_DB, SG_SETTINGS_RANGE_MAX_DB),
      NULL);
}

static void
apply_output(SgWindow *self)
{
  SgPlayer *player = sg_session_get_player(self->session);
  guint frames;
  g_object_get(self->settings, "buffer-frames", &frames, NULL);
  const char *device = sg_settings_get_string(self->settings, "output-device");
  if (player != NULL)
    sg_player_set_device(player, device[0] != '\0' ? device : NULL, frames);
}

static void
apply_scratch_folder(SgWindow *self)
{
  sg_session_set_scratch_folder(self->session, sg_settings_get_scratch_folder(self->settings));
}

void
sg_window_follow_settings(SgWindow *self)
{
  g_signal_connect_swapped(self->settings, "notify::colours", G_CALLBACK(on_colours_changed), self);
  g_signal_connect_swapped(self->settings, "notify::range-db", G_CALLBACK(apply_look), self);
  g_signal_connect_swapped(self->settings, "notify::scratch-folder", G_CALLBACK(apply_scratch_folder), self);
  g_signal_connect_swapped(self->settings, "notify::output-device", G_CALLBACK(apply_output), self);
  g_signal_connect_swapped(self->settings, "notify::buffer-frames", G_CALLBACK(apply_output), self);
  apply_look(self);
  apply_output(self);
  g_signal_connect_object(sg_song_view_get_tiles(self->song_view), "look-changed",
                          G_CALLBACK(on_look_changed), self, G_CONNECT_SWAPPED);
}

void
sg_window_show_preferences(SgWindow *self, const char *page)
{
  if (self->preferences == NULL)
    g_set_weak_pointer(&self->preferences, sg_preferences_new(GTK_WINDOW(self), self->settings));
  sg_preferences_turn_to(SG_PREFERENCES(self->preferences), sg_session_get_player(self->session), page);
  sg_window_present_dialog(self->preferences);
}
