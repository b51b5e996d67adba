/* The streamer: the thread that does what the transport is told, so that nobody waits for it.
 *
 * It opens and starts the output, renders from the playhead on into the mixer's decks, begins a new deck at a seek or
 * a change of what is heard, notices the song's end and a device that has gone, and releases songs that are no longer
 * read. What is wanted and how it stands are in SgOrders, under a lock that is held for moments only.
 *
 * Internal to core/play/transport.c. Ownership: free with sg_streamer_free, which ends the thread and frees output and
 * sources. Threads: fields of SgOrders only under its lock; new and free from one thread.
 */
#pragma once

#include <pthread.h>

#include "core/play/feeder.h"

typedef struct {
  pthread_mutex_t lock;
  pthread_cond_t changed; /* told to the streamer after each change of what is wanted */
  uint64_t n_changes;

  /* Wanted. The streamer takes `play` back at the song's end and when there is no output. */
  bool quit;
  bool play;
  SgPlaySource *source; /* with a reference; NULL: nothing */
  uint64_t source_serial;
  bool swap;            /* the source is not the one that the decks play */
  bool jump;            /* begin anew at jump_to */
  int64_t jump_to;
  uint64_t jump_serial; /* counts jumps; the position is jump_to until a deck of this serial plays */
  bool restyle;         /* settings changed */
  bool refresh;         /* masks changed */
  SgRenderSettings settings;
  float gains[SG_MAX_SOURCES];

  /* How it stands. */
  uint32_t output_rate_hz;
  double latency_s;
  SgError output_error;
  uint64_t deck_sources[SG_MIXER_N_DECKS]; /* source_serial of what each deck plays */

  /* Sources without references, to be released by the streamer. */
  SgPlaySource *released[4];
} SgOrders;
