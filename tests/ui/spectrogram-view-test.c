#include "ui/spectrogram-view.h"

#include <math.h>

#include "core/plot/axis.h"
#include "tests/support-ui.h"
#include "tests/support.h"

enum { RATE = 44100, N_SAMPLES = 4 * RATE, WIDTH = 400, HEIGHT = 160 };

typedef struct {
  TestFolder *folder;
  SgTrack *track;
  SgViewRange *range;
  SgSpectrogramTiles *tiles;
  SgTimeMarks *marks;
  GtkWidget *window;
  GtkWidget *view;
} Fixture;

static void
set_up(Fixture *f, gconstpointer data)
{
  g_autofree float *samples = g_new(float, N_SAMPLES);
  for (int i = 0; i < N_SAMPLES; i++)
    samples[i] = (float)(0.3 * sin(2.0 * G_PI * 1000.0 * i / RATE));
  f->folder = test_folder_new();
  g_autofree char *path = g_build_filename(f->folder, "sine.wav", NULL);
  test_sound_write(path, "wav32f", RATE, 1, samples, N_SAMPLES);
  f->track = sg_track_load(path, TRUE, NULL, NULL, NULL);
  g_assert_nonnull(f->track);
  f->range = sg_view_range_new();
  sg_view_range_set_song(f->range, N_SAMPLES, RATE);
  f->tiles = sg_spectrogram_tiles_new();
  sg_spectrogram_tiles_set_source(f->tiles, f->track, NULL);
  f->marks = sg_time_marks_new();
  f->view = sg_spectrogram_view_new(f->range, f->tiles, f->marks, SG_TILE_MIXTURE);
  f->window = test_window_new(f->view, WIDTH, HEIGHT);
}

static void
tear_down(Fixture *f, gconstpointer data)
{
  gtk_window_destroy(GTK_WINDOW(f->window));
  g_clear_object(&f->range);
  g_clear_object(&f->tiles);
  g_clear_object(&f->marks);
  g_clear_object(&f->track);
  test_folder_remove(f->folder);
}

static void
wait_until_complete(Fixture *f)
{
  gint64 deadline = g_get_monotonic_time() + 20 * G_USEC_PER_SEC;
  while (gtk_widget_get_width(f->view) < WIDTH ||
         !sg_spectrogram_view_is_complete(SG_SPECTROGRAM_VIEW(f->view))) {
    g_assert_cmpint(g_get_monotonic_time(), <, deadline);
    g_main_context_iteration(NULL, FALSE);
    g_usleep(500);
  }
}

static guint
brightness(guint32 colour)
{
  return (colour >> 16 & 0xff) + (colour >> 8 & 0xff) + (colour & 0xff);
}

static int
brightest_row(const guint32 *pixels, int width, int height, int x)
{
  int brightest = 0;
  for (int y = 1; y < height; y++)
    if (brightness(pixels[y * width + x]) > brightness(pixels[brightest * width + x]))
      brightest = y;
  return brightest;
}

/* A sine of 1 kHz lights the row of 1 kHz, fitted and zoomed. */
static void
test_sine(Fixture *f, gconstpointer data)
{
  for (int zoomed = 0; zoomed < 2; zoomed++) {
    int width, height;
    if (zoomed)
      sg_view_range_zoom(f->range, 5.0, 100.0);
    gtk_widget_queue_draw(f->view);
    for (int i = 0; i < 100; i++) {
      g_main_context_iteration(NULL, FALSE);
      g_usleep(500);
    }
    wait_until_complete(f);
    g_autofree guint32 *pixels = test_render(f->view, &width, &height);
    SgFrequencyAxis axis = sg_frequency_axis_for_rate(RATE, height);
    double expected = sg_frequency_axis_y(&axis, 1000.0);
    for (int x = 30; x < width - 10; x += 13)
      g_assert_cmpfloat(fabs(brightest_row(pixels, width, height, x) + 0.5 - expected), <=, 1.5);
  }
}

static void
test_playhead(Fixture *f, gconstpointer data)
{
  int width, height;
  wait_until_complete(f);
  sg_spectrogram_view_set_playhead(SG_SPECTROGRAM_VIEW(f->view), N_SAMPLES / 2);
  wait_until_complete(f);
  g_autofree guint32 *pixels = test_render(f->view, &width, &height);
  int x = (int)sg_view_range_x_of(f->range, N_SAMPLES / 2);
  /* White from top to bottom, where the sine is not. */
  g_assert_cmpuint(brightness(pixels[(height - 3) * width + x]), >, 650);
  g_assert_cmpuint(brightness(pixels[3 * width + x]), >, 650);
  g_assert_cmpuint(brightness(pixels[3 * width + x + 5]), <, 200);
}

