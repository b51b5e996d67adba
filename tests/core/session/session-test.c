/* A session without a window: what it opens, separates, cancels and exports. */
#include "core/session/session.h"

#include "core/separate/hpss.h"
#include "core/session/error.h"
#include "tests/support.h"

typedef struct {
  TestFolder *folder;
  char *song;
  SgSession *session;
  guint n_masks_changed;
  guint n_strength_changed;
} Fixture;

/* What an _async call came to. */
typedef struct {
  GMainLoop *loop;
  gboolean (*finish)(SgSession *session, GAsyncResult *result, GError **error);
  gboolean done;
  GError *error;
} Outcome;

static void
on_masks_changed(SgSession *session, gint64 first, gint64 n, Fixture *fixture)
{
  g_assert_cmpint(first, >=, 0);
  g_assert_cmpint(n, >, 0);
  fixture->n_masks_changed++;
}

static void
on_strength_changed(SgSession *session, Fixture *fixture)
{
  fixture->n_strength_changed++;
}

static void
set_up(Fixture *fixture, gconstpointer seconds)
{
  gint64 n = 44100 * (gint64)GPOINTER_TO_INT(seconds);
  g_autofree float *samples = test_band_new(44100, 2, n, 3);
  fixture->folder = test_folder_new();
  fixture->song = g_build_filename(fixture->folder, "song.wav", NULL);
  test_sound_write(fixture->song, "wav16", 44100, 2, samples, n);
  g_autoptr(GError) error = NULL;
  g_autoptr(SgPlayer) player = sg_player_new(sg_output_null_new(0), &error);
  g_assert_no_error(error);
  fixture->session = sg_session_new(player);
  g_signal_connect(fixture->session, "masks-changed", G_CALLBACK(on_masks_changed), fixture);
  g_signal_connect(fixture->session, "strength-changed", G_CALLBACK(on_strength_changed), fixture);
}

static void
tear_down(Fixture *fixture, gconstpointer data)
{
  g_assert_null(sg_session_get_job(fixture->session));
  g_object_add_weak_pointer(G_OBJECT(fixture->session), (gpointer *)&fixture->session);
  g_object_unref(fixture->session);
  /* Timers that coalesce may still hold it, and a task's thread, which wakes nobody when it lets go. */
  while (fixture->session != NULL)
    if (!g_main_context_iteration(NULL, FALSE))
      g_usleep(1000);
  test_folder_remove(fixture->folder);
  g_free(fixture->song);
}

static void
on_finished(GObject *source, GAsyncResult *result, gpointer data)
{
  Outcome *outcome = data;
  outcome->done = outcome->finish(SG_SESSION(source), result, &outcome->error);
  g_main_loop_quit(outcome->loop);
}

static gboolean
export_finish(SgSession *session, GAsyncResult *result, GError **error)
{
  SgExportReport report;
  gboolean done = sg_session_export_finish(session, result, &report, error);
  if (done)
    g_assert_cmpfloat(report.peak[0], >, 0.01f);
  return done;
}

static Outcome
outcome_of(gboolean (*finish)(SgSession *session, GAsyncResult *result, GError **error))
{
  return (Outcome){ .loop = g_main_loop_new(NULL, FALSE), .finish = finish };
}

/* Waits for the end; the error, or NULL. */
static GError *
wait_for(Outcome *outcome)
{
  g_main_loop_run(outcome->loop);
  g_main_loop_unref(outcome->loop);
  g_assert_cmpint(outcome->done, ==, outcome->error == NULL);
  return outcome->error;
}

static GError *
open_song(Fixture *fixture, const char *path)
{
  Outcome outcome = outcome_of(sg_session_open_finish);
  g_autoptr(GFile) file = g_file_new_for_path(path);
  sg_session_open_async(fixture->session, file, on_finished, &outcome);
  return wait_for(&outcome);
}

