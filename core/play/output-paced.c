#include "core/play/output-paced.h"

#include <time.h>

enum { MOST_BLOCKS_LATE = 4 };

#define NS_PER_S 1000000000L

static void
add_ns(struct timespec *time, long ns)
{
  time->tv_nsec += ns;
  time->tv_sec += time->tv_nsec / NS_PER_S;
  time->tv_nsec %= NS_PER_S;
}

static double
seconds_between(const struct timespec *from, const struct timespec *to)
{
  return (double)(to->tv_sec - from->tv_sec) + (double)(to->tv_nsec - from->tv_nsec) / NS_PER_S;
}

static void *
paced_main(void *data)
{
  SgPacedOutput *paced = data;
  float stereo[2 * SG_PACED_BLOCK];
  long block_ns = (long)((double)SG_PACED_BLOCK * NS_PER_S / paced->output.rate_hz);
  struct timespec due, now;
  clock_gettime(CLOCK_MONOTONIC, &due);
  while (!atomic_load(&paced->quit)) {
    paced->output.callback(stereo, SG_PACED_BLOCK, paced->output.user);
    if (paced->sink != NULL)
      paced->sink(&paced->output, stereo);
    add_ns(&due, block_ns);
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (seconds_between(&due, &now) * NS_PER_S > (double)MOST_BLOCKS_LATE * (double)block_ns)
      due = now;
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
  }
  return NULL;
}

SgStatus
sg_paced_start(SgOutput *output, SgError *error)
{
  SgPacedOutput *paced = (SgPacedOutput *)output;
  atomic_store(&paced->quit, false);
  if (pthread_create(&paced->thread, NULL, paced_main, paced) != 0)
    return sg_error_set(error, SG_NO_MEMORY, NULL, "thread");
  return SG_OK;
}

void
sg_paced_stop(SgOutput *output)
{
  SgPacedOutput *paced = (SgPacedOutput *)output;
  atomic_store(&paced->quit, true);
  pthread_join(paced->thread, NULL);
}
