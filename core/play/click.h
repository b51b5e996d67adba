/* The click: two tones on the beats of a grid, as a track of frames that runs beside a deck's.
 *
 * A sine of 30 ms that dies away with a time constant of 6 ms: 1568 Hz (G6) where a bar begins, 1046.5 Hz
 * (C6) on the other beats, at half of full scale. During a deck's lead it counts in: one bar of beats at the
 * tempo about the deck's start, the first of them with the higher tone, so that the beat after them is the
 * next one of the grid.
 *
 * Ownership: plain structure; borrows the grid. Threads: one. Audio callback: not needed there.
 */
#pragma once

#include "core/beat/beat-grid.h"
#include "core/play/deck-plan.h"

typedef struct {
  const SgBeatGrid *grid;
  SgDeckPlan plan;
  uint32_t rate_hz;
  int64_t frame;     /* the next one to be made */
  double travelled;  /* beats before this are done */
  double next_frame; /* of the next beat; a fraction */
  bool next_is_bar;
  int64_t tone_at; /* of the tone that sounds; −1: none */
  double tone_hz;
} SgClick;

/* The frames that a count-in before `start` takes: to a bar's first click at frame 0. */
int64_t sg_click_n_lead(const SgBeatGrid *grid, const SgDeckPlan *plan, uint32_t rate_hz);

void sg_click_init(SgClick *click, const SgBeatGrid *grid, const SgDeckPlan *plan, uint32_t rate_hz);
/* The next `n` frames, one float each, `stride` apart. */
void sg_click_make(SgClick *click, float *out, size_t n, size_t stride);
