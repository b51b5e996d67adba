/* Playing, seen from the window: loop, tempo, markers, undo, and the meters while something is heard. */
#include <glib/gi18n.h>

#include "ui/window-private.h"

/* The meters fall for this long after playing has ended: 82 dB, from well over full scale to below their
 * ends. */
#define FALL_US (7 * G_USEC_PER_SEC)
/* How long the master tells that it went over full scale. */
#define OVER_US (2 * G_USEC_PER_SEC)
/* Steps of the keys. */
#define SPEED_STEP 0.05

/* Kept with the window. */
typedef struct {
  SgWindow *window;
  SgPlayer *player; /* or NULL */
  SgHistory *history;
  GMenu *history_menu;
  guint tick;
  gint64 stopped_us; /* 0 while playing */
  guint64 n_over;
  gint64 over_us;
} Playback;

static SgPlayback *
playback_of(gpointer window)
{
  return sg_session_get_playback(SG_WINDOW(window)->session);
}

static gint64
position_of(gpointer window)
{
  SgPlayer *player = sg_session_get_player(SG_WINDOW(window)->session);
  return player != NULL ? sg_player_get_position(player) : 0;
}

/* Loop and markers */

static void
loop_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
  SgPlayback *playback = playback_of(widget);
  SgLoop loop = sg_playback_get_loop(playback);
  if (!sg_loop_is_set(loop))
    loop.end = sg_track_get_n_samples(sg_session_get_track(SG_WINDOW(widget)->session));
  sg_history_seal(sg_session_get_history(SG_WINDOW(widget)->session));
  sg_playback_set_loop(playback, loop, !sg_playback_get_loop_on(playback));
}

/* Of an end that would come out before the other the other gives way, to the song's end. */
static void
loop_end_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
  gint64 n = sg_track_get_n_samples(sg_session_get_track(SG_WINDOW(widget)->session));
  SgPlayback *playback = playback_of(widget);
  SgLoop loop = sg_playback_get_loop(playback);
  if (g_str_equal(name, "win.loop-start"))
    loop.start = position_of(widget);
  else
    loop.end = position_of(widget);
  if (!sg_loop_is_set(loop) && g_str_equal(name, "win.loop-start"))
    loop.end = n;
  else if (!sg_loop_is_set(loop))
    loop.start = 0;
  sg_playback_set_loop(playback, loop, TRUE);
}

static void
loop_snap_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
  sg_session_snap_loop(SG_WINDOW(widget)->session);
}

static void
loop_clear_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
  sg_playback_set_loop(playback_of(widget), (SgLoop){ 0 }, FALSE);
}

static void
go_to_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
  SgWindow *self = SG_WINDOW(widget);
  SgTrack *track = sg_session_get_track(self->session);
  sg_song_view_seek(self->song_view, (double)g_variant_get_int64(parameter) / sg_track_get_rate(track));
}

static void
add_marker_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
  sg_session_add_marker(SG_WINDOW(widget)->session, position_of(widget), NULL);
}

/* A marker this close behind the playhead is passed over on the way back, or one could never leave it. */
#define BACK_S 0.5

static void
marker_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
  SgWindow *self = SG_WINDOW(widget);
  GListModel *markers = sg_session_get_markers(self->session);
  guint rate = sg_track_get_rate(sg_session_get_track(self->session));
  gint64 position = position_of(self), goal = -1;
  gboolean back = g_str_equal(name, "win.previous-marker");
  for (guint i = 0; i < g_list_model_get_n_items(markers); i++) {
    g_autoptr(SgMarker) marker = g_list_model_get_item(markers, i);
    gint64 at = sg_marker_get_position(marker);
    if (back && at < position - (gint64)(BACK_S * rate))
      goal = at;
    else if (!back && at > position && goal < 0)
      goal = at;
  }
  if (goal >= 0)
    sg_song_view_seek(self->song_view, (double)goal / rate);
}

/* Tempo */

static void
on_beats_found(GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(SgWindow) self = data;
  g_autoptr(GError) error = NULL;
  if (!sg_session_find_beats_finish(SG_SESSION(source), result, &error) &&
      !g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED) && self->toasts != NULL) {
    g_autofree char *escaped = g_markup_escape_text(error->message, -1);
    sg_window_replace_toast(self, &self->beatless, adw_toast_new(escaped));
  }
  if (self->session != NULL)
    sg_window_update_playback(self);
}

static void
find_beats(SgWindow *self)
{
  if (sg_session_get_track(self->session) == NULL || sg_session_is_finding_beats(self->session))
    return;
  sg_session_find_beats_async(self->session, on_beats_found, g_object_ref(self));
  sg_window_update_playback(self);
}

static void
find_beats_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
  find_beats(SG_WINDOW(widget));
}

/* Click and count-in need beats: they are looked for when there are none. */
static void
on_click_changed(SgWindow *self)
{
  SgPlayback *playback = playback_of(self);
  gboolean wanted = sg_playback_get_click(playback) || sg_playback_get_count_in(playback);
  if (wanted && sg_playback_get_beats(playback) == NULL)
    find_beats(self);
}

