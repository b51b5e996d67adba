/* SgFrequencyScale: the labels of the frequency axis, to the left of a row's spectrogram: note names and
 * hertz. Empty beside a waveform. */
#pragma once

#include <gtk/gtk.h>

#include "core/session/spectrogram-tiles.h"

G_BEGIN_DECLS

#define SG_TYPE_FREQUENCY_SCALE (sg_frequency_scale_get_type())
G_DECLARE_FINAL_TYPE(SgFrequencyScale, sg_frequency_scale, SG, FREQUENCY_SCALE, GtkWidget)

/* Follows the axes of `tiles`. */
GtkWidget *sg_frequency_scale_new(SgSpectrogramTiles *tiles, guint rate_hz);
void sg_frequency_scale_set_mode(SgFrequencyScale *self, SgTileMode mode);

G_END_DECLS
