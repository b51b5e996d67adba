#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/train/trainer-private.h"

/* Batches whose magnitudes give a network's input_mean and input_scale their first values. */
enum { STATISTICS_BATCHES = 8 };

static SgStatus
make_objective(const SgTrainer *trainer, const SgSampler *sampler, const SgFrontEnd *front_end,
               SgObjective **out_objective, SgError *error)
{
  const SgTrainerSetup *setup = trainer->setup;
  const SgObjectiveSetup objective = {
    .front_end = *front_end,
    .fft_size = setup->facts->fft_size,
    .n_sources = setup->facts->n_sources,
    .n_targets = sg_sampler_n_targets(sampler),
    .batch_size = sg_sampler_batch_size(sampler),
    .n_samples = sg_sampler_n_samples(sampler),
    .loss = setup->loss,
  };
  return sg_objective_new(&objective, trainer->team, out_objective, error);
}

static SgStatus
make_plan(SgTrainer *trainer, SgError *error)
{
  const SgTrainerSetup *setup = trainer->setup;
  SgFrontEnd front_end;
  SgStatus status = sg_front_end_of(setup->graph, setup->facts, &front_end, error);
  if (status == SG_OK)
    status = make_objective(trainer, setup->train, &front_end, &trainer->train_objective, error);
  if (status == SG_OK && setup->valid != NULL)
    status = make_objective(trainer, setup->valid, &front_end, &trainer->valid_objective, error);
  if (status != SG_OK)
    return status;
  /* Validation runs on the same plan. */
  if (setup->valid != NULL && (sg_sampler_batch_size(setup->valid) != sg_sampler_batch_size(setup->train) ||
                               sg_sampler_n_samples(setup->valid) != sg_sampler_n_samples(setup->train)))
    return sg_error_set(error, SG_BAD_ARGUMENT, NULL, "validation: another batch or excerpt than training");
  SgShape shape = sg_front_end_shape(&front_end, sg_sampler_batch_size(setup->train),
                                     sg_objective_n_frames(trainer->train_objective));
  return sg_plan_new(setup->graph, &shape, (SgPlanOptions){ .training = true }, trainer->team, &trainer->plan,
                     error);
}

static bool
make_buffers(SgTrainer *trainer)
{
  trainer->table = sg_plan_weight_table(trainer->plan);
  trainer->weights = SG_NEW(float, trainer->table->n_weights);
  trainer->gradients = SG_NEW(float, trainer->table->n_weights);
  trainer->smooth = SG_NEW(float, trainer->table->n_weights);
  trainer->states = SG_NEW(float, trainer->table->n_states);
  const SgSampler *valid = trainer->setup->valid;
  size_t n_valid = valid != NULL ? sg_sampler_batch_size(valid) : 0;
  if (valid != NULL) {
    trainer->valid_work = sg_sampler_work_new(valid, NULL);
    trainer->valid_batch.targets = SG_NEW(float, n_valid *sg_sampler_target_floats(valid));
    trainer->valid_batch.mixtures = SG_NEW(float, n_valid *sg_sampler_mixture_floats(valid));
    if (trainer->valid_work == NULL || trainer->valid_batch.targets == NULL ||
        trainer->valid_batch.mixtures == NULL)
      return false;
  }
  if (trainer->setup->averages)
    trainer->averaging =
        sg_averaging_new(SG_AVERAGING_EXPONENTIAL, trainer->setup->average_decay, trainer->table->n_weights);
  return trainer->weights != NULL && trainer->gradients != NULL && trainer->smooth != NULL &&
         trainer->states != NULL && (!trainer->setup->averages || trainer->averaging != NULL);
}

