/* What the mixer's two halves share: mixer.c, which the streamer calls, and mixer-callback.c. */
#pragma once

#include <math.h>
#include <stdatomic.h>

#include "core/base/ring.h"
#include "core/play/ceiling.h"
#include "core/play/mixer.h"

/* More than a deck holds: the levels that are noted stay until their frames are played. */
enum { SG_MIXER_BLOCK = 256, SG_MIXER_LEVEL_SLOTS = 256 };

/* A gain of both sides on its way to where the faders say. Callback only. */
typedef struct {
  float now[2], target[2], step[2];
  uint32_t n_left;
} SgGainRamp;

typedef struct {
  _Atomic SgDeckState state;
  SgDeckPlan plan;
  SgRing *ring;
  atomic_bool ended;
  _Atomic int64_t played; /* written by the callback alone while the deck plays */
  _Atomic float gains[SG_MAX_SOURCES], pans[SG_MAX_SOURCES];
  SgGainRamp ramps[SG_MAX_SOURCES];
  _Atomic float levels[SG_MIXER_LEVEL_SLOTS][SG_MAX_SOURCES][2]; /* noted, see sg_deck_level_slot */
} SgDeck;

struct SgMixer {
  uint32_t rate_hz;
  uint32_t fade_frames;
  float fade_step;
  size_t refill_frames;
  SgDeck decks[SG_MIXER_N_DECKS];
  atomic_bool playing;
  _Atomic float master, click, count_in;

  /* Callback only. */
  SgDeck *active, *outgoing; /* NULL: none */
  float level;               /* 0 … 1 */
  float blend;               /* weight of `active` while there is an `outgoing` */
  bool starving;
  uint64_t n_decks; /* taken over */
  SgGainRamp master_ramp, click_ramp;
  SgCeiling ceiling;
  float frames[SG_MIXER_BLOCK * (2 * SG_MAX_SOURCES + 3)];
  float weights[2][SG_MIXER_BLOCK];                     /* of active and outgoing */
  float mixture[2 * SG_MIXER_BLOCK];                    /* what the stems should sum to */
  float clicks[SG_MIXER_BLOCK], counts[SG_MIXER_BLOCK]; /* of the song, of its lead */
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

static inline size_t
sg_deck_frame_floats(const SgDeck *deck)
{
  return sg_deck_plan_width(&deck->plan);
}

static inline size_t
sg_deck_buffered(const SgDeck *deck)
{
  return sg_ring_readable(deck->ring) / sg_deck_frame_floats(deck);
}

static inline size_t
sg_deck_level_slot(int64_t travelled)
{
  int64_t slot = travelled / SG_MIXER_LEVEL_SAMPLES % SG_MIXER_LEVEL_SLOTS;
  return (size_t)(slot < 0 ? slot + SG_MIXER_LEVEL_SLOTS : slot);
}

/* Gain and balance of a stem as the faders are. */
static inline void
sg_deck_stem_gains(const SgDeck *deck, uint32_t stem, float out_gains[2])
{
  float gain = atomic_load_explicit(&deck->gains[stem], memory_order_relaxed);
  float pan = atomic_load_explicit(&deck->pans[stem], memory_order_relaxed);
  out_gains[0] = gain * fminf(1.0f, 1.0f - pan);
  out_gains[1] = gain * fminf(1.0f, 1.0f + pan);
}
