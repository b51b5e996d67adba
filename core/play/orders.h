/* The orders: what the transport wants of the streamer, and how that stands, under one lock.
 *
 * The lock is held for moments only, never while something is rendered, opened or released, so that neither
 * side waits for the other.
 *
 * Internal to transport and streamer. Ownership: free with sg_orders_free (NULL ignored) after the streamer
 * has ended. Threads: every field only under the lock. Audio callback: never.
 */
#pragma once

#include <pthread.h>

#include "core/play/feeder.h"
#include "core/play/output.h"
#include "core/play/playhead.h"

typedef struct {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  uint64_t n_changes;

  /* Wanted. The streamer takes `play` back at the song's end and when there is no output. */
  bool quit;
  bool play;
  SgPlaySource *source; /* with a reference; NULL: nothing */
  uint64_t source_serial;
  bool swap; /* the source is not the one that the decks play */
  bool jump; /* begin anew at jump_to */
  int64_t jump_to;
  uint64_t jump_serial; /* counts jumps: the position is jump_to until a deck of this serial plays */
  bool restyle;         /* settings have changed */
  bool refresh;         /* masks have changed */
  bool count_in;        /* before playing begins, where there is a grid */
  bool lead;            /* the jump is such a begin */
  SgPlayStyle style;    /* with a reference of its grid; its gains are filled in for each deck */
  float gains[SG_MAX_SOURCES], pans[SG_MAX_SOURCES];
  SgOutput *next_output;      /* to be used from now on; NULL: the one that is */
  SgPlaySource *unreferenced; /* list, for the streamer to release */

  /* How it stands. */
  uint32_t output_rate_hz;
  double latency_s;
  SgError output_error;
  char output_name[SG_OUTPUT_NAME_SIZE];
  uint64_t deck_sources[SG_MIXER_N_DECKS]; /* the source_serial of what each deck plays */
  bool deck_mixed[SG_MIXER_N_DECKS];       /* its stems are mixed already, gains are of no use to it */
  SgPlayhead playhead;                     /* travelled in the deck of this number, see SgMixerReport */
  uint64_t playhead_deck;
  SgLoop playhead_loop;
} SgOrders;

/* NULL when memory is out. */
SgOrders *sg_orders_new(void);
void sg_orders_free(SgOrders *orders);

/* Under the lock: tells the streamer that what is wanted has changed. */
void sg_orders_tell(SgOrders *orders);
/* Under the lock: begin anew at `position`. */
void sg_orders_jump(SgOrders *orders, int64_t position);
/* Under the lock: the gains of the faders, as a style takes them. */
void sg_orders_fill_gains(SgOrders *orders);
/* Under the lock: takes a reference of `source` (may be NULL) away. */
void sg_orders_unref(SgOrders *orders, SgPlaySource *source);
/* Without the lock: releases the sources that have no references left. */
void sg_orders_release_sources(SgOrders *orders);
