#include "core/render/export.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "core/base/workers.h"

/* One export under way: each worker takes a whole stem, renders it block by block and encodes it. */
typedef struct {
  const SgSeparation *separation;
  const SgExportOptions *options;
  const SgRenderer *renderer;
  SgEncoder *encoders[SG_MAX_SOURCES]; /* NULL for sources not wanted */
  uint32_t n_wanted;
  _Atomic uint32_t next_source;
  _Atomic int64_t n_samples_done; /* over all stems */
  atomic_bool cancelled;
  pthread_mutex_t lock;
  SgError error; /* under lock: the first failure */
} Export;

static SgEncoderFormat
format_of(const SgSeparation *separation, const SgExportOptions *options)
{
  const SgPcm *pcm = sg_separation_pcm(separation);
  return (SgEncoderFormat){ .container = options->container,
                            .bits = options->bits,
                            .rate_hz = sg_pcm_rate(pcm),
                            .n_channels = sg_pcm_n_channels(pcm),
                            .n_samples = sg_pcm_n_samples(pcm) };
}

static bool
is_wanted(const SgExportOptions *options, uint32_t source)
{
  return options->wanted == NULL || options->wanted[source];
}

static SgStatus
stem_path(const SgSeparation *separation, const SgExportOptions *options, uint32_t source,
          char out_path[PATH_MAX], SgError *error)
{
  int length = snprintf(out_path, PATH_MAX, "%s/%s.%s", options->folder,
                        sg_separation_plan(separation)->sources[source], sg_container_id(options->container));
  if (length >= PATH_MAX)
    return sg_error_set_errno(error, ENAMETOOLONG, SG_WRITE_FAILED, options->folder);
  return SG_OK;
}

SgStatus
sg_export_check(const SgSeparation *separation, const SgExportOptions *options, SgError *error)
{
  SgStatus status = sg_encoder_check(format_of(separation, options), error);
  struct stat info;
  if (status == SG_OK && stat(options->folder, &info) == 0 && !S_ISDIR(info.st_mode))
    status = sg_error_set(error, SG_EXISTS, options->folder, "not a folder");
  for (uint32_t j = 0; j < sg_separation_plan(separation)->n_sources && status == SG_OK; j++) {
    char path[PATH_MAX];
    if (!is_wanted(options, j))
      continue;
    status = stem_path(separation, options, j, path, error);
    /* Whether a file can be written there is known best by beginning one; freed, it leaves nothing. */
    SgEncoder *begun = NULL;
    if (status == SG_OK)
      status = sg_encoder_new(path, format_of(separation, options), options->overwrite, &begun, error);
    sg_encoder_free(begun);
  }
  return status;
}

static SgStatus
export_stem(Export *export, SgRenderWork *work, uint32_t source, float *block, SgError *error)
{
  const SgPcm *pcm = sg_separation_pcm(export->separation);
  int64_t n_samples = sg_pcm_n_samples(pcm);
  float *stems[SG_MAX_SOURCES] = { NULL };
  stems[source] = block;
  for (int64_t start = 0; start < n_samples; start += SG_RENDER_MAX_SAMPLES) {
    if (atomic_load(&export->cancelled))
      return sg_error_set(error, SG_CANCELLED, NULL, NULL);
    int64_t n = n_samples - start < SG_RENDER_MAX_SAMPLES ? n_samples - start : SG_RENDER_MAX_SAMPLES;
    SgStatus status =
        sg_renderer_render(export->renderer, work, &export->options->settings, start, n, stems, error);
    if (status == SG_OK)
      status = sg_encoder_write(export->encoders[source], block, n, error);
    if (status != SG_OK)
      return status;
    atomic_fetch_add(&export->n_samples_done, n);
  }
  return sg_encoder_complete(export->encoders[source], error);
}

static void
stop_with_error(Export *export, const SgError *error)
{
  pthread_mutex_lock(&export->lock);
  if (export->error.status == SG_OK)
    export->error = *error;
  pthread_mutex_unlock(&export->lock);
  atomic_store(&export->cancelled, true);
}

