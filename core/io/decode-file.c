#include <math.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/memory.h"
#include "core/io/decoder-private.h"
#include "core/io/truncation.h"

enum {
  BLOCK_SAMPLES = 16384,
  /* Music packs less than this; what announces more is not believed before it comes. */
  MAX_PACKING = 16,           /* bytes of integers that a lossless codec makes of one */
  MAX_SAMPLES_PER_BYTE = 128, /* of all others: Opus at its lowest rate gives 64 */
};

/* The announced length if it can be true for a file of this size, else 0: reserve as samples come. */
static int64_t
plausible_length(const char *path, const SgAudioInfo *info)
{
  struct stat status;
  if (stat(path, &status) != 0)
    return 0;
  int64_t sample_bits = (int64_t)info->n_bits * info->n_channels;
  int64_t most = info->n_bits > 0 ? 8 * MAX_PACKING * (status.st_size / sample_bits + 1)
                                  : MAX_SAMPLES_PER_BYTE * status.st_size;
  return info->n_samples <= most ? info->n_samples : 0;
}

/* Both libraries read integers of n bits as floats divided by 2ⁿ⁻¹. */
static SgPcmStorage
storage_for(const SgAudioInfo *info)
{
  return info->n_bits > 0 && info->n_bits <= 16 ? SG_PCM_16 : SG_PCM_FLOAT;
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
    double fraction =
        info->n_samples > 0 ? (double)sg_pcm_n_samples(pcm) / (double)info->n_samples : decoder->fraction;
    if (status == SG_OK && progress != NULL && !progress(fraction < 1.0 ? fraction : 1.0, "decode", user))
      status = sg_error_set(error, SG_CANCELLED, path, NULL);
  } while (status == SG_OK && n > 0);
  sg_free(block);
  return status;
}

static SgStatus
report_lost(const char *path, bool strict, const SgDecoder *decoder, SgDecodeReport *report, SgError *error)
{
  report->n_lost = decoder->n_lost;
  report->lost_at = decoder->lost_at;
  if (decoder->n_lost == 0 || !strict)
    return SG_OK;
  sg_error_set(error, SG_DAMAGED, path, NULL);
  if (error != NULL) {
    error->position = decoder->lost_at;
    error->actual = decoder->n_lost;
  }
  return SG_DAMAGED;
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

static SgStatus
decode_all(SgDecoder *decoder, const char *path, bool strict, const char *scratch_folder, SgProgress progress,
           void *user, SgPcm **out_pcm, SgDecodeReport *report, SgError *error)
{
  report->info = *sg_decoder_info(decoder);
  SgStatus status = sg_pcm_new(report->info.rate_hz, report->info.n_channels, storage_for(&report->info),
                               plausible_length(path, &report->info), scratch_folder, out_pcm, error);
  if (status == SG_OK)
    status = copy_samples(decoder, path, *out_pcm, progress, user, error);
  if (status == SG_OK)
    status = report_truncation(path, strict, *out_pcm, report, error);
  if (status == SG_OK)
    status = report_lost(path, strict, decoder, report, error);
  return status;
}

SgStatus
sg_decode_stream(const char *path, int stream, bool strict, const char *scratch_folder, SgProgress progress,
                 void *user, SgPcm **out_pcm, SgDecodeReport *out_report, SgError *error)
{
  SgDecoder *decoder = NULL;
  SgDecodeReport report = { 0 };
  *out_pcm = NULL;
  SgStatus status = stream < 0 ? sg_decoder_open(path, &decoder, error)
                               : sg_decoder_ffmpeg_open(path, stream, &decoder, error);
  if (status == SG_OK)
    status = decode_all(decoder, path, strict, scratch_folder, progress, user, out_pcm, &report, error);
  sg_decoder_free(decoder);
  if (status != SG_OK) {
    sg_pcm_free(*out_pcm);
    *out_pcm = NULL;
    return status;
  }
  if (out_report != NULL)
    *out_report = report;
  return SG_OK;
}

SgStatus
sg_decode_file(const char *path, bool strict, const char *scratch_folder, SgProgress progress, void *user,
               SgPcm **out_pcm, SgDecodeReport *out_report, SgError *error)
{
  return sg_decode_stream(path, -1, strict, scratch_folder, progress, user, out_pcm, out_report, error);
}
