#include "core/dsp/resample.h"

#include <soxr.h>
#include <string.h>

#include "core/base/memory.h"

struct SgResampler {
  soxr_t soxr; /* NULL when the rates are equal */
  uint32_t in_rate_hz, out_rate_hz;
  uint32_t n_channels;
  int64_t n_taken, n_made;
};

static size_t
min_size(size_t a, size_t b)
{
  return a < b ? a : b;
}

SgStatus
sg_resampler_new(uint32_t in_rate_hz, uint32_t out_rate_hz, uint32_t n_channels, SgResampler **out_resampler,
                 SgError *error)
{
  *out_resampler = NULL;
  if (in_rate_hz == 0 || out_rate_hz == 0 || n_channels == 0)
    return sg_error_set(error, SG_BAD_ARGUMENT, NULL, "rate or channels");
  SgResampler *resampler = SG_NEW(SgResampler, 1);
  if (resampler == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  *resampler =
      (SgResampler){ .in_rate_hz = in_rate_hz, .out_rate_hz = out_rate_hz, .n_channels = n_channels };
  if (in_rate_hz != out_rate_hz) {
    soxr_quality_spec_t quality = soxr_quality_spec(SOXR_VHQ, 0);
    soxr_runtime_spec_t runtime = soxr_runtime_spec(1);
    soxr_error_t refusal = NULL;
    resampler->soxr = soxr_create(in_rate_hz, out_rate_hz, n_channels, &refusal, NULL, &quality, &runtime);
    if (resampler->soxr == NULL || refusal != NULL) {
      sg_resampler_free(resampler);
      return sg_error_set(error, SG_NO_MEMORY, NULL, refusal);
    }
  }
  *out_resampler = resampler;
  return SG_OK;
}

void
sg_resampler_free(SgResampler *resampler)
{
  if (resampler == NULL)
    return;
  if (resampler->soxr != NULL)
    soxr_delete(resampler->soxr);
  sg_free(resampler);
}

int64_t
sg_resampled_length(int64_t n_samples, uint32_t in_rate_hz, uint32_t out_rate_hz)
{
  /* Whole seconds apart, so that the products stay far from overflow. */
  int64_t seconds = n_samples / in_rate_hz, rest = n_samples % in_rate_hz;
  return seconds * out_rate_hz + (2 * rest * out_rate_hz + in_rate_hz) / (2 * (int64_t)in_rate_hz);
}

SgStatus
sg_resampler_process(SgResampler *resampler, const float *in, size_t n_in, size_t *out_taken, float *out,
                     size_t n_out, size_t *out_made, SgError *error)
{
  *out_taken = *out_made = 0;
  if (resampler->soxr == NULL) {
    *out_taken = *out_made = min_size(n_in, n_out);
    memcpy(out, in, *out_made * resampler->n_channels * sizeof *out);
  } else if (n_in > 0 && n_out > 0) {
    soxr_error_t failure = soxr_process(resampler->soxr, in, n_in, out_taken, out, n_out, out_made);
    if (failure != NULL)
      return sg_error_set(error, SG_NO_MEMORY, NULL, failure);
  }
  resampler->n_taken += (int64_t)*out_taken;
  resampler->n_made += (int64_t)*out_made;
  return SG_OK;
}

SgStatus
sg_resampler_drain(SgResampler *resampler, float *out, size_t n_out, size_t *out_made, SgError *error)
{
  *out_made = 0;
  int64_t left = sg_resampled_length(resampler->n_taken, resampler->in_rate_hz, resampler->out_rate_hz) -
                 resampler->n_made;
  if (left <= 0 || n_out == 0)
    return SG_OK;
  size_t n = min_size((size_t)left, n_out), made;
  do {
    soxr_error_t failure = soxr_process(resampler->soxr, NULL, 0, NULL,
                                        out + *out_made * resampler->n_channels, n - *out_made, &made);
    if (failure != NULL)
      return sg_error_set(error, SG_NO_MEMORY, NULL, failure);
    *out_made += made;
  } while (made > 0 && *out_made < n);
  /* soxr may round the length the other way by one sample; that one is silence. */
  memset(out + *out_made * resampler->n_channels, 0, (n - *out_made) * resampler->n_channels * sizeof *out);
  *out_made = n;
  resampler->n_made += (int64_t)n;
  return SG_OK;
}
