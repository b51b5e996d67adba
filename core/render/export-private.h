/* An export under way. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "core/io/stem-mp4.h"
#include "core/render/conversion.h"
#include "core/render/export.h"

/* Each worker takes a whole output, renders it block by block, converts and encodes it. A pass before may
 * only measure how high it goes. */
typedef struct {
  const SgSeparation *separation;
  const SgExportOptions *options;
  const SgRenderer *renderer;
  SgEncoder *encoders[SG_EXPORT_MAX_OUTPUTS]; /* NULL for what is not wanted */
  SgStemMp4Writer *stem_file;                 /* NULL when none is wanted: else there are no encoders */
  uint32_t n_wanted;
  bool measures_only;
  float gain;
  float peak[SG_EXPORT_MAX_OUTPUTS]; /* of this pass; each written by the one worker that has the output */
  int64_t n_over[SG_EXPORT_MAX_OUTPUTS];
  _Atomic uint32_t next_output;
  _Atomic int64_t n_samples_done; /* over all outputs and passes */
  atomic_bool cancelled;
  pthread_mutex_t lock;
  SgError error; /* under lock: the first failure */
} SgExport;

int64_t sg_export_n_samples(const SgSeparation *separation, const SgExportOptions *options);
SgStatus sg_export_conversion_new(const SgExport *export, SgConversion **out_conversion, SgError *error);
/* Notes how high the samples of an output go. */
void sg_export_measure(SgExport *export, uint32_t output, const float *samples, int64_t n);

/* A worker's own. The last two only where the mixture without some stems is wanted. */
typedef struct {
  SgRenderWork *render;
  float *block;   /* [SG_RENDER_MAX_SAMPLES][channel], what is rendered */
  float *mixture; /* [channel][SG_RENDER_MAX_SAMPLES] */
  float *stems;   /* [subtracted source][SG_RENDER_MAX_SAMPLES][channel] */
} SgExportWork;

bool sg_export_work_init(const SgExport *export, SgExportWork *work);
void sg_export_work_clear(SgExportWork *work);

/* One file of one output, and the file with all stems. */
SgStatus sg_export_output(SgExport *export, SgExportWork *work, uint32_t output, SgError *error);
SgStatus sg_export_stem_file(SgExport *export, SgError *error);

/* Begins the stem file. */
SgStatus sg_export_stem_file_open(const SgSeparation *separation, const SgExportOptions *options,
                                  SgStemMp4Writer **out_writer, SgError *error);
