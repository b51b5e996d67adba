/* How kernels ask for vector instructions: compiled for several processors, chosen at run time, with a
 * portable version beside them. The loops are plain C; `#pragma GCC ivdep` before one says that elements do
 * not depend on each other (out may be in itself, but not shifted). */
#pragma once

#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__SANITIZE_THREAD__) && !defined(__clang__)
#define SG_VECTORISED __attribute__((target_clones("arch=x86-64-v4", "avx2", "default"), optimize("O3")))
#else
#define SG_VECTORISED
#endif

#define SG_INLINE static inline __attribute__((always_inline))
