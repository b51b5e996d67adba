/* Numbered pieces of work, shared out over worker threads: how every corpus is built.
 *
 * Each worker has a state of its own. The first failure ends all; so does a progress function that returns
 * false, with SG_CANCELLED. Threads: call from one. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/base/progress.h"
#include "core/base/status.h"

typedef struct {
  size_t n;
  unsigned n_threads;         /* 0: one a processor */
  void *(*begin)(void *user); /* a worker's state, NULL when memory is out */
  void (*end)(void *state);   /* NULL ignored */
  /* Does piece `number`; long work looks at `stop` now and then and returns SG_CANCELLED. */
  SgStatus (*make)(void *user, void *state, size_t number, const atomic_bool *stop, SgError *error);
  void *user;
} SgCorpusJobs;

/* Stage "corpus". */
SgStatus sg_corpus_jobs_run(const SgCorpusJobs *jobs, SgProgress progress, void *progress_user,
                            SgError *error);
