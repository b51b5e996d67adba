/* SG_VECTORISED before a function: the compiler makes it once for plain x86-64 and once for AVX2 and the
 * program chooses when it starts. Both give the same bytes (no fused multiply-add, no reordered sums). For
 * functions whose loops it can turn into vector instructions by itself. */
#pragma once

#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__SANITIZE_THREAD__) && !defined(__clang__)
#define SG_VECTORISED __attribute__((target_clones("avx2", "default"), optimize("O3")))
#else
#define SG_VECTORISED
#endif
