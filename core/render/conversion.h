/* What a stem goes through on its way to an encoder that cannot take it as it is: fold-down to stereo, change
 * of rate, gain. Without any of them samples pass as they are. Equal inputs give equal numbers of samples at
 * every call.
 *
 * Ownership: free with sg_conversion_free (NULL ignored). Threads: one conversion, one thread. Audio
 * callback: never. Errors: SG_NO_MEMORY, and whatever `take` gives.
 */
#pragma once

#include "core/dsp/resample.h"

typedef struct {
  uint32_t in_rate_hz, out_rate_hz;
  uint32_t in_channels, out_channels; /* the same, or two out */
  float gain;
} SgConversionShape;

/* Gets interleaved samples; what it returns but SG_OK ends the call. */
typedef SgStatus (*SgConversionTake)(const float *interleaved, int64_t n, void *user, SgError *error);

typedef struct SgConversion SgConversion;

SgStatus sg_conversion_new(SgConversionShape shape, SgConversion **out_conversion, SgError *error);
void sg_conversion_free(SgConversion *conversion);

SgStatus sg_conversion_push(SgConversion *conversion, const float *interleaved, int64_t n,
                            SgConversionTake take, void *user, SgError *error);
/* Gives what is left; in all it is sg_resampled_length of what came in. */
SgStatus sg_conversion_finish(SgConversion *conversion, SgConversionTake take, void *user, SgError *error);
