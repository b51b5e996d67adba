/* SgSpectrogramView: one row's spectrogram on the shared stretch of time, with the playhead.
 *
 * It draws tiles unscaled at device pixels; where one is still being painted it shows an older one, scaled.
 * A click seeks. Wheel, pinch and drags with the middle button zoom and pan (ui/time-gestures.h).
 * Signals: "seek" (gint64 sample); "pointed" (double sample, double hz, double level_db) while the pointer is
 * over it, with NAN for all when it leaves, and NAN for a level that is not known. */
#pragma once

#include <gtk/gtk.h>

#include "core/session/spectrogram-tiles.h"
#include "core/session/view-range.h"

G_BEGIN_DECLS

#define SG_TYPE_SPECTROGRAM_VIEW (sg_spectrogram_view_get_type())
G_DECLARE_FINAL_TYPE(SgSpectrogramView, sg_spectrogram_view, SG, SPECTROGRAM_VIEW, GtkWidget)

/* `source` is a stem's index or SG_TILE_MIXTURE. */
GtkWidget *sg_spectrogram_view_new(SgViewRange *range, SgSpectrogramTiles *tiles, int source);
void sg_spectrogram_view_set_playhead(SgSpectrogramView *self, gint64 sample);

/* Whether all that is in sight is painted and up to date. */
gboolean sg_spectrogram_view_is_complete(SgSpectrogramView *self);

G_END_DECLS
