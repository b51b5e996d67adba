#include "core/play/decks.h"

#include <math.h>

#define TARGET_S 0.4   /* a deck is kept this full */
#define PREFILL_S 0.08 /* and offered when it holds this much */

int
sg_decks_newest(const SgDecks *decks)
{
  int newest = -1;
  for (int i = 0; i < SG_MIXER_N_DECKS; i++) {
    SgDeckState state = sg_mixer_deck_state(decks->mixer, i);
    if ((state == SG_DECK_OFFERED || state == SG_DECK_PLAYING) &&
        (newest < 0 || decks->feeds[i].order > decks->feeds[newest].order))
      newest = i;
  }
  return newest;
}

int
sg_decks_unused(const SgDecks *decks)
{
  for (int i = 0; i < SG_MIXER_N_DECKS; i++)
    if (decks->feeds[i].feeder == NULL)
      return i;
  return -1;
}

void
sg_decks_close(SgDecks *decks, int deck)
{
  SgDeckFeed *feed = &decks->feeds[deck];
  sg_feeder_free(feed->feeder);
  sg_mixer_unload(decks->mixer, deck);
  pthread_mutex_lock(&decks->orders->lock);
  sg_orders_unref(decks->orders, feed->source);
  pthread_mutex_unlock(&decks->orders->lock);
  *feed = (SgDeckFeed){ 0 };
}

void
sg_decks_reclaim(SgDecks *decks)
{
  for (int i = 0; i < SG_MIXER_N_DECKS; i++)
    if (decks->feeds[i].feeder != NULL && sg_mixer_deck_state(decks->mixer, i) == SG_DECK_FREE)
      sg_decks_close(decks, i);
  sg_orders_release_sources(decks->orders);
}

void
sg_decks_drop(SgDecks *decks)
{
  SgOrders *orders = decks->orders;
  SgMixerReport report;
  sg_mixer_get_report(decks->mixer, &report);
  pthread_mutex_lock(&orders->lock);
  if (report.serial == orders->jump_serial)
    sg_orders_jump(orders, report.position);
  orders->jump = true;
  pthread_mutex_unlock(&orders->lock);
  for (int i = 0; i < SG_MIXER_N_DECKS; i++)
    if (decks->feeds[i].feeder != NULL)
      sg_decks_close(decks, i);
  sg_mixer_clear(decks->mixer);
  decks->loading = -1;
  sg_orders_release_sources(orders);
}

/* Room for the frames that a deck holds at most: full, and one more tenth of a second on top. */
static size_t
deck_frames(const SgDecks *decks)
{
  return (size_t)((TARGET_S + 0.2) * decks->rate_hz) + 8192;
}

SgStatus
sg_decks_load(SgDecks *decks, int deck, SgPlaySource *source, const SgDeckPlan *plan,
              const SgPlayStyle *style, SgError *error)
{
  SgDeckFeed *feed = &decks->feeds[deck];
  *feed = (SgDeckFeed){ .source = source, .plan = *plan, .order = ++decks->n_loaded };
  SgStatus status = sg_feeder_new(source, style, decks->rate_hz, &feed->plan, &feed->feeder, error);
  if (status == SG_OK && !sg_mixer_load(decks->mixer, deck, &feed->plan, deck_frames(decks)))
    status = sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  if (status == SG_OK)
    decks->loading = deck;
  else
    sg_decks_close(decks, deck);
  return status;
}

/* The deck in need with the least in it, or −1. */
static int
hungriest_deck(const SgDecks *decks)
{
  size_t least = (size_t)(TARGET_S * decks->rate_hz);
  int newest = sg_decks_newest(decks), found = -1;
  bool taken = newest >= 0 && sg_mixer_deck_state(decks->mixer, newest) == SG_DECK_PLAYING;
  for (int i = 0; i < SG_MIXER_N_DECKS; i++) {
    const SgDeckFeed *feed = &decks->feeds[i];
    bool leaving = taken && feed->order < decks->feeds[newest].order;
    if (feed->feeder == NULL || feed->ended || leaving)
      continue;
    size_t buffered = sg_mixer_buffered(decks->mixer, i);
    if (buffered < least) {
      least = buffered;
      found = i;
    }
  }
  return found;
}

static bool
is_filled(const SgDecks *decks, int deck)
{
  SgMixerReport report;
  sg_mixer_get_report(decks->mixer, &report);
  double rate_hz = decks->rate_hz;
  double two_blocks = 2.0 * report.block + SG_MIXER_FADE_S * rate_hz;
  double enough = fmin(fmax(PREFILL_S * rate_hz, two_blocks), TARGET_S * rate_hz);
  return decks->feeds[deck].ended || (double)sg_mixer_buffered(decks->mixer, deck) >= enough;
}

SgStatus
sg_decks_feed(SgDecks *decks, bool *out_fed, SgError *error)
{
  int deck = hungriest_deck(decks);
  *out_fed = false;
  if (deck < 0)
    return SG_OK;
  SgDeckFeed *feed = &decks->feeds[deck];
  SgStatus status = sg_feeder_feed(feed->feeder, decks->mixer, deck, &feed->ended, error);
  if (status != SG_OK)
    return status;
  if (feed->ended)
    sg_mixer_end(decks->mixer, deck);
  if (deck == decks->loading && is_filled(decks, deck)) {
    sg_mixer_offer(decks->mixer, deck);
    decks->loading = -1;
  }
  *out_fed = true;
  return SG_OK;
}

bool
sg_decks_finished(const SgDecks *decks)
{
  int newest = sg_decks_newest(decks);
  return newest >= 0 && decks->loading < 0 && decks->feeds[newest].ended &&
         sg_mixer_deck_state(decks->mixer, newest) == SG_DECK_PLAYING &&
         sg_mixer_buffered(decks->mixer, newest) == 0;
}
