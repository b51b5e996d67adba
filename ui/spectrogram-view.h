/* SgSpectrogramView: one row's spectrogram, mask or waveform on the shared stretch of time, with beats, loop,
 * markers and the playhead.
 *
 * It draws tiles unscaled at device pixels; where one is still being painted it shows an older one, scaled.
 * A click seeks, a drag selects the loop, a drag with Shift zooms into a rectangle, the wheel with Alt zooms
 * the frequency axis; the wheel, pinch and drags with the middle button as in ui/time-gestures.h. With the
 * focus, arrows move a cell cursor (Shift: ten cells; Page Up and Down: an octave), Return seeks to it and
 * Escape hides it; Alt with plus and minus zooms the frequency axis, with Page Up and Down moves along it.
 * Signals: "seek" (gint64 sample); "pointed" (double sample, double hz) while the pointer is over it or the
 * cell cursor moves, with NAN for both when it leaves; "menu" (double x, double y) when a menu is asked for.
 */
#pragma once

#include <gtk/gtk.h>

#include "core/session/spectrogram-tiles.h"
#include "core/session/time-marks.h"
#include "core/session/view-range.h"

G_BEGIN_DECLS

#define SG_TYPE_SPECTROGRAM_VIEW (sg_spectrogram_view_get_type())
G_DECLARE_FINAL_TYPE(SgSpectrogramView, sg_spectrogram_view, SG, SPECTROGRAM_VIEW, GtkWidget)

/* `source` is a stem's index or SG_TILE_MIXTURE. */
GtkWidget *sg_spectrogram_view_new(SgViewRange *range, SgSpectrogramTiles *tiles, SgTimeMarks *marks,
                                   int source);
int sg_spectrogram_view_get_source(SgSpectrogramView *self);
void sg_spectrogram_view_set_mode(SgSpectrogramView *self, SgTileMode mode);
SgTileMode sg_spectrogram_view_get_mode(SgSpectrogramView *self);
void sg_spectrogram_view_set_playhead(SgSpectrogramView *self, gint64 sample);

/* The cell that the keyboard looks at; FALSE when there is none. */
gboolean sg_spectrogram_view_get_cursor(SgSpectrogramView *self, double *out_sample, double *out_hz);
/* What the cell cursor reads, for screen readers: it becomes the view's accessible description. */
void sg_spectrogram_view_set_reading(SgSpectrogramView *self, const char *reading);

/* Whether all that is in sight is painted and up to date. */
gboolean sg_spectrogram_view_is_complete(SgSpectrogramView *self);

G_END_DECLS
