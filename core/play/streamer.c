#include "core/play/streamer.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <time.h>

#include "core/base/memory.h"
#include "core/play/click.h"

#define TARGET_S 0.4          /* a deck is kept this full */
#define PREFILL_S 0.08        /* and offered when it holds this much */
#define LATE_S 0.2            /* behind its moment a deck is too late to join and is begun again */
#define LEAD_S 0.03           /* how far ahead of the mixer a change of what is heard begins */
#define STRETCHED_LEAD_S 0.12 /* where it is stretched, which takes longer */
#define REFRESH_EVERY_S 0.25
#define IDLE_S 5.0 /* silence after which the output is stopped */

/* What fills a deck. */
typedef struct {
  SgFeeder *feeder; /* NULL: the deck is not in use */
  SgPlaySource *source;
  SgDeckPlan plan;
  uint64_t order; /* counts decks: the highest is the newest */
  bool ended;
} Feed;

struct SgStreamer {
  SgOrders *orders;
  SgMixer *mixer;
  SgOutput *output;
  pthread_t thread;

  /* The thread's own. */
  Feed feeds[SG_MIXER_N_DECKS];
  uint64_t n_orders;
  int loading; /* the deck that is not offered yet, or −1 */
  bool running;
  double refresh_at_s;  /* not before */
  double finished_at_s; /* when the last sample was mixed, or −1 */
  double watched_at_s, idle_s;
};

/* Decks. */

/* The deck that was offered last and is not free, or −1. */
static int
newest_deck(const SgStreamer *streamer)
{
  int newest = -1;
  for (int i = 0; i < SG_MIXER_N_DECKS; i++) {
    SgDeckState state = sg_mixer_deck_state(streamer->mixer, i);
    if ((state == SG_DECK_OFFERED || state == SG_DECK_PLAYING) &&
        (newest < 0 || streamer->feeds[i].order > streamer->feeds[newest].order))
      newest = i;
  }
  return newest;
}

static int
unused_deck(const SgStreamer *streamer)
{
  for (int i = 0; i < SG_MIXER_N_DECKS; i++)
    if (streamer->feeds[i].feeder == NULL)
      return i;
  return -1;
}

static void
close_feed(SgStreamer *streamer, int deck)
{
  Feed *feed = &streamer->feeds[deck];
  sg_feeder_free(feed->feeder);
  sg_mixer_unload(streamer->mixer, deck);
  pthread_mutex_lock(&streamer->orders->lock);
  sg_orders_unref(streamer->orders, feed->source);
  pthread_mutex_unlock(&streamer->orders->lock);
  *feed = (Feed){ 0 };
}

/* Takes back what the callback has played out. */
static void
reclaim(SgStreamer *streamer)
{
  for (int i = 0; i < SG_MIXER_N_DECKS; i++)
    if (streamer->feeds[i].feeder != NULL && sg_mixer_deck_state(streamer->mixer, i) == SG_DECK_FREE)
      close_feed(streamer, i);
  sg_orders_release_sources(streamer->orders);
}

static void
stop_output(SgStreamer *streamer)
{
  sg_output_stop(streamer->output);
  streamer->running = false;
}

/* Empties the decks, keeping the position; the output must be stopped. */
static void
drop_decks(SgStreamer *streamer)
{
  SgOrders *orders = streamer->orders;
  SgMixerReport report;
  sg_mixer_get_report(streamer->mixer, &report);
  pthread_mutex_lock(&orders->lock);
  if (report.serial == orders->jump_serial)
    sg_orders_jump(orders, report.position);
  orders->jump = true;
  pthread_mutex_unlock(&orders->lock);
  for (int i = 0; i < SG_MIXER_N_DECKS; i++)
    if (streamer->feeds[i].feeder != NULL)
      close_feed(streamer, i);
  sg_mixer_clear(streamer->mixer);
  streamer->loading = -1;
  sg_orders_release_sources(orders);
}

/* Gives up playing until it is asked for again. */
static void
fail(SgStreamer *streamer, const SgError *error)
{
  SgOrders *orders = streamer->orders;
  streamer->running = false;
  sg_output_close(streamer->output);
  drop_decks(streamer);
  pthread_mutex_lock(&orders->lock);
  orders->play = false;
  sg_mixer_set_playing(streamer->mixer, false);
  orders->output_rate_hz = 0;
  orders->output_error = *error;
  pthread_mutex_unlock(&orders->lock);
}

/* Obeying. */

