#include "core/play/ceiling.h"

#include <math.h>

static float
frame_peak(const float *frame)
{
  return fmaxf(fabsf(frame[0]), fabsf(frame[1]));
}

static float
bend(float x)
{
  float over = fabsf(x) - SG_CEILING_KNEE;
  if (over <= 0.0f)
    return x;
  return copysignf(SG_CEILING_KNEE + (1.0f - SG_CEILING_KNEE) * tanhf(over / (1.0f - SG_CEILING_KNEE)), x);
}

size_t
sg_ceiling_apply(SgCeiling *ceiling, float *stereo, size_t n, uint32_t n_hold)
{
  size_t n_over = 0, from = n;
  for (size_t i = 0; i < n; i++)
    if (frame_peak(stereo + 2 * i) > 1.0f && n_over++ == 0)
      from = i;
  if (ceiling->bending)
    from = 0;
  while (from > 0 && from < n && frame_peak(stereo + 2 * (from - 1)) > SG_CEILING_KNEE)
    from--;
  bool ends_low = n > 0 && frame_peak(stereo + 2 * (n - 1)) <= SG_CEILING_KNEE;
  for (size_t i = 2 * from; i < 2 * n; i++)
    stereo[i] = bend(stereo[i]);
  ceiling->n_since_over = n_over > 0 ? 0 : ceiling->n_since_over + (uint32_t)n;
  ceiling->bending = n_over > 0 || (ceiling->bending && !(ends_low && ceiling->n_since_over >= n_hold));
  return n_over;
}
