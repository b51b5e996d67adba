#include "core/plot/curve-plot.h"

#include <string.h>

#include "tests/core/plot/figure-support.h"

enum { WIDTH = 640, HEIGHT = 420, N = 101 };

static SgStatus
draw(const void *plot, cairo_t *cr, SgError *error)
{
  return sg_curve_plot_draw(plot, cr, error);
}

static const SgFigureFrame frame = { .width = WIDTH, .height = HEIGHT, .empty = "nothing at all" };

typedef struct {
  double y[N];
  SgCurve curve;
  SgCurvePanel panel;
  SgCurvePlot plot;
} Fixture;

static void
set_up(Fixture *f, gconstpointer data)
{
  for (int i = 0; i < N; i++)
    f->y[i] = 10.0 + i % 2;
  f->curve = (SgCurve){ .name = "a", .colour = 0, .y = f->y, .n = N };
  f->panel = (SgCurvePanel){ .curves = &f->curve, .n_curves = 1 };
  f->plot = (SgCurvePlot){ .frame = frame, .panels = &f->panel, .n_panels = 1 };
}

static void
tear_down(Fixture *f, gconstpointer data)
{
}

static Extent
extent(const Fixture *f, int from_x, int to_x)
{
  g_auto(Picture) picture = picture_of(&f->plot.frame, draw, &f->plot);
  const SgTheme *theme = sg_theme(f->plot.frame.theme);
  return extent_of(&picture, theme, &theme->series[0], 0.3, from_x, to_x);
}

/* Where y is no number nothing is drawn, and the line goes on afterwards; a single number is a dot. */
static void
test_gaps(Fixture *f, gconstpointer data)
{
  Extent whole = extent(f, 0, WIDTH);
  double unit = (whole.right - whole.left) / (N - 1.0);
  g_assert_cmpfloat(unit, >, 5.0);
  for (int i = 41; i < 60; i++)
    f->y[i] = i == 50 ? 10.5 : i % 2 == 0 ? NAN : -INFINITY;
  int from = whole.left + (int)(40.0 * unit), to = whole.left + (int)(60.0 * unit);
  int dot = whole.left + (int)(50.0 * unit);
  g_assert_cmpint(extent(f, from + 4, dot - 4).n, ==, 0);
  g_assert_cmpint(extent(f, dot + 6, to - 4).n, ==, 0);
  Extent single = extent(f, dot - 4, dot + 6);
  g_assert_cmpint(single.n, >=, 4);
  g_assert_cmpint(single.n, <=, 25);
  for (int i = 0; i < 39; i++)
    g_assert_cmpint(extent(f, whole.left + (int)(i * unit), whole.left + (int)((i + 1) * unit)).n, >, 0);
  g_assert_cmpint(extent(f, to + 1, whole.right + 2).right, ==, whole.right);
}

/* A gap at either end keeps its place on the x axis. */
static void
test_gap_at_the_ends(Fixture *f, gconstpointer data)
{
  Extent whole = extent(f, 0, WIDTH);
  for (int i = 0; i < 25; i++)
    f->y[i] = f->y[N - 1 - i] = NAN;
  Extent inner = extent(f, 0, WIDTH);
  double quarter = (whole.right - whole.left) / 4.0;
  g_assert_cmpfloat_with_epsilon(inner.left, whole.left + quarter, 2.0);
  g_assert_cmpfloat_with_epsilon(inner.right, whole.right - quarter, 2.0);
}

static void
test_slope(Fixture *f, gconstpointer data)
{
  for (int i = 0; i < N; i++)
    f->y[i] = i;
  Extent whole = extent(f, 0, WIDTH);
  int middle = (whole.left + whole.right) / 2;
  Extent half = extent(f, middle - 1, middle + 1);
  g_assert_cmpfloat_with_epsilon((half.top + half.bottom) / 2.0, (whole.top + whole.bottom) / 2.0, 4.0);
  g_assert_cmpint(extent(f, whole.left, whole.left + 10).top, >, extent(f, middle, middle + 10).bottom);
  /* exponential growth is a straight line on a logarithmic axis; what is not above 0 is a gap */
  for (int i = 0; i < N; i++)
    f->y[i] = pow(10.0, i / 25.0 - 2.0);
  f->panel.y_logarithmic = true;
  half = extent(f, middle - 1, middle + 1);
  whole = extent(f, 0, WIDTH);
  g_assert_cmpfloat_with_epsilon((half.top + half.bottom) / 2.0, (whole.top + whole.bottom) / 2.0, 4.0);
  for (int i = 45; i < 56; i++)
    f->y[i] = i % 2 == 0 ? 0.0 : -3.0;
  g_assert_cmpint(extent(f, middle - 5, middle + 5).n, ==, 0);
}