static bool
open_output(SgStreamer *streamer, uint32_t song_rate_hz)
{
  SgError error;
  if (sg_output_open(streamer->output, song_rate_hz, sg_mixer_callback, streamer->mixer, &error) != SG_OK) {
    fail(streamer, &error);
    return false;
  }
  SgOrders *orders = streamer->orders;
  sg_mixer_set_rate(streamer->mixer, sg_output_rate(streamer->output));
  pthread_mutex_lock(&orders->lock);
  orders->output_rate_hz = sg_output_rate(streamer->output);
  memcpy(orders->output_name, sg_output_name(streamer->output), sizeof orders->output_name);
  orders->latency_s = sg_output_latency_s(streamer->output);
  pthread_mutex_unlock(&orders->lock);
  return true;
}

/* Nothing is to be played: lets the song go that the decks still hold, once they are silent. */
static void
drop_old_song(SgStreamer *streamer)
{
  SgMixerReport report;
  sg_mixer_get_report(streamer->mixer, &report);
  if (streamer->running && !report.silent)
    return;
  stop_output(streamer);
  drop_decks(streamer);
  pthread_mutex_lock(&streamer->orders->lock);
  streamer->orders->swap = false;
  pthread_mutex_unlock(&streamer->orders->lock);
}

static bool
is_change_due(const SgStreamer *streamer)
{
  const SgOrders *orders = streamer->orders;
  return orders->jump || orders->swap || orders->restyle ||
         (orders->refresh && sg_playhead_clock_s() >= streamer->refresh_at_s);
}

/* Under the lock. Plans the next deck: at the jump's goal, or a little ahead in the deck that plays. False
 * when the rest of the song is too short for a change. */
static bool
plan_deck(const SgStreamer *streamer, int newest, SgDeckPlan *out_plan)
{
  SgOrders *orders = streamer->orders;
  const SgTransportSource *what = &orders->source->what;
  SgMixerReport report;
  sg_mixer_get_report(streamer->mixer, &report);
  if (report.silent && report.serial == orders->jump_serial)
    sg_orders_jump(orders, report.position);
  *out_plan = (SgDeckPlan){ .song_rate_hz = sg_pcm_rate(what->pcm),
                            .start = orders->jump_to,
                            .speed = orders->style.speed,
                            .join_frame = SG_DECK_JOIN_NOW,
                            .serial = orders->jump_serial };
  if (orders->jump || newest < 0) {
    if (orders->lead && orders->style.grid != NULL)
      out_plan->n_lead = sg_click_n_lead(orders->style.grid, out_plan, orders->output_rate_hz);
    return true;
  }
  const SgDeckPlan *plan = &streamer->feeds[newest].plan;
  int64_t device_rate = orders->output_rate_hz;
  int64_t grid = sg_feeder_grid(out_plan->song_rate_hz, orders->output_rate_hz);
  double lead_s = sg_play_style_is_stretched(&orders->style) ? STRETCHED_LEAD_S : LEAD_S;
  int64_t join = sg_mixer_played(streamer->mixer, newest) + (int64_t)(lead_s * (double)device_rate);
  if (grid <= device_rate / 50)
    join = (join + grid - 1) / grid * grid;
  out_plan->join_frame = join;
  int64_t travelled = sg_deck_plan_nearest(plan, join, orders->output_rate_hz);
  out_plan->start = sg_loop_wrap(plan->loop, travelled);
  out_plan->returned = (plan->returned || out_plan->start != travelled) &&
                       plan->loop.start == orders->style.loop.start &&
                       plan->loop.end == orders->style.loop.end;
  out_plan->n_lead = join < plan->n_lead ? plan->n_lead - join : 0;
  return out_plan->start < sg_pcm_n_samples(what->pcm);
}

/* Room for the frames that a deck holds at most: full, and one more tenth of a second on top. */
static size_t
deck_frames(const SgStreamer *streamer)
{
  return (size_t)((TARGET_S + 0.2) * sg_output_rate(streamer->output)) + 8192;
}

static void
load_deck(SgStreamer *streamer, int deck, SgPlaySource *source, const SgDeckPlan *plan,
          const SgPlayStyle *style)
{
  Feed *feed = &streamer->feeds[deck];
  SgError error;
  *feed = (Feed){ .source = source, .plan = *plan, .order = ++streamer->n_orders };
  SgStatus status =
      sg_feeder_new(source, style, sg_output_rate(streamer->output), &feed->plan, &feed->feeder, &error);
  if (status == SG_OK && !sg_mixer_load(streamer->mixer, deck, &feed->plan, deck_frames(streamer)))
    status = sg_error_set(&error, SG_NO_MEMORY, NULL, NULL);
  if (status != SG_OK) {
    close_feed(streamer, deck);
    fail(streamer, &error);
    return;
  }
  streamer->loading = deck;
  streamer->refresh_at_s = sg_playhead_clock_s() + REFRESH_EVERY_S;
}