/* Weights that are vectors (biases, scales, means) do not decay. */
static SgStatus
make_optimiser(SgTrainer *trainer, SgError *error)
{
  const SgTrainerSetup *setup = trainer->setup;
  if (setup->mode == SG_TRAIN_BY_LBFGS)
    return sg_lbfgs_new(&setup->lbfgs, trainer->table->n_weights, &trainer->lbfgs, error);
  if (setup->mode == SG_TRAIN_BY_RIDGE)
    return SG_OK;
  SgOptimiserSegment *segments = SG_NEW(SgOptimiserSegment, trainer->table->n_rows);
  size_t n = 0;
  if (segments == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  for (size_t i = 0; i < trainer->table->n_rows; i++) {
    const SgWeight *row = &trainer->table->rows[i];
    if (!row->is_state && row->shape.n_dims < 2)
      segments[n++] = (SgOptimiserSegment){ row->offset, row->count, SG_SEGMENT_NO_DECAY };
  }
  SgStatus status =
      sg_optimiser_new(&setup->optimiser, trainer->table->n_weights, segments, n, &trainer->optimiser, error);
  sg_free(segments);
  return status;
}

/* Mean and deviation of each bin over all frames and channels of the first batches. */
static SgStatus
measure_bins(SgTrainer *trainer, size_t n_bins, double *sums, double *squares, double *out_count,
             SgError *error)
{
  SgLoader *loader = NULL;
  SgStatus status = sg_loader_new(trainer->setup->train, 0, trainer->setup->n_loaders, 2, &loader, error);
  const SgShape *shape = sg_plan_input_shape(trainer->plan, 0);
  size_t n_rows = (size_t)(sg_shape_count(shape) / shape->dims[3]), width = (size_t)shape->dims[3];
  for (int i = 0; status == SG_OK && i < STATISTICS_BATCHES; i++) {
    const SgBatch *batch = NULL;
    status = sg_loader_next(loader, &batch, error);
    if (status != SG_OK)
      break;
    float *input = sg_plan_input(trainer->plan, 0);
    sg_objective_begin(trainer->train_objective, batch, input);
    for (size_t row = 0; row < n_rows; row++)
      for (size_t k = 0; k < n_bins; k++) {
        double x = input[row * width + k];
        sums[k] += x;
        squares[k] += x * x;
      }
    *out_count += (double)n_rows;
    sg_loader_give_back(loader, batch);
  }
  sg_loader_free(loader);
  return status;
}

/* Open-Unmix centres and scales its input by the statistics of the training set: input_mean −mean,
 * input_scale 1/deviation, the deviation no smaller than 10⁻⁴ of the largest one. Networks without such
 * weights are left alone. */
static SgStatus
standardise(SgTrainer *trainer, SgError *error)
{
  const SgWeight *mean = sg_weight_table_find(trainer->table, "input_mean");
  const SgWeight *scale = sg_weight_table_find(trainer->table, "input_scale");
  if (mean == NULL || scale == NULL || mean->count != scale->count)
    return SG_OK;
  size_t n = mean->count;
  double *sums = SG_NEW(double, n), *squares = SG_NEW(double, n), count = 0.0, largest = 1e-12;
  SgStatus status = sums != NULL && squares != NULL ? measure_bins(trainer, n, sums, squares, &count, error)
                                                    : sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  for (size_t k = 0; status == SG_OK && k < n; k++) {
    sums[k] /= count;
    squares[k] = sqrt(fmax(0.0, squares[k] / count - sums[k] * sums[k]));
    largest = fmax(largest, squares[k]);
  }
  for (size_t k = 0; status == SG_OK && k < n; k++) {
    trainer->weights[mean->offset + k] = (float)-sums[k];
    trainer->weights[scale->offset + k] = (float)(1.0 / fmax(squares[k], 1e-4 * largest));
  }
  sg_free(sums);
  sg_free(squares);
  return status;
}

static SgStatus
open_curves(SgTrainer *trainer, SgError *error)
{
  static const char *const columns[] = { "loss/train", "loss/valid", "sdr/valid" };
  const char *path = trainer->setup->curves != NULL ? trainer->setup->curves : trainer->setup->output;
  return sg_curves_open(path, columns, 3, trainer->report.step > 0 ? trainer->report.step + 1 : 0,
                        &trainer->curves, error);
}

/* The weights of the model file that the run starts from. */
static SgStatus
take_start(SgTrainer *trainer, SgError *error)
{
  SgModel *model = NULL;
  SgStatus status = sg_model_open(trainer->setup->start, &model, error);
  if (status == SG_OK)
    status = sg_model_read_weights(model, trainer->table, trainer->weights, trainer->states, error);
  sg_model_free(model);
  return status;
}

static SgStatus
begin_or_resume(SgTrainer *trainer, SgError *error)
{
  const SgTrainerSetup *setup = trainer->setup;
  trainer->report = (SgTrainerReport){
    .n_steps = setup->n_steps, .seconds_left = -1.0, .loss_train = NAN, .loss_valid = NAN, .sdr_valid = NAN
  };
  trainer->best_valid = INFINITY;
  trainer->plateau = sg_plateau_standard(setup->rate);
  trainer->early_stop = sg_early_stop_new(setup->early_stop_looks, 0.0);
  SgStatus status = setup->resume ? sg_trainer_load(trainer, error) : SG_NOT_FOUND;
  if (status != SG_NOT_FOUND)
    return status;
  if (setup->start != NULL)
    return take_start(trainer, error);
  sg_weight_table_draw(trainer->table, setup->seed, trainer->weights, trainer->states);
  return standardise(trainer, error);
}

SgStatus
sg_trainer_prepare(SgTrainer *trainer, SgError *error)
{
  const SgTrainerSetup *setup = trainer->setup;
  trainer->team = sg_team_new(setup->n_threads);
  if (trainer->team == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  SgStatus status = make_plan(trainer, error);
  if (status != SG_OK)
    return status;
  if (!make_buffers(trainer))
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  sg_plan_set_weights(trainer->plan, trainer->weights, trainer->states, trainer->gradients);
  status = make_optimiser(trainer, error);
  if (status == SG_OK)
    status = begin_or_resume(trainer, error);
  if (status == SG_OK)
    status = open_curves(trainer, error);
  if (status == SG_OK && setup->mode == SG_TRAIN_BY_STEPS)
    status = sg_loader_new(setup->train, trainer->report.step, setup->n_loaders, 2, &trainer->loader, error);
  trainer->seconds_before = trainer->report.seconds;
  trainer->started = sg_trainer_clock();
  return status;
}

void
sg_trainer_clear(SgTrainer *trainer)
{
  sg_loader_free(trainer->loader);
  sg_sampler_work_free(trainer->valid_work);
  sg_free(trainer->valid_batch.targets);
  sg_free(trainer->valid_batch.mixtures);
  sg_curves_free(trainer->curves);
  sg_averaging_free(trainer->averaging);
  sg_optimiser_free(trainer->optimiser);
  sg_lbfgs_free(trainer->lbfgs);
  sg_objective_free(trainer->train_objective);
  sg_objective_free(trainer->valid_objective);
  sg_plan_free(trainer->plan);
  sg_team_free(trainer->team);
  sg_free(trainer->weights);
  sg_free(trainer->gradients);
  sg_free(trainer->states);
  sg_free(trainer->smooth);
}
