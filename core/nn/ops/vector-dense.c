/* vector_dense: a dense layer of 3-vectors, z_i = Σ_j W_ij × a_j + b_i with the cross product, on every row
 * (Nitta 2007; Fan, Chan, Yang, Jang 2017). x[…, 3, features] → y[…, 3, units]; weight [3, units, features],
 * bias [3, units]: component after component.
 *
 * With (p, q, r) in cyclic order: z_p = W_q a_r − W_r a_q + b_p, and backward, δ = ∂L/∂z,
 * ∂L/∂W_p = a_q δ_r − a_r δ_q, ∂L/∂b = δ, ∂L/∂a_p = δ_q W_r − δ_r W_q. Products only add, so the sum is
 * turned around, the subtrahend added, and turned back, which rounds nothing. */
#include <math.h>

#include "core/nn/op.h"
#include "core/nn/ops/all.h"
#include "core/nn/ops/dense.h"
#include "core/nn/ops/rows.h"
#include "core/nn/product.h"
#include "core/nn/vectorised.h"

enum { N_COMPONENTS = 3 };

static SgStatus
set_up(SgOpSetup *setup)
{
  const SgAttributes *attributes = &setup->node->attributes;
  const SgShape *input = &setup->inputs[0];
  if (input->n_dims < 2 || input->dims[input->n_dims - 2] != N_COMPONENTS)
    return sg_op_fail(setup, "expects […, 3, features]: three components before the last dimension");
  int64_t n_features = input->dims[input->n_dims - 1];
  setup->output = *input;
  setup->output.dims[input->n_dims - 1] = attributes->units;
  double bound = 1.0 / sqrt(2.0 * (double)n_features); /* a component sums over two of the input's */
  sg_op_weight(setup, ".weight", SG_SHAPE(N_COMPONENTS, attributes->units, n_features), bound, 0.0);
  if (!attributes->no_bias)
    sg_op_weight(setup, ".bias", SG_SHAPE(N_COMPONENTS, attributes->units), bound, 0.0);
  return SG_OK;
}

typedef struct {
  size_t n_rows, n_in, n_out; /* rows of three components */
} Sizes;

static Sizes
sizes_of(const SgNode *node, const SgShape *input)
{
  Sizes sizes = { .n_in = (size_t)input->dims[input->n_dims - 1], .n_out = (size_t)node->attributes.units };
  sizes.n_rows = (size_t)sg_shape_count(input) / (N_COMPONENTS * sizes.n_in);
  return sizes;
}

/* values ← −values on rows of n, `stride` apart. */
SG_VECTORISED static void
negate(float *values, size_t n_rows, size_t n, size_t stride)
{
  for (size_t row = 0; row < n_rows; row++)
    for (size_t i = 0; i < n; i++)
      values[row * stride + i] = -values[row * stride + i];
}

/* Threads share the rows, or the units where there are few rows. */
static void
forward(const SgKernel *kernel, const SgPart *part)
{
  Sizes s = sizes_of(kernel->node, &kernel->input_shapes[0]);
  size_t row = 0, row_end = s.n_rows, unit = 0, unit_end = s.n_out;
  if (s.n_rows >= 16 * part->n_threads)
    sg_part_range(part, s.n_rows, 8, &row, &row_end);
  else
    sg_part_range(part, s.n_out, 16, &unit, &unit_end);
  if (row == row_end || unit == unit_end)
    return;
  size_t n_rows = row_end - row, n_units = unit_end - unit;
  size_t in_stride = N_COMPONENTS * s.n_in, out_stride = N_COMPONENTS * s.n_out;
  for (size_t p = 0; p < N_COMPONENTS; p++) {
    size_t q = (p + 1) % N_COMPONENTS, r = (p + 2) % N_COMPONENTS;
    const float *a = kernel->inputs[0] + row * in_stride;
    const float *w_q = kernel->weights[0] + (q * s.n_out + unit) * s.n_in;
    const float *w_r = kernel->weights[0] + (r * s.n_out + unit) * s.n_in;
    float *z = kernel->output + row * out_stride + p * s.n_out + unit;
    sg_product(part->packing, false, true, n_rows, n_units, s.n_in, a + q * s.n_in, in_stride, w_r, s.n_in,
               false, z, out_stride);
    for (size_t i = 0; !kernel->node->attributes.no_bias && i < n_rows; i++)
      for (size_t j = 0; j < n_units; j++)
        z[i * out_stride + j] -= kernel->weights[1][p * s.n_out + unit + j];
    negate(z, n_rows, n_units, out_stride);
    sg_product(part->packing, false, true, n_rows, n_units, s.n_in, a + r * s.n_in, in_stride, w_q, s.n_in,
               true, z, out_stride);
  }
}

