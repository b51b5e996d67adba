#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/train/sampler-private.h"

/* The generator of one example: a counter in three parts, each mixed in through the generator itself. */
static SgRandom
generator_of(uint64_t seed, int64_t step, size_t index)
{
  SgRandom random = sg_random_seeded(seed);
  random = sg_random_seeded(sg_random_bits(&random) ^ (uint64_t)step);
  return sg_random_seeded(sg_random_bits(&random) ^ (uint64_t)index);
}

/* The dataset whose share of the weights `at` falls into; those without songs have none. */
static size_t
pick_dataset(const SgSampler *sampler, size_t target, double unit)
{
  bool whole = target == SIZE_MAX;
  double at = unit * (whole ? sampler->whole_weight : sampler->target_weight[target]);
  size_t last = 0;
  for (size_t d = 0; d < sampler->config.n_datasets; d++) {
    const SgSampledDataset *dataset = &sampler->datasets[d];
    double weight = whole ? dataset->weight : dataset->target_weights[target];
    if ((whole ? dataset->whole.n : dataset->pools[target].n) == 0 || !(weight > 0.0))
      continue;
    last = d;
    if (at < weight)
      break;
    at -= weight;
  }
  return last;
}

/* The first entry of ascending `ends` that is above `at`. */
static size_t
find_above(const int64_t *ends, size_t n, int64_t at)
{
  size_t low = 0, high = n - 1;
  while (low < high) {
    size_t middle = (low + high) / 2;
    if (ends[middle] > at)
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

/* Draws song and place for n_in samples. */
static void
pick_place(const SgSampler *sampler, size_t target, int64_t n_in, SgRandom *random,
           SgExampleOrigin *out_origin)
{
  out_origin->dataset = pick_dataset(sampler, target, sg_random_unit(random));
  const SgSampledDataset *dataset = &sampler->datasets[out_origin->dataset];
  const SgSongPool *pool = target == SIZE_MAX ? &dataset->whole : &dataset->pools[target];
  int64_t at = (int64_t)sg_random_below(random, (uint64_t)pool->ends[pool->n - 1]);
  out_origin->track = pool->tracks[find_above(pool->ends, pool->n, at)];
  int64_t room = sg_cache_track(dataset->cache, out_origin->track)->n_samples - n_in;
  int64_t offset = (int64_t)sg_random_below(random, (uint64_t)(room < 0 ? -room : room) + 1);
  out_origin->start = room < 0 ? -offset : offset;
}

static void
channels_of(float *planar, uint32_t n_channels, int64_t n, float *out_channels[2])
{
  for (uint32_t c = 0; c < n_channels; c++)
    out_channels[c] = planar + c * n;
}

/* The sum of a target's stems at a place into work->sum, n_in samples a channel. */
static SgStatus
read_target(const SgSampler *sampler, SgSamplerWork *work, size_t target, const SgExampleOrigin *origin,
            int64_t n_in, SgError *error)
{
  const SgSampledDataset *dataset = &sampler->datasets[origin->dataset];
  float *channels[2];
  size_t n_floats = sampler->n_channels * (size_t)n_in;
  memset(work->sum, 0, n_floats * sizeof *work->sum);
  channels_of(work->read, sampler->n_channels, n_in, channels);
  for (size_t i = 0; i < dataset->n_stems[target]; i++) {
    size_t stem = dataset->stems[target][i];
    if (!sg_cache_has(dataset->cache, origin->track, stem))
      continue;
    if (work->cancelled != NULL && atomic_load(work->cancelled))
      return sg_error_set(error, SG_CANCELLED, NULL, NULL);
    SgStatus status =
        sg_cache_read(dataset->cache, origin->track, stem, origin->start, n_in, channels, error);
    if (status != SG_OK)
      return status;
    for (size_t j = 0; j < n_floats; j++)
      work->sum[j] += work->read[j];
  }
  return SG_OK;
}

static double
rms_of(const float *values, size_t n)
{
  double sum = 0.0;
  for (size_t i = 0; i < n; i++)
    sum += (double)values[i] * values[i];
  return n > 0 ? sqrt(sum / (double)n) : 0.0;
}

/* work->sum through normalisation and plan to out [n_channels][n_samples]. */
static SgStatus
finish_target(const SgSampler *sampler, SgSamplerWork *work, size_t target, const SgExampleOrigin *origin,
              int64_t n_in, float *out, SgError *error)
{
  const SgSamplerTarget *settings = &sampler->targets[target];
  size_t n_floats = sampler->n_channels * (size_t)n_in;
  if (settings->is_normalised && !sampler->config.is_sequential) {
    double rms = rms_of(work->sum, n_floats);
    double scale = rms > 0.0 ? pow(10.0, settings->normalised_rms_db / 20.0) / rms : 1.0;
    for (size_t i = 0; i < n_floats; i++)
      work->sum[i] = (float)(scale * work->sum[i]);
  }
  float *in_channels[2], *out_channels[2];
  channels_of(work->sum, sampler->n_channels, n_in, in_channels);
  channels_of(out, sampler->n_channels, sampler->config.n_samples, out_channels);
  return sg_augment_apply(&origin->plan, sampler->rate_hz, sampler->n_channels, in_channels,
                          sampler->config.n_samples, out_channels, error);
}

/* Excerpt `number` of all in their order. */
static void
place_in_order(const SgSampler *sampler, int64_t number, SgExampleOrigin *out_origin)
{
  number %= sampler->n_excerpts;
  for (size_t d = 0; d < sampler->config.n_datasets; d++) {
    const SgSongPool *pool = &sampler->datasets[d].whole;
    int64_t n = pool->n > 0 ? pool->excerpts[pool->n - 1] : 0;
    if (number >= n) {
      number -= n;
      continue;
    }
    size_t song = find_above(pool->excerpts, pool->n, number);
    out_origin->dataset = d;
    out_origin->track = pool->tracks[song];
    out_origin->start = (number - (song > 0 ? pool->excerpts[song - 1] : 0)) * sampler->config.n_samples;
    return;
  }
}

/* Plans, and which targets are absent. */
static void
draw_plans(const SgSampler *sampler, SgRandom randoms[], SgExampleOrigin origins[])
{
  const SgSamplerConfig *config = &sampler->config;
  size_t n_absent = 0;
  for (size_t t = 0; t < config->n_targets; t++) {
    const SgSamplerTarget *target = &sampler->targets[t];
    origins[t].is_absent = sg_random_unit(&randoms[t]) < target->absent_probability;
    n_absent += origins[t].is_absent;
    sg_augment_draw(&target->augment, sampler->rate_hz, config->n_samples, &randoms[t], &origins[t].plan);
    if (t == 0 || origins[t].is_mixed)
      continue;
    origins[t].plan.speed = origins[0].plan.speed;
    origins[t].plan.shift_samples = origins[0].plan.shift_samples;
    origins[t].plan.is_swapped = origins[0].plan.is_swapped;
  }
  for (size_t t = 0; n_absent == config->n_targets && t < config->n_targets; t++)
    origins[t].is_absent = false;
}

/* Reads a target of a mixed example, again elsewhere while it is too quiet. */
static SgStatus
read_mixed_target(const SgSampler *sampler, SgSamplerWork *work, size_t target, int64_t n_in,
                  SgRandom *random, SgExampleOrigin *origin, SgError *error)
{
  double quiet = pow(10.0, sampler->config.quiet_rms_db / 20.0);
  SgStatus status;
  unsigned n_draws = 0;
  do {
    pick_place(sampler, target, n_in, random, origin);
    status = read_target(sampler, work, target, origin, n_in, error);
  } while (status == SG_OK && n_draws++ < sampler->config.n_redraws &&
           rms_of(work->sum, sampler->n_channels * (size_t)n_in) < quiet);
  return status;
}

/* What is settled of an example before sound is read. */
static void
plan_example(const SgSampler *sampler, int64_t step, size_t index, SgRandom randoms[],
             SgExampleOrigin origins[])
{
  const SgSamplerConfig *config = &sampler->config;
  SgRandom random = generator_of(config->seed, step, index);
  bool is_mixed = sg_random_unit(&random) < config->mix_probability && !config->is_sequential;
  SgRandom place = sg_random_seeded(sg_random_bits(&random));
  for (size_t t = 0; t < config->n_targets; t++) {
    randoms[t] = sg_random_seeded(sg_random_bits(&random));
    origins[t] = (SgExampleOrigin){ .is_mixed = is_mixed, .plan = { .speed = 1.0 } };
  }
  if (!config->is_sequential)
    draw_plans(sampler, randoms, origins);
  if (is_mixed)
    return;
  SgExampleOrigin where = { 0 };
  if (config->is_sequential)
    place_in_order(sampler, step * (int64_t)config->batch_size + (int64_t)index, &where);
  else
    pick_place(sampler, SIZE_MAX, sg_augment_input_length(&origins[0].plan, config->n_samples), &place,
               &where);
  for (size_t t = 0; t < config->n_targets; t++) {
    origins[t].dataset = where.dataset;
    origins[t].track = where.track;
    origins[t].start = where.start;
  }
}

SgStatus
sg_sampler_draw(const SgSampler *sampler, SgSamplerWork *work, int64_t step, size_t index, float *out_targets,
                float *out_mixture, SgExampleOrigin *out_origins, SgError *error)
{
  const SgSamplerConfig *config = &sampler->config;
  const size_t n_floats = sg_sampler_mixture_floats(sampler);
  SgRandom randoms[SG_SAMPLER_MAX_TARGETS];
  SgExampleOrigin origins[SG_SAMPLER_MAX_TARGETS];
  plan_example(sampler, step, index, randoms, origins);
  memset(out_mixture, 0, n_floats * sizeof *out_mixture);
  for (size_t t = 0; t < config->n_targets; t++) {
    float *out = out_targets + t * n_floats;
    if (origins[t].is_absent) {
      memset(out, 0, n_floats * sizeof *out);
      continue;
    }
    int64_t n_in = sg_augment_input_length(&origins[t].plan, config->n_samples);
    SgStatus status = origins[t].is_mixed
                          ? read_mixed_target(sampler, work, t, n_in, &randoms[t], &origins[t], error)
                          : read_target(sampler, work, t, &origins[t], n_in, error);
    if (status == SG_OK)
      status = finish_target(sampler, work, t, &origins[t], n_in, out, error);
    if (status != SG_OK)
      return status;
    for (size_t i = 0; i < n_floats; i++)
      out_mixture[i] += out[i];
  }
  if (out_origins != NULL)
    memcpy(out_origins, origins, config->n_targets * sizeof *out_origins);
  return SG_OK;
}
