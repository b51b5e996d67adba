/* The table of a network's weights and states: where each tensor lies in one flat buffer.
 *
 * Weights (trained) and states (running statistics, not trained) have a buffer of floats each. Every tensor
 * begins at a multiple of 16 floats (64 bytes); the floats between are zero and stay so under any optimiser
 * that moves a weight by its gradient. Gradients, averages and moments use the weights' own layout, so
 * updating, clipping, averaging and summing over machines are loops over n_weights floats.
 *
 * The table of a graph is the same for every batch and length. Threads: immutable once made.
 */
#pragma once

#include "core/base/status.h"
#include "core/nn/shape.h"

enum { SG_WEIGHT_NAME_SIZE = 112, SG_WEIGHT_GRAIN = 16 };

typedef struct {
  char name[SG_WEIGHT_NAME_SIZE]; /* "lstm.weight_ih_l0", as in a PyTorch state dictionary */
  SgShape shape;
  bool is_state;
  size_t offset, count;  /* in floats, in the buffer of weights or that of states */
  double bound, initial; /* first values: uniform in initial ± bound */
} SgWeight;

typedef struct {
  SgWeight *rows; /* [n_rows], in the order of the graph's nodes */
  size_t n_rows, capacity;
  size_t n_weights, n_states; /* floats of the two buffers */
} SgWeightTable;

/* The row of this name, or NULL. */
const SgWeight *sg_weight_table_find(const SgWeightTable *table, const char *name);
bool sg_weight_table_equal(const SgWeightTable *a, const SgWeightTable *b);

/* Fills both buffers with the first values that PyTorch's layers draw (uniform, by fan-in), from `seed`.
 * Every tensor has a sequence of its own, by its name, so a layer more elsewhere changes nothing. */
void sg_weight_table_draw(const SgWeightTable *table, uint64_t seed, float *weights, float *states);

/* Appends a row; SG_BAD_GRAPH when a row of the name has another shape, SG_NO_MEMORY. *out_row is its index;
 * a row that is there already is shared. */
SgStatus sg_weight_table_add(SgWeightTable *table, const SgWeight *weight, size_t *out_row, SgError *error);
void sg_weight_table_clear(SgWeightTable *table);
