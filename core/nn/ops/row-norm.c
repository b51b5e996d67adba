/* layer_norm over the last `n_axes` axes (Ba, Kiros, Hinton 2016) and group_norm of [batch, channels, …] over
 * groups of channels (Wu and He 2018): rows of contiguous floats to mean 0 and variance 1 (over N, ε inside
 * the root), then scaled and shifted, as PyTorch has them.
 *
 * A row is the whole of what one mean is taken over. In it, elements i … share weight[first + i / run], where
 * layer_norm has run = 1 and group_norm the size of a channel. */
#include <math.h>

#include "core/nn/op.h"
#include "core/nn/ops/all.h"
#include "core/nn/ops/rows.h"
#include "core/nn/vectorised.h"

typedef struct {
  size_t n_rows, row; /* rows and their length */
  size_t run;         /* neighbours with one weight */
  size_t n_weights;   /* in all */
  size_t n_groups;    /* row r begins with weight r % n_groups · row / run */
} Sizes;

static Sizes
sizes_of(const SgNode *node, const SgShape *shape)
{
  size_t count = (size_t)sg_shape_count(shape);
  if (node->op == &sg_op_layer_norm) {
    int first = shape->n_dims - (int)node->attributes.n_axes;
    size_t row = (size_t)sg_shape_product(shape, first, shape->n_dims);
    return (Sizes){ .n_rows = count / row, .row = row, .run = 1, .n_weights = row, .n_groups = 1 };
  }
  size_t n_groups = (size_t)node->attributes.groups, n_rows = (size_t)shape->dims[0] * n_groups;
  return (Sizes){ .n_rows = n_rows,
                  .row = count / n_rows,
                  .run = (size_t)sg_shape_product(shape, 2, shape->n_dims),
                  .n_weights = (size_t)shape->dims[1],
                  .n_groups = n_groups };
}

static void
add_needs(SgOpSetup *setup, SgShape shape)
{
  if (!setup->node->attributes.no_affine) {
    sg_op_weight(setup, ".weight", shape, 0.0, 1.0);
    sg_op_weight(setup, ".bias", shape, 0.0, 0.0);
  }
  setup->output = setup->inputs[0];
  setup->saved = 2 * sizes_of(setup->node, &setup->output).n_rows; /* mean, 1/σ */
}

static SgStatus
set_up_layer(SgOpSetup *setup)
{
  const SgShape *input = &setup->inputs[0];
  int64_t n_axes = setup->node->attributes.n_axes;
  if (n_axes > input->n_dims)
    return sg_op_fail(setup, "the last %lld axes of %d", (long long)n_axes, input->n_dims);
  SgShape shape = { .n_dims = (int)n_axes };
  for (int i = 0; i < shape.n_dims; i++)
    shape.dims[i] = input->dims[input->n_dims - shape.n_dims + i];
  add_needs(setup, shape);
  return SG_OK;
}

static SgStatus
set_up_group(SgOpSetup *setup)
{
  const SgShape *input = &setup->inputs[0];
  if (input->n_dims < 2 || input->dims[1] % setup->node->attributes.groups != 0) {
    char text[SG_SHAPE_TEXT_SIZE];
    return sg_op_fail(setup, "the channels of %.50s do not make %lld groups", sg_shape_text(input, text),
                      (long long)setup->node->attributes.groups);
  }
  add_needs(setup, SG_SHAPE(input->dims[1]));
  return SG_OK;
}

SG_VECTORISED static double
squares_around(const float *x, size_t n, float mean)
{
  enum { SIDE = 16, BLOCK = 1024 };
  double total = 0.0;
  for (size_t first = 0; first < n; first += BLOCK) {
    size_t end = n - first < BLOCK ? n : first + BLOCK, i = first;
    float sums[SIDE] = { 0 };
    for (; i + SIDE <= end; i += SIDE)
      for (size_t lane = 0; lane < SIDE; lane++)
        sums[lane] += (x[i + lane] - mean) * (x[i + lane] - mean);
    for (; i < end; i++)
      sums[0] += (x[i] - mean) * (x[i] - mean);
    for (size_t lane = 0; lane < SIDE; lane++)
      total += (double)sums[lane];
  }
  return total;
}

/* y = (x − mean)·inverse·weight + bias; weight steps by 1 or stands still. */
SG_VECTORISED static void
normalise(const float *x, float *y, size_t n, float mean, float inverse, const float *weight,
          const float *bias, bool steps)
{
  if (steps)
#pragma GCC ivdep
    for (size_t i = 0; i < n; i++)
      y[i] = (x[i] - mean) * inverse * weight[i] + bias[i];
  else
#pragma GCC ivdep
    for (size_t i = 0; i < n; i++)
      y[i] = (x[i] - mean) * inverse * weight[0] + bias[0];
}

