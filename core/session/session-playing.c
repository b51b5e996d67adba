/* What a session knows of playing beside its stems: master, loop, speed, beats, markers, and the history of
 * all that. */
#include <glib/gi18n-lib.h>
#include <math.h>

#include "core/beat/beat-tracker.h"
#include "core/session/error.h"
#include "core/session/session-private.h"

/* Taps further apart than this begin anew. */
#define TAP_PAUSE_S 2.5
#define CLICK_GAIN 0.7f

enum { LEAST_TAPS = 3 };

static void
apply_playback(SgSession *self)
{
  SgPlayback *playback = self->playback;
  if (self->player == NULL)
    return;
  gboolean loop_on = sg_playback_get_loop_on(playback);
  sg_player_set_master(self->player, sg_stem_linear_gain(sg_playback_get_master_gain_db(playback)));
  sg_player_set_stretch(self->player, sg_playback_get_speed(playback), sg_playback_get_pitch(playback));
  sg_player_set_loop(self->player, loop_on ? sg_playback_get_loop(playback) : (SgLoop){ 0 });
  sg_player_set_beats(self->player, sg_playback_get_beats(playback));
  /* The clicks of a count-in are heard also where those of the song are not, so they go by it. */
  sg_player_set_click(self->player, sg_playback_get_click(playback) ? CLICK_GAIN : 0.0);
  sg_player_set_count_in(self->player, sg_playback_get_count_in(playback) ? CLICK_GAIN : 0.0);
}

void
sg_session_init_playing(SgSession *self)
{
  self->playback = sg_playback_new();
  self->history = sg_history_new();
  self->markers = g_list_store_new(SG_TYPE_MARKER);
  self->taps = g_array_new(FALSE, FALSE, sizeof(double));
  g_signal_connect_object(self->playback, "notify", G_CALLBACK(apply_playback), self, G_CONNECT_SWAPPED);
  sg_history_watch(self->history, self->playback, "master-gain-db", _("Master Gain"), TRUE);
  sg_history_watch(self->history, self->playback, "loop", _("Loop"), TRUE);
  sg_history_watch(self->history, self->playback, "beats", _("Tempo"), TRUE);
  sg_history_watch(self->history, self->playback, "speed", _("Speed"), TRUE);
  sg_history_watch(self->history, self->playback, "pitch", _("Pitch"), TRUE);
  sg_history_watch(self->history, self->playback, "click", _("Click"), FALSE);
  sg_history_watch(self->history, self->playback, "count-in", _("Count-In"), FALSE);
}

void
sg_session_clear_playing(SgSession *self)
{
  if (self->beats_job != NULL)
    sg_job_cancel(self->beats_job);
  g_clear_object(&self->beats_job);
  g_clear_object(&self->history);
  g_clear_object(&self->playback);
  g_clear_object(&self->markers);
  g_clear_pointer(&self->taps, g_array_unref);
}

void
sg_session_forget_song(SgSession *self)
{
  if (self->beats_job != NULL)
    sg_job_cancel(self->beats_job);
  sg_history_pause(self->history);
  sg_playback_forget_song(self->playback);
  for (guint i = g_list_model_get_n_items(G_LIST_MODEL(self->markers)); i-- > 0;) {
    g_autoptr(SgMarker) marker = g_list_model_get_item(G_LIST_MODEL(self->markers), i);
    sg_history_unwatch(self->history, marker);
  }
  g_list_store_remove_all(self->markers);
  sg_history_resume(self->history);
  sg_history_clear(self->history);
  g_array_set_size(self->taps, 0);
}

void
sg_session_watch_stem(SgSession *self, SgStem *stem)
{
  static const struct {
    const char *property, *name;
    gboolean coalesce;
  } watched[] = {
    { "gain-db", N_("Gain"), TRUE },   { "pan", N_("Pan"), TRUE },           { "muted", N_("Mute"), FALSE },
    { "soloed", N_("Solo"), FALSE },   { "strength", N_("Strength"), TRUE }, { "name", N_("Name"), TRUE },
    { "colour", N_("Colour"), FALSE }, { "place", N_("Move"), FALSE },
  };
  for (gsize i = 0; i < G_N_ELEMENTS(watched); i++) {
    g_autofree char *name = g_strdup_printf("%s: %s", sg_stem_get_name(stem), _(watched[i].name));
    sg_history_watch(self->history, stem, watched[i].property, name, watched[i].coalesce);
  }
}

