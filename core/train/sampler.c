#include "core/train/sampler.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/train/sampler-private.h"

static void
pool_clear(SgSongPool *pool)
{
  sg_free(pool->tracks);
  sg_free(pool->ends);
  sg_free(pool->excerpts);
}

void
sg_sampler_free(SgSampler *sampler)
{
  if (sampler == NULL)
    return;
  size_t n_targets = sampler->config.n_targets;
  for (size_t d = 0; sampler->datasets != NULL && d < sampler->config.n_datasets; d++) {
    SgSampledDataset *dataset = &sampler->datasets[d];
    for (size_t t = 0; t < n_targets; t++) {
      if (dataset->stems != NULL)
        sg_free(dataset->stems[t]);
      if (dataset->pools != NULL)
        pool_clear(&dataset->pools[t]);
    }
    pool_clear(&dataset->whole);
    sg_free(dataset->target_weights);
    sg_free(dataset->stems);
    sg_free(dataset->n_stems);
    sg_free(dataset->pools);
  }
  for (size_t t = 0; t < n_targets; t++)
    free(sampler->names[t]);
  sg_free(sampler->datasets);
  sg_free(sampler);
}

static bool
names_stem(const SgSamplerTarget *target, const char *stem)
{
  for (size_t i = 0; i < target->n_stems; i++)
    if (strcmp(target->stems[i], stem) == 0)
      return true;
  return target->n_stems == 0 && strcmp(target->name, stem) == 0;
}

/* Whether the target takes a stem: it names it, or takes the rest and no target names it. */
static bool
takes_stem(const SgSamplerConfig *config, size_t target, const char *stem)
{
  if (names_stem(&config->targets[target], stem))
    return true;
  if (!names_stem(&config->targets[target], "*"))
    return false;
  for (size_t t = 0; t < config->n_targets; t++)
    if (names_stem(&config->targets[t], stem))
      return false;
  return true;
}

static bool
has_target(const SgSampledDataset *dataset, size_t track, size_t target)
{
  for (size_t i = 0; i < dataset->n_stems[target]; i++)
    if (sg_cache_has(dataset->cache, track, dataset->stems[target][i]))
      return true;
  return false;
}

/* Songs of the split with the target, or (target SIZE_MAX) with all of them. Where what is missing counts as
 * silence, one target is enough. */
static bool
belongs(const SgSamplerConfig *config, const SgSampledDataset *dataset, size_t track, size_t target)
{
  const SgCacheTrack *info = sg_cache_track(dataset->cache, track);
  if (info->split != config->split || info->n_samples < 1)
    return false;
  if (target != SIZE_MAX)
    return has_target(dataset, track, target);
  size_t n = 0;
  for (size_t t = 0; t < config->n_targets; t++)
    n += has_target(dataset, track, t);
  return n == config->n_targets || (n > 0 && sg_cache_missing_is_silent(dataset->cache));
}

static bool
pool_fill(const SgSamplerConfig *config, const SgSampledDataset *dataset, size_t target, SgSongPool *pool)
{
  size_t n_tracks = sg_cache_n_tracks(dataset->cache);
  pool->tracks = SG_NEW(size_t, n_tracks);
  pool->ends = SG_NEW(int64_t, n_tracks);
  pool->excerpts = SG_NEW(int64_t, n_tracks);
  if (pool->tracks == NULL || pool->ends == NULL || pool->excerpts == NULL)
    return false;
  int64_t end = 0, n_excerpts = 0;
  for (size_t i = 0; i < n_tracks; i++) {
    if (!belongs(config, dataset, i, target))
      continue;
    int64_t n = sg_cache_track(dataset->cache, i)->n_samples;
    end += n;
    n_excerpts += (n + config->n_samples - 1) / config->n_samples;
    pool->tracks[pool->n] = i;
    pool->excerpts[pool->n] = n_excerpts;
    pool->ends[pool->n++] = end;
  }
  return true;
}

static bool
dataset_fill(const SgSamplerConfig *config, size_t index, SgSampledDataset *dataset)
{
  const SgSamplerDataset *given = &config->datasets[index];
  size_t n_sources = sg_cache_n_sources(given->cache);
  dataset->cache = given->cache;
  dataset->weight = given->weight;
  dataset->target_weights = SG_NEW(double, config->n_targets);
  dataset->stems = SG_NEW(size_t *, config->n_targets);
  dataset->n_stems = SG_NEW(size_t, config->n_targets);
  dataset->pools = SG_NEW(SgSongPool, config->n_targets);
  if (dataset->target_weights == NULL || dataset->stems == NULL || dataset->n_stems == NULL ||
      dataset->pools == NULL)
    return false;
  for (size_t t = 0; t < config->n_targets; t++) {
    dataset->target_weights[t] = given->target_weights != NULL ? given->target_weights[t] : given->weight;
    dataset->stems[t] = SG_NEW(size_t, n_sources);
    if (dataset->stems[t] == NULL)
      return false;
    for (size_t s = 0; s < n_sources; s++)
      if (takes_stem(config, t, sg_cache_source(given->cache, s)))
        dataset->stems[t][dataset->n_stems[t]++] = s;
  }
  for (size_t t = 0; t < config->n_targets; t++)
    if (!pool_fill(config, dataset, t, &dataset->pools[t]))
      return false;
  return pool_fill(config, dataset, SIZE_MAX, &dataset->whole);
}

