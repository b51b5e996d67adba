/* Scratch: big temporary data on disk that vanishes with the process.
 *
 * A scratch file has no name (O_TMPFILE), so not even kill −9 leaves it behind. Its space is reserved before
 * use, so that a full disk is an error here and never a signal later. It is read and written by offset;
 * nothing is mapped, so its size does not count as resident memory of the process.
 *
 * Ownership: sg_scratch_new gives the file away, free with sg_scratch_free (NULL is ignored).
 * Threads: reads and writes of ranges that do not overlap may run at once; grow must run alone.
 * Audio callback: never.
 * Errors: SG_NO_SPACE (with needed and free bytes), SG_NO_PERMISSION, SG_READ_FAILED, SG_WRITE_FAILED,
 * SG_NO_MEMORY.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "core/base/status.h"

typedef struct SgScratch SgScratch;

/* The folder that scratch goes to when none is given: `stemglass` in XDG_CACHE_HOME or ~/.cache, made when
 * missing; where that lies in memory (tmpfs) or cannot be written, /var/tmp. */
SgStatus sg_scratch_default_folder(char *out_folder, size_t size, SgError *error);

/* Whether `n_bytes` are free in `folder` (NULL: the default one), for jobs that make several scratch files:
 * else SG_NO_SPACE names the sum. */
SgStatus sg_scratch_check_space(const char *folder, uint64_t n_bytes, SgError *error);

/* A scratch file of `n_bytes` zero bytes in `folder` (NULL: the default one). */
SgStatus sg_scratch_new(const char *folder, uint64_t n_bytes, SgScratch **out_scratch, SgError *error);
void sg_scratch_free(SgScratch *scratch);

/* Makes it at least `n_bytes` long; what is there stays. */
SgStatus sg_scratch_grow(SgScratch *scratch, uint64_t n_bytes, SgError *error);
uint64_t sg_scratch_size(const SgScratch *scratch);

/* Exactly `n` bytes at `offset`, which must lie within the size. */
SgStatus sg_scratch_write(SgScratch *scratch, uint64_t offset, const void *bytes, size_t n, SgError *error);
SgStatus sg_scratch_read(const SgScratch *scratch, uint64_t offset, void *out_bytes, size_t n,
                         SgError *error);
