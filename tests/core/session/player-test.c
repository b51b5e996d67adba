#include "core/session/player.h"

#include "tests/support.h"

static SgTrack *
track_new(const char *folder, double seconds)
{
  g_autofree char *path = g_build_filename(folder, "song.wav", NULL);
  gint64 n = (gint64)(44100 * seconds);
  g_autofree float *band = test_band_new(44100, 2, n, 3);
  g_autoptr(GError) error = NULL;
  test_sound_write(path, "wav32f", 44100, 2, band, n);
  SgTrack *track = sg_track_load(path, FALSE, NULL, NULL, &error);
  g_assert_no_error(error);
  return track;
}

static SgPlayer *
player_new(SgOutput *output)
{
  g_autoptr(GError) error = NULL;
  SgPlayer *player = sg_player_new(output, &error);
  g_assert_no_error(error);
  return player;
}

static void
count_notify(GObject *object, GParamSpec *pspec, gpointer user)
{
  ++*(int *)user;
}

static gboolean
give_up(gpointer user)
{
  g_error("waited in vain");
  return G_SOURCE_REMOVE;
}

/* Runs the main loop until playing is over. */
static void
wait_for_end(SgPlayer *player)
{
  guint limit = g_timeout_add_seconds(20, give_up, NULL);
  while (sg_player_get_playing(player))
    g_main_context_iteration(NULL, TRUE);
  g_source_remove(limit);
}

static void
test_plays_to_the_end(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autoptr(SgTrack) track = track_new(folder, 0.4);
  g_autoptr(SgPlayer) player = player_new(sg_output_null_new(0));
  int n_notified = 0;
  g_signal_connect(player, "notify::playing", G_CALLBACK(count_notify), &n_notified);
  sg_player_play(player);
  g_assert_false(sg_player_get_playing(player)); /* nothing to play */
  sg_player_set_source(player, track, NULL);
  sg_player_play(player);
  g_assert_true(sg_player_get_playing(player));
  g_assert_cmpint(n_notified, ==, 1);
  wait_for_end(player);
  g_assert_cmpint(n_notified, ==, 2);
  g_assert_cmpint(sg_player_get_position(player), ==, sg_track_get_n_samples(track));
  g_assert_cmpuint(sg_player_get_n_underruns(player), ==, 0);
  g_assert_null(sg_player_get_output_error(player));

  sg_player_toggle(player);
  g_assert_true(sg_player_get_playing(player));
  sg_player_seek(player, 4410);
  g_assert_cmpint(sg_player_get_position(player), ==, 4410);
  sg_player_toggle(player);
  g_assert_false(sg_player_get_playing(player));
  g_assert_cmpint(n_notified, ==, 4);
}

static void
test_output_error(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autoptr(SgTrack) track = track_new(folder, 0.4);
  g_autoptr(SgPlayer) player = player_new(sg_output_file_new("/dev/null/no/file.wav", 0));
  int n_notified = 0;
  g_signal_connect(player, "notify::output-error", G_CALLBACK(count_notify), &n_notified);
  sg_player_set_source(player, track, NULL);
  sg_player_play(player);
  wait_for_end(player);
  g_assert_cmpint(n_notified, ==, 1);
  g_autofree char *sentence = NULL;
  g_object_get(player, "output-error", &sentence, NULL);
  g_assert_nonnull(sentence);
  g_assert_cmpstr(sentence, ==, sg_player_get_output_error(player));
  sg_player_seek(player, 100); /* all else goes on */
  g_assert_cmpint(sg_player_get_position(player), ==, 100);
}

/* The player keeps a track alive while it may read it, and no longer. */
static void
test_lets_go(void)
{
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autoptr(SgPlayer) player = player_new(sg_output_null_new(0));
  SgTrack *track = track_new(folder, 1.0);
  GWeakRef weak;
  g_weak_ref_init(&weak, track);
  sg_player_set_source(player, track, NULL);
  sg_player_play(player);
  g_object_unref(track);
  g_usleep(100000);
  g_autoptr(GObject) alive = g_weak_ref_get(&weak);
  g_assert_nonnull(alive);
  g_clear_object(&alive);
  sg_player_set_source(player, NULL, NULL);
  g_assert_false(sg_player_get_playing(player));
  gint64 deadline = g_get_monotonic_time() + 20 * G_USEC_PER_SEC;
  while ((alive = g_weak_ref_get(&weak)) != NULL) {
    g_clear_object(&alive);
    g_assert_cmpint(g_get_monotonic_time(), <, deadline);
    g_usleep(5000);
  }
  g_weak_ref_clear(&weak);
}

static void
test_default_output(void)
{
  g_autoptr(GError) error = NULL;
  g_setenv("STEMGLASS_OUTPUT", "null", TRUE);
  g_autoptr(SgPlayer) null = sg_player_new_default(&error);
  g_assert_no_error(error);
  g_assert_nonnull(null);

  g_autoptr(TestFolder) folder = test_folder_new();
  g_autoptr(SgTrack) track = track_new(folder, 0.2);
  g_autofree char *choice = g_strconcat("file:", folder, "/captured.wav", NULL);
  g_setenv("STEMGLASS_OUTPUT", choice, TRUE);
  SgPlayer *file = sg_player_new_default(&error);
  sg_player_set_source(file, track, NULL);
  sg_player_play(file);
  wait_for_end(file);
  g_object_unref(file);
  g_assert_true(g_file_test(choice + strlen("file:"), G_FILE_TEST_EXISTS));
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/player/plays-to-the-end", test_plays_to_the_end);
  g_test_add_func("/player/output-error", test_output_error);
  g_test_add_func("/player/lets-go", test_lets_go);
  g_test_add_func("/player/default-output", test_default_output);
  return g_test_run();
}
