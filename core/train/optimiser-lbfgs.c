#include "core/train/optimiser-lbfgs.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/train/gradient.h"

/* A pair is kept when sᵀy exceeds this share of ‖s‖‖y‖; less is rounding. */
static const double min_curvature = 1e-10;

struct SgLbfgs {
  SgLbfgsConfig config;
  size_t n_weights;
  unsigned n_pairs;  /* kept, ≤ history */
  unsigned newest;   /* slot of the newest pair when n_pairs > 0 */
  bool has_gradient; /* loss and gradient are those of the weights after the last step */
  double loss;
  float *s, *y;    /* [history][n_weights] */
  double *rho;     /* [history] 1/sᵀy */
  double *alpha;   /* [history] work */
  float *gradient; /* [n_weights] at the start of the step */
  float *trial_gradient;
  float *trial; /* [n_weights] w + αd */
  float *direction;
};

SgLbfgsConfig
sg_lbfgs_standard(void)
{
  return (SgLbfgsConfig){
    .history = 50, .max_evaluations = 25, .c1 = 1e-4, .c2 = 0.9, .gradient_tolerance = 1e-7
  };
}

uint64_t
sg_lbfgs_bytes(size_t n_weights, unsigned history)
{
  return (2 * (uint64_t)history + 4) * n_weights * sizeof(float);
}

