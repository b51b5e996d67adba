#include "core/render/fold.h"

#include <string.h>

#define HALF 0.70710678f /* −3 dB */

static const float layouts[SG_MAX_CHANNELS + 1][SG_MAX_CHANNELS][2] = {
  [1] = { { 1, 1 } },
  [2] = { { 1, 0 }, { 0, 1 } },
  [3] = { { 1, 0 }, { 0, 1 }, { HALF, HALF } },
  [4] = { { 1, 0 }, { 0, 1 }, { HALF, 0 }, { 0, HALF } },
  [5] = { { 1, 0 }, { 0, 1 }, { HALF, HALF }, { HALF, 0 }, { 0, HALF } },
  [6] = { { 1, 0 }, { 0, 1 }, { HALF, HALF }, { 0, 0 }, { HALF, 0 }, { 0, HALF } },
  [7] = { { 1, 0 }, { 0, 1 }, { HALF, HALF }, { 0, 0 }, { HALF, HALF }, { HALF, 0 }, { 0, HALF } },
  [8] = { { 1, 0 }, { 0, 1 }, { HALF, HALF }, { 0, 0 }, { HALF, 0 }, { 0, HALF }, { HALF, 0 }, { 0, HALF } },
};

void
sg_fold_weights(uint32_t n_channels, float out_weights[SG_MAX_CHANNELS][2])
{
  memcpy(out_weights, layouts[n_channels], sizeof layouts[n_channels]);
  for (int side = 0; side < 2; side++) {
    float sum = 0.0f;
    for (uint32_t c = 0; c < n_channels; c++)
      sum += out_weights[c][side];
    for (uint32_t c = 0; c < n_channels; c++)
      out_weights[c][side] /= sum;
  }
}

void
sg_fold(const float *in, uint32_t n_channels, size_t n, float *out, size_t stride)
{
  if (n_channels <= 2) {
    for (size_t i = 0; i < n; i++, in += n_channels, out += 2 * stride) {
      out[0] = in[0];
      out[1] = in[n_channels - 1];
    }
    return;
  }
  float weights[SG_MAX_CHANNELS][2];
  sg_fold_weights(n_channels, weights);
  for (size_t i = 0; i < n; i++, in += n_channels, out += 2 * stride) {
    float left = 0.0f, right = 0.0f;
    for (uint32_t c = 0; c < n_channels; c++) {
      left += weights[c][0] * in[c];
      right += weights[c][1] * in[c];
    }
    out[0] = left;
    out[1] = right;
  }
}
