/* Nodes that run nothing: the user's tensors, constants and learnable tensors. */
#include <math.h>

#include "core/nn/op.h"
#include "core/nn/ops/all.h"

static SgStatus
set_up_parameter(SgOpSetup *setup)
{
  const SgAttributes *attributes = &setup->node->attributes;
  setup->output = attributes->shape;
  sg_op_weight(setup, "", attributes->shape, 0.0, attributes->initial);
  return SG_OK;
}

static SgStatus
set_up_constant(SgOpSetup *setup)
{
  const SgAttributes *attributes = &setup->node->attributes;
  setup->output = attributes->shape;
  int64_t n = sg_shape_is_valid(&setup->output) ? sg_shape_count(&setup->output) : 0;
  if (attributes->n_values != 1 && (int64_t)attributes->n_values != n)
    return sg_op_fail(setup, "has %zu values for %lld elements", attributes->n_values, (long long)n);
  return SG_OK;
}

/* Its shape comes with the plan. */
static SgStatus
set_up_input(SgOpSetup *setup)
{
  return SG_OK;
}

static const SgAttributeRow input_attributes[] = { SG_ATTRIBUTE("shape", SHAPE, shape,
                                                                SG_RANGE(0, -1, INT32_MAX), SG_REQUIRED) };
static const SgAttributeRow parameter_attributes[] = {
  SG_ATTRIBUTE("shape", SHAPE, shape, SG_RANGE(0, 1, INT32_MAX), SG_REQUIRED),
  SG_ATTRIBUTE("initial", REAL, initial, SG_RANGE(0, -1e6, 1e6)),
};
static const SgAttributeRow constant_attributes[] = {
  SG_ATTRIBUTE("shape", SHAPE, shape, SG_RANGE(0, 1, INT32_MAX), SG_REQUIRED),
  SG_ATTRIBUTE("values", VALUES, values, SG_RANGE(0, 0, 0), SG_REQUIRED),
};

const SgOp sg_op_input = {
  .id = "input",
  .flags = SG_OP_LEAF,
  .attributes = input_attributes,
  .n_attributes = SG_COUNT(input_attributes),
  .setup = set_up_input,
};

const SgOp sg_op_parameter = {
  .id = "parameter",
  .flags = SG_OP_LEAF,
  .attributes = parameter_attributes,
  .n_attributes = SG_COUNT(parameter_attributes),
  .setup = set_up_parameter,
};

const SgOp sg_op_constant = {
  .id = "constant",
  .flags = SG_OP_LEAF,
  .attributes = constant_attributes,
  .n_attributes = SG_COUNT(constant_attributes),
  .setup = set_up_constant,
};
