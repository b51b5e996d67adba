/* The playhead: where in the song the ear is, told smoothly between the callbacks.
 *
 * The callback only counts what it has mixed, in steps of its block, and sound takes the output's latency to
 * the ear. With c the sample up to which it has mixed, P its block and L the latency (in samples of the song)
 * the ear is at c − P − L when the callback comes and at c − L just before the next. The playhead runs on
 * with the clock and is kept within these bounds, so it neither jitters with the blocks nor drifts from them,
 * and never goes back but by a reset. When nothing more is mixed (a pause, the song's end) what is under way
 * is still heard: it runs on to c.
 *
 * Threads: whoever holds it. Audio callback: no.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct {
  double position; /* song samples */
  double time_s;
} SgPlayhead;

/* Seconds of CLOCK_MONOTONIC. */
double sg_playhead_clock_s(void);

/* Jumps to `position`, as a seek does. */
void sg_playhead_reset(SgPlayhead *playhead, int64_t position, double now_s);

/* Moves on to the time `now_s` of a clock that never goes back; returns the position. */
int64_t sg_playhead_move(SgPlayhead *playhead, double now_s, uint32_t rate_hz, int64_t mixed,
                         double latency_s, double block_s, bool flowing);
