#include "core/play/mixer.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/ring.h"
#include "core/play/ceiling.h"

/* More than a deck holds: the levels that are noted stay until their frames are played. */
enum { BLOCK = 256, LEVEL_SLOTS = 256 };

/* Silence after an underrun until this much is there again. */
#define REFILL_S 0.05

/* How long the ceiling stays after the last sample over full scale. */
#define CEILING_HOLD_S 1.0

/* A gain of both sides on its way to where the faders say. Callback only. */
typedef struct {
  float now[2], target[2], step[2];
  uint32_t n_left;
} Ramp;

typedef struct {
  _Atomic SgDeckState state;
  SgDeckPlan plan;
  SgRing *ring;
  atomic_bool ended;
  _Atomic int64_t played; /* written by the callback alone while the deck plays */
  _Atomic float gains[SG_MAX_SOURCES], pans[SG_MAX_SOURCES];
  Ramp ramps[SG_MAX_SOURCES];
  _Atomic float levels[LEVEL_SLOTS][SG_MAX_SOURCES][2]; /* noted, see level_slot */
} Deck;

struct SgMixer {
  uint32_t rate_hz;
  uint32_t fade_frames;
  float fade_step;
  size_t refill_frames;
  Deck decks[SG_MIXER_N_DECKS];
  atomic_bool playing;
  _Atomic float master, click, count_in;

  /* Callback only. */
  Deck *active, *outgoing; /* NULL: none */
  float level;             /* 0 … 1 */
  float blend;             /* weight of `active` while there is an `outgoing` */
  bool starving;
  uint64_t n_decks; /* taken over */
  Ramp master_ramp, click_ramp;
  SgCeiling ceiling;
  float frames[BLOCK * (2 * SG_MAX_SOURCES + 3)];
  float weights[2][BLOCK];            /* of active and outgoing */
  float mixture[2 * BLOCK];           /* what the stems should sum to */
  float clicks[BLOCK], counts[BLOCK]; /* of the song, of its lead */
  SgMeter stem_meters[SG_MAX_SOURCES], master_meter, null_meter;

  /* Callback to the others. What belongs together is written between two counts of `turn`: it is even and
   * the same before and after a reading that is of one moment. */
  _Atomic uint64_t turn;
  _Atomic uint64_t serial, shown_n_decks;
  _Atomic int64_t position, travelled, loop_start, loop_end;
  _Atomic double samples_per_s;
  _Atomic uint64_t n_over;
  atomic_bool flowing, silent;
  _Atomic uint64_t n_underruns;
  _Atomic uint32_t block;
};

