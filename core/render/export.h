/* Writes the stems of a separation as files, through the one renderer.
 *
 * All files are written nameless and named together at the end, so a cancelled or failed export leaves
 * nothing.
 *
 * Threads: one call, one job thread; it starts its own workers. Audio callback: never. Errors: those of
 * core/io/encoder.h and core/render/renderer.h, SG_UNKNOWN_SOURCE, SG_CANCELLED.
 */
#pragma once

#include "core/base/progress.h"
#include "core/io/encoder.h"
#include "core/render/renderer.h"

typedef struct {
  const char *folder; /* made when missing; files are FOLDER/SOURCE.EXT */
  SgContainer container;
  SgBits bits;
  bool overwrite;
  SgRenderSettings settings;
  const bool *wanted; /* [n_sources], NULL for all */
  unsigned n_threads; /* 0: one a processor */
} SgExportOptions;

typedef struct {
  float peak[SG_MAX_SOURCES];     /* highest absolute sample value, full scale 1 */
  int64_t n_over[SG_MAX_SOURCES]; /* samples over full scale */
} SgExportReport;

/* Refuses what could not be written (format, existing files, folder) before any work is done. */
SgStatus sg_export_check(const SgSeparation *separation, const SgExportOptions *options, SgError *error);

/* Stage "export". `out_report` may be NULL. */
SgStatus sg_export_stems(const SgSeparation *separation, const SgExportOptions *options, SgProgress progress,
                         void *user, SgExportReport *out_report, SgError *error);
