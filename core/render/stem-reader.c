#include "core/render/stem-reader.h"

#include <string.h>

#include "core/base/memory.h"

struct SgStemReader {
  const SgRenderer *renderer;
  uint32_t n_sources, n_channels;
  float *block;              /* [SG_RENDER_MAX_SAMPLES × n_channels], interleaved */
  int64_t start, n;          /* what it holds; n = 0: nothing */
  uint32_t source;           /* of this source */
  SgRenderSettings settings; /* with these strengths */
};

SgStemReader *
sg_stem_reader_new(const SgRenderer *renderer, uint32_t n_sources, uint32_t n_channels)
{
  SgStemReader *reader = SG_NEW(SgStemReader, 1);
  if (reader == NULL)
    return NULL;
  reader->renderer = renderer;
  reader->n_sources = n_sources;
  reader->n_channels = n_channels;
  reader->block = SG_NEW(float, (size_t)SG_RENDER_MAX_SAMPLES *n_channels);
  if (reader->block == NULL) {
    sg_stem_reader_free(reader);
    return NULL;
  }
  return reader;
}

void
sg_stem_reader_free(SgStemReader *reader)
{
  if (reader == NULL)
    return;
  sg_free(reader->block);
  sg_free(reader);
}

void
sg_stem_reader_forget(SgStemReader *reader)
{
  reader->n = 0;
}

static SgStatus
fill(SgStemReader *reader, SgRenderWork *work, const SgRenderSettings *settings, uint32_t source,
     int64_t start, int64_t n, SgError *error)
{
  float *stems[SG_MAX_SOURCES] = { NULL };
  stems[source] = reader->block;
  reader->n = 0;
  SgStatus status = sg_renderer_render(reader->renderer, work, settings, start, n, stems, error);
  if (status != SG_OK)
    return status;
  reader->start = start;
  reader->n = n;
  reader->source = source;
  reader->settings = *settings;
  return SG_OK;
}

SgStatus
sg_stem_reader_read(SgStemReader *reader, SgRenderWork *work, const SgRenderSettings *settings,
                    uint32_t source, int64_t start, int64_t n, int64_t ahead, float *const *out_channels,
                    SgError *error)
{
  bool kept = reader->n > 0 && reader->source == source && start >= reader->start &&
              start + n <= reader->start + reader->n &&
              memcmp(&reader->settings, settings, sizeof *settings) == 0;
  if (!kept) {
    int64_t wanted = ahead > n ? ahead : n;
    wanted = wanted < SG_RENDER_MAX_SAMPLES ? wanted : SG_RENDER_MAX_SAMPLES;
    SgStatus status = fill(reader, work, settings, source, start, wanted, error);
    if (status != SG_OK)
      return status;
  }
  const float *from = reader->block + (start - reader->start) * reader->n_channels;
  for (uint32_t c = 0; c < reader->n_channels; c++)
    for (int64_t i = 0; i < n; i++)
      out_channels[c][i] = from[i * reader->n_channels + c];
  return SG_OK;
}
