#include "core/train/schedule.h"

#include <math.h>

double
sg_schedule_rate(const SgSchedule *schedule, int64_t step)
{
  if (step < schedule->warm_up_steps)
    return schedule->rate * (double)(step + 1) / (double)schedule->warm_up_steps;
  if (schedule->kind == SG_SCHEDULE_CONSTANT)
    return schedule->rate;
  int64_t length = schedule->n_steps - schedule->warm_up_steps;
  if (step >= schedule->n_steps || length <= 0)
    return schedule->minimum_rate;
  double phase = M_PI * (double)(step - schedule->warm_up_steps) / (double)length;
  return schedule->minimum_rate + (schedule->rate - schedule->minimum_rate) * (1.0 + cos(phase)) / 2.0;
}

SgPlateau
sg_plateau_standard(double rate)
{
  return (SgPlateau){ .factor = 0.1, .threshold = 1e-4, .patience = 10, .rate = rate, .best = INFINITY };
}

static bool
is_better(const SgPlateau *plateau, double value)
{
  if (isinf(plateau->best))
    return value < plateau->best;
  double limit =
      plateau->is_absolute ? plateau->best - plateau->threshold : plateau->best * (1.0 - plateau->threshold);
  return value < limit;
}

double
sg_plateau_update(SgPlateau *plateau, double value)
{
  if (is_better(plateau, value)) {
    plateau->best = value;
    plateau->n_bad = 0;
  } else {
    plateau->n_bad++;
  }
  if (plateau->n_cooling > 0) {
    plateau->n_cooling--;
    plateau->n_bad = 0;
  }
  if (plateau->n_bad > plateau->patience) {
    plateau->rate = fmax(plateau->rate * plateau->factor, plateau->minimum_rate);
    plateau->n_cooling = plateau->cooldown;
    plateau->n_bad = 0;
  }
  return plateau->rate;
}

void
sg_plateau_save(const SgPlateau *plateau, SgTrainState *state)
{
  sg_train_state_add_scalar(state, "plateau/rate", plateau->rate);
  sg_train_state_add_scalar(state, "plateau/best", plateau->best);
  sg_train_state_add_scalar(state, "plateau/bad", (double)plateau->n_bad);
  sg_train_state_add_scalar(state, "plateau/cooling", (double)plateau->n_cooling);
}

SgStatus
sg_plateau_load(SgPlateau *plateau, const SgTrainState *state, SgError *error)
{
  double rate, best, n_bad, n_cooling;
  SgStatus status = sg_train_state_read_scalar(state, "plateau/rate", &rate, error);
  if (status == SG_OK)
    status = sg_train_state_read_scalar(state, "plateau/best", &best, error);
  if (status == SG_OK)
    status = sg_train_state_read_scalar(state, "plateau/bad", &n_bad, error);
  if (status == SG_OK)
    status = sg_train_state_read_scalar(state, "plateau/cooling", &n_cooling, error);
  if (status != SG_OK)
    return status;
  plateau->rate = rate;
  plateau->best = best;
  plateau->n_bad = (int64_t)n_bad;
  plateau->n_cooling = (int64_t)n_cooling;
  return SG_OK;
}

SgEarlyStop
sg_early_stop_new(int64_t patience, double min_change)
{
  return (SgEarlyStop){ .patience = patience, .min_change = min_change, .best = INFINITY, .best_step = -1 };
}

bool
sg_early_stop_update(SgEarlyStop *stop, int64_t step, double value)
{
  if (value < stop->best - (isinf(stop->best) ? 0.0 : stop->min_change)) {
    stop->best = value;
    stop->best_step = step;
    stop->n_bad = 0;
  } else {
    stop->n_bad++;
  }
  return stop->n_bad >= stop->patience;
}

void
sg_early_stop_save(const SgEarlyStop *stop, SgTrainState *state)
{
  sg_train_state_add_scalar(state, "early-stop/best", stop->best);
  sg_train_state_add_scalar(state, "early-stop/best-step", (double)stop->best_step);
  sg_train_state_add_scalar(state, "early-stop/bad", (double)stop->n_bad);
}

SgStatus
sg_early_stop_load(SgEarlyStop *stop, const SgTrainState *state, SgError *error)
{
  double best, best_step, n_bad;
  SgStatus status = sg_train_state_read_scalar(state, "early-stop/best", &best, error);
  if (status == SG_OK)
    status = sg_train_state_read_scalar(state, "early-stop/best-step", &best_step, error);
  if (status == SG_OK)
    status = sg_train_state_read_scalar(state, "early-stop/bad", &n_bad, error);
  if (status != SG_OK)
    return status;
  stop->best = best;
  stop->best_step = (int64_t)best_step;
  stop->n_bad = (int64_t)n_bad;
  return SG_OK;
}
