/* SgSession: one open song and all that is done with it: the object behind a window. Main thread only.
 *
 * Properties: "track" (SgTrack or NULL), "mask-set" (SgMaskSet or NULL), "job" (the SgJob that runs, or NULL;
 * one at a time). A mask set appears as soon as a separation starts and fills while it runs; when it is
 * cancelled the mask set that was there before comes back. Signals: "masks-changed" (gint64 first_frame,
 * gint64 n_frames): more masks are ready, coalesced; "strength-changed": a stem's strength moved, so what
 * views show of stems is stale.
 *
 * The stems' settings act on the player by themselves. The _async functions fail at once with
 * G_IO_ERROR_BUSY while a job runs; cancel with sg_job_cancel (then the error is G_IO_ERROR_CANCELLED). */
#pragma once

#include "core/render/export.h"
#include "core/session/history.h"
#include "core/session/job.h"
#include "core/session/marker.h"
#include "core/session/mask-set.h"
#include "core/session/method-choice.h"
#include "core/session/playback.h"
#include "core/session/player.h"
#include "core/session/stem.h"

G_BEGIN_DECLS

#define SG_TYPE_SESSION (sg_session_get_type())
G_DECLARE_FINAL_TYPE(SgSession, sg_session, SG, SESSION, GObject)

/* Takes a reference on `player` (may be NULL: nothing is heard). */
SgSession *sg_session_new(SgPlayer *player);

SgTrack *sg_session_get_track(SgSession *self);
SgMaskSet *sg_session_get_mask_set(SgSession *self);
/* SgStem objects, one a source, in the method's order; empty before a separation. */
GListModel *sg_session_get_stems(SgSession *self);
SgPlayer *sg_session_get_player(SgSession *self);
SgJob *sg_session_get_job(SgSession *self);
/* The strengths of all stems as the renderer takes them. */
SgRenderSettings sg_session_get_settings(SgSession *self);

/* Where songs and masks go that come from now on; NULL: the standard folder of core/base/scratch.h. */
void sg_session_set_scratch_folder(SgSession *self, const char *folder);

/* Replaces the song; the one that is open stays when it fails. */
void sg_session_open_async(SgSession *self, GFile *file, GAsyncReadyCallback callback, gpointer user);
gboolean sg_session_open_finish(SgSession *self, GAsyncResult *result, GError **error);

/* Rounds of multichannel Wiener filtering in later separations, 0 (at first) … SG_WIENER_MAX_ITERATIONS. */
void sg_session_set_wiener_iterations(SgSession *self, guint n_iterations);
guint sg_session_get_wiener_iterations(SgSession *self);

void sg_session_separate_async(SgSession *self, const char *method_id, GAsyncReadyCallback callback,
                               gpointer user);
/* As chosen, with its own Wiener filtering. A source that an earlier separation of the song had too keeps how it
 * was set in the mixer. */
void sg_session_separate_as_async(SgSession *self, SgMethodChoice *choice, GAsyncReadyCallback callback,
                                  gpointer user);
gboolean sg_session_separate_finish(SgSession *self, GAsyncResult *result, GError **error);

/* What the stems are written as. */
typedef struct {
  SgContainer container;
  SgBits bits;
  gboolean overwrite;
  gboolean convert;     /* rate and channels, where the format cannot hold the song's; refused otherwise */
  gboolean common_gain; /* as in SgExportOptions */
} SgExportChoice;

/* Writes every stem to `folder` as SOURCE.EXT (a stem file as one), with the strengths as set, the song's
 * tags, and without the mixer's gains. */
void sg_session_export_async(SgSession *self, GFile *folder, SgExportChoice choice,
                             GAsyncReadyCallback callback, gpointer user);
gboolean sg_session_export_finish(SgSession *self, GAsyncResult *result, SgExportReport *out_report,
                                  GError **error);

/* Owned by the session. What is changed in the playback acts on the player by itself; the history has every
 * change of mixer, strengths, colours, master, loop, speed, pitch, tempo, click and markers since the song was
 * opened. */
SgPlayback *sg_session_get_playback(SgSession *self);
SgHistory *sg_session_get_history(SgSession *self);

/* SgMarker objects in the song's order. `name` NULL: "Marker N". */
GListModel *sg_session_get_markers(SgSession *self);
SgMarker *sg_session_add_marker(SgSession *self, gint64 position, const char *name);
void sg_session_remove_marker(SgSession *self, SgMarker *marker);

/* Finds the beats of the song, beside other jobs; the playback has them then. G_IO_ERROR_BUSY while that
 * runs already. */
void sg_session_find_beats_async(SgSession *self, GAsyncReadyCallback callback, gpointer user);
gboolean sg_session_find_beats_finish(SgSession *self, GAsyncResult *result, GError **error);
gboolean sg_session_is_finding_beats(SgSession *self);
/* 0 while no beats are known. */
double sg_session_get_bpm(SgSession *self);
/* Twice or half the beats, within SG_BEAT_MIN_BPM … SG_BEAT_MAX_BPM. */
void sg_session_scale_tempo(SgSession *self, gboolean twice);
/* A beat is now, where the playhead is; from the third of a series on the beats are those tapped. */
void sg_session_tap_tempo(SgSession *self);
/* Moves both ends of the loop to the nearest beats, at least one apart. */
void sg_session_snap_loop(SgSession *self);

G_END_DECLS
