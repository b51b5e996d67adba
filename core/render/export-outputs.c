#include <math.h>

#include "core/base/memory.h"
#include "core/render/export-private.h"

static uint32_t
n_subtracted(const SgExport *export)
{
  uint32_t n = 0;
  for (uint32_t j = 0; j < sg_separation_plan(export->separation)->n_sources; j++)
    n += export->options->minus != NULL && export->options->minus[j];
  return n;
}

bool
sg_export_work_init(const SgExport *export, SgExportWork *work)
{
  size_t n_floats = (size_t)SG_RENDER_MAX_SAMPLES * sg_pcm_n_channels(sg_separation_pcm(export->separation));
  bool subtracts = export->encoders[SG_EXPORT_MINUS] != NULL;
  *work = (SgExportWork){ .render = sg_render_work_new(export->renderer),
                          .block = SG_NEW(float, n_floats),
                          .mixture = subtracts ? SG_NEW(float, n_floats) : NULL,
                          .stems = subtracts ? SG_NEW(float, n_floats *n_subtracted(export)) : NULL };
  return work->render != NULL && work->block != NULL &&
         (!subtracts || (work->mixture != NULL && work->stems != NULL));
}

void
sg_export_work_clear(SgExportWork *work)
{
  sg_render_work_free(work->render);
  sg_free(work->block);
  sg_free(work->mixture);
  sg_free(work->stems);
}

/* work->block ← x − Σ ŝ_j, in single precision in the order of the sources. */
static SgStatus
render_minus(const SgExport *export, SgExportWork *work, int64_t start, int64_t n, SgError *error)
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
render_output(const SgExport *export, SgExportWork *work, uint32_t output, int64_t start, int64_t n,
              SgError *error)
{
  if (output == SG_EXPORT_MINUS)
    return render_minus(export, work, start, n, error);
  float *stems[SG_MAX_SOURCES] = { NULL };
  stems[output] = work->block;
  return sg_renderer_render(export->renderer, work->render, &export->options->settings, start, n, stems,
                            error);
}

SgStatus
sg_export_conversion_new(const SgExport *export, SgConversion **out_conversion, SgError *error)
{
  const SgPcm *pcm = sg_separation_pcm(export->separation);
  SgEncoderFormat format = sg_export_format(pcm, export->options);
  SgConversionShape shape = { .in_rate_hz = sg_pcm_rate(pcm),
                              .out_rate_hz = format.rate_hz,
                              .in_channels = sg_pcm_n_channels(pcm),
                              .out_channels = format.n_channels,
                              .gain = export->gain };
  return sg_conversion_new(shape, out_conversion, error);
}

void
sg_export_measure(SgExport *export, uint32_t output, const float *samples, int64_t n)
{
  for (int64_t i = 0; i < n; i++) {
    float level = fabsf(samples[i]);
    if (level > export->peak[output])
      export->peak[output] = level;
    export->n_over[output] += level > 1.0f;
  }
}

typedef struct {
  SgExport *export;
  uint32_t output;
  uint32_t n_channels;
} Taker;

static SgStatus
take_samples(const float *interleaved, int64_t n, void *user, SgError *error)
{
  const Taker *taker = user;
  sg_export_measure(taker->export, taker->output, interleaved, n * taker->n_channels);
  if (taker->export->measures_only)
    return SG_OK;
  return sg_encoder_write(taker->export->encoders[taker->output], interleaved, n, error);
}

SgStatus
sg_export_output(SgExport *export, SgExportWork *work, uint32_t output, SgError *error)
{
  int64_t start = export->options->start;
  int64_t end = start + sg_export_n_samples(export->separation, export->options);
  Taker taker = { .export = export,
                  .output = output,
                  .n_channels =
                      sg_export_format(sg_separation_pcm(export->separation), export->options).n_channels };
  SgConversion *conversion;
  SgStatus status = sg_export_conversion_new(export, &conversion, error);
  for (int64_t at = start; at < end && status == SG_OK; at += SG_RENDER_MAX_SAMPLES) {
    int64_t n = end - at < SG_RENDER_MAX_SAMPLES ? end - at : SG_RENDER_MAX_SAMPLES;
    status = atomic_load(&export->cancelled) ? sg_error_set(error, SG_CANCELLED, NULL, NULL)
                                             : render_output(export, work, output, at, n, error);
    if (status == SG_OK)
      status = sg_conversion_push(conversion, work->block, n, take_samples, &taker, error);
    atomic_fetch_add(&export->n_samples_done, n);
  }
  if (status == SG_OK)
    status = sg_conversion_finish(conversion, take_samples, &taker, error);
  if (status == SG_OK && !export->measures_only)
    status = sg_encoder_complete(export->encoders[output], error);
  sg_conversion_free(conversion);
  return status;
}
