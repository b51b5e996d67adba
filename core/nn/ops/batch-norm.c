/* batch_norm: every channel of `axis` to mean 0 and variance 1, then scaled and shifted (Ioffe and Szegedy
 * 2015), with PyTorch's conventions: statistics of the batch in training (variance over N), running ones in
 * evaluation; running ← (1 − momentum)·running + momentum·batch's, its variance over N − 1; ε inside the
 * root.
 *
 * x is seen as [outer, channels, inner]. */
#include <math.h>

#include "core/nn/op.h"
#include "core/nn/ops/all.h"
#include "core/nn/ops/rows.h"
#include "core/nn/vectorised.h"

/* Channels side by side, and rows summed in float before they go into double. */
enum { LANES = 256, ROWS = 64 };

/* Places in weights[]. */
typedef struct {
  size_t mean, variance, scale, shift;
} Places;

static Places
places_of(const SgNode *node)
{
  return node->attributes.no_affine ? (Places){ .mean = 0, .variance = 1 }
                                    : (Places){ .scale = 0, .shift = 1, .mean = 2, .variance = 3 };
}

static SgStatus
set_up(SgOpSetup *setup)
{
  setup->output = setup->inputs[0];
  int axis = sg_op_axis(setup->node->attributes.axis, setup->output.n_dims);
  if (axis < 0)
    return sg_op_fail(setup, "axis %lld of a tensor with %d dimensions",
                      (long long)setup->node->attributes.axis, setup->output.n_dims);
  SgShape channels = SG_SHAPE(setup->output.dims[axis]);
  if (!setup->node->attributes.no_affine) {
    sg_op_weight(setup, ".weight", channels, 0.0, 1.0);
    sg_op_weight(setup, ".bias", channels, 0.0, 0.0);
  }
  sg_op_state(setup, ".running_mean", channels, 0.0);
  sg_op_state(setup, ".running_var", channels, 1.0);
  setup->saved = 2 * (size_t)channels.dims[0];           /* mean, 1/σ */
  setup->shared_backward = 2 * (size_t)channels.dims[0]; /* Σ dy, Σ dy·(x − mean) */
  return SG_OK;
}

/* Σ (x − pivot) and Σ (x − pivot)² of `width` ≤ LANES neighbouring channels over rows `stride` apart; the
 * pivot, the first row, keeps the difference of squares from cancelling. */
SG_VECTORISED static void
moments_of_columns(const float *x, size_t n_rows, size_t stride, size_t width, double *out_sum,
                   double *out_squares)
{
  for (size_t lane = 0; lane < width; lane++)
    out_sum[lane] = out_squares[lane] = 0.0;
  for (size_t top = 0; top < n_rows; top += ROWS) {
    float sum[LANES] = { 0 }, squares[LANES] = { 0 };
    size_t bottom = n_rows - top < ROWS ? n_rows : top + ROWS;
    for (size_t row = top; row < bottom; row++)
      for (size_t lane = 0; lane < width; lane++) {
        float d = x[row * stride + lane] - x[lane];
        sum[lane] += d;
        squares[lane] += d * d;
      }
    for (size_t lane = 0; lane < width; lane++) {
      out_sum[lane] += (double)sum[lane];
      out_squares[lane] += (double)squares[lane];
    }
  }
}

SG_VECTORISED static void
add_moments_of_run(const float *x, size_t n, float pivot, double *sum, double *squares)
{
  enum { SIDE = 16, BLOCK = 1024 };
  for (size_t first = 0; first < n; first += BLOCK) {
    size_t end = n - first < BLOCK ? n : first + BLOCK, i = first;
    float s[SIDE] = { 0 }, q[SIDE] = { 0 };
    for (; i + SIDE <= end; i += SIDE)
      for (size_t lane = 0; lane < SIDE; lane++) {
        float d = x[i + lane] - pivot;
        s[lane] += d;
        q[lane] += d * d;
      }
    for (; i < end; i++) {
      float d = x[i] - pivot;
      s[0] += d;
      q[0] += d * d;
    }
    for (size_t lane = 0; lane < SIDE; lane++) {
      *sum += (double)s[lane];
      *squares += (double)q[lane];
    }
  }
}

