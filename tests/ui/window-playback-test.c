/* Playing, by the window's actions and the transport bar's controls. */
#include "tests/support.h"
#include "ui/level-meter.h"
#include "ui/resources.h"
#include "ui/tempo-popover.h"
#include "ui/transport-bar.h"
#include "ui/window.h"

enum { RATE = 44100, N_SECONDS = 6 };

typedef struct {
  TestFolder *folder;
  SgWindow *window;
  SgSession *session;
  SgPlayback *playback;
  GtkWidget *bar;
} Fixture;

static void
run_for(double seconds)
{
  gint64 until = g_get_monotonic_time() + (gint64)(seconds * G_USEC_PER_SEC);
  while (g_get_monotonic_time() < until) {
    g_main_context_iteration(NULL, FALSE);
    g_usleep(2000);
  }
}

static GtkWidget *
find(GtkWidget *widget, GType type)
{
  if (G_TYPE_CHECK_INSTANCE_TYPE(widget, type))
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL;
       child = gtk_widget_get_next_sibling(child)) {
    GtkWidget *found = find(child, type);
    if (found != NULL)
      return found;
  }
  return NULL;
}

/* The scale of an accessible name. */
static GtkScale *
find_scale(GtkWidget *widget, const char *name)
{
  if (GTK_IS_SCALE(widget)) {
    g_autofree char *difference =
        gtk_test_accessible_check_property(GTK_ACCESSIBLE(widget), GTK_ACCESSIBLE_PROPERTY_LABEL, name);
    if (difference == NULL)
      return GTK_SCALE(widget);
  }
  GtkScale *found = NULL;
  for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling(child))
    found = find_scale(child, name);
  return found;
}

/* The n-th of presses that follow each other, before the widget's own gestures see it. */
static void
press(GtkWidget *widget, int n_press)
{
  g_autoptr(GListModel) controllers = gtk_widget_observe_controllers(widget);
  for (guint i = 0; i < g_list_model_get_n_items(controllers); i++) {
    g_autoptr(GtkEventController) controller = g_list_model_get_item(controllers, i);
    if (GTK_IS_GESTURE_CLICK(controller) &&
        gtk_event_controller_get_propagation_phase(controller) == GTK_PHASE_CAPTURE)
      g_signal_emit_by_name(controller, "pressed", n_press, 5.0, 5.0);
  }
}

static void
set_up(Fixture *f, gconstpointer data)
{
  g_autofree float *samples = test_band_new(RATE, 2, N_SECONDS * RATE, 1);
  f->folder = test_folder_new();
  g_autofree char *path = g_build_filename(f->folder, "song.wav", NULL);
  g_autoptr(GFile) file = g_file_new_for_path(path);
  test_sound_write(path, "wav32f", RATE, 2, samples, N_SECONDS * RATE);
  f->window = g_object_ref(sg_window_new(NULL));
  f->session = sg_window_get_session(f->window);
  f->playback = sg_session_get_playback(f->session);
  f->bar = find(GTK_WIDGET(f->window), SG_TYPE_TRANSPORT_BAR);
  gtk_window_present(GTK_WINDOW(f->window));
  sg_window_open(f->window, file);
  while (sg_session_get_job(f->session) != NULL)
    g_main_context_iteration(NULL, TRUE);
  g_assert_nonnull(sg_session_get_track(f->session));
}

static void
tear_down(Fixture *f, gconstpointer data)
{
  gpointer window = f->window;
  g_object_add_weak_pointer(G_OBJECT(f->window), &window);
  gtk_window_destroy(GTK_WINDOW(f->window));
  g_object_unref(f->window);
  run_for(0.2);
  gint64 deadline = g_get_monotonic_time() + 30 * G_USEC_PER_SEC;
  while (window != NULL && g_get_monotonic_time() < deadline)
    run_for(0.01);
  g_assert_null(window);
  test_folder_remove(f->folder);
}

static void
act(Fixture *f, const char *action)
{
  g_assert_true(gtk_widget_activate_action(GTK_WIDGET(f->window), action, NULL));
}

static void
seek(Fixture *f, double seconds)
{
  gtk_widget_activate_action(GTK_WIDGET(f->window), "win.go-to", "x", (gint64)(seconds * RATE));
}