SgPlayback *
sg_session_get_playback(SgSession *self)
{
  g_return_val_if_fail(SG_IS_SESSION(self), NULL);
  return self->playback;
}

SgHistory *
sg_session_get_history(SgSession *self)
{
  g_return_val_if_fail(SG_IS_SESSION(self), NULL);
  return self->history;
}

/* Markers */

GListModel *
sg_session_get_markers(SgSession *self)
{
  g_return_val_if_fail(SG_IS_SESSION(self), NULL);
  return G_LIST_MODEL(self->markers);
}

static int
compare_markers(gconstpointer a, gconstpointer b, gpointer data)
{
  gint64 first = sg_marker_get_position((SgMarker *)a), second = sg_marker_get_position((SgMarker *)b);
  return (first > second) - (first < second);
}

SgMarker *
sg_session_add_marker(SgSession *self, gint64 position, const char *name)
{
  g_return_val_if_fail(SG_IS_SESSION(self), NULL);
  g_autofree char *standard =
      g_strdup_printf(_("Marker %u"), g_list_model_get_n_items(G_LIST_MODEL(self->markers)) + 1);
  g_autoptr(SgMarker) marker = sg_marker_new(position, name != NULL ? name : standard);
  guint index = g_list_store_insert_sorted(self->markers, marker, compare_markers, NULL);
  sg_history_added(self->history, self->markers, index, marker, _("Add Marker"));
  sg_history_watch(self->history, marker, "name", _("Marker’s Name"), TRUE);
  return marker; /* the list keeps it */
}

void
sg_session_remove_marker(SgSession *self, SgMarker *marker)
{
  g_return_if_fail(SG_IS_SESSION(self));
  guint index;
  if (!g_list_store_find(self->markers, marker, &index))
    return;
  g_autoptr(SgMarker) kept = g_object_ref(marker);
  g_list_store_remove(self->markers, index);
  sg_history_removed(self->history, self->markers, index, kept, _("Remove Marker"));
}

/* Beats */

typedef struct {
  SgTrack *track;
  SgJob *job;
} BeatsJob;

static void
beats_job_free(gpointer data)
{
  BeatsJob *beats = data;
  g_object_unref(beats->track);
  g_object_unref(beats->job);
  g_free(beats);
}

static void
find_beats_in_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const BeatsJob *beats = data;
  SgBeatGrid *grid;
  SgError engine_error;
  GError *error = NULL;
  if (sg_beats_find(sg_track_get_pcm(beats->track), sg_job_progress, beats->job, &grid, &engine_error) ==
      SG_OK) {
    g_task_return_pointer(task, grid, (GDestroyNotify)sg_beat_grid_unref);
    return;
  }
  sg_error_propagate(&error, &engine_error);
  g_task_return_error(task, error);
}

void
sg_session_find_beats_async(SgSession *self, GAsyncReadyCallback callback, gpointer user)
{
  g_return_if_fail(SG_IS_SESSION(self));
  g_autoptr(GTask) task = g_task_new(self, NULL, callback, user);
  if (self->track == NULL || self->beats_job != NULL) {
    g_task_return_new_error(task, G_IO_ERROR, G_IO_ERROR_BUSY, _("Something else is still running."));
    return;
  }
  BeatsJob *beats = g_new0(BeatsJob, 1);
  beats->track = g_object_ref(self->track);
  beats->job = self->beats_job = sg_job_new();
  g_object_ref(beats->job);
  g_task_set_task_data(task, beats, beats_job_free);
  g_task_run_in_thread(task, find_beats_in_thread);
}

