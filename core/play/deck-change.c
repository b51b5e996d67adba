#include "core/play/deck-change.h"

#include "core/play/click.h"

#define LATE_S 0.2            /* behind its moment a deck is too late to join and is begun again */
#define LEAD_S 0.03           /* how far ahead of the mixer a change of what is heard begins */
#define STRETCHED_LEAD_S 0.12 /* where it is stretched, which takes longer */
#define REFRESH_EVERY_S 0.25

static bool
is_due(const SgDecks *decks)
{
  const SgOrders *orders = decks->orders;
  return orders->jump || orders->swap || orders->restyle ||
         (orders->refresh && sg_playhead_clock_s() >= decks->refresh_at_s);
}

/* Under the lock. Plans the next deck: at the jump's goal, or a little ahead in the deck that plays. False
 * when the rest of the song is too short for a change. */
static bool
plan_deck(const SgDecks *decks, int newest, SgDeckPlan *out_plan)
{
  SgOrders *orders = decks->orders;
  const SgTransportSource *what = &orders->source->what;
  SgMixerReport report;
  sg_mixer_get_report(decks->mixer, &report);
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
  const SgDeckPlan *plan = &decks->feeds[newest].plan;
  int64_t device_rate = orders->output_rate_hz;
  int64_t grid = sg_feeder_grid(out_plan->song_rate_hz, orders->output_rate_hz);
  double lead_s = sg_play_style_is_stretched(&orders->style) ? STRETCHED_LEAD_S : LEAD_S;
  int64_t join = sg_mixer_played(decks->mixer, newest) + (int64_t)(lead_s * (double)device_rate);
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

/* Presets the deck's gains to what they are now, or to 1 when the source is no longer the wanted one. */
static void
preset_gains(SgDecks *decks, int deck, uint64_t source_serial, bool mixed)
{
  SgOrders *orders = decks->orders;
  pthread_mutex_lock(&orders->lock);
  orders->deck_sources[deck] = source_serial;
  orders->deck_mixed[deck] = mixed;
  bool current = source_serial == orders->source_serial && !mixed;
  for (uint32_t j = 0; j < decks->feeds[deck].plan.n_stems && current; j++) {
    sg_mixer_preset_gain(decks->mixer, deck, j, orders->gains[j]);
    sg_mixer_preset_pan(decks->mixer, deck, j, orders->pans[j]);
  }
  pthread_mutex_unlock(&orders->lock);
}

SgStatus
sg_deck_change_begin(SgDecks *decks, SgError *error)
{
  SgOrders *orders = decks->orders;
  int deck = sg_decks_unused(decks), newest = sg_decks_newest(decks);
  pthread_mutex_lock(&orders->lock);
  bool due = orders->source != NULL && is_due(decks);
  bool waits = newest >= 0 && sg_mixer_deck_state(decks->mixer, newest) == SG_DECK_OFFERED;
  if (due && orders->jump && waits && sg_mixer_retract(decks->mixer, newest))
    deck = -1; /* it is reclaimed first */
  else if (waits && !orders->jump)
    deck = -1;
  if (!due || deck < 0) {
    pthread_mutex_unlock(&orders->lock);
    return SG_OK;
  }
  SgDeckPlan plan;
  bool worth = plan_deck(decks, newest, &plan);
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
  SgStatus status = worth ? sg_decks_load(decks, deck, source, &plan, &style, error) : SG_OK;
  if (worth && status == SG_OK) {
    decks->refresh_at_s = sg_playhead_clock_s() + REFRESH_EVERY_S;
    preset_gains(decks, deck, source_serial, sg_play_style_is_stretched(&style));
  }
  sg_beat_grid_unref(style.grid);
  return status;
}

void
sg_deck_change_redo_late(SgDecks *decks)
{
  int newest = sg_decks_newest(decks), playing = SG_MIXER_N_DECKS - 1 - newest;
  if (newest < 0 || decks->feeds[newest].plan.join_frame < 0 || decks->feeds[playing].feeder == NULL)
    return;
  int64_t late = sg_mixer_played(decks->mixer, playing) - decks->feeds[newest].plan.join_frame;
  if ((double)late < LATE_S * decks->rate_hz || !sg_mixer_retract(decks->mixer, newest))
    return;
  pthread_mutex_lock(&decks->orders->lock);
  decks->orders->swap = true;
  pthread_mutex_unlock(&decks->orders->lock);
  sg_decks_close(decks, newest);
}
