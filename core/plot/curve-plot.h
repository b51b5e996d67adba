/* Curves over a common x axis, in one panel or several above one another: scores along time, losses over
 * epochs.
 *
 * A point whose y is not a finite number (on a logarithmic axis: not above 0) is a gap: the line stops before
 * it and goes on after it; a point between two gaps is a dot. Every panel has a y axis of its own.
 *
 * Ownership: everything is borrowed while the figure is drawn. Threads and texts: see figure.h.
 */
#pragma once

#include <stdbool.h>

#include "core/plot/figure.h"

typedef struct {
  const char *name; /* in the legend; curves of several panels that share name and colour share their entry */
  int colour;       /* index of the theme's series colours, or SG_COLOUR_MUTED */
  const double *x;  /* [n] ascending; NULL: 0, 1, 2 … */
  const double *y;  /* [n] */
  size_t n;
} SgCurve;

typedef struct {
  const char *heading; /* NULL: none */
  const SgCurve *curves;
  size_t n_curves;
  bool y_logarithmic;
} SgCurvePanel;

typedef struct {
  SgFigureFrame frame;
  const SgCurvePanel *panels;
  size_t n_panels;
  bool x_is_time; /* x are seconds, labelled m:ss */
  bool y_limited; /* the y axes show nothing outside y_least … y_most; curves that go there leave the picture
                   */
  double y_least, y_most;
} SgCurvePlot;

/* SG_NO_MEMORY. */
SgStatus sg_curve_plot_draw(const SgCurvePlot *plot, cairo_t *cr, SgError *error);

/* The errors of sg_figure_render. */
SgStatus sg_curve_plot_render(const SgCurvePlot *plot, SgFigureFormat format, SgFigureWrite write, void *user,
                              SgError *error);