SgMixer *
sg_mixer_new(void)
{
  SgMixer *mixer = SG_NEW(SgMixer, 1);
  if (mixer == NULL)
    return NULL;
  sg_mixer_set_rate(mixer, 48000);
  atomic_store(&mixer->silent, true);
  atomic_store(&mixer->master, 1.0f);
  mixer->master_ramp = (Ramp){ .now = { 1.0f, 1.0f }, .target = { 1.0f, 1.0f } };
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

static size_t
frame_floats(const Deck *deck)
{
  return sg_deck_plan_width(&deck->plan);
}

bool
sg_mixer_load(SgMixer *mixer, int index, const SgDeckPlan *plan, size_t n_frames)
{
  Deck *deck = &mixer->decks[index];
  sg_mixer_unload(mixer, index);
  deck->plan = *plan;
  deck->ring = sg_ring_new(n_frames * frame_floats(deck));
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
  Deck *deck = &mixer->decks[index];
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
  Deck *deck = &mixer->decks[index];
  size_t room = sg_mixer_writable(mixer, index);
  if (n > room)
    n = room;
  return sg_ring_write(deck->ring, frames, n * frame_floats(deck)) / frame_floats(deck);
}

size_t
sg_mixer_writable(const SgMixer *mixer, int index)
{
  const Deck *deck = &mixer->decks[index];
  return sg_ring_writable(deck->ring) / frame_floats(deck);
}

void
sg_mixer_end(SgMixer *mixer, int index)
{
  atomic_store(&mixer->decks[index].ended, true);
}

static size_t
buffered(const Deck *deck)
{
  return sg_ring_readable(deck->ring) / frame_floats(deck);
}

size_t
sg_mixer_buffered(const SgMixer *mixer, int index)
{
  return buffered(&mixer->decks[index]);
}

int64_t
sg_mixer_played(const SgMixer *mixer, int index)
{
  return atomic_load(&mixer->decks[index].played);
}

static size_t
level_slot(int64_t travelled)
{
  int64_t slot = travelled / SG_MIXER_LEVEL_SAMPLES % LEVEL_SLOTS;
  return (size_t)(slot < 0 ? slot + LEVEL_SLOTS : slot);
}

void
sg_mixer_note_level(SgMixer *mixer, int index, uint32_t stem, int64_t travelled, const float peak[2])
{
  _Atomic float *level = mixer->decks[index].levels[level_slot(travelled)][stem];
  for (int side = 0; side < 2; side++)
    atomic_store_explicit(&level[side], peak[side], memory_order_relaxed);
}

/* Gain and balance of a stem as the faders are. */
static void
stem_gains(const Deck *deck, uint32_t stem, float out_gains[2])
{
  float gain = atomic_load_explicit(&deck->gains[stem], memory_order_relaxed);
  float pan = atomic_load_explicit(&deck->pans[stem], memory_order_relaxed);
  out_gains[0] = gain * fminf(1.0f, 1.0f - pan);
  out_gains[1] = gain * fminf(1.0f, 1.0f + pan);
}

static void
preset_ramp(Deck *deck, uint32_t stem)
{
  float gains[2];
  stem_gains(deck, stem, gains);
  deck->ramps[stem] = (Ramp){ .now = { gains[0], gains[1] }, .target = { gains[0], gains[1] } };
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

/* The callback. */

static void
free_outgoing(SgMixer *mixer)
{
  if (mixer->outgoing != NULL)
    atomic_store(&mixer->outgoing->state, SG_DECK_FREE);
  mixer->outgoing = NULL;
}

static bool
is_finished(const Deck *deck)
{
  /* `ended` first: when it is set all frames have been written. */
  return atomic_load(&deck->ended) && buffered(deck) == 0;
}

/* Frames of `deck` that lie before where the active one is now; −1 while it is not time to take it. */
static int64_t
frames_to_drop(const SgMixer *mixer, const Deck *deck)
{
  if (deck->plan.join_frame == SG_DECK_JOIN_NOW || mixer->active == NULL || is_finished(mixer->active))
    return 0;
  int64_t drop = atomic_load(&mixer->active->played) - deck->plan.join_frame;
  return drop < 0 ? -1 : drop;
}

static void
replace_active(SgMixer *mixer, Deck *deck)
{
  mixer->outgoing = mixer->active;
  mixer->active = deck;
  mixer->n_decks++;
  mixer->blend = 0.0f;
  mixer->starving = false;
  if (mixer->outgoing != NULL && is_finished(mixer->outgoing))
    mixer->level = 0.0f; /* nothing sounds that could be faded from */
}

/* Whether the deck that sounds can be cross-faded from; one that is running empty is left to fade out first.
 */
static bool
can_leave_active(const SgMixer *mixer)
{
  const Deck *deck = mixer->active;
  if (mixer->outgoing != NULL)
    return false;
  return deck == NULL || mixer->level == 0.0f || atomic_load(&deck->ended) ||
         buffered(deck) >= mixer->fade_frames;
}

/* Takes over a deck that is offered, once it holds enough for the cross-fade. */
static void
take_offered(SgMixer *mixer)
{
  if (!can_leave_active(mixer))
    return;
  for (int i = 0; i < SG_MIXER_N_DECKS; i++) {
    Deck *deck = &mixer->decks[i];
    SgDeckState expected = SG_DECK_OFFERED;
    if (atomic_load(&deck->state) != SG_DECK_OFFERED)
      continue;
    int64_t drop = frames_to_drop(mixer, deck);
    bool ended = atomic_load(&deck->ended);
    size_t enough = drop < 0 ? 0 : (size_t)drop + BLOCK + mixer->fade_frames;
    if (drop < 0 || (!ended && buffered(deck) < enough) ||
        !atomic_compare_exchange_strong(&deck->state, &expected, SG_DECK_PLAYING))
      continue;
    size_t dropped = sg_ring_read(deck->ring, NULL, (size_t)drop * frame_floats(deck)) / frame_floats(deck);
    atomic_store(&deck->played, (int64_t)dropped);
    replace_active(mixer, deck);
    return;
  }
}

/* Whether the song can sound now; notices an underrun while there is still enough left to fade out. */
static bool
is_supplied(SgMixer *mixer, size_t n)
{
  bool ended = atomic_load(&mixer->active->ended);
  size_t there = buffered(mixer->active);
  if (mixer->starving)
    mixer->starving = !ended && there < mixer->refill_frames;
  else if (!ended && there < n + mixer->fade_frames) {
    mixer->starving = true;
    atomic_fetch_add_explicit(&mixer->n_underruns, 1, memory_order_relaxed);
  }
  return !mixer->starving;
}

/* Fills mixer->weights for up to `n` frames and returns for how many the song moves on: all, but none once
 * the level has come down to 0. */
static size_t
fill_weights(SgMixer *mixer, size_t n, bool sounding)
{
  float level = mixer->level, blend = mixer->outgoing != NULL ? mixer->blend : 1.0f;
  size_t i = 0;
  for (; i < n && (sounding || level > 0.0f); i++) {
    mixer->weights[0][i] = level * blend;
    mixer->weights[1][i] = level * (1.0f - blend);
    level += sounding ? mixer->fade_step : -mixer->fade_step;
    level = level > 1.0f ? 1.0f : level < 0.0f ? 0.0f : level;
    blend = blend + mixer->fade_step < 1.0f ? blend + mixer->fade_step : 1.0f;
  }
  mixer->level = level;
  mixer->blend = blend;
  return i;
}

static void
aim_ramp(Ramp *ramp, const float gains[2], const SgMixer *mixer)
{
  if (gains[0] == ramp->target[0] && gains[1] == ramp->target[1])
    return;
  for (int side = 0; side < 2; side++) {
    ramp->target[side] = gains[side];
    ramp->step[side] = (gains[side] - ramp->now[side]) * mixer->fade_step;
  }
  ramp->n_left = mixer->fade_frames;
}

static void
aim_ramp_at(Ramp *ramp, const _Atomic float *gain, const SgMixer *mixer)
{
  float value = atomic_load_explicit(gain, memory_order_relaxed);
  aim_ramp(ramp, (float[2]){ value, value }, mixer);
}

static void
advance_ramp(Ramp *ramp)
{
  if (ramp->n_left == 0)
    return;
  ramp->n_left--;
  for (int side = 0; side < 2; side++)
    ramp->now[side] = ramp->n_left == 0 ? ramp->target[side] : ramp->now[side] + ramp->step[side];
}

static void
mix_stem(SgMixer *mixer, Deck *deck, uint32_t stem, const float *weights, float *out_stereo, size_t n)
{
  Ramp *ramp = &deck->ramps[stem];
  const float *pair = mixer->frames + 2 * (size_t)stem;
  size_t stride = frame_floats(deck);
  float gains[2], peak[2] = { 0.0f, 0.0f }, square[2] = { 0.0f, 0.0f };
  stem_gains(deck, stem, gains);
  aim_ramp(ramp, gains, mixer);
  for (size_t i = 0; i < n; i++, pair += stride) {
    for (int side = 0; side < 2; side++) {
      float sample = weights[i] * ramp->now[side] * pair[side];
      out_stereo[2 * i + side] += sample;
      peak[side] = fmaxf(peak[side], fabsf(sample));
      square[side] += sample * sample;
    }
    advance_ramp(ramp);
  }
  for (int side = 0; side < 2 && deck->plan.n_mixed == 0; side++)
    sg_meter_add(&mixer->stem_meters[stem], side, peak[side], square[side]);
}

/* The stems of a deck that has them mixed already are measured by what has been noted of them. */
static void
show_noted_levels(SgMixer *mixer, Deck *deck, int64_t played, float weight, size_t n)
{
  size_t slot = level_slot(sg_deck_plan_travelled(&deck->plan, played, mixer->rate_hz));
  for (uint32_t j = 0; j < deck->plan.n_mixed && n > 0 && played >= deck->plan.n_lead; j++)
    for (int side = 0; side < 2; side++) {
      float peak = weight * atomic_load_explicit(&deck->levels[slot][j][side], memory_order_relaxed);
      sg_meter_add(&mixer->stem_meters[j], side, peak, 0.5f * peak * peak * (float)n);
    }
}

/* What lies beside the stems: the mixture (the song itself where it is the only stem), and the click. */
static void
mix_companions(SgMixer *mixer, const Deck *deck, int64_t first_frame, const float *weights, size_t n)
{
  size_t stride = frame_floats(deck), after_stems = 2 * (size_t)deck->plan.n_stems;
  const float *mixture = mixer->frames + (deck->plan.has_mixture ? after_stems : 0);
  for (size_t i = 0; i < n; i++, mixture += stride) {
    mixer->mixture[2 * i] += weights[i] * mixture[0];
    mixer->mixture[2 * i + 1] += weights[i] * mixture[1];
  }
  const float *click = mixer->frames + stride - 1;
  for (size_t i = 0; i < n && deck->plan.has_click; i++, click += stride)
    (first_frame + (int64_t)i < deck->plan.n_lead ? mixer->counts : mixer->clicks)[i] += weights[i] * *click;
}

/* Adds up to `n` frames of the deck to out_stereo; what the ring lacks is silence. */
static void
mix_deck(SgMixer *mixer, Deck *deck, const float *weights, float *out_stereo, size_t n)
{
  size_t stride = frame_floats(deck);
  size_t got = sg_ring_read(deck->ring, mixer->frames, n * stride) / stride;
  int64_t played = atomic_load_explicit(&deck->played, memory_order_relaxed);
  atomic_store(&deck->played, played + (int64_t)got);
  for (uint32_t j = 0; j < deck->plan.n_stems; j++)
    mix_stem(mixer, deck, j, weights, out_stereo, got);
  mix_companions(mixer, deck, played, weights, got);
  show_noted_levels(mixer, deck, played, weights[0], got);
}

/* Returns the frames by which the song moved on. */
static size_t
mix_block(SgMixer *mixer, float *out_stereo, size_t n)
{
  take_offered(mixer);
  if (mixer->active == NULL)
    return 0;
  bool sounding = atomic_load(&mixer->playing) && is_supplied(mixer, n);
  if (mixer->level == 0.0f) {
    free_outgoing(mixer);
    if (sounding && mixer->active->plan.start == 0 && atomic_load(&mixer->active->played) == 0)
      mixer->level = 1.0f;
  }
  size_t n_moving = fill_weights(mixer, n, sounding);
  if (n_moving > 0)
    mix_deck(mixer, mixer->active, mixer->weights[0], out_stereo, n_moving);
  if (n_moving > 0 && mixer->outgoing != NULL)
    mix_deck(mixer, mixer->outgoing, mixer->weights[1], out_stereo, n_moving);
  if (mixer->blend >= 1.0f)
    free_outgoing(mixer);
  return n_moving;
}

/* Measures what the sum of the stems in out_stereo lacks of the mixture. */
static void
measure_null(SgMixer *mixer, const float *out_stereo, size_t n)
{
  for (size_t i = 0; i < 2 * n; i++)
    mixer->mixture[i] -= out_stereo[i];
  sg_meter_add_stereo(&mixer->null_meter, mixer->mixture, n);
}

/* From the sum of the stems to what the device gets. Returns the frames by which the song moved on. */
static size_t
mix_master(SgMixer *mixer, float *out_stereo, size_t n)
{
  memset(mixer->mixture, 0, 2 * n * sizeof *mixer->mixture);
  memset(mixer->clicks, 0, n * sizeof *mixer->clicks);
  memset(mixer->counts, 0, n * sizeof *mixer->counts);
  float count_in = atomic_load_explicit(&mixer->count_in, memory_order_relaxed);
  size_t n_moved = mix_block(mixer, out_stereo, n);
  measure_null(mixer, out_stereo, n);
  aim_ramp_at(&mixer->click_ramp, &mixer->click, mixer);
  aim_ramp_at(&mixer->master_ramp, &mixer->master, mixer);
  for (size_t i = 0; i < n; i++) {
    float click = mixer->click_ramp.now[0] * mixer->clicks[i] + count_in * mixer->counts[i];
    float master = mixer->master_ramp.now[0];
    out_stereo[2 * i] = master * (out_stereo[2 * i] + click);
    out_stereo[2 * i + 1] = master * (out_stereo[2 * i + 1] + click);
    advance_ramp(&mixer->click_ramp);
    advance_ramp(&mixer->master_ramp);
  }
  size_t n_over =
      sg_ceiling_apply(&mixer->ceiling, out_stereo, n, (uint32_t)(CEILING_HOLD_S * mixer->rate_hz));
  atomic_fetch_add_explicit(&mixer->n_over, n_over, memory_order_relaxed);
  sg_meter_add_stereo(&mixer->master_meter, out_stereo, n);
  SgMeterFall fall = sg_meter_fall(n, mixer->rate_hz);
  for (int j = 0; j < SG_MAX_SOURCES; j++)
    sg_meter_advance(&mixer->stem_meters[j], &fall);
  sg_meter_advance(&mixer->master_meter, &fall);
  sg_meter_advance(&mixer->null_meter, &fall);
  return n_moved;
}

static void
publish_position(SgMixer *mixer, const Deck *deck)
{
  int64_t played = atomic_load_explicit(&deck->played, memory_order_relaxed);
  int64_t travelled = sg_deck_plan_travelled(&deck->plan, played, mixer->rate_hz);
  atomic_fetch_add(&mixer->turn, 1);
  atomic_store(&mixer->serial, deck->plan.serial);
  atomic_store(&mixer->shown_n_decks, mixer->n_decks);
  atomic_store(&mixer->position, sg_loop_wrap(deck->plan.loop, travelled));
  atomic_store(&mixer->travelled, travelled);
  atomic_store(&mixer->loop_start, deck->plan.loop.start);
  atomic_store(&mixer->loop_end, deck->plan.loop.end);
  atomic_store(&mixer->samples_per_s, deck->plan.speed * deck->plan.song_rate_hz);
  atomic_fetch_add(&mixer->turn, 1);
}

static void
publish(SgMixer *mixer, size_t n, bool moved)
{
  Deck *deck = mixer->active;
  if (deck != NULL)
    publish_position(mixer, deck);
  atomic_store(&mixer->flowing, moved && deck != NULL && !is_finished(deck));
  atomic_store(&mixer->silent, deck == NULL || (mixer->level == 0.0f && !atomic_load(&mixer->playing)));
  if (n > atomic_load_explicit(&mixer->block, memory_order_relaxed))
    atomic_store(&mixer->block, (uint32_t)n);
}

void
sg_mixer_callback(float *out_stereo, size_t n, void *user)
{
  SgMixer *mixer = user;
  memset(out_stereo, 0, 2 * n * sizeof *out_stereo);
  size_t n_moved = 0;
  for (size_t at = 0; at < n; at += BLOCK)
    n_moved += mix_master(mixer, out_stereo + 2 * at, n - at < BLOCK ? n - at : BLOCK);
  publish(mixer, n, n_moved > 0);
}
