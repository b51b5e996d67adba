/* A network as a graph: nodes {name, operation, inputs, attributes} in the order they run.
 *
 * Every node has one output tensor of 32-bit floats; a node's inputs are nodes before it. Shapes are not part
 * of the graph (but for those of input, parameter and constant nodes): a plan (core/nn/plan.h) infers them
 * for a batch and a length. A node's weights are called NODE.weight, NODE.bias …, in PyTorch's layouts, so
 * that a state dictionary fits name by name. core/nn/OPERATIONS.md lists the operations, their attributes and
 * layouts; core/nn/graph-json.h reads and writes the same as JSON.
 *
 * Building: every function returns the new node's index, or −1 when something is wrong; an input of −1 makes
 * −1 again, so a builder runs to its end and asks sg_graph_check once.
 *
 * Ownership: names and values are copied; free with sg_graph_free. Threads: immutable once built. Errors:
 * SG_BAD_GRAPH (detail names the node), SG_NO_MEMORY.
 */
#pragma once

#include "core/base/status.h"
#include "core/nn/shape.h"

enum { SG_MAX_INPUTS = 16, SG_NODE_NAME_SIZE = 64 };

typedef struct SgGraph SgGraph;
typedef struct SgOp SgOp;

/* What modifies an operation; each reads those that OPERATIONS.md names for it. Zero (nothing) stands for the
 * standard value; where two dimensions are meant a second 0 stands for the first's value (padding excepted).
 */
typedef struct {
  int64_t units; /* outputs of dense, channels out of convolutions, hidden size of recurrent layers */
  int64_t kernel[2], stride[2], padding[2], dilation[2], output_padding[2];
  int64_t groups;
  int64_t axis; /* negative: counted from the end */
  int64_t n_axes;
  int64_t start, end;    /* slice; an end of 0 is the whole axis's */
  int64_t before, after; /* pad */
  int64_t factor[2];     /* upsample */
  int64_t layers;
  SgShape shape;  /* input (−1: free), parameter, constant; reshape (0: as the input's, −1: the rest) */
  SgShape order;  /* transpose: the input's axes in their new order */
  SgShape axes;   /* sum, mean */
  bool no_bias;   /* dense, convolutions, recurrent layers */
  bool no_affine; /* norms without scale and shift */
  bool drop_axes; /* sum, mean: the axes vanish instead of staying with size 1 */
  bool bidirectional;       /* recurrent layers: forward and backward in time, joined on the last axis */
  bool time_first;          /* recurrent layers: [time, batch, features] instead of [batch, time, features] */
  bool relu;                /* rnn: ReLU instead of tanh */
  bool linear;              /* upsample: between neighbours instead of the nearest */
  double epsilon, momentum; /* norms */
  double slope;             /* leaky_relu; elu's α */
  double probability;       /* dropout */
  double minimum, maximum;  /* clamp */
  double multiplier, addend; /* scale: multiplier·x + addend */
  double initial;            /* parameter: the value it starts with */
  const double *values;      /* constant: one for all elements or one for each; copied */
  size_t n_values;
  char weights_of[SG_NODE_NAME_SIZE]; /* another node whose weights this one shares */
} SgAttributes;

typedef struct {
  char name[SG_NODE_NAME_SIZE];
  const SgOp *op;
  size_t n_inputs;
  size_t inputs[SG_MAX_INPUTS];
  SgAttributes attributes;
} SgNode;

SgGraph *sg_graph_new(void);
void sg_graph_free(SgGraph *graph);

/* Adds a node. Names are unique, 1 … 63 of A–Z a–z 0–9 . _ - /. */
int sg_graph_add(SgGraph *graph, const char *op, const char *name, const int *inputs, size_t n_inputs,
                 const SgAttributes *attributes);
/* The same for nodes with one and two inputs; attributes may be NULL. */
int sg_graph_add_1(SgGraph *graph, const char *op, const char *name, int input,
                   const SgAttributes *attributes);
int sg_graph_add_2(SgGraph *graph, const char *op, const char *name, int input_a, int input_b,
                   const SgAttributes *attributes);
/* A tensor that the user fills; −1 stands for a dimension given with the plan. */
int sg_graph_add_input(SgGraph *graph, const char *name, SgShape shape);
/* A learnable tensor, called like the node. */
int sg_graph_add_parameter(SgGraph *graph, const char *name, SgShape shape, double initial);
/* Declares a result; results are numbered in the order of these calls. */
void sg_graph_add_output(SgGraph *graph, int node);

/* SG_OK, or what went wrong first; a graph without a result is wrong too. */
SgStatus sg_graph_check(const SgGraph *graph, SgError *error);

size_t sg_graph_n_nodes(const SgGraph *graph);
const SgNode *sg_graph_node(const SgGraph *graph, size_t index);
size_t sg_graph_n_inputs(const SgGraph *graph);
size_t sg_graph_n_outputs(const SgGraph *graph);
/* Node indices of the inputs in the order they were added, and of the results. */
size_t sg_graph_input_node(const SgGraph *graph, size_t input);
size_t sg_graph_output_node(const SgGraph *graph, size_t output);
/* The index of the node of this name, or −1. */
int sg_graph_find(const SgGraph *graph, const char *name);
/* The operation's name in JSON and builder calls. */
const char *sg_node_op_id(const SgNode *node);
