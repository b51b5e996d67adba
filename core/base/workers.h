/* A group of worker threads that share one job.
 *
 * All threads run the same function, which fetches pieces of work by itself (an atomic counter, a scheduler
 * under a lock) until none are left. The starting thread stays free to report progress and to cancel.
 *
 * Threads: start, wait and join from one thread. Workers run at nice 10, so that the streamer, the window and
 * the sound device are served first.
 */
#pragma once

#include <stdbool.h>

typedef struct SgWorkers SgWorkers;

/* The threads worth starting here: the processors this process may use, at least 1. */
unsigned sg_workers_default_count(void);

/* Starts `n_threads` (≥ 1) threads that run work(index, user), index 0…n_threads−1. When only some of them
 * can be started the job runs on those; NULL when none can. */
SgWorkers *sg_workers_start(unsigned n_threads, void (*work)(unsigned index, void *user), void *user);

/* Waits up to `seconds`; true when all threads have returned from work(). */
bool sg_workers_wait(SgWorkers *workers, double seconds);

/* Waits for all threads and frees the group; NULL is ignored. */
void sg_workers_join(SgWorkers *workers);
