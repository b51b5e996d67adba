#include "core/train/state.h"

#include <stdio.h>
#include <string.h>

#include "core/base/memory.h"

struct SgTrainState {
  SgTrainArray *arrays;
  SgTrainScalar *scalars;
  size_t n_arrays, n_scalars;
  bool failed;
};

SgTrainState *
sg_train_state_new(void)
{
  return SG_NEW(SgTrainState, 1);
}

void
sg_train_state_free(SgTrainState *state)
{
  if (state == NULL)
    return;
  sg_free(state->arrays);
  sg_free(state->scalars);
  sg_free(state);
}

/* `items` [n] of `size` bytes with room for one more; NULL, and `items` kept, when memory is out. Rows are
 * few, so each is made room for by itself. */
static void *
with_one_more(void *items, size_t n, size_t size)
{
  void *more = sg_alloc(n + 1, size);
  if (more == NULL)
    return NULL;
  if (n > 0)
    memcpy(more, items, n * size);
  sg_free(items);
  return more;
}

void
sg_train_state_add_array(SgTrainState *state, const char *name, const float *values, size_t n)
{
  SgTrainArray *more = with_one_more(state->arrays, state->n_arrays, sizeof *more);
  if (more == NULL) {
    state->failed = true;
    return;
  }
  state->arrays = more;
  SgTrainArray *array = &more[state->n_arrays++];
  snprintf(array->name, sizeof array->name, "%s", name);
  array->values = values;
  array->n = n;
}

void
sg_train_state_add_scalar(SgTrainState *state, const char *name, double value)
{
  SgTrainScalar *more = with_one_more(state->scalars, state->n_scalars, sizeof *more);
  if (more == NULL) {
    state->failed = true;
    return;
  }
  state->scalars = more;
  SgTrainScalar *scalar = &more[state->n_scalars++];
  snprintf(scalar->name, sizeof scalar->name, "%s", name);
  scalar->value = value;
}

bool
sg_train_state_is_complete(const SgTrainState *state)
{
  return !state->failed;
}

size_t
sg_train_state_n_arrays(const SgTrainState *state)
{
  return state->n_arrays;
}

const SgTrainArray *
sg_train_state_array(const SgTrainState *state, size_t index)
{
  return &state->arrays[index];
}

size_t
sg_train_state_n_scalars(const SgTrainState *state)
{
  return state->n_scalars;
}

const SgTrainScalar *
sg_train_state_scalar(const SgTrainState *state, size_t index)
{
  return &state->scalars[index];
}

SgStatus
sg_train_state_read_array(const SgTrainState *state, const char *name, float *out, size_t n, SgError *error)
{
  for (size_t i = 0; i < state->n_arrays; i++) {
    const SgTrainArray *array = &state->arrays[i];
    if (strcmp(array->name, name) != 0 || array->n != n)
      continue;
    if (n > 0)
      memcpy(out, array->values, n * sizeof *out);
    return SG_OK;
  }
  return sg_error_set(error, SG_BAD_ARGUMENT, NULL, name);
}

SgStatus
sg_train_state_read_scalar(const SgTrainState *state, const char *name, double *out, SgError *error)
{
  for (size_t i = 0; i < state->n_scalars; i++)
    if (strcmp(state->scalars[i].name, name) == 0) {
      *out = state->scalars[i].value;
      return SG_OK;
    }
  return sg_error_set(error, SG_BAD_ARGUMENT, NULL, name);
}
