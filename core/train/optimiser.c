#include "core/train/optimiser.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"

struct SgOptimiser {
  SgOptimiserConfig config;
  size_t n_weights;
  SgOptimiserSegment *segments; /* [n_segments], ascending, covering all weights */
  size_t n_segments;
  int64_t n_steps;
  float *first;  /* [n_weights] b or m; NULL for SGD without momentum */
  float *second; /* [n_weights] v; NULL for SGD */
};

static const char *const ids[SG_N_OPTIMISERS] = {
  [SG_OPTIMISER_SGD] = "sgd",
  [SG_OPTIMISER_ADAM] = "adam",
  [SG_OPTIMISER_ADAMW] = "adamw",
};

const char *
sg_optimiser_id(SgOptimiserKind kind)
{
  return kind < SG_N_OPTIMISERS ? ids[kind] : NULL;
}

bool
sg_optimiser_find(const char *id, SgOptimiserKind *out_kind)
{
  for (int i = 0; i < SG_N_OPTIMISERS; i++)
    if (strcmp(ids[i], id) == 0) {
      *out_kind = (SgOptimiserKind)i;
      return true;
    }
  return false;
}

SgOptimiserConfig
sg_optimiser_standard(SgOptimiserKind kind)
{
  return (SgOptimiserConfig){ .kind = kind,
                              .beta1 = 0.9,
                              .beta2 = 0.999,
                              .epsilon = 1e-8,
                              .weight_decay = kind == SG_OPTIMISER_ADAMW ? 0.01 : 0.0 };
}

/* The name of a value outside its range, or NULL. */
static const char *
bad_value(const SgOptimiserConfig *config)
{
  if (config->kind >= SG_N_OPTIMISERS)
    return "optimiser";
  if (!(config->weight_decay >= 0.0))
    return "weight decay";
  if (config->kind == SG_OPTIMISER_SGD) {
    if (!(config->momentum >= 0.0 && config->momentum < 1.0))
      return "momentum";
    return config->nesterov && config->momentum == 0.0 ? "momentum" : NULL;
  }
  if (!(config->beta1 >= 0.0 && config->beta1 < 1.0))
    return "beta1";
  if (!(config->beta2 >= 0.0 && config->beta2 < 1.0))
    return "beta2";
  return config->epsilon >= 0.0 ? NULL : "epsilon";
}

static int
compare_segments(const void *a, const void *b)
{
  const SgOptimiserSegment *left = a, *right = b;
  return (left->first > right->first) - (left->first < right->first);
}

/* Sorts them and fills the gaps with segments without flags; NULL when memory is out, or when they overlap or
 * leave the buffer (*out_bad). */
static SgOptimiserSegment *
complete_segments(const SgOptimiserSegment *given, size_t n_given, size_t n_weights, size_t *out_n,
                  bool *out_bad)
{
  *out_bad = false;
  SgOptimiserSegment *sorted = SG_NEW(SgOptimiserSegment, n_given + 1);
  SgOptimiserSegment *all = n_given < SIZE_MAX / 2 - 1 ? SG_NEW(SgOptimiserSegment, 2 * n_given + 1) : NULL;
  if (sorted == NULL || all == NULL)
    goto fail;
  if (n_given > 0)
    memcpy(sorted, given, n_given * sizeof *sorted);
  qsort(sorted, n_given, sizeof *sorted, compare_segments);
  size_t n = 0, at = 0;
  for (size_t i = 0; i < n_given; i++) {
    *out_bad =
        sorted[i].first < at || sorted[i].first > n_weights || sorted[i].n > n_weights - sorted[i].first;
    if (*out_bad)
      goto fail;
    if (sorted[i].first > at)
      all[n++] = (SgOptimiserSegment){ .first = at, .n = sorted[i].first - at };
    all[n++] = sorted[i];
    at = sorted[i].first + sorted[i].n;
  }
  if (at < n_weights)
    all[n++] = (SgOptimiserSegment){ .first = at, .n = n_weights - at };
  sg_free(sorted);
  *out_n = n;
  return all;
fail:
  sg_free(sorted);
  sg_free(all);
  return NULL;
}

SgStatus
sg_optimiser_new(const SgOptimiserConfig *config, size_t n_weights, const SgOptimiserSegment *segments,
                 size_t n_segments, SgOptimiser **out_optimiser, SgError *error)
{
  *out_optimiser = NULL;
  const char *bad = bad_value(config);
  if (bad != NULL)
    return sg_error_set(error, SG_BAD_ARGUMENT, NULL, bad);
  SgStatus status = SG_NO_MEMORY;
  const char *detail = NULL;
  SgOptimiser *optimiser = SG_NEW(SgOptimiser, 1);
  if (optimiser == NULL)
    goto fail;
  optimiser->config = *config;
  optimiser->n_weights = n_weights;
  bool bad_segments;
  optimiser->segments =
      complete_segments(segments, n_segments, n_weights, &optimiser->n_segments, &bad_segments);
  if (bad_segments) {
    status = SG_BAD_ARGUMENT;
    detail = "segments";
  }
  if (optimiser->segments == NULL)
    goto fail;
  bool is_sgd = config->kind == SG_OPTIMISER_SGD;
  if (!is_sgd || config->momentum > 0.0) {
    optimiser->first = SG_NEW(float, n_weights);
    if (optimiser->first == NULL)
      goto fail;
  }
  if (!is_sgd) {
    optimiser->second = SG_NEW(float, n_weights);
    if (optimiser->second == NULL)
      goto fail;
  }
  *out_optimiser = optimiser;
  return SG_OK;
fail:
  sg_optimiser_free(optimiser);
  return sg_error_set(error, status, NULL, detail);
}

