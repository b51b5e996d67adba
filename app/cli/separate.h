/* "separate": its options. */
#pragma once

#include "app/cli/separate-format.h"
#include "app/cli/separate-song.h"

/* As given on the command line; strings are owned. `model_path` is found from `method`. */
typedef struct {
  char *folder;
  char *method, *model_path;
  char *stems, *minus;
  char **strengths, **knobs;
  char *from, *to;
  SeparateFormatOptions format;
  char *shard;
  int n_threads, n_jobs, wiener_iterations;
  gboolean recursive, overwrite, skip_existing, strict, json;
} SeparateOptions;

#define SEPARATE_OPTIONS_USUAL ((SeparateOptions){ .n_jobs = 1 })

void separate_options_clear(SeparateOptions *options);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(SeparateOptions, separate_options_clear)

/* Reads and checks the options. Returns the files, to be freed with g_strfreev, or NULL after saying what is
 * wrong; *out_code then is the exit code. */
GStrv separate_parse(int argc, char **argv, SeparateOptions *options, SeparateOrder *out_order,
                     int *out_code);
