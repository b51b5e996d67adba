#include <string.h>

#include "core/nn/safetensors.h"

static float
from_bits(uint32_t bits)
{
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static uint32_t
to_bits(float value)
{
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

float
sg_float_from_half(uint16_t half)
{
  uint32_t sign = (uint32_t)(half & 0x8000u) << 16, exponent = half >> 10 & 31u, fraction = half & 1023u;
  if (exponent == 31)
    return from_bits(sign | 0x7f800000u | fraction << 13);
  if (exponent != 0)
    return from_bits(sign | (exponent + 112u) << 23 | fraction << 13);
  float subnormal = (float)fraction * 0x1p-24f;
  return sign != 0 ? -subnormal : subnormal;
}

uint16_t
sg_half_from_float(float value)
{
  uint32_t bits = to_bits(value), sign = bits >> 16 & 0x8000u, magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u)
    return (uint16_t)(sign | 0x7e00u);
  if (magnitude >= 0x477ff000u) /* 65520 and above round to infinity */
    return (uint16_t)(sign | 0x7c00u);
  if (magnitude < 0x38800000u) {
    /* Below 2⁻¹⁴: adding ½ as a float puts the rounded fraction in its last bits. */
    uint32_t rounded = to_bits(from_bits(magnitude) + 0.5f) - to_bits(0.5f);
    return (uint16_t)(sign | rounded);
  }
  uint32_t rounded = magnitude + 0xfffu + (magnitude >> 13 & 1u);
  return (uint16_t)(sign | (rounded - 0x38000000u) >> 13);
}

float
sg_float_from_bfloat(uint16_t bits)
{
  return from_bits((uint32_t)bits << 16);
}

uint16_t
sg_bfloat_from_float(float value)
{
  uint32_t bits = to_bits(value);
  if ((bits & 0x7fffffffu) > 0x7f800000u)
    return (uint16_t)(bits >> 16 | 0x40u);
  return (uint16_t)((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
}