SgStatus
sg_lbfgs_new(const SgLbfgsConfig *config, size_t n_weights, SgLbfgs **out_lbfgs, SgError *error)
{
  *out_lbfgs = NULL;
  if (config->history < 1)
    return sg_error_set(error, SG_BAD_ARGUMENT, NULL, "history");
  if (config->max_evaluations < 2)
    return sg_error_set(error, SG_BAD_ARGUMENT, NULL, "evaluations");
  if (!(config->c1 > 0.0 && config->c1 < config->c2 && config->c2 < 1.0))
    return sg_error_set(error, SG_BAD_ARGUMENT, NULL, "c1, c2");
  SgLbfgs *lbfgs = SG_NEW(SgLbfgs, 1);
  if (lbfgs == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  lbfgs->config = *config;
  lbfgs->n_weights = n_weights;
  bool fits = n_weights <= SIZE_MAX / sizeof(float) / config->history;
  lbfgs->s = fits ? SG_NEW(float, n_weights * config->history) : NULL;
  lbfgs->y = fits ? SG_NEW(float, n_weights * config->history) : NULL;
  lbfgs->rho = SG_NEW(double, config->history);
  lbfgs->alpha = SG_NEW(double, config->history);
  lbfgs->gradient = SG_NEW(float, n_weights);
  lbfgs->trial_gradient = SG_NEW(float, n_weights);
  lbfgs->trial = SG_NEW(float, n_weights);
  lbfgs->direction = SG_NEW(float, n_weights);
  if (lbfgs->s == NULL || lbfgs->y == NULL || lbfgs->rho == NULL || lbfgs->alpha == NULL ||
      lbfgs->gradient == NULL || lbfgs->trial_gradient == NULL || lbfgs->trial == NULL ||
      lbfgs->direction == NULL) {
    sg_lbfgs_free(lbfgs);
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  }
  *out_lbfgs = lbfgs;
  return SG_OK;
}

void
sg_lbfgs_free(SgLbfgs *lbfgs)
{
  if (lbfgs == NULL)
    return;
  sg_free(lbfgs->s);
  sg_free(lbfgs->y);
  sg_free(lbfgs->rho);
  sg_free(lbfgs->alpha);
  sg_free(lbfgs->gradient);
  sg_free(lbfgs->trial_gradient);
  sg_free(lbfgs->trial);
  sg_free(lbfgs->direction);
  sg_free(lbfgs);
}

void
sg_lbfgs_reset(SgLbfgs *lbfgs)
{
  lbfgs->n_pairs = 0;
  lbfgs->has_gradient = false;
}

/* y ← y + a·x */
static void
add_scaled(double a, const float *x, size_t n, float *y)
{
  for (size_t i = 0; i < n; i++)
    y[i] = (float)(y[i] + a * x[i]);
}

/* Slot of the pair that is `age` steps old, 0 the newest. */
static unsigned
slot_of(const SgLbfgs *lbfgs, unsigned age)
{
  return (lbfgs->newest + lbfgs->config.history - age) % lbfgs->config.history;
}

/* direction ← −H·gradient [Nocedal and Wright, alg. 7.4]. */
static void
compute_direction(SgLbfgs *lbfgs)
{
  const size_t n = lbfgs->n_weights;
  float *q = lbfgs->direction;
  for (size_t i = 0; i < n; i++)
    q[i] = -lbfgs->gradient[i];
  for (unsigned age = 0; age < lbfgs->n_pairs; age++) {
    unsigned slot = slot_of(lbfgs, age);
    lbfgs->alpha[slot] = lbfgs->rho[slot] * sg_dot(lbfgs->s + slot * n, q, n);
    add_scaled(-lbfgs->alpha[slot], lbfgs->y + slot * n, n, q);
  }
  if (lbfgs->n_pairs > 0) {
    const float *y = lbfgs->y + lbfgs->newest * n;
    double gamma = 1.0 / (lbfgs->rho[lbfgs->newest] * sg_dot(y, y, n));
    for (size_t i = 0; i < n; i++)
      q[i] = (float)(gamma * q[i]);
  }
  for (unsigned age = lbfgs->n_pairs; age-- > 0;) {
    unsigned slot = slot_of(lbfgs, age);
    double beta = lbfgs->rho[slot] * sg_dot(lbfgs->y + slot * n, q, n);
    add_scaled(lbfgs->alpha[slot] - beta, lbfgs->s + slot * n, n, q);
  }
}

/* A point on the line: φ and φ' at α. */
typedef struct {
  double alpha, loss, slope;
} LinePoint;

typedef struct {
  SgLbfgs *lbfgs;
  SgLossFunction loss;
  void *user;
  const float *weights; /* where the line starts */
  LinePoint start;
  LinePoint last; /* the point that trial and trial_gradient belong to */
  unsigned n_evaluations;
  SgError *error;
} Line;

static SgStatus
evaluate(Line *line, double alpha, LinePoint *out_point)
{
  SgLbfgs *lbfgs = line->lbfgs;
  for (size_t i = 0; i < lbfgs->n_weights; i++)
    lbfgs->trial[i] = (float)(line->weights[i] + alpha * lbfgs->direction[i]);
  double loss;
  line->n_evaluations++;
  SgStatus status = line->loss(lbfgs->trial, &loss, lbfgs->trial_gradient, line->user, line->error);
  if (status != SG_OK)
    return status;
  double slope = sg_dot(lbfgs->trial_gradient, lbfgs->direction, lbfgs->n_weights);
  bool finite = isfinite(loss) && isfinite(slope);
  *out_point = (LinePoint){ .alpha = alpha, .loss = finite ? loss : INFINITY, .slope = finite ? slope : 0.0 };
  line->last = *out_point;
  return SG_OK;
}

static bool
falls_enough(const Line *line, LinePoint point)
{
  return point.loss <= line->start.loss + line->lbfgs->config.c1 * point.alpha * line->start.slope;
}

static bool
is_flat_enough(const Line *line, LinePoint point)
{
  return fabs(point.slope) <= -line->lbfgs->config.c2 * line->start.slope;
}

static bool
is_wolfe(const Line *line, LinePoint point)
{
  return isfinite(point.loss) && falls_enough(line, point) && is_flat_enough(line, point);
}

/* The minimum of the cubic through two points with their slopes [eq. 3.59], at least a tenth of the bracket
 * away from its ends; the middle where there is none. */
static double
interpolate(LinePoint a, LinePoint b)
{
  double from = fmin(a.alpha, b.alpha), width = fabs(b.alpha - a.alpha);
  double d1 = a.slope + b.slope - 3.0 * (a.loss - b.loss) / (a.alpha - b.alpha);
  double square = d1 * d1 - a.slope * b.slope;
  if (!isfinite(square) || square < 0.0)
    return from + 0.5 * width;
  double d2 = copysign(sqrt(square), b.alpha - a.alpha);
  double alpha = b.alpha - (b.alpha - a.alpha) * (b.slope + d2 - d1) / (b.slope - a.slope + 2.0 * d2);
  if (!isfinite(alpha))
    return from + 0.5 * width;
  return fmin(fmax(alpha, from + 0.1 * width), from + 0.9 * width);
}

/* alg. 3.6: `low` falls enough and is the lowest such point so far; a good point lies between it and `high`.
 */
static SgStatus
zoom(Line *line, LinePoint low, LinePoint high, LinePoint *out_best)
{
  SgStatus status = SG_OK;
  LinePoint point = low;
  while (line->n_evaluations < line->lbfgs->config.max_evaluations) {
    status = evaluate(line, interpolate(low, high), &point);
    if (status != SG_OK)
      return status;
    if (!falls_enough(line, point) || point.loss >= low.loss) {
      high = point;
      continue;
    }
    if (is_flat_enough(line, point))
      break;
    if (point.slope * (high.alpha - low.alpha) >= 0.0)
      high = low;
    low = point;
  }
  *out_best = is_wolfe(line, point) ? point : low;
  return SG_OK;
}

/* alg. 3.5 from the step `alpha`. */
static SgStatus
search(Line *line, double alpha, LinePoint *out_best)
{
  LinePoint previous = line->start, point = line->start;
  *out_best = line->start;
  while (line->n_evaluations < line->lbfgs->config.max_evaluations) {
    SgStatus status = evaluate(line, alpha, &point);
    if (status != SG_OK)
      return status;
    if (!falls_enough(line, point) || (previous.alpha > 0.0 && point.loss >= previous.loss))
      return zoom(line, previous, point, out_best);
    if (is_flat_enough(line, point)) {
      *out_best = point;
      return SG_OK;
    }
    if (point.slope >= 0.0)
      return zoom(line, point, previous, out_best);
    *out_best = previous = point;
    alpha *= 2.0;
  }
  return SG_OK;
}

/* Keeps s = αd and y = g(w + αd) − g(w) as the newest pair. */
static void
remember(SgLbfgs *lbfgs, const float *weights)
{
  const size_t n = lbfgs->n_weights;
  unsigned slot = lbfgs->n_pairs > 0 ? (lbfgs->newest + 1) % lbfgs->config.history : 0;
  float *s = lbfgs->s + slot * n, *y = lbfgs->y + slot * n;
  /* The slot may hold the oldest pair: it is given up even when the new one is not kept. */
  if (lbfgs->n_pairs == lbfgs->config.history)
    lbfgs->n_pairs--;
  for (size_t i = 0; i < n; i++) {
    s[i] = lbfgs->trial[i] - weights[i];
    y[i] = lbfgs->trial_gradient[i] - lbfgs->gradient[i];
  }
  double sy = sg_dot(s, y, n);
  if (!(sy > min_curvature * sg_norm_l2(s, n) * sg_norm_l2(y, n)))
    return;
  lbfgs->rho[slot] = 1.0 / sy;
  lbfgs->newest = slot;
  lbfgs->n_pairs++;
}

static double
largest(const float *values, size_t n)
{
  float most = 0.0f;
  for (size_t i = 0; i < n; i++)
    most = fmaxf(most, fabsf(values[i]));
  return most;
}

/* Loss and gradient where the step starts, unless the last step left them. */
static SgStatus
prepare(Line *line, const float *weights)
{
  SgLbfgs *lbfgs = line->lbfgs;
  if (!lbfgs->has_gradient) {
    line->n_evaluations++;
    SgStatus status = line->loss(weights, &lbfgs->loss, lbfgs->gradient, line->user, line->error);
    if (status != SG_OK)
      return status;
    lbfgs->has_gradient = true;
  }
  if (!isfinite(lbfgs->loss) || !isfinite(sg_norm_l2(lbfgs->gradient, lbfgs->n_weights))) {
    lbfgs->has_gradient = false;
    return sg_error_set(line->error, SG_NOT_FINITE, NULL, "loss");
  }
  return SG_OK;
}

/* The direction, and how far to go first: 1 when curvature is known, else a step of length ≤ 1. */
static double
choose_direction(Line *line)
{
  SgLbfgs *lbfgs = line->lbfgs;
  const size_t n = lbfgs->n_weights;
  compute_direction(lbfgs);
  line->start = (LinePoint){ 0.0, lbfgs->loss, sg_dot(lbfgs->gradient, lbfgs->direction, n) };
  if (!(line->start.slope < 0.0)) {
    /* Rounding spoilt the curvature: begin again downhill. */
    lbfgs->n_pairs = 0;
    compute_direction(lbfgs);
    line->start.slope = sg_dot(lbfgs->gradient, lbfgs->direction, n);
  }
  return lbfgs->n_pairs > 0 ? 1.0 : fmin(1.0, 1.0 / sg_norm_l1(lbfgs->gradient, n));
}

static SgStatus
move_to(Line *line, LinePoint best, float *weights)
{
  SgLbfgs *lbfgs = line->lbfgs;
  const size_t n_bytes = lbfgs->n_weights * sizeof(float);
  if (line->last.alpha != best.alpha) {
    SgStatus status = evaluate(line, best.alpha, &best);
    if (status != SG_OK)
      return status;
  }
  remember(lbfgs, weights);
  memcpy(weights, lbfgs->trial, n_bytes);
  memcpy(lbfgs->gradient, lbfgs->trial_gradient, n_bytes);
  lbfgs->loss = best.loss;
  return SG_OK;
}

SgStatus
sg_lbfgs_step(SgLbfgs *lbfgs, SgLossFunction loss, void *user, float *weights, SgLbfgsResult *out_result,
              SgError *error)
{
  Line line = { .lbfgs = lbfgs, .loss = loss, .user = user, .weights = weights, .error = error };
  *out_result = (SgLbfgsResult){ 0 };
  SgStatus status = prepare(&line, weights);
  if (status != SG_OK)
    return status;
  bool done = largest(lbfgs->gradient, lbfgs->n_weights) <= lbfgs->config.gradient_tolerance;
  out_result->loss_before = lbfgs->loss;
  if (!done) {
    LinePoint best;
    double first = choose_direction(&line);
    line.n_evaluations = 0;
    status = search(&line, first, &best);
    if (status == SG_OK && best.alpha > 0.0)
      status = move_to(&line, best, weights);
    if (status != SG_OK)
      return status;
    out_result->slope_before = line.start.slope;
    out_result->slope = best.slope;
    out_result->step_length = best.alpha;
    out_result->is_wolfe = best.alpha > 0.0 && is_wolfe(&line, best);
    done =
        best.alpha == 0.0 || largest(lbfgs->gradient, lbfgs->n_weights) <= lbfgs->config.gradient_tolerance;
  }
  out_result->loss = lbfgs->loss;
  out_result->gradient_norm = sg_norm_l2(lbfgs->gradient, lbfgs->n_weights);
  out_result->n_evaluations = line.n_evaluations;
  out_result->is_done = done;
  return SG_OK;
}

void
sg_lbfgs_save(const SgLbfgs *lbfgs, SgTrainState *state)
{
  char name[SG_TRAIN_NAME_SIZE];
  sg_train_state_add_scalar(state, "lbfgs/history", lbfgs->config.history);
  sg_train_state_add_scalar(state, "lbfgs/pairs", lbfgs->n_pairs);
  /* Oldest first, and none of the slots that hold nothing. */
  for (unsigned i = 0; i < lbfgs->n_pairs; i++) {
    unsigned slot = slot_of(lbfgs, lbfgs->n_pairs - 1 - i);
    snprintf(name, sizeof name, "lbfgs/s/%u", i);
    sg_train_state_add_array(state, name, lbfgs->s + slot * lbfgs->n_weights, lbfgs->n_weights);
    snprintf(name, sizeof name, "lbfgs/y/%u", i);
    sg_train_state_add_array(state, name, lbfgs->y + slot * lbfgs->n_weights, lbfgs->n_weights);
  }
}

SgStatus
sg_lbfgs_load(SgLbfgs *lbfgs, const SgTrainState *state, SgError *error)
{
  const size_t n = lbfgs->n_weights;
  char name[SG_TRAIN_NAME_SIZE];
  double n_pairs;
  sg_lbfgs_reset(lbfgs);
  SgStatus status = sg_train_state_read_scalar(state, "lbfgs/pairs", &n_pairs, error);
  if (status == SG_OK && !(n_pairs >= 0.0 && n_pairs <= lbfgs->config.history))
    status = sg_error_set(error, SG_BAD_ARGUMENT, NULL, "lbfgs/pairs");
  for (unsigned i = 0; status == SG_OK && i < (unsigned)n_pairs; i++) {
    snprintf(name, sizeof name, "lbfgs/s/%u", i);
    status = sg_train_state_read_array(state, name, lbfgs->s + i * n, n, error);
    snprintf(name, sizeof name, "lbfgs/y/%u", i);
    if (status == SG_OK)
      status = sg_train_state_read_array(state, name, lbfgs->y + i * n, n, error);
    if (status == SG_OK)
      lbfgs->rho[i] = 1.0 / sg_dot(lbfgs->s + i * n, lbfgs->y + i * n, n);
  }
  if (status != SG_OK)
    return status;
  lbfgs->n_pairs = (unsigned)n_pairs;
  lbfgs->newest = lbfgs->n_pairs > 0 ? lbfgs->n_pairs - 1 : 0;
  return SG_OK;
}
