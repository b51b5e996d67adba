/* One song of "separate": decoded, separated, written. */
#pragma once

#include "app/cli/separate-inputs.h"
#include "app/cli/separate-values.h"
#include "core/base/json.h"
#include "core/base/progress.h"
#include "core/render/export.h"
#include "core/separate/knobs.h"

/* What is to be done with every song: the options, checked. Strings are borrowed. */
typedef struct {
  const char *folder;
  const SgMethodClass *method;
  const char *model_path;     /* of the method "model", else NULL */
  double knobs[SG_MAX_KNOBS]; /* of the method */
  unsigned wiener_iterations;
  SgExportOptions format; /* what separate_format_choose sets */
  gboolean convert;
  bool wanted[SG_MAX_SOURCES];
  bool has_minus;
  bool minus[SG_MAX_SOURCES];
  SeparateRange range;
  SgRenderSettings settings;
  guint shard_index, n_shards; /* 0 shards: all songs */
  gboolean overwrite, skip_existing, strict, json;
} SeparateOrder;

/* A SeparateSong whose `order` is a SeparateOrder. */
SgStatus separate_song(const SeparateInput *input, guint n_threads, SgProgress progress, void *progress_user,
                       void *order, SgJson **out_json, gboolean *out_skipped, SgError *error);
