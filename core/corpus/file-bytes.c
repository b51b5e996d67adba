#include "core/corpus/file-bytes.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "core/base/memory.h"

static SgStatus
read_open(FILE *file, const char *path, size_t max_bytes, uint8_t **out_bytes, size_t *out_n, SgError *error)
{
  struct stat info;
  if (fstat(fileno(file), &info) != 0 || S_ISDIR(info.st_mode))
    return sg_error_set_errno(error, S_ISDIR(info.st_mode) ? EISDIR : errno, SG_READ_FAILED, path);
  if ((uintmax_t)info.st_size > max_bytes)
    return sg_error_set(error, SG_BAD_FORMAT, path, "too large");
  uint8_t *bytes = SG_NEW(uint8_t, (size_t)info.st_size + 1); /* an empty file too has a place */
  if (bytes == NULL)
    return sg_error_set(error, SG_NO_MEMORY, path, NULL);
  *out_n = fread(bytes, 1, (size_t)info.st_size, file);
  if (ferror(file)) {
    sg_free(bytes);
    return sg_error_set_errno(error, errno, SG_READ_FAILED, path);
  }
  *out_bytes = bytes;
  return SG_OK;
}

SgStatus
sg_file_bytes(const char *path, size_t max_bytes, uint8_t **out_bytes, size_t *out_n, SgError *error)
{
  *out_bytes = NULL;
  *out_n = 0;
  FILE *file = fopen(path, "rbe");
  if (file == NULL)
    return sg_error_set_errno(error, errno, SG_READ_FAILED, path);
  SgStatus status = read_open(file, path, max_bytes, out_bytes, out_n, error);
  fclose(file);
  return status;
}
