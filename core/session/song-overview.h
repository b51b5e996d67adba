/* SgSongOverview: the whole song in SG_OVERVIEW_COLUMNS columns: the peak of each, and what share of its
 * energy each source has. Computed in a background thread piece by piece; what is there can be shown at any
 * moment. Peaks look at every sample. Shares are those of up to four frames a column, so their cost does not
 * grow with the song; a column's are zero until its masks are ready. Main thread only. Signal: "changed". */
#pragma once

#include "core/session/mask-set.h"

G_BEGIN_DECLS

enum { SG_OVERVIEW_COLUMNS = 2048 };

#define SG_TYPE_SONG_OVERVIEW (sg_song_overview_get_type())
G_DECLARE_FINAL_TYPE(SgSongOverview, sg_song_overview, SG, SONG_OVERVIEW, GObject)

SgSongOverview *sg_song_overview_new(void);

/* Either may be NULL. A new track starts anew; new masks keep the peaks. */
void sg_song_overview_set_source(SgSongOverview *self, SgTrack *track, SgMaskSet *mask_set);
void sg_song_overview_set_settings(SgSongOverview *self, const SgRenderSettings *settings);
/* More masks are ready. */
void sg_song_overview_invalidate(SgSongOverview *self, gint64 first_frame, gint64 n_frames);

guint sg_song_overview_get_n_sources(SgSongOverview *self);
/* Largest absolute sample of any channel; 0 where it is not known yet. */
float sg_song_overview_get_peak(SgSongOverview *self, guint column);
/* shares[n_sources], their sum 1, or all 0. Borrowed until the main loop runs again; NULL without masks. */
const float *sg_song_overview_get_shares(SgSongOverview *self, guint column);
/* The peak of every hop of the separation's transform, float[⌈n_samples/hop⌉]; NULL until all are known.
 * Borrowed. */
GBytes *sg_song_overview_get_hop_peaks(SgSongOverview *self);
/* Whether everything is computed that can be. */
gboolean sg_song_overview_is_complete(SgSongOverview *self);

G_END_DECLS
