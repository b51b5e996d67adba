/* What the window says and asks, and what it does upon each answer. */
#include <math.h>
#include <string.h>

#include "core/io/decoder.h"
#include "tests/support.h"
#include "ui/resources.h"
#include "ui/window-private.h"

enum { RATE = 44100, N_SECONDS = 4 };

typedef struct {
  TestFolder *folder;
  char *song;
  SgWindow *window;
  gpointer weak_window; /* NULL once it is gone */
} Fixture;

static void
set_up(Fixture *f, gconstpointer data)
{
  f->folder = test_folder_new();
  f->song = g_build_filename(f->folder, "song.wav", NULL);
  f->window = sg_window_new(NULL);
  f->weak_window = f->window;
  g_object_add_weak_pointer(G_OBJECT(f->window), &f->weak_window);
  sg_method_choice_set_method_id(f->window->choice, "hpss");
  gtk_window_present(GTK_WINDOW(f->window));
}

static void
iterate_until(gboolean (*is_done)(Fixture *f), Fixture *f)
{
  gint64 deadline = g_get_monotonic_time() + 60 * G_USEC_PER_SEC;
  while (!is_done(f)) {
    g_assert_cmpint(g_get_monotonic_time(), <, deadline);
    if (!g_main_context_iteration(NULL, FALSE))
      g_usleep(500);
  }
}

static gboolean
is_gone(Fixture *f)
{
  return f->weak_window == NULL;
}

static gboolean
is_idle(Fixture *f)
{
  return sg_session_get_job(f->window->session) == NULL;
}

static void
tear_down(Fixture *f, gconstpointer data)
{
  if (f->weak_window != NULL)
    gtk_window_destroy(GTK_WINDOW(f->window));
  iterate_until(is_gone, f);
  g_free(f->song);
  test_folder_remove(f->folder);
}

/* A song of `gain` times full scale at most. */
static void
write_song(Fixture *f, guint n_channels, double gain)
{
  g_autofree float *samples = test_band_new(RATE, n_channels, N_SECONDS * RATE, 1);
  for (guint i = 0; i < N_SECONDS * RATE * n_channels; i++)
    samples[i] *= (float)gain;
  test_sound_write(f->song, "wav32f", RATE, n_channels, samples, N_SECONDS * RATE);
}

static void
open_song(Fixture *f)
{
  g_autoptr(GFile) file = g_file_new_for_path(f->song);
  sg_window_open(f->window, file);
  iterate_until(is_idle, f);
}

static void
separate(Fixture *f)
{
  g_assert_true(gtk_widget_activate_action(GTK_WIDGET(f->window), "win.separate", NULL));
  iterate_until(is_idle, f);
}

/* The dialog that the window asks with, or NULL. */
static AdwMessageDialog *
find_dialog(Fixture *f)
{
  GListModel *windows = gtk_window_get_toplevels();
  for (guint i = 0; i < g_list_model_get_n_items(windows); i++) {
    g_autoptr(GtkWindow) window = g_list_model_get_item(windows, i);
    if (ADW_IS_MESSAGE_DIALOG(window) && gtk_window_get_transient_for(window) == GTK_WINDOW(f->window))
      return ADW_MESSAGE_DIALOG(window);
  }
  return NULL;
}

/* There is one of this heading; answers it. */
static void
answer(Fixture *f, const char *heading, const char *response)
{
  AdwMessageDialog *dialog = find_dialog(f);
  g_assert_nonnull(dialog);
  g_assert_cmpstr(adw_message_dialog_get_heading(dialog), ==, heading);
  g_assert_true(adw_message_dialog_has_response(dialog, response));
  g_assert_cmpuint(strlen(adw_message_dialog_get_body(dialog)), >, 20);
  adw_message_dialog_response(dialog, response);
  gtk_window_destroy(GTK_WINDOW(dialog));
}

static void
export_as(Fixture *f, const char *folder, SgContainer container, SgBits bits)
{
  g_autoptr(GFile) file = g_file_new_for_path(folder);
  sg_window_export_to(f->window, file, (SgExportChoice){ .container = container, .bits = bits });
  iterate_until(is_idle, f);
}

/* The highest sample of a file, and its rate. */
static double
read_peak(const char *path, guint *out_rate_hz)
{
  g_autoptr(SgPcm) pcm = NULL;
  test_assert_ok(sg_decode_file(path, true, NULL, NULL, NULL, &pcm, NULL, NULL));
  *out_rate_hz = sg_pcm_rate(pcm);
  g_autofree float *samples = test_pcm_dup(pcm);
  double peak = 0.0;
  for (gint64 i = 0; i < sg_pcm_n_samples(pcm) * sg_pcm_n_channels(pcm); i++)
    peak = MAX(peak, fabs((double)samples[i]));
  return peak;
}

