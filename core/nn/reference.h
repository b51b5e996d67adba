/* A whole network in double by the operations' plain definitions, for tests: what the fast kernels compute is
 * held against it, and its central differences are the gradients that the backward kernels must give.
 *
 * Slow and allocating. Threads: one. Errors: SG_NO_MEMORY.
 */
#pragma once

#include "core/nn/plan.h"

/* Runs the graph at the plan's shapes. inputs[] in the order of the graph's inputs; weights and states flat
 * as sg_plan_weight_table lays them out (states are updated when `training`); outputs[k] are filled. `seed`
 * and `step` as of sg_plan_set_step. */
SgStatus sg_reference_forward(const SgPlan *plan, const double *const *inputs, const double *weights,
                              double *states, bool training, uint64_t seed, uint64_t step,
                              double *const *outputs, SgError *error);
