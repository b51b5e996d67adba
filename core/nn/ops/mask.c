/* mask: ŷ_k = |z_k| / (Σ_i |z_i| + 1e-10) · |X| over the sources k along one axis (Huang, Kim,
 * Hasegawa-Johnson, Smaragdis 2014). Inputs: z with n sources on `axis`; the mixture's magnitude, shaped as z
 * with that axis 1 or left out. The estimates sum to the mixture. */
#include <math.h>

#include "core/nn/op.h"
#include "core/nn/ops/all.h"
#include "core/nn/vectorised.h"

enum { LANES = 128 };

#define MASK_EPSILON 1e-10f

static SgStatus
set_up(SgOpSetup *setup)
{
  const SgShape *z = &setup->inputs[0], *mixture = &setup->inputs[1];
  int axis = sg_op_axis(setup->node->attributes.axis, z->n_dims);
  if (axis < 0)
    return sg_op_fail(setup, "axis %lld of a tensor with %d dimensions",
                      (long long)setup->node->attributes.axis, z->n_dims);
  SgShape with_one = *z, without = *z;
  with_one.dims[axis] = 1;
  for (int i = axis; i + 1 < z->n_dims; i++)
    without.dims[i] = z->dims[i + 1];
  without.n_dims--;
  setup->output = *z;
  if (sg_shape_equal(mixture, &with_one) || sg_shape_equal(mixture, &without))
    return SG_OK;
  char expected[SG_SHAPE_TEXT_SIZE], got[SG_SHAPE_TEXT_SIZE];
  return sg_op_fail(setup, "expects a mixture of %.50s, got %.50s", sg_shape_text(&without, expected),
                    sg_shape_text(mixture, got));
}

SG_VECTORISED static void
columns_forward(const float *z, const float *mixture, float *y, size_t n_sources, size_t stride, size_t width)
{
  float sum[LANES] = { 0 };
  for (size_t k = 0; k < n_sources; k++)
    for (size_t lane = 0; lane < width; lane++)
      sum[lane] += fabsf(z[k * stride + lane]);
  for (size_t k = 0; k < n_sources; k++)
#pragma GCC ivdep
    for (size_t lane = 0; lane < width; lane++)
      y[k * stride + lane] = fabsf(z[k * stride + lane]) / (sum[lane] + MASK_EPSILON) * mixture[lane];
}

/* With s = Σ_i |z_i| + ε, m_k = |z_k|/s and e_k = ∂L/∂y_k: ∂L/∂X = Σ_j e_j m_j and ∂L/∂z_k =
 * sign(z_k)·(e_k − Σ_j e_j m_j)·X/s. Where one source has nearly all, that difference is all rounding; it is
 * summed as (Σ_j (e_k − e_j)·|z_j| + e_k·ε)/s, whose terms are small by themselves. */
SG_VECTORISED static void
columns_backward(const float *z, const float *mixture, const float *e, float *dz, float *dx, size_t n_sources,
                 size_t stride, size_t width, bool add_z, bool add_x)
{
  float sum[LANES] = { 0 }, dot[LANES] = { 0 };
  for (size_t k = 0; k < n_sources; k++)
    for (size_t lane = 0; lane < width; lane++) {
      sum[lane] += fabsf(z[k * stride + lane]);
      dot[lane] += e[k * stride + lane] * fabsf(z[k * stride + lane]);
    }
  for (size_t lane = 0; lane < width; lane++) {
    sum[lane] = 1.0f / (sum[lane] + MASK_EPSILON);
    dot[lane] *= sum[lane];
  }
  for (size_t lane = 0; dx != NULL && lane < width; lane++)
    dx[lane] = (add_x ? dx[lane] : 0.0f) + dot[lane];
  for (size_t k = 0; dz != NULL && k < n_sources; k++) {
    float difference[LANES];
    for (size_t lane = 0; lane < width; lane++)
      difference[lane] = e[k * stride + lane] * MASK_EPSILON;
    for (size_t j = 0; j < n_sources; j++)
      for (size_t lane = 0; lane < width; lane++)
        difference[lane] += (e[k * stride + lane] - e[j * stride + lane]) * fabsf(z[j * stride + lane]);
#pragma GCC ivdep
    for (size_t lane = 0; lane < width; lane++) {
      float value = z[k * stride + lane];
      float sign = value > 0.0f ? 1.0f : value < 0.0f ? -1.0f : 0.0f;
      float gradient = sign * difference[lane] * sum[lane] * mixture[lane] * sum[lane];
      dz[k * stride + lane] = add_z ? dz[k * stride + lane] + gradient : gradient;
    }
  }
}

