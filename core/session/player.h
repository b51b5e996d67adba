/* SgPlayer: the transport as an object. Main thread only.
 *
 * Properties: "playing" (read-only; falls back to FALSE at the end of the song), "output-error" (a sentence when
 * no sound device could be opened, else NULL; everything but hearing still works). The position is not a
 * property: views ask for it each frame while "playing". */
#pragma once

#include "core/play/output.h"
#include "core/session/mask-set.h"

G_BEGIN_DECLS

#define SG_TYPE_PLAYER (sg_player_get_type())
G_DECLARE_FINAL_TYPE(SgPlayer, sg_player, SG, PLAYER, GObject)

/* Takes `output`. The environment variable STEMGLASS_OUTPUT, read by sg_player_new_default, chooses "device"
 * (standard), "null" or "file:PATH". */
SgPlayer *sg_player_new(SgOutput *output, GError **error);
SgPlayer *sg_player_new_default(GError **error);

/* What is played: a track's mixture, or its stems when `mask_set` is not NULL. Both are kept alive. */
void sg_player_set_source(SgPlayer *self, SgTrack *track, SgMaskSet *mask_set);

void sg_player_play(SgPlayer *self);
void sg_player_pause(SgPlayer *self);
void sg_player_toggle(SgPlayer *self);
void sg_player_seek(SgPlayer *self, gint64 position_samples);
gboolean sg_player_get_playing(SgPlayer *self);
gint64 sg_player_get_position(SgPlayer *self);
guint64 sg_player_get_n_underruns(SgPlayer *self);
const char *sg_player_get_output_error(SgPlayer *self);

/* Effective linear gain of a source (mute and solo already in it). */
void sg_player_set_gain(SgPlayer *self, guint source, double gain);
void sg_player_set_settings(SgPlayer *self, const SgRenderSettings *settings);
/* New masks came in. */
void sg_player_refresh(SgPlayer *self);

G_END_DECLS