static GError *
separate(Fixture *fixture, const char *method)
{
  Outcome outcome = outcome_of(sg_session_separate_finish);
  sg_session_separate_async(fixture->session, method, on_finished, &outcome);
  return wait_for(&outcome);
}

static SgStem *
stem_at(Fixture *fixture, guint i)
{
  SgStem *stem = g_list_model_get_item(sg_session_get_stems(fixture->session), i);
  g_assert_nonnull(stem);
  g_object_unref(stem); /* the list keeps it */
  return stem;
}

static void
test_open(Fixture *fixture, gconstpointer data)
{
  g_assert_null(sg_session_get_track(fixture->session));
  g_assert_no_error(open_song(fixture, fixture->song));
  SgTrack *track = sg_session_get_track(fixture->session);
  g_assert_cmpstr(sg_track_get_title(track), ==, "song");
  g_assert_cmpint(sg_track_get_n_samples(track), ==, 44100 * GPOINTER_TO_INT(data));

  /* What cannot be opened leaves what is open. */
  g_autofree char *text = g_build_filename(fixture->folder, "text.wav", NULL);
  test_file_write(text, "not a sound", 11);
  g_autoptr(GError) error = open_song(fixture, text);
  g_assert_error(error, SG_ENGINE_ERROR, SG_NOT_AUDIO);
  g_assert_nonnull(strstr(error->message, "text.wav"));
  g_assert_true(sg_session_get_track(fixture->session) == track);
}

static void
test_separate(Fixture *fixture, gconstpointer data)
{
  GListModel *stems = sg_session_get_stems(fixture->session);
  g_assert_no_error(open_song(fixture, fixture->song));
  g_assert_cmpuint(g_list_model_get_n_items(stems), ==, 0);
  g_assert_no_error(separate(fixture, "hpss"));
  while (fixture->n_masks_changed == 0) /* coalesced, so it may come a little after the end */
    g_main_context_iteration(NULL, TRUE);
  g_assert_cmpuint(g_list_model_get_n_items(stems), ==, 2);
  g_assert_cmpstr(sg_stem_get_id(stem_at(fixture, 0)), ==, "drums");

  guint before = fixture->n_strength_changed;
  sg_stem_set_strength(stem_at(fixture, 1), 3.0);
  g_assert_cmpuint(fixture->n_strength_changed, ==, before + 1);
  SgRenderSettings settings = sg_session_get_settings(fixture->session);
  g_assert_cmpfloat(settings.strength[0], ==, 1.0f);
  g_assert_cmpfloat(settings.strength[1], ==, 3.0f);

  /* Once more: the stems keep how they are set. */
  sg_stem_set_muted(stem_at(fixture, 0), TRUE);
  g_assert_no_error(separate(fixture, "hpss"));
  g_assert_true(sg_stem_get_muted(stem_at(fixture, 0)));
  g_assert_cmpfloat(sg_stem_get_strength(stem_at(fixture, 1)), ==, 3.0);

  /* Another song: no stems. */
  g_assert_no_error(open_song(fixture, fixture->song));
  g_assert_null(sg_session_get_mask_set(fixture->session));
  g_assert_cmpuint(g_list_model_get_n_items(stems), ==, 0);

  g_autoptr(GError) error = separate(fixture, "no-such-method");
  g_assert_error(error, SG_ENGINE_ERROR, SG_UNKNOWN_METHOD);
}

static gboolean
cancel_job(gpointer data)
{
  Fixture *fixture = data;
  if (fixture->n_masks_changed == 0)
    return G_SOURCE_CONTINUE;
  sg_job_cancel(sg_session_get_job(fixture->session));
  return G_SOURCE_REMOVE;
}

