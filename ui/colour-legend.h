/* SgColourLegend: what the colours of the spectrograms mean: the colour map between the levels of its ends,
 * in dB. */
#pragma once

#include <gtk/gtk.h>

#include "core/session/spectrogram-tiles.h"

G_BEGIN_DECLS

#define SG_TYPE_COLOUR_LEGEND (sg_colour_legend_get_type())
G_DECLARE_FINAL_TYPE(SgColourLegend, sg_colour_legend, SG, COLOUR_LEGEND, GtkWidget)

/* Follows the look of `tiles`. */
GtkWidget *sg_colour_legend_new(SgSpectrogramTiles *tiles);

G_END_DECLS
