/* The inside of a plan, shared by its three files. */
#pragma once

#include "core/nn/op.h"
#include "core/nn/plan.h"

/* A stretch of the arena and when it is needed: steps 0 … n−1 are the forward kernels, n is the user between
 * the passes, 2n−i is the backward kernel of node i. */
typedef struct {
  size_t n_floats, offset;
  size_t first, last;
  bool is_used;
} SgBuffer;

typedef struct {
  SgKernel kernel;
  SgShape shape;
  SgShape input_shapes[SG_MAX_INPUTS];
  size_t n_weights;
  size_t weight_rows[SG_MAX_NODE_WEIGHTS];

  bool is_useful;    /* a result depends on it */
  bool has_gradient; /* something before or in it learns */
  size_t value_root; /* the node whose memory holds its output */
  size_t gradient_root;
  bool is_gradient_written; /* while laying out */
  SgBuffer value, gradient, saved, shared_forward, shared_backward;
  double forward_seconds, backward_seconds;
} SgPlanNode;

struct SgPlan {
  const SgGraph *graph;
  SgTeam *team;
  SgPlanOptions options;
  size_t n_nodes;
  SgPlanNode *nodes;
  SgWeightTable table;

  float *arena;
  size_t arena_floats, unshared_floats;
  size_t scratch_floats; /* of each thread */
  float *scratch;

  const float **row_values; /* [table.n_rows] */
  float **row_states, **row_gradients;

  bool training;
  const atomic_bool *cancelled;
  atomic_bool stopped; /* decided by member 0 before a barrier */
};

/* Lays out all buffers and allocates the arena. */
SgStatus sg_plan_lay_out(SgPlan *plan, SgError *error);
/* Puts the addresses into the kernels, after weights were bound. */
void sg_plan_bind(SgPlan *plan);
/* Distinct for every node and step; dropout hashes element numbers with it (core/nn/ops/dropout.c). */
uint32_t sg_plan_node_seed(uint64_t seed, uint64_t step, size_t node);
