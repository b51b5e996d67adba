/* What the files of SgSession share. */
#pragma once

#include "core/session/session.h"

G_BEGIN_DECLS

struct _SgSession {
  GObject parent_instance;
  SgPlayer *player;
  SgTrack *track;
  SgMaskSet *mask_set;
  GListStore *stems;
  SgJob *job;
  guint wiener_iterations;
  char *scratch_folder;
  GHashTable *known_stems; /* id → SgStem of this song that was in the mixer before */

  /* session-playing.c */
  SgPlayback *playback;
  SgHistory *history;
  GListStore *markers;
  SgJob *beats_job; /* or NULL */
  GArray *taps;     /* of double: samples of the song */
  double first_tap_s, last_tap_s;
  gint64 first_tap_position;

  GMutex lock; /* workers add ready frames under it */
  gint64 ready_from, ready_to;
  guint masks_changed_source;
};

/* session-playing.c */
void sg_session_init_playing(SgSession *self);
void sg_session_clear_playing(SgSession *self);
void sg_session_forget_song(SgSession *self);
void sg_session_watch_stem(SgSession *self, SgStem *stem);

/* A task whose job is the session's from now on; NULL, after the callback was told, while another one runs.
 */
GTask *sg_session_start_job(SgSession *self, gpointer tag, GAsyncReadyCallback callback, gpointer user);
void sg_session_end_job(SgSession *self);

void sg_session_set_track(SgSession *self, SgTrack *track);
/* Also puts the stems of the mask set into the mixer; those that fit keep how they were set. */
void sg_session_set_mask_set(SgSession *self, SgMaskSet *mask_set);

/* Called in a worker thread when masks become ready; `session` is the SgSession. One signal tells of many. */
void sg_session_masks_ready(int64_t first_frame, int64_t n_frames, void *session);

G_END_DECLS
