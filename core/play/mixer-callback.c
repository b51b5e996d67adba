/* The mixer's half that runs in the audio callback: no allocation, lock or system call. */
#include <string.h>

#include "core/play/mixer-private.h"

/* How long the ceiling stays after the last sample over full scale. */
#define CEILING_HOLD_S 1.0

static void
free_outgoing(SgMixer *mixer)
{
  if (mixer->outgoing != NULL)
    atomic_store(&mixer->outgoing->state, SG_DECK_FREE);
  mixer->outgoing = NULL;
}

static bool
is_finished(const SgDeck *deck)
{
  /* `ended` first: when it is set all frames have been written. */
  return atomic_load(&deck->ended) && sg_deck_buffered(deck) == 0;
}

/* Frames of `deck` that lie before where the active one is now; −1 while it is not time to take it. */
static int64_t
frames_to_drop(const SgMixer *mixer, const SgDeck *deck)
{
  if (deck->plan.join_frame == SG_DECK_JOIN_NOW || mixer->active == NULL || is_finished(mixer->active))
    return 0;
  int64_t drop = atomic_load(&mixer->active->played) - deck->plan.join_frame;
  return drop < 0 ? -1 : drop;
}

static void
replace_active(SgMixer *mixer, SgDeck *deck)
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
  const SgDeck *deck = mixer->active;
  if (mixer->outgoing != NULL)
    return false;
  return deck == NULL || mixer->level == 0.0f || atomic_load(&deck->ended) ||
         sg_deck_buffered(deck) >= mixer->fade_frames;
}

/* Takes over a deck that is offered, once it holds enough for the cross-fade. */
static void
take_offered(SgMixer *mixer)
{
  if (!can_leave_active(mixer))
    return;
  for (int i = 0; i < SG_MIXER_N_DECKS; i++) {
    SgDeck *deck = &mixer->decks[i];
    SgDeckState expected = SG_DECK_OFFERED;
    if (atomic_load(&deck->state) != SG_DECK_OFFERED)
      continue;
    int64_t drop = frames_to_drop(mixer, deck);
    bool ended = atomic_load(&deck->ended);
    size_t enough = drop < 0 ? 0 : (size_t)drop + SG_MIXER_BLOCK + mixer->fade_frames;
    if (drop < 0 || (!ended && sg_deck_buffered(deck) < enough) ||
        !atomic_compare_exchange_strong(&deck->state, &expected, SG_DECK_PLAYING))
      continue;
    size_t dropped = sg_ring_read(deck->ring, NULL, (size_t)drop * sg_deck_frame_floats(deck)) /
                     sg_deck_frame_floats(deck);
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
  size_t there = sg_deck_buffered(mixer->active);
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
aim_ramp(SgGainRamp *ramp, const float gains[2], const SgMixer *mixer)
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
aim_ramp_at(SgGainRamp *ramp, const _Atomic float *gain, const SgMixer *mixer)
{
  float value = atomic_load_explicit(gain, memory_order_relaxed);
  aim_ramp(ramp, (float[2]){ value, value }, mixer);
}

static void
advance_ramp(SgGainRamp *ramp)
{
  if (ramp->n_left == 0)
    return;
  ramp->n_left--;
  for (int side = 0; side < 2; side++)
    ramp->now[side] = ramp->n_left == 0 ? ramp->target[side] : ramp->now[side] + ramp->step[side];
}

static void
mix_stem(SgMixer *mixer, SgDeck *deck, uint32_t stem, const float *weights, float *out_stereo, size_t n)
{
  SgGainRamp *ramp = &deck->ramps[stem];
  const float *pair = mixer->frames + 2 * (size_t)stem;
  size_t stride = sg_deck_frame_floats(deck);
  float gains[2], peak[2] = { 0.0f, 0.0f }, square[2] = { 0.0f, 0.0f };
  sg_deck_stem_gains(deck, stem, gains);
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
show_noted_levels(SgMixer *mixer, SgDeck *deck, int64_t played, float weight, size_t n)
{
  size_t slot = sg_deck_level_slot(sg_deck_plan_travelled(&deck->plan, played, mixer->rate_hz));
  for (uint32_t j = 0; j < deck->plan.n_mixed && n > 0 && played >= deck->plan.n_lead; j++)
    for (int side = 0; side < 2; side++) {
      float peak = weight * atomic_load_explicit(&deck->levels[slot][j][side], memory_order_relaxed);
      sg_meter_add(&mixer->stem_meters[j], side, peak, 0.5f * peak * peak * (float)n);
    }
}

/* What lies beside the stems: the mixture (the song itself where it is the only stem), and the click. */
static void
mix_companions(SgMixer *mixer, const SgDeck *deck, int64_t first_frame, const float *weights, size_t n)
{
  size_t stride = sg_deck_frame_floats(deck), after_stems = 2 * (size_t)deck->plan.n_stems;
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
mix_deck(SgMixer *mixer, SgDeck *deck, const float *weights, float *out_stereo, size_t n)
{
  size_t stride = sg_deck_frame_floats(deck);
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
publish_position(SgMixer *mixer, const SgDeck *deck)
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
  SgDeck *deck = mixer->active;
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
  for (size_t at = 0; at < n; at += SG_MIXER_BLOCK)
    n_moved += mix_master(mixer, out_stereo + 2 * at, n - at < SG_MIXER_BLOCK ? n - at : SG_MIXER_BLOCK);
  publish(mixer, n, n_moved > 0);
}
