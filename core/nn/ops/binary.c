/* add, sub, mul, div, min, max of two tensors, each broadcast to the other's shape as in NumPy.
 *
 * Runs are cut into blocks; an operand that stands still in a run is spread over a block first, so each
 * kernel is one loop over contiguous floats. A gradient of a broadcast operand is summed by every thread in a
 * copy of its own, then over the copies in the threads' order. */
#include <math.h>
#include <string.h>

#include "core/nn/op.h"
#include "core/nn/ops/all.h"
#include "core/nn/ops/rows.h"
#include "core/nn/ops/walk.h"
#include "core/nn/vectorised.h"

enum { BLOCK = 512 };

typedef struct {
  void (*forward)(const float *a, const float *b, float *y, size_t n);
  /* ∂L/∂a and ∂L/∂b of each element. */
  void (*gradient[2])(const float *dy, const float *a, const float *b, float *g, size_t n);
  double (*reference)(double a, double b);
} Binary;

#define BINARY_KERNELS(NAME, VALUE, SLOPE_A, SLOPE_B)                                                        \
  SG_VECTORISED static void NAME##_forward(const float *a_in, const float *b_in, float *y, size_t n)         \
  {                                                                                                          \
    _Pragma("GCC ivdep") for (size_t i = 0; i < n; i++)                                                      \
    {                                                                                                        \
      float a = a_in[i], b = b_in[i];                                                                        \
      y[i] = (VALUE);                                                                                        \
    }                                                                                                        \
  }                                                                                                          \
  SG_VECTORISED static void NAME##_gradient_a(const float *dy, const float *a_in, const float *b_in,         \
                                              float *g, size_t n)                                            \
  {                                                                                                          \
    _Pragma("GCC ivdep") for (size_t i = 0; i < n; i++)                                                      \
    {                                                                                                        \
      float a = a_in[i], b = b_in[i];                                                                        \
      (void)a, (void)b;                                                                                      \
      g[i] = dy[i] * (SLOPE_A);                                                                              \
    }                                                                                                        \
  }                                                                                                          \
  SG_VECTORISED static void NAME##_gradient_b(const float *dy, const float *a_in, const float *b_in,         \
                                              float *g, size_t n)                                            \
  {                                                                                                          \
    _Pragma("GCC ivdep") for (size_t i = 0; i < n; i++)                                                      \
    {                                                                                                        \
      float a = a_in[i], b = b_in[i];                                                                        \
      (void)a, (void)b;                                                                                      \
      g[i] = dy[i] * (SLOPE_B);                                                                              \
    }                                                                                                        \
  }                                                                                                          \
  static double NAME##_definition(double a, double b)                                                        \
  {                                                                                                          \
    return (VALUE);                                                                                          \
  }

BINARY_KERNELS(add, a + b, 1.0f, 1.0f)
BINARY_KERNELS(sub, a - b, 1.0f, -1.0f)
BINARY_KERNELS(mul, a *b, b, a)
BINARY_KERNELS(div, a / b, 1.0f / b, -a / (b * b))
/* Equals share the gradient, as PyTorch has it. */
BINARY_KERNELS(min, a < b ? a : b, a<b ? 1.0f : a> b ? 0.0f : 0.5f, b<a ? 1.0f : b> a ? 0.0f : 0.5f)
BINARY_KERNELS(max, a > b ? a : b, a > b ? 1.0f : a < b ? 0.0f : 0.5f, b > a ? 1.0f : b < a ? 0.0f : 0.5f)

static SgStatus
set_up(SgOpSetup *setup)
{
  const SgShape *a = &setup->inputs[0], *b = &setup->inputs[1];
  if (!sg_broadcast_shape(a, b, &setup->output)) {
    char text_a[SG_SHAPE_TEXT_SIZE], text_b[SG_SHAPE_TEXT_SIZE];
    return sg_op_fail(setup, "%.50s and %.50s do not broadcast to one shape", sg_shape_text(a, text_a),
                      sg_shape_text(b, text_b));
  }
  size_t largest = 0;
  for (int s = 0; s < 2; s++)
    if (sg_shape_count(&setup->inputs[s]) != sg_shape_count(&setup->output))
      largest = sg_max_size(largest, (size_t)sg_shape_count(&setup->inputs[s]));
  setup->shared_backward = largest * setup->n_threads;
  return SG_OK;
}

/* Elements at … at+n−1 of a run's operand, spread when it stands still. */
static const float *
operand(const float *values, size_t start, size_t step, size_t at, size_t n, float *spread)
{
  if (step != 0)
    return values + start + at;
  sg_fill_floats(spread, n, values[start]);
  return spread;
}

static void
forward(const SgKernel *kernel, const SgPart *part)
{
  const Binary *binary = kernel->node->op->family;
  float spread_a[BLOCK], spread_b[BLOCK];
  SgWalk walk;
  SgRun run;
  sg_walk_new(&kernel->output_shape, &kernel->input_shapes[0], &kernel->input_shapes[1], &walk);
  SgWalkCursor cursor = sg_walk_begin(&walk, part);
  while (sg_walk_next(&walk, &cursor, &run))
    for (size_t at = 0; at < run.n; at += BLOCK) {
      size_t n = sg_min_size(BLOCK, run.n - at);
      const float *a = operand(kernel->inputs[0], run.a, run.step_a, at, n, spread_a);
      const float *b = operand(kernel->inputs[1], run.b, run.step_b, at, n, spread_b);
      binary->forward(a, b, kernel->output + run.whole + at, n);
    }
}

