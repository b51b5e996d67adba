/* Learning rates over time, and when to stop.
 *
 * All are plain structures without memory of their own. Threads: one structure, one thread. Audio callback:
 * never. "Better" means lower throughout; for a score, pass its negative.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/train/state.h"

/* A rate that depends on the step alone. Warm-up: rate · (step+1)/warm_up_steps. Then constant, or falling
 * from `rate` to `minimum_rate` along half a cosine until step n_steps [Loshchilov and Hutter 2017, eq. 5;
 * PyTorch's CosineAnnealingLR], where it stays. */
typedef enum { SG_SCHEDULE_CONSTANT, SG_SCHEDULE_COSINE } SgScheduleKind;

typedef struct {
  SgScheduleKind kind;
  double rate, minimum_rate;
  int64_t warm_up_steps, n_steps;
} SgSchedule;

double sg_schedule_rate(const SgSchedule *schedule, int64_t step);

/* A rate that falls when a value has not become better for more than `patience` looks, by PyTorch's
 * ReduceLROnPlateau. Better: value < best·(1 − threshold), or value < best − threshold when `is_absolute`
 * (for losses that may be negative). After a fall `cooldown` looks do not count. */
typedef struct {
  double factor, threshold, minimum_rate;
  int64_t patience, cooldown;
  bool is_absolute;
  /* state */
  double rate, best;
  int64_t n_bad, n_cooling;
} SgPlateau;

/* factor 0.1, patience 10, threshold 10⁻⁴, no cooldown, as in PyTorch. */
SgPlateau sg_plateau_standard(double rate);
/* Takes the value of one more look and returns the rate to go on with. NaN counts as not better. */
double sg_plateau_update(SgPlateau *plateau, double value);
void sg_plateau_save(const SgPlateau *plateau, SgTrainState *state);
SgStatus sg_plateau_load(SgPlateau *plateau, const SgTrainState *state, SgError *error);

/* Stops when the value has not fallen by more than `min_change` for `patience` looks. */
typedef struct {
  double min_change;
  int64_t patience;
  /* state */
  double best;
  int64_t best_step, n_bad;
} SgEarlyStop;

SgEarlyStop sg_early_stop_new(int64_t patience, double min_change);
/* True: stop. `best_step` then tells whose weights to keep. */
bool sg_early_stop_update(SgEarlyStop *stop, int64_t step, double value);
void sg_early_stop_save(const SgEarlyStop *stop, SgTrainState *state);
SgStatus sg_early_stop_load(SgEarlyStop *stop, const SgTrainState *state, SgError *error);
