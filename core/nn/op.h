/* What an operation is, for those who write one. Not for users of networks.
 *
 * An operation is one SgOp in a file below core/nn/ops/, listed in core/nn/ops.c; its plain definition in
 * double, which tests hold it against, stands at the end of that file. It declares its attributes (read from
 * JSON by the same table), infers its output's shape, weights and work space from its inputs' shapes, and
 * runs forward and backward as kernels that all threads of a team enter together.
 *
 * Kernels: each thread takes a fixed share of the work, so results depend on the number of threads alone;
 * threads may meet at sg_team_barrier (all of them, always); between nodes they meet anyway. Nothing is
 * allocated. Gradients of weights are added to what is there; those of inputs are written, or added where
 * `accumulates` says so, inputs in their order.
 */
#pragma once

#include <stddef.h>

#include "core/base/team.h"
#include "core/nn/graph.h"

enum { SG_MAX_NODE_WEIGHTS = 64, SG_WEIGHT_SUFFIX_SIZE = 40 };

typedef enum {
  SG_ATTRIBUTE_INTEGER,
  SG_ATTRIBUTE_PAIR, /* an integer for both dimensions or a list of as many as the op's spatial dimensions */
  SG_ATTRIBUTE_REAL,
  SG_ATTRIBUTE_TRUTH,
  SG_ATTRIBUTE_UNTRUTH, /* JSON says true (the standard) where the field says false: "bias" for no_bias */
  SG_ATTRIBUTE_SHAPE,
  SG_ATTRIBUTE_VALUES,
  SG_ATTRIBUTE_TEXT,
} SgAttributeKind;

/* One attribute: its name in JSON, its field, the value that zero stands for and the bounds. */
typedef struct {
  const char *key;
  SgAttributeKind kind;
  size_t offset;
  double standard, minimum, maximum;
  bool required;
} SgAttributeRow;

#define SG_COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define SG_ATTRIBUTE(json_key, json_kind, field, ...)                                                        \
  {                                                                                                          \
    .key = json_key, .kind = SG_ATTRIBUTE_##json_kind, .offset = offsetof(SgAttributes, field), __VA_ARGS__  \
  }
#define SG_RANGE(of_zero, lowest, highest) .standard = of_zero, .minimum = lowest, .maximum = highest
#define SG_REQUIRED .required = true

/* A tensor that belongs to a node: weights are trained, states (running statistics) are not. */
typedef struct {
  char suffix[SG_WEIGHT_SUFFIX_SIZE]; /* ".weight"; "" for the node's own name */
  SgShape shape;
  bool is_state;
  double bound;   /* drawn from ±bound at first … */
  double initial; /* … around this */
} SgWeightNeed;

/* Given the shapes of the inputs, an operation fills the rest. Sizes are in floats. */
typedef struct {
  const SgNode *node;
  const SgShape *inputs; /* [node->n_inputs] */
  size_t n_threads;
  bool training;

  SgShape output;
  size_t n_weights;
  SgWeightNeed weights[SG_MAX_NODE_WEIGHTS];
  size_t scratch;                         /* of each thread, in either direction */
  size_t shared_forward, shared_backward; /* of all threads together, for the length of one kernel */
  size_t saved;                           /* kept from the forward to the backward kernel */
  SgError *error;
} SgOpSetup;

/* One thread's place in a kernel. */
typedef struct {
  size_t index, n_threads;
  float *scratch; /* its own; not cleared */
  float *packing; /* its own, for core/nn/product.h */
  SgTeam *team;
} SgPart;

/* Everything a node's kernels work on. */
typedef struct {
  const SgNode *node;
  const SgShape *input_shapes;
  SgShape output_shape;
  bool training; /* batch statistics and dropout */
  bool keeps;    /* the plan is for training: all that backward reads is kept */
  uint32_t seed; /* of this node in this step */
  const float *inputs[SG_MAX_INPUTS];
  float *output;
  const float *weights[SG_MAX_NODE_WEIGHTS];
  float *states[SG_MAX_NODE_WEIGHTS]; /* where the need is a state */
  float *saved, *shared;
  /* backward */
  const float *output_gradient;
  float *input_gradients[SG_MAX_INPUTS]; /* NULL: not wanted */
  bool accumulates[SG_MAX_INPUTS];
  float *weight_gradients[SG_MAX_NODE_WEIGHTS];
} SgKernel;

/* The same for the definition in double. */
typedef struct {
  const SgNode *node;
  const SgShape *input_shapes;
  SgShape output_shape;
  bool training;
  uint32_t seed;
  const double *inputs[SG_MAX_INPUTS];
  double *output;
  const double *weights[SG_MAX_NODE_WEIGHTS];
  double *states[SG_MAX_NODE_WEIGHTS];
} SgReferenceCall;

typedef enum {
  SG_OP_KEEPS_INPUTS = 1 << 0,      /* backward reads the inputs */
  SG_OP_KEEPS_OUTPUT = 1 << 1,      /* backward reads the output */
  SG_OP_IN_PLACE = 1 << 2,          /* output may lie on input 0, element on element */
  SG_OP_GRADIENT_IN_PLACE = 1 << 3, /* input 0's gradient may lie on the output's */
  SG_OP_VIEW = 1 << 4,              /* the output is input 0 with another shape */
  SG_OP_LEAF = 1 << 5,              /* input, parameter, constant: nothing runs */
} SgOpFlags;

struct SgOp {
  const char *id;
  unsigned flags;
  size_t min_inputs, max_inputs;
  int n_spatial; /* dimensions of PAIR attributes */
  const SgAttributeRow *attributes;
  size_t n_attributes;
  /* SG_BAD_GRAPH through sg_op_fail when inputs do not fit. */
  SgStatus (*setup)(SgOpSetup *setup);
  void (*forward)(const SgKernel *kernel, const SgPart *part);
  void (*backward)(const SgKernel *kernel, const SgPart *part);
  void (*reference)(const SgReferenceCall *call);
  const void *family; /* what operations that share kernels differ in */
};

/* All operations; ends with NULL. */
extern const SgOp *const sg_ops[];
const SgOp *sg_op_find(const char *id);

/* SG_BAD_GRAPH with "NODE (OP): …" as detail. */
SgStatus sg_op_fail(SgOpSetup *setup, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Adds a weight or state. */
void sg_op_weight(SgOpSetup *setup, const char *suffix, SgShape shape, double bound, double initial);
void sg_op_state(SgOpSetup *setup, const char *suffix, SgShape shape, double initial);
/* `axis` of an input with `n_dims` dimensions counted from the front, or −1 when there is none such. */
int sg_op_axis(int64_t axis, int n_dims);

/* A tensor seen as [outer, n, inner], the n along a node's axis. */
typedef struct {
  size_t n_outer, n, n_inner;
} SgAxisView;
SgAxisView sg_op_axis_view(const SgNode *node, const SgShape *shape);

/* This thread's share begin … end−1 of `n` items, cut at multiples of `grain`. */
static inline void
sg_part_range(const SgPart *part, size_t n, size_t grain, size_t *out_begin, size_t *out_end)
{
  size_t n_grains = (n + grain - 1) / grain;
  size_t begin = n_grains * part->index / part->n_threads * grain;
  size_t end = n_grains * (part->index + 1) / part->n_threads * grain;
  *out_begin = begin < n ? begin : n;
  *out_end = end < n ? end : n;
}

static inline size_t
sg_max_size(size_t a, size_t b)
{
  return a > b ? a : b;
}

static inline size_t
sg_min_size(size_t a, size_t b)
{
  return a < b ? a : b;
}
