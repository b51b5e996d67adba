#include "core/play/transport.h"

#include <string.h>

#include "core/base/memory.h"
#include "core/play/streamer.h"

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

/* Under the lock: moves the playhead on and returns where it is. */
static int64_t
current_position(SgOrders *orders, const SgMixerReport *report)
{
  double now_s = sg_playhead_clock_s();
  if (orders->source == NULL)
    return 0;
  if (report->serial != orders->jump_serial) {
    sg_playhead_reset(&orders->playhead, orders->jump_to, now_s);
    return orders->jump_to;
  }
  double block_s = orders->output_rate_hz > 0 ? (double)report->block / orders->output_rate_hz : 0.0;
  int64_t end = sg_pcm_n_samples(orders->source->what.pcm);
  int64_t position =
      sg_playhead_move(&orders->playhead, now_s, sg_pcm_rate(orders->source->what.pcm), report->position,
                       orders->latency_s, block_s, report->flowing && orders->play);
  return position < end ? position : end;
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
  orders->settings = SG_RENDER_SETTINGS_NATURAL;
  for (int j = 0; j < SG_MAX_SOURCES; j++)
    orders->gains[j] = 1.0f;
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

void
sg_transport_set_gain(SgTransport *transport, uint32_t stem, float gain)
{
  if (stem >= SG_MAX_SOURCES)
    return;
  SgOrders *orders = lock_orders(transport);
  orders->gains[stem] = gain;
  for (int i = 0; i < SG_MIXER_N_DECKS; i++)
    if (orders->deck_sources[i] == orders->source_serial)
      sg_mixer_set_gain(sg_streamer_mixer(transport->streamer), i, stem, gain);
  pthread_mutex_unlock(&orders->lock);
}

void
sg_transport_set_settings(SgTransport *transport, const SgRenderSettings *settings)
{
  SgOrders *orders = lock_orders(transport);
  orders->settings = *settings;
  orders->restyle = true;
  unlock_and_tell(orders);
}

void
sg_transport_refresh(SgTransport *transport)
{
  SgOrders *orders = lock_orders(transport);
  orders->refresh = true;
  unlock_and_tell(orders);
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
  out_state->n_underruns = report.n_underruns;
  out_state->output_error = orders->output_error;
  pthread_mutex_unlock(&orders->lock);
}
