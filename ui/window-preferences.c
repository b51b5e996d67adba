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
  apply_look(self);
}

void
sg_window_show_preferences(SgWindow *self, const char *page)
{
  sg_window_present_dialog(sg_preferences_new(GTK_WINDOW(self), self->settings, page));
}