/* Opus has no 44.1 kHz: refused without a file, asked, and converted when wanted. */
static void
test_conversion(Fixture *f, gconstpointer data)
{
  guint rate_hz;
  write_song(f, 2, 1.0);
  open_song(f);
  separate(f);
  g_autofree char *folder = g_build_filename(f->folder, "opus", NULL);
  g_autofree char *drums = g_build_filename(folder, "drums.opus", NULL);
  export_as(f, folder, SG_CONTAINER_OPUS, SG_BITS_LOSSY);
  answer(f, "Convert the Stems?", "cancel");
  iterate_until(is_idle, f);
  g_assert_false(g_file_test(drums, G_FILE_TEST_EXISTS));

  export_as(f, folder, SG_CONTAINER_OPUS, SG_BITS_LOSSY);
  answer(f, "Convert the Stems?", "do");
  iterate_until(is_idle, f);
  g_assert_null(find_dialog(f));
  read_peak(drums, &rate_hz);
  g_assert_cmpuint(rate_hz, ==, 48000);
}

/* Stems over full scale: told, and lowered alike when wanted; nothing is told of 32-bit float, which holds
 * them. */
static void
test_common_gain(Fixture *f, gconstpointer data)
{
  guint rate_hz;
  write_song(f, 2, 2.0);
  open_song(f);
  separate(f);
  g_autofree char *folder = g_build_filename(f->folder, "loud", NULL);
  g_autofree char *drums = g_build_filename(folder, "drums.flac", NULL);
  g_autofree char *rest = g_build_filename(folder, "rest.flac", NULL);
  export_as(f, folder, SG_CONTAINER_WAV, SG_BITS_32F);
  g_assert_null(find_dialog(f));
  export_as(f, folder, SG_CONTAINER_FLAC, SG_BITS_24);
  double drums_limited = read_peak(drums, &rate_hz), rest_limited = read_peak(rest, &rate_hz);
  g_assert_cmpfloat(MAX(drums_limited, rest_limited), >, 0.99);
  answer(f, "Some Samples Are Over Full Scale", "do");
  iterate_until(is_idle, f);
  g_assert_null(find_dialog(f));
  double drums_lowered = read_peak(drums, &rate_hz), rest_lowered = read_peak(rest, &rate_hz);
  g_test_message("peaks %.3f and %.3f limited, %.3f and %.3f lowered", drums_limited, rest_limited,
                 drums_lowered, rest_lowered);
  g_assert_cmpfloat(MAX(drums_lowered, rest_lowered), <=, 1.0);
  g_assert_true(drums_lowered < drums_limited || rest_lowered < rest_limited);
}

/* A folder that cannot be written to: said, with a way to another one. */
static void
test_export_fails(Fixture *f, gconstpointer data)
{
  write_song(f, 2, 1.0);
  open_song(f);
  separate(f);
  g_autofree char *in_a_file = g_build_filename(f->song, "stems", NULL);
  export_as(f, in_a_file, SG_CONTAINER_WAV, SG_BITS_32F);
  answer(f, "The Stems Could Not Be Exported", "close");
}

/* The next three texts are found in what is shown. */
static gpointer
find_widget(GtkWidget *widget, GType type, const char *text)
{
  if (g_type_is_a(G_OBJECT_TYPE(widget), type)) {
    const char *found = GTK_IS_LABEL(widget)    ? gtk_label_get_label(GTK_LABEL(widget))
                        : GTK_IS_BUTTON(widget) ? gtk_button_get_label(GTK_BUTTON(widget))
                                                : NULL;
    if (found != NULL && strstr(found, text) != NULL)
      return widget;
  }
  for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL;
       child = gtk_widget_get_next_sibling(child)) {
    gpointer found = find_widget(child, type, text);
    if (found != NULL)
      return found;
  }
  return NULL;
}

