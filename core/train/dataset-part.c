#include "core/train/dataset-part.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/io/decoder.h"
#include "core/io/truncation.h"

struct SgPartReader {
  SgDecoder *decoder;
  int channel;
  int64_t position;
  float *block; /* [SG_PART_BLOCK × channels of the file] where one channel is taken */
  char path[SG_ERROR_PATH_SIZE];
};

/* Stream `stream` of a .stem.mp4: 0 the mixture, 1 … 4 the stems. A file with fewer is none. */
static SgStatus
open_stream(const char *path, int stream, SgDecoder **out_decoder, SgError *error)
{
  SgStatus status = sg_decoder_open_stream(path, (uint32_t)stream, out_decoder, error);
  return status == SG_NO_SAMPLES ? sg_error_set(error, SG_NO_STEMS, path, NULL) : status;
}

SgStatus
sg_part_reader_open(const SgDatasetPart *part, SgPartReader **out_reader, SgError *error)
{
  *out_reader = NULL;
  SgPartReader *reader = SG_NEW(SgPartReader, 1);
  if (reader == NULL)
    return sg_error_set(error, SG_NO_MEMORY, part->path, NULL);
  reader->channel = part->channel;
  snprintf(reader->path, sizeof reader->path, "%s", part->path);
  SgStatus status = part->stream >= 0 ? open_stream(part->path, part->stream, &reader->decoder, error)
                                      : sg_decoder_open(part->path, &reader->decoder, error);
  if (status != SG_OK)
    goto fail;
  uint32_t n_channels = sg_decoder_info(reader->decoder)->n_channels;
  if (part->channel >= (int)n_channels) {
    status = sg_error_set(error, SG_BAD_FORMAT, part->path, "1 channel");
    goto fail;
  }
  if (part->channel >= 0) {
    reader->block = SG_NEW(float, (size_t)SG_PART_BLOCK *n_channels);
    if (reader->block == NULL) {
      status = sg_error_set(error, SG_NO_MEMORY, part->path, NULL);
      goto fail;
    }
  }
  *out_reader = reader;
  return SG_OK;
fail:
  sg_part_reader_free(reader);
  return status;
}

void
sg_part_reader_free(SgPartReader *reader)
{
  if (reader == NULL)
    return;
  sg_decoder_free(reader->decoder);
  sg_free(reader->block);
  sg_free(reader);
}

uint32_t
sg_part_reader_rate(const SgPartReader *reader)
{
  return sg_decoder_info(reader->decoder)->rate_hz;
}

uint32_t
sg_part_reader_n_channels(const SgPartReader *reader)
{
  return reader->channel >= 0 ? 1 : sg_decoder_info(reader->decoder)->n_channels;
}

int64_t
sg_part_reader_n_samples(const SgPartReader *reader)
{
  return sg_decoder_info(reader->decoder)->n_samples;
}

static SgStatus
refuse_bad_samples(const SgPartReader *reader, const float *samples, int64_t n, SgError *error)
{
  uint32_t n_channels = sg_part_reader_n_channels(reader);
  for (int64_t i = 0; i < n * n_channels; i++)
    if (!isfinite(samples[i])) {
      sg_error_set(error, SG_BAD_SAMPLE, reader->path, isnan(samples[i]) ? "NaN" : "infinite");
      if (error != NULL) {
        error->position = reader->position + i / n_channels;
        error->actual = reader->channel >= 0 ? reader->channel : i % n_channels;
      }
      return SG_BAD_SAMPLE;
    }
  return SG_OK;
}

static SgStatus
refuse_truncation(const SgPartReader *reader, SgError *error)
{
  int64_t n_expected;
  if (reader->position == 0)
    return sg_error_set(error, SG_NO_SAMPLES, reader->path, NULL);
  if (!sg_is_truncated(reader->path, sg_decoder_info(reader->decoder), reader->position, &n_expected))
    return SG_OK;
  sg_error_set(error, SG_TRUNCATED, reader->path, NULL);
  if (error != NULL) {
    error->expected = n_expected;
    error->actual = reader->position;
  }
  return SG_TRUNCATED;
}

SgStatus
sg_part_reader_read(SgPartReader *reader, float *out_interleaved, int64_t n, int64_t *out_n, SgError *error)
{
  uint32_t n_channels = sg_decoder_info(reader->decoder)->n_channels;
  float *to = reader->block != NULL ? reader->block : out_interleaved;
  SgStatus status = sg_decoder_read(reader->decoder, to, n, out_n, error);
  if (status != SG_OK)
    return status;
  if (*out_n == 0)
    return refuse_truncation(reader, error);
  for (int64_t i = 0; reader->block != NULL && i < *out_n; i++)
    out_interleaved[i] = to[i * n_channels + reader->channel];
  status = refuse_bad_samples(reader, out_interleaved, *out_n, error);
  reader->position += *out_n;
  return status;
}
