/* dropout: in training an element is zero with the given probability, else divided by what is left of 1.
 *
 * Whether element i is dropped is a hash of i and the node's seed of this step, so backward finds it again
 * without keeping anything, in any number of threads. */
#include "core/nn/op.h"
#include "core/nn/ops/all.h"
#include "core/nn/ops/rows.h"
#include "core/nn/vectorised.h"

enum { GRAIN = 1024 };

/* Wellons's "lowbias32" mixing of 32 bits. */
SG_INLINE uint32_t
mix(uint32_t x)
{
  x ^= x >> 16;
  x *= 0x7feb352du;
  x ^= x >> 15;
  x *= 0x846ca68bu;
  x ^= x >> 16;
  return x;
}

/* The hash lies below this when the element is dropped. */
static uint32_t
threshold_of(const SgNode *node)
{
  return (uint32_t)(node->attributes.probability * 0x1p32);
}

static SgStatus
set_up(SgOpSetup *setup)
{
  setup->output = setup->inputs[0];
  return SG_OK;
}

SG_VECTORISED static void
apply(const float *in, float *out, size_t first, size_t n, uint32_t seed, uint32_t threshold, float scale,
      bool add)
{
  uint32_t start = (uint32_t)first + seed;
#pragma GCC ivdep
  for (size_t i = 0; i < n; i++) {
    float kept = mix(start + (uint32_t)i) < threshold ? 0.0f : in[i] * scale;
    out[i] = add ? out[i] + kept : kept;
  }
}

static void
run(const SgKernel *kernel, const SgPart *part, const float *in, float *out, bool add)
{
  size_t begin, end;
  sg_part_range(part, (size_t)sg_shape_count(&kernel->output_shape), GRAIN, &begin, &end);
  if (kernel->training)
    apply(in + begin, out + begin, begin, end - begin, mix(kernel->seed), threshold_of(kernel->node),
          (float)(1.0 / (1.0 - kernel->node->attributes.probability)), add);
  else if (add)
    sg_add_floats(out + begin, in + begin, end - begin);
  else
    sg_copy_floats(out + begin, in + begin, end - begin);
}

static void
forward(const SgKernel *kernel, const SgPart *part)
{
  run(kernel, part, kernel->inputs[0], kernel->output, false);
}

static void
backward(const SgKernel *kernel, const SgPart *part)
{
  run(kernel, part, kernel->output_gradient, kernel->input_gradients[0], kernel->accumulates[0]);
}

static void
reference(const SgReferenceCall *call)
{
  double scale = 1.0 / (1.0 - call->node->attributes.probability);
  for (int64_t i = 0; i < sg_shape_count(&call->output_shape); i++) {
    bool is_dropped = call->training && mix((uint32_t)i + mix(call->seed)) < threshold_of(call->node);
    call->output[i] = is_dropped ? 0.0 : call->inputs[0][i] * (call->training ? scale : 1.0);
  }
}

static const SgAttributeRow attributes[] = {
  SG_ATTRIBUTE("probability", REAL, probability, SG_RANGE(0.5, 1e-6, 0.99)),
};

const SgOp sg_op_dropout = {
  .id = "dropout",
  .flags = SG_OP_IN_PLACE | SG_OP_GRADIENT_IN_PLACE,
  .min_inputs = 1,
  .max_inputs = 1,
  .attributes = attributes,
  .n_attributes = SG_COUNT(attributes),
  .setup = set_up,
  .forward = forward,
  .backward = backward,
  .reference = reference,
};
