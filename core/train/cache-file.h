/* One track of the PCM cache: all its stems, decoded, in one file.
 *
 * The file: a header of 4096 bytes; the samples, part after part, interleaved; a tail with a table of the
 * parts, a checksum of every block of 32768 samples of a part, and the key, a text that tells what the
 * samples were made from. Header and tail are checked when the file is opened, a block when it is first read:
 * what is cut, damaged, from a machine of another byte order or made from something else is refused, never
 * used. Written without a name and named when complete.
 *
 * Numbers are the machine's own. Samples in 16 bits are rounded to multiples of 2⁻¹⁵; what lies above full
 * scale is limited and counted.
 *
 * Ownership: the _free functions ignore NULL; freeing a writer before finish leaves nothing. Threads: one
 * writer, one thread; any number may read one SgCacheFile. Audio callback: never.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/status.h"

typedef enum { SG_CACHE_FLOAT, SG_CACHE_16 } SgCacheFormat;

typedef struct {
  uint32_t rate_hz;
  uint32_t n_channels;
  SgCacheFormat format;
  size_t n_parts;
} SgCacheShape;

/* Bytes of a file with `n_present` parts of n_samples each, at most. */
uint64_t sg_cache_file_bytes(SgCacheShape shape, size_t n_present, int64_t n_samples, size_t key_length);

typedef struct SgCacheWriter SgCacheWriter;

/* An existing file is replaced when the new one is complete. The errors of core/io/atomic-file.h. */
SgStatus sg_cache_writer_new(const char *path, SgCacheShape shape, const char *key,
                             SgCacheWriter **out_writer, SgError *error);
void sg_cache_writer_free(SgCacheWriter *writer);
/* Parts come in their order: append the samples of one [n × n_channels], then go to the next; a part without
 * any append is absent unless `is_present`. */
SgStatus sg_cache_writer_append(SgCacheWriter *writer, const float *interleaved, int64_t n, SgError *error);
SgStatus sg_cache_writer_next_part(SgCacheWriter *writer, bool is_present, SgError *error);
SgStatus sg_cache_writer_finish(SgCacheWriter *writer, SgError *error);

typedef struct SgCacheFile SgCacheFile;

/* SG_NOT_FOUND; SG_BAD_FORMAT when it is not a whole file of this shape and key (`detail` tells what
 * differs). */
SgStatus sg_cache_file_open(const char *path, SgCacheShape shape, const char *key, SgCacheFile **out_file,
                            SgError *error);
void sg_cache_file_free(SgCacheFile *file);

/* The longest part's samples. */
int64_t sg_cache_file_n_samples(const SgCacheFile *file);
bool sg_cache_file_has(const SgCacheFile *file, size_t part);
/* Root of the mean square over the part's own samples and all channels; samples that were limited. */
double sg_cache_file_rms(const SgCacheFile *file, size_t part);
int64_t sg_cache_file_n_clipped(const SgCacheFile *file, size_t part);

/* Samples start … start+n−1 of a part into out_channels[n_channels][n]; zero outside the part and where there
 * is none. SG_READ_FAILED with the detail "checksum" when a block is not what was written: the file is then
 * removed. */
SgStatus sg_cache_file_read(SgCacheFile *file, size_t part, int64_t start, int64_t n,
                            float *const *out_channels, SgError *error);

/* Reads everything; SG_READ_FAILED as above, SG_CANCELLED. */
SgStatus sg_cache_file_verify(SgCacheFile *file, const atomic_bool *cancelled, SgError *error);
