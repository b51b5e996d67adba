#include "core/plot/curve-plot.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/plot/figure-private.h"

enum { MAX_TICKS = 512, LABEL_SIZE = 64 };

static const double X_GAP = 72.0;
static const double LINE_WIDTH = 1.7;

typedef struct {
  const SgCurvePlot *plot;
  const SgTheme *theme;
  SgValueAxis x_axis;
  SgRect area; /* of the panel at hand */
  SgValueAxis y_axis;
} Drawing;

static double
x_at(const SgCurve *curve, size_t i)
{
  return curve->x != NULL ? curve->x[i] : (double)i;
}

static bool
is_point(const SgCurvePanel *panel, const SgCurve *curve, size_t i)
{
  return i < curve->n && isfinite(x_at(curve, i)) && isfinite(curve->y[i]) &&
         (!panel->y_logarithmic || curve->y[i] > 0.0);
}

/* Of the x of all points, gaps too. False without any. */
static bool
find_x_range(const SgCurvePlot *plot, double *out_low, double *out_high)
{
  *out_low = INFINITY;
  *out_high = -INFINITY;
  for (size_t p = 0; p < plot->n_panels; p++)
    for (size_t c = 0; c < plot->panels[p].n_curves; c++) {
      const SgCurve *curve = &plot->panels[p].curves[c];
      for (size_t i = 0; i < curve->n; i++)
        if (isfinite(x_at(curve, i))) {
          *out_low = fmin(*out_low, x_at(curve, i));
          *out_high = fmax(*out_high, x_at(curve, i));
        }
    }
  return *out_low <= *out_high;
}

static bool
find_y_range(const SgCurvePlot *plot, const SgCurvePanel *panel, double *out_low, double *out_high)
{
  *out_low = INFINITY;
  *out_high = -INFINITY;
  for (size_t c = 0; c < panel->n_curves; c++)
    for (size_t i = 0; i < panel->curves[c].n; i++)
      if (is_point(panel, &panel->curves[c], i)) {
        double y = panel->curves[c].y[i];
        if (plot->y_limited)
          y = fmin(fmax(y, plot->y_least), plot->y_most);
        *out_low = fmin(*out_low, y);
        *out_high = fmax(*out_high, y);
      }
  return *out_low <= *out_high;
}

static double
x_of(const Drawing *drawing, double value)
{
  return drawing->area.x + sg_value_axis_position(&drawing->x_axis, value, drawing->area.width);
}

static double
y_of(const Drawing *drawing, double value)
{
  const SgRect *area = &drawing->area;
  double up = sg_value_axis_position(&drawing->y_axis, value, area->height);
  /* Far outside the picture its place is of no matter, but Cairo's numbers have an end. */
  return area->y + area->height - fmin(fmax(up, -10.0 * area->height), 11.0 * area->height);
}

static void
draw_curve(cairo_t *cr, const Drawing *drawing, const SgCurvePanel *panel, const SgCurve *curve)
{
  sg_set_colour(cr, sg_series_colour(drawing->theme, curve->colour), 1.0);
  cairo_set_line_width(cr, LINE_WIDTH);
  cairo_set_line_join(cr, CAIRO_LINE_JOIN_ROUND);
  /* Points in one place still show: a stroke without length has round ends. */
  cairo_set_line_cap(cr, curve->colour < SG_N_SERIES_COLOURS ? CAIRO_LINE_CAP_ROUND : CAIRO_LINE_CAP_BUTT);
  sg_set_series_dash(cr, curve->colour);
  for (size_t i = 0; i < curve->n; i++) {
    if (!is_point(panel, curve, i))
      continue;
    double x = x_of(drawing, x_at(curve, i)), y = y_of(drawing, curve->y[i]);
    bool follows = i > 0 && is_point(panel, curve, i - 1);
    if (follows)
      cairo_line_to(cr, x, y);
    else if (is_point(panel, curve, i + 1))
      cairo_move_to(cr, x, y);
    else {
      cairo_stroke(cr);
      cairo_arc(cr, x, y, LINE_WIDTH, 0.0, 2.0 * M_PI);
      cairo_fill(cr);
    }
  }
  cairo_stroke(cr);
  cairo_set_dash(cr, NULL, 0, 0.0);
  cairo_set_line_cap(cr, CAIRO_LINE_CAP_BUTT);
}

static size_t
x_ticks(const Drawing *drawing, SgTick *ticks)
{
  const SgValueAxis *axis = &drawing->x_axis;
  if (!drawing->plot->x_is_time)
    return sg_value_axis_ticks(axis, drawing->area.width, X_GAP, ticks, MAX_TICKS);
  return sg_time_axis_ticks(axis->low, (axis->high - axis->low) / drawing->area.width, drawing->area.width,
                            X_GAP, ticks, MAX_TICKS);
}

