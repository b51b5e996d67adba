/* softmax over one axis: eˣ / Σ eˣ, with the axis's maximum subtracted first. */
#include <math.h>

#include "core/nn/op.h"
#include "core/nn/ops/all.h"
#include "core/nn/vector-math.h"

/* Columns handled together. */
enum { LANES = 64 };

static SgStatus
set_up(SgOpSetup *setup)
{
  setup->output = setup->inputs[0];
  if (sg_op_axis(setup->node->attributes.axis, setup->output.n_dims) < 0)
    return sg_op_fail(setup, "axis %lld of a tensor with %d dimensions",
                      (long long)setup->node->attributes.axis, setup->output.n_dims);
  return SG_OK;
}

/* `width` ≤ LANES columns side by side. */
SG_VECTORISED static void
columns_forward(const float *x, float *y, size_t n, size_t stride, size_t width)
{
  float largest[LANES], sum[LANES] = { 0 };
  for (size_t lane = 0; lane < width; lane++)
    largest[lane] = x[lane];
  for (size_t i = 1; i < n; i++)
    for (size_t lane = 0; lane < width; lane++)
      largest[lane] = x[i * stride + lane] > largest[lane] ? x[i * stride + lane] : largest[lane];
  for (size_t i = 0; i < n; i++)
#pragma GCC ivdep
    for (size_t lane = 0; lane < width; lane++) {
      y[i * stride + lane] = sg_vector_exp(x[i * stride + lane] - largest[lane]);
      sum[lane] += y[i * stride + lane];
    }
  for (size_t i = 0; i < n; i++)
    for (size_t lane = 0; lane < width; lane++)
      y[i * stride + lane] /= sum[lane];
}

/* dx (+)= y·(dy − Σ dy·y). */
SG_VECTORISED static void
columns_backward(const float *y, const float *dy, float *dx, size_t n, size_t stride, size_t width, bool add)
{
  float dot[LANES] = { 0 };
  for (size_t i = 0; i < n; i++)
    for (size_t lane = 0; lane < width; lane++)
      dot[lane] += dy[i * stride + lane] * y[i * stride + lane];
  for (size_t i = 0; i < n; i++)
#pragma GCC ivdep
    for (size_t lane = 0; lane < width; lane++) {
      float before = add ? dx[i * stride + lane] : 0.0f;
      dx[i * stride + lane] = before + y[i * stride + lane] * (dy[i * stride + lane] - dot[lane]);
    }
}

SG_VECTORISED static void
row_forward(const float *x, float *y, size_t n)
{
  float largest = x[0], sum = 0.0f;
  for (size_t i = 1; i < n; i++)
    largest = x[i] > largest ? x[i] : largest;
#pragma GCC ivdep
  for (size_t i = 0; i < n; i++)
    y[i] = sg_vector_exp(x[i] - largest);
  for (size_t i = 0; i < n; i++)
    sum += y[i];
  for (size_t i = 0; i < n; i++)
    y[i] /= sum;
}

static void
forward(const SgKernel *kernel, const SgPart *part)
{
  SgAxisView s = sg_op_axis_view(kernel->node, &kernel->output_shape);
  size_t n_blocks = (s.n_inner + LANES - 1) / LANES, begin, end;
  sg_part_range(part, s.n_outer * n_blocks, 1, &begin, &end);
  for (size_t block = begin; block < end; block++) {
    size_t column = block % n_blocks * LANES;
    size_t at = block / n_blocks * s.n * s.n_inner + column;
    if (s.n_inner == 1)
      row_forward(kernel->inputs[0] + at, kernel->output + at, s.n);
    else
      columns_forward(kernel->inputs[0] + at, kernel->output + at, s.n, s.n_inner,
                      sg_min_size(LANES, s.n_inner - column));
  }
}

static void
backward(const SgKernel *kernel, const SgPart *part)
{
  SgAxisView s = sg_op_axis_view(kernel->node, &kernel->output_shape);
  size_t n_blocks = (s.n_inner + LANES - 1) / LANES, begin, end;
  sg_part_range(part, s.n_outer * n_blocks, 1, &begin, &end);
  for (size_t block = begin; block < end; block++) {
    size_t column = block % n_blocks * LANES;
    size_t at = block / n_blocks * s.n * s.n_inner + column;
    columns_backward(kernel->output + at, kernel->output_gradient + at, kernel->input_gradients[0] + at, s.n,
                     s.n_inner, sg_min_size(LANES, s.n_inner - column), kernel->accumulates[0]);
  }
}

static void
reference(const SgReferenceCall *call)
{
  SgAxisView s = sg_op_axis_view(call->node, &call->output_shape);
  for (size_t outer = 0; outer < s.n_outer; outer++)
    for (size_t inner = 0; inner < s.n_inner; inner++) {
      const double *x = call->inputs[0] + outer * s.n * s.n_inner + inner;
      double *y = call->output + outer * s.n * s.n_inner + inner;
      double largest = -INFINITY, sum = 0.0;
      for (size_t i = 0; i < s.n; i++)
        largest = fmax(largest, x[i * s.n_inner]);
      for (size_t i = 0; i < s.n; i++)
        sum += y[i * s.n_inner] = exp(x[i * s.n_inner] - largest);
      for (size_t i = 0; i < s.n; i++)
        y[i * s.n_inner] /= sum;
    }
}

static const SgAttributeRow attributes[] = {
  SG_ATTRIBUTE("axis", INTEGER, axis, SG_RANGE(0, -SG_MAX_DIMS, SG_MAX_DIMS - 1), SG_REQUIRED),
};

const SgOp sg_op_softmax = {
  .id = "softmax",
  .flags = SG_OP_KEEPS_OUTPUT | SG_OP_IN_PLACE | SG_OP_GRADIENT_IN_PLACE,
  .min_inputs = 1,
  .max_inputs = 1,
  .attributes = attributes,
  .n_attributes = SG_COUNT(attributes),
  .setup = set_up,
  .forward = forward,
  .backward = backward,
  .reference = reference,
};
