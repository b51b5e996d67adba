/* Change of sample rate, streaming, by soxr (linear phase). Against the lower of the two Nyquist frequencies:
 * below 0.45 of it exact to −120 dB, at 0.77 to −90 dB, at 0.91 to −70 dB; what lies above it is gone by 100
 * dB.
 *
 * Shape: n_channels interleaved. Output sample m lies at input time m · in_rate/out_rate: the filter's delay
 * is taken out. n input samples give, when drained, exactly round(n · out_rate/in_rate) output samples, the
 * same bytes in whatever blocks they come. Equal rates: samples pass as they are.
 *
 * Ownership: free with sg_resampler_free (NULL ignored). Threads: one resampler, one thread. Audio callback:
 * never. Errors: SG_BAD_ARGUMENT (a rate or channel count of 0), SG_NO_MEMORY.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/status.h"

typedef struct SgResampler SgResampler;

SgStatus sg_resampler_new(uint32_t in_rate_hz, uint32_t out_rate_hz, uint32_t n_channels,
                          SgResampler **out_resampler, SgError *error);
void sg_resampler_free(SgResampler *resampler);

/* Takes up to `n_in` samples and gives up to `n_out`. *out_taken and *out_made tell how many; what was not
 * taken must be offered again. Both are 0 only when n_in or n_out is 0. */
SgStatus sg_resampler_process(SgResampler *resampler, const float *in, size_t n_in, size_t *out_taken,
                              float *out, size_t n_out, size_t *out_made, SgError *error);

/* After the last input: gives what is left, up to `n_out` samples; *out_made 0 means all is out. From the
 * first drain on there must be no process. */
SgStatus sg_resampler_drain(SgResampler *resampler, float *out, size_t n_out, size_t *out_made,
                            SgError *error);

/* round(n_samples · out_rate/in_rate), halves up. */
int64_t sg_resampled_length(int64_t n_samples, uint32_t in_rate_hz, uint32_t out_rate_hz);