void
sg_optimiser_free(SgOptimiser *optimiser)
{
  if (optimiser == NULL)
    return;
  sg_free(optimiser->segments);
  sg_free(optimiser->first);
  sg_free(optimiser->second);
  sg_free(optimiser);
}

static void
step_sgd(const SgOptimiser *optimiser, size_t first, size_t n, float rate, float decay, float *weights,
         const float *gradient)
{
  const float momentum = (float)optimiser->config.momentum;
  const bool nesterov = optimiser->config.nesterov;
  float *w = weights + first;
  const float *g = gradient + first;
  if (optimiser->first == NULL) {
    for (size_t i = 0; i < n; i++)
      w[i] -= rate * (g[i] + decay * w[i]);
    return;
  }
  float *b = optimiser->first + first;
  for (size_t i = 0; i < n; i++) {
    float decayed = g[i] + decay * w[i];
    b[i] = momentum * b[i] + decayed;
    w[i] -= rate * (nesterov ? decayed + momentum * b[i] : b[i]);
  }
}

static void
step_adam(const SgOptimiser *optimiser, size_t first, size_t n, double rate, float decay, float shrink,
          float *weights, const float *gradient)
{
  const SgOptimiserConfig *config = &optimiser->config;
  const double t = (double)optimiser->n_steps;
  const float step = (float)(rate / (1.0 - pow(config->beta1, t)));
  const float correction = (float)sqrt(1.0 - pow(config->beta2, t));
  const float beta1 = (float)config->beta1, rest1 = (float)(1.0 - config->beta1);
  const float beta2 = (float)config->beta2, rest2 = (float)(1.0 - config->beta2);
  const float epsilon = (float)config->epsilon;
  float *restrict w = weights + first;
  float *restrict m = optimiser->first + first;
  float *restrict v = optimiser->second + first;
  const float *restrict gradients = gradient + first;
  for (size_t i = 0; i < n; i++) {
    float g = gradients[i] + decay * w[i];
    float shrunk = shrink * w[i];
    m[i] = beta1 * m[i] + rest1 * g;
    v[i] = beta2 * v[i] + rest2 * g * g;
    w[i] = shrunk - step * (m[i] / (sqrtf(v[i]) / correction + epsilon));
  }
}

void
sg_optimiser_step(SgOptimiser *optimiser, double learning_rate, float *weights, const float *gradient)
{
  const SgOptimiserConfig *config = &optimiser->config;
  optimiser->n_steps++;
  for (size_t i = 0; i < optimiser->n_segments; i++) {
    const SgOptimiserSegment *segment = &optimiser->segments[i];
    if (segment->flags & SG_SEGMENT_FROZEN)
      continue;
    double decay = segment->flags & SG_SEGMENT_NO_DECAY ? 0.0 : config->weight_decay;
    if (config->kind == SG_OPTIMISER_SGD)
      step_sgd(optimiser, segment->first, segment->n, (float)learning_rate, (float)decay, weights, gradient);
    else if (config->kind == SG_OPTIMISER_ADAM)
      step_adam(optimiser, segment->first, segment->n, learning_rate, (float)decay, 1.0f, weights, gradient);
    else
      step_adam(optimiser, segment->first, segment->n, learning_rate, 0.0f,
                (float)(1.0 - learning_rate * decay), weights, gradient);
  }
}

static void
name_of(const SgOptimiser *optimiser, const char *what, char out_name[SG_TRAIN_NAME_SIZE])
{
  snprintf(out_name, SG_TRAIN_NAME_SIZE, "optimiser/%s/%s", ids[optimiser->config.kind], what);
}

void
sg_optimiser_save(const SgOptimiser *optimiser, SgTrainState *state)
{
  char name[SG_TRAIN_NAME_SIZE];
  name_of(optimiser, "steps", name);
  sg_train_state_add_scalar(state, name, (double)optimiser->n_steps);
  name_of(optimiser, "first", name);
  if (optimiser->first != NULL)
    sg_train_state_add_array(state, name, optimiser->first, optimiser->n_weights);
  name_of(optimiser, "second", name);
  if (optimiser->second != NULL)
    sg_train_state_add_array(state, name, optimiser->second, optimiser->n_weights);
}

SgStatus
sg_optimiser_load(SgOptimiser *optimiser, const SgTrainState *state, SgError *error)
{
  char name[SG_TRAIN_NAME_SIZE];
  double n_steps;
  name_of(optimiser, "steps", name);
  SgStatus status = sg_train_state_read_scalar(state, name, &n_steps, error);
  name_of(optimiser, "first", name);
  if (status == SG_OK && optimiser->first != NULL)
    status = sg_train_state_read_array(state, name, optimiser->first, optimiser->n_weights, error);
  name_of(optimiser, "second", name);
  if (status == SG_OK && optimiser->second != NULL)
    status = sg_train_state_read_array(state, name, optimiser->second, optimiser->n_weights, error);
  if (status == SG_OK)
    optimiser->n_steps = (int64_t)n_steps;
  return status;
}
