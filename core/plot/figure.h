/* What all figures share: their frame of words, and writing them as PNG, SVG or PDF.
 *
 * A figure is a plain description that borrows everything it names while it is drawn; the kinds of figure are
 * beside this file (box-plot.h, curve-plot.h). Units: 1/96 inch, called pixels; a PNG has two of its own in
 * each. All texts are the caller's, valid UTF-8, and may be NULL. Threads: any, one figure each. Audio
 * callback: no.
 */
#pragma once

#include <cairo.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/base/status.h"
#include "core/plot/theme.h"

typedef struct {
  double width, height; /* SG_FIGURE_LEAST_SIZE … SG_FIGURE_LARGEST_SIZE */
  SgThemeId theme;
  const char *title;   /* up to two lines */
  const char *caption; /* below all, up to six lines */
  const char *x_label;
  const char *y_label;
  const char *empty; /* stands in the place of data when there are none */
} SgFigureFrame;

enum { SG_FIGURE_LEAST_SIZE = 120, SG_FIGURE_LARGEST_SIZE = 10000 };

/* The colour of a series that the others are compared with, in place of an index into the theme's. */
enum { SG_COLOUR_MUTED = -1 };

typedef enum { SG_FIGURE_PNG, SG_FIGURE_SVG, SG_FIGURE_PDF } SgFigureFormat;

/* By the ending of a file's name (.png, .svg, .pdf; case does not matter); false when it is none of them. */
bool sg_figure_format_find(const char *path, SgFigureFormat *out_format);

/* Takes the next bytes of the file. What it returns, if not SG_OK, is what rendering returns. */
typedef SgStatus (*SgFigureWrite)(const void *bytes, size_t n, void *user, SgError *error);

/* Draws `plot` at (0, 0) in pixels; any figure that is not among the kinds here can be rendered by its own.
 */
typedef SgStatus (*SgFigureDraw)(const void *plot, cairo_t *cr, SgError *error);

/* Draws and hands over the file's bytes in order. After an error the bytes handed over are no whole file.
 * SG_BAD_ARGUMENT (a size out of range, a text that is not UTF-8), SG_NO_MEMORY, SG_WRITE_FAILED, and what
 * `draw` and `write` return. */
SgStatus sg_figure_render(const SgFigureFrame *frame, SgFigureDraw draw, const void *plot,
                          SgFigureFormat format, SgFigureWrite write, void *user, SgError *error);
