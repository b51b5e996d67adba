#include <stdio.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/train/ridge.h"
#include "core/train/trainer-private.h"

/* The linear network of core/nn/zoo/ensemble-ffn.c: one dense layer on flattened segments. */
typedef struct {
  const SgWeight *weight, *bias;
  size_t n_sources, n_frames, n_channels, n_bins; /* of the tensors */
  size_t n_bins_in, segment;
} Linear;

static SgStatus
find_linear(const SgTrainer *trainer, Linear *linear, SgError *error)
{
  const SgGraph *graph = trainer->setup->graph;
  const SgShape *shape = sg_plan_input_shape(trainer->plan, 0);
  linear->weight = sg_weight_table_find(trainer->table, "heads.weight");
  linear->bias = sg_weight_table_find(trainer->table, "heads.bias");
  int crop = sg_graph_find(graph, "crop");
  if (linear->weight == NULL || linear->bias == NULL || trainer->table->n_rows != 2 || shape->n_dims != 4)
    return sg_error_set(error, SG_BAD_ARGUMENT, NULL, "optimiser: ridge is for ensemble-ffn with \"linear\"");
  linear->n_sources = trainer->setup->facts->n_sources;
  linear->n_frames = (size_t)shape->dims[1];
  linear->n_channels = (size_t)shape->dims[2];
  linear->n_bins = (size_t)shape->dims[3];
  linear->n_bins_in = crop >= 0 ? (size_t)sg_graph_node(graph, (size_t)crop)->attributes.end : linear->n_bins;
  linear->segment = (size_t)linear->weight->shape.dims[1] / (linear->n_channels * linear->n_bins_in);
  return SG_OK;
}

/* A segment's lowest bins from a tensor [frames][channels][bins] that begins at it. */
static float *
take_segment(const Linear *linear, const float *tensor, float *out)
{
  for (size_t row = 0; row < linear->segment * linear->n_channels; row++, out += linear->n_bins_in)
    memcpy(out, tensor + row * linear->n_bins, linear->n_bins_in * sizeof *out);
  return out;
}

/* Adds all segments of an example: inputs [frames][channels][bins], targets
 * [sources][frames][channels][bins].
 */
static void
add_example(SgRidge *ridge, const Linear *linear, const float *inputs, const float *targets, float *rows_in,
            float *rows_out)
{
  size_t n_frame = linear->n_channels * linear->n_bins, n_segments = linear->n_frames / linear->segment;
  float *to_in = rows_in, *to_out = rows_out;
  for (size_t s = 0; s < n_segments; s++) {
    size_t at = s * linear->segment * n_frame;
    to_in = take_segment(linear, inputs + at, to_in);
    for (size_t j = 0; j < linear->n_sources; j++)
      to_out = take_segment(linear, targets + j * linear->n_frames * n_frame + at, to_out);
  }
  sg_ridge_add(ridge, n_segments, rows_in, rows_out);
}

static SgStatus
add_batches(SgTrainer *trainer, SgRidge *ridge, const Linear *linear, float *rows_in, float *rows_out,
            SgError *error)
{
  size_t n_input = linear->n_frames * linear->n_channels * linear->n_bins;
  SgLoader *loader = NULL;
  SgStatus status = sg_loader_new(trainer->setup->train, 0, trainer->setup->n_loaders, 2, &loader, error);
  for (size_t i = 0; status == SG_OK && i < trainer->setup->lbfgs_batches; i++) {
    const SgBatch *batch = NULL;
    status = sg_loader_next(loader, &batch, error);
    if (status != SG_OK)
      break;
    float *input = sg_plan_input(trainer->plan, 0);
    sg_objective_begin(trainer->train_objective, batch, input);
    const float *targets = sg_objective_targets(trainer->train_objective);
    for (size_t b = 0; b < sg_sampler_batch_size(trainer->setup->train); b++)
      add_example(ridge, linear, input + b * n_input, targets + b * linear->n_sources * n_input, rows_in,
                  rows_out);
    sg_loader_give_back(loader, batch);
    trainer->report.step++;
    if (trainer->progress != NULL && !trainer->progress(&trainer->report, trainer->user))
      status = sg_error_set(error, SG_CANCELLED, NULL, NULL);
  }
  sg_loader_free(loader);
  return status;
}

SgStatus
sg_trainer_regress(SgTrainer *trainer, SgError *error)
{
  Linear linear = { 0 };
  SgRidge *ridge = NULL;
  bool stop = false;
  SgStatus status = find_linear(trainer, &linear, error);
  if (status != SG_OK)
    return status;
  size_t n_in = (size_t)linear.weight->shape.dims[1], n_out = (size_t)linear.weight->shape.dims[0];
  size_t n_segments = linear.n_frames / linear.segment;
  float *rows_in = sg_alloc(n_segments, n_in * sizeof(float));
  float *rows_out = sg_alloc(n_segments, n_out * sizeof(float));
  trainer->report.n_steps = (int64_t)trainer->setup->lbfgs_batches;
  if (rows_in == NULL || rows_out == NULL)
    status = sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  if (status == SG_OK)
    status = sg_ridge_new(n_in, n_out, &ridge, error);
  if (status == SG_OK)
    status = add_batches(trainer, ridge, &linear, rows_in, rows_out, error);
  if (status == SG_OK)
    status = sg_ridge_solve(ridge, trainer->setup->ridge_lambda, trainer->weights + linear.weight->offset,
                            trainer->weights + linear.bias->offset, error);
  sg_free(rows_in);
  sg_free(rows_out);
  sg_ridge_free(ridge);
  return status == SG_OK ? sg_trainer_look(trainer, &stop, error) : status;
}
