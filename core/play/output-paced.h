/* A thread that calls an output's callback at the pace of the clock, where no device sets one.
 *
 * Blocks of SG_PACED_BLOCK frames, each at its own moment of CLOCK_MONOTONIC; what a stalled machine has
 * missed by more than a few blocks is not caught up on, as a sound device would not.
 *
 * Threads: init, start, stop and clear from one; `sink` is called from the paced thread.
 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "core/play/output-private.h"

enum { SG_PACED_BLOCK = 512 };

typedef struct {
  SgOutput output;
  /* Takes the SG_PACED_BLOCK frames that the callback made, or NULL. */
  void (*sink)(SgOutput *output, const float *stereo);
  pthread_t thread;
  atomic_bool quit;
} SgPacedOutput;

SgStatus sg_paced_start(SgOutput *output, SgError *error);
void sg_paced_stop(SgOutput *output);
