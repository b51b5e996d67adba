#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/nn/op.h"
#include "core/nn/ops/all.h"

const SgOp *
sg_op_find(const char *id)
{
  for (size_t i = 0; sg_ops[i] != NULL; i++)
    if (strcmp(sg_ops[i]->id, id) == 0)
      return sg_ops[i];
  return NULL;
}

SgStatus
sg_op_fail(SgOpSetup *setup, const char *format, ...)
{
  char detail[SG_ERROR_DETAIL_SIZE];
  int at = snprintf(detail, sizeof detail, "%s (%s): ", setup->node->name, setup->node->op->id);
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(detail + at, sizeof detail - (size_t)at, format, arguments);
  va_end(arguments);
  return sg_error_set(setup->error, SG_BAD_GRAPH, NULL, detail);
}

static void
add_need(SgOpSetup *setup, const char *suffix, SgWeightNeed need)
{
  SgWeightNeed *row = &setup->weights[setup->n_weights++];
  *row = need;
  snprintf(row->suffix, sizeof row->suffix, "%s", suffix);
}

void
sg_op_weight(SgOpSetup *setup, const char *suffix, SgShape shape, double bound, double initial)
{
  add_need(setup, suffix, (SgWeightNeed){ .shape = shape, .bound = bound, .initial = initial });
}

void
sg_op_state(SgOpSetup *setup, const char *suffix, SgShape shape, double initial)
{
  add_need(setup, suffix, (SgWeightNeed){ .shape = shape, .is_state = true, .initial = initial });
}

int
sg_op_axis(int64_t axis, int n_dims)
{
  if (axis < 0)
    axis += n_dims;
  return axis >= 0 && axis < n_dims ? (int)axis : -1;
}

SgAxisView
sg_op_axis_view(const SgNode *node, const SgShape *shape)
{
  int axis = sg_op_axis(node->attributes.axis, shape->n_dims);
  return (SgAxisView){ .n_outer = (size_t)sg_shape_product(shape, 0, axis),
                       .n = (size_t)shape->dims[axis],
                       .n_inner = (size_t)sg_shape_product(shape, axis + 1, shape->n_dims) };
}

const SgOp *const sg_ops[] = {
  &sg_op_input,
  &sg_op_parameter,
  &sg_op_constant,
  &sg_op_dense,
  &sg_op_vector_dense,
  &sg_op_relu,
  &sg_op_leaky_relu,
  &sg_op_elu,
  &sg_op_tanh,
  &sg_op_sigmoid,
  &sg_op_softplus,
  &sg_op_gelu,
  &sg_op_gelu_tanh,
  &sg_op_abs,
  &sg_op_square,
  &sg_op_sqrt,
  &sg_op_log,
  &sg_op_exp,
  &sg_op_clamp,
  &sg_op_scale,
  &sg_op_add,
  &sg_op_sub,
  &sg_op_mul,
  &sg_op_div,
  &sg_op_min,
  &sg_op_max,
  &sg_op_sum,
  &sg_op_mean,
  &sg_op_softmax,
  &sg_op_dropout,
  &sg_op_mask,
  &sg_op_concat,
  &sg_op_slice,
  &sg_op_pad,
  &sg_op_reshape,
  &sg_op_transpose,
  &sg_op_upsample_1d,
  &sg_op_upsample_2d,
  &sg_op_batch_norm,
  &sg_op_layer_norm,
  &sg_op_group_norm,
  &sg_op_conv_1d,
  &sg_op_conv_2d,
  &sg_op_conv_transpose_1d,
  &sg_op_conv_transpose_2d,
  &sg_op_rnn,
  &sg_op_gru,
  &sg_op_lstm,
  NULL,
};
