/* SgSongView: what is seen of a session's song: the overview, the ruler, a row for the mixture and one a
 * stem, the line that tells what lies under the pointer, and the transport. It follows its session by itself.
 *
 * Property: "follow" (whether the page turns with the playhead), also the action view.follow. Signal:
 * "selection" (gint64 start, gint64 end; equal: none): a stretch of time was dragged out; the marks have it
 * as their loop already. */
#pragma once

#include <gtk/gtk.h>

#include "core/session/session.h"
#include "core/session/song-overview.h"
#include "core/session/spectrogram-tiles.h"
#include "core/session/time-marks.h"
#include "core/session/view-range.h"
#include "ui/transport-bar.h"

G_BEGIN_DECLS

#define SG_TYPE_SONG_VIEW (sg_song_view_get_type())
G_DECLARE_FINAL_TYPE(SgSongView, sg_song_view, SG, SONG_VIEW, GtkBox)

/* Once, before it is shown. */
void sg_song_view_set_session(SgSongView *self, SgSession *session);

/* Zoom about the playhead when it is in sight, else about the middle. */
void sg_song_view_zoom(SgSongView *self, double factor);
SgViewRange *sg_song_view_get_range(SgSongView *self);
SgSpectrogramTiles *sg_song_view_get_tiles(SgSongView *self);
/* Loop, beats and markers that are drawn: those of the session. */
SgTimeMarks *sg_song_view_get_marks(SgSongView *self);
SgSongOverview *sg_song_view_get_overview(SgSongView *self);
/* Everything: the whole song, all frequencies. */
void sg_song_view_fit(SgSongView *self);

gboolean sg_song_view_get_follow(SgSongView *self);
void sg_song_view_set_follow(SgSongView *self, gboolean follow);

/* Seconds from the start; kept within the song. */
void sg_song_view_seek(SgSongView *self, double seconds);
double sg_song_view_get_position(SgSongView *self);

SgTransportBar *sg_song_view_get_transport(SgSongView *self);

/* Whether every row shows all that it is to show. */
gboolean sg_song_view_is_complete(SgSongView *self);

G_END_DECLS