/* Keeps mean and 1/σ of channel c, and lets the running statistics follow. */
static void
keep_statistics(const SgKernel *kernel, SgAxisView s, size_t c, double pivot, double sum, double squares)
{
  const SgAttributes *attributes = &kernel->node->attributes;
  Places places = places_of(kernel->node);
  double n = (double)(s.n_outer * s.n_inner), offset = sum / n;
  double variance = fmax(squares / n - offset * offset, 0.0), mean = pivot + offset;
  kernel->saved[c] = (float)mean;
  kernel->saved[s.n + c] = (float)(1.0 / sqrt(variance + attributes->epsilon));
  float *running_mean = kernel->states[places.mean], *running_variance = kernel->states[places.variance];
  double m = attributes->momentum, unbiased = n > 1.0 ? variance * n / (n - 1.0) : variance;
  running_mean[c] = (float)((1.0 - m) * (double)running_mean[c] + m * mean);
  running_variance[c] = (float)((1.0 - m) * (double)running_variance[c] + m * unbiased);
}

static void
gather_statistics(const SgKernel *kernel, SgAxisView s, size_t begin, size_t end)
{
  const float *x = kernel->inputs[0];
  double sum[LANES], squares[LANES];
  for (size_t c = begin; c < end && s.n_inner == 1; c += LANES) {
    size_t width = sg_min_size(LANES, end - c);
    moments_of_columns(x + c, s.n_outer, s.n, width, sum, squares);
    for (size_t lane = 0; lane < width; lane++)
      keep_statistics(kernel, s, c + lane, (double)x[c + lane], sum[lane], squares[lane]);
  }
  for (size_t c = begin; c < end && s.n_inner > 1; c++) {
    float pivot = x[c * s.n_inner];
    sum[0] = squares[0] = 0.0;
    for (size_t outer = 0; outer < s.n_outer; outer++)
      add_moments_of_run(x + (outer * s.n + c) * s.n_inner, s.n_inner, pivot, sum, squares);
    keep_statistics(kernel, s, c, (double)pivot, sum[0], squares[0]);
  }
}

static void
take_running_statistics(const SgKernel *kernel, SgAxisView s, size_t begin, size_t end)
{
  Places places = places_of(kernel->node);
  for (size_t c = begin; c < end; c++) {
    kernel->saved[c] = kernel->weights[places.mean][c];
    kernel->saved[s.n + c] =
        (float)(1.0 / sqrt((double)kernel->weights[places.variance][c] + kernel->node->attributes.epsilon));
  }
}

/* y = (x − mean)·scale + shift, along channels or along one channel's run. */
SG_VECTORISED static void
normalise_row(const float *x, float *y, size_t n, const float *mean, const float *inverse,
              const float *weight, const float *bias)
{
#pragma GCC ivdep
  for (size_t i = 0; i < n; i++)
    y[i] = (x[i] - mean[i]) * (inverse[i] * (weight != NULL ? weight[i] : 1.0f)) +
           (bias != NULL ? bias[i] : 0.0f);
}

SG_VECTORISED static void
normalise_run(const float *x, float *y, size_t n, float mean, float scale, float shift)
{
#pragma GCC ivdep
  for (size_t i = 0; i < n; i++)
    y[i] = (x[i] - mean) * scale + shift;
}

static void
apply(const SgKernel *kernel, const SgPart *part, SgAxisView s)
{
  bool affine = !kernel->node->attributes.no_affine;
  const float *mean = kernel->saved, *inverse = kernel->saved + s.n;
  const float *weight = affine ? kernel->weights[0] : NULL, *bias = affine ? kernel->weights[1] : NULL;
  size_t begin, end;
  sg_part_range(part, s.n_inner == 1 ? s.n_outer : s.n_outer * s.n, 1, &begin, &end);
  for (size_t i = begin; i < end; i++)
    if (s.n_inner == 1) {
      normalise_row(kernel->inputs[0] + i * s.n, kernel->output + i * s.n, s.n, mean, inverse, weight, bias);
    } else {
      size_t c = i % s.n;
      normalise_run(kernel->inputs[0] + i * s.n_inner, kernel->output + i * s.n_inner, s.n_inner, mean[c],
                    inverse[c] * (affine ? weight[c] : 1.0f), affine ? bias[c] : 0.0f);
    }
}

static void
forward(const SgKernel *kernel, const SgPart *part)
{
  SgAxisView s = sg_op_axis_view(kernel->node, &kernel->output_shape);
  size_t begin, end;
  sg_part_range(part, s.n, s.n_inner == 1 ? 16 : 1, &begin, &end);
  if (kernel->training)
    gather_statistics(kernel, s, begin, end);
  else
    take_running_statistics(kernel, s, begin, end);
  sg_team_barrier(part->team);
  apply(kernel, part, s);
}