/* Presets the deck's gains to what they are now, or to 1 when the source is no longer the wanted one. */
static void
preset_gains(SgStreamer *streamer, int deck, uint64_t source_serial, bool mixed)
{
  SgOrders *orders = streamer->orders;
  if (streamer->loading != deck)
    return;
  pthread_mutex_lock(&orders->lock);
  orders->deck_sources[deck] = source_serial;
  orders->deck_mixed[deck] = mixed;
  bool current = source_serial == orders->source_serial && !mixed;
  for (uint32_t j = 0; j < streamer->feeds[deck].plan.n_stems && current; j++) {
    sg_mixer_preset_gain(streamer->mixer, deck, j, orders->gains[j]);
    sg_mixer_preset_pan(streamer->mixer, deck, j, orders->pans[j]);
  }
  pthread_mutex_unlock(&orders->lock);
}

/* Begins a new deck where one is due and a deck is unused. */
static void
begin_deck(SgStreamer *streamer)
{
  SgOrders *orders = streamer->orders;
  int deck = unused_deck(streamer), newest = newest_deck(streamer);
  pthread_mutex_lock(&orders->lock);
  bool due = orders->source != NULL && is_change_due(streamer);
  bool waits = newest >= 0 && sg_mixer_deck_state(streamer->mixer, newest) == SG_DECK_OFFERED;
  if (due && orders->jump && waits && sg_mixer_retract(streamer->mixer, newest))
    deck = -1; /* it is reclaimed first */
  else if (waits && !orders->jump)
    deck = -1;
  if (!due || deck < 0) {
    pthread_mutex_unlock(&orders->lock);
    return;
  }
  SgDeckPlan plan;
  bool worth = plan_deck(streamer, newest, &plan);
  SgPlaySource *source = orders->source;
  sg_orders_fill_gains(orders);
  SgPlayStyle style = orders->style;
  sg_beat_grid_ref(style.grid);
  uint64_t source_serial = orders->source_serial;
  orders->restyle = orders->refresh = false;
  if (worth) {
    orders->jump = orders->swap = orders->lead = false;
    source->n_references++;
  }
  pthread_mutex_unlock(&orders->lock);
  if (worth) {
    load_deck(streamer, deck, source, &plan, &style);
    preset_gains(streamer, deck, source_serial, sg_play_style_is_stretched(&style));
  }
  sg_beat_grid_unref(style.grid);
}

/* Takes a deck back that has been offered so late, after a stall of this thread, that it could not catch up.
 */
static void
redo_late_deck(SgStreamer *streamer)
{
  int newest = newest_deck(streamer), playing = SG_MIXER_N_DECKS - 1 - newest;
  if (newest < 0 || streamer->feeds[newest].plan.join_frame < 0 || streamer->feeds[playing].feeder == NULL)
    return;
  int64_t late = sg_mixer_played(streamer->mixer, playing) - streamer->feeds[newest].plan.join_frame;
  if ((double)late < LATE_S * sg_output_rate(streamer->output) || !sg_mixer_retract(streamer->mixer, newest))
    return;
  pthread_mutex_lock(&streamer->orders->lock);
  streamer->orders->swap = true;
  pthread_mutex_unlock(&streamer->orders->lock);
  close_feed(streamer, newest);
}

/* Changes to another output where one is wanted; playing goes on there from where it was. */
static void
change_output(SgStreamer *streamer)
{
  SgOrders *orders = streamer->orders;
  pthread_mutex_lock(&orders->lock);
  SgOutput *next = orders->next_output;
  orders->next_output = NULL;
  pthread_mutex_unlock(&orders->lock);
  if (next == NULL)
    return;
  sg_output_free(streamer->output);
  streamer->output = next;
  streamer->running = false;
  drop_decks(streamer);
  pthread_mutex_lock(&orders->lock);
  orders->output_rate_hz = 0;
  pthread_mutex_unlock(&orders->lock);
}

