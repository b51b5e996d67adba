#include "core/plot/box-plot.h"

#include <string.h>

#include "tests/core/plot/figure-support.h"

enum { WIDTH = 600, HEIGHT = 400 };

static SgStatus
draw(const void *plot, cairo_t *cr, SgError *error)
{
  return sg_box_plot_draw(plot, cr, error);
}

static const SgFigureFrame frame = { .width = WIDTH, .height = HEIGHT, .empty = "nothing at all" };

static void
test_summary(void)
{
  /* numpy.percentile's figures for the same numbers; 70 lies beyond 1.5 box heights. */
  const double values[] = { 7.0, NAN, 15.0, 36.0, 39.0, -INFINITY, 40.0, 41.0, 70.0 };
  double sorted[G_N_ELEMENTS(values)];
  SgBox box = sg_box_summarise(values, G_N_ELEMENTS(values), sorted);
  g_assert_cmpuint(box.n, ==, 7);
  g_assert_cmpfloat(box.lower_quartile, ==, 25.5);
  g_assert_cmpfloat(box.median, ==, 39.0);
  g_assert_cmpfloat(box.upper_quartile, ==, 40.5);
  g_assert_cmpfloat(box.lower_whisker, ==, 7.0);
  g_assert_cmpfloat(box.upper_whisker, ==, 41.0);
  box = sg_box_summarise(values + 2, 1, sorted);
  g_assert_true(box.n == 1 && box.lower_whisker == 15.0 && box.median == 15.0 && box.upper_quartile == 15.0);
  box = sg_box_summarise(values + 1, 1, sorted);
  g_assert_true(box.n == 0 && isnan(box.median) && isnan(box.upper_whisker));
  box = sg_box_summarise(NULL, 0, sorted);
  g_assert_cmpuint(box.n, ==, 0);
}

/* 0, 1, … 100 stretched: quartiles at 25, 50, 75 hundredths, whiskers at the ends. */
static void
fill(double *values, double from, double to)
{
  for (int i = 0; i <= 100; i++)
    values[i] = from + (to - from) * i / 100.0;
}

/* Whether the first series' colour shows in every row at x, give or take a pixel. */
static gboolean
line_is_whole(const Picture *picture, const SgTheme *theme, int x, int from_y, int to_y)
{
  g_assert_cmpint(from_y, <, to_y);
  for (int y = from_y; y <= to_y; y++) {
    double share = 0.0;
    for (int i = -1; i <= 1; i++)
      share = MAX(share, share_at(picture, theme, &theme->series[0], x + i, y));
    if (share < 0.4)
      return FALSE;
  }
  return TRUE;
}

