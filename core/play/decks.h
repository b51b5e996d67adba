/* The decks: what fills each deck of the mixer, from its loading until the callback has played it out.
 *
 * A deck is loaded (core/play/deck-change.h says with what), filled a little, offered to the callback, kept
 * full, and reclaimed when the callback is done with it. One deck at most is loading; of the others the
 * newest is what is heard or what is about to be.
 *
 * Internal to streamer and deck-change. Ownership: a loaded deck holds a reference of its source;
 * sg_decks_drop gives all back. Threads: the streamer's only; takes the orders' lock where it needs it. Audio
 * callback: never. Errors: SG_NO_MEMORY and those of core/play/feeder.h.
 */
#pragma once

#include "core/play/mixer.h"
#include "core/play/orders.h"

/* What fills one deck. */
typedef struct {
  SgFeeder *feeder; /* NULL: the deck is not in use */
  SgPlaySource *source;
  SgDeckPlan plan;
  uint64_t order; /* counts decks: the highest is the newest */
  bool ended;
} SgDeckFeed;

typedef struct {
  SgOrders *orders;
  SgMixer *mixer;
  uint32_t rate_hz; /* of the output; any while no deck is in use */
  SgDeckFeed feeds[SG_MIXER_N_DECKS];
  uint64_t n_loaded;
  int loading;         /* the deck that is not offered yet, or −1 */
  double refresh_at_s; /* not before */
} SgDecks;

/* The deck that was offered last and is not free, or −1. */
int sg_decks_newest(const SgDecks *decks);
/* A deck that nothing fills, or −1. */
int sg_decks_unused(const SgDecks *decks);

/* Begins to fill an unused deck. Takes a reference of `source` from the caller, also when it fails. */
SgStatus sg_decks_load(SgDecks *decks, int deck, SgPlaySource *source, const SgDeckPlan *plan,
                       const SgPlayStyle *style, SgError *error);
/* Renders one block for the deck that needs it most, if any does, and offers the loading deck once it holds
 * enough. */
SgStatus sg_decks_feed(SgDecks *decks, bool *out_fed, SgError *error);
/* Whether the last sample of the song is mixed. */
bool sg_decks_finished(const SgDecks *decks);

/* Without the lock: stops filling a deck that the callback does not hold, and empties it. */
void sg_decks_close(SgDecks *decks, int deck);
/* Without the lock: takes back what the callback has played out. */
void sg_decks_reclaim(SgDecks *decks);
/* Without the lock: empties the decks, keeping the position; the output must be stopped. */
void sg_decks_drop(SgDecks *decks);
