#include "core/render/export.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "core/base/workers.h"
#include "core/io/atomic-file.h"

/* One export under way: each worker takes a whole output, renders it block by block and encodes it. */
typedef struct {
  const SgSeparation *separation;
  const SgExportOptions *options;
  const SgRenderer *renderer;
  SgEncoder *encoders[SG_EXPORT_MAX_OUTPUTS]; /* NULL for what is not wanted */
  uint32_t n_wanted;
  _Atomic uint32_t next_output;
  _Atomic int64_t n_samples_done; /* over all outputs */
  atomic_bool cancelled;
  pthread_mutex_t lock;
  SgError error; /* under lock: the first failure */
} Export;

/* A worker's own. The last two only where the mixture without some stems is wanted. */
typedef struct {
  SgRenderWork *render;
  float *block;   /* [SG_RENDER_MAX_SAMPLES][channel], what is encoded */
  float *mixture; /* [channel][SG_RENDER_MAX_SAMPLES] */
  float *stems;   /* [subtracted source][SG_RENDER_MAX_SAMPLES][channel] */
} ExportWork;

static int64_t
n_samples_of(const SgSeparation *separation, const SgExportOptions *options)
{
  return options->n_samples > 0 ? options->n_samples
                                : sg_pcm_n_samples(sg_separation_pcm(separation)) - options->start;
}

static SgEncoderFormat
format_of(const SgSeparation *separation, const SgExportOptions *options)
{
  const SgPcm *pcm = sg_separation_pcm(separation);
  return (SgEncoderFormat){ .container = options->container,
                            .bits = options->bits,
                            .rate_hz = sg_pcm_rate(pcm),
                            .n_channels = sg_pcm_n_channels(pcm),
                            .n_samples = n_samples_of(separation, options) };
}

bool
sg_export_is_wanted(const SgMethodPlan *plan, const SgExportOptions *options, uint32_t output)
{
  if (output == SG_EXPORT_MINUS)
    return options->minus != NULL;
  return output < plan->n_sources && (options->wanted == NULL || options->wanted[output]);
}

void
sg_export_name(const SgMethodPlan *plan, const SgExportOptions *options, uint32_t output, char *out_name,
               size_t size)
{
  if (output != SG_EXPORT_MINUS) {
    snprintf(out_name, size, "%s", plan->sources[output]);
    return;
  }
  snprintf(out_name, size, "minus");
  for (uint32_t j = 0; j < plan->n_sources; j++)
    if (options->minus[j]) {
      size_t length = strlen(out_name);
      snprintf(out_name + length, size - length, "-%s", plan->sources[j]);
    }
}

SgStatus
sg_export_path(const SgMethodPlan *plan, const SgExportOptions *options, uint32_t output, char *out_path,
               SgError *error)
{
  char name[NAME_MAX];
  sg_export_name(plan, options, output, name, sizeof name);
  int length =
      snprintf(out_path, PATH_MAX, "%s/%s.%s", options->folder, name, sg_container_id(options->container));
  if (length >= PATH_MAX)
    return sg_error_set_errno(error, ENAMETOOLONG, SG_WRITE_FAILED, options->folder);
  return SG_OK;
}

static SgStatus
open_encoder(const SgSeparation *separation, const SgExportOptions *options, uint32_t output,
             SgEncoder **out_encoder, SgError *error)
{
  char path[PATH_MAX];
  SgStatus status = sg_export_path(sg_separation_plan(separation), options, output, path, error);
  if (status == SG_OK)
    status = sg_encoder_new(path, format_of(separation, options), options->overwrite, out_encoder, error);
  return status;
}

