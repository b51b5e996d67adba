#include "core/play/transport.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/play/streamer.h"
#include "core/play/stretch.h"

struct SgTransport {
  SgStreamer *streamer;
};

SgStatus
sg_transport_new(SgOutput *output, SgTransport **out_transport, SgError *error)
{
  *out_transport = NULL;
  SgTransport *transport = SG_NEW(SgTransport, 1);
  if (transport == NULL) {
    sg_output_free(output);
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  }
  SgStatus status = sg_streamer_new(output, &transport->streamer, error);
  if (status != SG_OK) {
    sg_free(transport);
    return status;
  }
  *out_transport = transport;
  return SG_OK;
}

void
sg_transport_free(SgTransport *transport)
{
  if (transport == NULL)
    return;
  sg_streamer_free(transport->streamer);
  sg_free(transport);
}

static SgOrders *
lock_orders(const SgTransport *transport)
{
  SgOrders *orders = sg_streamer_orders(transport->streamer);
  pthread_mutex_lock(&orders->lock);
  return orders;
}

static void
unlock_and_tell(SgOrders *orders)
{
  sg_orders_tell(orders);
  pthread_mutex_unlock(&orders->lock);
}

/* Under the lock: another deck plays, whose count of samples is its own; the playhead stays where it is in
 * the song. */
static void
rebase_playhead(SgOrders *orders, const SgMixerReport *report)
{
  SgPlayhead *playhead = &orders->playhead;
  double behind =
      (double)(report->position - sg_loop_wrap(orders->playhead_loop, (int64_t)floor(playhead->position)));
  /* Across a loop's seam the two are far from each other. */
  if (fabs(behind) > report->samples_per_s)
    behind = orders->latency_s * report->samples_per_s;
  playhead->position = (double)report->travelled - behind;
  orders->playhead_deck = report->n_decks;
  orders->playhead_loop = report->loop;
}

/* Under the lock: moves the playhead on and returns where it is. */
static int64_t
current_position(SgOrders *orders, const SgMixerReport *report)
{
  double now_s = sg_playhead_clock_s();
  if (orders->source == NULL)
    return 0;
  if (report->serial != orders->jump_serial) {
    sg_playhead_reset(&orders->playhead, orders->jump_to, now_s);
    orders->playhead_deck = 0;
    orders->playhead_loop = (SgLoop){ 0 };
    return orders->jump_to;
  }
  if (report->n_decks != orders->playhead_deck)
    rebase_playhead(orders, report);
  double block_s = orders->output_rate_hz > 0 ? (double)report->block / orders->output_rate_hz : 0.0;
  int64_t end = sg_pcm_n_samples(orders->source->what.pcm);
  int64_t travelled =
      sg_playhead_move(&orders->playhead, now_s, (uint32_t)lround(report->samples_per_s), report->travelled,
                       orders->latency_s, block_s, report->flowing && orders->play);
  int64_t position = sg_loop_wrap(report->loop, travelled);
  return position < 0 ? 0 : position < end ? position : end;
}

static int64_t
report_position(const SgTransport *transport, SgOrders *orders)
{
  SgMixerReport report;
  sg_mixer_get_report(sg_streamer_mixer(transport->streamer), &report);
  return current_position(orders, &report);
}

static void
stop_playing(const SgTransport *transport, SgOrders *orders)
{
  orders->play = false;
  sg_mixer_set_playing(sg_streamer_mixer(transport->streamer), false);
}

/* Under the lock: where the new source begins. A source of the same song goes on from the decks' own
 * position. */
static void
choose_begin(const SgTransport *transport, SgOrders *orders, const SgPlaySource *source)
{
  if (source != NULL && orders->source != NULL && source->what.pcm == orders->source->what.pcm)
    return;
  int64_t position = report_position(transport, orders);
  bool within = source != NULL && position < sg_pcm_n_samples(source->what.pcm);
  sg_orders_jump(orders, within ? position : 0);
  orders->style.loop = (SgLoop){ 0 };
  sg_beat_grid_unref(orders->style.grid);
  orders->style.grid = NULL;
}

