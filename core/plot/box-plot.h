/* Box plots: for every group (a source) one box a series (a system, the mixture, an oracle).
 *
 * A box reaches from the first to the third quartile (linear interpolation between the order statistics at
 * (n − 1)·p: R's type 7), its line is the median, its whiskers end at the farthest values within 1.5 box
 * heights of the box (J. W. Tukey, "Exploratory Data Analysis", 1977); values beyond are points, and those so
 * far out that they would flatten the boxes are counted at an arrow on the edge. Up to SG_BOX_MOST_POINTS
 * values are all drawn as points over their box; fewer than SG_BOX_LEAST_VALUES get no box, only points and
 * the median. Values that are not finite are left out.
 *
 * Ownership: everything is borrowed while the figure is drawn. Threads and texts: see figure.h.
 */
#pragma once

#include <stdbool.h>

#include "core/plot/figure.h"

enum { SG_BOX_LEAST_VALUES = 5, SG_BOX_MOST_POINTS = 20 };

typedef struct {
  size_t n; /* finite values; without any the others are NaN */
  double lower_quartile, median, upper_quartile;
  double lower_whisker, upper_whisker;
} SgBox;

/* `values`[n] in any order; `sorted`[n] receives the finite ones, ascending. */
SgBox sg_box_summarise(const double *values, size_t n, double *sorted);

typedef struct {
  const double *values; /* [n] */
  size_t n;
} SgBoxValues;

typedef struct {
  const char *name; /* in the legend */
  int colour;       /* index of the theme's series colours, or SG_COLOUR_MUTED */
} SgBoxSeries;

typedef struct {
  SgFigureFrame frame;
  size_t n_groups, n_series;
  const char *const *groups; /* [n_groups] names below the axis */
  const SgBoxSeries *series; /* [n_series] */
  const SgBoxValues *values; /* [n_groups][n_series] */
} SgBoxPlot;

/* SG_NO_MEMORY. */
SgStatus sg_box_plot_draw(const SgBoxPlot *plot, cairo_t *cr, SgError *error);

/* The errors of sg_figure_render. */
SgStatus sg_box_plot_render(const SgBoxPlot *plot, SgFigureFormat format, SgFigureWrite write, void *user,
                            SgError *error);
