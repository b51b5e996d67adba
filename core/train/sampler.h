/* Training examples drawn from cached datasets.
 *
 * An example is an excerpt of n_samples of every target source and their sum, the mixture. A target is a stem
 * or a sum of stems of a song. Mixed examples take every target from a song of its own; the others all from
 * one place of one song. Every excerpt is changed as its target's SgAugmentConfig says; in an example that is
 * not mixed, speed, shift and swap are the same for all targets (as the first target's configuration draws
 * them), so that the song stays in time. Only songs of the sampler's split are used.
 *
 * All that is drawn depends on (seed, step, index in the batch) alone: the stream is the same whoever draws
 * it, in whatever order and with however many threads, and goes on from any step. Songs are drawn in
 * proportion to their length, datasets by weight.
 *
 * In order (`is_sequential`): excerpt after excerpt of all songs that have every target, neither mixed nor
 * changed; for validation.
 *
 * Ownership: configurations are copied; the caches are borrowed and must outlive the sampler. Free with the
 * _free functions (NULL ignored). Threads: a sampler is immutable and shared; one SgSamplerWork a thread.
 * Audio callback: never.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/json.h"
#include "core/train/augment.h"
#include "core/train/cache.h"

enum { SG_SAMPLER_MAX_TARGETS = 32 };

typedef struct {
  const char *name;
  /* The stems that are summed; none: the one of the target's own name. "*": all that no target names. */
  const char *const *stems;
  size_t n_stems;
  double absent_probability; /* of being silent; never all targets at once */
  /* The excerpt is brought to this level before its gain (Σx² as unit energy in [Huang 2014]); silence stays.
   */
  bool is_normalised;
  double normalised_rms_db;
  SgAugmentConfig augment;
} SgSamplerTarget;

typedef struct {
  const SgCache *cache;
  double weight; /* of its songs in examples that are not mixed, and of its stems in mixed ones unless */
  const double *target_weights; /* [n_targets] says otherwise (NULL: it does not) */
} SgSamplerDataset;

typedef struct {
  uint64_t seed;
  SgSplit split;
  int64_t n_samples;
  size_t batch_size;
  const SgSamplerTarget *targets;
  size_t n_targets;
  const SgSamplerDataset *datasets;
  size_t n_datasets;
  double mix_probability; /* of an example being mixed */
  /* An excerpt of a mixed example that is quieter than this is drawn again, at most so many times (0: never).
   */
  unsigned n_redraws;
  double quiet_rms_db;
  bool is_sequential;
} SgSamplerConfig;

typedef struct SgSampler SgSampler;
typedef struct SgSamplerWork SgSamplerWork;

/* SG_BAD_ARGUMENT (`detail` names the value; "rate" or "channels" when the caches differ; "songs" when no
 * song of the split has every target though examples shall be taken whole), SG_UNKNOWN_SOURCE (`detail`: a
 * target that no song of the split has), SG_NO_MEMORY. */
SgStatus sg_sampler_new(const SgSamplerConfig *config, SgSampler **out_sampler, SgError *error);
void sg_sampler_free(SgSampler *sampler);
/* NULL when memory is out. A draw looks at *cancelled (may be NULL) before every piece of sound that it reads
 * and then ends with SG_CANCELLED. */
SgSamplerWork *sg_sampler_work_new(const SgSampler *sampler, const atomic_bool *cancelled);
void sg_sampler_work_free(SgSamplerWork *work);

uint32_t sg_sampler_rate(const SgSampler *sampler);
uint32_t sg_sampler_n_channels(const SgSampler *sampler);
size_t sg_sampler_n_targets(const SgSampler *sampler);
int64_t sg_sampler_n_samples(const SgSampler *sampler);
size_t sg_sampler_batch_size(const SgSampler *sampler);

/* In order: the batches that hold every excerpt once; the last is filled up from the beginning. Else 0. */
int64_t sg_sampler_n_batches(const SgSampler *sampler);

/* Floats of one example's targets: n_targets × n_channels × n_samples; its mixture has n_channels ×
 * n_samples. */
size_t sg_sampler_target_floats(const SgSampler *sampler);
size_t sg_sampler_mixture_floats(const SgSampler *sampler);

/* Where a target of an example came from. */
typedef struct {
  size_t dataset, track;
  int64_t start; /* may be negative: songs shorter than the excerpt begin somewhere in it */
  bool is_absent, is_mixed;
  SgAugmentPlan plan;
} SgExampleOrigin;

/* Example `index` of batch `step` into out_targets[n_targets][n_channels][n_samples] and
 * out_mixture[n_channels][n_samples]. out_origins [n_targets] may be NULL. Errors: those of sg_cache_read,
 * SG_CANCELLED. */
SgStatus sg_sampler_draw(const SgSampler *sampler, SgSamplerWork *work, int64_t step, size_t index,
                         float *out_targets, float *out_mixture, SgExampleOrigin *out_origins,
                         SgError *error);

/* The configuration for the record of a training run, datasets by their sources, songs and weights. */
SgJson *sg_sampler_json(const SgSampler *sampler);