/* Another method: what both have stays as it was set, and so does what only the first one has, for later. */
static void
test_another_method(Fixture *fixture, gconstpointer data)
{
  g_assert_no_error(open_song(fixture, fixture->song));
  g_assert_no_error(separate(fixture, "hpss"));
  sg_stem_set_gain_db(stem_at(fixture, 0), -6.0);
  sg_stem_set_strength(stem_at(fixture, 0), 2.0);
  sg_stem_set_muted(stem_at(fixture, 1), TRUE);
  sg_stem_set_name(stem_at(fixture, 1), "Band");

  g_assert_no_error(separate(fixture, "classic"));
  g_assert_cmpuint(g_list_model_get_n_items(sg_session_get_stems(fixture->session)), ==, 4);
  SgRenderSettings settings = sg_session_get_settings(fixture->session);
  for (guint i = 0; i < 4; i++) {
    gboolean is_drums = g_str_equal(sg_stem_get_id(stem_at(fixture, i)), "drums");
    g_assert_cmpfloat(sg_stem_get_gain_db(stem_at(fixture, i)), ==, is_drums ? -6.0 : 0.0);
    g_assert_cmpfloat(settings.strength[i], ==, is_drums ? 2.0f : 1.0f);
    g_assert_cmpuint(sg_stem_get_index(stem_at(fixture, i)), ==, i);
    g_assert_false(sg_stem_get_muted(stem_at(fixture, i)));
  }

  fixture->n_masks_changed = 0;
  g_timeout_add(5, cancel_job, fixture);
  sg_session_set_wiener_iterations(fixture->session, 10); /* slow enough to be cancelled */
  g_autoptr(GError) error = separate(fixture, "hpss");
  g_assert_error(error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  sg_session_set_wiener_iterations(fixture->session, 0);
  g_assert_cmpuint(g_list_model_get_n_items(sg_session_get_stems(fixture->session)), ==, 4);

  g_assert_no_error(separate(fixture, "hpss"));
  g_assert_cmpstr(sg_stem_get_name(stem_at(fixture, 1)), ==, "Band");
  g_assert_true(sg_stem_get_muted(stem_at(fixture, 1)));

  g_assert_no_error(open_song(fixture, fixture->song)); /* another song: all is new */
  g_assert_no_error(separate(fixture, "hpss"));
  g_assert_cmpfloat(sg_stem_get_gain_db(stem_at(fixture, 0)), ==, 0.0);
}

/* The settings of a method take effect: with a margin over 1 there is a third stem. */
static void
test_choice(Fixture *fixture, gconstpointer data)
{
  g_assert_no_error(open_song(fixture, fixture->song));
  g_autoptr(SgMethodChoice) choice = sg_method_choice_new();
  sg_method_choice_set_method_id(choice, "hpss");
  const SgMethodClass *method = sg_method_choice_get_class(choice);
  for (guint k = 0; k < method->n_knobs; k++)
    if (g_str_equal(method->knobs[k].id, "margin"))
      sg_method_choice_set_knob(choice, k, 2.0);
  Outcome outcome = outcome_of(sg_session_separate_finish);
  sg_session_separate_as_async(fixture->session, choice, on_finished, &outcome);
  sg_method_choice_reset(choice); /* it had its own copy */
  g_assert_no_error(wait_for(&outcome));
  g_assert_cmpuint(g_list_model_get_n_items(sg_session_get_stems(fixture->session)), ==, 3);
}

/* Scratch goes where it is told to: into a folder that is not there it cannot. */
static void
test_scratch_folder(Fixture *fixture, gconstpointer data)
{
  sg_session_set_scratch_folder(fixture->session, fixture->folder);
  g_assert_no_error(open_song(fixture, fixture->song));
  g_autofree char *missing = g_build_filename(fixture->folder, "missing", NULL);
  sg_session_set_scratch_folder(fixture->session, missing);
  g_autoptr(GError) error = separate(fixture, "hpss");
  g_assert_nonnull(error);
  g_assert_nonnull(strstr(error->message, "missing"));
  g_autoptr(GError) open_error = open_song(fixture, fixture->song);
  g_assert_nonnull(open_error);
  sg_session_set_scratch_folder(fixture->session, NULL);
  g_assert_no_error(separate(fixture, "hpss"));
}

/* The window's separation is the command line's, with Wiener filtering too. */
static void
test_wiener(Fixture *fixture, gconstpointer data)
{
  g_assert_no_error(open_song(fixture, fixture->song));
  g_assert_cmpuint(sg_session_get_wiener_iterations(fixture->session), ==, 0);
  sg_session_set_wiener_iterations(fixture->session, 2);
  g_assert_no_error(separate(fixture, "hpss"));
  SgSeparation *ours = sg_mask_set_get_separation(sg_session_get_mask_set(fixture->session));
  g_assert_nonnull(sg_separation_stems(ours));
  SgRenderSettings natural = SG_RENDER_SETTINGS_NATURAL;
  g_autofree float *stems = test_render_dup(ours, &natural, 7000);
  const SgPcm *pcm = sg_separation_pcm(ours);
  g_autoptr(SgSeparation) other = test_separation_new(pcm, &sg_hpss_class, 2, 1);
  g_autofree float *others = test_render_dup(other, &natural, SG_RENDER_MAX_SAMPLES);
  gsize n_bytes = 2 * (gsize)sg_pcm_n_samples(pcm) * sg_pcm_n_channels(pcm) * sizeof *stems;
  g_assert_cmpmem(stems, n_bytes, others, n_bytes);
  sg_session_set_wiener_iterations(fixture->session, 0);
  g_assert_no_error(separate(fixture, "hpss"));
  g_assert_null(sg_separation_stems(sg_mask_set_get_separation(sg_session_get_mask_set(fixture->session))));
}

static void
test_cancel(Fixture *fixture, gconstpointer data)
{
  g_assert_no_error(open_song(fixture, fixture->song));
  g_timeout_add(5, cancel_job, fixture);
  g_autoptr(GError) error = separate(fixture, "hpss");
  g_assert_error(error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_null(sg_session_get_mask_set(fixture->session));
  g_assert_cmpuint(g_list_model_get_n_items(sg_session_get_stems(fixture->session)), ==, 0);
}

static void
test_one_job_at_a_time(Fixture *fixture, gconstpointer data)
{
  g_assert_no_error(open_song(fixture, fixture->song));
  Outcome first = outcome_of(sg_session_separate_finish), second = outcome_of(sg_session_separate_finish);
  sg_session_separate_async(fixture->session, "hpss", on_finished, &first);
  SgJob *job = sg_session_get_job(fixture->session);
  g_assert_nonnull(job);
  sg_session_separate_async(fixture->session, "hpss", on_finished, &second);
  g_autoptr(GError) busy = wait_for(&second);
  g_assert_error(busy, G_IO_ERROR, G_IO_ERROR_BUSY);
  g_assert_true(sg_session_get_job(fixture->session) == job);
  g_assert_no_error(wait_for(&first));
  g_assert_nonnull(sg_session_get_mask_set(fixture->session));
}

static void
test_export(Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename(fixture->folder, "out", NULL);
  g_autoptr(GFile) folder = g_file_new_for_path(path);
  g_assert_no_error(open_song(fixture, fixture->song));
  g_assert_no_error(separate(fixture, "hpss"));
  for (int i = 0; i < 2; i++) {
    Outcome outcome = outcome_of(export_finish);
    SgExportChoice choice = { .container = SG_CONTAINER_FLAC, .bits = SG_BITS_24 };
    sg_session_export_async(fixture->session, folder, choice, on_finished, &outcome);
    g_autoptr(GError) error = wait_for(&outcome);
    if (i == 0)
      g_assert_no_error(error);
    else
      g_assert_error(error, SG_ENGINE_ERROR, SG_EXISTS);
  }
  g_assert_cmpuint(test_folder_count(path), ==, 2);
}

/* What the format cannot hold is refused as such, so that the window can ask, and converted when told to. */
static void
test_export_converts(Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename(fixture->folder, "out", NULL);
  g_autofree char *drums = g_build_filename(path, "drums.opus", NULL);
  g_autoptr(GFile) folder = g_file_new_for_path(path);
  g_assert_no_error(open_song(fixture, fixture->song));
  g_assert_no_error(separate(fixture, "hpss"));
  SgExportChoice choice = { .container = SG_CONTAINER_OPUS, .bits = SG_BITS_LOSSY };
  for (int i = 0; i < 2; i++) {
    Outcome outcome = outcome_of(export_finish);
    choice.convert = i > 0;
    sg_session_export_async(fixture->session, folder, choice, on_finished, &outcome);
    g_autoptr(GError) error = wait_for(&outcome);
    if (i == 0)
      g_assert_error(error, SG_ENGINE_ERROR, SG_BAD_FORMAT);
    else
      g_assert_no_error(error);
  }
  g_autoptr(SgPcm) pcm = NULL;
  test_assert_ok(sg_decode_file(drums, true, NULL, NULL, NULL, &pcm, NULL, NULL));
  g_assert_cmpuint(sg_pcm_rate(pcm), ==, 48000);
}

/* Where it is a little later. */
static gint64
next_position(SgPlayer *player)
{
  g_usleep(2000);
  return sg_player_get_position(player);
}

/* Loop, speed, markers and beats: what the session makes of them, and that undo brings them back. */
static void
test_playing(Fixture *fixture, gconstpointer data)
{
  SgSession *session = fixture->session;
  SgPlayback *playback = sg_session_get_playback(session);
  SgHistory *history = sg_session_get_history(session);
  g_autoptr(GError) error = open_song(fixture, fixture->song);
  g_assert_no_error(error);
  SgPlayer *player = sg_session_get_player(session);
  sg_player_play(player);
  sg_playback_set_loop(playback, (SgLoop){ 2000, 9000 }, TRUE);
  gint64 position = 0, last;
  do /* until it has gone around */
    last = position;
  while ((position = next_position(player)) >= last || last < 2000);
  for (int i = 0; i < 100; i++) {
    position = next_position(player);
    g_assert_cmpint(position, >=, 2000);
    g_assert_cmpint(position, <, 9000);
  }
  g_assert_cmpstr(sg_history_get_undo_name(history), ==, "Loop");
  sg_history_undo(history);
  while (next_position(player) <= 9000)
    g_assert_true(sg_player_get_playing(player));
  sg_player_pause(player);

  SgMarker *second = sg_session_add_marker(session, 30000, "Verse");
  SgMarker *first = sg_session_add_marker(session, 10000, NULL);
  GListModel *markers = sg_session_get_markers(session);
  g_autoptr(SgMarker) at_0 = g_list_model_get_item(markers, 0), at_1 = g_list_model_get_item(markers, 1);
  g_assert_true(at_0 == first && at_1 == second);
  g_assert_cmpstr(sg_marker_get_name(first), ==, "Marker 2");
  sg_marker_set_name(first, "Intro");
  sg_session_remove_marker(session, second);
  g_assert_cmpuint(g_list_model_get_n_items(markers), ==, 1);
  sg_history_undo(history);
  g_assert_cmpuint(g_list_model_get_n_items(markers), ==, 2);
  sg_history_undo(history);
  g_assert_cmpstr(sg_marker_get_name(first), ==, "Marker 2");
}

/* Each of these is a step of its own, and undone in turn. */
static void
test_undo_of_settings(Fixture *fixture, gconstpointer data)
{
  SgPlayback *playback = sg_session_get_playback(fixture->session);
  SgHistory *history = sg_session_get_history(fixture->session);
  g_autoptr(GError) error = open_song(fixture, fixture->song);
  g_assert_no_error(error);
  g_object_set(playback, "speed", 0.8, NULL);
  g_object_set(playback, "pitch", 2.0, NULL);
  g_object_set(playback, "click", TRUE, NULL);
  g_object_set(playback, "count-in", TRUE, NULL);
  static const char *const names[] = { "Count-In", "Click", "Pitch", "Speed" };
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
    g_assert_cmpstr(sg_history_get_undo_name(history), ==, names[i]);
    g_assert_true(sg_history_undo(history));
  }
  g_assert_false(sg_playback_get_count_in(playback));
  g_assert_false(sg_playback_get_click(playback));
  g_assert_cmpfloat(sg_playback_get_pitch(playback), ==, 0.0);
  g_assert_cmpfloat(sg_playback_get_speed(playback), ==, 1.0);
  g_assert_null(sg_history_get_undo_name(history));
}

static void
test_beats(Fixture *fixture, gconstpointer data)
{
  SgSession *session = fixture->session;
  SgPlayback *playback = sg_session_get_playback(session);
  g_autoptr(GError) error = open_song(fixture, fixture->song);
  g_assert_no_error(error);
  g_assert_cmpfloat(sg_session_get_bpm(session), ==, 0.0);
  Outcome outcome = outcome_of(sg_session_find_beats_finish);
  sg_session_find_beats_async(session, on_finished, &outcome);
  g_assert_true(sg_session_is_finding_beats(session));
  error = wait_for(&outcome);
  g_assert_no_error(error);
  g_assert_false(sg_session_is_finding_beats(session));
  double bpm = sg_session_get_bpm(session);
  g_test_message("%.1f bpm", bpm);
  g_assert_cmpfloat(bpm, >=, SG_BEAT_MIN_BPM);
  sg_session_scale_tempo(session, FALSE);
  g_assert_cmpfloat_with_epsilon(sg_session_get_bpm(session), bpm / 2.0, 0.5);
  /* Beats as long as the machine makes the rests. */
  double tapped_s[4];
  for (int i = 0; i < 4; i++) {
    if (i > 0)
      g_usleep(400000);
    tapped_s[i] = test_seconds();
    sg_session_tap_tempo(session);
  }
  double slope_s = (3.0 * (tapped_s[3] - tapped_s[0]) + tapped_s[2] - tapped_s[1]) / 10.0;
  g_assert_cmpfloat_with_epsilon(sg_session_get_bpm(session), 60.0 / slope_s, 3.0);
  sg_playback_set_loop(playback, (SgLoop){ 1000, 20000 }, FALSE);
  sg_session_snap_loop(session);
  SgLoop loop = sg_playback_get_loop(playback);
  SgBeatGrid *beats = sg_playback_get_beats(playback);
  g_assert_cmpint(loop.end, >, loop.start);
  if (loop.start > 0)
    g_assert_cmpint(loop.start, ==, sg_beat_grid_snap(beats, loop.start));
  g_assert_cmpint(loop.end, ==, sg_beat_grid_snap(beats, loop.end));
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  static const struct {
    const char *path;
    int seconds;
    void (*test)(Fixture *fixture, gconstpointer data);
  } tests[] = {
    { "/core/session/session/open", 1, test_open },
    { "/core/session/session/playing", 2, test_playing },
    { "/core/session/session/undo-of-settings", 2, test_undo_of_settings },
    { "/core/session/session/beats", 10, test_beats },
    { "/core/session/session/separate", 10, test_separate },
    { "/core/session/session/another-method", 10, test_another_method },
    { "/core/session/session/choice", 3, test_choice },
    { "/core/session/session/scratch-folder", 2, test_scratch_folder },
    { "/core/session/session/wiener", 12, test_wiener },
    { "/core/session/session/cancel", 400, test_cancel },
    { "/core/session/session/one-job-at-a-time", 10, test_one_job_at_a_time },
    { "/core/session/session/export", 5, test_export },
    { "/core/session/session/export-converts", 2, test_export_converts },
  };
  for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
    g_test_add(tests[i].path, Fixture, GINT_TO_POINTER(tests[i].seconds), set_up, tests[i].test, tear_down);
  return g_test_run();
}
