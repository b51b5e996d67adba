/* sum and mean over some axes; the others stay. */
#include "core/nn/op.h"
#include "core/nn/ops/all.h"
#include "core/nn/ops/rows.h"
#include "core/nn/ops/walk.h"

enum { BLOCK = 4096 };

/* The input's shape with 1 in place of every axis that is summed over. */
static bool
kept_shape(const SgNode *node, const SgShape *input, SgShape *out)
{
  *out = *input;
  const SgShape *axes = &node->attributes.axes;
  for (int i = 0; i < axes->n_dims; i++) {
    int axis = sg_op_axis(axes->dims[i], input->n_dims);
    if (axis < 0)
      return false;
    out->dims[axis] = 1;
  }
  return true;
}

static SgStatus
set_up(SgOpSetup *setup)
{
  SgShape kept;
  const SgShape *input = &setup->inputs[0];
  if (setup->node->attributes.axes.n_dims == 0 || !kept_shape(setup->node, input, &kept)) {
    char text[SG_SHAPE_TEXT_SIZE];
    return sg_op_fail(setup, "an axis is not one of %.60s", sg_shape_text(input, text));
  }
  setup->output = kept;
  if (setup->node->attributes.drop_axes) {
    bool drops[SG_MAX_DIMS] = { false };
    for (int i = 0; i < setup->node->attributes.axes.n_dims; i++)
      drops[sg_op_axis(setup->node->attributes.axes.dims[i], input->n_dims)] = true;
    setup->output.n_dims = 0;
    for (int i = 0; i < input->n_dims; i++)
      if (!drops[i])
        setup->output.dims[setup->output.n_dims++] = input->dims[i];
  }
  setup->shared_forward = (size_t)sg_shape_count(&kept) * setup->n_threads;
  return SG_OK;
}

/* What every summed element counts. */
static double
factor(const SgNode *node, const SgShape *input, const SgShape *output)
{
  bool is_mean = node->op == &sg_op_mean;
  return is_mean ? (double)sg_shape_count(output) / (double)sg_shape_count(input) : 1.0;
}

static void
forward(const SgKernel *kernel, const SgPart *part)
{
  SgShape kept;
  SgWalk walk;
  SgRun run;
  const SgShape *input = &kernel->input_shapes[0];
  kept_shape(kernel->node, input, &kept);
  sg_walk_new(input, &kept, input, &walk);
  size_t n = (size_t)sg_shape_count(&kept);
  float *sums = kernel->shared + part->index * n;
  sg_fill_floats(sums, n, 0.0f);
  SgWalkCursor cursor = sg_walk_begin(&walk, part);
  while (sg_walk_next(&walk, &cursor, &run))
    if (run.step_a == 0)
      sums[run.a] += (float)sg_sum_floats(kernel->inputs[0] + run.whole, run.n);
    else
      sg_add_floats(sums + run.a, kernel->inputs[0] + run.whole, run.n);
  sg_team_barrier(part->team);
  size_t begin, end;
  float scale = (float)factor(kernel->node, input, &kernel->output_shape);
  sg_part_range(part, n, 16, &begin, &end);
  for (size_t i = begin; i < end; i++) {
    double sum = 0.0;
    for (size_t thread = 0; thread < part->n_threads; thread++)
      sum += (double)kernel->shared[thread * n + i];
    kernel->output[i] = (float)sum * scale;
  }
}

static void
backward(const SgKernel *kernel, const SgPart *part)
{
  SgShape kept;
  SgWalk walk;
  SgRun run;
  float block[BLOCK];
  const SgShape *input = &kernel->input_shapes[0];
  kept_shape(kernel->node, input, &kept);
  sg_walk_new(input, &kept, input, &walk);
  float scale = (float)factor(kernel->node, input, &kernel->output_shape);
  SgWalkCursor cursor = sg_walk_begin(&walk, part);
  while (sg_walk_next(&walk, &cursor, &run))
    for (size_t at = 0; at < run.n; at += BLOCK) {
      size_t n = sg_min_size(BLOCK, run.n - at);
      const float *dy = kernel->output_gradient + run.a + (run.step_a == 0 ? 0 : at);
      float *dx = kernel->input_gradients[0] + run.whole + at;
      for (size_t i = 0; i < n; i++)
        block[i] = scale * dy[run.step_a * i];
      if (kernel->accumulates[0])
        sg_add_floats(dx, block, n);
      else
        sg_copy_floats(dx, block, n);
    }
}

static void
reference(const SgReferenceCall *call)
{
  SgShape kept;
  const SgShape *input = &call->input_shapes[0];
  kept_shape(call->node, input, &kept);
  int64_t n = sg_shape_count(&kept);
  for (int64_t i = 0; i < n; i++)
    call->output[i] = 0.0;
  for (int64_t i = 0; i < sg_shape_count(input); i++) {
    int64_t left = i, index = 0, stride = 1;
    for (int d = input->n_dims - 1; d >= 0; d--) {
      index += kept.dims[d] == 1 ? 0 : left % input->dims[d] * stride;
      left /= input->dims[d];
      stride *= kept.dims[d];
    }
    call->output[index] += call->inputs[0][i] * factor(call->node, input, &call->output_shape);
  }
}

static const SgAttributeRow attributes[] = {
  SG_ATTRIBUTE("axes", SHAPE, axes, SG_RANGE(0, -SG_MAX_DIMS, SG_MAX_DIMS - 1), SG_REQUIRED),
  SG_ATTRIBUTE("keep", UNTRUTH, drop_axes),
};

#define REDUCTION(NAME)                                                                                      \
  const SgOp sg_op_##NAME = { .id = #NAME,                                                                   \
                              .min_inputs = 1,                                                               \
                              .max_inputs = 1,                                                               \
                              .attributes = attributes,                                                      \
                              .n_attributes = SG_COUNT(attributes),                                          \
                              .setup = set_up,                                                               \
                              .forward = forward,                                                            \
                              .backward = backward,                                                          \
                              .reference = reference };

REDUCTION(sum)
REDUCTION(mean)
