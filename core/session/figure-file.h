/* Figures of core/plot written to files. */
#pragma once

#include <glib.h>

#include "core/plot/figure.h"

G_BEGIN_DECLS

/* Renders `plot` into a file that appears when it is complete; PNG, SVG or PDF by its ending (another one:
 * SG_BAD_ARGUMENT). */
gboolean sg_figure_file_write(const char *path, gboolean overwrite, const SgFigureFrame *frame,
                              SgFigureDraw draw, const void *plot, GError **error);

G_END_DECLS