SgStatus
sg_export_check(const SgSeparation *separation, const SgExportOptions *options, SgError *error)
{
  SgStatus status = sg_encoder_check(format_of(separation, options), error);
  struct stat info;
  if (status == SG_OK && stat(options->folder, &info) == 0 && !S_ISDIR(info.st_mode))
    status = sg_error_set(error, SG_EXISTS, options->folder, "not a folder");
  for (uint32_t i = 0; i < SG_EXPORT_MAX_OUTPUTS && status == SG_OK; i++) {
    if (!sg_export_is_wanted(sg_separation_plan(separation), options, i))
      continue;
    /* Whether a file can be written there is known best by beginning one; freed, it leaves nothing. */
    SgEncoder *begun = NULL;
    status = open_encoder(separation, options, i, &begun, error);
    sg_encoder_free(begun);
  }
  return status;
}

static uint32_t
n_subtracted(const Export *export)
{
  uint32_t n = 0;
  for (uint32_t j = 0; j < sg_separation_plan(export->separation)->n_sources; j++)
    n += export->options->minus != NULL && export->options->minus[j];
  return n;
}

static bool
export_work_init(const Export *export, ExportWork *work)
{
  size_t n_floats = (size_t)SG_RENDER_MAX_SAMPLES * sg_pcm_n_channels(sg_separation_pcm(export->separation));
  bool subtracts = export->encoders[SG_EXPORT_MINUS] != NULL;
  *work = (ExportWork){ .render = sg_render_work_new(export->renderer),
                        .block = SG_NEW(float, n_floats),
                        .mixture = subtracts ? SG_NEW(float, n_floats) : NULL,
                        .stems = subtracts ? SG_NEW(float, n_floats *n_subtracted(export)) : NULL };
  return work->render != NULL && work->block != NULL &&
         (!subtracts || (work->mixture != NULL && work->stems != NULL));
}

static void
export_work_clear(ExportWork *work)
{
  sg_render_work_free(work->render);
  sg_free(work->block);
  sg_free(work->mixture);
  sg_free(work->stems);
}

/* work->block ← x − Σ ŝ_j, in single precision in the order of the sources. */
static SgStatus
render_minus(const Export *export, ExportWork *work, int64_t start, int64_t n, SgError *error)
{
  const SgPcm *pcm = sg_separation_pcm(export->separation);
  uint32_t n_channels = sg_pcm_n_channels(pcm), n_stems = 0;
  float *stems[SG_MAX_SOURCES] = { NULL }, *channels[SG_MAX_CHANNELS];
  for (uint32_t j = 0; j < sg_separation_plan(export->separation)->n_sources; j++)
    if (export->options->minus[j])
      stems[j] = work->stems + (size_t)SG_RENDER_MAX_SAMPLES * n_channels * n_stems++;
  for (uint32_t c = 0; c < n_channels; c++)
    channels[c] = work->mixture + (size_t)SG_RENDER_MAX_SAMPLES * c;

  SgStatus status = sg_pcm_read(pcm, start, n, channels, error);
  if (status == SG_OK)
    status = sg_renderer_render(export->renderer, work->render, &export->options->settings, start, n, stems,
                                error);
  if (status != SG_OK)
    return status;
  for (uint32_t c = 0; c < n_channels; c++)
    for (int64_t i = 0; i < n; i++)
      work->block[i * n_channels + c] = channels[c][i];
  for (uint32_t j = 0; j < SG_MAX_SOURCES; j++)
    for (int64_t i = 0; i < n * n_channels && stems[j] != NULL; i++)
      work->block[i] -= stems[j][i];
  return SG_OK;
}

static SgStatus
render_output(const Export *export, ExportWork *work, uint32_t output, int64_t start, int64_t n,
              SgError *error)
{
  if (output == SG_EXPORT_MINUS)
    return render_minus(export, work, start, n, error);
  float *stems[SG_MAX_SOURCES] = { NULL };
  stems[output] = work->block;
  return sg_renderer_render(export->renderer, work->render, &export->options->settings, start, n, stems,
                            error);
}

