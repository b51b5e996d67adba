/* Which songs "separate" works on: the files and folders of its command line, as one list. */
#pragma once

#include <glib.h>

#include "core/base/status.h"

typedef struct {
  char *path;
  char *name;         /* below the output folder: TRACK, or FOLDERS/TRACK for what --recursive found */
  gint64 n_bytes;     /* of the file, 0 when unknown */
  gboolean was_found; /* in a folder: it need not be a sound file */
  SgError error;      /* set when this stands for a folder that cannot be listed */
} SeparateInput;

/* The files in the order given; in place of a folder the files in it, sorted by name (bytes), and with
 * `recursive` those below. Left out are hidden files and folders, links to folders, and the folder `output`.
 * Free with g_ptr_array_unref. */
GPtrArray *separate_inputs_new(char **arguments, gboolean recursive, const char *output);

/* Whether `output` itself is one of the folders given: with `recursive` a later run would take stems for
 * songs. Says so.
 */
gboolean separate_inputs_hold_output(char **arguments, const char *output);

/* Keeps part `index` (from 1) of `count`: of the list sorted by path every count-th, so that each file is in
 * exactly one part, whoever makes the list. */
void separate_inputs_keep_shard(GPtrArray *inputs, guint index, guint count);

/* Whether every song gets a folder of its own; names two that do not. */
gboolean separate_inputs_differ(GPtrArray *inputs);