/* The sine is where each axis says; while its tiles are being painted the other axis' picture stands in. */
static void
test_axes(Fixture *f, gconstpointer data)
{
  static const SgTileAxes axes[] = {
    { .kind = SG_AXIS_MEL },
    { .kind = SG_AXIS_LINEAR, .low_hz = 500.0, .high_hz = 1700.0 },
    { .kind = SG_AXIS_LOG, .window = 8192 },
  };
  wait_until_complete(f);
  for (gsize i = 0; i < G_N_ELEMENTS(axes); i++)
    for (int done = 0; done < 2; done++) {
      int width, height;
      sg_spectrogram_tiles_set_axes(f->tiles, axes[i]);
      if (done) {
        test_settle(50);
        wait_until_complete(f);
      }
      g_autofree guint32 *pixels = test_render(f->view, &width, &height);
      SgFrequencyAxis axis = sg_tile_axes_frequency(axes[i], RATE, height);
      double expected = sg_frequency_axis_y(&axis, 1000.0);
      /* A stand-in has the pixels of another axis, here up to four for one. */
      g_assert_cmpfloat(fabs(brightest_row(pixels, width, height, width / 2) + 0.5 - expected), <=,
                        done ? 2.0 : 6.0);
    }
}

static void
on_seek(SgSpectrogramView *view, gint64 sample, gint64 *out)
{
  *out = sample;
}

static void
on_pointed(SgSpectrogramView *view, double sample, double freq_hz, double *out)
{
  out[0] = sample;
  out[1] = freq_hz;
}

/* Arrows move the cell cursor by a frame and a bin, pages by an octave; Return seeks to it, Escape hides it.
 */
static void
test_cursor(Fixture *f, gconstpointer data)
{
  double pointed[2] = { NAN, NAN }, sample, hz;
  gint64 sought = -1;
  SgSpectrogramView *view = SG_SPECTROGRAM_VIEW(f->view);
  g_signal_connect(view, "pointed", G_CALLBACK(on_pointed), pointed);
  g_signal_connect(view, "seek", G_CALLBACK(on_seek), &sought);
  sg_spectrogram_view_set_playhead(view, N_SAMPLES / 2);
  g_assert_false(sg_spectrogram_view_get_cursor(view, &sample, &hz));
  g_assert_false(test_press(f->view, GDK_KEY_Escape, 0));
  g_assert_false(test_press(f->view, GDK_KEY_Return, 0));

  g_assert_true(test_press(f->view, GDK_KEY_Right, 0)); /* it appears at the playhead */
  g_assert_true(sg_spectrogram_view_get_cursor(view, &sample, &hz));
  g_assert_cmpfloat_with_epsilon(sample, N_SAMPLES / 2, 1.0);
  g_assert_cmpfloat(hz, ==, 440.0);
  g_assert_cmpfloat(pointed[0], ==, sample);
  sg_view_range_zoom(f->range, 100.0, 200.0);
  g_assert_true(test_press(f->view, GDK_KEY_Right, 0));
  g_assert_cmpfloat_with_epsilon(pointed[0], sample + 1024.0, 0.5);
  g_assert_true(test_press(f->view, GDK_KEY_Left, GDK_SHIFT_MASK));
  g_assert_cmpfloat_with_epsilon(pointed[0], sample - 9 * 1024.0, 0.5);
  g_assert_true(test_press(f->view, GDK_KEY_Up, 0));
  g_assert_cmpfloat(pointed[1], >=, 440.0 + RATE / 4096.0 - 0.01);
  g_assert_cmpfloat(pointed[1], <, 470.0);
  hz = pointed[1];
  g_assert_true(test_press(f->view, GDK_KEY_Page_Down, 0));
  g_assert_cmpfloat_with_epsilon(pointed[1], hz / 2.0, 1e-6);
  for (int i = 0; i < 40; i++)
    test_press(f->view, GDK_KEY_Page_Up, 0);
  g_assert_cmpfloat_with_epsilon(pointed[1], 20000.0, 1e-6);
  g_assert_true(test_press(f->view, GDK_KEY_Return, 0));
  g_assert_cmpint(sought, ==, (gint64)pointed[0]);

  sg_spectrogram_view_set_reading(view, "C4, 50 %");
  g_autofree char *difference = gtk_test_accessible_check_property(
      GTK_ACCESSIBLE(f->view), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, "C4, 50 %");
  g_assert_cmpstr(difference, ==, NULL);
  g_assert_true(test_press(f->view, GDK_KEY_Escape, 0));
  g_assert_true(isnan(pointed[0]));
}