/* The name of a value that makes no sense, or NULL. */
static const char *
bad_value(const SgSamplerConfig *config)
{
  if (config->n_samples < 1)
    return "samples";
  if (config->batch_size < 1)
    return "batch size";
  if (config->n_targets < 1 || config->n_targets > SG_SAMPLER_MAX_TARGETS)
    return "targets";
  if (config->n_datasets < 1)
    return "datasets";
  if (!(config->mix_probability >= 0.0 && config->mix_probability <= 1.0))
    return "mix";
  for (size_t t = 0; t < config->n_targets; t++) {
    const SgSamplerTarget *target = &config->targets[t];
    if (!(target->absent_probability >= 0.0 && target->absent_probability <= 1.0))
      return "absent";
    const char *bad = sg_augment_bad_value(&target->augment);
    if (bad != NULL)
      return bad;
  }
  for (size_t d = 0; d < config->n_datasets; d++) {
    const SgSamplerDataset *dataset = &config->datasets[d];
    if (!(dataset->weight >= 0.0))
      return "weight";
    for (size_t t = 0; dataset->target_weights != NULL && t < config->n_targets; t++)
      if (!(dataset->target_weights[t] >= 0.0))
        return "weight";
    if (sg_cache_rate(dataset->cache) != sg_cache_rate(config->datasets[0].cache))
      return "rate";
    if (sg_cache_n_channels(dataset->cache) != sg_cache_n_channels(config->datasets[0].cache))
      return "channels";
  }
  return NULL;
}

/* Sums up the weights of the datasets that have songs, and the excerpts; what is asked for must be there. */
static SgStatus
sum_up(SgSampler *sampler, SgError *error)
{
  const SgSamplerConfig *config = &sampler->config;
  for (size_t d = 0; d < config->n_datasets; d++) {
    const SgSampledDataset *dataset = &sampler->datasets[d];
    if (dataset->whole.n > 0) {
      sampler->whole_weight += dataset->weight;
      sampler->n_excerpts += dataset->whole.excerpts[dataset->whole.n - 1];
    }
    for (size_t t = 0; t < config->n_targets; t++)
      sampler->target_weight[t] += dataset->pools[t].n > 0 ? dataset->target_weights[t] : 0.0;
  }
  bool mixes = config->mix_probability > 0.0 && !config->is_sequential;
  for (size_t t = 0; mixes && t < config->n_targets; t++)
    if (!(sampler->target_weight[t] > 0.0))
      return sg_error_set(error, SG_UNKNOWN_SOURCE, NULL, sampler->names[t]);
  if (config->is_sequential ? sampler->n_excerpts == 0
                            : config->mix_probability < 1.0 && !(sampler->whole_weight > 0.0))
    return sg_error_set(error, SG_BAD_ARGUMENT, NULL, "songs");
  return SG_OK;
}

