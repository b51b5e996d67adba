#include "core/metrics/track-signal.h"

#include <string.h>

SgStatus
sg_track_check_format(const SgPcm *const *pcms, size_t n_pcms, const SgPcm *like, bool same_length,
                      SgError *error)
{
  for (size_t i = 0; i < n_pcms; i++) {
    if (pcms[i] == NULL)
      continue;
    const char *differs = NULL;
    if (sg_pcm_rate(pcms[i]) != sg_pcm_rate(like))
      differs = "rate";
    else if (sg_pcm_n_channels(pcms[i]) != sg_pcm_n_channels(like))
      differs = "channels";
    else if (same_length && sg_pcm_n_samples(pcms[i]) != sg_pcm_n_samples(like))
      differs = "length";
    if (differs != NULL)
      return sg_error_set(error, SG_BAD_FORMAT, NULL, differs);
  }
  return SG_OK;
}

SgStatus
sg_track_signal_read(const SgTrackSignal *signal, int64_t n_track, int64_t start, int64_t n,
                     float *const *floats, double *const *out_channels, SgError *error)
{
  uint32_t n_channels = sg_pcm_n_channels(signal->pcms[0]);
  int64_t n_inside = n_track - start < n ? n_track - start : n;
  if (n_inside < 0)
    n_inside = 0;
  for (uint32_t c = 0; c < n_channels; c++)
    memset(out_channels[c], 0, (size_t)n * sizeof(double));
  for (size_t p = 0; p < signal->n_pcms; p++) {
    SgStatus status = sg_pcm_read(signal->pcms[p], start, n_inside, floats, error);
    if (status != SG_OK)
      return status;
    for (uint32_t c = 0; c < n_channels; c++)
      for (int64_t i = 0; i < n_inside; i++)
        out_channels[c][i] += (double)floats[c][i];
  }
  return SG_OK;
}
