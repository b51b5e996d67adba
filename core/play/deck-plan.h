/* Where in the song a frame of a deck is.
 *
 * A deck begins at a sample of the song, after a lead (a count-in) during which the song stands still, goes
 * on at `speed`, and within a loop returns from its end to its start. "Travelled" is the position as if there
 * were no loop: it only grows. With r the device's rate and f frames played
 *   travelled(f) = start + max(0, f − lead) · song_rate · speed / r,
 *   position     = loop.start + (travelled − loop.start) mod (loop.end − loop.start) from loop.end on.
 * A deck that begins at or after the loop's end does not loop.
 *
 * Threads: no shared state. Audio callback: allowed.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Samples of the song; none when end ≤ start. */
typedef struct {
  int64_t start, end;
} SgLoop;

#define SG_DECK_JOIN_NOW (-1)

typedef struct {
  uint32_t n_stems; /* 1 … SG_MAX_SOURCES */
  uint32_t n_mixed; /* stems that have been mixed into the one stem, 0: none; their levels are noted */
  bool has_mixture; /* the mixture lies beside the stems, for the null meter */
  bool has_click;   /* a click track lies beside them */
  int64_t start;    /* the song's sample that the first frame after the lead is */
  int64_t n_lead;   /* frames before it */
  uint32_t song_rate_hz;
  double speed;       /* 1: as it is */
  bool returned;      /* the loop has been round before the deck begins */
  SgLoop loop;        /* cleared where the deck does not loop */
  int64_t join_frame; /* frame of the playing deck that the first frame is, or SG_DECK_JOIN_NOW */
  uint64_t serial;    /* the caller's mark, see SgMixerReport */
} SgDeckPlan;

/* Floats of one frame: stems [n_stems × 2], the mixture [2], the click [1]. */
uint32_t sg_deck_plan_width(const SgDeckPlan *plan);

int64_t sg_deck_plan_travelled(const SgDeckPlan *plan, int64_t n_frames, uint32_t rate_hz);
/* The same to the nearest sample instead of the last one before. */
int64_t sg_deck_plan_nearest(const SgDeckPlan *plan, int64_t n_frames, uint32_t rate_hz);
/* Samples of the song a frame. */
double sg_deck_plan_step(const SgDeckPlan *plan, uint32_t rate_hz);
int64_t sg_loop_wrap(SgLoop loop, int64_t travelled);
bool sg_loop_is_set(SgLoop loop);
