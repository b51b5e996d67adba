/* A whole file in memory.
 *
 * Ownership: the caller frees *out_bytes with sg_free. Threads: no shared state. Errors: SG_READ_FAILED (also
 * for a folder), SG_BAD_FORMAT (more than max_bytes), SG_NO_MEMORY.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "core/base/status.h"

SgStatus sg_file_bytes(const char *path, size_t max_bytes, uint8_t **out_bytes, size_t *out_n,
                       SgError *error);
