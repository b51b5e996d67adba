/* The settings of a training run, as JSON and as values.
 *
 *   { "about": anything, for people,
 *     "net": "umx", "cnn-unet", … and the sizes that core/train/train-net.h names for it,
 *     "graph": {…}                       a network in the graph language instead of "net"
 *     "start": FILE                      a model file of the same network, whose weights to begin with
 *     "datasets": [{"folder", "layout", "weight", "stem_weights": [one a target]}], "skip_bad",
 *     "missing_is_silent", "crop_s", "valid_share", "valid_songs": […], "test_songs": […],
 *     "targets": ["drums", …]            what the network gives; everything else of a song is the rest, which
 *                                        a network that gives it too names last: "rest"
 *     "rate_hz", "channels", "fft_size", "frames", "batch", "mix_probability", "absent_probability",
 *     "level_db": the RMS level of every target in an excerpt before its gain [Huang 2014: equal energy],
 *     "augment": {"gain_db": [low, high], "polarity", "swap", "shift", "speed": [probability, low, high],
 *                 "eq": [probability, max_db]},
 *     "loss": "mae", "gamma", "normalisation": "none" | "peak", "output": "magnitude" | "mask",
 *     "channel_form": "left-right" | "mid-side",
 *     "bands": {"single", "width", "count"}   of a "graph" (core/nn/model-file.h); band-unet has its own
 *     "optimiser": "adam" | "adamw" | "sgd" | "lbfgs" | "ridge", "rate", "minimum_rate", "weight_decay",
 * "momentum", "nesterov", "history", "batches" (lbfgs, ridge), "lambda" (ridge), "schedule": "cosine" |
 * "constant" | "plateau", "warm_up", "clip", "average", "steps" | "minutes", "look_every", "valid_batches",
 * "early_stop", "seed", "threads", "loaders" }
 *
 * Everything but datasets and targets has a standard value. An entry that is unknown, of the wrong kind or
 * out of its range is refused by name.
 *
 * Ownership: a config owns its texts; free with sg_train_config_free (NULL ignored). Threads: immutable once
 * made. Errors: SG_BAD_JSON (no JSON), SG_BAD_ARGUMENT (detail: the entry and what is expected),
 * SG_NO_MEMORY.
 */
#pragma once

#include "core/base/json.h"
#include "core/nn/graph.h"
#include "core/train/trainer.h"

enum {
  SG_TRAIN_MAX_DATASETS = 8,
  SG_TRAIN_MAX_TARGETS = 8,
  SG_TRAIN_MAX_SONGS = 128,
  SG_TRAIN_TEXT_SIZE = 1024
};

typedef struct {
  char folder[SG_TRAIN_TEXT_SIZE];
  SgDatasetLayout layout;
  double weight;
  double target_weights[SG_TRAIN_MAX_TARGETS]; /* of its stems in mixed examples, < 0: as `weight` */
} SgTrainDataset;

typedef struct {
  char net[32];  /* "" when `graph` is given */
  SgJson *graph; /* NULL when `net` is given */
  int64_t hidden, layers, width, depth, context, recurrent, n_bins_in, segment, window;
  double dropout;
  bool one_way, compressed, plain, linear;
  SgTrainDataset datasets[SG_TRAIN_MAX_DATASETS];
  size_t n_datasets;
  bool skip_bad, missing_is_silent;
  double valid_share;
  double crop_s; /* of every track only the beginning; 0: all */
  char valid_songs[SG_TRAIN_MAX_SONGS][128], test_songs[SG_TRAIN_MAX_SONGS][128];
  size_t n_valid_songs, n_test_songs;
  char targets[SG_TRAIN_MAX_TARGETS][SG_MODEL_WORD_SIZE];
  size_t n_targets;
  int64_t rate_hz, n_channels, fft_size, n_frames, batch_size;
  double mix_probability, absent_probability;
  bool levels;     /* bring every target of an excerpt to … */
  double level_db; /* … this RMS level */
  SgAugmentConfig augment;
  SgLossConfig loss;
  char normalisation[SG_MODEL_WORD_SIZE], output[SG_MODEL_WORD_SIZE], channel_form[SG_MODEL_WORD_SIZE];
  SgModelBands bands;
  uint32_t reach_frames; /* 0: not known (core/nn/model-file.h) */
  char start[SG_TRAIN_TEXT_SIZE]; /* "": from drawn weights */
  SgTrainMode mode;
  SgOptimiserConfig optimiser;
  int64_t history, lbfgs_batches;
  double ridge_lambda;
  double rate, minimum_rate;
  SgScheduleKind schedule;
  bool plateau;
  int64_t warm_up;
  double clip, average_decay; /* 0: none */
  int64_t n_steps;
  double minutes;
  int64_t look_every, n_valid_batches, early_stop;
  int64_t seed, n_threads, n_loaders;
  char *text; /* the whole of it in one line, for checkpoint and model file */
} SgTrainConfig;

/* `json` must be an object; it is read, not kept. */
SgStatus sg_train_config_new(const SgJsonValue *json, SgTrainConfig **out_config, SgError *error);
void sg_train_config_free(SgTrainConfig *config);

/* The network that the settings name. */
SgStatus sg_train_config_graph(const SgTrainConfig *config, SgGraph **out_graph, SgError *error);