static void
emit_on(GtkWidget *widget, GType type, guint button, const char *signal, int n_press, double x, double y)
{
  g_autoptr(GListModel) controllers = gtk_widget_observe_controllers(widget);
  for (guint i = 0; i < g_list_model_get_n_items(controllers); i++) {
    g_autoptr(GtkEventController) controller = g_list_model_get_item(controllers, i);
    if (G_OBJECT_TYPE(controller) != type ||
        (button > 0 && gtk_gesture_single_get_button(GTK_GESTURE_SINGLE(controller)) != button))
      continue;
    if (n_press > 0)
      g_signal_emit_by_name(controller, signal, n_press, x, y);
    else if (g_str_equal(signal, "leave"))
      g_signal_emit_by_name(controller, signal);
    else
      g_signal_emit_by_name(controller, signal, x, y);
  }
}

static void
on_menu(SgSpectrogramView *view, double x, double y, guint *n)
{
  ++*n;
}

/* A click seeks, the second button and the menu key ask for the row's menu, and the pointer is told as long
 * as it is there. */
static void
test_pointer(Fixture *f, gconstpointer data)
{
  double pointed[2] = { NAN, NAN };
  gint64 sought = -1;
  guint n_menus = 0;
  wait_until_complete(f);
  g_signal_connect(f->view, "pointed", G_CALLBACK(on_pointed), pointed);
  g_signal_connect(f->view, "seek", G_CALLBACK(on_seek), &sought);
  g_signal_connect(f->view, "menu", G_CALLBACK(on_menu), &n_menus);
  const double per_pixel = N_SAMPLES / (double)gtk_widget_get_width(f->view);
  emit_on(f->view, GTK_TYPE_EVENT_CONTROLLER_MOTION, 0, "motion", 0, 100.0, HEIGHT / 2.0);
  g_assert_cmpfloat_with_epsilon(pointed[0], 100.0 * per_pixel, 2.0);
  g_assert_cmpfloat(pointed[1], >, 200.0);
  g_assert_cmpfloat(pointed[1], <, 5000.0);
  emit_on(f->view, GTK_TYPE_EVENT_CONTROLLER_MOTION, 0, "leave", 0, 0.0, 0.0);
  g_assert_true(isnan(pointed[0]));

  emit_on(f->view, GTK_TYPE_GESTURE_CLICK, GDK_BUTTON_PRIMARY, "released", 1, 200.0, 20.0);
  g_assert_cmpfloat_with_epsilon((double)sought, 200.0 * per_pixel, 2.0);
  g_assert_cmpuint(n_menus, ==, 0);
  emit_on(f->view, GTK_TYPE_GESTURE_CLICK, GDK_BUTTON_SECONDARY, "pressed", 1, 200.0, 20.0);
  g_assert_cmpuint(n_menus, ==, 1);
  g_assert_true(test_press(f->view, GDK_KEY_Menu, 0));
  g_assert_true(test_press(f->view, GDK_KEY_F10, GDK_SHIFT_MASK));
  g_assert_cmpuint(n_menus, ==, 3);
}

/* The frequency axis is zoomed and moved by keys, and stays within the whole one. */
static void
test_axis_keys(Fixture *f, gconstpointer data)
{
  SgTileAxes axes = { .kind = SG_AXIS_LINEAR };
  sg_spectrogram_tiles_set_axes(f->tiles, axes);
  g_assert_true(test_press(f->view, GDK_KEY_plus, GDK_ALT_MASK));
  axes = sg_spectrogram_tiles_get_axes(f->tiles);
  g_assert_cmpfloat_with_epsilon(axes.high_hz, 17500.0, 1.0);
  g_assert_cmpfloat_with_epsilon(axes.low_hz, 2500.0, 1.0);
  g_assert_true(test_press(f->view, GDK_KEY_Page_Down, GDK_ALT_MASK));
  axes = sg_spectrogram_tiles_get_axes(f->tiles);
  g_assert_cmpfloat_with_epsilon(axes.high_hz, 15000.0, 1.0);
  g_assert_cmpfloat(axes.low_hz, ==, 0.0);
  for (int i = 0; i < 100; i++)
    test_press(f->view, GDK_KEY_plus, GDK_ALT_MASK);
  axes = sg_spectrogram_tiles_get_axes(f->tiles);
  g_assert_cmpfloat(axes.high_hz - axes.low_hz, >, 390.0);
  for (int i = 0; i < 100; i++)
    test_press(f->view, GDK_KEY_minus, GDK_ALT_MASK);
  axes = sg_spectrogram_tiles_get_axes(f->tiles);
  g_assert_cmpfloat(axes.high_hz, ==, 0.0); /* the whole one */
}

static void
on_selected(SgTimeMarks *marks, gint64 start, gint64 end, gint64 *out)
{
  out[0] = start;
  out[1] = end;
}

/* A drag is the loop, told at its end; a drag from one of its ends moves that end. It lightens what is in it.
 */
