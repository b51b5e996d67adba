/* A team of threads that run short kernels together, hundreds of times a second.
 *
 * The calling thread is member 0; the others wait for it, first spinning, then yielding the processor, then
 * asleep. Within a job the members meet at barriers, which spin and then yield, so that they stay cheap when
 * the machine is idle and harmless when it is not.
 *
 * Threads: run from one thread at a time. Members inherit the niceness of the thread that made the team.
 * Run and barrier allocate nothing. Audio callback: never.
 */
#pragma once

#include <stddef.h>

typedef struct SgTeam SgTeam;

/* A team of `n_threads` (≥ 1), fewer when not all can be started; NULL when memory is out. */
SgTeam *sg_team_new(unsigned n_threads);
/* NULL is ignored. */
void sg_team_free(SgTeam *team);
unsigned sg_team_n_threads(const SgTeam *team);

/* Runs job(member, user) on every member 0 … n_threads−1 and returns when all have returned. */
void sg_team_run(SgTeam *team, void (*job)(unsigned member, void *user), void *user);

/* Within a job: waits until every member is here. What one wrote before, all see after. */
void sg_team_barrier(SgTeam *team);