static SgStatus
export_output(Export *export, ExportWork *work, uint32_t output, SgError *error)
{
  int64_t start = export->options->start;
  int64_t end = start + n_samples_of(export->separation, export->options);
  for (int64_t at = start; at < end; at += SG_RENDER_MAX_SAMPLES) {
    if (atomic_load(&export->cancelled))
      return sg_error_set(error, SG_CANCELLED, NULL, NULL);
    int64_t n = end - at < SG_RENDER_MAX_SAMPLES ? end - at : SG_RENDER_MAX_SAMPLES;
    SgStatus status = render_output(export, work, output, at, n, error);
    if (status == SG_OK)
      status = sg_encoder_write(export->encoders[output], work->block, n, error);
    if (status != SG_OK)
      return status;
    atomic_fetch_add(&export->n_samples_done, n);
  }
  return sg_encoder_complete(export->encoders[output], error);
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
  ExportWork work;
  SgError error;
  if (!export_work_init(export, &work)) {
    sg_error_set(&error, SG_NO_MEMORY, NULL, NULL);
    stop_with_error(export, &error);
  }
  uint32_t output;
  while (!atomic_load(&export->cancelled) &&
         (output = atomic_fetch_add(&export->next_output, 1)) < SG_EXPORT_MAX_OUTPUTS)
    if (export->encoders[output] != NULL && export_output(export, &work, output, &error) != SG_OK)
      stop_with_error(export, &error);
  export_work_clear(&work);
}

static SgStatus
run_workers(Export *export, SgProgress progress, void *user, SgError *error)
{
  unsigned n_threads =
      export->options->n_threads > 0 ? export->options->n_threads : sg_workers_default_count();
  int64_t n_total = n_samples_of(export->separation, export->options) * export->n_wanted;
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
  for (uint32_t i = 0; i < SG_EXPORT_MAX_OUTPUTS && status == SG_OK; i++) {
    if (!sg_export_is_wanted(sg_separation_plan(export->separation), export->options, i))
      continue;
    export->n_wanted++;
    status = open_encoder(export->separation, export->options, i, &export->encoders[i], error);
  }
  return status;
}

/* Names all files; when one cannot be named the ones named by us before are taken back. */
static SgStatus
publish_all(Export *export, SgError *error)
{
  for (uint32_t i = 0; i < SG_EXPORT_MAX_OUTPUTS; i++) {
    if (export->encoders[i] == NULL)
      continue;
    SgStatus status = sg_encoder_publish(export->encoders[i], error);
    if (status == SG_OK)
      continue;
    char path[PATH_MAX];
    for (uint32_t k = 0; k < i && !export->options->overwrite; k++)
      if (export->encoders[k] != NULL &&
          sg_export_path(sg_separation_plan(export->separation), export->options, k, path, NULL) == SG_OK)
        unlink(path);
    return status;
  }
  return SG_OK;
}

/* One export at a time names its files in a folder: two sets never mix. Where the file system knows no locks
 * the names come without. */
static SgStatus
publish_locked(Export *export, SgError *error)
{
  char below[PATH_MAX + 2];
  snprintf(below, sizeof below, "%s/.", export->options->folder);
  sg_atomic_file_make_folders(below);
  int folder = open(export->options->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  while (folder >= 0 && flock(folder, LOCK_EX) != 0 && errno == EINTR)
    ;
  SgStatus status = publish_all(export, error);
  if (folder >= 0)
    close(folder);
  return status;
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
    status = publish_locked(&export, error);
  if (status == SG_OK && out_report != NULL)
    for (uint32_t i = 0; i < SG_EXPORT_MAX_OUTPUTS; i++) {
      out_report->peak[i] = export.encoders[i] != NULL ? sg_encoder_peak(export.encoders[i]) : 0.0f;
      out_report->n_over[i] = export.encoders[i] != NULL ? sg_encoder_n_over(export.encoders[i]) : 0;
    }
  for (uint32_t i = 0; i < SG_EXPORT_MAX_OUTPUTS; i++)
    sg_encoder_free(export.encoders[i]);
  if (status == SG_OK && progress != NULL)
    progress(1.0, "export", user);
  pthread_mutex_destroy(&export.lock);
  sg_renderer_free(renderer);
  return status;
}
