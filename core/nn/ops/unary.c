/* Functions of one element. Each has a forward kernel y = f(x), a backward kernel dx (+)= dy · f'(x), written
 * with x or with y as is cheaper, and its definition in double. a and b are the operation's numbers. */
#include <math.h>

#include "core/nn/op.h"
#include "core/nn/ops/all.h"
#include "core/nn/ops/rows.h"
#include "core/nn/vector-math.h"

enum { GRAIN = 1024 };

typedef struct {
  void (*forward)(const float *x, float *y, size_t n, float a, float b);
  void (*backward)(const float *x, const float *y, const float *dy, float *dx, size_t n, float a, float b);
  void (*add_backward)(const float *x, const float *y, const float *dy, float *dx, size_t n, float a,
                       float b);
  double (*reference)(double x, double a, double b);
  size_t offset_a, offset_b; /* of the numbers in SgAttributes */
} Unary;

/* Elements are independent, so x, y, dy and dx may be the same memory, but nothing else may overlap. */
#define UNARY_KERNELS(NAME, CLONES, FORWARD, SLOPE)                                                          \
  CLONES static void NAME##_forward(const float *x_in, float *y_out, size_t n, float a, float b)             \
  {                                                                                                          \
    _Pragma("GCC ivdep") for (size_t i = 0; i < n; i++)                                                      \
    {                                                                                                        \
      float x = x_in[i];                                                                                     \
      y_out[i] = (FORWARD);                                                                                  \
    }                                                                                                        \
  }                                                                                                          \
  CLONES static void NAME##_backward(const float *x_in, const float *y_in, const float *dy, float *dx,       \
                                     size_t n, float a, float b)                                             \
  {                                                                                                          \
    _Pragma("GCC ivdep") for (size_t i = 0; i < n; i++)                                                      \
    {                                                                                                        \
      float x = x_in[i], y = y_in[i];                                                                        \
      (void)x, (void)y;                                                                                      \
      dx[i] = dy[i] * (SLOPE);                                                                               \
    }                                                                                                        \
  }                                                                                                          \
  CLONES static void NAME##_add_backward(const float *x_in, const float *y_in, const float *dy, float *dx,   \
                                         size_t n, float a, float b)                                         \
  {                                                                                                          \
    _Pragma("GCC ivdep") for (size_t i = 0; i < n; i++)                                                      \
    {                                                                                                        \
      float x = x_in[i], y = y_in[i];                                                                        \
      (void)x, (void)y;                                                                                      \
      dx[i] += dy[i] * (SLOPE);                                                                              \
    }                                                                                                        \
  }

UNARY_KERNELS(relu, SG_VECTORISED, x<0.0f ? 0.0f : x, y> 0.0f ? 1.0f : 0.0f)
UNARY_KERNELS(leaky_relu, SG_VECTORISED, x<0.0f ? a * x : x, y> 0.0f ? 1.0f : a)
UNARY_KERNELS(elu, SG_VECTORISED, x > 0.0f ? x : a * (sg_vector_exp(x) - 1.0f), y > 0.0f ? 1.0f : y + a)
UNARY_KERNELS(tanh, SG_VECTORISED, sg_vector_tanh(x), 1.0f - y * y)
UNARY_KERNELS(sigmoid, SG_VECTORISED, sg_vector_logistic(x), y *(1.0f - y))
UNARY_KERNELS(softplus, , (x > 0.0f ? x : 0.0f) + log1pf(expf(-fabsf(x))), sg_vector_logistic(x))
UNARY_KERNELS(abs, SG_VECTORISED, x<0.0f ? -x : x, x> 0.0f ? 1.0f : x < 0.0f ? -1.0f : 0.0f)
UNARY_KERNELS(square, SG_VECTORISED, x *x, 2.0f * x)
UNARY_KERNELS(sqrt, SG_VECTORISED, sqrtf(x), 0.5f / y)
UNARY_KERNELS(log, , logf(x), 1.0f / x)
UNARY_KERNELS(exp, SG_VECTORISED, sg_vector_exp(x), y)
UNARY_KERNELS(clamp, SG_VECTORISED, x<a ? a : x> b ? b : x, x<a || x> b ? 0.0f : 1.0f)
UNARY_KERNELS(scale, SG_VECTORISED, a *x + b, a)

