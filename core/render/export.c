#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "core/base/workers.h"
#include "core/io/atomic-file.h"
#include "core/render/export-private.h"

int64_t
sg_export_n_samples(const SgSeparation *separation, const SgExportOptions *options)
{
  return options->n_samples > 0 ? options->n_samples
                                : sg_pcm_n_samples(sg_separation_pcm(separation)) - options->start;
}

SgEncoderFormat
sg_export_format(const SgPcm *pcm, const SgExportOptions *options)
{
  uint32_t n_channels = sg_pcm_n_channels(pcm),
           rate_hz = options->rate_hz > 0 ? options->rate_hz : sg_pcm_rate(pcm);
  int64_t n_samples = options->n_samples > 0 ? options->n_samples : sg_pcm_n_samples(pcm) - options->start;
  bool is_stem_file = options->container == SG_CONTAINER_STEM_MP4;
  if ((n_channels > 2 && options->fold_to_stereo) || (n_channels == 1 && is_stem_file))
    n_channels = 2;
  return (SgEncoderFormat){ .container = options->container,
                            .bits = options->bits,
                            .rate_hz = rate_hz,
                            .n_channels = n_channels,
                            .n_samples = sg_resampled_length(n_samples, sg_pcm_rate(pcm), rate_hz),
                            .quality = options->quality,
                            .dither = options->bits == SG_BITS_16 && !options->no_dither,
                            .tags = options->tags };
}

bool
sg_export_is_wanted(const SgMethodPlan *plan, const SgExportOptions *options, uint32_t output)
{
  if (options->container == SG_CONTAINER_STEM_MP4 || output == SG_EXPORT_STEM_FILE)
    return options->container == SG_CONTAINER_STEM_MP4 && output == SG_EXPORT_STEM_FILE;
  if (output == SG_EXPORT_MINUS)
    return options->minus != NULL;
  return output < plan->n_sources && (options->wanted == NULL || options->wanted[output]);
}

/* The last part of the folder's path. */
static void
folder_name(const char *folder, char *out_name, size_t size)
{
  size_t end = strlen(folder);
  while (end > 0 && folder[end - 1] == '/')
    end--;
  size_t from = end;
  while (from > 0 && folder[from - 1] != '/')
    from--;
  snprintf(out_name, size, "%.*s", (int)(end - from), folder + from);
  if (out_name[0] == '\0' || strcmp(out_name, ".") == 0 || strcmp(out_name, "..") == 0)
    snprintf(out_name, size, "stems");
}

void
sg_export_name(const SgMethodPlan *plan, const SgExportOptions *options, uint32_t output, char *out_name,
               size_t size)
{
  if (output == SG_EXPORT_STEM_FILE) {
    folder_name(options->folder, out_name, size);
    return;
  }
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
  const SgMethodPlan *plan = sg_separation_plan(separation);
  char path[PATH_MAX], name[NAME_MAX];
  SgEncoderFormat format = sg_export_format(sg_separation_pcm(separation), options);
  SgStatus status = sg_export_path(plan, options, output, path, error);
  if (status != SG_OK)
    return status;
  sg_export_name(plan, options, output, name, sizeof name);
  SgTags *tags = sg_tags_for_stem(options->tags, name);
  if (tags == NULL && options->tags != NULL)
    return sg_error_set(error, SG_NO_MEMORY, path, NULL);
  format.tags = tags;
  status = sg_encoder_new(path, format, options->overwrite, out_encoder, error);
  sg_tags_free(tags);
  return status;
}

SgStatus
sg_export_check(const SgSeparation *separation, const SgExportOptions *options, SgError *error)
{
  SgStatus status = sg_encoder_check(sg_export_format(sg_separation_pcm(separation), options), error);
  struct stat info;
  if (status == SG_OK && stat(options->folder, &info) == 0 && !S_ISDIR(info.st_mode))
    status = sg_error_set(error, SG_EXISTS, options->folder, "not a folder");
  for (uint32_t i = 0; i < SG_EXPORT_MAX_OUTPUTS && status == SG_OK; i++) {
    if (!sg_export_is_wanted(sg_separation_plan(separation), options, i))
      continue;
    /* Whether a file can be written there is known best by beginning one; freed, it leaves nothing. */
    SgEncoder *begun = NULL;
    SgStemMp4Writer *stem_file = NULL;
    status = i == SG_EXPORT_STEM_FILE ? sg_export_stem_file_open(separation, options, &stem_file, error)
                                      : open_encoder(separation, options, i, &begun, error);
    sg_encoder_free(begun);
    sg_stem_mp4_writer_free(stem_file);
  }
  return status;
}

static void
stop_with_error(SgExport *export, const SgError *error)
{
  pthread_mutex_lock(&export->lock);
  if (export->error.status == SG_OK)
    export->error = *error;
  pthread_mutex_unlock(&export->lock);
  atomic_store(&export->cancelled, true);
}

