/* SgTrack: a song that has been decoded. Immutable after it is loaded; workers keep it alive by a reference.
 */
#pragma once

#include <gio/gio.h>

#include "core/base/progress.h"
#include "core/io/decoder.h"
#include "core/io/tags.h"

G_BEGIN_DECLS

#define SG_TYPE_TRACK (sg_track_get_type())
G_DECLARE_FINAL_TYPE(SgTrack, sg_track, SG, TRACK, GObject)

/* Decodes a file; blocks, so call it from a job's thread. NULL with `error` set when it cannot. */
SgTrack *sg_track_load(const char *path, gboolean strict, SgProgress progress, gpointer user, GError **error);
/* The same with its scratch in `scratch_folder` (NULL: the standard one). */
SgTrack *sg_track_load_into(const char *path, gboolean strict, const char *scratch_folder, SgProgress progress,
                            gpointer user, GError **error);

const char *sg_track_get_path(SgTrack *self);
/* Artist and title from the file's tags, or its name without extension; valid UTF-8. */
const char *sg_track_get_title(SgTrack *self);
/* "FLAC, 16-bit PCM, 44.1 kHz, stereo, 3:25" */
char *sg_track_dup_description(SgTrack *self);
/* A sentence about what was lost when the file ends early, else NULL. */
const char *sg_track_get_warning(SgTrack *self);
const SgAudioInfo *sg_track_get_info(SgTrack *self);
/* What the file says about its song, with its cover; NULL when that could not be read. */
const SgTags *sg_track_get_tags(SgTrack *self);
const SgPcm *sg_track_get_pcm(SgTrack *self);
gint64 sg_track_get_n_samples(SgTrack *self);
guint sg_track_get_rate(SgTrack *self);

/* What the folder for a song's stems is called: the file's name without its extension, in the file system's own
 * encoding. */
char *sg_track_dup_folder_name(const char *path);

G_END_DECLS