/* Φ(x) and its slope; exact and the form by tanh of Hendrycks and Gimpel (2016). */
#define SQRT_HALF 0.70710678f
#define DENSITY 0.39894228f
UNARY_KERNELS(gelu, , 0.5f * x * (1.0f + erff(x * SQRT_HALF)),
              0.5f * (1.0f + erff(x * SQRT_HALF)) + x * DENSITY * sg_vector_exp(-0.5f * x * x))

SG_INLINE float
gelu_inner(float x)
{
  return sg_vector_tanh(0.79788456f * (x + 0.044715f * x * x * x));
}

SG_INLINE float
gelu_tanh_slope(float x)
{
  float t = gelu_inner(x);
  return 0.5f * (1.0f + t) + 0.5f * x * (1.0f - t * t) * 0.79788456f * (1.0f + 3.0f * 0.044715f * x * x);
}

UNARY_KERNELS(gelu_tanh, SG_VECTORISED, 0.5f * x * (1.0f + gelu_inner(x)), gelu_tanh_slope(x))

#define DEFINITION(NAME, VALUE)                                                                              \
  static double NAME##_definition(double x, double a, double b)                                              \
  {                                                                                                          \
    return (VALUE);                                                                                          \
  }

DEFINITION(relu, x > 0.0 ? x : 0.0)
DEFINITION(leaky_relu, x > 0.0 ? x : a * x)
DEFINITION(elu, x > 0.0 ? x : a * expm1(x))
DEFINITION(tanh, tanh(x))
DEFINITION(sigmoid, 1.0 / (1.0 + exp(-x)))
DEFINITION(softplus, x > 0.0 ? x + log1p(exp(-x)) : log1p(exp(x)))
DEFINITION(abs, fabs(x))
DEFINITION(square, x *x)
DEFINITION(sqrt, sqrt(x))
DEFINITION(log, log(x))
DEFINITION(exp, exp(x))
DEFINITION(clamp, fmin(fmax(x, a), b))
DEFINITION(scale, a *x + b)
DEFINITION(gelu, 0.5 * x * (1.0 + erf(x * M_SQRT1_2)))
DEFINITION(gelu_tanh, 0.5 * x * (1.0 + tanh(sqrt(2.0 / M_PI) * (x + 0.044715 * x * x * x))))

static SgStatus
set_up(SgOpSetup *setup)
{
  setup->output = setup->inputs[0];
  return SG_OK;
}

static SgStatus
set_up_clamp(SgOpSetup *setup)
{
  const SgAttributes *attributes = &setup->node->attributes;
  if (!(attributes->minimum < attributes->maximum))
    return sg_op_fail(setup, "minimum %g is not below maximum %g", attributes->minimum, attributes->maximum);
  return set_up(setup);
}

static double
number(const SgNode *node, size_t offset)
{
  return *(const double *)((const char *)&node->attributes + offset);
}

static void
forward(const SgKernel *kernel, const SgPart *part)
{
  const Unary *unary = kernel->node->op->family;
  size_t begin, end;
  sg_part_range(part, (size_t)sg_shape_count(&kernel->output_shape), GRAIN, &begin, &end);
  unary->forward(kernel->inputs[0] + begin, kernel->output + begin, end - begin,
                 (float)number(kernel->node, unary->offset_a), (float)number(kernel->node, unary->offset_b));
}

static void
backward(const SgKernel *kernel, const SgPart *part)
{
  const SgOp *op = kernel->node->op;
  const Unary *unary = op->family;
  size_t begin, end;
  sg_part_range(part, (size_t)sg_shape_count(&kernel->output_shape), GRAIN, &begin, &end);
  float *dx = kernel->input_gradients[0] + begin;
  const float *dy = kernel->output_gradient + begin;
  /* What the operation does not keep is gone: the kernel ignores what it reads there. */
  const float *x = (op->flags & SG_OP_KEEPS_INPUTS) != 0 ? kernel->inputs[0] + begin : dy;
  const float *y = (op->flags & SG_OP_KEEPS_OUTPUT) != 0 ? kernel->output + begin : dy;
  float a = (float)number(kernel->node, unary->offset_a), b = (float)number(kernel->node, unary->offset_b);
  (kernel->accumulates[0] ? unary->add_backward : unary->backward)(x, y, dy, dx, end - begin, a, b);
}

