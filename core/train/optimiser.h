/* Optimisers that step along one minibatch gradient: SGD with momentum, Adam, AdamW.
 *
 * Weights and gradient are flat float buffers of `n_weights`; segments of them carry flags. Definitions are
 * PyTorch's, so that figures agree; g is the gradient, η the learning rate, λ the weight decay, t = 1, 2, …:
 *   SGD    g ← g + λw;  b ← μb + g (b = g at t = 1);  w ← w − η(g + μb) with Nesterov, else w − ηb
 *   Adam   g ← g + λw;  m ← β₁m + (1−β₁)g;  v ← β₂v + (1−β₂)g²;
 *          w ← w − η/(1−β₁ᵗ) · m / (√v/√(1−β₂ᵗ) + ε)                          [Kingma and Ba 2015, alg. 1]
 *   AdamW  w ← w − ηλw, then as Adam without λ                                 [Loshchilov and Hutter 2019]
 * L-BFGS wants the loss as a function and is in optimiser-lbfgs.h.
 *
 * Ownership: free with sg_optimiser_free (NULL ignored); config and segments are copied. Threads: one
 * optimiser, one thread. Audio callback: never. Memory: n_weights floats for SGD with momentum, twice that
 * for Adam and AdamW; a step allocates nothing.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/base/status.h"
#include "core/train/state.h"

typedef enum { SG_OPTIMISER_SGD, SG_OPTIMISER_ADAM, SG_OPTIMISER_ADAMW, SG_N_OPTIMISERS } SgOptimiserKind;

typedef struct {
  SgOptimiserKind kind;
  double momentum;              /* μ, SGD only */
  bool nesterov;                /* SGD only */
  double beta1, beta2, epsilon; /* Adam and AdamW */
  double weight_decay;          /* λ */
} SgOptimiserConfig;

/* Flags of a segment. */
enum {
  SG_SEGMENT_NO_DECAY = 1, /* biases, the scales of normalisations: λ does not act */
  SG_SEGMENT_FROZEN = 2,   /* the weights stay as they are */
};

/* Weights first … first+n−1. What lies in no segment has no flags; segments must not overlap. */
typedef struct {
  size_t first, n;
  unsigned flags;
} SgOptimiserSegment;

typedef struct SgOptimiser SgOptimiser;

/* "sgd", "adam", "adamw". */
const char *sg_optimiser_id(SgOptimiserKind kind);
bool sg_optimiser_find(const char *id, SgOptimiserKind *out_kind);

/* PyTorch's standard values: momentum 0, β 0.9 and 0.999, ε 10⁻⁸, λ 0 (AdamW: 0.01). */
SgOptimiserConfig sg_optimiser_standard(SgOptimiserKind kind);

/* `segments` may be NULL when n_segments is 0. SG_BAD_ARGUMENT (a segment that leaves the buffer, overlaps
 * another, or a value outside its range; `detail` names it), SG_NO_MEMORY. */
SgStatus sg_optimiser_new(const SgOptimiserConfig *config, size_t n_weights,
                          const SgOptimiserSegment *segments, size_t n_segments, SgOptimiser **out_optimiser,
                          SgError *error);
void sg_optimiser_free(SgOptimiser *optimiser);

/* One step: weights[n_weights] change, gradient[n_weights] is read. */
void sg_optimiser_step(SgOptimiser *optimiser, double learning_rate, float *weights, const float *gradient);

/* Names "optimiser/KIND/…"; load wants a state of the same kind and size, else SG_BAD_ARGUMENT. */
void sg_optimiser_save(const SgOptimiser *optimiser, SgTrainState *state);
SgStatus sg_optimiser_load(SgOptimiser *optimiser, const SgTrainState *state, SgError *error);
