#include "ui/window-private.h"

#include "core/session/method-text.h"
#include "core/session/model-library.h"
#include "tests/support.h"
#include "ui/knob-row.h"
#include "ui/resources.h"

enum { RATE = 44100, N_SECONDS = 8 };

typedef struct {
  TestFolder *folder;
  char *song;
  SgWindow *window;
  SgSession *session;
} Fixture;

static void
set_up(Fixture *f, gconstpointer data)
{
  g_autofree float *samples = test_band_new(RATE, 2, N_SECONDS * RATE, 1);
  f->folder = test_folder_new();
  f->song = g_build_filename(f->folder, "song.wav", NULL);
  test_sound_write(f->song, "wav32f", RATE, 2, samples, N_SECONDS * RATE);
  f->window = g_object_ref(sg_window_new(NULL));
  f->session = sg_window_get_session(f->window);
  gtk_window_present(GTK_WINDOW(f->window));
}

static void
tear_down(Fixture *f, gconstpointer data)
{
  gpointer window = f->window;
  g_object_add_weak_pointer(G_OBJECT(f->window), &window);
  gtk_window_destroy(GTK_WINDOW(f->window));
  g_object_unref(f->window);
  gint64 deadline = g_get_monotonic_time() + 30 * G_USEC_PER_SEC;
  while (window != NULL && g_get_monotonic_time() < deadline) {
    g_main_context_iteration(NULL, FALSE);
    g_usleep(500);
  }
  g_assert_null(window);
  g_free(f->song);
  test_folder_remove(f->folder);
}

static void
wait_for_job(Fixture *f)
{
  gint64 deadline = g_get_monotonic_time() + 60 * G_USEC_PER_SEC;
  while (sg_session_get_job(f->session) != NULL) {
    g_assert_cmpint(g_get_monotonic_time(), <, deadline);
    g_main_context_iteration(NULL, TRUE);
  }
}

static void
open_song(Fixture *f)
{
  g_autoptr(GFile) file = g_file_new_for_path(f->song);
  sg_window_open(f->window, file);
  wait_for_job(f);
  g_assert_nonnull(sg_session_get_track(f->session));
}

static void
act(Fixture *f, const char *action)
{
  g_assert_true(gtk_widget_activate_action(GTK_WIDGET(f->window), action, NULL));
}

static guint
count_dialogs(Fixture *f)
{
  guint n = 0;
  GListModel *windows = gtk_window_get_toplevels();
  for (guint i = 0; i < g_list_model_get_n_items(windows); i++) {
    g_autoptr(GtkWindow) window = g_list_model_get_item(windows, i);
    n += ADW_IS_MESSAGE_DIALOG(window) && gtk_window_get_transient_for(window) == GTK_WINDOW(f->window);
  }
  return n;
}

/* The whole way: open, separate, export; then again, which asks and leaves the files as they are. */
static void
test_whole_way(Fixture *f, gconstpointer data)
{
  open_song(f);
  g_assert_cmpstr(gtk_window_get_title(GTK_WINDOW(f->window)), ==, "song");
  act(f, "win.separate");
  wait_for_job(f);
  g_assert_cmpuint(g_list_model_get_n_items(sg_session_get_stems(f->session)), ==, 4);

  g_autofree char *folder = g_build_filename(f->folder, "stems", NULL);
  g_autofree char *drums = g_build_filename(folder, "drums.wav", NULL);
  g_autofree char *vocals = g_build_filename(folder, "vocals.wav", NULL);
  gtk_widget_activate_action(GTK_WIDGET(f->window), "win.export-to", "s", folder);
  wait_for_job(f);
  g_assert_true(g_file_test(drums, G_FILE_TEST_IS_REGULAR));
  g_assert_true(g_file_test(vocals, G_FILE_TEST_IS_REGULAR));
  g_assert_cmpuint(count_dialogs(f), ==, 0);

  test_file_write(drums, "mine", 4);
  gtk_widget_activate_action(GTK_WIDGET(f->window), "win.export-to", "s", folder);
  wait_for_job(f);
  g_assert_cmpuint(count_dialogs(f), ==, 1);
  g_autoptr(GBytes) kept = test_file_read(drums);
  g_assert_cmpuint(g_bytes_get_size(kept), ==, 4);
}