static void
worker(unsigned index, void *user)
{
  Export *export = user;
  uint32_t n_sources = (uint32_t)sg_separation_plan(export->separation)->n_sources;
  uint32_t n_channels = sg_pcm_n_channels(sg_separation_pcm(export->separation));
  SgRenderWork *work = sg_render_work_new(export->renderer);
  float *block = SG_NEW(float, (size_t)SG_RENDER_MAX_SAMPLES *n_channels);
  SgError error;
  if (work == NULL || block == NULL) {
    sg_error_set(&error, SG_NO_MEMORY, NULL, NULL);
    stop_with_error(export, &error);
  }
  uint32_t source;
  while (!atomic_load(&export->cancelled) && (source = atomic_fetch_add(&export->next_source, 1)) < n_sources)
    if (export->encoders[source] != NULL && export_stem(export, work, source, block, &error) != SG_OK)
      stop_with_error(export, &error);
  sg_free(block);
  sg_render_work_free(work);
}

static SgStatus
run_workers(Export *export, SgProgress progress, void *user, SgError *error)
{
  unsigned n_threads =
      export->options->n_threads > 0 ? export->options->n_threads : sg_workers_default_count();
  int64_t n_total = sg_pcm_n_samples(sg_separation_pcm(export->separation)) * export->n_wanted;
  SgWorkers *workers = sg_workers_start(n_threads, worker, export);
  if (workers == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  do {
    double fraction = n_total > 0 ? (double)atomic_load(&export->n_samples_done) / (double)n_total : 1.0;
    if (progress != NULL && !atomic_load(&export->cancelled) && !progress(fraction, "export", user)) {
      SgError cancelled;
      sg_error_set(&cancelled, SG_CANCELLED, NULL, NULL);
      stop_with_error(export, &cancelled);
    }
  } while (!sg_workers_wait(workers, 0.03));
  sg_workers_join(workers);
  if (error != NULL)
    *error = export->error;
  return export->error.status;
}

static SgStatus
open_encoders(Export *export, SgError *error)
{
  SgStatus status = SG_OK;
  for (uint32_t j = 0; j < sg_separation_plan(export->separation)->n_sources && status == SG_OK; j++) {
    char path[PATH_MAX];
    if (!is_wanted(export->options, j))
      continue;
    export->n_wanted++;
    status = stem_path(export->separation, export->options, j, path, error);
    if (status == SG_OK)
      status = sg_encoder_new(path, format_of(export->separation, export->options),
                              export->options->overwrite, &export->encoders[j], error);
  }
  return status;
}

/* Names all files; when one cannot be named the ones named by us before are taken back. */
static SgStatus
publish_all(Export *export, SgError *error)
{
  for (uint32_t j = 0; j < SG_MAX_SOURCES; j++) {
    if (export->encoders[j] == NULL)
      continue;
    SgStatus status = sg_encoder_publish(export->encoders[j], error);
    if (status == SG_OK)
      continue;
    char path[PATH_MAX];
    for (uint32_t k = 0; k < j && !export->options->overwrite; k++)
      if (export->encoders[k] != NULL &&
          stem_path(export->separation, export->options, k, path, NULL) == SG_OK)
        unlink(path);
    return status;
  }
  return SG_OK;
}

SgStatus
sg_export_stems(const SgSeparation *separation, const SgExportOptions *options, SgProgress progress,
                void *user, SgExportReport *out_report, SgError *error)
{
  SgStatus status = sg_export_check(separation, options, error);
  if (status != SG_OK)
    return status;
  SgRenderer *renderer = sg_renderer_new(separation);
  if (renderer == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  Export export = { .separation = separation, .options = options, .renderer = renderer };
  pthread_mutex_init(&export.lock, NULL);

  status = open_encoders(&export, error);
  if (status == SG_OK)
    status = run_workers(&export, progress, user, error);
  if (status == SG_OK)
    status = publish_all(&export, error);
  if (status == SG_OK && out_report != NULL)
    for (uint32_t j = 0; j < SG_MAX_SOURCES; j++) {
      out_report->peak[j] = export.encoders[j] != NULL ? sg_encoder_peak(export.encoders[j]) : 0.0f;
      out_report->n_over[j] = export.encoders[j] != NULL ? sg_encoder_n_over(export.encoders[j]) : 0;
    }
  for (uint32_t j = 0; j < SG_MAX_SOURCES; j++)
    sg_encoder_free(export.encoders[j]);
  if (status == SG_OK && progress != NULL)
    progress(1.0, "export", user);
  pthread_mutex_destroy(&export.lock);
  sg_renderer_free(renderer);
  return status;
}