static void
click_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
  SgPlayback *playback = playback_of(widget);
  g_object_set(playback, "click", !sg_playback_get_click(playback), NULL);
}

static void
tap_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
  sg_session_tap_tempo(SG_WINDOW(widget)->session);
}

static void
scale_tempo_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
  SgSession *session = SG_WINDOW(widget)->session;
  sg_history_seal(sg_session_get_history(session));
  sg_session_scale_tempo(session, g_str_equal(name, "win.tempo-double"));
}

static void
speed_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
  SgPlayback *playback = playback_of(widget);
  double step = g_str_equal(name, "win.slower") ? -SPEED_STEP : SPEED_STEP;
  double speed = g_str_equal(name, "win.speed-reset") ? 1.0 : sg_playback_get_speed(playback) + step;
  g_object_set(playback, "speed", CLAMP(speed, SG_PLAYBACK_MIN_SPEED, SG_PLAYBACK_MAX_SPEED), NULL);
}

/* Undo */

static void
undo_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
  SgHistory *history = sg_session_get_history(SG_WINDOW(widget)->session);
  if (g_str_equal(name, "win.undo"))
    sg_history_undo(history);
  else
    sg_history_redo(history);
}

static void
update_history(Playback *kept)
{
  SgHistory *history = sg_session_get_history(kept->window->session);
  const char *undo = sg_history_get_undo_name(history), *redo = sg_history_get_redo_name(history);
  GtkWidget *widget = GTK_WIDGET(kept->window);
  gtk_widget_action_set_enabled(widget, "win.undo", undo != NULL);
  gtk_widget_action_set_enabled(widget, "win.redo", redo != NULL);
  g_autofree char *undo_label = undo != NULL ? g_strdup_printf(_("_Undo “%s”"), undo) : g_strdup(_("_Undo"));
  g_autofree char *redo_label = redo != NULL ? g_strdup_printf(_("_Redo “%s”"), redo) : g_strdup(_("_Redo"));
  g_menu_remove_all(kept->history_menu);
  g_menu_append(kept->history_menu, undo_label, "win.undo");
  g_menu_append(kept->history_menu, redo_label, "win.redo");
}

/* Meters */

static gboolean
on_tick(GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  Playback *kept = data;
  SgSession *session = kept->window->session;
  SgPlayer *player = sg_session_get_player(session);
  GListModel *stems = sg_session_get_stems(session);
  SgMixerMeters meters;
  SgTransportState state;
  gint64 now_us = g_get_monotonic_time();
  sg_player_get_meters(player, &meters);
  sg_player_get_state(player, &state);
  if (state.n_over > kept->n_over)
    kept->over_us = now_us;
  kept->n_over = state.n_over;
  gboolean has_fallen = kept->stopped_us != 0 && now_us - kept->stopped_us >= FALL_US;
  if (has_fallen) /* also where the output stopped in between */
    meters = (SgMixerMeters){ .null = meters.null };
  for (guint i = 0; i < g_list_model_get_n_items(stems); i++) {
    g_autoptr(SgStem) stem = g_list_model_get_item(stems, i);
    sg_stem_set_level(stem, &meters.stems[sg_stem_get_index(stem)]);
  }
  sg_transport_bar_set_meters(sg_song_view_get_transport(kept->window->song_view), &meters,
                              kept->over_us > 0 && now_us - kept->over_us < OVER_US);
  if (!has_fallen)
    return G_SOURCE_CONTINUE;
  kept->tick = 0;
  return G_SOURCE_REMOVE;
}

static void
on_playing(Playback *kept)
{
  gboolean playing = sg_player_get_playing(sg_session_get_player(kept->window->session));
  kept->stopped_us = playing ? 0 : g_get_monotonic_time();
  if (playing && kept->tick == 0)
    kept->tick = gtk_widget_add_tick_callback(GTK_WIDGET(kept->window), on_tick, kept, NULL);
}

void
sg_window_update_playback(SgWindow *self)
{
  static const char *const with_song[] = { "win.loop",       "win.loop-start",  "win.loop-end",
                                           "win.loop-snap",  "win.loop-clear",  "win.go-to",
                                           "win.add-marker", "win.next-marker", "win.previous-marker",
                                           "win.tap-tempo" };
  gboolean has_track = sg_session_get_track(self->session) != NULL;
  for (gsize i = 0; i < G_N_ELEMENTS(with_song); i++)
    gtk_widget_action_set_enabled(GTK_WIDGET(self), with_song[i], has_track);
  SgPlayback *playback = sg_session_get_playback(self->session);
  gboolean has_beats = sg_playback_get_beats(playback) != NULL;
  gboolean has_loop = sg_loop_is_set(sg_playback_get_loop(playback));
  gtk_widget_action_set_enabled(GTK_WIDGET(self), "win.find-beats",
                                has_track && !sg_session_is_finding_beats(self->session));
  gtk_widget_action_set_enabled(GTK_WIDGET(self), "win.tempo-double", has_beats);
  gtk_widget_action_set_enabled(GTK_WIDGET(self), "win.tempo-half", has_beats);
  gtk_widget_action_set_enabled(GTK_WIDGET(self), "win.loop-snap", has_beats && has_loop);
  gtk_widget_action_set_enabled(GTK_WIDGET(self), "win.loop-clear", has_loop);
}

