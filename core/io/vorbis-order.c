#include "core/io/vorbis-order.h"

#include <stdbool.h>
#include <string.h>

#include "core/io/pcm.h"

/* Where Vorbis keeps each channel of the WAV order. */
static const uint8_t orders[SG_MAX_CHANNELS + 1][SG_MAX_CHANNELS] = {
  [3] = { 0, 2, 1 },
  [5] = { 0, 2, 1, 3, 4 },
  [6] = { 0, 2, 1, 5, 3, 4 },
  [7] = { 0, 2, 1, 6, 5, 3, 4 },
  [8] = { 0, 2, 1, 7, 5, 6, 3, 4 },
};

static void
reorder(float *interleaved, uint32_t n_channels, int64_t n, bool to_vorbis)
{
  const uint8_t *order = orders[n_channels];
  float sample[SG_MAX_CHANNELS];
  if (order[1] == 0)
    return; /* the orders are the same */
  for (int64_t i = 0; i < n; i++, interleaved += n_channels) {
    memcpy(sample, interleaved, n_channels * sizeof *sample);
    for (uint32_t c = 0; c < n_channels; c++)
      interleaved[to_vorbis ? order[c] : c] = sample[to_vorbis ? c : order[c]];
  }
}

void
sg_order_vorbis_to_wav(float *interleaved, uint32_t n_channels, int64_t n)
{
  reorder(interleaved, n_channels, n, false);
}

void
sg_order_wav_to_vorbis(float *interleaved, uint32_t n_channels, int64_t n)
{
  reorder(interleaved, n_channels, n, true);
}
