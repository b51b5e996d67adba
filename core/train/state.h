/* What a part of a training run must keep to go on later: named arrays and named numbers, flat, for
 * checkpoints.
 *
 * Every part that has a state gives it with a `_save` function and takes it back with a `_load` function.
 * Names are paths such as "optimiser/adam/m". An array is borrowed: it stays the part's own and is valid
 * until that part is next changed or freed, so a checkpoint is written without a copy. When memory runs out
 * while things are added, sg_train_state_is_complete says so at the end.
 *
 * Ownership: free with sg_train_state_free (NULL ignored). Threads: one state, one thread. Audio callback:
 * never. Errors of the readers: SG_BAD_ARGUMENT, `detail` being the name that is missing or has another
 * length.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/base/status.h"

enum { SG_TRAIN_NAME_SIZE = 96 };

typedef struct {
  char name[SG_TRAIN_NAME_SIZE];
  const float *values; /* [n], borrowed */
  size_t n;
} SgTrainArray;

typedef struct {
  char name[SG_TRAIN_NAME_SIZE];
  double value; /* integers are exact to 2⁵³ */
} SgTrainScalar;

typedef struct SgTrainState SgTrainState;

SgTrainState *sg_train_state_new(void);
void sg_train_state_free(SgTrainState *state);

void sg_train_state_add_array(SgTrainState *state, const char *name, const float *values, size_t n);
void sg_train_state_add_scalar(SgTrainState *state, const char *name, double value);
/* False when something could not be added. */
bool sg_train_state_is_complete(const SgTrainState *state);

/* In the order they were added; borrowed. */
size_t sg_train_state_n_arrays(const SgTrainState *state);
const SgTrainArray *sg_train_state_array(const SgTrainState *state, size_t index);
size_t sg_train_state_n_scalars(const SgTrainState *state);
const SgTrainScalar *sg_train_state_scalar(const SgTrainState *state, size_t index);

/* Copies the array of this name, which must have `n` values, to `out`. */
SgStatus sg_train_state_read_array(const SgTrainState *state, const char *name, float *out, size_t n,
                                   SgError *error);
SgStatus sg_train_state_read_scalar(const SgTrainState *state, const char *name, double *out, SgError *error);
