/* Rows dragged to another place: by their names, onto the upper or lower half of another row of the same box.
 * The row under the pointer shows where the dragged one would go (style classes "drop-above", "drop-below").
 */
#pragma once

#include "ui/track-row.h"

G_BEGIN_DECLS

/* `handle` lies within `row`. */
void sg_row_drag_add_handle(SgTrackRow *row, GtkWidget *handle);
/* Where a row is dropped, `row` emits "dropped" (SgTrackRow *dragged, gboolean below). Nothing goes above the
 * mixture. */
void sg_row_drag_add_target(SgTrackRow *row);

G_END_DECLS
