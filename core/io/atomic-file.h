/* A file that gets its name only when it is complete.
 *
 * It is written without a name (O_TMPFILE) in the folder it will stand in, so that not even kill −9 leaves a
 * half file. Where the file system knows no nameless files it is written as `.NAME.XXXXXX` beside its place.
 *
 * Ownership: free with sg_atomic_file_free (NULL ignored), which drops what was not published. Threads: one.
 * Errors: SG_NO_PERMISSION, SG_NO_SPACE, SG_EXISTS, SG_WRITE_FAILED, SG_NO_MEMORY.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/base/status.h"

typedef struct SgAtomicFile SgAtomicFile;

/* Refuses with SG_EXISTS at once when `path` is there and not to be overwritten. */
SgStatus sg_atomic_file_new(const char *path, bool overwrite, SgAtomicFile **out_file, SgError *error);
void sg_atomic_file_free(SgAtomicFile *file);

/* The descriptor to write to; it stays the file's. */
int sg_atomic_file_fd(const SgAtomicFile *file);
const char *sg_atomic_file_path(const SgAtomicFile *file);

/* Makes the folders above a file that are missing; one that cannot be made shows when the file is published.
 * Those it made have paths longer than the number of bytes it returns. */
size_t sg_atomic_file_make_folders(const char *file_path);
/* Takes back the folders above a file with longer paths than `n_kept` bytes, as far as they are empty. */
void sg_atomic_file_remove_folders(const char *file_path, size_t n_kept);

/* Gives the file its name, making folders; once. */
SgStatus sg_atomic_file_publish(SgAtomicFile *file, SgError *error);
