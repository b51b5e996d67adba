/* conv_1d of [batch, channels, length], conv_2d of [batch, channels, height, width], and conv_transpose_1d,
 * _2d: PyTorch's definitions (cross-correlation), shapes and weights.
 *
 * conv: weight [units, channels / groups, kernel…], size out ⌊(in + 2·padding − dilation·(kernel − 1) − 1) /
 * stride⌋ + 1. conv_transpose: weight [channels, units / groups, kernel…], size out (in − 1)·stride −
 * 2·padding + dilation·(kernel − 1) + output_padding + 1. */
#include "core/nn/ops/convolution-kernels.h"

#include <math.h>

#include "core/nn/ops/all.h"
#include "core/nn/ops/rows.h"

static bool
is_transposed(const SgNode *node)
{
  return node->op == &sg_op_conv_transpose_1d || node->op == &sg_op_conv_transpose_2d;
}

static SgConvolution
convolution_of(const SgNode *node, const SgShape *input, const SgShape *output)
{
  const SgAttributes *a = &node->attributes;
  const SgShape *image = is_transposed(node) ? output : input, *map = is_transposed(node) ? input : output;
  int last = node->op->n_spatial - 1;
  bool is_2d = last == 1;
  return (SgConvolution){ .batch = (size_t)input->dims[0],
                          .groups = (size_t)a->groups,
                          .image_channels = (size_t)image->dims[1],
                          .height = is_2d ? (size_t)image->dims[2] : 1,
                          .width = (size_t)image->dims[2 + last],
                          .map_channels = (size_t)map->dims[1],
                          .map_height = is_2d ? (size_t)map->dims[2] : 1,
                          .map_width = (size_t)map->dims[2 + last],
                          .kernel_h = is_2d ? (size_t)a->kernel[0] : 1,
                          .kernel_w = (size_t)a->kernel[last],
                          .stride_h = is_2d ? (size_t)a->stride[0] : 1,
                          .stride_w = (size_t)a->stride[last],
                          .padding_h = is_2d ? (size_t)a->padding[0] : 0,
                          .padding_w = (size_t)a->padding[last],
                          .dilation_h = is_2d ? (size_t)a->dilation[0] : 1,
                          .dilation_w = (size_t)a->dilation[last] };
}

static SgConvolution
convolution_of_kernel(const SgKernel *kernel)
{
  return convolution_of(kernel->node, &kernel->input_shapes[0], &kernel->output_shape);
}

static int64_t
size_out(const SgNode *node, int64_t in, int dimension)
{
  const SgAttributes *a = &node->attributes;
  int64_t reach = a->dilation[dimension] * (a->kernel[dimension] - 1), padding = a->padding[dimension];
  if (is_transposed(node))
    return (in - 1) * a->stride[dimension] - 2 * padding + reach + a->output_padding[dimension] + 1;
  int64_t room = in + 2 * padding - reach - 1;
  return room < 0 ? 0 : room / a->stride[dimension] + 1;
}