static void
test_not_a_song(Fixture *f, gconstpointer data)
{
  test_file_write(f->song, "no sound", 8);
  g_autoptr(GFile) file = g_file_new_for_path(f->song);
  sg_window_open(f->window, file);
  wait_for_job(f);
  g_assert_null(sg_session_get_track(f->session));
  g_assert_cmpuint(count_dialogs(f), ==, 1);
}

/* Opening another song while one is separated cancels that and opens the other. */
static void
test_open_while_separating(Fixture *f, gconstpointer data)
{
  open_song(f);
  g_autoptr(SgTrack) first = g_object_ref(sg_session_get_track(f->session));
  act(f, "win.separate");
  g_autoptr(GFile) file = g_file_new_for_path(f->song);
  sg_window_open(f->window, file);
  gint64 deadline = g_get_monotonic_time() + 60 * G_USEC_PER_SEC;
  while (sg_session_get_track(f->session) == first || sg_session_get_job(f->session) != NULL) {
    g_assert_cmpint(g_get_monotonic_time(), <, deadline);
    g_main_context_iteration(NULL, TRUE);
  }
  g_assert_null(sg_session_get_mask_set(f->session));
  g_assert_cmpuint(count_dialogs(f), ==, 0);
}

static void
test_cancel(Fixture *f, gconstpointer data)
{
  open_song(f);
  act(f, "win.separate");
  act(f, "win.cancel");
  TestTime start = test_time();
  wait_for_job(f);
  test_assert_soon(test_time_since(start), 1.0);
  g_assert_null(sg_session_get_mask_set(f->session));
  g_assert_cmpuint(g_list_model_get_n_items(sg_session_get_stems(f->session)), ==, 0);
  act(f, "win.separate"); /* possible again */
  wait_for_job(f);
  g_assert_nonnull(sg_session_get_mask_set(f->session));
}

static void
assert_position(Fixture *f, const char *action, double expected_s)
{
  act(f, action);
  g_assert_cmpfloat_with_epsilon(sg_song_view_get_position(f->window->song_view), expected_s, 0.001);
}

/* Every action of seeking and of the view goes its own way, and none beyond the song. */
static void
test_navigation(Fixture *f, gconstpointer data)
{
  open_song(f);
  assert_position(f, "win.seek-forward", 5.0);
  assert_position(f, "win.seek-forward", N_SECONDS);
  assert_position(f, "win.seek-back", N_SECONDS - 5.0);
  assert_position(f, "win.seek-back", 0.0);
  assert_position(f, "win.seek-end", N_SECONDS);
  assert_position(f, "win.seek-start", 0.0);

  SgViewRange *range = sg_song_view_get_range(f->window->song_view);
  gint64 deadline = g_get_monotonic_time() + 10 * G_USEC_PER_SEC;
  while (sg_view_range_get_width(range) < 100.0) {
    g_assert_cmpint(g_get_monotonic_time(), <, deadline);
    g_main_context_iteration(NULL, TRUE);
  }
  double fitted = sg_view_range_get_samples_per_pixel(range);
  for (int i = 0; i < 4; i++)
    act(f, "win.zoom-in");
  double zoomed = sg_view_range_get_samples_per_pixel(range), start = sg_view_range_get_start(range);
  g_assert_cmpfloat(zoomed, <, fitted / 4.0);
  act(f, "win.pan-right");
  g_assert_cmpfloat_with_epsilon(sg_view_range_get_start(range),
                                 start + 0.2 * zoomed * sg_view_range_get_width(range), zoomed);
  act(f, "win.pan-left");
  g_assert_cmpfloat_with_epsilon(sg_view_range_get_start(range), start, zoomed);
  act(f, "win.zoom-out");
  g_assert_cmpfloat(sg_view_range_get_samples_per_pixel(range), >, zoomed);
  act(f, "win.zoom-fit");
  g_assert_true(sg_view_range_is_fitted(range));
}

static void
test_colours(Fixture *f, gconstpointer data)
{
  g_autofree char *colours = NULL;
  gtk_widget_activate_action(GTK_WIDGET(f->window), "win.colours", "s", "viridis");
  g_object_get(f->window, "colours", &colours, NULL);
  g_assert_cmpstr(colours, ==, "viridis");
}

