/* The spectrum of the mixture at any instant, for views: no separation is needed for it.
 *
 * out_power[n_bins] = mean over channels of |X|², X the windowed transform (core/dsp/stft.h) centred on the
 * sample asked for. Scaling as sg_renderer_frame_power: divided by (N/4)², a full-scale sine has power 1 at
 * its bin; on samples t·hop both give the same.
 *
 * Ownership: borrows the song, which must outlive it; free with sg_spectrum_free (NULL ignored). Threads: one
 * SgSpectrum a thread. Audio callback: no. Errors: those of core/base/scratch.h.
 */
#pragma once

#include "core/dsp/stft.h"
#include "core/io/pcm.h"

typedef struct SgSpectrum SgSpectrum;

/* NULL when memory is out. */
SgSpectrum *sg_spectrum_new(const SgPcm *pcm);
/* The same with another window of N = `window` samples (2^a·3^b·5^c, divisible by 4). */
SgSpectrum *sg_spectrum_new_sized(const SgPcm *pcm, uint32_t window);
void sg_spectrum_free(SgSpectrum *spectrum);
SgStftSize sg_spectrum_size(const SgSpectrum *spectrum);

/* The power of samples that are not the song's: samples[n_channels][N]. */
void sg_spectrum_power_of(SgSpectrum *spectrum, float *const *samples, float *out_power);

SgStatus sg_spectrum_power_at(SgSpectrum *spectrum, int64_t centre_sample, float *out_power, SgError *error);
