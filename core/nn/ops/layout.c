/* concat, slice, pad, reshape: tensors put together, cut and seen differently, along one axis. */
#include <string.h>

#include "core/nn/op.h"
#include "core/nn/ops/all.h"
#include "core/nn/ops/rows.h"
#include "core/nn/ops/walk.h"

static size_t
outer_of(const SgShape *shape, int axis)
{
  return (size_t)sg_shape_product(shape, 0, axis);
}

/* Floats of one step along the axis, and of the whole axis. */
static size_t
inner_of(const SgShape *shape, int axis)
{
  return (size_t)sg_shape_product(shape, axis + 1, shape->n_dims);
}

static size_t
length_of(const SgShape *shape, int axis)
{
  return (size_t)sg_shape_product(shape, axis, shape->n_dims);
}

static SgStatus
fail_axis(SgOpSetup *setup, int n_dims)
{
  return sg_op_fail(setup, "axis %lld of a tensor with %d dimensions",
                    (long long)setup->node->attributes.axis, n_dims);
}

static int
axis_of(const SgKernel *kernel)
{
  return sg_op_axis(kernel->node->attributes.axis, kernel->output_shape.n_dims);
}

/* concat */

static SgStatus
concat_set_up(SgOpSetup *setup)
{
  setup->output = setup->inputs[0];
  int axis = sg_op_axis(setup->node->attributes.axis, setup->output.n_dims);
  if (axis < 0)
    return fail_axis(setup, setup->output.n_dims);
  for (size_t s = 1; s < setup->node->n_inputs; s++) {
    SgShape expected = setup->inputs[0];
    if (setup->inputs[s].n_dims == expected.n_dims)
      expected.dims[axis] = setup->inputs[s].dims[axis];
    if (!sg_shape_equal(&expected, &setup->inputs[s])) {
      char a[SG_SHAPE_TEXT_SIZE], b[SG_SHAPE_TEXT_SIZE];
      return sg_op_fail(setup, "input %zu is %.50s, which does not continue %.50s", s,
                        sg_shape_text(&setup->inputs[s], a), sg_shape_text(&setup->inputs[0], b));
    }
    setup->output.dims[axis] += setup->inputs[s].dims[axis];
  }
  return SG_OK;
}

static void
concat_forward(const SgKernel *kernel, const SgPart *part)
{
  int axis = axis_of(kernel);
  size_t stride = length_of(&kernel->output_shape, axis), at = 0;
  for (size_t s = 0; s < kernel->node->n_inputs; s++) {
    size_t length = length_of(&kernel->input_shapes[s], axis);
    sg_move_blocks(part, kernel->output + at, stride, kernel->inputs[s], length,
                   outer_of(&kernel->output_shape, axis), length, false);
    at += length;
  }
}

static void
concat_backward(const SgKernel *kernel, const SgPart *part)
{
  int axis = axis_of(kernel);
  size_t stride = length_of(&kernel->output_shape, axis), at = 0;
  for (size_t s = 0; s < kernel->node->n_inputs; s++) {
    size_t length = length_of(&kernel->input_shapes[s], axis);
    if (kernel->input_gradients[s] != NULL)
      sg_move_blocks(part, kernel->input_gradients[s], length, kernel->output_gradient + at, stride,
                     outer_of(&kernel->output_shape, axis), length, kernel->accumulates[s]);
    at += length;
  }
}

static void
concat_reference(const SgReferenceCall *call)
{
  int axis = sg_op_axis(call->node->attributes.axis, call->output_shape.n_dims);
  size_t at = 0, stride = length_of(&call->output_shape, axis);
  for (size_t s = 0; s < call->node->n_inputs; s++) {
    size_t length = length_of(&call->input_shapes[s], axis);
    for (size_t outer = 0; outer < outer_of(&call->output_shape, axis); outer++)
      for (size_t i = 0; i < length; i++)
        call->output[outer * stride + at + i] = call->inputs[s][outer * length + i];
    at += length;
  }
}

/* slice: steps start … end−1 of the axis; negative ones count from the end, an end of 0 is the axis's. */

static bool
slice_bounds(const SgNode *node, const SgShape *input, int axis, int64_t *out_start, int64_t *out_end)
{
  int64_t n = input->dims[axis], start = node->attributes.start, end = node->attributes.end;
  *out_start = start < 0 ? start + n : start;
  *out_end = end <= 0 ? end + n : end;
  return *out_start >= 0 && *out_start < *out_end && *out_end <= n;
}