static void
forward_row(const SgKernel *kernel, Sizes s, size_t r)
{
  static const float one = 1.0f, zero = 0.0f;
  const float *x = kernel->inputs[0] + r * s.row;
  float *y = kernel->output + r * s.row;
  float mean = (float)(sg_sum_floats(x, s.row) / (double)s.row);
  double variance = squares_around(x, s.row, mean) / (double)s.row;
  float inverse = (float)(1.0 / sqrt(variance + kernel->node->attributes.epsilon));
  kernel->saved[r] = mean;
  kernel->saved[s.n_rows + r] = inverse;
  if (kernel->node->attributes.no_affine) {
    normalise(x, y, s.row, mean, inverse, &one, &zero, false);
    return;
  }
  size_t first = r % s.n_groups * (s.row / s.run);
  const float *weight = kernel->weights[0] + first, *bias = kernel->weights[1] + first;
  if (s.run == 1)
    normalise(x, y, s.row, mean, inverse, weight, bias, true);
  else
    for (size_t i = 0; i < s.row / s.run; i++)
      normalise(x + i * s.run, y + i * s.run, s.run, mean, inverse, weight + i, bias + i, false);
}

static void
forward(const SgKernel *kernel, const SgPart *part)
{
  Sizes s = sizes_of(kernel->node, &kernel->output_shape);
  size_t begin, end;
  sg_part_range(part, s.n_rows, 1, &begin, &end);
  for (size_t r = begin; r < end; r++)
    forward_row(kernel, s, r);
}

/* Σ g and Σ g·x̂ with g = dy·weight. */
SG_VECTORISED static void
add_row_sums(const float *x, const float *dy, size_t n, float mean, float inverse, const float *weight,
             bool steps, double *sum, double *dot)
{
  enum { SIDE = 16 };
  float s[SIDE] = { 0 }, d[SIDE] = { 0 };
  size_t i = 0;
  for (; i + SIDE <= n; i += SIDE)
    for (size_t lane = 0; lane < SIDE; lane++) {
      float g = dy[i + lane] * (steps ? weight[i + lane] : weight[0]);
      s[lane] += g;
      d[lane] += g * (x[i + lane] - mean) * inverse;
    }
  for (; i < n; i++) {
    float g = dy[i] * (steps ? weight[i] : weight[0]);
    s[0] += g;
    d[0] += g * (x[i] - mean) * inverse;
  }
  for (size_t lane = 0; lane < SIDE; lane++) {
    *sum += (double)s[lane];
    *dot += (double)d[lane];
  }
}

/* dx (+)= inverse·(dy·weight − Σg/N − x̂·Σg·x̂/N). */
SG_VECTORISED static void
pull_back(const float *x, const float *dy, float *dx, size_t n, float mean, float inverse,
          const float *weight, bool steps, float sum, float dot, bool add)
{
#pragma GCC ivdep
  for (size_t i = 0; i < n; i++) {
    float g = dy[i] * (steps ? weight[i] : weight[0]);
    float gradient = inverse * (g - sum - (x[i] - mean) * inverse * dot);
    dx[i] = add ? dx[i] + gradient : gradient;
  }
}

static void
backward_row(const SgKernel *kernel, Sizes s, size_t r)
{
  static const float one = 1.0f;
  bool affine = !kernel->node->attributes.no_affine, steps = affine && s.run == 1;
  size_t run = steps || !affine ? s.row : s.run, first = r % s.n_groups * (s.row / s.run);
  const float *x = kernel->inputs[0] + r * s.row, *dy = kernel->output_gradient + r * s.row;
  float *dx = kernel->input_gradients[0] + r * s.row;
  float mean = kernel->saved[r], inverse = kernel->saved[s.n_rows + r];
  double sum = 0.0, dot = 0.0;
  for (size_t i = 0; i < s.row / run; i++)
    add_row_sums(x + i * run, dy + i * run, run, mean, inverse,
                 affine ? kernel->weights[0] + first + i : &one, steps, &sum, &dot);
  for (size_t i = 0; i < s.row / run; i++)
    pull_back(x + i * run, dy + i * run, dx + i * run, run, mean, inverse,
              affine ? kernel->weights[0] + first + i : &one, steps, (float)(sum / (double)s.row),
              (float)(dot / (double)s.row), kernel->accumulates[0]);
}

