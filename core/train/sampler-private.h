/* The inside of a sampler; only core/train/sampler*.c take it. */
#pragma once

#include "core/train/sampler.h"

/* A choice of songs: one is drawn in proportion to its length. */
typedef struct {
  size_t *tracks;    /* [n] of the cache */
  int64_t *ends;     /* [n] sums of the lengths up to and with each */
  int64_t *excerpts; /* [n] sums of the excerpts, in order */
  size_t n;
} SgSongPool;

typedef struct {
  const SgCache *cache;
  double weight;
  double *target_weights; /* [n_targets] */
  size_t **stems;         /* [n_targets][n_stems[t]] sources of the cache */
  size_t *n_stems;        /* [n_targets] */
  SgSongPool *pools;      /* [n_targets] songs that have the target */
  SgSongPool whole;       /* songs that have every target, or may lack them in silence */
} SgSampledDataset;

struct SgSampler {
  SgSamplerConfig config; /* targets and datasets are in the copies below */
  SgSamplerTarget targets[SG_SAMPLER_MAX_TARGETS];
  char *names[SG_SAMPLER_MAX_TARGETS];
  SgSampledDataset *datasets;
  uint32_t rate_hz, n_channels;
  double whole_weight; /* Σ over the datasets with such songs */
  double target_weight[SG_SAMPLER_MAX_TARGETS];
  int64_t n_excerpts;
};

struct SgSamplerWork {
  float *read, *sum; /* [n_channels][n_in_max] */
  int64_t n_in_max;
  const atomic_bool *cancelled; /* may be NULL */
};
