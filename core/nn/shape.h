/* The shape of a tensor: up to six dimensions, the last one contiguous in memory (row-major, no gaps).
 * Threads: plain values. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SG_MAX_DIMS = 6, SG_SHAPE_TEXT_SIZE = 96 };

typedef struct {
  int n_dims;
  int64_t dims[SG_MAX_DIMS];
} SgShape;

/* SG_SHAPE(2, 3, 4) */
#define SG_SHAPE(...)                                                                                        \
  ((SgShape){ .n_dims = (int)(sizeof((int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t)),                         \
              .dims = { __VA_ARGS__ } })

/* No tensor has more elements; products of a few such numbers still fit. */
#define SG_MAX_ELEMENTS ((int64_t)1 << 34)

/* Elements of dimensions begin … end−1. */
static inline int64_t
sg_shape_product(const SgShape *shape, int begin, int end)
{
  int64_t product = 1;
  for (int i = begin; i < end; i++)
    product *= shape->dims[i];
  return product;
}

static inline int64_t
sg_shape_count(const SgShape *shape)
{
  return sg_shape_product(shape, 0, shape->n_dims);
}

bool sg_shape_equal(const SgShape *a, const SgShape *b);
/* All dimensions ≥ 1 and the product ≤ SG_MAX_ELEMENTS. */
bool sg_shape_is_valid(const SgShape *shape);
/* "2×3×4", "scalar" without dimensions, free dimensions (−1) as "?"; returns `out`. */
const char *sg_shape_text(const SgShape *shape, char out[SG_SHAPE_TEXT_SIZE]);
