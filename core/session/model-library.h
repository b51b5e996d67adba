/* The models that are there: every "NAME.safetensors" in the folder "models" of what comes with the program
 * (core/session/data-folder.h) and of the user's data.
 *
 * A file that cannot be used is listed too, with a sentence that says why. Two files of one name, one in each
 * folder, cannot be told apart by it: both are listed with that as their fault, and finding refuses.
 *
 * The record of a model file (core/nn/model-file.h) may have the texts "net", "licence" and "scores"; the
 * last may be an object of decibels by source. Without "scores" the trainer's own validation is told.
 *
 * Listing opens every file and builds its network once, without running it: milliseconds to tenths of a
 * second a file, so not on the main thread. Ownership: as said. Threads: any.
 */
#pragma once

#include <glib.h>

#include "core/base/status.h"

G_BEGIN_DECLS

typedef struct {
  char *name;
  char *path;
  guint64 n_bytes;
  char *fault; /* a sentence, or NULL when the model can be used by its name */
  /* What the file says; 0 and NULL where it could not be read or does not say. */
  guint32 rate_hz, n_channels;
  GStrv sources; /* those that the method gives, "rest" among them */
  char *net, *licence, *scores;
} SgModelEntry;

void sg_model_entry_free(SgModelEntry *entry);

/* All models by name (then by path): elements are SgModelEntry, freed with the array. */
GPtrArray *sg_model_library_new(void);

/* The path of the model of this name, whether it can be used or not; free with g_free. NULL with
 * SG_UNKNOWN_METHOD in SG_ENGINE_ERROR when there is none, SG_BAD_ARGUMENT when there are two. */
char *sg_model_library_dup_path(const char *name, GError **error);

G_END_DECLS
