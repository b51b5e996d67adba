#include "ui/overview.h"

#include <math.h>

#include "tests/support-ui.h"
#include "tests/support.h"

enum { RATE = 44100, N_SAMPLES = 20 * RATE, WIDTH = 400, HEIGHT = 60 };

typedef struct {
  TestFolder *folder;
  SgTrack *track;
  SgViewRange *range;
  SgSpectrogramTiles *tiles;
  SgTimeMarks *marks;
  SgSongOverview *song;
  GtkWidget *window;
  GtkWidget *overview;
} Fixture;

/* Silence, then a held note. */
static void
set_up(Fixture *f, gconstpointer data)
{
  g_autofree float *samples = g_new0(float, N_SAMPLES);
  for (int i = N_SAMPLES / 2; i < N_SAMPLES; i++)
    samples[i] = (float)(0.3 * sin(2.0 * G_PI * 1000.0 * i / RATE));
  f->folder = test_folder_new();
  g_autofree char *path = g_build_filename(f->folder, "song.wav", NULL);
  test_sound_write(path, "wav32f", RATE, 1, samples, N_SAMPLES);
  f->track = sg_track_load(path, TRUE, NULL, NULL, NULL);
  f->range = sg_view_range_new();
  f->tiles = sg_spectrogram_tiles_new();
  f->marks = sg_time_marks_new();
  f->song = sg_song_overview_new();
  sg_view_range_set_width(f->range, 1000.0);
  sg_view_range_set_song(f->range, N_SAMPLES, RATE);
  f->overview = sg_overview_new(f->song, f->tiles, f->range, f->marks);
  f->window = test_window_new(f->overview, WIDTH, HEIGHT);
}

static void
tear_down(Fixture *f, gconstpointer data)
{
  gtk_window_destroy(GTK_WINDOW(f->window));
  g_clear_object(&f->song);
  g_clear_object(&f->range);
  g_clear_object(&f->tiles);
  g_clear_object(&f->marks);
  g_clear_object(&f->track);
  test_settle(20);
  test_folder_remove(f->folder);
}

static void
wait_until_complete(Fixture *f)
{
  gint64 deadline = g_get_monotonic_time() + 20 * G_USEC_PER_SEC;
  while (!sg_song_overview_is_complete(f->song)) {
    g_assert_cmpint(g_get_monotonic_time(), <, deadline);
    g_main_context_iteration(NULL, TRUE);
  }
}

static double
shown_end(Fixture *f)
{
  return sg_view_range_get_start(f->range) +
         sg_view_range_get_width(f->range) * sg_view_range_get_samples_per_pixel(f->range);
}

/* The loud half fills the height, however quiet it is; separated, it has the colour of its owner. */
static void
test_wave(Fixture *f, gconstpointer data)
{
  int width, height;
  SgTileLook look = sg_spectrogram_tiles_get_look(f->tiles);
  look.source_colours[0] = 0xffff0000;
  look.source_colours[1] = 0xff0000ff;
  sg_spectrogram_tiles_set_look(f->tiles, look);
  sg_song_overview_set_source(f->song, f->track, NULL);
  wait_until_complete(f);
  g_autofree guint32 *before = test_render(f->overview, &width, &height);
  int x = width / 4 * 3;
  g_assert_cmphex(before[height / 2 * width + x] & 0xffffff, ==, 0xc8c8d0);
  g_assert_cmphex(before[5 * width + x] & 0xffffff, ==, 0xc8c8d0);
  g_assert_cmphex(before[5 * width + width / 4] & 0xffffff, !=, 0xc8c8d0);

  g_autoptr(SgMaskSet) masks = sg_mask_set_new(f->track, "hpss", NULL);
  test_assert_ok(sg_separation_run(sg_mask_set_get_separation(masks), 2, NULL, NULL, NULL));
  sg_song_overview_set_source(f->song, f->track, masks);
  wait_until_complete(f);
  g_autofree guint32 *after = test_render(f->overview, &width, &height);
  g_assert_cmphex(after[6 * width + x] & 0xffffff, ==, 0x0000ff);
}

