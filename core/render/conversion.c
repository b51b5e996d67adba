#include "core/render/conversion.h"

#include "core/base/memory.h"
#include "core/io/pcm.h"
#include "core/render/fold.h"

enum { BLOCK_SAMPLES = 4096 };

struct SgConversion {
  SgConversionShape shape;
  SgResampler *resampler; /* NULL when the rates are equal */
  float *folded;          /* [BLOCK_SAMPLES × out_channels], and after the gain */
  float *resampled;       /* [BLOCK_SAMPLES × out_channels] */
};

SgStatus
sg_conversion_new(SgConversionShape shape, SgConversion **out_conversion, SgError *error)
{
  *out_conversion = NULL;
  SgConversion *conversion = SG_NEW(SgConversion, 1);
  if (conversion == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  conversion->shape = shape;
  conversion->folded = SG_NEW(float, (size_t)BLOCK_SAMPLES *shape.out_channels);
  conversion->resampled = SG_NEW(float, (size_t)BLOCK_SAMPLES *shape.out_channels);
  SgStatus status = SG_OK;
  if (conversion->folded == NULL || conversion->resampled == NULL)
    status = sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  if (status == SG_OK && shape.in_rate_hz != shape.out_rate_hz)
    status = sg_resampler_new(shape.in_rate_hz, shape.out_rate_hz, shape.out_channels, &conversion->resampler,
                              error);
  if (status != SG_OK) {
    sg_conversion_free(conversion);
    return status;
  }
  *out_conversion = conversion;
  return SG_OK;
}

void
sg_conversion_free(SgConversion *conversion)
{
  if (conversion == NULL)
    return;
  sg_resampler_free(conversion->resampler);
  sg_free(conversion->folded);
  sg_free(conversion->resampled);
  sg_free(conversion);
}

/* The samples with fold-down and gain, or themselves where there is neither. */
static const float *
fold_and_scale(SgConversion *conversion, const float *samples, int64_t n)
{
  const SgConversionShape *shape = &conversion->shape;
  bool is_folded = shape->out_channels != shape->in_channels;
  if (!is_folded && shape->gain == 1.0f)
    return samples;
  if (is_folded)
    sg_fold(samples, shape->in_channels, (size_t)n, conversion->folded, 1);
  const float *from = is_folded ? conversion->folded : samples;
  for (int64_t i = 0; i < n * shape->out_channels; i++)
    conversion->folded[i] = shape->gain * from[i];
  return conversion->folded;
}

static SgStatus
resample(SgConversion *conversion, const float *samples, int64_t n, SgConversionTake take, void *user,
         SgError *error)
{
  SgStatus status = SG_OK;
  while (n > 0 && status == SG_OK) {
    size_t n_taken, n_made;
    status = sg_resampler_process(conversion->resampler, samples, (size_t)n, &n_taken, conversion->resampled,
                                  BLOCK_SAMPLES, &n_made, error);
    if (status == SG_OK && n_made > 0)
      status = take(conversion->resampled, (int64_t)n_made, user, error);
    samples += n_taken * conversion->shape.out_channels;
    n -= (int64_t)n_taken;
  }
  return status;
}

SgStatus
sg_conversion_push(SgConversion *conversion, const float *interleaved, int64_t n, SgConversionTake take,
                   void *user, SgError *error)
{
  SgStatus status = SG_OK;
  for (int64_t at = 0; at < n && status == SG_OK; at += BLOCK_SAMPLES) {
    int64_t count = n - at < BLOCK_SAMPLES ? n - at : BLOCK_SAMPLES;
    const float *samples =
        fold_and_scale(conversion, interleaved + at * conversion->shape.in_channels, count);
    status = conversion->resampler != NULL ? resample(conversion, samples, count, take, user, error)
                                           : take(samples, count, user, error);
  }
  return status;
}

SgStatus
sg_conversion_finish(SgConversion *conversion, SgConversionTake take, void *user, SgError *error)
{
  SgStatus status = SG_OK;
  size_t n_made = 1;
  while (conversion->resampler != NULL && status == SG_OK && n_made > 0) {
    status = sg_resampler_drain(conversion->resampler, conversion->resampled, BLOCK_SAMPLES, &n_made, error);
    if (status == SG_OK && n_made > 0)
      status = take(conversion->resampled, (int64_t)n_made, user, error);
  }
  return status;
}