/* Boxes lie in the order of their groups, as high as their values say. */
static void
test_boxes(gconstpointer theme_id)
{
  double low[101], high[101], tall[101];
  fill(low, 0.0, 20.0);   /* box 5 … 15 */
  fill(high, 10.0, 30.0); /* box 15 … 25 */
  fill(tall, 0.0, 40.0);  /* box 10 … 30 */
  const SgBoxValues values[] = { { low, 101 }, { high, 101 }, { tall, 101 } };
  const char *const groups[] = { "a", "b", "c" };
  const SgBoxSeries series = { "system", 0 };
  SgBoxPlot plot = { frame, 3, 1, groups, &series, values };
  plot.frame.theme = (SgThemeId)GPOINTER_TO_INT(theme_id);
  const SgTheme *theme = sg_theme(plot.frame.theme);
  g_auto(Picture) picture = picture_of(&plot.frame, draw, &plot);
  Extent whole = extent_of(&picture, theme, &theme->series[0], 0.6, 0, WIDTH);
  g_assert_cmpint(whole.n, >, 100);
  /* In the boxes' own columns beside their middle, where whiskers have no part, only the box's edges are
   * dense. */
  Extent box[3];
  int from = 40, slot = (WIDTH - from - 18) / 3;
  for (int i = 0; i < 3; i++) {
    Extent all = extent_of(&picture, theme, &theme->series[0], 0.6, from + i * slot, from + (i + 1) * slot);
    box[i] = extent_of(&picture, theme, &theme->series[0], 0.6, all.left, all.left + 4);
    g_assert_cmpint(all.n, >, 30);
    g_assert_cmpint(all.right - all.left, <, 50);
    if (i > 0)
      g_assert_cmpint(all.left, >, box[i - 1].right + 50);
    /* whiskers: as long again as half the box, on both sides */
    double half = (box[i].bottom - box[i].top) / 2.0;
    g_assert_cmpfloat_with_epsilon(box[i].top - all.top, half, 2.0);
    g_assert_cmpfloat_with_epsilon(all.bottom - box[i].bottom, half, 2.0);
    g_assert_true(
        line_is_whole(&picture, theme, (all.left + all.right) / 2, box[i].bottom + 2, all.bottom - 2));
    g_assert_true(line_is_whole(&picture, theme, (all.left + all.right) / 2, all.top + 2, box[i].top - 2));
  }
  double unit = (box[0].bottom - box[0].top) / 10.0;
  g_assert_cmpfloat(unit, >, 4.0);
  g_assert_cmpfloat_with_epsilon(box[0].top, box[1].bottom, 1.5);
  g_assert_cmpfloat_with_epsilon(box[1].bottom - box[1].top, 10.0 * unit, 2.0);
  g_assert_cmpfloat_with_epsilon(box[2].bottom - box[2].top, 20.0 * unit, 2.0);
  g_assert_cmpfloat_with_epsilon(box[0].bottom - box[2].bottom, 5.0 * unit, 2.0);
}

static int
count_colour(SgBoxPlot *plot, int colour, double least)
{
  g_auto(Picture) picture = picture_of(&plot->frame, draw, plot);
  const SgTheme *theme = sg_theme(plot->frame.theme);
  return extent_of(&picture, theme, colour < 0 ? &theme->muted : &theme->series[colour], least, 0, WIDTH).n;
}

/* Stretches of the second series' colour, one below the other in the middle of `extent`. */
static int
n_runs(const Picture *picture, const SgTheme *theme, Extent extent)
{
  int n = 0;
  gboolean inside = FALSE;
  for (int y = extent.top; y <= extent.bottom; y++) {
    gboolean is = share_at(picture, theme, &theme->series[1], (extent.left + extent.right) / 2, y) > 0.25;
    n += is && !inside;
    inside = is;
  }
  return n;
}

/* Few values are points without a box, and of many none is a point but those far off. */
static void
test_points(void)
{
  double values[101] = { 1.0, 2.0, 3.0, 4.0 };
  SgBoxValues given = { values, 4 };
  const char *const groups[] = { "a" };
  const SgBoxSeries series = { NULL, 1 };
  SgBoxPlot plot = { frame, 1, 1, groups, &series, &given };
  g_auto(Picture) few = picture_of(&plot.frame, draw, &plot);
  const SgTheme *theme = sg_theme(SG_THEME_LIGHT);
  Extent points = extent_of(&few, theme, &theme->series[1], 0.9, 0, WIDTH);
  g_assert_cmpint(points.n, >, 4 * 7);
  g_assert_cmpint(points.n, <, 4 * 36);
  g_assert_cmpint(extent_of(&few, theme, &theme->series[1], 0.3, 0, WIDTH).n, <, 4 * 50);

  /* Of many values only those beyond the whiskers are points: these have their quartiles at ±0.5. */
  for (int i = 0; i <= 100; i++)
    values[i] = 4.0 * pow(i / 50.0 - 1.0, 3.0);
  given.n = 101;
  g_auto(Picture) many = picture_of(&plot.frame, draw, &plot);
  Extent all = extent_of(&many, theme, &theme->series[1], 0.5, 0, WIDTH);
  Extent box = extent_of(&many, theme, &theme->series[1], 0.5, all.left, all.left + 4);
  int height = box.bottom - box.top;
  g_assert_cmpfloat_with_epsilon(box.top - all.top, 3.5 * height, 0.3 * height);
  g_assert_cmpfloat_with_epsilon(all.bottom - box.bottom, 3.5 * height, 0.3 * height);
  g_assert_cmpint(n_runs(&many, theme, all), >, 6);
  fill(values, 0.0, 10.0);
  g_auto(Picture) even = picture_of(&plot.frame, draw, &plot);
  all = extent_of(&even, theme, &theme->series[1], 0.5, 0, WIDTH);
  g_assert_cmpint(n_runs(&even, theme, all), ==, 2); /* above and below the median */

  /* What is too far is counted at an arrow rather than flattening the box. */
  values[0] = NAN;
  g_auto(Picture) without = picture_of(&plot.frame, draw, &plot);
  values[0] = -1000.0;
  g_auto(Picture) far = picture_of(&plot.frame, draw, &plot);
  Extent extent = extent_of(&far, theme, &theme->series[1], 0.6, 0, WIDTH);
  g_assert_cmpint(extent.bottom - extent.top, >, 200);
  box = extent_of(&far, theme, &theme->series[1], 0.6, extent.left, extent.left + 3);
  g_assert_cmpint(box.bottom - box.top, >, 80);
  g_assert_cmpint(n_runs(&far, theme, extent), ==, n_runs(&without, theme, all) + 1);
}

