/* SgTrackRow: one row of the song: the controls at the left, then the frequency axis and the spectrogram with
 * the row's menu.
 *
 * Properties, which are also actions: "mode" / row.mode ("spectrum", "mask", "tinted", "sources",
 * "waveform"), "folded" / row.folded (a low row with the waveform), "colour" / row.colour (id of the stem's
 * colour). More actions: row.rename, row.move-up, row.move-down. Signals: "move" (int rows, downwards),
 * "dropped" (another SgTrackRow was dropped here, gboolean below; ui/row-drag.h). */
#pragma once

#include <gtk/gtk.h>

#include "core/session/stem.h"
#include "ui/spectrogram-view.h"

G_BEGIN_DECLS

enum { SG_TRACK_ROW_STRIP_WIDTH = 264, SG_TRACK_ROW_SPACING = 6 };

#define SG_TYPE_TRACK_ROW (sg_track_row_get_type())
G_DECLARE_FINAL_TYPE(SgTrackRow, sg_track_row, SG, TRACK_ROW, GtkWidget)

/* `stem` NULL: the row of the mixture. */
GtkWidget *sg_track_row_new(SgStem *stem, SgViewRange *range, SgSpectrogramTiles *tiles, SgTimeMarks *marks);
SgSpectrogramView *sg_track_row_get_view(SgTrackRow *self);
/* Makes the controls as wide as those of other rows. */
void sg_track_row_set_strip_group(SgTrackRow *self, GtkSizeGroup *group);
SgStem *sg_track_row_get_stem(SgTrackRow *self);

G_END_DECLS
