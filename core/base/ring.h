/* Lock-free ring of floats between exactly one writing and one reading thread.
 *
 * The only memory that the audio callback shares with the streamer. Two C11 atomic counters that only grow;
 * the writer releases what it wrote, the reader acquires it.
 *
 * Threads: one writer, one reader, at once. Audio callback: read, write, skip and the counts may be called
 * there; new, free and clear may not.
 */
#pragma once

#include <stddef.h>

typedef struct SgRing SgRing;

/* Holds at least `capacity` floats (rounded up to a power of two); NULL when memory is out. */
SgRing *sg_ring_new(size_t capacity);
void sg_ring_free(SgRing *ring);

/* Writer: appends up to `n` floats and returns how many fitted. */
size_t sg_ring_write(SgRing *ring, const float *samples, size_t n);
size_t sg_ring_writable(const SgRing *ring);

/* Reader: takes up to `n` floats (`out_samples` NULL: drops them) and returns how many there were. */
size_t sg_ring_read(SgRing *ring, float *out_samples, size_t n);
size_t sg_ring_readable(const SgRing *ring);

/* Empties the ring; only while neither side uses it. */
void sg_ring_clear(SgRing *ring);
