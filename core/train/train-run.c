#include "core/train/train-run.h"

#include <stdio.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/workers.h"
#include "core/train/dataset-heard.h"
#include "core/train/train-net.h"

static const char REST[] = "rest";

/* All that a run opens. */
typedef struct {
  const SgTrainConfig *config;
  const SgTrainPlace *place;
  bool with_test;
  SgCache *caches[SG_TRAIN_MAX_DATASETS];
  bool valid_found[SG_TRAIN_MAX_SONGS], test_found[SG_TRAIN_MAX_SONGS]; /* listed songs, in any dataset */
  SgSampler *train, *valid;
  SgGraph *graph;
  SgModelFacts facts;
} Run;

static SgStatus
open_dataset(Run *run, size_t index, SgDatasetFound found, SgProgress progress, void *user, SgError *error)
{
  const SgTrainConfig *config = run->config;
  const char *valid[SG_TRAIN_MAX_SONGS], *test[SG_TRAIN_MAX_SONGS];
  for (size_t i = 0; i < config->n_valid_songs; i++)
    valid[i] = config->valid_songs[i];
  for (size_t i = 0; i < config->n_test_songs; i++)
    test[i] = config->test_songs[i];
  const SgDatasetOptions options = {
    .layout = config->datasets[index].layout,
    .skip_bad = config->skip_bad,
    .missing_is_silent = config->missing_is_silent,
    .valid_share = config->n_valid_songs > 0 ? 0.0 : config->valid_share,
    .seed = (uint64_t)config->seed,
    .valid_songs = valid,
    .n_valid_songs = config->n_valid_songs,
    .test_songs = test,
    .n_test_songs = config->n_test_songs,
    .valid_found = config->n_datasets > 1 ? run->valid_found : NULL,
    .test_found = config->n_datasets > 1 ? run->test_found : NULL,
  };
  const SgCacheSettings settings = { .folder = run->place->cache_folder,
                                     .rate_hz = (uint32_t)config->rate_hz,
                                     .n_channels = (uint32_t)config->n_channels,
                                     .format = SG_CACHE_16,
                                     .crop_s = config->crop_s,
                                     .with_test = run->with_test };
  SgDataset *dataset = NULL;
  SgStatus status = sg_dataset_open_heard(config->datasets[index].folder, &options, run->place->cache_folder,
                                          progress, user, &dataset, error);
  if (status == SG_OK && found != NULL)
    found(dataset, user);
  if (status == SG_OK)
    status = sg_dataset_require(dataset, error);
  if (status == SG_OK)
    status = sg_cache_open(dataset, &settings, progress, user, &run->caches[index], error);
  sg_dataset_free(dataset);
  return status;
}

/* Whether a dataset has stems that are no targets. */
static bool
has_rest(const Run *run)
{
  const SgTrainConfig *config = run->config;
  for (size_t d = 0; d < config->n_datasets; d++)
    for (size_t s = 0; s < sg_cache_n_sources(run->caches[d]); s++) {
      bool is_target = false;
      for (size_t t = 0; t < config->n_targets; t++)
        is_target = is_target || strcmp(config->targets[t], sg_cache_source(run->caches[d], s)) == 0;
      if (!is_target)
        return true;
    }
  return false;
}

/* Every song of the lists is in one of several datasets. */
static SgStatus
require_listed(const Run *run, SgError *error)
{
  const SgTrainConfig *config = run->config;
  const char *missing = NULL;
  for (size_t i = 0; i < config->n_valid_songs; i++)
    if (!run->valid_found[i])
      missing = config->valid_songs[i];
  for (size_t i = 0; i < config->n_test_songs; i++)
    if (!run->test_found[i])
      missing = config->test_songs[i];
  if (missing == NULL)
    return SG_OK;
  sg_error_set(error, SG_BAD_DATASET, missing, sg_fault_id(SG_FAULT_UNKNOWN_SONG));
  if (error != NULL)
    error->actual = 1;
  return SG_BAD_DATASET;
}