/* Σ dy and Σ dy·(x − mean) of neighbouring channels. */
SG_VECTORISED static void
sums_of_columns(const float *x, const float *dy, const float *mean, size_t n_rows, size_t stride,
                size_t width, float *out_sum, float *out_dot)
{
  double total[LANES] = { 0 }, total_dot[LANES] = { 0 };
  for (size_t top = 0; top < n_rows; top += ROWS) {
    float sum[LANES] = { 0 }, dot[LANES] = { 0 };
    size_t bottom = n_rows - top < ROWS ? n_rows : top + ROWS;
    for (size_t row = top; row < bottom; row++)
      for (size_t lane = 0; lane < width; lane++) {
        sum[lane] += dy[row * stride + lane];
        dot[lane] += dy[row * stride + lane] * (x[row * stride + lane] - mean[lane]);
      }
    for (size_t lane = 0; lane < width; lane++) {
      total[lane] += (double)sum[lane];
      total_dot[lane] += (double)dot[lane];
    }
  }
  for (size_t lane = 0; lane < width; lane++) {
    out_sum[lane] = (float)total[lane];
    out_dot[lane] = (float)total_dot[lane];
  }
}

SG_VECTORISED static void
add_sums_of_run(const float *x, const float *dy, size_t n, float mean, double *sum, double *dot)
{
  enum { SIDE = 16, BLOCK = 1024 };
  for (size_t first = 0; first < n; first += BLOCK) {
    size_t end = n - first < BLOCK ? n : first + BLOCK, i = first;
    float s[SIDE] = { 0 }, d[SIDE] = { 0 };
    for (; i + SIDE <= end; i += SIDE)
      for (size_t lane = 0; lane < SIDE; lane++) {
        s[lane] += dy[i + lane];
        d[lane] += dy[i + lane] * (x[i + lane] - mean);
      }
    for (; i < end; i++) {
      s[0] += dy[i];
      d[0] += dy[i] * (x[i] - mean);
    }
    for (size_t lane = 0; lane < SIDE; lane++) {
      *sum += (double)s[lane];
      *dot += (double)d[lane];
    }
  }
}

static void
gather_gradients(const SgKernel *kernel, SgAxisView s, size_t begin, size_t end)
{
  const float *x = kernel->inputs[0], *dy = kernel->output_gradient, *mean = kernel->saved;
  float *sum = kernel->shared, *dot = kernel->shared + s.n;
  for (size_t c = begin; c < end && s.n_inner == 1; c += LANES)
    sums_of_columns(x + c, dy + c, mean + c, s.n_outer, s.n, sg_min_size(LANES, end - c), sum + c, dot + c);
  for (size_t c = begin; c < end && s.n_inner > 1; c++) {
    double of_sum = 0.0, of_dot = 0.0;
    for (size_t outer = 0; outer < s.n_outer; outer++) {
      size_t at = (outer * s.n + c) * s.n_inner;
      add_sums_of_run(x + at, dy + at, s.n_inner, mean[c], &of_sum, &of_dot);
    }
    sum[c] = (float)of_sum;
    dot[c] = (float)of_dot;
  }
  for (size_t c = begin; c < end && !kernel->node->attributes.no_affine; c++) {
    kernel->weight_gradients[0][c] += dot[c] * kernel->saved[s.n + c];
    kernel->weight_gradients[1][c] += sum[c];
  }
}

/* dx (+)= γ/σ · (dy − Σdy/N − (x − mean)/σ² · Σdy·(x − mean)/N); the two means are 0 in evaluation. */
SG_VECTORISED static void
pull_back(const float *x, const float *dy, float *dx, size_t n, float mean, float scale, float sum, float dot,
          bool add)
{
#pragma GCC ivdep
  for (size_t i = 0; i < n; i++) {
    float gradient = scale * (dy[i] - sum - (x[i] - mean) * dot);
    dx[i] = add ? dx[i] + gradient : gradient;
  }
}

SG_VECTORISED static void
pull_back_row(const float *x, const float *dy, float *dx, size_t n, const float *mean, const float *inverse,
              const float *weight, const float *sum, const float *dot, float share, bool add)
{
#pragma GCC ivdep
  for (size_t i = 0; i < n; i++) {
    float scale = inverse[i] * (weight != NULL ? weight[i] : 1.0f);
    float centred = (x[i] - mean[i]) * inverse[i] * inverse[i];
    float gradient = scale * (dy[i] - (sum[i] + centred * dot[i]) * share);
    dx[i] = add ? dx[i] + gradient : gradient;
  }
}

