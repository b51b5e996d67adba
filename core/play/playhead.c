#include "core/play/playhead.h"

#include <math.h>
#include <time.h>

double
sg_playhead_clock_s(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

void
sg_playhead_reset(SgPlayhead *playhead, int64_t position, double now_s)
{
  *playhead = (SgPlayhead){ .position = (double)position, .time_s = now_s };
}

int64_t
sg_playhead_move(SgPlayhead *playhead, double now_s, uint32_t rate_hz, int64_t mixed, double latency_s,
                 double block_s, bool flowing)
{
  double latest = (double)mixed - latency_s * rate_hz;
  double lowest = fmax(playhead->position, latest - block_s * rate_hz);
  double highest = flowing ? latest : (double)mixed;
  double expected = playhead->position + (now_s - playhead->time_s) * rate_hz;
  playhead->position = fmax(lowest, fmin(expected, highest));
  playhead->time_s = now_s;
  return (int64_t)floor(playhead->position);
}
