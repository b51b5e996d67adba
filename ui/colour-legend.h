/* SgColourLegend: what the colours of a row mean: the colour map between the levels of its ends, in dB, or of
 * a mask between 0 and 100 %. */
#pragma once

#include <gtk/gtk.h>

#include "core/session/spectrogram-tiles.h"

G_BEGIN_DECLS

#define SG_TYPE_COLOUR_LEGEND (sg_colour_legend_get_type())
G_DECLARE_FINAL_TYPE(SgColourLegend, sg_colour_legend, SG, COLOUR_LEGEND, GtkWidget)

/* Follows the look of `tiles`. */
GtkWidget *sg_colour_legend_new(SgSpectrogramTiles *tiles);
/* What the row shows that it is about; at first levels. */
void sg_colour_legend_set_mode(SgColourLegend *self, SgTileMode mode);

G_END_DECLS