static void
draw_x_axis(cairo_t *cr, const Drawing *drawing, bool labelled)
{
  const SgRect *area = &drawing->area;
  SgTick ticks[MAX_TICKS];
  size_t n = x_ticks(drawing, ticks);
  double step = sg_time_axis_step((drawing->x_axis.high - drawing->x_axis.low) / drawing->area.width, X_GAP);
  for (size_t i = 0; i < n; i++) {
    if (!ticks[i].labelled || ticks[i].position < -0.5)
      continue;
    double x = floor(area->x + ticks[i].position) + 0.5;
    sg_set_colour(cr, &drawing->theme->grid, 1.0);
    cairo_set_line_width(cr, 1.0);
    cairo_move_to(cr, x, area->y);
    cairo_line_to(cr, x, area->y + area->height);
    cairo_stroke(cr);
    char label[LABEL_SIZE];
    if (drawing->plot->x_is_time)
      sg_time_label(ticks[i].value, step, label, sizeof label);
    else
      sg_value_axis_label(&drawing->x_axis, area->width, X_GAP, ticks[i].value, label, sizeof label);
    if (labelled)
      sg_figure_draw_x_label(cr, drawing->theme, area, x, X_GAP, label);
  }
}

static void
draw_panel(cairo_t *cr, Drawing *drawing, size_t index)
{
  const SgCurvePanel *panel = &drawing->plot->panels[index];
  draw_x_axis(cr, drawing, index + 1 == drawing->plot->n_panels);
  double low, high;
  if (!find_y_range(drawing->plot, panel, &low, &high)) {
    sg_figure_draw_empty(cr, &drawing->plot->frame, &drawing->area);
    return;
  }
  drawing->y_axis = sg_value_axis_covering(low, high, panel->y_logarithmic);
  sg_figure_draw_y_axis(cr, drawing->theme, &drawing->y_axis, &drawing->area);
  const SgRect *area = &drawing->area;
  cairo_save(cr);
  cairo_rectangle(cr, area->x - LINE_WIDTH, area->y - LINE_WIDTH, area->width + 2.0 * LINE_WIDTH,
                  area->height + 2.0 * LINE_WIDTH);
  cairo_clip(cr);
  for (size_t c = 0; c < panel->n_curves; c++)
    draw_curve(cr, drawing, panel, &panel->curves[c]);
  cairo_restore(cr);
}

/* The widest tick labels of all panels, so that their plots begin at one x. */
static double
labels_width(cairo_t *cr, const SgCurvePlot *plot, double height)
{
  double widest = 0.0;
  for (size_t p = 0; p < plot->n_panels; p++) {
    double low, high;
    if (!find_y_range(plot, &plot->panels[p], &low, &high))
      continue;
    SgValueAxis axis = sg_value_axis_covering(low, high, plot->panels[p].y_logarithmic);
    widest = fmax(widest, sg_value_labels_width(cr, &axis, height));
  }
  return widest;
}

static bool
is_named(const SgLegendEntry *legend, size_t n, const SgCurve *curve)
{
  for (size_t i = 0; i < n; i++)
    if (legend[i].colour == curve->colour && strcmp(legend[i].name, curve->name) == 0)
      return true;
  return false;
}

/* One entry for every name and colour; returns how many. */
static size_t
collect_legend(const SgCurvePlot *plot, SgLegendEntry *legend)
{
  size_t n = 0;
  for (size_t p = 0; p < plot->n_panels; p++)
    for (size_t c = 0; c < plot->panels[p].n_curves; c++) {
      const SgCurve *curve = &plot->panels[p].curves[c];
      if (curve->name != NULL && !is_named(legend, n, curve))
        legend[n++] = (SgLegendEntry){ curve->name, curve->colour };
    }
  return n;
}

static void
draw_panels(cairo_t *cr, Drawing *drawing, const SgRect *inner)
{
  const SgCurvePlot *plot = drawing->plot;
  double low, high;
  if (plot->n_panels == 0 || !find_x_range(plot, &low, &high)) {
    sg_figure_draw_empty(cr, &plot->frame, inner);
    return;
  }
  drawing->x_axis = (SgValueAxis){ .low = low, .high = high };
  for (size_t p = 0; p < plot->n_panels; p++) {
    drawing->area = sg_figure_draw_panel(cr, &plot->frame, inner, p, plot->n_panels, plot->panels[p].heading);
    double labels = labels_width(cr, plot, drawing->area.height);
    drawing->area.x += labels;
    drawing->area.width = fmax(drawing->area.width - labels, 1.0);
    if (low == high) /* one point: give it room */
      drawing->x_axis = plot->x_is_time ? (SgValueAxis){ .low = low, .high = low + 1.0 }
                                        : sg_value_axis_covering(low, high, false);
    draw_panel(cr, drawing, p);
  }
}

SgStatus
sg_curve_plot_draw(const SgCurvePlot *plot, cairo_t *cr, SgError *error)
{
  Drawing drawing = { .plot = plot, .theme = sg_theme(plot->frame.theme) };
  size_t n_curves = 0;
  for (size_t p = 0; p < plot->n_panels; p++)
    n_curves += plot->panels[p].n_curves;
  SgLegendEntry *legend = SG_NEW(SgLegendEntry, n_curves);
  if (legend == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  SgRect inner = sg_figure_draw_frame(cr, &plot->frame, legend, collect_legend(plot, legend), true);
  draw_panels(cr, &drawing, &inner);
  sg_free(legend);
  return SG_OK;
}

static SgStatus
draw(const void *plot, cairo_t *cr, SgError *error)
{
  return sg_curve_plot_draw(plot, cr, error);
}

SgStatus
sg_curve_plot_render(const SgCurvePlot *plot, SgFigureFormat format, SgFigureWrite write, void *user,
                     SgError *error)
{
  return sg_figure_render(&plot->frame, draw, plot, format, write, user, error);
}