SgStatus
sg_sampler_new(const SgSamplerConfig *config, SgSampler **out_sampler, SgError *error)
{
  *out_sampler = NULL;
  const char *bad = bad_value(config);
  if (bad != NULL)
    return sg_error_set(error, SG_BAD_ARGUMENT, NULL, bad);
  SgSampler *sampler = SG_NEW(SgSampler, 1);
  if (sampler == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  sampler->config = *config;
  sampler->config.targets = sampler->targets;
  sampler->config.datasets = NULL;
  sampler->rate_hz = sg_cache_rate(config->datasets[0].cache);
  sampler->n_channels = sg_cache_n_channels(config->datasets[0].cache);
  sampler->datasets = SG_NEW(SgSampledDataset, config->n_datasets);
  bool complete = sampler->datasets != NULL;
  for (size_t t = 0; complete && t < config->n_targets; t++) {
    sampler->names[t] = strdup(config->targets[t].name);
    sampler->targets[t] = config->targets[t];
    sampler->targets[t].name = sampler->names[t];
    /* Which stems they are is settled in every dataset below. */
    sampler->targets[t].stems = NULL;
    sampler->targets[t].n_stems = 0;
    complete = sampler->names[t] != NULL;
  }
  for (size_t d = 0; complete && d < config->n_datasets; d++)
    complete = dataset_fill(config, d, &sampler->datasets[d]);
  SgStatus status = complete ? sum_up(sampler, error) : sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  if (status != SG_OK) {
    sg_sampler_free(sampler);
    return status;
  }
  *out_sampler = sampler;
  return SG_OK;
}

SgSamplerWork *
sg_sampler_work_new(const SgSampler *sampler, const atomic_bool *cancelled)
{
  SgSamplerWork *work = SG_NEW(SgSamplerWork, 1);
  if (work == NULL)
    return NULL;
  work->cancelled = cancelled;
  double fastest = 1.0;
  for (size_t t = 0; t < sampler->config.n_targets; t++)
    if (sampler->targets[t].augment.speed_probability > 0.0)
      fastest = fmax(fastest, sampler->targets[t].augment.speed_max);
  /* Rounded to whole Hz a speed may be a little higher than its limit. */
  SgAugmentPlan plan = { .speed = fastest + 1.0 / sampler->rate_hz };
  work->n_in_max = sg_augment_input_length(&plan, sampler->config.n_samples);
  work->read = SG_NEW(float, (size_t)work->n_in_max * sampler->n_channels);
  work->sum = SG_NEW(float, (size_t)work->n_in_max * sampler->n_channels);
  if (work->read == NULL || work->sum == NULL) {
    sg_sampler_work_free(work);
    return NULL;
  }
  return work;
}

void
sg_sampler_work_free(SgSamplerWork *work)
{
  if (work == NULL)
    return;
  sg_free(work->read);
  sg_free(work->sum);
  sg_free(work);
}

uint32_t
sg_sampler_rate(const SgSampler *sampler)
{
  return sampler->rate_hz;
}

uint32_t
sg_sampler_n_channels(const SgSampler *sampler)
{
  return sampler->n_channels;
}

size_t
sg_sampler_n_targets(const SgSampler *sampler)
{
  return sampler->config.n_targets;
}

int64_t
sg_sampler_n_samples(const SgSampler *sampler)
{
  return sampler->config.n_samples;
}

size_t
sg_sampler_batch_size(const SgSampler *sampler)
{
  return sampler->config.batch_size;
}

int64_t
sg_sampler_n_batches(const SgSampler *sampler)
{
  int64_t batch_size = (int64_t)sampler->config.batch_size;
  return sampler->config.is_sequential ? (sampler->n_excerpts + batch_size - 1) / batch_size : 0;
}

size_t
sg_sampler_mixture_floats(const SgSampler *sampler)
{
  return sampler->n_channels * (size_t)sampler->config.n_samples;
}

size_t
sg_sampler_target_floats(const SgSampler *sampler)
{
  return sampler->config.n_targets * sg_sampler_mixture_floats(sampler);
}

static SgJson *
json_of_target(const SgSampler *sampler, size_t index)
{
  const SgSamplerTarget *target = &sampler->targets[index];
  SgJson *json = sg_json_object_new();
  sg_json_set_text(json, "target", target->name);
  sg_json_set_number(json, "absent_probability", target->absent_probability);
  if (target->is_normalised)
    sg_json_set_number(json, "normalised_rms_db", target->normalised_rms_db);
  sg_json_set(json, "augment", sg_augment_json(&target->augment));
  return json;
}

/* What a dataset gives to each target: its stems, how many songs, with what weight. */
static SgJson *
json_of_dataset(const SgSampler *sampler, const SgSampledDataset *dataset)
{
  SgJson *json = sg_json_object_new(), *targets = sg_json_array_new();
  sg_json_set_number(json, "weight", dataset->weight);
  sg_json_set_integer(json, "songs", (int64_t)dataset->whole.n);
  for (size_t t = 0; t < sampler->config.n_targets; t++) {
    SgJson *target = sg_json_object_new(), *stems = sg_json_array_new();
    for (size_t i = 0; i < dataset->n_stems[t]; i++)
      sg_json_append_text(stems, sg_cache_source(dataset->cache, dataset->stems[t][i]));
    sg_json_set_text(target, "target", sampler->targets[t].name);
    sg_json_set(target, "stems", stems);
    sg_json_set_integer(target, "songs", (int64_t)dataset->pools[t].n);
    sg_json_set_number(target, "weight", dataset->target_weights[t]);
    sg_json_append(targets, target);
  }
  sg_json_set(json, "targets", targets);
  return json;
}

SgJson *
sg_sampler_json(const SgSampler *sampler)
{
  const SgSamplerConfig *config = &sampler->config;
  SgJson *json = sg_json_object_new(), *targets = sg_json_array_new(), *datasets = sg_json_array_new();
  /* JSON has no unsigned 64-bit integers: the seed's bits as a signed one. */
  sg_json_set_integer(json, "seed", (int64_t)config->seed);
  sg_json_set_text(json, "split", sg_split_id(config->split));
  sg_json_set_integer(json, "rate_hz", sampler->rate_hz);
  sg_json_set_integer(json, "channels", sampler->n_channels);
  sg_json_set_integer(json, "samples", config->n_samples);
  sg_json_set_integer(json, "batch_size", (int64_t)config->batch_size);
  sg_json_set_number(json, "mix_probability", config->mix_probability);
  sg_json_set_integer(json, "redraws", config->n_redraws);
  sg_json_set_number(json, "quiet_rms_db", config->quiet_rms_db);
  sg_json_set_bool(json, "sequential", config->is_sequential);
  for (size_t t = 0; t < config->n_targets; t++)
    sg_json_append(targets, json_of_target(sampler, t));
  for (size_t d = 0; d < config->n_datasets; d++)
    sg_json_append(datasets, json_of_dataset(sampler, &sampler->datasets[d]));
  sg_json_set(json, "targets", targets);
  sg_json_set(json, "datasets", datasets);
  return json;
}