/* weight's and bias's gradients of layer_norm, for features begin … end−1. */
SG_VECTORISED static void
add_feature_gradients(const float *x, const float *dy, float mean, float inverse, float *weight, float *bias,
                      size_t begin, size_t end)
{
  for (size_t i = begin; i < end; i++) {
    weight[i] += dy[i] * (x[i] - mean) * inverse;
    bias[i] += dy[i];
  }
}

/* Threads share the weights; each goes through all rows that have them. */
static void
add_weight_gradients(const SgKernel *kernel, const SgPart *part, Sizes s)
{
  static const float one = 1.0f;
  size_t begin, end, per_row = s.row / s.run;
  float *weight = kernel->weight_gradients[0], *bias = kernel->weight_gradients[1];
  sg_part_range(part, s.n_weights, s.run == 1 ? 16 : 1, &begin, &end);
  if (s.run == 1 && s.n_groups == 1) {
    for (size_t r = 0; r < s.n_rows && begin < end; r++)
      add_feature_gradients(kernel->inputs[0] + r * s.row, kernel->output_gradient + r * s.row,
                            kernel->saved[r], kernel->saved[s.n_rows + r], weight, bias, begin, end);
    return;
  }
  for (size_t c = begin; c < end; c++) {
    double sum = 0.0, dot = 0.0;
    for (size_t r = c / per_row; r < s.n_rows; r += s.n_groups) {
      size_t at = r * s.row + c % per_row * s.run;
      add_row_sums(kernel->inputs[0] + at, kernel->output_gradient + at, s.run, kernel->saved[r],
                   kernel->saved[s.n_rows + r], &one, false, &sum, &dot);
    }
    weight[c] += (float)dot;
    bias[c] += (float)sum;
  }
}

static void
backward(const SgKernel *kernel, const SgPart *part)
{
  Sizes s = sizes_of(kernel->node, &kernel->output_shape);
  size_t begin, end;
  if (!kernel->node->attributes.no_affine) {
    add_weight_gradients(kernel, part, s);
    sg_team_barrier(part->team); /* dx may lie on dy */
  }
  sg_part_range(part, s.n_rows, 1, &begin, &end);
  for (size_t r = begin; r < end && kernel->input_gradients[0] != NULL; r++)
    backward_row(kernel, s, r);
}

static void
reference(const SgReferenceCall *call)
{
  Sizes s = sizes_of(call->node, &call->output_shape);
  for (size_t r = 0; r < s.n_rows; r++) {
    const double *x = call->inputs[0] + r * s.row;
    double mean = 0.0, variance = 0.0, n = (double)s.row;
    for (size_t i = 0; i < s.row; i++)
      mean += x[i] / n;
    for (size_t i = 0; i < s.row; i++)
      variance += (x[i] - mean) * (x[i] - mean) / n;
    for (size_t i = 0; i < s.row; i++) {
      double normal = (x[i] - mean) / sqrt(variance + call->node->attributes.epsilon);
      size_t weight = (r % s.n_groups * s.row + i) / s.run;
      call->output[r * s.row + i] = call->node->attributes.no_affine
                                        ? normal
                                        : normal * call->weights[0][weight] + call->weights[1][weight];
    }
  }
}

static const SgAttributeRow layer_attributes[] = {
  SG_ATTRIBUTE("n_axes", INTEGER, n_axes, SG_RANGE(1, 1, SG_MAX_DIMS)),
  SG_ATTRIBUTE("epsilon", REAL, epsilon, SG_RANGE(1e-5, 1e-12, 1.0)),
  SG_ATTRIBUTE("affine", UNTRUTH, no_affine),
};
static const SgAttributeRow group_attributes[] = {
  SG_ATTRIBUTE("groups", INTEGER, groups, SG_RANGE(1, 1, INT32_MAX)),
  SG_ATTRIBUTE("epsilon", REAL, epsilon, SG_RANGE(1e-5, 1e-12, 1.0)),
  SG_ATTRIBUTE("affine", UNTRUTH, no_affine),
};

#define ROW_NORM(NAME, SETUP, ATTRIBUTES)                                                                    \
  const SgOp sg_op_##NAME = { .id = #NAME,                                                                   \
                              .flags = SG_OP_KEEPS_INPUTS | SG_OP_IN_PLACE | SG_OP_GRADIENT_IN_PLACE,        \
                              .min_inputs = 1,                                                               \
                              .max_inputs = 1,                                                               \
                              .attributes = ATTRIBUTES,                                                      \
                              .n_attributes = SG_COUNT(ATTRIBUTES),                                          \
                              .setup = SETUP,                                                                \
                              .forward = forward,                                                            \
                              .backward = backward,                                                          \
                              .reference = reference };

ROW_NORM(layer_norm, set_up_layer, layer_attributes)
ROW_NORM(group_norm, set_up_group, group_attributes)
