/* Matrix products for the kernels of networks: single precision, row-major, one thread, no allocation.
 *
 * Beside core/base/linalg.h, whose BLAS allocates in small products and packs both operands at every call,
 * this has what networks need: the packing space is the caller's, and an operand that is used again and again
 * (the weights of a recurrence) is packed once. Blocks are packed into panels and multiplied by a kernel that
 * keeps its tile in registers (Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication",
 * ACM TOMS 34, 2008), for AVX-512, AVX2 with FMA, or plain C, chosen at run time.
 *
 * An element's sum runs over k in the same order whatever m and n are, so results do not depend on how rows
 * and columns are shared out. Threads: any number, each with its own packing space. Audio callback: never. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Floats of packing space, to begin at a multiple of 64 bytes. */
enum { SG_PRODUCT_SPACE = 192 * 1024 };

/* C[m×n] ← op(A)[m×k] · op(B)[k×n], plus C where `add`; op transposes when the flag is set (A is then k×m).
 * `lda` and so on: floats between the starts of two rows. */
void sg_product(float *space, bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k,
                const float *a, size_t lda, const float *b, size_t ldb, bool add, float *c, size_t ldc);

/* Floats that a packed op(B)[k×n] takes, and its packing. */
size_t sg_packed_floats(size_t k, size_t n);
void sg_pack(bool transpose_b, size_t k, size_t n, const float *b, size_t ldb, float *packed);

/* The product with a packed B. */
void sg_product_packed(float *space, size_t m, size_t n, size_t k, const float *a, size_t lda,
                       const float *packed, bool add, float *c, size_t ldc);

/* "AVX-512", "AVX2" or "plain". */
const char *sg_product_kernel_name(void);
