#include "core/mask/strength.h"

#include <math.h>
#include <stdbool.h>

static const float MASK_MIN = 0x1p-16f;
static const float MASK_MAX = 1.0f - 0x1p-16f;

static bool
is_identity(const float *alpha, size_t n_sources)
{
  for (size_t j = 0; j < n_sources; j++)
    if (alpha[j] != 1.0f)
      return false;
  return true;
}

/* M_j = q_j² / Σ_k q_k² */
static void
decode(const uint8_t *codes, size_t n_sources, size_t n_cells, float *out_masks)
{
  for (size_t i = 0; i < n_cells; i++) {
    uint32_t sum = 0;
    for (size_t j = 0; j < n_sources; j++)
      sum += (uint32_t)codes[j * n_cells + i] * codes[j * n_cells + i];
    float scale = sum > 0 ? 1.0f / (float)sum : 0.0f;
    float equal_share = sum > 0 ? 0.0f : 1.0f / (float)n_sources;
    for (size_t j = 0; j < n_sources; j++) {
      uint32_t q = codes[j * n_cells + i];
      out_masks[j * n_cells + i] = (float)(q * q) * scale + equal_share;
    }
  }
}

/* r = σ(α · logit M) */
static float
harden(float mask, float alpha)
{
  float m = mask < MASK_MIN ? MASK_MIN : mask > MASK_MAX ? MASK_MAX : mask;
  return alpha == 1.0f ? m : 1.0f / (1.0f + powf((1.0f - m) / m, alpha));
}

void
sg_strength_apply(const uint8_t *codes, size_t n_sources, size_t n_cells, const float *alpha,
                  float *out_masks)
{
  decode(codes, n_sources, n_cells, out_masks);
  if (is_identity(alpha, n_sources))
    return;
  for (size_t j = 0; j < n_sources; j++)
    for (size_t i = 0; i < n_cells; i++)
      out_masks[j * n_cells + i] = harden(out_masks[j * n_cells + i], alpha[j]);
  for (size_t i = 0; i < n_cells; i++) {
    float sum = 0.0f;
    for (size_t j = 0; j < n_sources; j++)
      sum += out_masks[j * n_cells + i];
    for (size_t j = 0; j < n_sources; j++)
      out_masks[j * n_cells + i] /= sum;
  }
}
