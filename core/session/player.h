/* SgPlayer: the transport as an object. Main thread only.
 *
 * Properties: "playing" (read-only; falls back to FALSE at the end of the song), "output-error" (a sentence
 * when no sound device could be opened, else NULL; everything but hearing still works). The position is not a
 * property: views ask for it each frame while "playing". */
#pragma once

#include "core/play/transport.h"
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
/* −1 … 1 */
void sg_player_set_pan(SgPlayer *self, guint source, double pan);
/* Linear gains of all that is heard, of the click in the song, and of that which counts in before playing
 * begins (0: it does not). Both follow the beats. */
void sg_player_set_master(SgPlayer *self, double gain);
void sg_player_set_click(SgPlayer *self, double gain);
void sg_player_set_count_in(SgPlayer *self, double gain);
void sg_player_set_beats(SgPlayer *self, SgBeatGrid *beats);
/* None where end ≤ start. */
void sg_player_set_loop(SgPlayer *self, SgLoop loop);
void sg_player_set_stretch(SgPlayer *self, double speed, double semitones);
void sg_player_set_settings(SgPlayer *self, const SgRenderSettings *settings);
/* New masks came in. */
void sg_player_refresh(SgPlayer *self);

/* Levels of this moment, and how the output stands. */
void sg_player_get_meters(SgPlayer *self, SgMixerMeters *out_meters);
void sg_player_get_state(SgPlayer *self, SgTransportState *out_state);

/* Plays through the device of this name from now on (NULL: the standard one), asking for blocks of
 * `block_frames` (0: 256). A device that is not there when playing begins is replaced by the standard one.
 * Does nothing where STEMGLASS_OUTPUT has chosen something else than a device. */
void sg_player_set_device(SgPlayer *self, const char *name, guint block_frames);
/* The devices there are, in a thread: GArray of SgOutputDevice. */
void sg_player_list_devices_async(SgPlayer *self, GAsyncReadyCallback callback, gpointer user);
GArray *sg_player_list_devices_finish(SgPlayer *self, GAsyncResult *result, GError **error);

G_END_DECLS
