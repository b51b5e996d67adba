/* What the files of the trainer share. */
#pragma once

#include "core/train/checkpoint.h"
#include "core/train/curves.h"
#include "core/train/trainer.h"

enum { SG_TRAINER_PATH_SIZE = 1024 };

typedef struct {
  const SgTrainerSetup *setup;
  SgTrainerProgress progress;
  void *user;
  SgTeam *team;
  SgPlan *plan;
  SgObjective *train_objective, *valid_objective; /* the latter NULL without validation */
  SgLoader *loader;
  SgBatch valid_batch; /* owned here, drawn on this thread */
  SgSamplerWork *valid_work;
  SgCurves *curves;
  const SgWeightTable *table;
  float *weights, *gradients, *states; /* as the table lays them out */
  float *smooth;                       /* [n_weights] weights to look at: averaged ones, or a copy */
  SgOptimiser *optimiser;              /* NULL with L-BFGS */
  SgLbfgs *lbfgs;                      /* NULL without */
  SgAveraging *averaging;              /* NULL: no averaging */
  SgPlateau plateau;
  SgEarlyStop early_stop;
  double sum_loss; /* of the steps since the last look */
  int64_t n_losses;
  double best_valid;     /* loss/valid of the model written last; ∞ before */
  double seconds_before; /* spent in earlier parts of a resumed run */
  double started;        /* clock */
  SgTrainerReport report;
} SgTrainer;

/* seconds on a clock that only goes forward */
double sg_trainer_clock(void);

SgStatus sg_trainer_prepare(SgTrainer *trainer, SgError *error);
void sg_trainer_clear(SgTrainer *trainer);

/* Loss and gradient of the trainer's weights on one batch; adds nothing up. */
SgStatus sg_trainer_gradient(SgTrainer *trainer, const SgBatch *batch, double *out_loss, SgError *error);

/* Validation, curves, model file, checkpoint. *out_stop: early stopping has seen enough. */
SgStatus sg_trainer_look(SgTrainer *trainer, bool *out_stop, SgError *error);
SgStatus sg_trainer_save(SgTrainer *trainer, SgError *error);
/* SG_NOT_FOUND when there is no checkpoint. */
SgStatus sg_trainer_load(SgTrainer *trainer, SgError *error);

/* The whole run of SG_TRAIN_BY_RIDGE: the weights from sums over batches, and a look. */
SgStatus sg_trainer_regress(SgTrainer *trainer, SgError *error);

/* SG_NOT_FINITE with the first layer whose weights or gradients are not finite. */
SgStatus sg_trainer_exploded(const SgTrainer *trainer, SgError *error);
