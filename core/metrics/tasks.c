#include "core/metrics/tasks.h"

#include <pthread.h>

#include "core/base/workers.h"

typedef struct {
  const SgTasks *tasks;
  _Atomic int64_t next, n_done;
  atomic_bool cancelled;
  pthread_mutex_t lock;
  SgError error; /* under lock: the first failure */
} Run;

static void
stop_with_error(Run *run, const SgError *error)
{
  pthread_mutex_lock(&run->lock);
  if (run->error.status == SG_OK)
    run->error = *error;
  pthread_mutex_unlock(&run->lock);
  atomic_store(&run->cancelled, true);
}

static void
worker(unsigned index, void *user)
{
  (void)index;
  Run *run = user;
  const SgTasks *tasks = run->tasks;
  SgError error;
  void *work = tasks->work_new != NULL ? tasks->work_new(tasks->user) : NULL;
  if (tasks->work_new != NULL && work == NULL) {
    sg_error_set(&error, SG_NO_MEMORY, NULL, NULL);
    stop_with_error(run, &error);
    return;
  }
  int64_t task;
  while (!atomic_load(&run->cancelled) && (task = atomic_fetch_add(&run->next, 1)) < tasks->n_tasks) {
    if (tasks->task(tasks->user, work, task, &run->cancelled, &error) != SG_OK)
      stop_with_error(run, &error);
    atomic_fetch_add(&run->n_done, 1);
  }
  if (tasks->work_free != NULL)
    tasks->work_free(work);
}

SgStatus
sg_tasks_run(const SgTasks *tasks, const SgTasksProgress *progress, SgError *error)
{
  Run run = { .tasks = tasks, .lock = PTHREAD_MUTEX_INITIALIZER };
  unsigned n_threads = tasks->n_threads > 0 ? tasks->n_threads : sg_workers_default_count();
  if (tasks->n_tasks < (int64_t)n_threads)
    n_threads = tasks->n_tasks > 0 ? (unsigned)tasks->n_tasks : 1;
  SgWorkers *workers = sg_workers_start(n_threads, worker, &run);
  if (workers == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  do {
    double done = tasks->n_tasks > 0 ? (double)atomic_load(&run.n_done) / (double)tasks->n_tasks : 1.0;
    double fraction = progress->from + (progress->to - progress->from) * done;
    if (progress->call != NULL && !atomic_load(&run.cancelled) &&
        !progress->call(fraction, progress->stage, progress->user)) {
      SgError cancelled;
      sg_error_set(&cancelled, SG_CANCELLED, NULL, NULL);
      stop_with_error(&run, &cancelled);
    }
  } while (!sg_workers_wait(workers, 0.03));
  sg_workers_join(workers);
  pthread_mutex_destroy(&run.lock);
  if (run.error.status != SG_OK && error != NULL)
    *error = run.error;
  return run.error.status;
}