static void
forward(const SgKernel *kernel, const SgPart *part)
{
  SgAxisView s = sg_op_axis_view(kernel->node, &kernel->output_shape);
  size_t n_blocks = (s.n_inner + LANES - 1) / LANES, begin, end;
  sg_part_range(part, s.n_outer * n_blocks, 1, &begin, &end);
  for (size_t block = begin; block < end; block++) {
    size_t column = block % n_blocks * LANES, outer = block / n_blocks;
    size_t at = outer * s.n * s.n_inner + column;
    columns_forward(kernel->inputs[0] + at, kernel->inputs[1] + outer * s.n_inner + column,
                    kernel->output + at, s.n, s.n_inner, sg_min_size(LANES, s.n_inner - column));
  }
}

static void
backward(const SgKernel *kernel, const SgPart *part)
{
  SgAxisView s = sg_op_axis_view(kernel->node, &kernel->output_shape);
  size_t n_blocks = (s.n_inner + LANES - 1) / LANES, begin, end;
  float *dz = kernel->input_gradients[0], *dx = kernel->input_gradients[1];
  sg_part_range(part, s.n_outer * n_blocks, 1, &begin, &end);
  for (size_t block = begin; block < end; block++) {
    size_t column = block % n_blocks * LANES, outer = block / n_blocks;
    size_t at = outer * s.n * s.n_inner + column, at_mixture = outer * s.n_inner + column;
    columns_backward(kernel->inputs[0] + at, kernel->inputs[1] + at_mixture, kernel->output_gradient + at,
                     dz != NULL ? dz + at : NULL, dx != NULL ? dx + at_mixture : NULL, s.n, s.n_inner,
                     sg_min_size(LANES, s.n_inner - column), kernel->accumulates[0], kernel->accumulates[1]);
  }
}

static void
reference(const SgReferenceCall *call)
{
  SgAxisView s = sg_op_axis_view(call->node, &call->output_shape);
  for (size_t outer = 0; outer < s.n_outer; outer++)
    for (size_t inner = 0; inner < s.n_inner; inner++) {
      size_t at = outer * s.n * s.n_inner + inner;
      double sum = 1e-10;
      for (size_t k = 0; k < s.n; k++)
        sum += fabs(call->inputs[0][at + k * s.n_inner]);
      for (size_t k = 0; k < s.n; k++)
        call->output[at + k * s.n_inner] =
            fabs(call->inputs[0][at + k * s.n_inner]) / sum * call->inputs[1][outer * s.n_inner + inner];
    }
}

static const SgAttributeRow attributes[] = {
  SG_ATTRIBUTE("axis", INTEGER, axis, SG_RANGE(0, -SG_MAX_DIMS, SG_MAX_DIMS - 1), SG_REQUIRED),
};

const SgOp sg_op_mask = {
  .id = "mask",
  .flags = SG_OP_KEEPS_INPUTS,
  .min_inputs = 2,
  .max_inputs = 2,
  .attributes = attributes,
  .n_attributes = SG_COUNT(attributes),
  .setup = set_up,
  .forward = forward,
  .backward = backward,
  .reference = reference,
};