/* The radio button of the chosen method, or NULL. */
static GtkWidget *
find_chosen(GtkWidget *widget)
{
  if (GTK_IS_CHECK_BUTTON(widget) && gtk_check_button_get_active(GTK_CHECK_BUTTON(widget)))
    return widget;
  GtkWidget *found = NULL;
  for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling(child))
    found = find_chosen(child);
  return found;
}

static gboolean
is_in_view(GtkWidget *widget)
{
  GtkWidget *scroller = gtk_widget_get_ancestor(widget, GTK_TYPE_SCROLLED_WINDOW);
  graphene_rect_t bounds;
  return gtk_widget_get_height(widget) > 0 && gtk_widget_compute_bounds(widget, scroller, &bounds) &&
         bounds.origin.y >= 0.0f &&
         bounds.origin.y + bounds.size.height <= (float)gtk_widget_get_height(scroller);
}

/* Opened, the list shows the chosen method, and of the standard model what to expect. */
static void
test_method_list(Fixture *f, gconstpointer data)
{
  g_autofree char *path = sg_model_library_dup_path("four-stems", NULL);
  g_autofree char *id = g_strconcat("model:", path, NULL);
  open_song(f);
  sg_method_choice_set_method_id(sg_window_get_choice(f->window), id);
  act(f, "win.choose-method");
  GtkWidget *chosen = find_chosen(GTK_WIDGET(f->window));
  GtkWidget *row = gtk_widget_get_ancestor(chosen, ADW_TYPE_ACTION_ROW);
  gint64 deadline = g_get_monotonic_time() + 20 * G_USEC_PER_SEC;
  while (!is_in_view(chosen) || !g_str_equal(adw_action_row_get_subtitle(ADW_ACTION_ROW(row)),
                                             sg_method_sentence(SG_METHOD_CHOICE_STANDARD))) {
    g_assert_cmpint(g_get_monotonic_time(), <, deadline);
    g_main_context_iteration(NULL, FALSE);
    g_usleep(500);
  }
}

/* Chooses the method and waits until it and its first setting are in view; returns its row. */
static GtkWidget *
choose_and_see(Fixture *f, const char *id)
{
  sg_method_choice_set_method_id(sg_window_get_choice(f->window), id);
  GtkWidget *chosen = find_chosen(GTK_WIDGET(f->window));
  GtkWidget *row = gtk_widget_get_ancestor(chosen, ADW_TYPE_ACTION_ROW);
  GtkWidget *first = gtk_widget_get_next_sibling(row);
  gint64 deadline = g_get_monotonic_time() + 20 * G_USEC_PER_SEC;
  while (!is_in_view(chosen) || !is_in_view(first)) {
    g_assert_cmpint(g_get_monotonic_time(), <, deadline);
    g_main_context_iteration(NULL, FALSE);
    g_usleep(500);
  }
  return row;
}

/* The settings of a method stand right below it, and both are in view without scrolling, wherever the list
 * was before: at its top too. */
static void
test_method_settings(Fixture *f, gconstpointer data)
{
  open_song(f);
  act(f, "win.choose-method");
  for (const SgMethodClass *const *method = sg_methods(); *method != NULL; method++) {
    choose_and_see(f, "classic");
    GtkWidget *row = choose_and_see(f, (*method)->id);
    for (gsize k = 0; k < (*method)->n_knobs; k++)
      g_assert_true(SG_IS_KNOB_ROW(row = gtk_widget_get_next_sibling(row)));
    row = gtk_widget_get_next_sibling(row);
    g_assert_cmpstr(adw_preferences_row_get_title(ADW_PREFERENCES_ROW(row)), ==, "Wiener filtering");
  }
}

/* What a key does that is pressed in the list of methods. */
static gboolean
press_in_list(GtkWidget *list, guint key)
{
  gboolean done = FALSE;
  g_autoptr(GListModel) controllers = gtk_widget_observe_controllers(list);
  for (guint i = 0; i < g_list_model_get_n_items(controllers) && !done; i++) {
    g_autoptr(GtkEventController) controller = g_list_model_get_item(controllers, i);
    if (GTK_IS_EVENT_CONTROLLER_KEY(controller))
      g_signal_emit_by_name(controller, "key-pressed", key, 0, 0, &done);
  }
  return done;
}

