#include "core/base/memory.h"
#include "core/play/mixer-private.h"

/* Silence after an underrun until this much is there again. */
#define REFILL_S 0.05

SgMixer *
sg_mixer_new(void)
{
  SgMixer *mixer = SG_NEW(SgMixer, 1);
  if (mixer == NULL)
    return NULL;
  sg_mixer_set_rate(mixer, 48000);
  atomic_store(&mixer->silent, true);
  atomic_store(&mixer->master, 1.0f);
  mixer->master_ramp = (SgGainRamp){ .now = { 1.0f, 1.0f }, .target = { 1.0f, 1.0f } };
  return mixer;
}

void
sg_mixer_free(SgMixer *mixer)
{
  if (mixer == NULL)
    return;
  sg_mixer_clear(mixer);
  sg_free(mixer);
}

void
sg_mixer_set_rate(SgMixer *mixer, uint32_t rate_hz)
{
  mixer->rate_hz = rate_hz;
  mixer->fade_frames = (uint32_t)(SG_MIXER_FADE_S * rate_hz) + 1;
  mixer->fade_step = 1.0f / (float)mixer->fade_frames;
  mixer->refill_frames = (size_t)(REFILL_S * rate_hz);
}

uint32_t
sg_mixer_rate(const SgMixer *mixer)
{
  return mixer->rate_hz;
}

void
sg_mixer_clear(SgMixer *mixer)
{
  for (int i = 0; i < SG_MIXER_N_DECKS; i++)
    sg_mixer_unload(mixer, i);
  mixer->active = mixer->outgoing = NULL;
  mixer->level = 0.0f;
  mixer->starving = false;
  mixer->ceiling = (SgCeiling){ 0 };
  for (int j = 0; j < SG_MAX_SOURCES; j++)
    sg_meter_clear(&mixer->stem_meters[j]);
  sg_meter_clear(&mixer->master_meter);
  sg_meter_clear(&mixer->null_meter);
  atomic_store(&mixer->flowing, false);
  atomic_store(&mixer->silent, true);
}

/* Decks, seen from the streamer. */

bool
sg_mixer_load(SgMixer *mixer, int index, const SgDeckPlan *plan, size_t n_frames)
{
  SgDeck *deck = &mixer->decks[index];
  sg_mixer_unload(mixer, index);
  deck->plan = *plan;
  deck->ring = sg_ring_new(n_frames * sg_deck_frame_floats(deck));
  if (deck->ring == NULL)
    return false;
  atomic_store(&deck->ended, false);
  atomic_store(&deck->played, 0);
  for (uint32_t j = 0; j < plan->n_stems; j++) {
    atomic_store(&deck->pans[j], 0.0f);
    sg_mixer_preset_gain(mixer, index, j, 1.0f);
  }
  atomic_store(&deck->state, SG_DECK_LOADING);
  return true;
}

void
sg_mixer_unload(SgMixer *mixer, int index)
{
  SgDeck *deck = &mixer->decks[index];
  atomic_store(&deck->state, SG_DECK_FREE);
  sg_ring_free(deck->ring);
  deck->ring = NULL;
}

void
sg_mixer_offer(SgMixer *mixer, int index)
{
  atomic_store(&mixer->decks[index].state, SG_DECK_OFFERED);
}

bool
sg_mixer_retract(SgMixer *mixer, int index)
{
  SgDeckState expected = SG_DECK_OFFERED;
  return atomic_compare_exchange_strong(&mixer->decks[index].state, &expected, SG_DECK_FREE);
}

SgDeckState
sg_mixer_deck_state(const SgMixer *mixer, int index)
{
  return atomic_load(&mixer->decks[index].state);
}

size_t
sg_mixer_write(SgMixer *mixer, int index, const float *frames, size_t n)
{
  SgDeck *deck = &mixer->decks[index];
  size_t room = sg_mixer_writable(mixer, index);
  if (n > room)
    n = room;
  return sg_ring_write(deck->ring, frames, n * sg_deck_frame_floats(deck)) / sg_deck_frame_floats(deck);
}

