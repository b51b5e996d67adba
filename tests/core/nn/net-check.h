/* Checks that any network must pass, operations and whole nets alike, at drawn inputs and weights:
 * the kernels' forward against the plain definitions in double, in training and in evaluation; running
 * statistics; the backward gradients of weights and inputs against central differences of the definitions; an
 * inference plan against a training plan that evaluates; one, two and three threads against each other, and
 * each against itself byte for byte. */
#pragma once

#include "core/nn/plan.h"
#include "tests/support.h"

typedef struct {
  const SgGraph *graph;
  SgShape shapes[4];                    /* of the graph's inputs */
  double low, high;                     /* of the inputs; 0, 0: −1 … 1 */
  double forward_limit, gradient_limit; /* normalised errors; 0: 5e-6 and 2e-5 */
  guint n_probes;                       /* elements of each tensor whose gradient is probed; 0: 12 */
  bool saturates; /* has cells whose output may come near to ±1, which leaves little and inexact of a gradient
                   */
} NetCheck;

/* Ends the test with the tensor's name when something differs. */
void net_check(const NetCheck *check, SgRandom *random);

/* √(Σ(a−b)²/Σb²). */
double normalised_error(const float *a, const double *b, gsize n);

/* A graph of one operation on inputs of the given shapes (drawn as inputs), for tests of operations. */
SgGraph *net_of_one(const char *op, const SgShape *shapes, gsize n_inputs, const SgAttributes *attributes);

/* Checks it, and again between other nodes, where it may work in place. */
void check_one(const char *op, const SgShape *shapes, gsize n_inputs, const SgAttributes *attributes,
               SgRandom *random);

/* Uniform in low … high, both included. */
gint64 draw(SgRandom *random, gint64 low, gint64 high);
