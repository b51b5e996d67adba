/* The operations, one a declaration; core/nn/ops.c lists them. */
#pragma once

#include "core/nn/op.h"

extern const SgOp sg_op_input, sg_op_parameter, sg_op_constant;
extern const SgOp sg_op_dense, sg_op_vector_dense;
extern const SgOp sg_op_relu, sg_op_leaky_relu, sg_op_elu, sg_op_tanh, sg_op_sigmoid, sg_op_softplus,
    sg_op_gelu, sg_op_gelu_tanh, sg_op_abs, sg_op_square, sg_op_sqrt, sg_op_log, sg_op_exp, sg_op_clamp,
    sg_op_scale;
extern const SgOp sg_op_add, sg_op_sub, sg_op_mul, sg_op_div, sg_op_min, sg_op_max;
extern const SgOp sg_op_sum, sg_op_mean, sg_op_softmax, sg_op_dropout, sg_op_mask;
extern const SgOp sg_op_concat, sg_op_slice, sg_op_pad, sg_op_reshape, sg_op_transpose;
extern const SgOp sg_op_upsample_1d, sg_op_upsample_2d;
extern const SgOp sg_op_batch_norm, sg_op_layer_norm, sg_op_group_norm;
extern const SgOp sg_op_conv_1d, sg_op_conv_2d, sg_op_conv_transpose_1d, sg_op_conv_transpose_2d;
extern const SgOp sg_op_rnn, sg_op_gru, sg_op_lstm;
