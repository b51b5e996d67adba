/* SgOverview: the whole song's waveform in the colours of its sources, with the stretch that the rows show,
 * the loop, markers and the playhead.
 *
 * Dragging the stretch moves it, dragging one of its edges zooms, a click elsewhere brings the stretch there;
 * the wheel zooms about the pointer. With the focus: arrows pan, Page Up and Down by a whole stretch, Home
 * and End to the ends. */
#pragma once

#include <gtk/gtk.h>

#include "core/session/song-overview.h"
#include "core/session/spectrogram-tiles.h"
#include "core/session/time-marks.h"
#include "core/session/view-range.h"

G_BEGIN_DECLS

#define SG_TYPE_OVERVIEW (sg_overview_get_type())
G_DECLARE_FINAL_TYPE(SgOverview, sg_overview, SG, OVERVIEW, GtkWidget)

/* The colours of sources are those of the look of `tiles`. */
GtkWidget *sg_overview_new(SgSongOverview *song, SgSpectrogramTiles *tiles, SgViewRange *range,
                           SgTimeMarks *marks);
void sg_overview_set_playhead(SgOverview *self, gint64 sample);

G_END_DECLS
