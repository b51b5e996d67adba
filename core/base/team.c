#include "core/base/team.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "core/base/memory.h"

/* About 20 µs of spinning, then the processor goes to whoever wants it; an idle member sleeps in the end. */
enum { N_SPINS = 1000, N_YIELDS = 200 };

typedef struct {
  SgTeam *team;
  unsigned member;
  pthread_t thread;
} Member;

struct SgTeam {
  unsigned n_threads;
  Member *members; /* [n_threads], 0 is the caller */

  void (*job)(unsigned member, void *user); /* written before `job_number` is released */
  void *user;
  atomic_uint job_number;
  atomic_bool ending;

  _Alignas(SG_ALIGNMENT) atomic_uint n_arrived;
  _Alignas(SG_ALIGNMENT) atomic_uint n_barriers;

  pthread_mutex_t lock;
  pthread_cond_t woken;
  unsigned n_asleep; /* under lock */
};

static inline void
pause_briefly(void)
{
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

void
sg_team_barrier(SgTeam *team)
{
  if (team->n_threads == 1)
    return;
  unsigned barrier = atomic_load_explicit(&team->n_barriers, memory_order_relaxed);
  if (atomic_fetch_add_explicit(&team->n_arrived, 1, memory_order_acq_rel) == team->n_threads - 1) {
    atomic_store_explicit(&team->n_arrived, 0, memory_order_relaxed);
    atomic_store_explicit(&team->n_barriers, barrier + 1, memory_order_release);
    return;
  }
  for (unsigned i = 0; atomic_load_explicit(&team->n_barriers, memory_order_acquire) == barrier; i++)
    if (i < N_SPINS)
      pause_briefly();
    else
      sched_yield();
}

/* Waits for a job after `last`; returns its number. */
static unsigned
next_job(SgTeam *team, unsigned last)
{
  for (unsigned i = 0; i < N_SPINS + N_YIELDS; i++) {
    unsigned number = atomic_load_explicit(&team->job_number, memory_order_acquire);
    if (number != last)
      return number;
    if (i < N_SPINS)
      pause_briefly();
    else
      sched_yield();
  }
  pthread_mutex_lock(&team->lock);
  unsigned number;
  team->n_asleep++;
  while ((number = atomic_load_explicit(&team->job_number, memory_order_acquire)) == last)
    pthread_cond_wait(&team->woken, &team->lock);
  team->n_asleep--;
  pthread_mutex_unlock(&team->lock);
  return number;
}

static void *
member_main(void *data)
{
  Member *member = data;
  SgTeam *team = member->team;
  unsigned number = 0;
  for (;;) {
    number = next_job(team, number);
    if (atomic_load_explicit(&team->ending, memory_order_relaxed))
      return NULL;
    team->job(member->member, team->user);
    sg_team_barrier(team);
  }
}

static void
publish_job(SgTeam *team)
{
  pthread_mutex_lock(&team->lock);
  atomic_fetch_add_explicit(&team->job_number, 1, memory_order_release);
  if (team->n_asleep > 0)
    pthread_cond_broadcast(&team->woken);
  pthread_mutex_unlock(&team->lock);
}

SgTeam *
sg_team_new(unsigned n_threads)
{
  SgTeam *team = SG_NEW(SgTeam, 1);
  if (team == NULL)
    return NULL;
  pthread_mutex_init(&team->lock, NULL);
  pthread_cond_init(&team->woken, NULL);
  team->n_threads = 1;
  team->members = SG_NEW(Member, n_threads);
  if (team->members == NULL) {
    sg_team_free(team);
    return NULL;
  }
  /* No member looks at n_threads before the first job is published. */
  for (unsigned i = 1; i < n_threads; i++) {
    Member *member = &team->members[i];
    *member = (Member){ .team = team, .member = i };
    if (pthread_create(&member->thread, NULL, member_main, member) != 0)
      break;
    team->n_threads++;
  }
  return team;
}

void
sg_team_free(SgTeam *team)
{
  if (team == NULL)
    return;
  atomic_store_explicit(&team->ending, true, memory_order_relaxed);
  publish_job(team);
  for (unsigned i = 1; i < team->n_threads; i++)
    pthread_join(team->members[i].thread, NULL);
  pthread_cond_destroy(&team->woken);
  pthread_mutex_destroy(&team->lock);
  sg_free(team->members);
  sg_free(team);
}

unsigned
sg_team_n_threads(const SgTeam *team)
{
  return team->n_threads;
}

void
sg_team_run(SgTeam *team, void (*job)(unsigned member, void *user), void *user)
{
  team->job = job;
  team->user = user;
  if (team->n_threads > 1)
    publish_job(team);
  job(0, user);
  sg_team_barrier(team);
}
