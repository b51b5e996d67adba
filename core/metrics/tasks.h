/* Independent pieces of work on worker threads, with progress and cancellation.
 *
 * Tasks are numbered; which thread takes which is left to chance, so a task must write only what is its own.
 * Threads: one call, one job thread. Errors: SG_NO_MEMORY, SG_CANCELLED, those of the tasks (the first).
 */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

#include "core/base/progress.h"
#include "core/base/status.h"

typedef struct {
  int64_t n_tasks;
  unsigned n_threads; /* 0: one a processor */
  void *user;
  /* What one thread needs; NULL when memory is out. Both NULL when nothing is needed. */
  void *(*work_new)(const void *user);
  void (*work_free)(void *work);
  /* Long tasks look at *cancelled now and then and return SG_CANCELLED. */
  SgStatus (*task)(void *user, void *work, int64_t index, const atomic_bool *cancelled, SgError *error);
} SgTasks;

/* Where the fraction of these tasks lies in the whole stage. `call` NULL: nobody listens. */
typedef struct {
  SgProgress call;
  void *user;
  const char *stage;
  double from, to;
} SgTasksProgress;

SgStatus sg_tasks_run(const SgTasks *tasks, const SgTasksProgress *progress, SgError *error);
