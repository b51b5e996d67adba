#include "core/io/pcm.h"

#include <stdbool.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/scratch.h"

enum {
  BLOCK_FLOATS = 8192,
  GROW_SAMPLES = 1 << 20, /* reserve this much at a time when the length is not known */
};

static const float STEP_16 = 0x1p-15f;

struct SgPcm {
  SgScratch *scratch;
  uint32_t rate_hz;
  uint32_t n_channels;
  SgPcmStorage storage;
  int64_t n_samples;
};

static uint64_t
bytes_of(const SgPcm *pcm, int64_t n_samples)
{
  return (uint64_t)n_samples * pcm->n_channels *
         (pcm->storage == SG_PCM_16 ? sizeof(int16_t) : sizeof(float));
}

SgStatus
sg_pcm_new(uint32_t rate_hz, uint32_t n_channels, SgPcmStorage storage, int64_t expected_samples,
           const char *scratch_folder, SgPcm **out_pcm, SgError *error)
{
  *out_pcm = NULL;
  if (n_channels < 1 || n_channels > SG_MAX_CHANNELS || rate_hz < 1)
    return sg_error_set(error, SG_BAD_ARGUMENT, NULL, "rate or channels");
  SgPcm *pcm = SG_NEW(SgPcm, 1);
  if (pcm == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  *pcm = (SgPcm){ .rate_hz = rate_hz, .n_channels = n_channels, .storage = storage };
  SgStatus status = sg_scratch_new(scratch_folder, bytes_of(pcm, expected_samples), &pcm->scratch, error);
  if (status != SG_OK) {
    sg_pcm_free(pcm);
    return status;
  }
  *out_pcm = pcm;
  return SG_OK;
}

void
sg_pcm_free(SgPcm *pcm)
{
  if (pcm == NULL)
    return;
  sg_scratch_free(pcm->scratch);
  sg_free(pcm);
}

static SgStatus
write_16(SgPcm *pcm, const float *interleaved, int64_t n, SgError *error)
{
  int16_t block[BLOCK_FLOATS];
  int64_t block_samples = BLOCK_FLOATS / pcm->n_channels;
  for (int64_t at = 0; at < n; at += block_samples) {
    int64_t count = n - at < block_samples ? n - at : block_samples;
    for (int64_t i = 0; i < count * pcm->n_channels; i++)
      block[i] = (int16_t)(interleaved[at * pcm->n_channels + i] / STEP_16);
    SgStatus status = sg_scratch_write(pcm->scratch, bytes_of(pcm, pcm->n_samples + at), block,
                                       (size_t)bytes_of(pcm, count), error);
    if (status != SG_OK)
      return status;
  }
  return SG_OK;
}

SgStatus
sg_pcm_append(SgPcm *pcm, const float *interleaved, int64_t n, SgError *error)
{
  uint64_t offset = bytes_of(pcm, pcm->n_samples);
  if (offset + bytes_of(pcm, n) > sg_scratch_size(pcm->scratch)) {
    int64_t step = n > GROW_SAMPLES ? n : GROW_SAMPLES;
    SgStatus status = sg_scratch_grow(pcm->scratch, offset + bytes_of(pcm, step), error);
    if (status != SG_OK)
      return status;
  }
  SgStatus status = pcm->storage == SG_PCM_16 ? write_16(pcm, interleaved, n, error)
                                              : sg_scratch_write(pcm->scratch, offset, interleaved,
                                                                 (size_t)bytes_of(pcm, n), error);
  if (status == SG_OK)
    pcm->n_samples += n;
  return status;
}

uint32_t
sg_pcm_rate(const SgPcm *pcm)
{
  return pcm->rate_hz;
}

uint32_t
sg_pcm_n_channels(const SgPcm *pcm)
{
  return pcm->n_channels;
}

int64_t
sg_pcm_n_samples(const SgPcm *pcm)
{
  return pcm->n_samples;
}

static void
deinterleave(const float *interleaved, uint32_t n_channels, int64_t n, float *const *out_channels, int64_t at)
{
  for (uint32_t c = 0; c < n_channels; c++)
    for (int64_t i = 0; i < n; i++)
      out_channels[c][at + i] = interleaved[i * n_channels + c];
}

static SgStatus
read_block(const SgPcm *pcm, int64_t at, int64_t n, float *out_interleaved, SgError *error)
{
  int16_t integers[BLOCK_FLOATS];
  bool is_16 = pcm->storage == SG_PCM_16;
  SgStatus status =
      sg_scratch_read(pcm->scratch, bytes_of(pcm, at), is_16 ? (void *)integers : out_interleaved,
                      (size_t)bytes_of(pcm, n), error);
  for (int64_t i = 0; i < n * pcm->n_channels && is_16 && status == SG_OK; i++)
    out_interleaved[i] = (float)integers[i] * STEP_16;
  return status;
}

static void
fill_zero(const SgPcm *pcm, float *const *out_channels, int64_t at, int64_t n)
{
  for (uint32_t c = 0; c < pcm->n_channels && n > 0; c++)
    memset(out_channels[c] + at, 0, (size_t)n * sizeof(float));
}

SgStatus
sg_pcm_read(const SgPcm *pcm, int64_t start, int64_t n, float *const *out_channels, SgError *error)
{
  int64_t from = start < 0 ? 0 : start;
  int64_t to = start + n > pcm->n_samples ? pcm->n_samples : start + n;
  if (to <= from) {
    fill_zero(pcm, out_channels, 0, n);
    return SG_OK;
  }
  fill_zero(pcm, out_channels, 0, from - start);
  fill_zero(pcm, out_channels, to - start, start + n - to);

  float block[BLOCK_FLOATS];
  int64_t block_samples = BLOCK_FLOATS / pcm->n_channels;
  for (int64_t at = from; at < to; at += block_samples) {
    int64_t count = to - at < block_samples ? to - at : block_samples;
    SgStatus status = read_block(pcm, at, count, block, error);
    if (status != SG_OK)
      return status;
    deinterleave(block, pcm->n_channels, count, out_channels, at - start);
  }
  return SG_OK;
}
