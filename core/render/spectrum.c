#include "core/render/spectrum.h"

#include <stdbool.h>

#include "core/base/memory.h"

struct SgSpectrum {
  const SgPcm *pcm;
  SgStftSize size;
  SgStft *stft;
  SgStftWork *work;
  float *samples[SG_MAX_CHANNELS]; /* [N] */
  SgComplex *bins;                 /* [n_bins] */
};

SgSpectrum *
sg_spectrum_new(const SgPcm *pcm)
{
  return sg_spectrum_new_sized(pcm, sg_stft_size_for_rate(sg_pcm_rate(pcm)).window);
}

SgSpectrum *
sg_spectrum_new_sized(const SgPcm *pcm, uint32_t window)
{
  SgSpectrum *spectrum = SG_NEW(SgSpectrum, 1);
  if (spectrum == NULL)
    return NULL;
  spectrum->pcm = pcm;
  spectrum->size = (SgStftSize){ .window = window, .hop = window / 4, .n_bins = window / 2 + 1 };
  spectrum->stft = sg_stft_new(spectrum->size);
  spectrum->work = spectrum->stft == NULL ? NULL : sg_stft_work_new(spectrum->stft);
  spectrum->bins = SG_NEW(SgComplex, spectrum->size.n_bins);
  bool complete = spectrum->work != NULL && spectrum->bins != NULL;
  for (uint32_t c = 0; c < sg_pcm_n_channels(pcm); c++) {
    spectrum->samples[c] = SG_NEW(float, spectrum->size.window);
    complete = complete && spectrum->samples[c] != NULL;
  }
  if (!complete) {
    sg_spectrum_free(spectrum);
    return NULL;
  }
  return spectrum;
}

void
sg_spectrum_free(SgSpectrum *spectrum)
{
  if (spectrum == NULL)
    return;
  sg_stft_work_free(spectrum->work);
  sg_stft_free(spectrum->stft);
  for (int c = 0; c < SG_MAX_CHANNELS; c++)
    sg_free(spectrum->samples[c]);
  sg_free(spectrum->bins);
  sg_free(spectrum);
}

SgStftSize
sg_spectrum_size(const SgSpectrum *spectrum)
{
  return spectrum->size;
}

void
sg_spectrum_power_of(SgSpectrum *spectrum, float *const *samples, float *out_power)
{
  SgStftSize size = spectrum->size;
  uint32_t n_channels = sg_pcm_n_channels(spectrum->pcm);
  float full_scale = (float)size.window / 4.0f;
  float scale = 1.0f / (full_scale * full_scale * (float)n_channels);
  for (uint32_t k = 0; k < size.n_bins; k++)
    out_power[k] = 0.0f;
  for (uint32_t c = 0; c < n_channels; c++) {
    sg_stft_analyse(spectrum->stft, spectrum->work, samples[c], 1, spectrum->bins);
    for (uint32_t k = 0; k < size.n_bins; k++) {
      float re = crealf(spectrum->bins[k]), im = cimagf(spectrum->bins[k]);
      out_power[k] += (re * re + im * im) * scale;
    }
  }
}

SgStatus
sg_spectrum_power_at(SgSpectrum *spectrum, int64_t centre_sample, float *out_power, SgError *error)
{
  uint32_t window = spectrum->size.window;
  SgStatus status = sg_pcm_read(spectrum->pcm, centre_sample - window / 2, window, spectrum->samples, error);
  if (status == SG_OK)
    sg_spectrum_power_of(spectrum, spectrum->samples, out_power);
  return status;
}
