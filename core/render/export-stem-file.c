#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/render/export-private.h"

/* All five streams are rendered, converted and encoded together. */
typedef struct {
  SgRenderWork *render;
  float *block[SG_STEM_MP4_STREAMS]; /* [SG_RENDER_MAX_SAMPLES][channel]: the mixture, then the stems */
  float *mixture;                    /* [channel][SG_RENDER_MAX_SAMPLES] */
  SgConversion *conversions[SG_STEM_MP4_STREAMS];
  float *converted[SG_STEM_MP4_STREAMS]; /* [n_converted × 2] */
  int64_t n_converted[SG_STEM_MP4_STREAMS], capacity[SG_STEM_MP4_STREAMS];
} StemWork;

/* The colours that the window has for them. */
static const char *
colour_of(const char *source, uint32_t place)
{
  static const struct {
    const char *source, *colour;
  } known[] = {
    { "drums", "#ff7800" }, { "bass", "#3584e4" }, { "vocals", "#9141ac" },
    { "other", "#2ec27e" }, { "rest", "#2ec27e" },
  };
  static const char *const by_place[] = { "#2190a4", "#dc8add", "#f6d32d", "#3584e4" };
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (strcmp(known[i].source, source) == 0)
      return known[i].colour;
  return by_place[place % (sizeof by_place / sizeof *by_place)];
}

static bool
takes_source(const SgExportOptions *options, uint32_t source)
{
  return options->wanted == NULL || options->wanted[source];
}

SgStatus
sg_export_stem_file_open(const SgSeparation *separation, const SgExportOptions *options,
                         SgStemMp4Writer **out_writer, SgError *error)
{
  const SgMethodPlan *plan = sg_separation_plan(separation);
  char path[PATH_MAX];
  SgStemMp4Info info = { 0 };
  uint32_t n = 0;
  *out_writer = NULL;
  for (uint32_t j = 0; j < plan->n_sources; j++) {
    if (!takes_source(options, j))
      continue;
    const char *name = options->names != NULL ? options->names[j] : plan->sources[j];
    if (n < SG_STEM_MP4_STEMS) {
      snprintf(info.stems[n].name, sizeof info.stems[n].name, "%s", name);
      snprintf(info.stems[n].colour, sizeof info.stems[n].colour, "%s", colour_of(plan->sources[j], n));
    }
    n++;
  }
  SgStatus status = sg_export_path(plan, options, SG_EXPORT_STEM_FILE, path, error);
  if (status != SG_OK)
    return status;
  if (n != SG_STEM_MP4_STEMS || options->minus != NULL) {
    sg_error_set(error, SG_N_STEMS, path, NULL);
    if (error != NULL) {
      error->expected = SG_STEM_MP4_STEMS;
      error->actual = n + (options->minus != NULL);
    }
    return SG_N_STEMS;
  }
  return sg_stem_mp4_writer_new(path, sg_export_format(sg_separation_pcm(separation), options), &info,
                                options->overwrite, out_writer, error);
}

static void
stem_work_clear(StemWork *work)
{
  sg_render_work_free(work->render);
  sg_free(work->mixture);
  for (int k = 0; k < SG_STEM_MP4_STREAMS; k++) {
    sg_free(work->block[k]);
    sg_free(work->converted[k]);
    sg_conversion_free(work->conversions[k]);
  }
}

static SgStatus
stem_work_init(const SgExport *export, StemWork *work, SgError *error)
{
  size_t n_floats = (size_t)SG_RENDER_MAX_SAMPLES * sg_pcm_n_channels(sg_separation_pcm(export->separation));
  *work = (StemWork){ .render = sg_render_work_new(export->renderer), .mixture = SG_NEW(float, n_floats) };
  SgStatus status = work->render != NULL && work->mixture != NULL ? SG_OK : SG_NO_MEMORY;
  for (int k = 0; k < SG_STEM_MP4_STREAMS && status == SG_OK; k++) {
    work->block[k] = SG_NEW(float, n_floats);
    status = work->block[k] != NULL ? sg_export_conversion_new(export, &work->conversions[k], error)
                                    : SG_NO_MEMORY;
  }
  return status == SG_OK ? SG_OK : sg_error_set(error, status, NULL, NULL);
}

