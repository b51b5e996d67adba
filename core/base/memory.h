/* Allocation for the engine: zeroed, 64-byte aligned (a cache line; more than any SIMD load or FFTW asks
 * for), with the product of count and size checked for overflow.
 *
 * Threads: as malloc. Audio callback: never.
 */
#pragma once

#include <stddef.h>

enum { SG_ALIGNMENT = 64 };

/* `count` × `size` zeroed bytes, or NULL when the product overflows or memory is out. A product of zero gives
 * a valid pointer. Free with sg_free. */
void *sg_alloc(size_t count, size_t size);

/* Frees what sg_alloc returned; NULL is ignored. */
void sg_free(void *memory);

/* Once, before there are threads, in a program that runs for long: blocks of 128 kB and more go back to the
 * system when they are freed. glibc by itself gives them back only until the first such block was freed; from
 * then on it keeps them, and what a separation took stays with the program. Tiles of spectrograms are that
 * large, and would leave holes in the heaps of the threads that paint them. Does nothing with another C
 * library. */
void sg_memory_give_back(void);

/* `count` elements of `type`, zeroed. */
#define SG_NEW(type, count) ((type *)sg_alloc((count), sizeof(type)))
