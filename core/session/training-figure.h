/* The curves of a training as a figure: a panel for each kind of value ("loss", "sdr"), in it a curve for
 * each set of songs ("train", "valid"), along the steps. */
#pragma once

#include <glib.h>

#include "core/plot/theme.h"

G_BEGIN_DECLS

/* Reads the CSV of core/train/curves.h and writes PNG, SVG or PDF (core/session/figure-file.h). */
gboolean sg_training_figure_write(const char *csv_path, const char *path, gboolean overwrite, SgThemeId theme,
                                  GError **error);

G_END_DECLS
