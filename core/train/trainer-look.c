#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/train/trainer-private.h"

/* Names in the checkpoint of what the trainer itself keeps. */
#define NAME_WEIGHTS "weights"
#define NAME_STATES "states"

static void
checkpoint_path(const SgTrainer *trainer, char out_path[SG_TRAINER_PATH_SIZE])
{
  snprintf(out_path, SG_TRAINER_PATH_SIZE, "%s.checkpoint", trainer->setup->output);
}

/* The weights that are looked at and written: averaged ones when there are. */
static void
take_smooth_weights(SgTrainer *trainer)
{
  const float *weights =
      trainer->averaging != NULL ? sg_averaging_weights(trainer->averaging) : trainer->weights;
  memcpy(trainer->smooth, weights, trainer->table->n_weights * sizeof *weights);
}

static int
by_value(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* The mean over the sources of the median over the excerpts: few excerpts are so quiet that they would rule a
 * mean. scores[n][n_sources]; `sorted` [n] is room to work. */
static double
typical_score(const double *scores, size_t n, size_t n_sources, double *sorted)
{
  double sum = 0.0;
  size_t n_scored = 0;
  for (size_t j = 0; j < n_sources; j++) {
    size_t n_values = 0;
    for (size_t i = 0; i < n; i++)
      if (!isnan(scores[i * n_sources + j]))
        sorted[n_values++] = scores[i * n_sources + j];
    if (n_values == 0)
      continue;
    qsort(sorted, n_values, sizeof *sorted, by_value);
    sum += 0.5 * (sorted[(n_values - 1) / 2] + sorted[n_values / 2]);
    n_scored++;
  }
  return n_scored > 0 ? sum / (double)n_scored : NAN;
}

/* Draws batch `step` of the validation excerpts. */
static SgStatus
draw_batch(SgTrainer *trainer, int64_t step, SgError *error)
{
  const SgSampler *sampler = trainer->setup->valid;
  SgStatus status = SG_OK;
  trainer->valid_batch.step = step;
  for (size_t b = 0; b < sg_sampler_batch_size(sampler) && status == SG_OK; b++)
    status =
        sg_sampler_draw(sampler, trainer->valid_work, step, b,
                        trainer->valid_batch.targets + b * sg_sampler_target_floats(sampler),
                        trainer->valid_batch.mixtures + b * sg_sampler_mixture_floats(sampler), NULL, error);
  return status;
}

/* Loss (added up) and scores of n_batches spread evenly over the validation songs, with the smooth weights.
 */
static SgStatus
validate_batches(SgTrainer *trainer, int64_t n_batches, double *sum_loss, double *scores, SgError *error)
{
  const SgTrainerSetup *setup = trainer->setup;
  size_t n_a_batch = sg_sampler_batch_size(setup->valid) * setup->facts->n_sources;
  int64_t n_all = sg_sampler_n_batches(setup->valid);
  SgStatus status = SG_OK;
  for (int64_t i = 0; status == SG_OK && i < n_batches; i++) {
    status = draw_batch(trainer, i * n_all / n_batches, error);
    if (status != SG_OK)
      break;
    sg_objective_begin(trainer->valid_objective, &trainer->valid_batch, sg_plan_input(trainer->plan, 0));
    status = sg_plan_forward(trainer->plan, NULL);
    const float *estimates = sg_plan_output(trainer->plan, 0);
    *sum_loss += sg_objective_loss(trainer->valid_objective, estimates, NULL);
    sg_objective_score(trainer->valid_objective, estimates, scores + (size_t)i * n_a_batch);
  }
  return status;
}

static SgStatus
validate(SgTrainer *trainer, SgError *error)
{
  const SgTrainerSetup *setup = trainer->setup;
  int64_t n_batches = sg_sampler_n_batches(setup->valid);
  if (setup->n_valid_batches > 0 && n_batches > (int64_t)setup->n_valid_batches)
    n_batches = (int64_t)setup->n_valid_batches;
  size_t n = (size_t)n_batches * sg_sampler_batch_size(setup->valid), n_sources = setup->facts->n_sources;
  double *scores = SG_NEW(double, n *n_sources), *sorted = SG_NEW(double, n), sum_loss = 0.0;
  SgStatus status = scores != NULL && sorted != NULL ? SG_OK : sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  sg_plan_set_weights(trainer->plan, trainer->smooth, trainer->states, trainer->gradients);
  sg_plan_set_training(trainer->plan, false);
  if (status == SG_OK)
    status = validate_batches(trainer, n_batches, &sum_loss, scores, error);
  sg_plan_set_training(trainer->plan, true);
  sg_plan_set_weights(trainer->plan, trainer->weights, trainer->states, trainer->gradients);
  if (status == SG_OK) {
    trainer->report.loss_valid = n_batches > 0 ? sum_loss / (double)n_batches : NAN;
    trainer->report.sdr_valid = typical_score(scores, n, n_sources, sorted);
  }
  sg_free(scores);
  sg_free(sorted);
  return status;
}

/* What the model file says of its training. */
static SgJson *
record(const SgTrainer *trainer)
{
  SgJson *json = sg_json_object_new();
  sg_json_set_text(json, "settings", trainer->setup->settings);
  sg_json_set_integer(json, "step", trainer->report.step);
  sg_json_set_number(json, "seconds", trainer->report.seconds);
  sg_json_set_number(json, "loss/train", trainer->report.loss_train);
  sg_json_set_number(json, "loss/valid", trainer->report.loss_valid);
  sg_json_set_number(json, "sdr/valid", trainer->report.sdr_valid);
  return json;
}

static SgStatus
write_model(const SgTrainer *trainer, SgError *error)
{
  const SgTrainerSetup *setup = trainer->setup;
  SgJson *json = record(trainer);
  SgStatus status = sg_model_write(setup->output, setup->graph, setup->facts, json, trainer->table,
                                   trainer->smooth, trainer->states, SG_DTYPE_F32, true, error);
  sg_json_free(json);
  return status;
}

SgStatus
sg_trainer_look(SgTrainer *trainer, bool *out_stop, SgError *error)
{
  const SgTrainerSetup *setup = trainer->setup;
  SgTrainerReport *report = &trainer->report;
  report->loss_train = trainer->n_losses > 0 ? trainer->sum_loss / (double)trainer->n_losses : NAN;
  trainer->sum_loss = 0.0;
  trainer->n_losses = 0;
  take_smooth_weights(trainer);
  SgStatus status = setup->valid != NULL ? validate(trainer, error) : SG_OK;
  if (status != SG_OK)
    return status;
  report->seconds = trainer->seconds_before + sg_trainer_clock() - trainer->started;
  if (setup->valid != NULL && setup->plateau)
    sg_plateau_update(&trainer->plateau, report->loss_valid);
  if (setup->valid != NULL && setup->early_stop_looks > 0)
    *out_stop = sg_early_stop_update(&trainer->early_stop, report->step, report->loss_valid);
  if (setup->valid == NULL || report->loss_valid < trainer->best_valid) {
    trainer->best_valid = setup->valid != NULL ? report->loss_valid : INFINITY;
    status = write_model(trainer, error);
  }
  const double values[] = { report->loss_train, report->loss_valid, report->sdr_valid };
  if (status == SG_OK)
    status = sg_curves_append(trainer->curves, report->step, report->seconds, values, error);
  return status == SG_OK ? sg_trainer_save(trainer, error) : status;
}

SgStatus
sg_trainer_save(SgTrainer *trainer, SgError *error)
{
  const SgTrainerReport *report = &trainer->report;
  SgTrainState *state = sg_train_state_new();
  char path[SG_TRAINER_PATH_SIZE];
  if (state == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  checkpoint_path(trainer, path);
  sg_train_state_add_array(state, NAME_WEIGHTS, trainer->weights, trainer->table->n_weights);
  sg_train_state_add_array(state, NAME_STATES, trainer->states, trainer->table->n_states);
  const struct {
    const char *name;
    double value;
  } numbers[] = { { "step", (double)report->step },      { "n_steps", (double)report->n_steps },
                  { "seconds", report->seconds },        { "loss/train", report->loss_train },
                  { "loss/valid", report->loss_valid },  { "sdr/valid", report->sdr_valid },
                  { "best/valid", trainer->best_valid }, { "sum/loss", trainer->sum_loss },
                  { "sum/n", (double)trainer->n_losses } };
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
    sg_train_state_add_scalar(state, numbers[i].name, numbers[i].value);
  if (trainer->optimiser != NULL)
    sg_optimiser_save(trainer->optimiser, state);
  if (trainer->lbfgs != NULL)
    sg_lbfgs_save(trainer->lbfgs, state);
  if (trainer->averaging != NULL)
    sg_averaging_save(trainer->averaging, state);
  sg_plateau_save(&trainer->plateau, state);
  sg_early_stop_save(&trainer->early_stop, state);
  SgStatus status = sg_checkpoint_write(path, state, trainer->setup->settings, error);
  sg_train_state_free(state);
  return status;
}

static SgStatus
load_numbers(SgTrainer *trainer, const SgTrainState *state, SgError *error)
{
  SgTrainerReport *report = &trainer->report;
  double step = 0.0, n_steps = 0.0, n_losses = 0.0;
  const struct {
    const char *name;
    double *value;
  } numbers[] = { { "step", &step },
                  { "n_steps", &n_steps },
                  { "seconds", &report->seconds },
                  { "loss/train", &report->loss_train },
                  { "loss/valid", &report->loss_valid },
                  { "sdr/valid", &report->sdr_valid },
                  { "best/valid", &trainer->best_valid },
                  { "sum/loss", &trainer->sum_loss },
                  { "sum/n", &n_losses } };
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    SgStatus status = sg_train_state_read_scalar(state, numbers[i].name, numbers[i].value, error);
    if (status != SG_OK)
      return status;
  }
  report->step = (int64_t)step;
  report->n_steps = (int64_t)n_steps;
  trainer->n_losses = (int64_t)n_losses;
  return SG_OK;
}

static SgStatus
load_parts(SgTrainer *trainer, const SgTrainState *state, SgError *error)
{
  SgStatus status = load_numbers(trainer, state, error);
  if (status == SG_OK)
    status =
        sg_train_state_read_array(state, NAME_WEIGHTS, trainer->weights, trainer->table->n_weights, error);
  if (status == SG_OK && trainer->table->n_states > 0)
    status = sg_train_state_read_array(state, NAME_STATES, trainer->states, trainer->table->n_states, error);
  if (status == SG_OK && trainer->optimiser != NULL)
    status = sg_optimiser_load(trainer->optimiser, state, error);
  if (status == SG_OK && trainer->lbfgs != NULL)
    status = sg_lbfgs_load(trainer->lbfgs, state, error);
  if (status == SG_OK && trainer->averaging != NULL)
    status = sg_averaging_load(trainer->averaging, state, error);
  if (status == SG_OK)
    status = sg_plateau_load(&trainer->plateau, state, error);
  if (status == SG_OK)
    status = sg_early_stop_load(&trainer->early_stop, state, error);
  return status;
}

SgStatus
sg_trainer_load(SgTrainer *trainer, SgError *error)
{
  char path[SG_TRAINER_PATH_SIZE];
  SgCheckpoint *checkpoint = NULL;
  checkpoint_path(trainer, path);
  SgStatus status = sg_checkpoint_open(path, &checkpoint, error);
  if (status != SG_OK)
    return status;
  if (strcmp(sg_checkpoint_settings(checkpoint), trainer->setup->settings) != 0)
    status = sg_error_set(error, SG_BAD_MODEL, path, "a checkpoint of a run with other settings");
  else
    status = load_parts(trainer, sg_checkpoint_state(checkpoint), error);
  sg_checkpoint_free(checkpoint);
  return status;
}
