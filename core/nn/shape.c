#include "core/nn/shape.h"

#include <stdio.h>

bool
sg_shape_equal(const SgShape *a, const SgShape *b)
{
  if (a->n_dims != b->n_dims)
    return false;
  for (int i = 0; i < a->n_dims; i++)
    if (a->dims[i] != b->dims[i])
      return false;
  return true;
}

bool
sg_shape_is_valid(const SgShape *shape)
{
  if (shape->n_dims < 0 || shape->n_dims > SG_MAX_DIMS)
    return false;
  int64_t product = 1;
  for (int i = 0; i < shape->n_dims; i++) {
    if (shape->dims[i] < 1 || shape->dims[i] > INT32_MAX)
      return false;
    if (__builtin_mul_overflow(product, shape->dims[i], &product) || product > SG_MAX_ELEMENTS)
      return false;
  }
  return true;
}

const char *
sg_shape_text(const SgShape *shape, char out[SG_SHAPE_TEXT_SIZE])
{
  size_t at = 0;
  out[0] = '\0';
  for (int i = 0; i < shape->n_dims && at < SG_SHAPE_TEXT_SIZE; i++)
    if (shape->dims[i] == -1)
      at += (size_t)snprintf(out + at, SG_SHAPE_TEXT_SIZE - at, "%s?", i > 0 ? "×" : "");
    else
      at += (size_t)snprintf(out + at, SG_SHAPE_TEXT_SIZE - at, "%s%lld", i > 0 ? "×" : "",
                             (long long)shape->dims[i]);
  if (shape->n_dims == 0)
    snprintf(out, SG_SHAPE_TEXT_SIZE, "scalar");
  return out;
}