void
sg_transport_set_source(SgTransport *transport, const SgTransportSource *what)
{
  SgPlaySource *source = what != NULL ? sg_play_source_new(what) : NULL;
  bool out_of_memory = what != NULL && source == NULL;
  SgOrders *orders = lock_orders(transport);
  choose_begin(transport, orders, source);
  sg_orders_unref(orders, orders->source);
  orders->source = source;
  orders->source_serial++;
  orders->swap = true;
  orders->style.settings = SG_RENDER_SETTINGS_NATURAL;
  for (int j = 0; j < SG_MAX_SOURCES; j++) {
    orders->gains[j] = 1.0f;
    orders->pans[j] = 0.0f;
  }
  if (source == NULL)
    stop_playing(transport, orders);
  if (out_of_memory)
    sg_error_set(&orders->output_error, SG_NO_MEMORY, NULL, NULL);
  unlock_and_tell(orders);
  if (out_of_memory && what->release != NULL)
    what->release(what->user);
}

void
sg_transport_play(SgTransport *transport)
{
  SgOrders *orders = lock_orders(transport);
  if (orders->source != NULL && !orders->play) {
    if (report_position(transport, orders) >= sg_pcm_n_samples(orders->source->what.pcm))
      sg_orders_jump(orders, 0);
    if (orders->count_in && orders->style.grid != NULL) {
      sg_orders_jump(orders, report_position(transport, orders));
      orders->lead = true;
    }
    orders->play = true;
    sg_error_set(&orders->output_error, SG_OK, NULL, NULL);
  }
  unlock_and_tell(orders);
}

void
sg_transport_pause(SgTransport *transport)
{
  SgOrders *orders = lock_orders(transport);
  stop_playing(transport, orders);
  unlock_and_tell(orders);
}

void
sg_transport_seek(SgTransport *transport, int64_t position)
{
  SgOrders *orders = lock_orders(transport);
  int64_t end = orders->source != NULL ? sg_pcm_n_samples(orders->source->what.pcm) : 0;
  sg_orders_jump(orders, position < 0 ? 0 : position > end ? end : position);
  unlock_and_tell(orders);
}

/* Under the lock: a fader has moved. Decks of mixed stems are made anew, the others have it from here. */
static void
apply_fader(const SgTransport *transport, SgOrders *orders, uint32_t stem)
{
  SgMixer *mixer = sg_streamer_mixer(transport->streamer);
  for (int i = 0; i < SG_MIXER_N_DECKS; i++)
    if (orders->deck_sources[i] == orders->source_serial && !orders->deck_mixed[i]) {
      sg_mixer_set_gain(mixer, i, stem, orders->gains[stem]);
      sg_mixer_set_pan(mixer, i, stem, orders->pans[stem]);
    }
  if (!sg_play_style_is_stretched(&orders->style))
    return;
  orders->restyle = true;
  sg_orders_tell(orders);
}

void
sg_transport_set_gain(SgTransport *transport, uint32_t stem, float gain)
{
  if (stem >= SG_MAX_SOURCES)
    return;
  SgOrders *orders = lock_orders(transport);
  bool changed = orders->gains[stem] != gain;
  orders->gains[stem] = gain;
  if (changed)
    apply_fader(transport, orders, stem);
  pthread_mutex_unlock(&orders->lock);
}

void
sg_transport_set_pan(SgTransport *transport, uint32_t stem, float pan)
{
  if (stem >= SG_MAX_SOURCES)
    return;
  SgOrders *orders = lock_orders(transport);
  pan = fmaxf(-1.0f, fminf(pan, 1.0f));
  bool changed = orders->pans[stem] != pan;
  orders->pans[stem] = pan;
  if (changed)
    apply_fader(transport, orders, stem);
  pthread_mutex_unlock(&orders->lock);
}

void
sg_transport_set_master(SgTransport *transport, float gain)
{
  sg_mixer_set_master(sg_streamer_mixer(transport->streamer), gain);
}

