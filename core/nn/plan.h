/* A graph made ready to run: shapes, one arena, kernels.
 *
 * A plan is made for a batch and length, given as the shapes of the graph's inputs, and for inference or
 * training. It infers every shape, sums the buffers into one arena (buffers share memory where their lives do
 * not overlap; element-wise operations work in place; training keeps what the backward pass reads), and binds
 * the kernels to their addresses. Forward and backward allocate nothing.
 *
 * A training step:
 *   fill sg_plan_input(…), sg_plan_set_step(seed, step), sg_plan_forward,
 *   read sg_plan_output(…), fill sg_plan_output_gradient(…) of every result with ∂L/∂output,
 *   clear the gradient buffer, sg_plan_backward, update the weights in their flat buffer.
 * Inputs stay as filled; outputs hold until the next forward. Backward adds to the gradients, so several
 * batches may be summed.
 *
 * Weights are bound, not copied: a flat buffer as sg_plan_weight_table lays out, or single tensors of a
 * mapped file. Nothing may run before all are bound.
 *
 * Results depend on the inputs, the weights, seed and step, and on the team's number of threads, on nothing
 * else: byte for byte.
 *
 * Ownership: the graph and the team are borrowed and must outlive the plan; free with sg_plan_free. Threads:
 * one plan, one thread at a time, which runs the team; plans that share weights may run side by side, each
 * with a team of its own. Errors: SG_BAD_GRAPH (detail names the node, what is expected and what came),
 * SG_NO_MEMORY, SG_CANCELLED. Audio callback: never.
 */
#pragma once

#include <stdatomic.h>

#include "core/base/team.h"
#include "core/nn/graph.h"
#include "core/nn/weights.h"

typedef struct SgPlan SgPlan;

typedef struct {
  bool training;        /* keep what backward needs; a training plan can evaluate too */
  bool input_gradients; /* training: also ∂L/∂input */
} SgPlanOptions;

/* `input_shapes` in the order of the graph's inputs; a dimension declared −1 may have any size. */
SgStatus sg_plan_new(const SgGraph *graph, const SgShape *input_shapes, SgPlanOptions options, SgTeam *team,
                     SgPlan **out_plan, SgError *error);
void sg_plan_free(SgPlan *plan);

const SgGraph *sg_plan_graph(const SgPlan *plan);
const SgWeightTable *sg_plan_weight_table(const SgPlan *plan);
const SgShape *sg_plan_shape(const SgPlan *plan, size_t node);
/* Bytes of the arena, and what the same buffers would take without sharing. */
size_t sg_plan_arena_bytes(const SgPlan *plan);
size_t sg_plan_unshared_bytes(const SgPlan *plan);

/* Binds flat buffers (borrowed). `states` is written by training forwards only; `gradients` (as the weights)
 * may be NULL when backward is not run. */
void sg_plan_set_weights(SgPlan *plan, const float *weights, float *states, float *gradients);
/* Binds one tensor, by its row in the table; for inference. */
void sg_plan_set_weight(SgPlan *plan, size_t row, const float *values);

/* Tensors in the arena, row-major, by the number of the input or result. */
float *sg_plan_input(SgPlan *plan, size_t input);
const SgShape *sg_plan_input_shape(const SgPlan *plan, size_t input);
const float *sg_plan_output(const SgPlan *plan, size_t output);
const SgShape *sg_plan_output_shape(const SgPlan *plan, size_t output);
/* To fill between forward and backward, in a training plan; NULL when nothing before that result learns. */
float *sg_plan_output_gradient(SgPlan *plan, size_t output);
/* After backward, with options.input_gradients. */
const float *sg_plan_input_gradient(const SgPlan *plan, size_t input);

/* Whether forwards of a training plan use batch statistics and dropout (they do at first) or run as inference
 * does. */
void sg_plan_set_training(SgPlan *plan, bool training);
/* What dropout draws from: the same pair drops the same elements. */
void sg_plan_set_step(SgPlan *plan, uint64_t seed, uint64_t step);

/* `cancelled` (may be NULL) is looked at between nodes; SG_OK or SG_CANCELLED. */
SgStatus sg_plan_forward(SgPlan *plan, const atomic_bool *cancelled);
/* Directly after a forward. */
SgStatus sg_plan_backward(SgPlan *plan, const atomic_bool *cancelled);

/* Seconds that a node's kernels took in the last forward and backward, for benchmarks. */
void sg_plan_node_seconds(const SgPlan *plan, size_t node, double *out_forward, double *out_backward);
