/* The training loop.
 *
 * A step: the loader's next batch, spectra, forward, loss, backward, clipping, the optimiser, the average.
 * Every `look_every` steps a look: the loss and SDR of the validation excerpts with the averaged weights, a
 * row of the curves, the model file when it is the best so far, and a checkpoint. With L-BFGS a step is an
 * iteration over a fixed set of batches.
 *
 * By ridge the weights of a linear network are computed from a fixed set of batches at once; there is one
 * look.
 *
 * A run depends on its settings, the seed and the number of threads, and on nothing else; one that was
 * stopped or killed goes on from its last checkpoint as if nothing had been (the curves are cut back to it).
 * When only a time is given, the number of steps is set once, from the speed of the first steps, and kept in
 * the checkpoint.
 *
 * Files, beside OUTPUT (the model, core/nn/model-file.h): OUTPUT.checkpoint, OUTPUT.csv and .jsonl (curves;
 * another place by `curves`).
 *
 * Ownership: everything in the setup is borrowed and must outlive the trainer. Free with sg_trainer_free
 * (NULL ignored). Threads: one thread, which runs a team and loader threads. Audio callback: never. Errors:
 * SG_NOT_FINITE (detail names the layer whose weights or gradient exploded, `position` is the step),
 * SG_BAD_ARGUMENT, SG_BAD_MODEL (a checkpoint of other settings), SG_CANCELLED (the last checkpoint stays),
 * those of the parts.
 */
#pragma once

#include "core/base/progress.h"
#include "core/train/averaging.h"
#include "core/train/objective.h"
#include "core/train/optimiser-lbfgs.h"
#include "core/train/optimiser.h"
#include "core/train/schedule.h"

typedef enum { SG_TRAIN_BY_STEPS, SG_TRAIN_BY_LBFGS, SG_TRAIN_BY_RIDGE } SgTrainMode;

typedef struct {
  const SgGraph *graph;
  const SgModelFacts *facts;
  const SgSampler *train, *valid; /* `valid` is in order; NULL: no validation */
  SgLossConfig loss;
  SgTrainMode mode;
  SgOptimiserConfig optimiser;
  SgLbfgsConfig lbfgs;
  size_t lbfgs_batches; /* ≥ 1: the first so many batches are the whole set; of ridge too */
  double ridge_lambda;  /* core/train/ridge.h */
  SgScheduleKind schedule;
  double rate, minimum_rate;
  int64_t warm_up_steps;
  bool plateau;             /* the rate falls when loss/valid does not: instead of the schedule */
  double clip_norm;         /* 0: none */
  bool averages;            /* exponential averaging of the weights … */
  double average_decay;     /* … by this */
  int64_t n_steps;          /* 0: as many as `seconds` allow */
  double seconds;           /* used when n_steps is 0 */
  int64_t look_every;       /* ≥ 1 */
  size_t n_valid_batches;   /* at most; 0: all */
  int64_t early_stop_looks; /* 0: never */
  uint64_t seed;
  unsigned n_threads;   /* of the team, ≥ 1 */
  unsigned n_loaders;   /* ≥ 1 */
  const char *output;   /* the model file */
  const char *curves;   /* path without ending, NULL: beside the output */
  const char *settings; /* the run as JSON, for checkpoint and model file; a resumed run must have the same */
  const char *start;    /* a model file to take the first weights from, or NULL: they are drawn */
  bool resume;
} SgTrainerSetup;

typedef struct {
  int64_t step, n_steps;                    /* n_steps 0: not known yet */
  double seconds, seconds_left;             /* left < 0: not known yet */
  double loss_train, loss_valid, sdr_valid; /* of the last look; NAN before */
} SgTrainerReport;

/* Called after every step; false ends the run with SG_CANCELLED after a checkpoint. */
typedef bool (*SgTrainerProgress)(const SgTrainerReport *report, void *user);

/* A whole run. *out_report (may be NULL) tells how it ended. */
SgStatus sg_train(const SgTrainerSetup *setup, SgTrainerProgress progress, void *user,
                  SgTrainerReport *out_report, SgError *error);