/* A file that ends early opens with a toast, which tells more when asked. */
static void
test_truncated(Fixture *f, gconstpointer data)
{
  write_song(f, 2, 1.0);
  test_file_cut(f->song, N_SECONDS * RATE * 4);
  open_song(f);
  g_assert_nonnull(sg_session_get_track(f->window->session));
  g_assert_nonnull(find_widget(GTK_WIDGET(f->window), GTK_TYPE_LABEL, "not complete"));
  GtkButton *details = find_widget(GTK_WIDGET(f->window->toasts), GTK_TYPE_BUTTON, "Details");
  g_assert_nonnull(details);
  /* It stays, so it must not lie on the controls. */
  graphene_rect_t toast, foot;
  gint64 deadline = g_get_monotonic_time() + 10 * G_USEC_PER_SEC;
  GtkWidget *bar = GTK_WIDGET(sg_song_view_get_transport(f->window->song_view));
  do { /* until it has slid in */
    g_assert_cmpint(g_get_monotonic_time(), <, deadline);
    g_main_context_iteration(NULL, FALSE);
    g_assert_true(gtk_widget_compute_bounds(bar, GTK_WIDGET(f->window), &foot));
    g_assert_true(gtk_widget_compute_bounds(GTK_WIDGET(details), GTK_WIDGET(f->window), &toast));
  } while (gtk_widget_get_height(bar) == 0 || toast.origin.y + toast.size.height >= foot.origin.y);
  g_signal_emit_by_name(details, "clicked");
  answer(f, "The Song Is Not Complete", "close");
}

static gboolean
is_message_cut(Fixture *f)
{
  return gtk_widget_get_width(GTK_WIDGET(f->window->job_time_label)) > 0 &&
         pango_layout_is_ellipsized(gtk_label_get_layout(f->window->job_label));
}

/* With large letters the time that is left is still to be read; what is cut is in the tooltip. */
static void
test_large_progress(Fixture *f, gconstpointer data)
{
  GtkSettings *settings = gtk_settings_get_default();
  int dpi;
  write_song(f, 2, 1.0);
  open_song(f);
  gtk_window_set_default_size(GTK_WINDOW(f->window), 900, 600);
  g_object_get(settings, "gtk-xft-dpi", &dpi, NULL);
  g_object_set(settings, "gtk-xft-dpi", 2 * dpi, NULL);
  gtk_stack_set_visible_child_name(f->window->tasks, "job");
  sg_window_show_progress(f->window, 0.5, "Separating the song", 58.0);
  iterate_until(is_message_cut, f);
  g_assert_cmpstr(gtk_label_get_label(f->window->job_time_label), ==, "58 s left");
  PangoRectangle text;
  pango_layout_get_pixel_extents(gtk_label_get_layout(f->window->job_time_label), NULL, &text);
  g_assert_cmpint(text.width, <=, gtk_widget_get_width(GTK_WIDGET(f->window->job_time_label)));
  g_assert_false(pango_layout_is_ellipsized(gtk_label_get_layout(f->window->job_time_label)));
  g_assert_cmpstr(gtk_widget_get_tooltip_text(f->window->job_box), ==, "Separating the song, 58 s left");
  g_object_set(settings, "gtk-xft-dpi", dpi, NULL);
}

/* A method that the song does not suit: said, with a way to the others. */
static void
test_needs_stereo(Fixture *f, gconstpointer data)
{
  write_song(f, 1, 1.0);
  open_song(f);
  sg_method_choice_set_method_id(f->window->choice, "center");
  separate(f);
  answer(f, "The Song Could Not Be Separated", "do");
  GtkWidget *row = find_widget(GTK_WIDGET(f->window->chooser), GTK_TYPE_LABEL, "Drums and rest");
  g_assert_true(gtk_widget_get_visible(GTK_WIDGET(gtk_widget_get_native(row))));
  g_assert_true(GTK_IS_POPOVER(gtk_widget_get_native(row)));
  sg_method_choice_set_method_id(f->window->choice, "hpss");
  separate(f);
  g_assert_null(find_dialog(f));
  g_assert_nonnull(sg_session_get_mask_set(f->window->session));
}

/* What cannot be opened is said, and what is open stays. */
static void
test_open_fails(Fixture *f, gconstpointer data)
{
  write_song(f, 2, 1.0);
  open_song(f);
  SgTrack *track = sg_session_get_track(f->window->session);
  test_file_write(f->song, "no sound", 8);
  open_song(f);
  answer(f, "The Song Could Not Be Opened", "close");
  g_assert_true(sg_session_get_track(f->window->session) == track);
}

static gboolean
has_masks(Fixture *f)
{
  return sg_session_get_mask_set(f->window->session) != NULL;
}

