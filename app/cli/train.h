/* stemglass-cli train: what its parts share. train.c reads the options and runs, train-settings.c puts the
 * settings together. */
#pragma once

#include <glib.h>

#include "core/base/json.h"

/* As given on the command line; strings are owned. */
typedef struct {
  char *recipe, *net, *output, *curves, *plot, *cache;
  char **datasets, **targets;
  double minutes;
  int n_steps, n_threads, seed; /* seed < 0: not given */
  gboolean resume, skip_bad, json;
} TrainOptions;

void train_options_clear(TrainOptions *options);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(TrainOptions, train_options_clear)

/* The recipe's settings, those of the file (may be NULL) over them, and the command line's over both. */
SgJson *train_settings_new(const TrainOptions *options, const char *path, GError **error);

/* "train --recipe list". */
int train_list_recipes(gboolean json);