static SgStatus
make_sampler(const Run *run, SgSplit split, SgSampler **out_sampler, SgError *error)
{
  static const char *const all_others[] = { "*" };
  const SgTrainConfig *config = run->config;
  SgSamplerTarget targets[SG_TRAIN_MAX_TARGETS + 1] = { 0 };
  size_t n_targets = config->n_targets;
  SgSamplerDataset datasets[SG_TRAIN_MAX_DATASETS] = { 0 };
  double weights[SG_TRAIN_MAX_DATASETS][SG_TRAIN_MAX_TARGETS + 1]; /* of stems; the last is the rest's */
  for (size_t i = 0; i < n_targets; i++)
    targets[i] = (SgSamplerTarget){ .name = config->targets[i],
                                    .augment = config->augment,
                                    .is_normalised = config->levels,
                                    .normalised_rms_db = config->level_db,
                                    .absent_probability = config->absent_probability };
  /* A network that gives the rest too names it last. */
  bool names_rest = strcmp(config->targets[n_targets - 1], REST) == 0;
  if (names_rest)
    n_targets--;
  targets[n_targets] = (SgSamplerTarget){ .name = REST,
                                          .stems = all_others,
                                          .n_stems = 1,
                                          .augment = config->augment,
                                          .is_normalised = config->levels,
                                          .normalised_rms_db = config->level_db };
  for (size_t i = 0; i < config->n_datasets; i++) {
    const SgTrainDataset *dataset = &config->datasets[i];
    for (size_t t = 0; t <= n_targets; t++) {
      bool is_given = t < config->n_targets && dataset->target_weights[t] >= 0.0;
      weights[i][t] = is_given ? dataset->target_weights[t] : dataset->weight;
    }
    datasets[i] = (SgSamplerDataset){ .cache = run->caches[i],
                                      .weight = dataset->weight,
                                      .target_weights = weights[i] };
  }
  const SgSamplerConfig sampler = {
    .seed = (uint64_t)config->seed,
    .split = split,
    .n_samples = sg_train_net_is_wave(config->net)
                     ? sg_train_net_window(config)
                     : sg_excerpt_samples((uint32_t)config->fft_size, (size_t)config->n_frames),
    .batch_size = (size_t)config->batch_size,
    .targets = targets,
    .n_targets = n_targets + (names_rest || has_rest(run) ? 1 : 0),
    .datasets = datasets,
    .n_datasets = config->n_datasets,
    .mix_probability = config->mix_probability,
    .n_redraws = 4,
    .quiet_rms_db = -60.0,
    .is_sequential = split == SG_SPLIT_VALID,
  };
  return sg_sampler_new(&sampler, out_sampler, error);
}

static void
state_facts(Run *run)
{
  const SgTrainConfig *config = run->config;
  run->facts = (SgModelFacts){ .rate_hz = (uint32_t)config->rate_hz,
                               .n_channels = (uint32_t)config->n_channels,
                               .fft_size = (uint32_t)config->fft_size,
                               .hop = (uint32_t)config->fft_size / 4,
                               .input = "magnitude",
                               .bands = config->bands,
                               .reach_frames = config->reach_frames,
                               .n_sources = config->n_targets };
  memcpy(run->facts.normalisation, config->normalisation, sizeof run->facts.normalisation);
  memcpy(run->facts.output, config->output, sizeof run->facts.output);
  memcpy(run->facts.channel_form, config->channel_form, sizeof run->facts.channel_form);
  if (sg_train_net_is_wave(config->net)) {
    run->facts.fft_size = run->facts.hop = 0;
    strcpy(run->facts.input, "waveform");
    strcpy(run->facts.output, "waveform");
    strcpy(run->facts.normalisation, "none");
  }
  for (size_t i = 0; i < config->n_targets; i++)
    memcpy(run->facts.sources[i], config->targets[i], sizeof run->facts.sources[i]);
}