/* Closing asks while it separates; it goes on when wanted, and is stopped when wanted. */
static void
test_close(Fixture *f, gconstpointer data)
{
  write_song(f, 2, 1.0);
  open_song(f);
  sg_method_choice_set_wiener_iterations(f->window->choice, 10); /* slow */
  gtk_widget_activate_action(GTK_WIDGET(f->window), "win.separate", NULL);
  iterate_until(has_masks, f);
  gtk_window_close(GTK_WINDOW(f->window));
  gtk_window_close(GTK_WINDOW(f->window)); /* once more asks no second time */
  answer(f, "Stop Separating and Close?", "cancel");
  g_assert_null(find_dialog(f));
  g_assert_nonnull(sg_session_get_job(f->window->session));
  gtk_window_close(GTK_WINDOW(f->window));
  answer(f, "Stop Separating and Close?", "do");
  sg_method_choice_set_wiener_iterations(f->window->choice, 0);
  iterate_until(is_gone, f);
}

static guint
count_windows(void)
{
  guint n = 0;
  GListModel *windows = gtk_window_get_toplevels();
  for (guint i = 0; i < g_list_model_get_n_items(windows); i++) {
    g_autoptr(GtkWindow) window = g_list_model_get_item(windows, i);
    n += SG_IS_WINDOW(window);
  }
  return n;
}

/* Another song does not take away stems without asking; separating anew with what is there makes no sense,
 * and with another choice it does. */
static void
test_another_song(Fixture *f, gconstpointer data)
{
  write_song(f, 2, 1.0);
  open_song(f);
  g_autoptr(GFile) file = g_file_new_for_path(f->song);
  sg_window_open_asking(f->window, file); /* there are no stems yet */
  iterate_until(is_idle, f);
  g_assert_null(find_dialog(f));
  separate(f);
  SgMaskSet *stems = sg_session_get_mask_set(f->window->session);
  g_assert_cmpstr(gtk_stack_get_visible_child_name(f->window->tasks), ==, "export");
  g_assert_true(sg_window_is_separated_as_chosen(f->window));
  sg_method_choice_set_knob(f->window->choice, 0, 9.0);
  g_assert_cmpstr(gtk_stack_get_visible_child_name(f->window->tasks), ==, "separate");
  sg_method_choice_reset(f->window->choice);
  g_assert_cmpstr(gtk_stack_get_visible_child_name(f->window->tasks), ==, "export");

  sg_window_open_asking(f->window, file);
  answer(f, "Close the Song That Is Open?", "cancel");
  g_assert_true(sg_session_get_mask_set(f->window->session) == stems);
  sg_window_open_asking(f->window, file);
  guint before = count_windows();
  answer(f, "Close the Song That Is Open?", "window");
  g_assert_cmpuint(count_windows(), ==, before + 1);
  g_assert_true(sg_session_get_mask_set(f->window->session) == stems);
  sg_window_open_asking(f->window, file);
  answer(f, "Close the Song That Is Open?", "do");
  iterate_until(is_idle, f);
  g_assert_null(sg_session_get_mask_set(f->window->session));

  GListModel *windows = gtk_window_get_toplevels();
  for (guint i = g_list_model_get_n_items(windows); i > 0; i--) {
    g_autoptr(GtkWindow) window = g_list_model_get_item(windows, i - 1);
    if (SG_IS_WINDOW(window) && window != GTK_WINDOW(f->window))
      gtk_window_destroy(window);
  }
}

int
main(int argc, char **argv)
{
  g_setenv("STEMGLASS_OUTPUT", "null", TRUE);
  gtk_test_init(&argc, &argv, NULL);
  adw_init();
  sg_ui_register_resources();
  sg_ui_load_style();
  static const struct {
    const char *path;
    void (*test)(Fixture *f, gconstpointer data);
  } tests[] = {
    { "/ui/window-dialogs/conversion", test_conversion },
    { "/ui/window-dialogs/common-gain", test_common_gain },
    { "/ui/window-dialogs/export-fails", test_export_fails },
    { "/ui/window-dialogs/truncated", test_truncated },
    { "/ui/window-dialogs/large-progress", test_large_progress },
    { "/ui/window-dialogs/needs-stereo", test_needs_stereo },
    { "/ui/window-dialogs/open-fails", test_open_fails },
    { "/ui/window-dialogs/close", test_close },
    { "/ui/window-dialogs/another-song", test_another_song },
  };
  for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
    g_test_add(tests[i].path, Fixture, NULL, set_up, tests[i].test, tear_down);
  return g_test_run();
}