static void
assert_loop(Fixture *f, double start_s, double end_s, gboolean on)
{
  SgLoop loop = sg_playback_get_loop(f->playback);
  g_assert_cmpint(loop.start, ==, (gint64)(start_s * RATE));
  g_assert_cmpint(loop.end, ==, (gint64)(end_s * RATE));
  g_assert_cmpint(sg_playback_get_loop_on(f->playback), ==, on);
  GtkToggleButton *button = GTK_TOGGLE_BUTTON(find(f->bar, GTK_TYPE_TOGGLE_BUTTON));
  g_assert_cmpint(gtk_toggle_button_get_active(button), ==, on);
}

static void
test_loop(Fixture *f, gconstpointer data)
{
  GtkToggleButton *button = GTK_TOGGLE_BUTTON(find(f->bar, GTK_TYPE_TOGGLE_BUTTON));
  gtk_toggle_button_set_active(button, TRUE);
  assert_loop(f, 0.0, N_SECONDS, TRUE);
  act(f, "win.loop");
  assert_loop(f, 0.0, N_SECONDS, FALSE);
  seek(f, 2.0);
  act(f, "win.loop-start");
  assert_loop(f, 2.0, N_SECONDS, TRUE);
  seek(f, 3.0);
  act(f, "win.loop-end");
  assert_loop(f, 2.0, 3.0, TRUE);
  seek(f, 1.0);
  act(f, "win.loop-end"); /* before the start, which gives way */
  assert_loop(f, 0.0, 1.0, TRUE);
  act(f, "win.loop-clear");
  assert_loop(f, 0.0, 0.0, FALSE);
}

static void
test_undo(Fixture *f, gconstpointer data)
{
  SgHistory *history = sg_session_get_history(f->session);
  g_assert_null(sg_history_get_undo_name(history));
  act(f, "win.loop");
  g_object_set(f->playback, "master-gain-db", -6.0, NULL);
  g_assert_cmpstr(sg_history_get_undo_name(history), ==, "Master Gain");
  act(f, "win.undo");
  g_assert_cmpfloat(sg_playback_get_master_gain_db(f->playback), ==, 0.0);
  act(f, "win.undo");
  assert_loop(f, 0.0, 0.0, FALSE);
  g_assert_null(sg_history_get_undo_name(history));
  act(f, "win.redo");
  assert_loop(f, 0.0, N_SECONDS, TRUE);
}

static GtkButton *
find_button(GtkWidget *widget, const char *label)
{
  if (GTK_IS_BUTTON(widget) && g_strcmp0(gtk_button_get_label(GTK_BUTTON(widget)), label) == 0)
    return GTK_BUTTON(widget);
  GtkButton *found = NULL;
  for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling(child))
    found = find_button(child, label);
  return found;
}

/* Back to the speed and pitch of the recording is one step, also just after they were dragged. */
static void
test_undo_as_recorded(Fixture *f, gconstpointer data)
{
  SgHistory *history = sg_session_get_history(f->session);
  GtkButton *as_recorded = find_button(find(f->bar, SG_TYPE_TEMPO_POPOVER), "As Recorded");
  g_object_set(f->playback, "pitch", 3.0, "speed", 0.75, NULL);
  g_signal_emit_by_name(as_recorded, "clicked");
  g_assert_cmpfloat(sg_playback_get_speed(f->playback), ==, 1.0);
  g_assert_cmpfloat(sg_playback_get_pitch(f->playback), ==, 0.0);
  g_assert_cmpstr(sg_history_get_undo_name(history), ==, "As Recorded");
  act(f, "win.undo");
  g_assert_cmpfloat(sg_playback_get_speed(f->playback), ==, 0.75);
  g_assert_cmpfloat(sg_playback_get_pitch(f->playback), ==, 3.0);
  act(f, "win.redo");
  g_assert_cmpfloat(sg_playback_get_speed(f->playback), ==, 1.0);
  g_assert_cmpfloat(sg_playback_get_pitch(f->playback), ==, 0.0);
}