static void
playback_free(gpointer data)
{
  Playback *kept = data;
  g_signal_handlers_disconnect_by_data(kept->history, kept);
  if (kept->player != NULL)
    g_signal_handlers_disconnect_by_data(kept->player, kept);
  g_clear_object(&kept->player);
  g_object_unref(kept->history);
  g_object_unref(kept->history_menu);
  g_free(kept);
}

void
sg_window_init_playback(SgWindow *self)
{
  Playback *kept = g_new0(Playback, 1);
  SgPlayer *player = sg_session_get_player(self->session);
  SgPlayback *playback = sg_session_get_playback(self->session);
  SgHistory *history = sg_session_get_history(self->session);
  kept->window = self;
  g_set_object(&kept->player, player);
  kept->history = g_object_ref(history);
  kept->history_menu = g_menu_new();
  g_object_set_data_full(G_OBJECT(self), "playback", kept, playback_free);
  GMenu *menu = G_MENU(gtk_widget_get_template_child(GTK_WIDGET(self), SG_TYPE_WINDOW, "main_menu"));
  g_menu_prepend_section(menu, NULL, G_MENU_MODEL(kept->history_menu));
  sg_transport_bar_set_session(sg_song_view_get_transport(self->song_view), self->session);
  g_signal_connect_data(history, "notify::undo-name", G_CALLBACK(update_history), kept, NULL,
                        G_CONNECT_SWAPPED);
  g_signal_connect_object(playback, "notify::beats", G_CALLBACK(sg_window_update_playback), self,
                          G_CONNECT_SWAPPED);
  g_signal_connect_object(playback, "notify::loop", G_CALLBACK(sg_window_update_playback), self,
                          G_CONNECT_SWAPPED);
  g_signal_connect_object(playback, "notify::click", G_CALLBACK(on_click_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object(playback, "notify::count-in", G_CALLBACK(on_click_changed), self,
                          G_CONNECT_SWAPPED);
  if (player != NULL)
    g_signal_connect_data(player, "notify::playing", G_CALLBACK(on_playing), kept, NULL, G_CONNECT_SWAPPED);
  update_history(kept);
}

void
sg_window_playback_class_init(GtkWidgetClass *widget_class)
{
  static const struct {
    const char *name, *parameter_type;
    GtkWidgetActionActivateFunc activate;
  } actions[] = {
    { "win.undo", NULL, undo_action },
    { "win.redo", NULL, undo_action },
    { "win.loop", NULL, loop_action },
    { "win.loop-start", NULL, loop_end_action },
    { "win.loop-end", NULL, loop_end_action },
    { "win.loop-snap", NULL, loop_snap_action },
    { "win.loop-clear", NULL, loop_clear_action },
    { "win.go-to", "x", go_to_action },
    { "win.add-marker", NULL, add_marker_action },
    { "win.previous-marker", NULL, marker_action },
    { "win.next-marker", NULL, marker_action },
    { "win.find-beats", NULL, find_beats_action },
    { "win.tap-tempo", NULL, tap_action },
    { "win.tempo-double", NULL, scale_tempo_action },
    { "win.tempo-half", NULL, scale_tempo_action },
    { "win.click", NULL, click_action },
    { "win.slower", NULL, speed_action },
    { "win.faster", NULL, speed_action },
    { "win.speed-reset", NULL, speed_action },
  };
  static const struct {
    guint key;
    GdkModifierType modifiers;
    const char *action;
  } keys[] = {
    { GDK_KEY_z, GDK_CONTROL_MASK, "win.undo" },
    { GDK_KEY_z, GDK_CONTROL_MASK | GDK_SHIFT_MASK, "win.redo" },
    { GDK_KEY_l, 0, "win.loop" },
    { GDK_KEY_bracketleft, 0, "win.loop-start" },
    { GDK_KEY_bracketright, 0, "win.loop-end" },
    { GDK_KEY_m, 0, "win.add-marker" },
    { GDK_KEY_Page_Up, GDK_CONTROL_MASK, "win.previous-marker" },
    { GDK_KEY_Page_Down, GDK_CONTROL_MASK, "win.next-marker" },
    { GDK_KEY_t, 0, "win.tap-tempo" },
    { GDK_KEY_k, 0, "win.click" },
    { GDK_KEY_less, GDK_SHIFT_MASK, "win.slower" },
    { GDK_KEY_less, 0, "win.slower" },
    { GDK_KEY_greater, GDK_SHIFT_MASK, "win.faster" },
  };
  gtk_widget_class_bind_template_child_full(widget_class, "main_menu", FALSE, 0);
  for (gsize i = 0; i < G_N_ELEMENTS(actions); i++)
    gtk_widget_class_install_action(widget_class, actions[i].name, actions[i].parameter_type,
                                    actions[i].activate);
  for (gsize i = 0; i < G_N_ELEMENTS(keys); i++)
    gtk_widget_class_add_binding_action(widget_class, keys[i].key, keys[i].modifiers, keys[i].action, NULL);
}
