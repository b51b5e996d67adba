/* The innermost part of core/nn/product.c, one for each kind of processor. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

typedef struct {
  const char *name;
  size_t max_rows, n_columns; /* of its tile */
  /* c[rows × n_columns] ← Σ over k of a[k × rows] ⊗ b[k × n_columns], plus c where `add`; rows ≤ max_rows. */
  void (*multiply)(size_t k, size_t rows, const float *a, const float *b, bool add, float *c, size_t ldc);
} SgProductKernel;

enum { SG_PRODUCT_MAX_ROWS = 14, SG_PRODUCT_MAX_COLUMNS = 32 };

/* The best one for this processor. */
const SgProductKernel *sg_product_kernel(void);
/* All that this processor can run, best first; returns how many. */
size_t sg_product_kernels(const SgProductKernel *out_kernels[3]);