static void
test_markers(Fixture *f, gconstpointer data)
{
  SgPlayer *player = sg_session_get_player(f->session);
  for (int i = 1; i <= 3; i++) {
    seek(f, i);
    act(f, "win.add-marker");
  }
  seek(f, 1.8);
  act(f, "win.next-marker");
  g_assert_cmpint(sg_player_get_position(player), ==, 2 * RATE);
  act(f, "win.next-marker");
  g_assert_cmpint(sg_player_get_position(player), ==, 3 * RATE);
  act(f, "win.next-marker");
  g_assert_cmpint(sg_player_get_position(player), ==, 3 * RATE);
  act(f, "win.previous-marker");
  g_assert_cmpint(sg_player_get_position(player), ==, 2 * RATE);
  seek(f, 2.3); /* a moment after it was passed, the one before is meant */
  act(f, "win.previous-marker");
  g_assert_cmpint(sg_player_get_position(player), ==, RATE);
  seek(f, 2.7);
  act(f, "win.previous-marker");
  g_assert_cmpint(sg_player_get_position(player), ==, 2 * RATE);
  run_for(0.1); /* the list in the popover follows */
  act(f, "win.undo");
  g_assert_cmpuint(g_list_model_get_n_items(sg_session_get_markers(f->session)), ==, 2);
}

/* The loop goes to the nearest beats when asked; the tempo is doubled and halved. */
static void
test_beats(Fixture *f, gconstpointer data)
{
  g_autoptr(SgBeatGrid) beats = sg_beat_grid_new_regular(0.0, RATE / 2.0, 4, N_SECONDS * RATE);
  seek(f, 0.9);
  act(f, "win.loop-start");
  gtk_widget_activate_action(GTK_WIDGET(f->window), "win.loop-snap", NULL); /* nothing to snap to yet */
  assert_loop(f, 0.9, N_SECONDS, TRUE);
  sg_playback_set_beats(f->playback, beats);
  seek(f, 3.1);
  act(f, "win.loop-end");
  act(f, "win.loop-snap");
  assert_loop(f, 1.0, 3.0, TRUE);
  g_assert_cmpfloat_with_epsilon(sg_session_get_bpm(f->session), 120.0, 0.01);
  act(f, "win.tempo-double");
  g_assert_cmpfloat_with_epsilon(sg_session_get_bpm(f->session), 240.0, 0.01);
  act(f, "win.tempo-half");
  act(f, "win.tempo-half");
  g_assert_cmpfloat_with_epsilon(sg_session_get_bpm(f->session), 60.0, 0.01);
}

static void
test_count_in(Fixture *f, gconstpointer data)
{
  g_object_set(f->playback, "count-in", TRUE, NULL);
  g_assert_true(sg_session_is_finding_beats(f->session));
}

/* The master's value is marked while the mix goes over full scale; a double click on the fader resets it. */
static void
test_master(Fixture *f, gconstpointer data)
{
  GtkScale *fader = find_scale(f->bar, "Master gain");
  GtkWidget *value = gtk_widget_get_next_sibling(GTK_WIDGET(fader));
  g_object_set(f->playback, "master-gain-db", 12.0, NULL);
  act(f, "win.play-pause");
  gint64 deadline = g_get_monotonic_time() + 10 * G_USEC_PER_SEC;
  while (!gtk_widget_has_css_class(value, "error") && g_get_monotonic_time() < deadline)
    run_for(0.02);
  g_assert_true(gtk_widget_has_css_class(value, "error"));
  act(f, "win.play-pause");
  for (int n_press = 1; n_press <= 2; n_press++) {
    g_assert_cmpfloat(sg_playback_get_master_gain_db(f->playback), ==, 12.0);
    press(GTK_WIDGET(fader), n_press);
  }
  g_assert_cmpfloat(sg_playback_get_master_gain_db(f->playback), ==, 0.0);
}

/* The click needs beats, which are then looked for. */
static void
test_click(Fixture *f, gconstpointer data)
{
  act(f, "win.click");
  g_assert_true(sg_session_is_finding_beats(f->session));
  gint64 deadline = g_get_monotonic_time() + 20 * G_USEC_PER_SEC;
  while (sg_session_is_finding_beats(f->session) && g_get_monotonic_time() < deadline)
    g_main_context_iteration(NULL, TRUE);
  g_assert_nonnull(sg_playback_get_beats(f->playback));
  act(f, "win.slower");
  g_assert_cmpfloat_with_epsilon(sg_playback_get_speed(f->playback), 0.95, 1e-9);
  act(f, "win.speed-reset");
  g_assert_cmpfloat(sg_playback_get_speed(f->playback), ==, 1.0);
}