gboolean
sg_session_find_beats_finish(SgSession *self, GAsyncResult *result, GError **error)
{
  const BeatsJob *beats = g_task_get_task_data(G_TASK(result));
  if (beats != NULL && self->beats_job == beats->job)
    g_clear_object(&self->beats_job);
  g_autoptr(SgBeatGrid) grid = g_task_propagate_pointer(G_TASK(result), error);
  if (grid == NULL)
    return FALSE;
  if (self->playback == NULL || self->track != beats->track)
    return TRUE;
  sg_history_pause(self->history); /* found, not chosen: nothing to take back */
  sg_playback_set_beats(self->playback, grid);
  sg_history_resume(self->history);
  return TRUE;
}

gboolean
sg_session_is_finding_beats(SgSession *self)
{
  g_return_val_if_fail(SG_IS_SESSION(self), FALSE);
  return self->beats_job != NULL;
}

double
sg_session_get_bpm(SgSession *self)
{
  g_return_val_if_fail(SG_IS_SESSION(self), 0.0);
  const SgBeatGrid *beats = sg_playback_get_beats(self->playback);
  return beats != NULL && self->track != NULL ? sg_beat_grid_bpm(beats, sg_track_get_rate(self->track)) : 0.0;
}

void
sg_session_scale_tempo(SgSession *self, gboolean twice)
{
  g_return_if_fail(SG_IS_SESSION(self));
  const SgBeatGrid *beats = sg_playback_get_beats(self->playback);
  if (beats == NULL || self->track == NULL)
    return;
  guint rate = sg_track_get_rate(self->track);
  g_autoptr(SgBeatGrid) scaled = twice ? sg_beat_grid_doubled(beats, rate) : sg_beat_grid_halved(beats, rate);
  if (scaled != NULL)
    sg_playback_set_beats(self->playback, scaled);
}

void
sg_session_tap_tempo(SgSession *self)
{
  g_return_if_fail(SG_IS_SESSION(self));
  if (self->track == NULL)
    return;
  double now_s = (double)g_get_monotonic_time() / G_USEC_PER_SEC, rate = sg_track_get_rate(self->track);
  double speed = sg_playback_get_speed(self->playback);
  if (self->taps->len > 0 && now_s - self->last_tap_s > TAP_PAUSE_S)
    g_array_set_size(self->taps, 0);
  if (self->taps->len == 0) {
    self->first_tap_s = now_s;
    self->first_tap_position = self->player != NULL ? sg_player_get_position(self->player) : 0;
  }
  self->last_tap_s = now_s;
  /* By the clock, not the player's position: that returns in a loop, and stands while nothing is played. */
  double tap = (double)self->first_tap_position + (now_s - self->first_tap_s) * rate * speed;
  g_array_append_val(self->taps, tap);
  if (self->taps->len < LEAST_TAPS)
    return;
  g_autoptr(SgBeatGrid) grid = sg_beats_tapped((const double *)(void *)self->taps->data, self->taps->len,
                                               (guint)rate, sg_track_get_n_samples(self->track));
  if (grid != NULL)
    sg_playback_set_beats(self->playback, grid);
}

/* Loop */

void
sg_session_snap_loop(SgSession *self)
{
  g_return_if_fail(SG_IS_SESSION(self));
  const SgBeatGrid *beats = sg_playback_get_beats(self->playback);
  SgLoop loop = sg_playback_get_loop(self->playback);
  if (beats == NULL || !sg_loop_is_set(loop))
    return;
  gint64 n = sg_track_get_n_samples(self->track);
  SgLoop snapped = { .start = CLAMP(sg_beat_grid_snap(beats, loop.start), 0, n),
                     .end = CLAMP(sg_beat_grid_snap(beats, loop.end), 0, n) };
  if (snapped.end <= snapped.start)
    snapped.end = MIN(n, snapped.start + llround(sg_beat_grid_period_at(beats, (double)snapped.start + 1.0)));
  sg_playback_set_loop(self->playback, snapped, sg_playback_get_loop_on(self->playback));
}