/* Nothing to show is said in the figure; a series without values does not disturb the others. */
static void
test_empty(void)
{
  const double nothing[] = { NAN, INFINITY, NAN };
  double values[101];
  fill(values, 0.0, 1.0);
  SgBoxValues given[] = { { nothing, 3 }, { values, 101 } };
  const char *const groups[] = { "a" };
  const SgBoxSeries series[] = { { "a", 0 }, { "b", 1 } };
  SgBoxPlot one = { frame, 1, 2, groups, series, given };
  g_assert_cmpint(count_colour(&one, 1, 0.3), >, 1000);
  SgBoxPlot none = { frame, 1, 1, groups, series, given };
  int with_words = count_colour(&none, SG_COLOUR_MUTED, 0.3);
  none.frame.empty = NULL;
  int without = count_colour(&none, SG_COLOUR_MUTED, 0.3);
  g_assert_cmpint(with_words, >, without + 100);
  g_assert_cmpint(count_colour(&none, 0, 0.3), ==, 0);
  SgBoxPlot no_groups = { frame, 0, 0, groups, series, given };
  g_assert_cmpint(count_colour(&no_groups, 0, 0.3), ==, 0);
}

static void
test_degenerate(void)
{
  double values[] = { 3.0, 3.0, 3.0, 3.0, 3.0, 3.0 };
  double huge[] = { -1e308, 1e308, 1.0, 2.0, 3.0, 0.0 };
  const char *const groups[] = { "a", "b" };
  const SgBoxSeries series = { NULL, 0 };
  SgBoxValues same[] = { { values, 6 }, { values, 1 } }, wide[] = { { huge, 6 }, { huge, 2 } };
  SgBoxPlot plot = { frame, 2, 1, groups, &series, same };
  g_assert_cmpint(count_colour(&plot, 0, 0.3), >, 30);
  plot.values = wide;
  g_assert_cmpint(count_colour(&plot, 0, 0.3), >, 5);
  plot.frame.width = plot.frame.height = SG_FIGURE_LEAST_SIZE; /* no room for anything, but no harm */
  g_auto(Picture) small = picture_of(&plot.frame, draw, &plot);
  g_assert_cmpint(small.width, ==, SG_FIGURE_LEAST_SIZE);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/plot/box-plot/summary", test_summary);
  g_test_add_data_func("/plot/box-plot/boxes/light", GINT_TO_POINTER(SG_THEME_LIGHT), test_boxes);
  g_test_add_data_func("/plot/box-plot/boxes/dark", GINT_TO_POINTER(SG_THEME_DARK), test_boxes);
  g_test_add_func("/plot/box-plot/points", test_points);
  g_test_add_func("/plot/box-plot/empty", test_empty);
  g_test_add_func("/plot/box-plot/degenerate", test_degenerate);
  return g_test_run();
}
