/* Songs worked on one after the other or several at once, with one line of progress over all of them and, at
 * the end, what failed. */
#pragma once

#include <glib.h>

#include "app/cli/json-list.h"
#include "app/cli/separate-inputs.h"
#include "core/base/progress.h"

/* Does one song with that many threads. On success *out_json may be set (given away) and *out_skipped. Called
 * from several threads at once. */
typedef SgStatus (*SeparateSong)(const SeparateInput *input, guint n_threads, SgProgress progress,
                                 void *progress_user, void *user, SgJson **out_json, gboolean *out_skipped,
                                 SgError *error);

typedef struct {
  const GPtrArray *inputs;
  guint n_jobs;    /* songs at once */
  guint n_threads; /* of all of them together; a song gets its share, at least one */
  gboolean json;
  const char *json_opening; /* as of json_list_init; a list of one that fails is an {"error": …} instead */
  SeparateSong separate;
  void *user;
} SeparateBatch;

/* Does all songs and returns the exit code; SIGINT and SIGTERM stop it. */
int separate_batch_run(const SeparateBatch *batch);
