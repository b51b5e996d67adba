#include "core/train/trainer.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/train/gradient.h"
#include "core/train/trainer-private.h"

/* When only a time is given: the steps over which the speed is taken. */
enum { SPEED_STEPS = 20 };

double
sg_trainer_clock(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static bool
all_finite(const float *values, size_t n)
{
  for (size_t i = 0; i < n; i++)
    if (!isfinite(values[i]))
      return false;
  return true;
}

SgStatus
sg_trainer_exploded(const SgTrainer *trainer, SgError *error)
{
  const char *layer = "the loss";
  for (size_t i = 0; i < trainer->table->n_rows; i++) {
    const SgWeight *row = &trainer->table->rows[i];
    if (!row->is_state && (!all_finite(trainer->weights + row->offset, row->count) ||
                           !all_finite(trainer->gradients + row->offset, row->count))) {
      layer = row->name;
      break;
    }
  }
  sg_error_set(error, SG_NOT_FINITE, NULL, layer);
  if (error != NULL)
    error->position = trainer->report.step;
  return SG_NOT_FINITE;
}

SgStatus
sg_trainer_gradient(SgTrainer *trainer, const SgBatch *batch, double *out_loss, SgError *error)
{
  SgPlan *plan = trainer->plan;
  sg_objective_begin(trainer->train_objective, batch, sg_plan_input(plan, 0));
  sg_plan_set_step(plan, trainer->setup->seed, (uint64_t)batch->step);
  SgStatus status = sg_plan_forward(plan, NULL);
  if (status != SG_OK)
    return status;
  *out_loss =
      sg_objective_loss(trainer->train_objective, sg_plan_output(plan, 0), sg_plan_output_gradient(plan, 0));
  memset(trainer->gradients, 0, trainer->table->n_weights * sizeof *trainer->gradients);
  status = sg_plan_backward(plan, NULL);
  return status == SG_OK && !isfinite(*out_loss) ? sg_trainer_exploded(trainer, error) : status;
}

static double
rate_now(const SgTrainer *trainer)
{
  const SgTrainerSetup *setup = trainer->setup;
  if (setup->plateau)
    return trainer->plateau.rate;
  /* Until the number of steps is known the rate only warms up. */
  SgSchedule schedule = { trainer->report.n_steps > 0 ? setup->schedule : SG_SCHEDULE_CONSTANT, setup->rate,
                          setup->minimum_rate, setup->warm_up_steps, trainer->report.n_steps };
  return sg_schedule_rate(&schedule, trainer->report.step);
}

static SgStatus
step_once(SgTrainer *trainer, SgError *error)
{
  const SgTrainerSetup *setup = trainer->setup;
  const SgBatch *batch = NULL;
  double loss = 0.0;
  SgStatus status = sg_loader_next(trainer->loader, &batch, error);
  if (status != SG_OK)
    return status;
  status = sg_trainer_gradient(trainer, batch, &loss, error);
  sg_loader_give_back(trainer->loader, batch);
  if (status != SG_OK)
    return status;
  double norm = sg_clip_gradient(trainer->gradients, trainer->table->n_weights,
                                 setup->clip_norm > 0.0 ? setup->clip_norm : INFINITY);
  if (!isfinite(norm))
    return sg_trainer_exploded(trainer, error);
  sg_optimiser_step(trainer->optimiser, rate_now(trainer), trainer->weights, trainer->gradients);
  trainer->sum_loss += loss;
  trainer->n_losses++;
  return SG_OK;
}

/* The mean loss and gradient over the fixed set of batches, as a function of the weights. */
static SgStatus
whole_loss(const float *weights, double *out_loss, float *out_gradient, void *user, SgError *error)
{
  SgTrainer *trainer = user;
  const SgTrainerSetup *setup = trainer->setup;
  SgLoader *loader = NULL;
  size_t n = trainer->table->n_weights;
  double n_batches = (double)setup->lbfgs_batches;
  memcpy(trainer->weights, weights, n * sizeof *weights);
  memset(out_gradient, 0, n * sizeof *out_gradient);
  *out_loss = 0.0;
  SgStatus status = sg_loader_new(setup->train, 0, setup->n_loaders, 2, &loader, error);
  for (size_t i = 0; status == SG_OK && i < setup->lbfgs_batches; i++) {
    const SgBatch *batch = NULL;
    double loss = 0.0;
    status = sg_loader_next(loader, &batch, error);
    if (status != SG_OK)
      break;
    status = sg_trainer_gradient(trainer, batch, &loss, error);
    sg_loader_give_back(loader, batch);
    *out_loss += loss / n_batches;
    for (size_t k = 0; k < n; k++)
      out_gradient[k] += trainer->gradients[k] / (float)n_batches;
    if (status == SG_OK && trainer->progress != NULL && !trainer->progress(&trainer->report, trainer->user))
      status = sg_error_set(error, SG_CANCELLED, NULL, NULL);
  }
  sg_loader_free(loader);
  return status;
}

static SgStatus
iterate_once(SgTrainer *trainer, bool *out_done, SgError *error)
{
  SgLbfgsResult result;
  /* The loss copies the weights it is asked about into the trainer's; the step owns another copy. */
  memcpy(trainer->smooth, trainer->weights, trainer->table->n_weights * sizeof *trainer->weights);
  SgStatus status = sg_lbfgs_step(trainer->lbfgs, whole_loss, trainer, trainer->smooth, &result, error);
  memcpy(trainer->weights, trainer->smooth, trainer->table->n_weights * sizeof *trainer->weights);
  if (status != SG_OK)
    return status;
  trainer->sum_loss += result.loss;
  trainer->n_losses++;
  *out_done = result.is_done;
  return SG_OK;
}

static void
tell_time(SgTrainer *trainer)
{
  SgTrainerReport *report = &trainer->report;
  report->seconds = trainer->seconds_before + sg_trainer_clock() - trainer->started;
  report->seconds_left =
      report->n_steps > 0 && report->step > 0
          ? report->seconds / (double)report->step * (double)(report->n_steps - report->step)
          : -1.0;
}

/* Sets the number of steps once the speed is known. */
static void
choose_n_steps(SgTrainer *trainer)
{
  SgTrainerReport *report = &trainer->report;
  if (report->n_steps > 0 || report->step < SPEED_STEPS)
    return;
  double step_s = report->seconds / (double)report->step;
  report->n_steps = report->step + (int64_t)fmax(0.0, (trainer->setup->seconds - report->seconds) / step_s);
}

static SgStatus
run(SgTrainer *trainer, SgError *error)
{
  const SgTrainerSetup *setup = trainer->setup;
  SgTrainerReport *report = &trainer->report;
  bool stop = false;
  SgStatus status = SG_OK;
  while (status == SG_OK && !stop && (report->n_steps == 0 || report->step < report->n_steps)) {
    bool done = false;
    status =
        setup->mode == SG_TRAIN_BY_LBFGS ? iterate_once(trainer, &done, error) : step_once(trainer, error);
    if (status != SG_OK)
      return status;
    report->step++;
    if (trainer->averaging != NULL)
      sg_averaging_update(trainer->averaging, trainer->weights);
    tell_time(trainer);
    choose_n_steps(trainer);
    if (report->n_steps == 0 && report->seconds >= setup->seconds)
      report->n_steps = report->step;
    bool last = done || (report->n_steps > 0 && report->step >= report->n_steps);
    if (report->step % setup->look_every == 0 || last)
      status = sg_trainer_look(trainer, &stop, error);
    stop = stop || last;
    if (status == SG_OK && !stop && trainer->progress != NULL && !trainer->progress(report, trainer->user)) {
      status = sg_trainer_save(trainer, error);
      return status == SG_OK ? sg_error_set(error, SG_CANCELLED, NULL, NULL) : status;
    }
  }
  return status;
}

SgStatus
sg_train(const SgTrainerSetup *setup, SgTrainerProgress progress, void *user, SgTrainerReport *out_report,
         SgError *error)
{
  SgTrainer trainer = { .setup = setup, .progress = progress, .user = user };
  SgStatus status = sg_trainer_prepare(&trainer, error);
  if (status == SG_OK)
    status = setup->mode == SG_TRAIN_BY_RIDGE ? sg_trainer_regress(&trainer, error) : run(&trainer, error);
  if (out_report != NULL)
    *out_report = trainer.report;
  sg_trainer_clear(&trainer);
  return status;
}
