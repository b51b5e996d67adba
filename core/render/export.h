/* Writes the stems of a separation as files, through the one renderer; also the mixture without some of them.
 *
 * All files are written nameless and named together at the end, so a cancelled or failed export leaves
 * nothing, and of two exports into one folder at once each names either all of its files or none.
 *
 * Threads: one call, one job thread; it starts its own workers. Audio callback: never. Errors: those of
 * core/io/encoder.h and core/render/renderer.h, SG_UNKNOWN_SOURCE, SG_N_STEMS, SG_CANCELLED.
 */
#pragma once

#include "core/base/progress.h"
#include "core/io/encoder.h"
#include "core/render/renderer.h"

/* What can be written: source j as output j, the mixture without the sources of `minus`, and the stem file.
 */
enum { SG_EXPORT_MINUS = SG_MAX_SOURCES, SG_EXPORT_STEM_FILE, SG_EXPORT_MAX_OUTPUTS };

typedef struct {
  const char *folder; /* made when missing; files are FOLDER/SOURCE.EXT, a stem file FOLDER/NAME.stem.mp4 with
                         the folder's own name */
  SgContainer container;
  SgBits bits;
  bool overwrite;
  SgRenderSettings settings;
  const bool *wanted;       /* [n_sources], NULL for all; a stem file takes exactly four */
  const bool *minus;        /* [n_sources]: x − Σ ŝ_j over these, sample by sample; NULL: not wanted */
  int64_t start, n_samples; /* the range to write, inside the song; 0 samples: from start to its end */
  unsigned n_threads;       /* 0: one a processor */
  uint32_t rate_hz;         /* to convert to; 0: the song's */
  bool fold_to_stereo;      /* more than two channels become two (core/render/fold.h) */
  bool no_dither;           /* 16 bits are dithered otherwise */
  bool common_gain; /* if anything is over full scale, all is lowered alike until nothing is; renders twice */
  double quality;   /* as in SgEncoderFormat */
  const SgTags *tags; /* of the song, NULL for none; files of stems get the stem's name in their title */
  const char *const *names; /* [n_sources] for the stem file, NULL: the sources' identifiers */
} SgExportOptions;

typedef struct {
  float peak[SG_EXPORT_MAX_OUTPUTS];     /* highest absolute sample value, full scale 1, as written; of a stem
                                            file's     stems under their sources, of its mix under
                                            SG_EXPORT_STEM_FILE
                                          */
  int64_t n_over[SG_EXPORT_MAX_OUTPUTS]; /* samples over full scale */
  float gain;                            /* the common one, 1 when there was no need */
} SgExportReport;

/* What the files will be; sg_encoder_misfit tells whether they can. */
SgEncoderFormat sg_export_format(const SgPcm *pcm, const SgExportOptions *options);

/* Whether output j < SG_EXPORT_MAX_OUTPUTS is to be written. */
bool sg_export_is_wanted(const SgMethodPlan *plan, const SgExportOptions *options, uint32_t output);

/* "drums", "minus-drums-bass", … of an output that is wanted, cut to `size`. */
void sg_export_name(const SgMethodPlan *plan, const SgExportOptions *options, uint32_t output, char *out_name,
                    size_t size);

/* The output's file, of PATH_MAX bytes. */
SgStatus sg_export_path(const SgMethodPlan *plan, const SgExportOptions *options, uint32_t output,
                        char *out_path, SgError *error);

/* Refuses what could not be written (format, existing files, folder) before any work is done. */
SgStatus sg_export_check(const SgSeparation *separation, const SgExportOptions *options, SgError *error);

/* Stage "export". `out_report` may be NULL. */
SgStatus sg_export_stems(const SgSeparation *separation, const SgExportOptions *options, SgProgress progress,
                         void *user, SgExportReport *out_report, SgError *error);
