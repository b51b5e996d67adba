/* A training run from its settings: datasets, caches, samplers, network and loop. */
#pragma once

#include "core/train/train-config.h"

typedef struct {
  const char *output, *curves; /* as in SgTrainerSetup */
  const char *cache_folder;    /* NULL: the default */
  bool resume;
} SgTrainPlace;

/* Told about each dataset once it is open, before its faults end the run. */
typedef void (*SgDatasetFound)(const SgDataset *dataset, void *user);

/* Stages of `progress`: "scan", "cache". Errors: those of datasets, caches, samplers and the trainer. */
SgStatus sg_train_run(const SgTrainConfig *config, const SgTrainPlace *place, SgDatasetFound found,
                      SgProgress progress, SgTrainerProgress steps, void *user, SgTrainerReport *out_report,
                      SgError *error);

/* The first dataset of a run, its test split too, to score what the run gave; free it with sg_cache_free.
 * Stages and errors as above. */
SgStatus sg_train_open_test(const SgTrainConfig *config, const char *cache_folder, SgProgress progress,
                            void *user, SgCache **out_cache, SgError *error);
