/* Averages of the weights over the steps, which usually score better than the last ones.
 *
 * Exponential: a ← d·a + (1−d)·w with d = min(decay, (1+k)/(10+k)) at update k = 0, 1, …, so that the first
 * steps do not weigh for ever; a = w at the first update. Uniform: the mean of all weights since the first
 * update [Izmailov 2018, Polyak averaging of the tail]; begin it late, when training has settled.
 *
 * Ownership: free with sg_averaging_free (NULL ignored). Threads: one object, one thread. Audio callback:
 * never.
 */
#pragma once

#include <stdint.h>

#include "core/train/state.h"

typedef enum { SG_AVERAGING_EXPONENTIAL, SG_AVERAGING_UNIFORM } SgAveragingKind;

typedef struct SgAveraging SgAveraging;

/* `decay` in 0 … 1 is used by the exponential kind. NULL when memory is out. */
SgAveraging *sg_averaging_new(SgAveragingKind kind, double decay, size_t n_weights);
void sg_averaging_free(SgAveraging *averaging);

/* Takes the weights after one more step. */
void sg_averaging_update(SgAveraging *averaging, const float *weights);

/* [n_weights], borrowed; zero before the first update. */
const float *sg_averaging_weights(const SgAveraging *averaging);
int64_t sg_averaging_n_updates(const SgAveraging *averaging);

/* Names "averaging/…". */
void sg_averaging_save(const SgAveraging *averaging, SgTrainState *state);
SgStatus sg_averaging_load(SgAveraging *averaging, const SgTrainState *state, SgError *error);
