/* SgPlayback: how a session is played beside its stems: master gain, loop, speed, pitch, beats and click.
 * Main thread only.
 *
 * Properties: "master-gain-db" (−60 … +12, −60 is silence), "speed" (0.5 … 1.5), "pitch" (−12 … 12
 * semitones), "loop" (GVariant "(xxb)": start and end in samples of the song, whether it is on), "beats" (an
 * SgBeatGrid or NULL), "click", "count-in". The session applies them to its player. */
#pragma once

#include <glib-object.h>

#include "core/beat/beat-grid.h"
#include "core/play/deck-plan.h"

G_BEGIN_DECLS

#define SG_PLAYBACK_MIN_SPEED 0.5
#define SG_PLAYBACK_MAX_SPEED 1.5
#define SG_PLAYBACK_MAX_SEMITONES 12.0

#define SG_TYPE_BEAT_GRID (sg_beat_grid_get_type())
GType sg_beat_grid_get_type(void);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SgBeatGrid, sg_beat_grid_unref)

#define SG_TYPE_PLAYBACK (sg_playback_get_type())
G_DECLARE_FINAL_TYPE(SgPlayback, sg_playback, SG, PLAYBACK, GObject)

SgPlayback *sg_playback_new(void);

double sg_playback_get_master_gain_db(SgPlayback *self);
double sg_playback_get_speed(SgPlayback *self);
double sg_playback_get_pitch(SgPlayback *self);
gboolean sg_playback_get_click(SgPlayback *self);
gboolean sg_playback_get_count_in(SgPlayback *self);

/* The region, also while it is off; none where end ≤ start. */
SgLoop sg_playback_get_loop(SgPlayback *self);
gboolean sg_playback_get_loop_on(SgPlayback *self);
void sg_playback_set_loop(SgPlayback *self, SgLoop loop, gboolean on);

/* Borrowed; NULL while none are known. */
SgBeatGrid *sg_playback_get_beats(SgPlayback *self);
void sg_playback_set_beats(SgPlayback *self, SgBeatGrid *beats);

/* Another song: no loop, no beats; the rest stays. */
void sg_playback_forget_song(SgPlayback *self);

G_END_DECLS
