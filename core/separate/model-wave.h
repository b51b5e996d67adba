/* A network on waveforms (core/nn/front-end.h) run over a chunk of samples.
 *
 * Windows of the network begin at every multiple of half a window of the song, whatever the chunks are, and
 * are cross-faded with triangular weights, which sum to one. What a chunk's view of the song lacks is zero.
 *
 * Ownership: plain values; the plan is the caller's. Threads: any number, each with its own plan. Audio
 * callback: never. */
#pragma once

#include "core/nn/front-end.h"
#include "core/separate/method.h"

typedef struct {
  const SgFrontEnd *front_end;
  size_t n_estimates;  /* sources that the network gives … */
  size_t n_sources;    /* … and those of the method, one more where the rest is what is left */
  uint32_t n_channels; /* of the song */
  SgStftSize engine;
} SgWaveModel;

/* Frames of context that a chunk's first and last sample want. */
uint32_t sg_wave_model_context(size_t window, SgStftSize engine);
/* Windows that one pass of the network takes; the plan is made for so many. */
size_t sg_wave_model_batch(size_t window);

/* As process_samples of a method. SG_CANCELLED. */
SgStatus sg_wave_model_process(const SgWaveModel *model, SgPlan *plan, const SgMethodInput *input,
                               float *out_samples);