void
sg_transport_set_click(SgTransport *transport, float gain)
{
  sg_mixer_set_click(sg_streamer_mixer(transport->streamer), gain);
}

void
sg_transport_set_settings(SgTransport *transport, const SgRenderSettings *settings)
{
  SgOrders *orders = lock_orders(transport);
  orders->style.settings = *settings;
  orders->restyle = true;
  unlock_and_tell(orders);
}

void
sg_transport_set_loop(SgTransport *transport, SgLoop loop)
{
  SgOrders *orders = lock_orders(transport);
  int64_t n = orders->source != NULL ? sg_pcm_n_samples(orders->source->what.pcm) : 0;
  loop.start = loop.start > 0 ? loop.start : 0;
  loop.end = loop.end < n ? loop.end : n;
  if (!sg_loop_is_set(loop))
    loop = (SgLoop){ 0 };
  SgLoop before = orders->style.loop;
  if (loop.start != before.start || loop.end != before.end) {
    orders->style.loop = loop;
    orders->restyle = true;
    if (sg_loop_is_set(loop) && report_position(transport, orders) >= loop.end)
      sg_orders_jump(orders, loop.start);
  }
  unlock_and_tell(orders);
}

void
sg_transport_set_stretch(SgTransport *transport, double speed, double semitones)
{
  SgOrders *orders = lock_orders(transport);
  speed = fmax(SG_STRETCH_MIN_SPEED, fmin(speed, SG_STRETCH_MAX_SPEED));
  semitones = fmax(-SG_STRETCH_MAX_SEMITONES, fmin(semitones, SG_STRETCH_MAX_SEMITONES));
  if (speed != orders->style.speed || semitones != orders->style.semitones) {
    orders->style.speed = speed;
    orders->style.semitones = semitones;
    orders->restyle = true;
  }
  unlock_and_tell(orders);
}

void
sg_transport_set_beats(SgTransport *transport, SgBeatGrid *grid)
{
  SgOrders *orders = lock_orders(transport);
  if (grid != orders->style.grid) {
    sg_beat_grid_unref(orders->style.grid);
    orders->style.grid = sg_beat_grid_ref(grid);
    orders->restyle = true;
  }
  unlock_and_tell(orders);
}

void
sg_transport_set_count_in(SgTransport *transport, float gain)
{
  sg_mixer_set_count_in(sg_streamer_mixer(transport->streamer), gain);
  SgOrders *orders = lock_orders(transport);
  orders->count_in = gain > 0.0f;
  pthread_mutex_unlock(&orders->lock);
}

void
sg_transport_set_output(SgTransport *transport, SgOutput *output)
{
  if (output == NULL)
    return;
  SgOrders *orders = lock_orders(transport);
  SgOutput *unused = orders->next_output;
  orders->next_output = output;
  sg_error_set(&orders->output_error, SG_OK, NULL, NULL);
  unlock_and_tell(orders);
  sg_output_free(unused);
}

void
sg_transport_refresh(SgTransport *transport)
{
  SgOrders *orders = lock_orders(transport);
  orders->refresh = true;
  unlock_and_tell(orders);
}

void
sg_transport_get_meters(const SgTransport *transport, SgMixerMeters *out_meters)
{
  sg_mixer_get_meters(sg_streamer_mixer(transport->streamer), out_meters);
}

void
sg_transport_get_state(const SgTransport *transport, SgTransportState *out_state)
{
  SgMixerReport report;
  SgOrders *orders = lock_orders(transport);
  sg_mixer_get_report(sg_streamer_mixer(transport->streamer), &report);
  out_state->playing = orders->play;
  out_state->position = current_position(orders, &report);
  out_state->output_rate_hz = orders->output_rate_hz;
  memcpy(out_state->output_name, orders->output_name, sizeof out_state->output_name);
  out_state->latency_s = orders->latency_s;
  out_state->block = report.block;
  out_state->n_over = report.n_over;
  out_state->n_underruns = report.n_underruns;
  out_state->output_error = orders->output_error;
  pthread_mutex_unlock(&orders->lock);
}