/* Adds this thread's share of operand s's gradient to `sums`, or writes it where `writes`. */
static void
collect(const SgKernel *kernel, const SgPart *part, int s, float *sums, bool writes)
{
  const Binary *binary = kernel->node->op->family;
  bool keeps = (kernel->node->op->flags & SG_OP_KEEPS_INPUTS) != 0;
  float spread_a[BLOCK], spread_b[BLOCK], g[BLOCK];
  SgWalk walk;
  SgRun run;
  sg_walk_new(&kernel->output_shape, &kernel->input_shapes[0], &kernel->input_shapes[1], &walk);
  SgWalkCursor cursor = sg_walk_begin(&walk, part);
  while (sg_walk_next(&walk, &cursor, &run))
    for (size_t at = 0; at < run.n; at += BLOCK) {
      size_t n = sg_min_size(BLOCK, run.n - at);
      const float *dy = kernel->output_gradient + run.whole + at;
      const float *a = keeps ? operand(kernel->inputs[0], run.a, run.step_a, at, n, spread_a) : dy;
      const float *b = keeps ? operand(kernel->inputs[1], run.b, run.step_b, at, n, spread_b) : dy;
      size_t start = s == 0 ? run.a : run.b, step = s == 0 ? run.step_a : run.step_b;
      if (step == 0) {
        binary->gradient[s](dy, a, b, g, n);
        sums[start] += (float)sg_sum_floats(g, n);
      } else if (writes) {
        binary->gradient[s](dy, a, b, sums + start + at, n);
      } else {
        binary->gradient[s](dy, a, b, g, n);
        sg_add_floats(sums + start + at, g, n);
      }
    }
}

static void
backward(const SgKernel *kernel, const SgPart *part)
{
  for (int s = 0; s < 2; s++) {
    float *gradient = kernel->input_gradients[s];
    size_t n = (size_t)sg_shape_count(&kernel->input_shapes[s]);
    if (gradient == NULL)
      continue;
    if (n == (size_t)sg_shape_count(&kernel->output_shape)) {
      collect(kernel, part, s, gradient, !kernel->accumulates[s]);
      continue;
    }
    float *sums = kernel->shared + part->index * n;
    sg_fill_floats(sums, n, 0.0f);
    collect(kernel, part, s, sums, false);
    sg_team_barrier(part->team);
    size_t begin, end;
    sg_part_range(part, n, 16, &begin, &end);
    if (!kernel->accumulates[s])
      sg_fill_floats(gradient + begin, end - begin, 0.0f);
    for (size_t thread = 0; thread < part->n_threads; thread++)
      sg_add_floats(gradient + begin, kernel->shared + thread * n + begin, end - begin);
    sg_team_barrier(part->team);
  }
}

static void
reference(const SgReferenceCall *call)
{
  const Binary *binary = call->node->op->family;
  const SgShape *whole = &call->output_shape;
  for (int64_t i = 0; i < sg_shape_count(whole); i++) {
    int64_t index[2] = { 0, 0 }, stride[2] = { 1, 1 }, left = i;
    for (int d = whole->n_dims - 1; d >= 0; d--) {
      int64_t position = left % whole->dims[d];
      left /= whole->dims[d];
      for (int s = 0; s < 2; s++) {
        int at = d - (whole->n_dims - call->input_shapes[s].n_dims);
        int64_t dim = at >= 0 ? call->input_shapes[s].dims[at] : 1;
        index[s] += dim == 1 ? 0 : position * stride[s];
        stride[s] *= dim;
      }
    }
    call->output[i] = binary->reference(call->inputs[0][index[0]], call->inputs[1][index[1]]);
  }
}

#define BINARY(NAME, FLAGS)                                                                                  \
  static const Binary NAME##_binary = { .forward = NAME##_forward,                                           \
                                        .gradient = { NAME##_gradient_a, NAME##_gradient_b },                \
                                        .reference = NAME##_definition };                                    \
  const SgOp sg_op_##NAME = { .id = #NAME,                                                                   \
                              .flags = (FLAGS) | SG_OP_IN_PLACE,                                             \
                              .min_inputs = 2,                                                               \
                              .max_inputs = 2,                                                               \
                              .setup = set_up,                                                               \
                              .forward = forward,                                                            \
                              .backward = backward,                                                          \
                              .reference = reference,                                                        \
                              .family = &NAME##_binary };

BINARY(add, 0)
BINARY(sub, 0)
BINARY(mul, SG_OP_KEEPS_INPUTS)
BINARY(div, SG_OP_KEEPS_INPUTS)
BINARY(min, SG_OP_KEEPS_INPUTS)
BINARY(max, SG_OP_KEEPS_INPUTS)