static void
input_gradient(const SgKernel *kernel, const SgPart *part, Sizes s)
{
  size_t begin, end, in_stride = N_COMPONENTS * s.n_in, out_stride = N_COMPONENTS * s.n_out;
  sg_part_range(part, s.n_rows, 8, &begin, &end);
  if (begin == end)
    return;
  for (size_t p = 0; p < N_COMPONENTS; p++) {
    size_t q = (p + 1) % N_COMPONENTS, r = (p + 2) % N_COMPONENTS;
    const float *delta = kernel->output_gradient + begin * out_stride;
    float *gradient = kernel->input_gradients[0] + begin * in_stride + p * s.n_in;
    if (kernel->accumulates[0])
      negate(gradient, end - begin, s.n_in, in_stride);
    sg_product(part->packing, false, false, end - begin, s.n_in, s.n_out, delta + r * s.n_out, out_stride,
               kernel->weights[0] + q * s.n_out * s.n_in, s.n_in, kernel->accumulates[0], gradient,
               in_stride);
    negate(gradient, end - begin, s.n_in, in_stride);
    sg_product(part->packing, false, false, end - begin, s.n_in, s.n_out, delta + q * s.n_out, out_stride,
               kernel->weights[0] + r * s.n_out * s.n_in, s.n_in, true, gradient, in_stride);
  }
}

static void
weight_gradient(const SgKernel *kernel, const SgPart *part, Sizes s)
{
  size_t begin, end, in_stride = N_COMPONENTS * s.n_in, out_stride = N_COMPONENTS * s.n_out;
  sg_part_range(part, s.n_out, 16, &begin, &end);
  if (begin == end)
    return;
  const float *delta = kernel->output_gradient + begin, *a = kernel->inputs[0];
  for (size_t p = 0; p < N_COMPONENTS; p++) {
    size_t q = (p + 1) % N_COMPONENTS, r = (p + 2) % N_COMPONENTS;
    float *gradient = kernel->weight_gradients[0] + (p * s.n_out + begin) * s.n_in;
    negate(gradient, end - begin, s.n_in, s.n_in);
    sg_product(part->packing, true, false, end - begin, s.n_in, s.n_rows, delta + q * s.n_out, out_stride,
               a + r * s.n_in, in_stride, true, gradient, s.n_in);
    negate(gradient, end - begin, s.n_in, s.n_in);
    sg_product(part->packing, true, false, end - begin, s.n_in, s.n_rows, delta + r * s.n_out, out_stride,
               a + q * s.n_in, in_stride, true, gradient, s.n_in);
    if (!kernel->node->attributes.no_bias)
      sg_add_column_sums(kernel->weight_gradients[1] + p * s.n_out + begin, delta + p * s.n_out, s.n_rows,
                         end - begin, out_stride);
  }
}

static void
backward(const SgKernel *kernel, const SgPart *part)
{
  Sizes s = sizes_of(kernel->node, &kernel->input_shapes[0]);
  if (kernel->input_gradients[0] != NULL)
    input_gradient(kernel, part, s);
  weight_gradient(kernel, part, s);
}

/* W_ij × a_j, written out. */
static void
reference(const SgReferenceCall *call)
{
  Sizes s = sizes_of(call->node, &call->input_shapes[0]);
  size_t plane = s.n_out * s.n_in;
  for (size_t row = 0; row < s.n_rows; row++)
    for (size_t i = 0; i < s.n_out; i++) {
      const double *a = call->inputs[0] + row * N_COMPONENTS * s.n_in, *w = call->weights[0] + i * s.n_in;
      double z[N_COMPONENTS] = { 0.0 };
      for (size_t j = 0; j < s.n_in; j++) {
        double a1 = a[j], a2 = a[s.n_in + j], a3 = a[2 * s.n_in + j];
        double w1 = w[j], w2 = w[plane + j], w3 = w[2 * plane + j];
        z[0] += w2 * a3 - w3 * a2;
        z[1] += w3 * a1 - w1 * a3;
        z[2] += w1 * a2 - w2 * a1;
      }
      for (size_t c = 0; c < N_COMPONENTS; c++)
        call->output[(row * N_COMPONENTS + c) * s.n_out + i] =
            z[c] + (call->node->attributes.no_bias ? 0.0 : call->weights[1][c * s.n_out + i]);
    }
}

const SgOp sg_op_vector_dense = {
  .id = "vector_dense",
  .flags = SG_OP_KEEPS_INPUTS,
  .min_inputs = 1,
  .max_inputs = 1,
  .attributes = sg_dense_attributes,
  .n_attributes = SG_DENSE_N_ATTRIBUTES,
  .setup = set_up,
  .forward = forward,
  .backward = backward,
  .reference = reference,
};