static SgStatus
slice_set_up(SgOpSetup *setup)
{
  const SgShape *input = &setup->inputs[0];
  int axis = sg_op_axis(setup->node->attributes.axis, input->n_dims);
  int64_t start, end;
  if (axis < 0)
    return fail_axis(setup, input->n_dims);
  if (!slice_bounds(setup->node, input, axis, &start, &end))
    return sg_op_fail(setup, "%lld to %lld of %lld", (long long)setup->node->attributes.start,
                      (long long)setup->node->attributes.end, (long long)input->dims[axis]);
  setup->output = *input;
  setup->output.dims[axis] = end - start;
  return SG_OK;
}

static void
slice_forward(const SgKernel *kernel, const SgPart *part)
{
  int axis = axis_of(kernel);
  const SgShape *input = &kernel->input_shapes[0];
  int64_t start, end;
  slice_bounds(kernel->node, input, axis, &start, &end);
  size_t length = length_of(&kernel->output_shape, axis);
  sg_move_blocks(part, kernel->output, length, kernel->inputs[0] + (size_t)start * inner_of(input, axis),
                 length_of(input, axis), outer_of(input, axis), length, false);
}

static void
slice_backward(const SgKernel *kernel, const SgPart *part)
{
  int axis = axis_of(kernel);
  const SgShape *input = &kernel->input_shapes[0];
  int64_t start, end;
  slice_bounds(kernel->node, input, axis, &start, &end);
  size_t inner = inner_of(input, axis), stride = length_of(input, axis), outer = outer_of(input, axis);
  size_t before = (size_t)start * inner, until = (size_t)end * inner;
  float *dx = kernel->input_gradients[0];
  if (!kernel->accumulates[0]) {
    sg_fill_blocks(part, dx, stride, outer, before, 0.0f);
    sg_fill_blocks(part, dx + until, stride, outer, stride - until, 0.0f);
  }
  sg_move_blocks(part, dx + before, stride, kernel->output_gradient, until - before, outer, until - before,
                 kernel->accumulates[0]);
}

static void
slice_reference(const SgReferenceCall *call)
{
  int axis = sg_op_axis(call->node->attributes.axis, call->output_shape.n_dims);
  const SgShape *input = &call->input_shapes[0];
  int64_t start, end;
  slice_bounds(call->node, input, axis, &start, &end);
  size_t length = length_of(&call->output_shape, axis);
  for (size_t outer = 0; outer < outer_of(input, axis); outer++)
    for (size_t i = 0; i < length; i++)
      call->output[outer * length + i] =
          call->inputs[0][outer * length_of(input, axis) + (size_t)start * inner_of(input, axis) + i];
}

/* pad: zeros before and after. */

static SgStatus
pad_set_up(SgOpSetup *setup)
{
  setup->output = setup->inputs[0];
  int axis = sg_op_axis(setup->node->attributes.axis, setup->output.n_dims);
  if (axis < 0)
    return fail_axis(setup, setup->output.n_dims);
  setup->output.dims[axis] += setup->node->attributes.before + setup->node->attributes.after;
  return SG_OK;
}

static void
pad_forward(const SgKernel *kernel, const SgPart *part)
{
  int axis = axis_of(kernel);
  const SgShape *input = &kernel->input_shapes[0];
  size_t stride = length_of(&kernel->output_shape, axis), length = length_of(input, axis);
  size_t before = (size_t)kernel->node->attributes.before * inner_of(input, axis);
  size_t outer = outer_of(input, axis);
  sg_fill_blocks(part, kernel->output, stride, outer, before, 0.0f);
  sg_move_blocks(part, kernel->output + before, stride, kernel->inputs[0], length, outer, length, false);
  sg_fill_blocks(part, kernel->output + before + length, stride, outer, stride - before - length, 0.0f);
}

static void
pad_backward(const SgKernel *kernel, const SgPart *part)
{
  int axis = axis_of(kernel);
  const SgShape *input = &kernel->input_shapes[0];
  size_t length = length_of(input, axis);
  sg_move_blocks(part, kernel->input_gradients[0], length,
                 kernel->output_gradient + (size_t)kernel->node->attributes.before * inner_of(input, axis),
                 length_of(&kernel->output_shape, axis), outer_of(input, axis), length,
                 kernel->accumulates[0]);
}

