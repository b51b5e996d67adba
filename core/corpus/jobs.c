#include "core/corpus/jobs.h"

#include <pthread.h>

#include "core/base/workers.h"

typedef struct {
  const SgCorpusJobs *jobs;
  atomic_size_t next, n_done;
  atomic_bool stop;
  pthread_mutex_t lock; /* guards status and error */
  SgStatus status;
  SgError error;
} Run;

static void
note_failure(Run *run, SgStatus status, const SgError *error)
{
  atomic_store(&run->stop, true);
  pthread_mutex_lock(&run->lock);
  if (run->status == SG_OK) {
    run->status = status;
    run->error = *error;
  }
  pthread_mutex_unlock(&run->lock);
}

static void
work(unsigned index, void *user)
{
  Run *run = user;
  const SgCorpusJobs *jobs = run->jobs;
  SgError error = { 0 };
  void *state = jobs->begin(jobs->user);
  SgStatus status = state != NULL ? SG_OK : sg_error_set(&error, SG_NO_MEMORY, NULL, NULL);
  while (status == SG_OK && !atomic_load(&run->stop)) {
    size_t number = atomic_fetch_add(&run->next, 1);
    if (number >= jobs->n)
      break;
    status = jobs->make(jobs->user, state, number, &run->stop, &error);
    atomic_fetch_add(&run->n_done, 1);
  }
  jobs->end(state);
  if (status != SG_OK)
    note_failure(run, status, &error);
}

SgStatus
sg_corpus_jobs_run(const SgCorpusJobs *jobs, SgProgress progress, void *progress_user, SgError *error)
{
  Run run = { .jobs = jobs, .lock = PTHREAD_MUTEX_INITIALIZER };
  unsigned n_threads = jobs->n_threads > 0 ? jobs->n_threads : sg_workers_default_count();
  SgWorkers *workers = sg_workers_start(n_threads, work, &run);
  if (workers == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  while (!sg_workers_wait(workers, 0.1))
    if (progress != NULL &&
        !progress((double)atomic_load(&run.n_done) / (double)jobs->n, "corpus", progress_user))
      atomic_store(&run.stop, true);
  sg_workers_join(workers);
  if (run.status != SG_OK && error != NULL)
    *error = run.error;
  if (run.status != SG_OK)
    return run.status;
  return atomic_load(&run.n_done) < jobs->n ? sg_error_set(error, SG_CANCELLED, NULL, NULL) : SG_OK;
}
