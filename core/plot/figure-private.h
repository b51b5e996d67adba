/* What the kinds of figure draw their frame with. Lengths in pixels; a text is valid UTF-8 or NULL. */
#pragma once

#include "core/plot/figure.h"
#include "core/plot/value-axis.h"

typedef struct {
  double x, y, width, height;
} SgRect;

typedef enum { SG_TEXT_TITLE, SG_TEXT_HEADING, SG_TEXT_LABEL, SG_N_TEXT_STYLES } SgTextStyle;

/* Height of a line of this style. */
double sg_text_line(SgTextStyle style);
double sg_text_width(cairo_t *cr, SgTextStyle style, const char *text);

/* One line with its top at `y`; `align` 0 starts it at x, ½ centres it there, 1 ends it there. What is wider
 * than `max_width` is cut and ends with "…". Returns the width drawn. */
double sg_text_draw(cairo_t *cr, SgTextStyle style, const SgColour *colour, const char *text, double x,
                    double y, double align, double max_width);

/* Lines of at most `width`, broken between words, the last of `max_lines` cut; returns their height. `colour`
 * NULL: only measures. */
double sg_text_draw_lines(cairo_t *cr, SgTextStyle style, const SgColour *colour, const char *text, double x,
                          double y, double width, int max_lines);

void sg_set_colour(cairo_t *cr, const SgColour *colour, double opacity);

/* The colour of series `index` or SG_COLOUR_MUTED; and the dashes that tell it from the series of the same
 * colour (off for the first of them). */
const SgColour *sg_series_colour(const SgTheme *theme, int index);
void sg_set_series_dash(cairo_t *cr, int index);

typedef struct {
  const char *name; /* NULL: not in the legend */
  int colour;       /* index of the theme's series, or SG_COLOUR_MUTED */
} SgLegendEntry;

/* Draws ground, title, legend (of more than one name; filled squares, or strokes when `lines`), x label and
 * caption, and returns what is left between them. */
SgRect sg_figure_draw_frame(cairo_t *cr, const SgFigureFrame *frame, const SgLegendEntry *legend,
                            size_t n_legend, bool lines);

/* Panel `index` of `n` that stand above one another in `area`, the room for x labels below the last being
 * kept free: draws its heading and, on the first, the frame's y label, and returns where it plots. */
SgRect sg_figure_draw_panel(cairo_t *cr, const SgFigureFrame *frame, const SgRect *area, size_t index,
                            size_t n, const char *heading);

/* The room that y tick labels take, and the distance that keeps them apart. */
double sg_value_labels_width(cairo_t *cr, const SgValueAxis *axis, double height);
extern const double SG_VALUE_GAP;

/* Grid lines and labels of a y axis left of `plot`. A zero inside the axis gets a stronger line. */
void sg_figure_draw_y_axis(cairo_t *cr, const SgTheme *theme, const SgValueAxis *axis, const SgRect *plot);

/* A label below the plot at x, with `room` to both sides together. */
void sg_figure_draw_x_label(cairo_t *cr, const SgTheme *theme, const SgRect *plot, double x, double room,
                            const char *text);

/* The frame's sentence in the middle of a plot that has no data. */
void sg_figure_draw_empty(cairo_t *cr, const SgFigureFrame *frame, const SgRect *plot);