static void
test_selection(Fixture *f, gconstpointer data)
{
  int width, height;
  gint64 selected[2] = { -1, -1 }, start, end;
  g_signal_connect(f->marks, "selected", G_CALLBACK(on_selected), selected);
  wait_until_complete(f);
  const double per_pixel = N_SAMPLES / (double)gtk_widget_get_width(f->view);
  test_drag(f->view, 300.0, 80.0, 100.0, 90.0);
  g_assert_true(sg_time_marks_get_loop(f->marks, &start, &end));
  g_assert_cmpfloat_with_epsilon((double)start, 100.0 * per_pixel, 2.0);
  g_assert_cmpfloat_with_epsilon((double)end, 300.0 * per_pixel, 2.0);
  g_assert_cmpint(selected[0], ==, start);
  g_assert_cmpint(selected[1], ==, end);
  test_drag(f->view, 102.0, 80.0, 150.0, 80.0);
  g_assert_true(sg_time_marks_get_loop(f->marks, &start, &end));
  g_assert_cmpfloat_with_epsilon((double)start, 150.0 * per_pixel, 2.0);
  g_assert_cmpfloat_with_epsilon((double)end, 300.0 * per_pixel, 2.0);
  g_autofree guint32 *pixels = test_render(f->view, &width, &height);
  const guint32 *row = pixels + 10 * width; /* silence */
  g_assert_cmpuint(brightness(row[200]), >, brightness(row[50]) + 20);
  g_assert_cmpuint(brightness(row[150]), >, brightness(row[200]) + 100);
  g_assert_cmpuint(brightness(row[120]), ==, brightness(row[50]));
}

/* Beats are lines, bars brighter ones; too many of them are thinned to bars. */
static void
test_beats(Fixture *f, gconstpointer data)
{
  int width, height;
  gint64 beats[9];
  for (int i = 0; i < 9; i++)
    beats[i] = i * N_SAMPLES / 8 + 200;
  wait_until_complete(f);
  sg_time_marks_set_beats(f->marks, beats, 9, 4, 0);
  const SgTimeMarker marker = { .sample = N_SAMPLES / 16, .name = "Here" };
  sg_time_marks_set_markers(f->marks, &marker, 1);
  g_autofree guint32 *pixels = test_render(f->view, &width, &height);
  const guint32 *row = pixels + 10 * width;
  guint none = brightness(row[width / 4 + 5]), beat = brightness(row[width / 4]),
        bar = brightness(row[width / 2]);
  g_assert_cmpuint(beat, >, none + 20);
  g_assert_cmpuint(bar, >, beat + 20);
  g_assert_cmpuint(brightness(row[width / 16]), >, 400);
}

/* A waveform of the mixture: its middle is light, its edge dark. */
static void
test_waveform(Fixture *f, gconstpointer data)
{
  int width, height;
  sg_spectrogram_view_set_mode(SG_SPECTROGRAM_VIEW(f->view), SG_TILE_WAVEFORM);
  test_settle(50);
  wait_until_complete(f);
  g_autofree guint32 *pixels = test_render(f->view, &width, &height);
  g_assert_cmpuint(brightness(pixels[height / 2 * width + 100]), >, 500);
  g_assert_cmpuint(brightness(pixels[height / 8 * width + 100]), <, 120);
}

static void
test_accessible(Fixture *f, gconstpointer data)
{
  gtk_test_accessible_assert_role(f->view, GTK_ACCESSIBLE_ROLE_IMG);
  g_assert_true(gtk_widget_get_focusable(f->view));
}

int
main(int argc, char **argv)
{
  g_setenv("GTK_A11Y", "test", TRUE);
  gtk_test_init(&argc, &argv, NULL);
  g_test_add("/ui/spectrogram-view/sine", Fixture, NULL, set_up, test_sine, tear_down);
  g_test_add("/ui/spectrogram-view/playhead", Fixture, NULL, set_up, test_playhead, tear_down);
  g_test_add("/ui/spectrogram-view/axes", Fixture, NULL, set_up, test_axes, tear_down);
  g_test_add("/ui/spectrogram-view/cursor", Fixture, NULL, set_up, test_cursor, tear_down);
  g_test_add("/ui/spectrogram-view/pointer", Fixture, NULL, set_up, test_pointer, tear_down);
  g_test_add("/ui/spectrogram-view/axis-keys", Fixture, NULL, set_up, test_axis_keys, tear_down);
  g_test_add("/ui/spectrogram-view/selection", Fixture, NULL, set_up, test_selection, tear_down);
  g_test_add("/ui/spectrogram-view/beats", Fixture, NULL, set_up, test_beats, tear_down);
  g_test_add("/ui/spectrogram-view/waveform", Fixture, NULL, set_up, test_waveform, tear_down);
  g_test_add("/ui/spectrogram-view/accessible", Fixture, NULL, set_up, test_accessible, tear_down);
  return g_test_run();
}