/* The arrow keys choose the next method and stay with it; elsewhere in the list they are the list's. */
static void
test_method_keys(Fixture *f, gconstpointer data)
{
  open_song(f);
  sg_method_choice_set_method_id(sg_window_get_choice(f->window), "classic");
  act(f, "win.choose-method");
  GtkWidget *list = gtk_widget_get_ancestor(find_chosen(GTK_WIDGET(f->window)), GTK_TYPE_LIST_BOX);
  static const char *const expected[] = { "hpss", "repet-sim" };
  for (gsize i = 0; i < G_N_ELEMENTS(expected); i++) {
    g_assert_true(press_in_list(list, GDK_KEY_Down));
    g_assert_cmpstr(sg_method_choice_get_method_id(sg_window_get_choice(f->window)), ==, expected[i]);
    g_assert_true(gtk_widget_has_focus(find_chosen(GTK_WIDGET(f->window))));
  }
  g_assert_true(press_in_list(list, GDK_KEY_Up));
  g_assert_cmpstr(sg_method_choice_get_method_id(sg_window_get_choice(f->window)), ==, "hpss");
  GtkWidget *row = gtk_widget_get_ancestor(find_chosen(GTK_WIDGET(f->window)), ADW_TYPE_ACTION_ROW);
  gtk_widget_grab_focus(gtk_widget_get_next_sibling(row));
  g_assert_false(press_in_list(list, GDK_KEY_Down));
  g_assert_cmpstr(sg_method_choice_get_method_id(sg_window_get_choice(f->window)), ==, "hpss");
}

/* Menus show the last key of an action: the one that people have. */
static void
test_menu_key(Fixture *f, gconstpointer data)
{
  guint key = 0;
  g_autoptr(GListModel) controllers = gtk_widget_observe_controllers(GTK_WIDGET(f->window));
  for (guint i = 0; i < g_list_model_get_n_items(controllers); i++) {
    g_autoptr(GObject) controller = g_list_model_get_item(controllers, i);
    for (guint k = 0; G_IS_LIST_MODEL(controller) && k < g_list_model_get_n_items(G_LIST_MODEL(controller));
         k++) {
      g_autoptr(GtkShortcut) shortcut = g_list_model_get_item(G_LIST_MODEL(controller), k);
      g_autofree char *action = gtk_shortcut_action_to_string(gtk_shortcut_get_action(shortcut));
      if (g_str_equal(action, "action(win.separate)"))
        key = gtk_keyval_trigger_get_keyval(GTK_KEYVAL_TRIGGER(gtk_shortcut_get_trigger(shortcut)));
    }
  }
  g_assert_cmpuint(key, ==, GDK_KEY_Return);
}

int
main(int argc, char **argv)
{
  g_setenv("STEMGLASS_OUTPUT", "null", TRUE);
  gtk_test_init(&argc, &argv, NULL);
  adw_init();
  sg_ui_register_resources();
  g_test_add("/ui/window/whole-way", Fixture, NULL, set_up, test_whole_way, tear_down);
  g_test_add("/ui/window/not-a-song", Fixture, NULL, set_up, test_not_a_song, tear_down);
  g_test_add("/ui/window/open-while-separating", Fixture, NULL, set_up, test_open_while_separating,
             tear_down);
  g_test_add("/ui/window/cancel", Fixture, NULL, set_up, test_cancel, tear_down);
  g_test_add("/ui/window/navigation", Fixture, NULL, set_up, test_navigation, tear_down);
  g_test_add("/ui/window/colours", Fixture, NULL, set_up, test_colours, tear_down);
  g_test_add("/ui/window/method-list", Fixture, NULL, set_up, test_method_list, tear_down);
  g_test_add("/ui/window/method-keys", Fixture, NULL, set_up, test_method_keys, tear_down);
  g_test_add("/ui/window/method-settings", Fixture, NULL, set_up, test_method_settings, tear_down);
  g_test_add("/ui/window/menu-key", Fixture, NULL, set_up, test_menu_key, tear_down);
  return g_test_run();
}
