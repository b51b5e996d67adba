/* dense: y[…, units] = x[…, features] · weight[units, features]ᵀ + bias[units], on every row. */
#include <math.h>

#include "core/nn/op.h"
#include "core/nn/ops/all.h"
#include "core/nn/ops/dense.h"
#include "core/nn/ops/rows.h"
#include "core/nn/product.h"

static SgStatus
set_up(SgOpSetup *setup)
{
  const SgAttributes *attributes = &setup->node->attributes;
  const SgShape *input = &setup->inputs[0];
  if (input->n_dims < 1)
    return sg_op_fail(setup, "expects at least one dimension, got a scalar");
  int64_t n_features = input->dims[input->n_dims - 1];
  setup->output = *input;
  setup->output.dims[input->n_dims - 1] = attributes->units;
  double bound = 1.0 / sqrt((double)n_features);
  sg_op_weight(setup, ".weight", SG_SHAPE(attributes->units, n_features), bound, 0.0);
  if (!attributes->no_bias)
    sg_op_weight(setup, ".bias", SG_SHAPE(attributes->units), bound, 0.0);
  return SG_OK;
}

typedef struct {
  size_t n_rows, n_in, n_out;
} Sizes;

static Sizes
sizes_of(const SgKernel *kernel)
{
  const SgShape *input = &kernel->input_shapes[0];
  Sizes sizes = { .n_in = (size_t)input->dims[input->n_dims - 1],
                  .n_out = (size_t)kernel->node->attributes.units };
  sizes.n_rows = (size_t)sg_shape_count(input) / sizes.n_in;
  return sizes;
}

/* Threads share the rows, or the units where there are few rows. */
static void
forward(const SgKernel *kernel, const SgPart *part)
{
  Sizes s = sizes_of(kernel);
  const float *bias = kernel->node->attributes.no_bias ? NULL : kernel->weights[1];
  size_t row = 0, row_end = s.n_rows, unit = 0, unit_end = s.n_out;
  if (s.n_rows >= 16 * part->n_threads)
    sg_part_range(part, s.n_rows, 8, &row, &row_end);
  else
    sg_part_range(part, s.n_out, 16, &unit, &unit_end);
  if (row == row_end || unit == unit_end)
    return;
  float *output = kernel->output + row * s.n_out + unit;
  if (bias != NULL)
    sg_fill_rows(output, row_end - row, unit_end - unit, s.n_out, bias + unit);
  sg_product(part->packing, false, true, row_end - row, unit_end - unit, s.n_in,
             kernel->inputs[0] + row * s.n_in, s.n_in, kernel->weights[0] + unit * s.n_in, s.n_in,
             bias != NULL, output, s.n_out);
}

static void
add_weight_gradient(const SgKernel *kernel, const SgPart *part, Sizes s)
{
  float *gradient = kernel->weight_gradients[0];
  size_t unit = 0, unit_end = s.n_out, in = 0, in_end = s.n_in;
  if (s.n_out >= s.n_in)
    sg_part_range(part, s.n_out, 16, &unit, &unit_end);
  else
    sg_part_range(part, s.n_in, 16, &in, &in_end);
  if (unit < unit_end && in < in_end)
    sg_product(part->packing, true, false, unit_end - unit, in_end - in, s.n_rows,
               kernel->output_gradient + unit, s.n_out, kernel->inputs[0] + in, s.n_in, true,
               gradient + unit * s.n_in + in, s.n_in);
}

static void
backward(const SgKernel *kernel, const SgPart *part)
{
  Sizes s = sizes_of(kernel);
  size_t begin, end;
  if (kernel->input_gradients[0] != NULL) {
    sg_part_range(part, s.n_rows, 8, &begin, &end);
    if (begin < end)
      sg_product(part->packing, false, false, end - begin, s.n_in, s.n_out,
                 kernel->output_gradient + begin * s.n_out, s.n_out, kernel->weights[0], s.n_in,
                 kernel->accumulates[0], kernel->input_gradients[0] + begin * s.n_in, s.n_in);
  }
  add_weight_gradient(kernel, part, s);
  sg_part_range(part, s.n_out, 16, &begin, &end);
  if (!kernel->node->attributes.no_bias && begin < end)
    sg_add_column_sums(kernel->weight_gradients[1] + begin, kernel->output_gradient + begin, s.n_rows,
                       end - begin, s.n_out);
}

static void
reference(const SgReferenceCall *call)
{
  const SgShape *input = &call->input_shapes[0];
  int64_t n_in = input->dims[input->n_dims - 1], n_out = call->node->attributes.units;
  int64_t n_rows = sg_shape_count(input) / n_in;
  for (int64_t row = 0; row < n_rows; row++)
    for (int64_t unit = 0; unit < n_out; unit++) {
      double sum = call->node->attributes.no_bias ? 0.0 : call->weights[1][unit];
      for (int64_t i = 0; i < n_in; i++)
        sum += call->inputs[0][row * n_in + i] * call->weights[0][unit * n_in + i];
      call->output[row * n_out + unit] = sum;
    }
}

const SgAttributeRow sg_dense_attributes[SG_DENSE_N_ATTRIBUTES] = {
  SG_ATTRIBUTE("units", INTEGER, units, SG_RANGE(0, 1, INT32_MAX), SG_REQUIRED),
  SG_ATTRIBUTE("bias", UNTRUTH, no_bias),
  SG_ATTRIBUTE("weights_of", TEXT, weights_of),
};

const SgOp sg_op_dense = {
  .id = "dense",
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