/* Lets the mixer play when there is a deck for it. */
static void
set_going(SgStreamer *streamer)
{
  SgOrders *orders = streamer->orders;
  int newest = newest_deck(streamer);
  pthread_mutex_lock(&orders->lock);
  bool ready = orders->play && newest >= 0 && streamer->loading < 0 && !orders->jump && !orders->swap;
  if (ready)
    sg_mixer_set_playing(streamer->mixer, true);
  pthread_mutex_unlock(&orders->lock);
  if (!ready || streamer->running)
    return;
  SgError error;
  if (sg_output_start(streamer->output, &error) != SG_OK) {
    fail(streamer, &error);
    return;
  }
  streamer->running = true;
  streamer->idle_s = 0.0;
}

static void
obey(SgStreamer *streamer)
{
  SgOrders *orders = streamer->orders;
  change_output(streamer);
  pthread_mutex_lock(&orders->lock);
  bool play = orders->play && orders->source != NULL, swap = orders->swap;
  uint32_t song_rate_hz = play ? sg_pcm_rate(orders->source->what.pcm) : 0;
  pthread_mutex_unlock(&orders->lock);
  if (!play) {
    if (swap)
      drop_old_song(streamer);
    return;
  }
  if (sg_output_rate(streamer->output) == 0 && !open_output(streamer, song_rate_hz))
    return;
  redo_late_deck(streamer);
  if (streamer->loading < 0)
    begin_deck(streamer);
  set_going(streamer);
}

/* Feeding. */

/* The deck in need with the least in it, or −1. */
static int
hungriest_deck(const SgStreamer *streamer)
{
  size_t least = (size_t)(TARGET_S * sg_output_rate(streamer->output));
  int newest = newest_deck(streamer), found = -1;
  bool taken = newest >= 0 && sg_mixer_deck_state(streamer->mixer, newest) == SG_DECK_PLAYING;
  for (int i = 0; i < SG_MIXER_N_DECKS; i++) {
    const Feed *feed = &streamer->feeds[i];
    bool leaving = taken && feed->order < streamer->feeds[newest].order;
    if (feed->feeder == NULL || feed->ended || leaving)
      continue;
    size_t buffered = sg_mixer_buffered(streamer->mixer, i);
    if (buffered < least) {
      least = buffered;
      found = i;
    }
  }
  return found;
}

static bool
is_filled(const SgStreamer *streamer, int deck)
{
  SgMixerReport report;
  sg_mixer_get_report(streamer->mixer, &report);
  double rate_hz = sg_output_rate(streamer->output);
  double two_blocks = 2.0 * report.block + SG_MIXER_FADE_S * rate_hz;
  double enough = fmin(fmax(PREFILL_S * rate_hz, two_blocks), TARGET_S * rate_hz);
  return streamer->feeds[deck].ended || (double)sg_mixer_buffered(streamer->mixer, deck) >= enough;
}

/* Renders one block for the deck that needs it most; false when none does. */
static bool
feed(SgStreamer *streamer)
{
  int deck = hungriest_deck(streamer);
  if (deck < 0)
    return false;
  SgError error;
  Feed *at = &streamer->feeds[deck];
  if (sg_feeder_feed(at->feeder, streamer->mixer, deck, &at->ended, &error) != SG_OK) {
    fail(streamer, &error);
    return false;
  }
  if (at->ended)
    sg_mixer_end(streamer->mixer, deck);
  if (deck == streamer->loading && is_filled(streamer, deck)) {
    sg_mixer_offer(streamer->mixer, deck);
    streamer->loading = -1;
  }
  return true;
}

/* Watching. */

/* At the song's end, once its last sample is heard, playing is over. */
static void
watch_end(SgStreamer *streamer, double now_s)
{
  SgOrders *orders = streamer->orders;
  int newest = newest_deck(streamer);
  bool finished = newest >= 0 && streamer->loading < 0 && streamer->feeds[newest].ended &&
                  sg_mixer_deck_state(streamer->mixer, newest) == SG_DECK_PLAYING &&
                  sg_mixer_buffered(streamer->mixer, newest) == 0;
  if (!finished)
    streamer->finished_at_s = -1.0;
  else if (streamer->finished_at_s < 0.0)
    streamer->finished_at_s = now_s;
  SgMixerReport report;
  sg_mixer_get_report(streamer->mixer, &report);
  pthread_mutex_lock(&orders->lock);
  double heard_at_s = streamer->finished_at_s + orders->latency_s;
  if (orders->output_rate_hz > 0)
    heard_at_s += (double)report.block / orders->output_rate_hz;
  if (finished && orders->play && !orders->jump && now_s >= heard_at_s) {
    orders->play = false;
    sg_mixer_set_playing(streamer->mixer, false);
    sg_orders_jump(orders, sg_pcm_n_samples(orders->source->what.pcm));
  }
  pthread_mutex_unlock(&orders->lock);
}