static SgStatus
set_up(SgOpSetup *setup)
{
  const SgNode *node = setup->node;
  const SgAttributes *a = &node->attributes;
  const SgShape *input = &setup->inputs[0];
  int n_spatial = node->op->n_spatial;
  char text[SG_SHAPE_TEXT_SIZE];
  if (input->n_dims != n_spatial + 2)
    return sg_op_fail(setup, "expects %d dimensions, got %.60s", n_spatial + 2, sg_shape_text(input, text));
  if (input->dims[1] % a->groups != 0 || a->units % a->groups != 0)
    return sg_op_fail(setup, "%lld channels to %lld do not make %lld groups", (long long)input->dims[1],
                      (long long)a->units, (long long)a->groups);
  setup->output = *input;
  setup->output.dims[1] = a->units;
  for (int i = 0; i < n_spatial; i++) {
    setup->output.dims[2 + i] = size_out(node, input->dims[2 + i], i);
    if (is_transposed(node) && a->output_padding[i] >= a->stride[i] && a->output_padding[i] >= a->dilation[i])
      return sg_op_fail(setup, "output padding %lld is not below stride or dilation",
                        (long long)a->output_padding[i]);
  }
  if (!sg_shape_is_valid(&setup->output))
    return sg_op_fail(setup, "%.60s is too small for the kernel", sg_shape_text(input, text));
  int64_t rows = is_transposed(node) ? input->dims[1] : a->units;
  int64_t columns = (is_transposed(node) ? a->units : input->dims[1]) / a->groups;
  SgShape weight = SG_SHAPE(rows, columns, a->kernel[0]);
  if (n_spatial == 2)
    weight = SG_SHAPE(rows, columns, a->kernel[0], a->kernel[1]);
  double bound = 1.0 / sqrt((double)sg_shape_product(&weight, 1, weight.n_dims));
  sg_op_weight(setup, ".weight", weight, bound, 0.0);
  if (!a->no_bias)
    sg_op_weight(setup, ".bias", SG_SHAPE(a->units), bound, 0.0);
  SgConvolution convolution = convolution_of(node, input, &setup->output);
  setup->scratch = sg_convolution_scratch(&convolution);
  return SG_OK;
}

static void
forward(const SgKernel *kernel, const SgPart *part)
{
  SgConvolution c = convolution_of_kernel(kernel);
  const float *bias = kernel->node->attributes.no_bias ? NULL : kernel->weights[1];
  if (is_transposed(kernel->node))
    sg_convolution_to_image(&c, part, kernel->weights[0], bias, kernel->inputs[0], kernel->output, false);
  else
    sg_convolution_to_map(&c, part, kernel->weights[0], bias, kernel->inputs[0], kernel->output, false);
}

static void
add_bias_gradient(const SgKernel *kernel, const SgPart *part)
{
  const SgShape *output = &kernel->output_shape;
  size_t n_channels = (size_t)output->dims[1], begin, end;
  size_t plane = (size_t)sg_shape_product(output, 2, output->n_dims);
  sg_part_range(part, n_channels, 1, &begin, &end);
  for (size_t channel = begin; channel < end; channel++) {
    double sum = 0.0;
    for (size_t b = 0; b < (size_t)output->dims[0]; b++)
      sum += sg_sum_floats(kernel->output_gradient + (b * n_channels + channel) * plane, plane);
    kernel->weight_gradients[1][channel] += (float)sum;
  }
}

static void
backward(const SgKernel *kernel, const SgPart *part)
{
  SgConvolution c = convolution_of_kernel(kernel);
  bool transposed = is_transposed(kernel->node);
  float *dx = kernel->input_gradients[0];
  if (transposed)
    sg_convolution_add_gradient(&c, part, kernel->output_gradient, kernel->inputs[0],
                                kernel->weight_gradients[0]);
  else
    sg_convolution_add_gradient(&c, part, kernel->inputs[0], kernel->output_gradient,
                                kernel->weight_gradients[0]);
  if (!kernel->node->attributes.no_bias)
    add_bias_gradient(kernel, part);
  if (dx != NULL && transposed)
    sg_convolution_to_map(&c, part, kernel->weights[0], NULL, kernel->output_gradient, dx,
                          kernel->accumulates[0]);
  else if (dx != NULL)
    sg_convolution_to_image(&c, part, kernel->weights[0], NULL, kernel->output_gradient, dx,
                            kernel->accumulates[0]);
}

/* What one element of the image and one of the map have to do with each other: visits every pair under the
 * kernel, adding weight × one to the other. */