/* Beyond the limits a curve leaves the picture, and what is inside keeps its room. */
static void
test_limits(Fixture *f, gconstpointer data)
{
  Extent whole = extent(f, 0, WIDTH);
  for (int i = 40; i < 60; i++)
    f->y[i] = -1e308;
  f->plot.y_limited = true;
  f->plot.y_least = 9.0;
  f->plot.y_most = 20.0;
  Extent limited = extent(f, 0, WIDTH);
  g_assert_cmpint(limited.bottom, <=, whole.bottom + 20);
  double unit = (whole.right - whole.left) / (N - 1.0);
  int from = whole.left + (int)(42.0 * unit), to = whole.left + (int)(58.0 * unit);
  g_assert_cmpint(extent(f, from, to).n, ==, 0);
  Extent inside = extent(f, whole.left, from - (int)(4.0 * unit));
  g_assert_cmpint(inside.bottom - inside.top, >, 80);
}

/* The panels stand above one another and share the x axis, each with its own range. */
static void
test_panels(Fixture *f, gconstpointer data)
{
  double other[N];
  for (int i = 0; i < N; i++)
    other[i] = i < 50 ? NAN : 1000.0 * i;
  SgCurve below = { .name = "b", .colour = 1, .y = other, .n = N };
  SgCurvePanel panels[] = { { "one", &f->curve, 1, false }, { "two", &below, 1, false } };
  f->plot.panels = panels;
  f->plot.n_panels = 2;
  f->plot.x_is_time = true;
  g_auto(Picture) picture = picture_of(&f->plot.frame, draw, &f->plot);
  const SgTheme *theme = sg_theme(SG_THEME_LIGHT);
  int top = 60; /* the legend is above */
  Extent first = { G_MAXINT, -1, G_MAXINT, -1, 0 }, second = first;
  for (int y = top; y < HEIGHT; y++)
    for (int x = 0; x < WIDTH; x++)
      for (int c = 0; c < 2; c++)
        if (share_at(&picture, theme, &theme->series[c], x, y) > 0.5) {
          Extent *e = c == 0 ? &first : &second;
          e->left = MIN(e->left, x);
          e->right = MAX(e->right, x);
          e->top = MIN(e->top, y);
          e->bottom = MAX(e->bottom, y);
          e->n++;
        }
  g_assert_cmpint(first.n, >, 100);
  g_assert_cmpint(second.n, >, 100);
  g_assert_cmpint(first.bottom, <, second.top);
  g_assert_cmpfloat_with_epsilon(second.left, (first.left + first.right) / 2.0, 3.0);
  g_assert_cmpfloat_with_epsilon(first.right, second.right, 2.0);
  g_assert_cmpint(second.bottom - second.top, >, 40);
}

static int
count_muted(const SgCurvePlot *plot)
{
  g_auto(Picture) picture = picture_of(&plot->frame, draw, plot);
  const SgTheme *theme = sg_theme(plot->frame.theme);
  return extent_of(&picture, theme, &theme->muted, 0.3, 0, WIDTH).n;
}

static void
test_empty(Fixture *f, gconstpointer data)
{
  for (int i = 0; i < N; i++)
    f->y[i] = NAN;
  int words = count_muted(&f->plot);
  f->plot.frame.empty = NULL;
  g_assert_cmpint(words, >, count_muted(&f->plot) + 100);
  f->plot.frame.empty = frame.empty;
  f->curve.n = 0;
  words = count_muted(&f->plot);
  f->plot.n_panels = 0;
  g_assert_cmpint(count_muted(&f->plot), ==, words);
  g_assert_cmpint(words, >, 100);
}

static void
test_degenerate(Fixture *f, gconstpointer data)
{
  f->curve.n = 1; /* one point, as a line of numbers and of time */
  for (int time = 0; time < 2; time++) {
    f->plot.x_is_time = time != 0;
    g_assert_cmpint(extent(f, 0, WIDTH).n, >=, 4);
  }
  f->curve.n = N; /* a constant */
  for (int i = 0; i < N; i++)
    f->y[i] = -7.0;
  Extent constant = extent(f, 0, WIDTH);
  g_assert_cmpint(constant.bottom - constant.top, <, 4);
  g_assert_cmpint(constant.right - constant.left, >, WIDTH / 2);
  f->y[3] = 1e308;
  f->y[4] = -1e308;
  g_assert_cmpint(extent(f, 0, WIDTH).n, >, 10);
  double x[N];
  for (int i = 0; i < N; i++)
    x[i] = i < 50 ? NAN : 5.0; /* all at one x */
  f->curve.x = x;
  g_assert_cmpint(extent(f, 0, WIDTH).n, >=, 4);
  f->plot.frame.width = f->plot.frame.height = SG_FIGURE_LEAST_SIZE;
  extent(f, 0, SG_FIGURE_LEAST_SIZE);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
#define ADD(name, test) g_test_add("/plot/curve-plot/" name, Fixture, NULL, set_up, test, tear_down)
  ADD("gaps", test_gaps);
  ADD("gap-at-the-ends", test_gap_at_the_ends);
  ADD("slope", test_slope);
  ADD("limits", test_limits);
  ADD("panels", test_panels);
  ADD("empty", test_empty);
  ADD("degenerate", test_degenerate);
  return g_test_run();
}
