#include "core/plot/box-plot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base/memory.h"
#include "core/plot/figure-private.h"

static const double WHISKER_HEIGHTS = 1.5;
static const double WIDEST_BOX = 44.0;
static const double POINT_RADIUS = 2.2, LONE_POINT_RADIUS = 3.2;
/* Points may take this much of the boxes' own range on either side before they are only counted. */
static const double OUTLIER_ROOM = 0.5;

typedef struct {
  SgBox box;
  double *sorted; /* [box.n] */
} Cell;

typedef struct {
  const SgBoxPlot *plot;
  const SgTheme *theme;
  Cell *cells; /* [n_groups][n_series] */
  double *all; /* where the cells' values lie */
  SgValueAxis axis;
  SgRect area;
} Drawing;

static int
compare(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double
quantile(const double *sorted, size_t n, double p)
{
  double at = p * (double)(n - 1);
  size_t below = (size_t)at;
  size_t above = below + 1 < n ? below + 1 : below;
  return sorted[below] + (at - (double)below) * (sorted[above] - sorted[below]);
}

SgBox
sg_box_summarise(const double *values, size_t n, double *sorted)
{
  SgBox box = { 0, NAN, NAN, NAN, NAN, NAN };
  for (size_t i = 0; i < n; i++)
    if (isfinite(values[i]))
      sorted[box.n++] = values[i];
  if (box.n == 0)
    return box;
  qsort(sorted, box.n, sizeof *sorted, compare);
  box.lower_quartile = quantile(sorted, box.n, 0.25);
  box.median = quantile(sorted, box.n, 0.5);
  box.upper_quartile = quantile(sorted, box.n, 0.75);
  double reach = WHISKER_HEIGHTS * (box.upper_quartile - box.lower_quartile);
  size_t first = 0, last = box.n - 1;
  while (sorted[first] < box.lower_quartile - reach)
    first++;
  while (sorted[last] > box.upper_quartile + reach)
    last--;
  box.lower_whisker = sorted[first];
  box.upper_whisker = sorted[last];
  return box;
}

static size_t
n_cells(const SgBoxPlot *plot)
{
  return plot->n_groups * plot->n_series;
}

static bool
summarise_all(Drawing *drawing)
{
  const SgBoxPlot *plot = drawing->plot;
  size_t n_values = 0;
  for (size_t i = 0; i < n_cells(plot); i++)
    n_values += plot->values[i].n;
  drawing->cells = SG_NEW(Cell, n_cells(plot));
  drawing->all = SG_NEW(double, n_values);
  if (drawing->cells == NULL || drawing->all == NULL)
    return false;
  double *next = drawing->all;
  for (size_t i = 0; i < n_cells(plot); i++) {
    drawing->cells[i] =
        (Cell){ .box = sg_box_summarise(plot->values[i].values, plot->values[i].n, next), .sorted = next };
    next += plot->values[i].n;
  }
  return true;
}

static bool
has_box(const SgBox *box)
{
  return box->n >= SG_BOX_LEAST_VALUES;
}

/* The range to show: of all boxes and whiskers, and of those points that are not too far from them. False
 * without data. */
static bool
find_range(const Drawing *drawing, double *out_low, double *out_high)
{
  double low = INFINITY, high = -INFINITY;
  for (size_t i = 0; i < n_cells(drawing->plot); i++) {
    const Cell *cell = &drawing->cells[i];
    if (cell->box.n == 0)
      continue;
    low = fmin(low, has_box(&cell->box) ? cell->box.lower_whisker : cell->sorted[0]);
    high = fmax(high, has_box(&cell->box) ? cell->box.upper_whisker : cell->sorted[cell->box.n - 1]);
  }
  if (low > high)
    return false;
  double room = OUTLIER_ROOM * (high - low);
  *out_low = low;
  *out_high = high;
  for (size_t i = 0; i < n_cells(drawing->plot); i++)
    for (size_t k = 0; k < drawing->cells[i].box.n; k++) {
      double value = drawing->cells[i].sorted[k];
      if (value >= low - room && value <= high + room) {
        *out_low = fmin(*out_low, value);
        *out_high = fmax(*out_high, value);
      }
    }
  return true;
}

static double
y_of(const Drawing *drawing, double value)
{
  const SgRect *area = &drawing->area;
  return area->y + area->height - sg_value_axis_position(&drawing->axis, value, area->height);
}

static void
stroke_line(cairo_t *cr, double x0, double y0, double x1, double y1)
{
  cairo_move_to(cr, x0, y0);
  cairo_line_to(cr, x1, y1);
  cairo_stroke(cr);
}

static void
draw_box(cairo_t *cr, const Drawing *drawing, const SgBox *box, const SgColour *colour, double x,
         double width)
{
  double top = y_of(drawing, box->upper_quartile), bottom = y_of(drawing, box->lower_quartile);
  double high = y_of(drawing, box->upper_whisker), low = y_of(drawing, box->lower_whisker);
  cairo_set_line_width(cr, 1.3);
  sg_set_colour(cr, colour, 1.0);
  stroke_line(cr, x, top, x, high);
  stroke_line(cr, x, bottom, x, low);
  stroke_line(cr, x - 0.25 * width, high, x + 0.25 * width, high);
  stroke_line(cr, x - 0.25 * width, low, x + 0.25 * width, low);
  cairo_rectangle(cr, x - 0.5 * width, top, width, bottom - top);
  sg_set_colour(cr, colour, 0.35);
  cairo_fill_preserve(cr);
  sg_set_colour(cr, colour, 1.0);
  cairo_stroke(cr);
}

/* Points beside one another rather than on top: the k-th goes to the side that the van der Corput sequence
 * says. */
static double
spread(size_t k)
{
  double at = 0.0, weight = 0.5;
  for (size_t i = k + 1; i > 0; i /= 2, weight /= 2.0)
    at += i % 2 != 0 ? weight : 0.0;
  return at - 0.5;
}

/* How many values lie off the axis on this side, at an arrow. */
static void
draw_arrow(cairo_t *cr, const Drawing *drawing, const SgColour *colour, double x, double room, size_t n,
           bool down)
{
  if (n == 0)
    return;
  const SgRect *area = &drawing->area;
  double tip = down ? area->y + area->height - 1.0 : area->y + 1.0, back = down ? tip - 7.0 : tip + 7.0;
  sg_set_colour(cr, colour, 1.0);
  cairo_move_to(cr, x, tip);
  cairo_line_to(cr, x - 4.0, back);
  cairo_line_to(cr, x + 4.0, back);
  cairo_close_path(cr);
  cairo_fill(cr);
  char count[32];
  snprintf(count, sizeof count, "%zu", n);
  double width = sg_text_width(cr, SG_TEXT_LABEL, count), height = sg_text_line(SG_TEXT_LABEL);
  double top = down ? back - height : back;
  sg_set_colour(cr, &drawing->theme->background, 1.0); /* over the points that end here */
  cairo_rectangle(cr, x - 0.5 * width - 1.0, top, width + 2.0, height);
  cairo_fill(cr);
  sg_text_draw(cr, SG_TEXT_LABEL, &drawing->theme->text, count, x, top, 0.5, fmax(room, 20.0));
}

static void
draw_points(cairo_t *cr, const Drawing *drawing, const Cell *cell, const SgColour *colour, double x,
            double width, double room)
{
  const SgBox *box = &cell->box;
  bool all = box->n <= SG_BOX_MOST_POINTS;
  size_t n_below = 0, n_above = 0;
  for (size_t k = 0; k < box->n; k++) {
    double value = cell->sorted[k];
    if (value < drawing->axis.low)
      n_below++;
    else if (value > drawing->axis.high)
      n_above++;
    else if (all || value < box->lower_whisker || value > box->upper_whisker) {
      double aside = all && box->n > 1 ? 0.6 * width * spread(k) : 0.0;
      sg_set_colour(cr, colour, all ? 1.0 : 0.6);
      cairo_arc(cr, x + aside, y_of(drawing, value), has_box(box) ? POINT_RADIUS : LONE_POINT_RADIUS, 0.0,
                2.0 * M_PI);
      cairo_fill(cr);
    }
  }
  draw_arrow(cr, drawing, colour, x, room, n_below, true);
  draw_arrow(cr, drawing, colour, x, room, n_above, false);
}

static void
draw_cell(cairo_t *cr, const Drawing *drawing, const Cell *cell, int series, double x, double room)
{
  const SgColour *colour = sg_series_colour(drawing->theme, series);
  double width = fmin(0.78 * room, WIDEST_BOX);
  if (cell->box.n == 0) {
    sg_text_draw(cr, SG_TEXT_LABEL, &drawing->theme->muted, "–", x,
                 drawing->area.y + drawing->area.height - sg_text_line(SG_TEXT_LABEL), 0.5, room);
    return;
  }
  if (has_box(&cell->box))
    draw_box(cr, drawing, &cell->box, colour, x, width);
  double median = y_of(drawing, cell->box.median);
  sg_set_colour(cr, &drawing->theme->text, 1.0);
  cairo_set_line_width(cr, 2.0);
  stroke_line(cr, x - 0.5 * width, median, x + 0.5 * width, median);
  draw_points(cr, drawing, cell, colour, x, width, room);
}

static void
draw_groups(cairo_t *cr, const Drawing *drawing)
{
  const SgBoxPlot *plot = drawing->plot;
  const SgRect *area = &drawing->area;
  double group_width = area->width / (double)plot->n_groups;
  double room = fmin(0.86 * group_width / (double)plot->n_series, 1.5 * WIDEST_BOX);
  for (size_t g = 0; g < plot->n_groups; g++) {
    double middle = area->x + ((double)g + 0.5) * group_width;
    sg_figure_draw_x_label(cr, drawing->theme, area, middle, group_width - 4.0, plot->groups[g]);
    if (g > 0) {
      sg_set_colour(cr, &drawing->theme->grid, 1.0);
      cairo_set_line_width(cr, 1.0);
      stroke_line(cr, middle - group_width / 2.0, area->y, middle - group_width / 2.0,
                  area->y + area->height);
    }
    for (size_t s = 0; s < plot->n_series; s++) {
      double x = middle + ((double)s + 0.5 - (double)plot->n_series / 2.0) * room;
      draw_cell(cr, drawing, &drawing->cells[g * plot->n_series + s], plot->series[s].colour, x, room);
    }
  }
}

static SgRect
draw_frame(cairo_t *cr, const SgBoxPlot *plot, SgLegendEntry *legend)
{
  for (size_t s = 0; s < plot->n_series; s++)
    legend[s] = (SgLegendEntry){ plot->series[s].name, plot->series[s].colour };
  SgRect inner = sg_figure_draw_frame(cr, &plot->frame, legend, plot->n_series, false);
  return sg_figure_draw_panel(cr, &plot->frame, &inner, 0, 1, NULL);
}

SgStatus
sg_box_plot_draw(const SgBoxPlot *plot, cairo_t *cr, SgError *error)
{
  Drawing drawing = { .plot = plot, .theme = sg_theme(plot->frame.theme) };
  SgLegendEntry *legend = SG_NEW(SgLegendEntry, plot->n_series);
  SgStatus status = SG_OK;
  if (legend == NULL || !summarise_all(&drawing)) {
    status = sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
    goto out;
  }
  drawing.area = draw_frame(cr, plot, legend);
  double low, high;
  if (!find_range(&drawing, &low, &high)) {
    sg_figure_draw_empty(cr, &plot->frame, &drawing.area);
    goto out;
  }
  drawing.axis = sg_value_axis_covering(low, high, false);
  double labels = sg_value_labels_width(cr, &drawing.axis, drawing.area.height);
  drawing.area.x += labels;
  drawing.area.width -= labels;
  sg_figure_draw_y_axis(cr, drawing.theme, &drawing.axis, &drawing.area);
  draw_groups(cr, &drawing);
out:
  sg_free(legend);
  sg_free(drawing.cells);
  sg_free(drawing.all);
  return status;
}

static SgStatus
draw(const void *plot, cairo_t *cr, SgError *error)
{
  return sg_box_plot_draw(plot, cr, error);
}

SgStatus
sg_box_plot_render(const SgBoxPlot *plot, SgFigureFormat format, SgFigureWrite write, void *user,
                   SgError *error)
{
  return sg_figure_render(&plot->frame, draw, plot, format, write, user, error);
}