static bool
has_songs(const Run *run, SgSplit split)
{
  for (size_t d = 0; d < run->config->n_datasets; d++)
    for (size_t t = 0; t < sg_cache_n_tracks(run->caches[d]); t++)
      if (sg_cache_track(run->caches[d], t)->split == split)
        return true;
  return false;
}

static SgStatus
open_all(Run *run, SgDatasetFound found, SgProgress progress, void *user, SgError *error)
{
  SgStatus status = SG_OK;
  for (size_t i = 0; i < run->config->n_datasets && status == SG_OK; i++)
    status = open_dataset(run, i, found, progress, user, error);
  if (status == SG_OK && run->config->n_datasets > 1 && !run->config->skip_bad)
    status = require_listed(run, error);
  if (status == SG_OK)
    status = make_sampler(run, SG_SPLIT_TRAIN, &run->train, error);
  if (status == SG_OK && has_songs(run, SG_SPLIT_VALID))
    status = make_sampler(run, SG_SPLIT_VALID, &run->valid, error);
  if (status == SG_OK)
    status = sg_train_config_graph(run->config, &run->graph, error);
  state_facts(run);
  return status;
}

static SgStatus
train(const Run *run, SgTrainerProgress steps, void *user, SgTrainerReport *out_report, SgError *error)
{
  const SgTrainConfig *config = run->config;
  SgTrainerSetup setup = {
    .graph = run->graph,
    .facts = &run->facts,
    .train = run->train,
    .valid = run->valid,
    .loss = config->loss,
    .mode = config->mode,
    .optimiser = config->optimiser,
    .lbfgs = sg_lbfgs_standard(),
    .lbfgs_batches = (size_t)config->lbfgs_batches,
    .ridge_lambda = config->ridge_lambda,
    .schedule = config->schedule,
    .rate = config->rate,
    .minimum_rate = config->minimum_rate,
    .warm_up_steps = config->warm_up,
    .plateau = config->plateau,
    .clip_norm = config->clip,
    .averages = config->average_decay > 0.0,
    .average_decay = config->average_decay,
    .n_steps = config->n_steps,
    .seconds = 60.0 * config->minutes,
    .look_every = config->look_every,
    .n_valid_batches = (size_t)config->n_valid_batches,
    .early_stop_looks = config->early_stop,
    .seed = (uint64_t)config->seed,
    .n_threads = config->n_threads > 0 ? (unsigned)config->n_threads : sg_workers_default_count(),
    .n_loaders = (unsigned)config->n_loaders,
    .output = run->place->output,
    .curves = run->place->curves,
    .settings = config->text,
    .start = config->start[0] != '\0' ? config->start : NULL,
    .resume = run->place->resume,
  };
  setup.lbfgs.history = (unsigned)config->history;
  return sg_train(&setup, steps, user, out_report, error);
}

SgStatus
sg_train_run(const SgTrainConfig *config, const SgTrainPlace *place, SgDatasetFound found,
             SgProgress progress, SgTrainerProgress steps, void *user, SgTrainerReport *out_report,
             SgError *error)
{
  Run run = { .config = config, .place = place };
  SgStatus status = open_all(&run, found, progress, user, error);
  if (status == SG_OK)
    status = train(&run, steps, user, out_report, error);
  sg_sampler_free(run.train);
  sg_sampler_free(run.valid);
  sg_graph_free(run.graph);
  for (size_t i = 0; i < config->n_datasets; i++)
    sg_cache_free(run.caches[i]);
  return status;
}

SgStatus
sg_train_open_test(const SgTrainConfig *config, const char *cache_folder, SgProgress progress, void *user,
                   SgCache **out_cache, SgError *error)
{
  const SgTrainPlace place = { .cache_folder = cache_folder };
  Run run = { .config = config, .place = &place, .with_test = true };
  SgStatus status = open_dataset(&run, 0, NULL, progress, user, error);
  *out_cache = run.caches[0];
  return status;
}
