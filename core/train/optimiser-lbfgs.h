/* L-BFGS: full-batch minimisation with a limited memory of curvature.
 *
 * Direction by the two-loop recursion over the last `history` pairs s = Δw, y = Δg [Nocedal and Wright 2006,
 * alg. 7.4], with γ = sᵀy/yᵀy as the first guess of the inverse Hessian; step length by a line search for the
 * strong Wolfe conditions, φ(α) ≤ φ(0) + c₁αφ'(0) and |φ'(α)| ≤ c₂|φ'(0)| [alg. 3.5 and 3.6, cubic
 * interpolation kept within the bracket]. A pair whose sᵀy is not clearly positive is not kept.
 *
 * The loss must be a function of the weights alone (the same batch each time). It is called several times a
 * step; a loss that is not finite counts as infinitely high, so the search draws back from it.
 *
 * Memory: (2·history + 4) · n_weights floats: 50 pairs over 5 million weights are 2 GB (sg_lbfgs_bytes).
 * Ownership: free with sg_lbfgs_free (NULL ignored). Threads: one object, one thread. Audio callback: never.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/status.h"
#include "core/train/state.h"

typedef struct {
  unsigned history;          /* m, ≥ 1 */
  unsigned max_evaluations;  /* of the loss in one line search */
  double c1, c2;             /* 0 < c1 < c2 < 1 */
  double gradient_tolerance; /* done when no component of the gradient is larger */
} SgLbfgsConfig;

/* history 50 [Huang 2014], 25 evaluations, 10⁻⁴, 0.9, 10⁻⁷. */
SgLbfgsConfig sg_lbfgs_standard(void);

/* Loss and gradient at `weights`; anything but SG_OK ends the step with it. */
typedef SgStatus (*SgLossFunction)(const float *weights, double *out_loss, float *out_gradient, void *user,
                                   SgError *error);

typedef struct {
  double loss;            /* at the weights after the step */
  double slope_before;    /* φ'(0) along the direction taken */
  double slope;           /* φ'(α) there */
  double loss_before;     /* φ(0) */
  double step_length;     /* α; 0 when no step was taken */
  double gradient_norm;   /* Euclidean, after the step */
  unsigned n_evaluations; /* of the loss, in this step */
  bool is_wolfe;          /* both conditions hold */
  bool is_done;           /* the gradient is within the tolerance, or no step lowers the loss any more */
} SgLbfgsResult;

typedef struct SgLbfgs SgLbfgs;

uint64_t sg_lbfgs_bytes(size_t n_weights, unsigned history);

/* SG_BAD_ARGUMENT (`detail` names the value), SG_NO_MEMORY. */
SgStatus sg_lbfgs_new(const SgLbfgsConfig *config, size_t n_weights, SgLbfgs **out_lbfgs, SgError *error);
void sg_lbfgs_free(SgLbfgs *lbfgs);

/* One iteration from `weights`, which change only to a lower loss. When the loss fails (SG_CANCELLED, …) the
 * weights are as before. SG_NOT_FINITE: the loss is not finite where the step starts. */
SgStatus sg_lbfgs_step(SgLbfgs *lbfgs, SgLossFunction loss, void *user, float *weights,
                       SgLbfgsResult *out_result, SgError *error);

/* Forgets all curvature, as after a change of the loss. */
void sg_lbfgs_reset(SgLbfgs *lbfgs);

/* Names "lbfgs/…". */
void sg_lbfgs_save(const SgLbfgs *lbfgs, SgTrainState *state);
SgStatus sg_lbfgs_load(SgLbfgs *lbfgs, const SgTrainState *state, SgError *error);
