#include "ui/window.h"

#include <time.h>

#include "tests/support.h"
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
  gint64 deadline = g_get_monotonic_time() + 5 * G_USEC_PER_SEC;
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

/* What all threads computed; on a busy machine the clock on the wall tells more of the others. */
static double
get_computed_s(void)
{
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void
test_cancel(Fixture *f, gconstpointer data)
{
  open_song(f);
  act(f, "win.separate");
  act(f, "win.cancel");
  double start_s = get_computed_s();
  wait_for_job(f);
  double seconds = get_computed_s() - start_s;
  g_test_message("ended after computing for %.2f s", seconds);
  g_assert_cmpfloat(seconds, <, 1.0);
  g_assert_null(sg_session_get_mask_set(f->session));
  g_assert_cmpuint(g_list_model_get_n_items(sg_session_get_stems(f->session)), ==, 0);
  act(f, "win.separate"); /* possible again */
  wait_for_job(f);
  g_assert_nonnull(sg_session_get_mask_set(f->session));
}

static void
test_colours(Fixture *f, gconstpointer data)
{
  g_autofree char *colours = NULL;
  gtk_widget_activate_action(GTK_WIDGET(f->window), "win.colours", "s", "viridis");
  g_object_get(f->window, "colours", &colours, NULL);
  g_assert_cmpstr(colours, ==, "viridis");
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
  g_test_add("/ui/window/colours", Fixture, NULL, set_up, test_colours, tear_down);
  return g_test_run();
}