/* Waits until the level is below, or not below, a value. */
static void
wait_for_level(SgLevelMeter *meter, double level_db, gboolean below)
{
  gint64 deadline = g_get_monotonic_time() + 20 * G_USEC_PER_SEC;
  while ((sg_level_meter_get_peak_db(meter) < level_db) != below) {
    g_assert_cmpint(g_get_monotonic_time(), <, deadline);
    run_for(0.05);
  }
}

/* They show what is heard, and nothing some seconds after it. */
static void
test_meters(Fixture *f, gconstpointer data)
{
  SgLevelMeter *meter = SG_LEVEL_METER(find(f->bar, SG_TYPE_LEVEL_METER));
  g_assert_cmpfloat(sg_level_meter_get_peak_db(meter), <, -100.0);
  sg_playback_set_loop(f->playback, (SgLoop){ 0, (N_SECONDS - 1) * RATE }, TRUE);
  act(f, "win.play-pause");
  wait_for_level(meter, -40.0, FALSE);
  g_object_set(f->playback, "master-gain-db", -60.0, NULL);
  wait_for_level(meter, -20.0, TRUE);
  g_object_set(f->playback, "master-gain-db", 6.0, NULL);
  wait_for_level(meter, -12.0, FALSE);
  g_assert_true(sg_player_get_playing(sg_session_get_player(f->session)));
  act(f, "win.play-pause");
  wait_for_level(meter, SG_LEVEL_METER_MIN_DB, TRUE);
}

/* Each control that has no text of its own has a name. */
static void
check_names(GtkWidget *widget)
{
  gboolean silent = GTK_IS_SCALE(widget) || GTK_IS_SWITCH(widget) || SG_IS_LEVEL_METER(widget) ||
                    (GTK_IS_BUTTON(widget) && gtk_button_get_label(GTK_BUTTON(widget)) == NULL);
  GtkWidget *parent = gtk_widget_get_parent(widget);
  if (silent && !GTK_IS_MENU_BUTTON(parent) &&
      !gtk_test_accessible_has_property(GTK_ACCESSIBLE(widget), GTK_ACCESSIBLE_PROPERTY_LABEL))
    g_error("a %s in the transport bar has no name", G_OBJECT_TYPE_NAME(widget));
  if (GTK_IS_MENU_BUTTON(widget))
    g_assert_true(gtk_test_accessible_has_property(GTK_ACCESSIBLE(widget), GTK_ACCESSIBLE_PROPERTY_LABEL));
  for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL;
       child = gtk_widget_get_next_sibling(child))
    check_names(child);
}

static void
test_names(Fixture *f, gconstpointer data)
{
  check_names(f->bar);
}

int
main(int argc, char **argv)
{
  g_setenv("GTK_A11Y", "test", TRUE);
  g_setenv("STEMGLASS_OUTPUT", "null", TRUE);
  gtk_test_init(&argc, &argv, NULL);
  adw_init();
  sg_ui_register_resources();
  g_test_add("/ui/window-playback/loop", Fixture, NULL, set_up, test_loop, tear_down);
  g_test_add("/ui/window-playback/undo", Fixture, NULL, set_up, test_undo, tear_down);
  g_test_add("/ui/window-playback/undo-as-recorded", Fixture, NULL, set_up, test_undo_as_recorded, tear_down);
  g_test_add("/ui/window-playback/markers", Fixture, NULL, set_up, test_markers, tear_down);
  g_test_add("/ui/window-playback/beats", Fixture, NULL, set_up, test_beats, tear_down);
  g_test_add("/ui/window-playback/count-in", Fixture, NULL, set_up, test_count_in, tear_down);
  g_test_add("/ui/window-playback/master", Fixture, NULL, set_up, test_master, tear_down);
  g_test_add("/ui/window-playback/click", Fixture, NULL, set_up, test_click, tear_down);
  g_test_add("/ui/window-playback/meters", Fixture, NULL, set_up, test_meters, tear_down);
  g_test_add("/ui/window-playback/names", Fixture, NULL, set_up, test_names, tear_down);
  return g_test_run();
}