static void
reference(const SgReferenceCall *call)
{
  const Unary *unary = call->node->op->family;
  double a = number(call->node, unary->offset_a), b = number(call->node, unary->offset_b);
  for (int64_t i = 0; i < sg_shape_count(&call->output_shape); i++)
    call->output[i] = unary->reference(call->inputs[0][i], a, b);
}

static const SgAttributeRow slope_attributes[] = { SG_ATTRIBUTE("slope", REAL, slope,
                                                                SG_RANGE(0.01, 1e-9, 1.0)) };
static const SgAttributeRow elu_attributes[] = { SG_ATTRIBUTE("alpha", REAL, slope,
                                                              SG_RANGE(1.0, 1e-9, 1e6)) };
static const SgAttributeRow clamp_attributes[] = {
  SG_ATTRIBUTE("minimum", REAL, minimum, SG_RANGE(0, -1e30, 1e30)),
  SG_ATTRIBUTE("maximum", REAL, maximum, SG_RANGE(0, -1e30, 1e30)),
};
static const SgAttributeRow scale_attributes[] = {
  SG_ATTRIBUTE("multiplier", REAL, multiplier, SG_RANGE(1.0, -1e30, 1e30)),
  SG_ATTRIBUTE("addend", REAL, addend, SG_RANGE(0, -1e30, 1e30)),
};

#define UNARY(NAME, KEEPS, FIELD_A, FIELD_B, ATTRIBUTES, N_ATTRIBUTES, SETUP)                                \
  static const Unary NAME##_unary = { .forward = NAME##_forward,                                             \
                                      .backward = NAME##_backward,                                           \
                                      .add_backward = NAME##_add_backward,                                   \
                                      .reference = NAME##_definition,                                        \
                                      .offset_a = offsetof(SgAttributes, FIELD_A),                           \
                                      .offset_b = offsetof(SgAttributes, FIELD_B) };                         \
  const SgOp sg_op_##NAME = { .id = #NAME,                                                                   \
                              .flags = (KEEPS) | SG_OP_IN_PLACE | SG_OP_GRADIENT_IN_PLACE,                   \
                              .min_inputs = 1,                                                               \
                              .max_inputs = 1,                                                               \
                              .attributes = ATTRIBUTES,                                                      \
                              .n_attributes = N_ATTRIBUTES,                                                  \
                              .setup = SETUP,                                                                \
                              .forward = forward,                                                            \
                              .backward = backward,                                                          \
                              .reference = reference,                                                        \
                              .family = &NAME##_unary };

UNARY(relu, SG_OP_KEEPS_OUTPUT, slope, slope, NULL, 0, set_up)
UNARY(leaky_relu, SG_OP_KEEPS_OUTPUT, slope, slope, slope_attributes, 1, set_up)
UNARY(elu, SG_OP_KEEPS_OUTPUT, slope, slope, elu_attributes, 1, set_up)
UNARY(tanh, SG_OP_KEEPS_OUTPUT, slope, slope, NULL, 0, set_up)
UNARY(sigmoid, SG_OP_KEEPS_OUTPUT, slope, slope, NULL, 0, set_up)
UNARY(softplus, SG_OP_KEEPS_INPUTS, slope, slope, NULL, 0, set_up)
UNARY(gelu, SG_OP_KEEPS_INPUTS, slope, slope, NULL, 0, set_up)
UNARY(gelu_tanh, SG_OP_KEEPS_INPUTS, slope, slope, NULL, 0, set_up)
UNARY(abs, SG_OP_KEEPS_INPUTS, slope, slope, NULL, 0, set_up)
UNARY(square, SG_OP_KEEPS_INPUTS, slope, slope, NULL, 0, set_up)
UNARY(sqrt, SG_OP_KEEPS_OUTPUT, slope, slope, NULL, 0, set_up)
UNARY(log, SG_OP_KEEPS_INPUTS, slope, slope, NULL, 0, set_up)
UNARY(exp, SG_OP_KEEPS_OUTPUT, slope, slope, NULL, 0, set_up)
UNARY(clamp, SG_OP_KEEPS_INPUTS, minimum, maximum, clamp_attributes, 2, set_up_clamp)
UNARY(scale, 0, multiplier, addend, scale_attributes, 2, set_up)
