#include "core/plot/spectrogram-painter.h"

#include <glib.h>
#include <math.h>

enum { N_BINS = 2049, HEIGHT = 200, WIDTH = 4 };

static const double BIN_HZ = 44100.0 / 4096.0;

typedef struct {
  SgFrequencyAxis axis;
  SgSpectrogramPainter *painter;
  SgSpectrogramImage image;
  float *levels; /* [N_BINS] */
} Fixture;

static void
set_up(Fixture *f, gconstpointer data)
{
  f->axis = sg_frequency_axis_for_rate(44100, HEIGHT);
  f->painter = sg_spectrogram_painter_new(&f->axis, N_BINS, BIN_HZ);
  f->image = (SgSpectrogramImage){ .width = WIDTH,
                                   .height = HEIGHT,
                                   .pixels = g_new0(guint32, WIDTH * HEIGHT),
                                   .codes = g_new0(guint8, WIDTH * HEIGHT) };
  f->levels = g_new(float, N_BINS);
  for (int k = 0; k < N_BINS; k++)
    f->levels[k] = -200.0f;
}

static void
tear_down(Fixture *f, gconstpointer data)
{
  sg_spectrogram_painter_free(f->painter);
  g_free(f->image.pixels);
  g_free(f->image.codes);
  g_free(f->levels);
}

static void
paint(Fixture *f, guint column)
{
  sg_spectrogram_painter_paint(f->painter, f->levels, 1, -90.0f, -10.0f, sg_colormap(SG_COLORMAP_MAGMA),
                               &f->image, column);
}

static guint8
code_at(Fixture *f, int y, int column)
{
  return f->image.codes[y * WIDTH + column];
}

/* No bin inside the axis is lost between pixels, and it shows where the axis says. */
static void
test_every_bin(Fixture *f, gconstpointer data)
{
  for (int k = 3; k * BIN_HZ < f->axis.high_hz; k++) {
    f->levels[k] = 0.0f;
    paint(f, 1);
    f->levels[k] = -200.0f;
    int brightest = 0;
    for (int y = 0; y < HEIGHT; y++)
      if (code_at(f, y, 1) > code_at(f, brightest, 1))
        brightest = y;
    /* Below some 300 Hz a bin is wider than a pixel and the pixel nearest to its centre is interpolated. */
    g_assert_cmpint(code_at(f, brightest, 1), >, 150);
    double expected = sg_frequency_axis_y(&f->axis, k * BIN_HZ);
    g_assert_cmpfloat(fabs(brightest + 0.5 - expected), <=, 1.0);
  }
}

/* Between two bins the picture goes over from one to the other without steps or gaps. */
static void
test_interpolation(Fixture *f, gconstpointer data)
{
  for (int k = 0; k < N_BINS; k++)
    f->levels[k] = -90.0f + (float)k;
  paint(f, 0);
  for (int y = 1; y < HEIGHT; y++)
    g_assert_cmpint(code_at(f, y, 0), <=, code_at(f, y - 1, 0));
  int bottom = HEIGHT - 1;
  double hz = sg_frequency_axis_hz(&f->axis, bottom + 0.5);
  g_assert_cmpfloat_with_epsilon(code_at(f, bottom, 0), hz / BIN_HZ * 255.0 / 80.0, 0.51);
}

static void
test_range(Fixture *f, gconstpointer data)
{
  const guint32 *colours = sg_colormap(SG_COLORMAP_MAGMA);
  paint(f, 0);
  g_assert_cmphex(f->image.pixels[0], ==, colours[0]);
  for (int k = 0; k < N_BINS; k++)
    f->levels[k] = 20.0f;
  paint(f, 3);
  g_assert_cmphex(f->image.pixels[3], ==, colours[255]);
  g_assert_cmphex(f->image.pixels[1], ==, 0); /* a column that was not painted */
}

/* A mask shows the share of the loudest bin of a pixel, not the largest share. */
static void
test_mask(Fixture *f, gconstpointer data)
{
  g_autofree float *shares = g_new(float, N_BINS);
  for (int k = 0; k < N_BINS; k++)
    shares[k] = k % 2 == 0 ? 0.2f : 1.0f;
  for (int k = 0; k < N_BINS; k++)
    f->levels[k] = k % 2 == 0 ? -20.0f : -60.0f;
  const guint32 *colours = sg_colormap(SG_COLORMAP_GREY);
  sg_spectrogram_painter_paint_mask(f->painter, f->levels, shares, colours, &f->image, 2);
  for (int y = 0; y < 40; y++) { /* where a pixel has many bins */
    g_assert_cmpuint(code_at(f, y, 2), ==, 51);
    g_assert_cmphex(f->image.pixels[y * WIDTH + 2], ==, colours[51]);
  }
}

/* Full level and one owner: the owner's colour. Two owners: between theirs. Silence: black. */
static void
test_sources(Fixture *f, gconstpointer data)
{
  static const guint32 colours[] = { 0xffff0000, 0xff0000ff };
  g_autofree float *shares = g_new0(float, 2 * N_BINS);
  for (int k = 0; k < N_BINS; k++) {
    shares[k] = k < N_BINS / 4 ? 1.0f : 0.5f;
    shares[N_BINS + k] = 1.0f - shares[k];
    f->levels[k] = 0.0f;
  }
  sg_spectrogram_painter_paint_sources(f->painter, f->levels, shares, 2, colours, -90.0f, -10.0f, &f->image,
                                       0);
  g_assert_cmphex(f->image.pixels[(HEIGHT - 1) * WIDTH], ==, 0xffff0000);
  g_assert_cmphex(f->image.pixels[0], ==, 0xff800080);
  g_assert_cmpuint(code_at(f, 0, 0), ==, 255);
  for (int k = 0; k < N_BINS; k++)
    f->levels[k] = -50.0f;
  sg_spectrogram_painter_paint_sources(f->painter, f->levels, shares, 2, colours, -90.0f, -10.0f, &f->image,
                                       0);
  g_assert_cmphex(f->image.pixels[(HEIGHT - 1) * WIDTH], ==, 0xffad0000);
  for (int k = 0; k < N_BINS; k++)
    f->levels[k] = -100.0f;
  sg_spectrogram_painter_paint_sources(f->painter, f->levels, shares, 2, colours, -90.0f, -10.0f, &f->image,
                                       0);
  g_assert_cmphex(f->image.pixels[0], ==, 0xff000000);
}

static void
test_power_to_db(void)
{
  float values[] = { 1.0f, 0.01f, 0.0f };
  sg_power_to_db(values, 3);
  g_assert_cmpfloat_with_epsilon(values[0], 0.0f, 1e-4);
  g_assert_cmpfloat_with_epsilon(values[1], -20.0f, 1e-4);
  g_assert_cmpfloat_with_epsilon(values[2], -200.0f, 1e-2);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add("/plot/spectrogram-painter/every-bin", Fixture, NULL, set_up, test_every_bin, tear_down);
  g_test_add("/plot/spectrogram-painter/interpolation", Fixture, NULL, set_up, test_interpolation, tear_down);
  g_test_add("/plot/spectrogram-painter/range", Fixture, NULL, set_up, test_range, tear_down);
  g_test_add("/plot/spectrogram-painter/mask", Fixture, NULL, set_up, test_mask, tear_down);
  g_test_add("/plot/spectrogram-painter/sources", Fixture, NULL, set_up, test_sources, tear_down);
  g_test_add_func("/plot/spectrogram-painter/power-to-db", test_power_to_db);
  return g_test_run();
}