/* The stem file is one piece of work, the first worker's. */
static void
worker(unsigned index, void *user)
{
  SgExport *export = user;
  SgExportWork work;
  SgError error;
  if (export->stem_file != NULL) {
    if (index == 0 && sg_export_stem_file(export, &error) != SG_OK)
      stop_with_error(export, &error);
    return;
  }
  if (!sg_export_work_init(export, &work)) {
    sg_error_set(&error, SG_NO_MEMORY, NULL, NULL);
    stop_with_error(export, &error);
  }
  uint32_t output;
  while (!atomic_load(&export->cancelled) &&
         (output = atomic_fetch_add(&export->next_output, 1)) < SG_EXPORT_MAX_OUTPUTS)
    if (export->encoders[output] != NULL && sg_export_output(export, &work, output, &error) != SG_OK)
      stop_with_error(export, &error);
  sg_export_work_clear(&work);
}

static SgStatus
run_workers(SgExport *export, SgProgress progress, void *user, SgError *error)
{
  unsigned n_threads =
      export->options->n_threads > 0 ? export->options->n_threads : sg_workers_default_count();
  int64_t n_passes = export->options->common_gain ? 2 : 1;
  int64_t n_total = sg_export_n_samples(export->separation, export->options) * export->n_wanted * n_passes;
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
open_encoders(SgExport *export, SgError *error)
{
  SgStatus status = SG_OK;
  for (uint32_t i = 0; i < SG_EXPORT_MAX_OUTPUTS && status == SG_OK; i++) {
    if (!sg_export_is_wanted(sg_separation_plan(export->separation), export->options, i))
      continue;
    export->n_wanted++;
    status = i == SG_EXPORT_STEM_FILE
                 ? sg_export_stem_file_open(export->separation, export->options, &export->stem_file, error)
                 : open_encoder(export->separation, export->options, i, &export->encoders[i], error);
  }
  return status;
}

/* Names all files; when one cannot be named the ones named by us before are taken back. */
static SgStatus
publish_all(SgExport *export, SgError *error)
{
  if (export->stem_file != NULL)
    return sg_stem_mp4_writer_publish(export->stem_file, error);
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
publish_locked(SgExport *export, SgError *error)
{
  char below[PATH_MAX + 2];
  snprintf(below, sizeof below, "%s/.", export->options->folder);
  size_t n_kept = sg_atomic_file_make_folders(below);
  int folder = open(export->options->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  while (folder >= 0 && flock(folder, LOCK_EX) != 0 && errno == EINTR)
    ;
  SgStatus status = publish_all(export, error);
  if (status != SG_OK)
    sg_atomic_file_remove_folders(below, n_kept);
  if (folder >= 0)
    close(folder);
  return status;
}

/* One factor for all that is written, so that the highest sample comes to lie just below full scale. */
static SgStatus
find_common_gain(SgExport *export, SgProgress progress, void *user, SgError *error)
{
  static const float highest = 1.0f - 0x1p-13f; /* room for dither */
  export->measures_only = true;
  SgStatus status = run_workers(export, progress, user, error);
  export->measures_only = false;
  atomic_store(&export->next_output, 0);
  float peak = 0.0f;
  for (uint32_t i = 0; i < SG_EXPORT_MAX_OUTPUTS; i++) {
    peak = export->peak[i] > peak ? export->peak[i] : peak;
    export->peak[i] = 0.0f;
    export->n_over[i] = 0;
  }
  if (peak > 1.0f)
    export->gain = highest / peak;
  return status;
}

static SgStatus
run(SgExport *export, SgProgress progress, void *user, SgError *error)
{
  SgStatus status = open_encoders(export, error);
  if (status == SG_OK && export->options->common_gain)
    status = find_common_gain(export, progress, user, error);
  if (status == SG_OK)
    status = run_workers(export, progress, user, error);
  if (status == SG_OK)
    status = publish_locked(export, error);
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
  SgExport export = { .separation = separation, .options = options, .renderer = renderer, .gain = 1.0f };
  pthread_mutex_init(&export.lock, NULL);

  status = run(&export, progress, user, error);
  if (status == SG_OK && out_report != NULL) {
    memcpy(out_report->peak, export.peak, sizeof out_report->peak);
    memcpy(out_report->n_over, export.n_over, sizeof out_report->n_over);
    out_report->gain = export.gain;
  }
  for (uint32_t i = 0; i < SG_EXPORT_MAX_OUTPUTS; i++)
    sg_encoder_free(export.encoders[i]);
  sg_stem_mp4_writer_free(export.stem_file);
  if (status == SG_OK && progress != NULL)
    progress(1.0, "export", user);
  pthread_mutex_destroy(&export.lock);
  sg_renderer_free(renderer);
  return status;
}
