#include <math.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/memory.h"
#include "core/io/decoder.h"
#include "core/io/truncation.h"

enum {
  BLOCK_SAMPLES = 16384,
  /* No codec here packs more samples into a byte; a header that announces more is not believed. */
  MAX_SAMPLES_PER_BYTE = 8192,
};

/* The announced length if it can be true for a file of this size, else 0: reserve as samples come. */
static int64_t
plausible_length(const char *path, const SgAudioInfo *info)
{
  struct stat status;
  if (stat(path, &status) != 0 || info->n_samples / MAX_SAMPLES_PER_BYTE > status.st_size)
    return 0;
  return info->n_samples;
}

/* libsndfile reads 16-bit integers as floats divided by 2¹⁵. */
static SgPcmStorage
storage_for(const SgAudioInfo *info)
{
  return strcmp(info->encoding, "16-bit PCM") == 0 ? SG_PCM_16 : SG_PCM_FLOAT;
}

static SgStatus
refuse_bad_samples(const float *block, int64_t n, uint32_t n_channels, int64_t position, const char *path,
                   SgError *error)
{
  for (int64_t i = 0; i < n * n_channels; i++)
    if (!isfinite(block[i])) {
      sg_error_set(error, SG_BAD_SAMPLE, path, isnan(block[i]) ? "NaN" : "infinite");
      if (error != NULL) {
        error->position = position + i / n_channels;
        error->actual = i % n_channels;
      }
      return SG_BAD_SAMPLE;
    }
  return SG_OK;
}

static SgStatus
copy_samples(SgDecoder *decoder, const char *path, SgPcm *pcm, SgProgress progress, void *user,
             SgError *error)
{
  const SgAudioInfo *info = sg_decoder_info(decoder);
  float *block = SG_NEW(float, (size_t)BLOCK_SAMPLES * info->n_channels);
  if (block == NULL)
    return sg_error_set(error, SG_NO_MEMORY, path, NULL);
  SgStatus status;
  int64_t n;
  do {
    status = sg_decoder_read(decoder, block, BLOCK_SAMPLES, &n, error);
    if (status == SG_OK)
      status = refuse_bad_samples(block, n, info->n_channels, sg_pcm_n_samples(pcm), path, error);
    if (status == SG_OK)
      status = sg_pcm_append(pcm, block, n, error);
    double fraction = info->n_samples > 0 ? (double)sg_pcm_n_samples(pcm) / (double)info->n_samples : 0.0;
    if (status == SG_OK && progress != NULL && !progress(fraction < 1.0 ? fraction : 1.0, "decode", user))
      status = sg_error_set(error, SG_CANCELLED, path, NULL);
  } while (status == SG_OK && n > 0);
  sg_free(block);
  return status;
}

static SgStatus
report_truncation(const char *path, bool strict, SgPcm *pcm, SgDecodeReport *report, SgError *error)
{
  int64_t n_read = sg_pcm_n_samples(pcm);
  report->truncated = sg_is_truncated(path, &report->info, n_read, &report->n_expected);
  report->info.n_samples = n_read;
  if (n_read == 0)
    return sg_error_set(error, SG_NO_SAMPLES, path, NULL);
  if (!report->truncated || !strict)
    return SG_OK;
  sg_error_set(error, SG_TRUNCATED, path, NULL);
  if (error != NULL) {
    error->expected = report->n_expected;
    error->actual = n_read;
  }
  return SG_TRUNCATED;
}

SgStatus
sg_decode_file(const char *path, bool strict, const char *scratch_folder, SgProgress progress, void *user,
               SgPcm **out_pcm, SgDecodeReport *out_report, SgError *error)
{
  SgDecoder *decoder = NULL;
  SgPcm *pcm = NULL;
  SgDecodeReport report = { 0 };
  *out_pcm = NULL;
  SgStatus status = sg_decoder_open(path, &decoder, error);
  if (status == SG_OK) {
    report.info = *sg_decoder_info(decoder);
    status = sg_pcm_new(report.info.rate_hz, report.info.n_channels, storage_for(&report.info),
                        plausible_length(path, &report.info), scratch_folder, &pcm, error);
  }
  if (status == SG_OK)
    status = copy_samples(decoder, path, pcm, progress, user, error);
  if (status == SG_OK)
    status = report_truncation(path, strict, pcm, &report, error);
  sg_decoder_free(decoder);
  if (status != SG_OK) {
    sg_pcm_free(pcm);
    return status;
  }
  *out_pcm = pcm;
  if (out_report != NULL)
    *out_report = report;
  return SG_OK;
}
