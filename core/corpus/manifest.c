#include "core/corpus/manifest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/io/atomic-file.h"

SgStatus
sg_corpus_write_json(const char *path, const SgJson *json, SgError *error)
{
  char *text = sg_json_dup_text(json, true);
  SgAtomicFile *file = NULL;
  SgStatus status = text != NULL ? sg_atomic_file_new(path, true, &file, error)
                                 : sg_error_set(error, SG_NO_MEMORY, path, NULL);
  if (status == SG_OK && dprintf(sg_atomic_file_fd(file), "%s\n", text) < 0)
    status = sg_error_set_errno(error, errno, SG_WRITE_FAILED, path);
  if (status == SG_OK)
    status = sg_atomic_file_publish(file, error);
  sg_atomic_file_free(file);
  free(text);
  return status;
}
