/* upsample_1d of [batch, channels, length] and upsample_2d of [batch, channels, height, width] by whole
 * factors: nearest, or linear between the centres of the elements (PyTorch's align_corners = False). */
#include "core/nn/op.h"
#include "core/nn/ops/all.h"
#include "core/nn/ops/rows.h"

typedef struct {
  size_t n_planes, height, width, factor_h, factor_w;
} Sizes;

static Sizes
sizes_of(const SgNode *node, const SgShape *input)
{
  bool is_2d = node->op->n_spatial == 2;
  const SgAttributes *attributes = &node->attributes;
  return (Sizes){ .n_planes = (size_t)sg_shape_product(input, 0, 2),
                  .height = is_2d ? (size_t)input->dims[2] : 1,
                  .width = (size_t)input->dims[input->n_dims - 1],
                  .factor_h = is_2d ? (size_t)attributes->factor[0] : 1,
                  .factor_w = (size_t)attributes->factor[is_2d ? 1 : 0] };
}

static SgStatus
set_up(SgOpSetup *setup)
{
  int n_spatial = setup->node->op->n_spatial;
  setup->output = setup->inputs[0];
  if (setup->output.n_dims != n_spatial + 2)
    return sg_op_fail(setup, "expects %d dimensions, got %d", n_spatial + 2, setup->output.n_dims);
  for (int i = 0; i < n_spatial; i++)
    setup->output.dims[2 + i] *= setup->node->attributes.factor[i];
  return SG_OK;
}

/* Output element `at` lies between `low` and `high`, with `weight` on high. */
typedef struct {
  size_t low, high;
  double weight;
} Place;

static Place
place_of(size_t at, size_t factor, size_t n, bool is_linear)
{
  if (!is_linear)
    return (Place){ .low = at / factor, .high = at / factor };
  double centre = ((double)at + 0.5) / (double)factor - 0.5;
  centre = centre < 0.0 ? 0.0 : centre;
  size_t low = (size_t)centre;
  return (Place){ .low = low, .high = low + 1 < n ? low + 1 : low, .weight = centre - (double)low };
}

static void
forward(const SgKernel *kernel, const SgPart *part)
{
  Sizes s = sizes_of(kernel->node, &kernel->input_shapes[0]);
  size_t rows = s.height * s.factor_h, columns = s.width * s.factor_w, begin, end;
  bool is_linear = kernel->node->attributes.linear;
  sg_part_range(part, s.n_planes * rows, 1, &begin, &end);
  for (size_t line = begin; line < end; line++) {
    Place v = place_of(line % rows, s.factor_h, s.height, is_linear);
    const float *plane = kernel->inputs[0] + line / rows * s.height * s.width;
    const float *low = plane + v.low * s.width, *high = plane + v.high * s.width;
    float *out = kernel->output + line * columns, weight = (float)v.weight;
    for (size_t column = 0; column < columns; column++) {
      Place h = place_of(column, s.factor_w, s.width, is_linear);
      float share = (float)h.weight;
      float above = low[h.low] + share * (low[h.high] - low[h.low]);
      float below = high[h.low] + share * (high[h.high] - high[h.low]);
      out[column] = above + weight * (below - above);
    }
  }
}

/* Whole planes, for neighbouring lines add to the same input. */
static void
backward(const SgKernel *kernel, const SgPart *part)
{
  Sizes s = sizes_of(kernel->node, &kernel->input_shapes[0]);
  size_t rows = s.height * s.factor_h, columns = s.width * s.factor_w, begin, end;
  bool is_linear = kernel->node->attributes.linear;
  sg_part_range(part, s.n_planes, 1, &begin, &end);
  float *dx = kernel->input_gradients[0];
  if (!kernel->accumulates[0])
    sg_fill_floats(dx + begin * s.height * s.width, (end - begin) * s.height * s.width, 0.0f);
  for (size_t line = begin * rows; line < end * rows; line++) {
    Place v = place_of(line % rows, s.factor_h, s.height, is_linear);
    float *plane = dx + line / rows * s.height * s.width, weight = (float)v.weight;
    float *low = plane + v.low * s.width, *high = plane + v.high * s.width;
    const float *dy = kernel->output_gradient + line * columns;
    for (size_t column = 0; column < columns; column++) {
      Place h = place_of(column, s.factor_w, s.width, is_linear);
      float share = (float)h.weight;
      low[h.low] += (1.0f - weight) * (1.0f - share) * dy[column];
      low[h.high] += (1.0f - weight) * share * dy[column];
      high[h.low] += weight * (1.0f - share) * dy[column];
      high[h.high] += weight * share * dy[column];
    }
  }
}

static void
reference(const SgReferenceCall *call)
{
  Sizes s = sizes_of(call->node, &call->input_shapes[0]);
  size_t rows = s.height * s.factor_h, columns = s.width * s.factor_w;
  for (size_t i = 0; i < s.n_planes * rows * columns; i++) {
    Place h = place_of(i % columns, s.factor_w, s.width, call->node->attributes.linear);
    Place v = place_of(i / columns % rows, s.factor_h, s.height, call->node->attributes.linear);
    const double *plane = call->inputs[0] + i / columns / rows * s.height * s.width;
    call->output[i] = (1 - v.weight) * (1 - h.weight) * plane[v.low * s.width + h.low] +
                      (1 - v.weight) * h.weight * plane[v.low * s.width + h.high] +
                      v.weight * (1 - h.weight) * plane[v.high * s.width + h.low] +
                      v.weight * h.weight * plane[v.high * s.width + h.high];
  }
}

static const SgAttributeRow attributes[] = {
  SG_ATTRIBUTE("factor", PAIR, factor, SG_RANGE(0, 1, 4096), SG_REQUIRED),
  SG_ATTRIBUTE("linear", TRUTH, linear),
};

#define UPSAMPLE(NAME, N_SPATIAL)                                                                            \
  const SgOp sg_op_##NAME = { .id = #NAME,                                                                   \
                              .min_inputs = 1,                                                               \
                              .max_inputs = 1,                                                               \
                              .n_spatial = N_SPATIAL,                                                        \
                              .attributes = attributes,                                                      \
                              .n_attributes = SG_COUNT(attributes),                                          \
                              .setup = set_up,                                                               \
                              .forward = forward,                                                            \
                              .backward = backward,                                                          \
                              .reference = reference };

UPSAMPLE(upsample_1d, 1)
UPSAMPLE(upsample_2d, 2)