size_t
sg_mixer_writable(const SgMixer *mixer, int index)
{
  const SgDeck *deck = &mixer->decks[index];
  return sg_ring_writable(deck->ring) / sg_deck_frame_floats(deck);
}

void
sg_mixer_end(SgMixer *mixer, int index)
{
  atomic_store(&mixer->decks[index].ended, true);
}

size_t
sg_mixer_buffered(const SgMixer *mixer, int index)
{
  return sg_deck_buffered(&mixer->decks[index]);
}

int64_t
sg_mixer_played(const SgMixer *mixer, int index)
{
  return atomic_load(&mixer->decks[index].played);
}

void
sg_mixer_note_level(SgMixer *mixer, int index, uint32_t stem, int64_t travelled, const float peak[2])
{
  _Atomic float *level = mixer->decks[index].levels[sg_deck_level_slot(travelled)][stem];
  for (int side = 0; side < 2; side++)
    atomic_store_explicit(&level[side], peak[side], memory_order_relaxed);
}

static void
preset_ramp(SgDeck *deck, uint32_t stem)
{
  float gains[2];
  sg_deck_stem_gains(deck, stem, gains);
  deck->ramps[stem] = (SgGainRamp){ .now = { gains[0], gains[1] }, .target = { gains[0], gains[1] } };
}

void
sg_mixer_preset_gain(SgMixer *mixer, int index, uint32_t stem, float gain)
{
  atomic_store(&mixer->decks[index].gains[stem], gain);
  preset_ramp(&mixer->decks[index], stem);
}

void
sg_mixer_preset_pan(SgMixer *mixer, int index, uint32_t stem, float pan)
{
  atomic_store(&mixer->decks[index].pans[stem], pan);
  preset_ramp(&mixer->decks[index], stem);
}

void
sg_mixer_set_gain(SgMixer *mixer, int index, uint32_t stem, float gain)
{
  atomic_store_explicit(&mixer->decks[index].gains[stem], gain, memory_order_relaxed);
}

void
sg_mixer_set_pan(SgMixer *mixer, int index, uint32_t stem, float pan)
{
  atomic_store_explicit(&mixer->decks[index].pans[stem], pan, memory_order_relaxed);
}

void
sg_mixer_set_master(SgMixer *mixer, float gain)
{
  atomic_store_explicit(&mixer->master, gain, memory_order_relaxed);
}

void
sg_mixer_set_click(SgMixer *mixer, float gain)
{
  atomic_store_explicit(&mixer->click, gain, memory_order_relaxed);
}

void
sg_mixer_set_count_in(SgMixer *mixer, float gain)
{
  atomic_store_explicit(&mixer->count_in, gain, memory_order_relaxed);
}

void
sg_mixer_set_playing(SgMixer *mixer, bool playing)
{
  atomic_store(&mixer->playing, playing);
}

void
sg_mixer_get_report(const SgMixer *mixer, SgMixerReport *out_report)
{
  uint64_t turn;
  do {
    turn = atomic_load(&mixer->turn);
    out_report->serial = atomic_load(&mixer->serial);
    out_report->n_decks = atomic_load(&mixer->shown_n_decks);
    out_report->position = atomic_load(&mixer->position);
    out_report->travelled = atomic_load(&mixer->travelled);
    out_report->loop = (SgLoop){ atomic_load(&mixer->loop_start), atomic_load(&mixer->loop_end) };
    out_report->samples_per_s = atomic_load(&mixer->samples_per_s);
  } while (turn % 2 != 0 || atomic_load(&mixer->turn) != turn);
  out_report->flowing = atomic_load(&mixer->flowing);
  out_report->silent = atomic_load(&mixer->silent);
  out_report->n_underruns = atomic_load(&mixer->n_underruns);
  out_report->n_over = atomic_load(&mixer->n_over);
  out_report->block = atomic_load(&mixer->block);
}

void
sg_mixer_get_meters(const SgMixer *mixer, SgMixerMeters *out_meters)
{
  for (int j = 0; j < SG_MAX_SOURCES; j++)
    sg_meter_read(&mixer->stem_meters[j], &out_meters->stems[j]);
  sg_meter_read(&mixer->master_meter, &out_meters->master);
  sg_meter_read(&mixer->null_meter, &out_meters->null);
}
