#include "core/base/workers.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "core/base/memory.h"

enum { WORKER_NICE = 10 };

typedef struct {
  SgWorkers *group;
  unsigned index;
  pthread_t thread;
} Worker;

struct SgWorkers {
  void (*work)(unsigned index, void *user);
  void *user;
  Worker *workers;
  unsigned n_started;
  pthread_mutex_t lock;
  pthread_cond_t changed;
  unsigned n_running; /* under lock */
};

unsigned
sg_workers_default_count(void)
{
  cpu_set_t set;
  int count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
  return count > 0 ? (unsigned)count : 1;
}

static void *
worker_main(void *data)
{
  Worker *worker = data;
  SgWorkers *group = worker->group;

  /* On Linux niceness belongs to the thread; failing to lower it costs smoothness, not correctness. */
  setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), WORKER_NICE);
  group->work(worker->index, group->user);

  pthread_mutex_lock(&group->lock);
  group->n_running--;
  pthread_cond_broadcast(&group->changed);
  pthread_mutex_unlock(&group->lock);
  return NULL;
}

static void
init_monotonic_condition(pthread_cond_t *condition)
{
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(condition, &attributes);
  pthread_condattr_destroy(&attributes);
}

SgWorkers *
sg_workers_start(unsigned n_threads, void (*work)(unsigned index, void *user), void *user)
{
  SgWorkers *group = SG_NEW(SgWorkers, 1);
  if (group == NULL)
    return NULL;
  group->work = work;
  group->user = user;
  pthread_mutex_init(&group->lock, NULL);
  init_monotonic_condition(&group->changed);
  group->workers = SG_NEW(Worker, n_threads);

  pthread_mutex_lock(&group->lock);
  for (unsigned i = 0; group->workers != NULL && i < n_threads; i++) {
    Worker *worker = &group->workers[group->n_started];
    *worker = (Worker){ .group = group, .index = group->n_started };
    if (pthread_create(&worker->thread, NULL, worker_main, worker) != 0)
      break;
    group->n_started++;
  }
  group->n_running = group->n_started;
  pthread_mutex_unlock(&group->lock);

  if (group->n_started == 0) {
    sg_workers_join(group);
    return NULL;
  }
  return group;
}

bool
sg_workers_wait(SgWorkers *workers, double seconds)
{
  struct timespec until;
  clock_gettime(CLOCK_MONOTONIC, &until);
  long nanoseconds = until.tv_nsec + (long)((seconds - (long)seconds) * 1e9);
  until.tv_sec += (time_t)seconds + nanoseconds / 1000000000L;
  until.tv_nsec = nanoseconds % 1000000000L;

  pthread_mutex_lock(&workers->lock);
  int error = 0;
  while (workers->n_running > 0 && error != ETIMEDOUT)
    error = pthread_cond_timedwait(&workers->changed, &workers->lock, &until);
  bool done = workers->n_running == 0;
  pthread_mutex_unlock(&workers->lock);
  return done;
}

void
sg_workers_join(SgWorkers *workers)
{
  if (workers == NULL)
    return;
  for (unsigned i = 0; i < workers->n_started; i++)
    pthread_join(workers->workers[i].thread, NULL);
  pthread_cond_destroy(&workers->changed);
  pthread_mutex_destroy(&workers->lock);
  sg_free(workers->workers);
  sg_free(workers);
}
