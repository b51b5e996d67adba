/* SgSpectrogramTiles: the spectrograms of a song and its stems, painted tile by tile in a small pool of
 * background threads and kept within a bounded memory. Main thread only.
 *
 * A view says which tiles it wants with sg_spectrogram_tiles_want and draws what sg_spectrogram_tiles_get
 * has. What a row no longer wants is not painted any more. A tile that is out of date (other colours, other
 * strengths, more masks ready) is still given out until its successor is painted. Signal: "changed" (gint
 * source): a tile of this row was painted or went out of date; draw and want again. SG_TILE_ALL means every
 * row. "look-changed": another look or other axes. */
#pragma once

#include "core/session/spectrogram-tile.h"

G_BEGIN_DECLS

enum { SG_TILE_ALL = -2 };

#define SG_TYPE_SPECTROGRAM_TILES (sg_spectrogram_tiles_get_type())
G_DECLARE_FINAL_TYPE(SgSpectrogramTiles, sg_spectrogram_tiles, SG, SPECTROGRAM_TILES, GObject)

SgSpectrogramTiles *sg_spectrogram_tiles_new(void);

/* What is shown; either may be NULL. A new track or mask set drops the tiles of the old one. */
void sg_spectrogram_tiles_set_source(SgSpectrogramTiles *self, SgTrack *track, SgMaskSet *mask_set);
SgTrack *sg_spectrogram_tiles_get_track(SgSpectrogramTiles *self);

SgMaskSet *sg_spectrogram_tiles_get_mask_set(SgSpectrogramTiles *self);

/* The strengths that stems are shown with. */
void sg_spectrogram_tiles_set_settings(SgSpectrogramTiles *self, const SgRenderSettings *settings);
SgRenderSettings sg_spectrogram_tiles_get_settings(SgSpectrogramTiles *self);
void sg_spectrogram_tiles_set_look(SgSpectrogramTiles *self, SgTileLook look);
SgTileLook sg_spectrogram_tiles_get_look(SgSpectrogramTiles *self);
/* The axes that all rows are to be shown with; kept here for them, the tiles themselves go by their scales.
 */
void sg_spectrogram_tiles_set_axes(SgSpectrogramTiles *self, SgTileAxes axes);
SgTileAxes sg_spectrogram_tiles_get_axes(SgSpectrogramTiles *self);

/* The peaks of the track's hops (sg_song_overview_get_hop_peaks); NULL: not known. Keeps a reference. */
void sg_spectrogram_tiles_set_hop_peaks(SgSpectrogramTiles *self, GBytes *hop_peaks);

/* More masks are ready; stems of these frames are painted on. Acts at once or a little later, so that a
 * stream of calls does not paint the same tile over and over. */
void sg_spectrogram_tiles_invalidate(SgSpectrogramTiles *self, gint64 first_frame, gint64 n_frames);

/* Wants tiles first … first+n−1 of a row, those nearest to tile `focus` first, and none else of this row. */
void sg_spectrogram_tiles_want(SgSpectrogramTiles *self, int source, SgTileScale scale, gint64 first, guint n,
                               gint64 focus);

/* The tile, or NULL when it has not been painted yet. Borrowed until the main loop runs again. */
SgSpectrogramTile *sg_spectrogram_tiles_get(SgSpectrogramTiles *self, int source, SgTileScale scale,
                                            gint64 index);

/* Tiles that are wanted and not painted, or out of date. */
guint sg_spectrogram_tiles_get_n_pending(SgSpectrogramTiles *self);

G_END_DECLS
