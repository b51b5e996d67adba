/* exp, tanh and the logistic function in arithmetic that compilers vectorise: no branches, no calls.
 *
 * Greatest relative errors over all floats, measured by tests/core/nn/vector-math-test.c: exp 3e-7 (results
 * below the smallest normal float are 0), tanh and the logistic function 3e-7. NaN stays NaN in tanh and
 * logistic only by way of the final arithmetic; kernels see finite numbers.
 */
#pragma once

#include <stdint.h>

#include "core/nn/vectorised.h"

SG_INLINE float
sg_float_from_bits(uint32_t bits)
{
  union {
    uint32_t bits;
    float value;
  } both = { bits };
  return both.value;
}

SG_INLINE uint32_t
sg_bits_of_float(float value)
{
  union {
    float value;
    uint32_t bits;
  } both = { value };
  return both.bits;
}

/* eˣ = 2ⁿ·eʳ, n the whole number nearest to x/ln 2, |r| ≤ ½ ln 2; eʳ by its Taylor series to the 7th power,
 * whose rest is below 1e-8. ln 2 is subtracted in two parts. 1.5·2²³ added to a float rounds it to a whole
 * number that stands in its low bits. */
SG_INLINE float
sg_vector_exp(float x)
{
  const float magic = 12582912.0f;
  float clamped = x < -87.3f ? -87.3f : x;
  clamped = clamped > 88.7f ? 88.7f : clamped;
  float shifted = clamped * 1.44269504f + magic;
  float n = shifted - magic;
  float r = clamped - n * 0.693359375f;
  r = r + n * 2.12194440e-4f;
  float p = 1.0f / 5040.0f;
  p = p * r + 1.0f / 720.0f;
  p = p * r + 1.0f / 120.0f;
  p = p * r + 1.0f / 24.0f;
  p = p * r + 1.0f / 6.0f;
  p = p * r + 0.5f;
  p = p * r * r + r + 1.0f;
  /* 2ⁿ in two factors, for n = 128 has no float. */
  uint32_t whole = sg_bits_of_float(shifted) - sg_bits_of_float(magic);
  uint32_t half = (uint32_t)((int32_t)whole >> 1);
  float scale_a = sg_float_from_bits((half + 127u) << 23);
  float scale_b = sg_float_from_bits((whole - half + 127u) << 23);
  float result = p * scale_a * scale_b;
  return x < -87.3f ? 0.0f : result;
}

SG_INLINE float
sg_vector_logistic(float x)
{
  return 1.0f / (1.0f + sg_vector_exp(-x));
}

/* 1 − 2/(e²ˣ+1); near zero, where that cancels, the series x − x³/3 + 2x⁵/15 − … up to x¹³. */
SG_INLINE float
sg_vector_tanh(float x)
{
  float magnitude = x < 0.0f ? -x : x;
  float far = 1.0f - 2.0f / (sg_vector_exp(2.0f * magnitude) + 1.0f);
  float s = x * x;
  float p = 21844.0f / 6081075.0f;
  p = p * s - 1382.0f / 155925.0f;
  p = p * s + 62.0f / 2835.0f;
  p = p * s - 17.0f / 315.0f;
  p = p * s + 2.0f / 15.0f;
  p = p * s - 1.0f / 3.0f;
  float near = magnitude + magnitude * s * p;
  float result = magnitude < 0.4f ? near : far;
  return x < 0.0f ? -result : result;
}