static void
reference(const SgReferenceCall *call)
{
  SgConvolution c = convolution_of(call->node, &call->input_shapes[0], &call->output_shape);
  bool transposed = is_transposed(call->node);
  size_t plane = (size_t)sg_shape_product(&call->output_shape, 2, call->output_shape.n_dims);
  size_t units = (size_t)call->output_shape.dims[1];
  for (size_t i = 0; i < (size_t)sg_shape_count(&call->output_shape); i++)
    call->output[i] = call->node->attributes.no_bias ? 0.0 : call->weights[1][i / plane % units];
  size_t in_group = c.image_channels / c.groups, of_map = c.map_channels / c.groups;
  size_t area = c.kernel_h * c.kernel_w, positions = c.map_height * c.map_width;
  for (size_t b = 0; b < c.batch; b++)
    for (size_t m = 0; m < c.map_channels; m++)
      for (size_t k = 0; k < in_group * area; k++)
        for (size_t p = 0; p < positions; p++) {
          size_t y = p / c.map_width * c.stride_h + k % area / c.kernel_w * c.dilation_h;
          size_t x = p % c.map_width * c.stride_w + k % c.kernel_w * c.dilation_w;
          if (y < c.padding_h || y >= c.height + c.padding_h || x < c.padding_w || x >= c.width + c.padding_w)
            continue;
          size_t channel = m / of_map * in_group + k / area;
          size_t in_image =
              ((b * c.image_channels + channel) * c.height + y - c.padding_h) * c.width + x - c.padding_w;
          size_t in_map = (b * c.map_channels + m) * positions + p;
          double weight = call->weights[0][m * in_group * area + k];
          if (transposed)
            call->output[in_image] += weight * call->inputs[0][in_map];
          else
            call->output[in_map] += weight * call->inputs[0][in_image];
        }
}

#define CONVOLUTION_ATTRIBUTES                                                                               \
  SG_ATTRIBUTE("units", INTEGER, units, SG_RANGE(0, 1, INT32_MAX), SG_REQUIRED),                             \
      SG_ATTRIBUTE("kernel", PAIR, kernel, SG_RANGE(0, 1, 65536), SG_REQUIRED),                              \
      SG_ATTRIBUTE("stride", PAIR, stride, SG_RANGE(1, 1, 65536)),                                           \
      SG_ATTRIBUTE("padding", PAIR, padding, SG_RANGE(0, 0, 65536)),                                         \
      SG_ATTRIBUTE("dilation", PAIR, dilation, SG_RANGE(1, 1, 65536)),                                       \
      SG_ATTRIBUTE("groups", INTEGER, groups, SG_RANGE(1, 1, 65536)),                                        \
      SG_ATTRIBUTE("bias", UNTRUTH, no_bias), SG_ATTRIBUTE("weights_of", TEXT, weights_of)

static const SgAttributeRow conv_attributes[] = { CONVOLUTION_ATTRIBUTES };
static const SgAttributeRow conv_transpose_attributes[] = {
  CONVOLUTION_ATTRIBUTES,
  SG_ATTRIBUTE("output_padding", PAIR, output_padding, SG_RANGE(0, 0, 65536)),
};

#define CONVOLUTION(NAME, N_SPATIAL, ATTRIBUTES)                                                             \
  const SgOp sg_op_##NAME = { .id = #NAME,                                                                   \
                              .flags = SG_OP_KEEPS_INPUTS,                                                   \
                              .min_inputs = 1,                                                               \
                              .max_inputs = 1,                                                               \
                              .n_spatial = N_SPATIAL,                                                        \
                              .attributes = ATTRIBUTES,                                                      \
                              .n_attributes = SG_COUNT(ATTRIBUTES),                                          \
                              .setup = set_up,                                                               \
                              .forward = forward,                                                            \
                              .backward = backward,                                                          \
                              .reference = reference };

CONVOLUTION(conv_1d, 1, conv_attributes)
CONVOLUTION(conv_2d, 2, conv_attributes)
CONVOLUTION(conv_transpose_1d, 1, conv_transpose_attributes)
CONVOLUTION(conv_transpose_2d, 2, conv_transpose_attributes)