static void
pad_reference(const SgReferenceCall *call)
{
  int axis = sg_op_axis(call->node->attributes.axis, call->output_shape.n_dims);
  const SgShape *input = &call->input_shapes[0];
  size_t before = (size_t)call->node->attributes.before * inner_of(input, axis);
  size_t stride = length_of(&call->output_shape, axis), length = length_of(input, axis);
  for (size_t i = 0; i < (size_t)sg_shape_count(&call->output_shape); i++) {
    size_t at = i % stride;
    bool is_inside = at >= before && at < before + length;
    call->output[i] = is_inside ? call->inputs[0][i / stride * length + at - before] : 0.0;
  }
}

/* reshape: 0 keeps the input's dimension at this place, −1 (once) is what is left. */

static SgStatus
reshape_set_up(SgOpSetup *setup)
{
  const SgShape *input = &setup->inputs[0];
  setup->output = setup->node->attributes.shape;
  int64_t count = sg_shape_count(input), known = 1;
  int open = -1;
  bool fits = true;
  for (int i = 0; i < setup->output.n_dims && fits; i++) {
    int64_t *dim = &setup->output.dims[i];
    fits = *dim != 0 || i < input->n_dims;
    if (fits && *dim == 0)
      *dim = input->dims[i];
    fits = fits && (*dim != -1 || open < 0);
    if (fits && *dim == -1)
      open = i;
    else if (fits)
      fits = known <= count && !__builtin_mul_overflow(known, *dim, &known);
  }
  if (fits && open >= 0)
    setup->output.dims[open] = known > 0 ? count / known : 0;
  if (fits && sg_shape_is_valid(&setup->output) && sg_shape_count(&setup->output) == count)
    return SG_OK;
  char a[SG_SHAPE_TEXT_SIZE], b[SG_SHAPE_TEXT_SIZE];
  return sg_op_fail(setup, "%.50s cannot be seen as %.50s", sg_shape_text(input, a),
                    sg_shape_text(&setup->node->attributes.shape, b));
}

/* Where the gradients are not one memory already. */
static void
reshape_backward(const SgKernel *kernel, const SgPart *part)
{
  size_t n = (size_t)sg_shape_count(&kernel->output_shape);
  if (kernel->input_gradients[0] != kernel->output_gradient)
    sg_move_blocks(part, kernel->input_gradients[0], n, kernel->output_gradient, n, 1, n,
                   kernel->accumulates[0]);
}

static void
reshape_reference(const SgReferenceCall *call)
{
  memcpy(call->output, call->inputs[0], (size_t)sg_shape_count(&call->output_shape) * sizeof(double));
}

#define AXIS SG_ATTRIBUTE("axis", INTEGER, axis, SG_RANGE(0, -SG_MAX_DIMS, SG_MAX_DIMS - 1), SG_REQUIRED)

static const SgAttributeRow concat_attributes[] = { AXIS };
static const SgAttributeRow slice_attributes[] = {
  AXIS,
  SG_ATTRIBUTE("start", INTEGER, start, SG_RANGE(0, INT32_MIN, INT32_MAX)),
  SG_ATTRIBUTE("end", INTEGER, end, SG_RANGE(0, INT32_MIN, INT32_MAX)),
};
static const SgAttributeRow pad_attributes[] = {
  AXIS,
  SG_ATTRIBUTE("before", INTEGER, before, SG_RANGE(0, 0, INT32_MAX)),
  SG_ATTRIBUTE("after", INTEGER, after, SG_RANGE(0, 0, INT32_MAX)),
};
static const SgAttributeRow reshape_attributes[] = {
  SG_ATTRIBUTE("shape", SHAPE, shape, SG_RANGE(0, -1, INT32_MAX), SG_REQUIRED),
};

#define LAYOUT_OP(NAME, MAX_INPUTS, ...)                                                                     \
  const SgOp sg_op_##NAME = { .id = #NAME,                                                                   \
                              .min_inputs = 1,                                                               \
                              .max_inputs = MAX_INPUTS,                                                      \
                              .attributes = NAME##_attributes,                                               \
                              .n_attributes = SG_COUNT(NAME##_attributes),                                   \
                              .setup = NAME##_set_up,                                                        \
                              .backward = NAME##_backward,                                                   \
                              .reference = NAME##_reference,                                                 \
                              __VA_ARGS__ };

LAYOUT_OP(concat, SG_MAX_INPUTS, .forward = concat_forward)
LAYOUT_OP(slice, 1, .forward = slice_forward)
LAYOUT_OP(pad, 1, .forward = pad_forward)
LAYOUT_OP(reshape, 1, .flags = SG_OP_VIEW)