/* The stretch is moved by its middle, zoomed by its edges; elsewhere it comes to the pointer. */
static void
test_drags(Fixture *f, gconstpointer data)
{
  const double per_pixel = N_SAMPLES / (double)WIDTH;
  sg_view_range_show(f->range, 100.0 * per_pixel, 200.0 * per_pixel);
  test_drag(f->overview, 150.0, 20.0, 180.0, 25.0);
  g_assert_cmpfloat_with_epsilon(sg_view_range_get_start(f->range), 130.0 * per_pixel, per_pixel);
  g_assert_cmpfloat_with_epsilon(shown_end(f), 230.0 * per_pixel, per_pixel);
  test_drag(f->overview, 131.0, 20.0, 51.0, 20.0);
  g_assert_cmpfloat_with_epsilon(sg_view_range_get_start(f->range), 50.0 * per_pixel, per_pixel);
  g_assert_cmpfloat_with_epsilon(shown_end(f), 230.0 * per_pixel, per_pixel);
  test_drag(f->overview, 230.0, 20.0, 90.0, 20.0);
  g_assert_cmpfloat_with_epsilon(sg_view_range_get_start(f->range), 50.0 * per_pixel, per_pixel);
  g_assert_cmpfloat_with_epsilon(shown_end(f), 90.0 * per_pixel, per_pixel);
  test_drag(f->overview, 300.0, 20.0, 300.0, 20.0);
  g_assert_cmpfloat_with_epsilon(sg_view_range_get_start(f->range), 280.0 * per_pixel, per_pixel);
}

static void
test_keys(Fixture *f, gconstpointer data)
{
  sg_view_range_show(f->range, N_SAMPLES * 0.4, N_SAMPLES * 0.5);
  double start = sg_view_range_get_start(f->range);
  g_assert_true(test_press(f->overview, GDK_KEY_Right, 0));
  g_assert_cmpfloat_with_epsilon(sg_view_range_get_start(f->range), start + 0.01 * N_SAMPLES, 1.0);
  g_assert_true(test_press(f->overview, GDK_KEY_Page_Up, 0));
  g_assert_cmpfloat_with_epsilon(sg_view_range_get_start(f->range), start - 0.09 * N_SAMPLES, 1.0);
  g_assert_true(test_press(f->overview, GDK_KEY_End, 0));
  g_assert_cmpfloat_with_epsilon(shown_end(f), N_SAMPLES, 1.0);
  g_assert_true(test_press(f->overview, GDK_KEY_Home, 0));
  g_assert_cmpfloat(sg_view_range_get_start(f->range), ==, 0.0);
}

static void
test_accessible(Fixture *f, gconstpointer data)
{
  gtk_test_accessible_assert_role(f->overview, GTK_ACCESSIBLE_ROLE_SCROLLBAR);
  g_assert_true(gtk_widget_get_focusable(f->overview));
  sg_view_range_show(f->range, 5.0 * RATE, 10.0 * RATE);
  g_autofree char *difference = gtk_test_accessible_check_property(
      GTK_ACCESSIBLE(f->overview), GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, "0:05.0 to 0:10.0 is shown");
  g_assert_cmpstr(difference, ==, NULL);
}

int
main(int argc, char **argv)
{
  g_setenv("GTK_A11Y", "test", TRUE);
  g_setenv("LC_ALL", "C.UTF-8", TRUE);
  gtk_test_init(&argc, &argv, NULL);
  g_test_add("/ui/overview/wave", Fixture, NULL, set_up, test_wave, tear_down);
  g_test_add("/ui/overview/drags", Fixture, NULL, set_up, test_drags, tear_down);
  g_test_add("/ui/overview/keys", Fixture, NULL, set_up, test_keys, tear_down);
  g_test_add("/ui/overview/accessible", Fixture, NULL, set_up, test_accessible, tear_down);
  return g_test_run();
}