static void
backward(const SgKernel *kernel, const SgPart *part)
{
  SgAxisView s = sg_op_axis_view(kernel->node, &kernel->output_shape);
  size_t begin, end;
  sg_part_range(part, s.n, s.n_inner == 1 ? 16 : 1, &begin, &end);
  gather_gradients(kernel, s, begin, end);
  sg_team_barrier(part->team);
  if (kernel->input_gradients[0] == NULL)
    return;
  const float *mean = kernel->saved, *inverse = kernel->saved + s.n;
  const float *weight = kernel->node->attributes.no_affine ? NULL : kernel->weights[0];
  const float *sum = kernel->shared, *dot = kernel->shared + s.n;
  float share = kernel->training ? 1.0f / (float)(s.n_outer * s.n_inner) : 0.0f;
  sg_part_range(part, s.n_inner == 1 ? s.n_outer : s.n_outer * s.n, 1, &begin, &end);
  for (size_t i = begin; i < end; i++) {
    size_t at = i * (s.n_inner == 1 ? s.n : s.n_inner), c = i % s.n;
    const float *x = kernel->inputs[0] + at, *dy = kernel->output_gradient + at;
    float *dx = kernel->input_gradients[0] + at;
    if (s.n_inner == 1)
      pull_back_row(x, dy, dx, s.n, mean, inverse, weight, sum, dot, share, kernel->accumulates[0]);
    else
      pull_back(x, dy, dx, s.n_inner, mean[c], inverse[c] * (weight != NULL ? weight[c] : 1.0f),
                sum[c] * share, dot[c] * share * inverse[c] * inverse[c], kernel->accumulates[0]);
  }
}

static void
reference(const SgReferenceCall *call)
{
  const SgAttributes *a = &call->node->attributes;
  SgAxisView s = sg_op_axis_view(call->node, &call->output_shape);
  Places places = places_of(call->node);
  double n = (double)(s.n_outer * s.n_inner);
  for (size_t c = 0; c < s.n; c++) {
    double mean = 0.0, variance = 0.0;
    for (size_t i = 0; i < s.n_outer * s.n_inner; i++)
      mean += call->inputs[0][(i / s.n_inner * s.n + c) * s.n_inner + i % s.n_inner] / n;
    for (size_t i = 0; i < s.n_outer * s.n_inner; i++) {
      double d = call->inputs[0][(i / s.n_inner * s.n + c) * s.n_inner + i % s.n_inner] - mean;
      variance += d * d / n;
    }
    double *running_mean = call->states[places.mean], *running_variance = call->states[places.variance];
    if (call->training) {
      running_mean[c] = (1.0 - a->momentum) * running_mean[c] + a->momentum * mean;
      running_variance[c] = (1.0 - a->momentum) * running_variance[c] +
                            a->momentum * variance * (n > 1.0 ? n / (n - 1.0) : 1.0);
    } else {
      mean = running_mean[c];
      variance = running_variance[c];
    }
    for (size_t i = 0; i < s.n_outer * s.n_inner; i++) {
      size_t at = (i / s.n_inner * s.n + c) * s.n_inner + i % s.n_inner;
      double normal = (call->inputs[0][at] - mean) / sqrt(variance + a->epsilon);
      call->output[at] = a->no_affine ? normal : normal * call->weights[0][c] + call->weights[1][c];
    }
  }
}

static const SgAttributeRow attributes[] = {
  SG_ATTRIBUTE("axis", INTEGER, axis, SG_RANGE(1, -SG_MAX_DIMS, SG_MAX_DIMS - 1)),
  SG_ATTRIBUTE("epsilon", REAL, epsilon, SG_RANGE(1e-5, 1e-12, 1.0)),
  SG_ATTRIBUTE("momentum", REAL, momentum, SG_RANGE(0.1, 1e-6, 1.0)),
  SG_ATTRIBUTE("affine", UNTRUTH, no_affine),
};

const SgOp sg_op_batch_norm = {
  .id = "batch_norm",
  .flags = SG_OP_KEEPS_INPUTS | SG_OP_IN_PLACE | SG_OP_GRADIENT_IN_PLACE,
  .min_inputs = 1,
  .max_inputs = 1,
  .attributes = attributes,
  .n_attributes = SG_COUNT(attributes),
  .setup = set_up,
  .forward = forward,
  .backward = backward,
  .reference = reference,
};
