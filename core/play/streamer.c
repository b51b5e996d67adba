#include "core/play/streamer.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "core/base/memory.h"
#include "core/play/deck-change.h"

#define IDLE_S 5.0 /* silence after which the output is stopped */

struct SgStreamer {
  SgOrders *orders;
  SgMixer *mixer;
  SgOutput *output;
  pthread_t thread;

  /* The thread's own. */
  SgDecks decks;
  bool running;
  double finished_at_s; /* when the last sample was mixed, or −1 */
  double watched_at_s, idle_s;
};

static void
stop_output(SgStreamer *streamer)
{
  sg_output_stop(streamer->output);
  streamer->running = false;
}

/* Gives up playing until it is asked for again. */
static void
fail(SgStreamer *streamer, const SgError *error)
{
  SgOrders *orders = streamer->orders;
  streamer->running = false;
  sg_output_close(streamer->output);
  sg_decks_drop(&streamer->decks);
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
  streamer->decks.rate_hz = sg_output_rate(streamer->output);
  sg_mixer_set_rate(streamer->mixer, streamer->decks.rate_hz);
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
  sg_decks_drop(&streamer->decks);
  pthread_mutex_lock(&streamer->orders->lock);
  streamer->orders->swap = false;
  pthread_mutex_unlock(&streamer->orders->lock);
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
  sg_decks_drop(&streamer->decks);
  pthread_mutex_lock(&orders->lock);
  orders->output_rate_hz = 0;
  pthread_mutex_unlock(&orders->lock);
}

/* Lets the mixer play when there is a deck for it. */
static void
set_going(SgStreamer *streamer)
{
  SgOrders *orders = streamer->orders;
  int newest = sg_decks_newest(&streamer->decks);
  pthread_mutex_lock(&orders->lock);
  bool ready = orders->play && newest >= 0 && streamer->decks.loading < 0 && !orders->jump && !orders->swap;
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
  SgError error;
  sg_deck_change_redo_late(&streamer->decks);
  if (streamer->decks.loading < 0 && sg_deck_change_begin(&streamer->decks, &error) != SG_OK)
    fail(streamer, &error);
  set_going(streamer);
}

/* Renders one block where it is needed; false where it is not. */
static bool
feed(SgStreamer *streamer)
{
  SgError error;
  bool fed;
  if (sg_decks_feed(&streamer->decks, &fed, &error) != SG_OK)
    fail(streamer, &error);
  return fed;
}

/* Watching. */

/* At the song's end, once its last sample is heard, playing is over. */
static void
watch_end(SgStreamer *streamer, double now_s)
{
  SgOrders *orders = streamer->orders;
  bool finished = sg_decks_finished(&streamer->decks);
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
  if (streamer->decks.loading >= 0 || orders->swap || (orders->play && pending))
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
    sg_decks_reclaim(&streamer->decks);
    obey(streamer);
    bool busy = feed(streamer);
    watch(streamer);
    if (!busy)
      rest(streamer, n_changes);
  }
  sg_output_close(streamer->output);
  sg_decks_drop(&streamer->decks);
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
  streamer->finished_at_s = -1.0;
  streamer->orders = sg_orders_new();
  streamer->mixer = sg_mixer_new();
  streamer->decks = (SgDecks){ .orders = streamer->orders, .mixer = streamer->mixer, .loading = -1 };
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
