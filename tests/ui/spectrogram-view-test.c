#include "ui/spectrogram-view.h"

#include <math.h>

#include "core/plot/axis.h"
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
  f->window = gtk_window_new();
  gtk_window_set_decorated(GTK_WINDOW(f->window), FALSE);
  gtk_widget_set_size_request(f->view, WIDTH, HEIGHT);
  gtk_window_set_child(GTK_WINDOW(f->window), f->view);
  gtk_window_present(GTK_WINDOW(f->window));
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

/* The view as it is on the screen: [height][width], ARGB32. */
static guint32 *
render(Fixture *f, int *out_width, int *out_height)
{
  int width = gtk_widget_get_width(f->view), height = gtk_widget_get_height(f->view);
  g_autoptr(GdkPaintable) paintable = gtk_widget_paintable_new(f->view);
  g_autoptr(GskRenderNode) node = NULL;
  while (node == NULL) {
    GtkSnapshot *snapshot = gtk_snapshot_new();
    g_main_context_iteration(NULL, FALSE);
    gdk_paintable_snapshot(paintable, snapshot, width, height);
    node = gtk_snapshot_free_to_node(snapshot);
  }
  GskRenderer *renderer = gtk_native_get_renderer(gtk_widget_get_native(f->view));
  g_autoptr(GdkTexture) texture =
      gsk_renderer_render_texture(renderer, node, &GRAPHENE_RECT_INIT(0, 0, (float)width, (float)height));
  guint32 *pixels = g_new(guint32, (gsize)width * (gsize)height);
  gdk_texture_download(texture, (guchar *)pixels, (gsize)width * sizeof *pixels);
  *out_width = width;
  *out_height = height;
  return pixels;
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
    g_autofree guint32 *pixels = render(f, &width, &height);
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
  g_autofree guint32 *pixels = render(f, &width, &height);
  int x = (int)sg_view_range_x_of(f->range, N_SAMPLES / 2);
  /* White from top to bottom, where the sine is not. */
  g_assert_cmpuint(brightness(pixels[(height - 3) * width + x]), >, 650);
  g_assert_cmpuint(brightness(pixels[3 * width + x]), >, 650);
  g_assert_cmpuint(brightness(pixels[3 * width + x + 5]), <, 200);
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
  g_test_add("/ui/spectrogram-view/accessible", Fixture, NULL, set_up, test_accessible, tear_down);
  return g_test_run();
}