static SgStatus
render_streams(const SgExport *export, StemWork *work, int64_t start, int64_t n, SgError *error)
{
  const SgPcm *pcm = sg_separation_pcm(export->separation);
  uint32_t n_channels = sg_pcm_n_channels(pcm), k = 1;
  float *stems[SG_MAX_SOURCES] = { NULL }, *channels[SG_MAX_CHANNELS];
  for (uint32_t j = 0; j < sg_separation_plan(export->separation)->n_sources; j++)
    if (takes_source(export->options, j))
      stems[j] = work->block[k++];
  for (uint32_t c = 0; c < n_channels; c++)
    channels[c] = work->mixture + (size_t)SG_RENDER_MAX_SAMPLES * c;
  SgStatus status = sg_pcm_read(pcm, start, n, channels, error);
  for (uint32_t c = 0; c < n_channels && status == SG_OK; c++)
    for (int64_t i = 0; i < n; i++)
      work->block[0][i * n_channels + c] = channels[c][i];
  if (status == SG_OK)
    status = sg_renderer_render(export->renderer, work->render, &export->options->settings, start, n, stems,
                                error);
  return status;
}

typedef struct {
  StemWork *work;
  int stream;
} Collector;

static SgStatus
collect(const float *interleaved, int64_t n, void *user, SgError *error)
{
  const Collector *collector = user;
  StemWork *work = collector->work;
  int k = collector->stream;
  int64_t n_all = work->n_converted[k] + n;
  if (n_all > work->capacity[k]) {
    float *bigger = SG_NEW(float, (size_t)n_all * 4);
    if (bigger == NULL)
      return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
    if (work->n_converted[k] > 0)
      memcpy(bigger, work->converted[k], (size_t)work->n_converted[k] * 2 * sizeof *bigger);
    sg_free(work->converted[k]);
    work->converted[k] = bigger;
    work->capacity[k] = n_all * 2;
  }
  memcpy(work->converted[k] + 2 * work->n_converted[k], interleaved, (size_t)n * 2 * sizeof *interleaved);
  work->n_converted[k] = n_all;
  return SG_OK;
}

/* Measures and writes what was collected: as much in every stream. */
static SgStatus
write_collected(SgExport *export, StemWork *work, SgError *error)
{
  uint32_t k = 1;
  sg_export_measure(export, SG_EXPORT_STEM_FILE, work->converted[0], work->n_converted[0] * 2);
  for (uint32_t j = 0; j < sg_separation_plan(export->separation)->n_sources; j++)
    if (takes_source(export->options, j)) {
      sg_export_measure(export, j, work->converted[k], work->n_converted[k] * 2);
      k++;
    }
  SgStatus status = SG_OK;
  if (!export->measures_only)
    status = sg_stem_mp4_writer_write(export->stem_file, (const float *const *)work->converted,
                                      work->n_converted[0], error);
  memset(work->n_converted, 0, sizeof work->n_converted);
  return status;
}

/* With `n` samples of each stream in the blocks; 0: what the conversions hold back. */
static SgStatus
convert_and_write(SgExport *export, StemWork *work, int64_t n, SgError *error)
{
  SgStatus status = SG_OK;
  for (int k = 0; k < SG_STEM_MP4_STREAMS && status == SG_OK; k++) {
    Collector collector = { .work = work, .stream = k };
    status = n > 0 ? sg_conversion_push(work->conversions[k], work->block[k], n, collect, &collector, error)
                   : sg_conversion_finish(work->conversions[k], collect, &collector, error);
  }
  return status == SG_OK ? write_collected(export, work, error) : status;
}

SgStatus
sg_export_stem_file(SgExport *export, SgError *error)
{
  StemWork work;
  int64_t start = export->options->start;
  int64_t end = start + sg_export_n_samples(export->separation, export->options);
  SgStatus status = stem_work_init(export, &work, error);
  const SgPcm *pcm = sg_separation_pcm(export->separation);
  int64_t growth = sg_export_format(pcm, export->options).rate_hz / sg_pcm_rate(pcm) + 1;
  int64_t block = growth < SG_RENDER_MAX_SAMPLES ? SG_RENDER_MAX_SAMPLES / growth : 1;
  for (int64_t at = start; at < end && status == SG_OK; at += block) {
    int64_t n = end - at < block ? end - at : block;
    status = atomic_load(&export->cancelled) ? sg_error_set(error, SG_CANCELLED, NULL, NULL)
                                             : render_streams(export, &work, at, n, error);
    if (status == SG_OK)
      status = convert_and_write(export, &work, n, error);
    atomic_fetch_add(&export->n_samples_done, n);
  }
  if (status == SG_OK)
    status = convert_and_write(export, &work, 0, error);
  if (status == SG_OK && !export->measures_only)
    status = sg_stem_mp4_writer_complete(export->stem_file, error);
  stem_work_clear(&work);
  return status;
}
