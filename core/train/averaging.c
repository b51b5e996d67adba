#include "core/train/averaging.h"

#include <math.h>

#include "core/base/memory.h"

struct SgAveraging {
  SgAveragingKind kind;
  double decay;
  size_t n_weights;
  int64_t n_updates;
  float *weights;
};

SgAveraging *
sg_averaging_new(SgAveragingKind kind, double decay, size_t n_weights)
{
  SgAveraging *averaging = SG_NEW(SgAveraging, 1);
  if (averaging == NULL)
    return NULL;
  averaging->kind = kind;
  averaging->decay = decay;
  averaging->n_weights = n_weights;
  averaging->weights = SG_NEW(float, n_weights);
  if (averaging->weights == NULL) {
    sg_averaging_free(averaging);
    return NULL;
  }
  return averaging;
}

void
sg_averaging_free(SgAveraging *averaging)
{
  if (averaging == NULL)
    return;
  sg_free(averaging->weights);
  sg_free(averaging);
}

void
sg_averaging_update(SgAveraging *averaging, const float *weights)
{
  double k = (double)averaging->n_updates++;
  double share = 1.0 / (k + 1.0);
  if (averaging->kind == SG_AVERAGING_EXPONENTIAL && k > 0.0)
    share = 1.0 - fmin(averaging->decay, (1.0 + k) / (10.0 + k));
  float *average = averaging->weights;
  for (size_t i = 0; i < averaging->n_weights; i++)
    average[i] = (float)(average[i] + share * ((double)weights[i] - average[i]));
}

const float *
sg_averaging_weights(const SgAveraging *averaging)
{
  return averaging->weights;
}

int64_t
sg_averaging_n_updates(const SgAveraging *averaging)
{
  return averaging->n_updates;
}

void
sg_averaging_save(const SgAveraging *averaging, SgTrainState *state)
{
  sg_train_state_add_scalar(state, "averaging/updates", (double)averaging->n_updates);
  sg_train_state_add_array(state, "averaging/weights", averaging->weights, averaging->n_weights);
}

SgStatus
sg_averaging_load(SgAveraging *averaging, const SgTrainState *state, SgError *error)
{
  double n_updates;
  SgStatus status = sg_train_state_read_scalar(state, "averaging/updates", &n_updates, error);
  if (status == SG_OK)
    status = sg_train_state_read_array(state, "averaging/weights", averaging->weights, averaging->n_weights,
                                       error);
  if (status == SG_OK)
    averaging->n_updates = (int64_t)n_updates;
  return status;
}