/* Stops an output that has been silent for a while, gives up on one that has gone. */
static void
watch_output(SgStreamer *streamer, double passed_s)
{
  SgMixerReport report;
  SgError error;
  sg_mixer_get_report(streamer->mixer, &report);
  streamer->idle_s = report.silent ? streamer->idle_s + passed_s : 0.0;
  if (!streamer->running)
    return;
  if (sg_output_check(streamer->output, &error) != SG_OK)
    fail(streamer, &error);
  else if (streamer->idle_s >= IDLE_S)
    stop_output(streamer);
}

static void
watch(SgStreamer *streamer)
{
  double now_s = sg_playhead_clock_s();
  watch_end(streamer, now_s);
  watch_output(streamer, now_s - streamer->watched_at_s);
  streamer->watched_at_s = now_s;
}

/* The thread. */

/* Under the lock: for how long nothing can happen by itself, 0 for ever. */
static long
rest_ms(const SgStreamer *streamer)
{
  const SgOrders *orders = streamer->orders;
  bool pending = orders->jump || orders->restyle || orders->refresh;
  if (streamer->loading >= 0 || orders->swap || (orders->play && pending))
    return 3;
  return orders->play ? 10 : streamer->running ? 50 : 0;
}

static void
rest(SgStreamer *streamer, uint64_t n_changes)
{
  SgOrders *orders = streamer->orders;
  pthread_mutex_lock(&orders->lock);
  long ms = rest_ms(streamer);
  struct timespec until;
  clock_gettime(CLOCK_MONOTONIC, &until);
  until.tv_nsec += ms * 1000000L;
  until.tv_sec += until.tv_nsec / 1000000000L;
  until.tv_nsec %= 1000000000L;
  int error = 0;
  while (orders->n_changes == n_changes && error != ETIMEDOUT)
    error = ms > 0 ? pthread_cond_timedwait(&orders->changed, &orders->lock, &until)
                   : pthread_cond_wait(&orders->changed, &orders->lock);
  pthread_mutex_unlock(&orders->lock);
}

static void *
streamer_main(void *data)
{
  SgStreamer *streamer = data;
  SgOrders *orders = streamer->orders;
  for (;;) {
    pthread_mutex_lock(&orders->lock);
    uint64_t n_changes = orders->n_changes;
    bool quit = orders->quit;
    pthread_mutex_unlock(&orders->lock);
    if (quit)
      break;
    reclaim(streamer);
    obey(streamer);
    bool busy = feed(streamer);
    watch(streamer);
    if (!busy)
      rest(streamer, n_changes);
  }
  sg_output_close(streamer->output);
  drop_decks(streamer);
  return NULL;
}

static void
free_parts(SgStreamer *streamer)
{
  sg_output_free(streamer->output);
  sg_mixer_free(streamer->mixer);
  sg_orders_free(streamer->orders);
  sg_free(streamer);
}

SgStatus
sg_streamer_new(SgOutput *output, SgStreamer **out_streamer, SgError *error)
{
  *out_streamer = NULL;
  SgStreamer *streamer = output != NULL ? SG_NEW(SgStreamer, 1) : NULL;
  if (streamer == NULL) {
    sg_output_free(output);
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  }
  streamer->output = output;
  streamer->loading = -1;
  streamer->finished_at_s = -1.0;
  streamer->orders = sg_orders_new();
  streamer->mixer = sg_mixer_new();
  if (streamer->orders == NULL || streamer->mixer == NULL ||
      pthread_create(&streamer->thread, NULL, streamer_main, streamer) != 0) {
    free_parts(streamer);
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  }
  *out_streamer = streamer;
  return SG_OK;
}

void
sg_streamer_free(SgStreamer *streamer)
{
  if (streamer == NULL)
    return;
  pthread_mutex_lock(&streamer->orders->lock);
  streamer->orders->quit = true;
  sg_orders_tell(streamer->orders);
  pthread_mutex_unlock(&streamer->orders->lock);
  pthread_join(streamer->thread, NULL);
  free_parts(streamer);
}

SgOrders *
sg_streamer_orders(const SgStreamer *streamer)
{
  return streamer->orders;
}

SgMixer *
sg_streamer_mixer(const SgStreamer *streamer)
{
  return streamer->mixer;
}
