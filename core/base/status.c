#include "core/base/status.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static const char *const status_ids[SG_N_STATUS] = {
  [SG_OK] = "ok",
  [SG_CANCELLED] = "cancelled",
  [SG_NO_MEMORY] = "no-memory",
  [SG_NOT_FOUND] = "not-found",
  [SG_IS_FOLDER] = "is-folder",
  [SG_NO_PERMISSION] = "no-permission",
  [SG_EMPTY_FILE] = "empty-file",
  [SG_NOT_AUDIO] = "not-audio",
  [SG_NO_SAMPLES] = "no-samples",
  [SG_TRUNCATED] = "truncated",
  [SG_BAD_SAMPLE] = "bad-sample",
  [SG_BAD_FORMAT] = "bad-format",
  [SG_NO_SPACE] = "no-space",
  [SG_READ_FAILED] = "read-failed",
  [SG_WRITE_FAILED] = "write-failed",
  [SG_EXISTS] = "exists",
  [SG_UNKNOWN_METHOD] = "unknown-method",
  [SG_UNKNOWN_SOURCE] = "unknown-source",
  [SG_BAD_ARGUMENT] = "bad-argument",
  [SG_OUTSIDE_SONG] = "outside-song",
  [SG_EMPTY_FOLDER] = "empty-folder",
  [SG_NEEDS_STEREO] = "needs-stereo",
  [SG_NO_DEVICE] = "no-device",
  [SG_NO_INDEX] = "no-index",
  [SG_NEEDS_FFMPEG] = "needs-ffmpeg",
  [SG_DAMAGED] = "damaged",
  [SG_NO_STEMS] = "no-stems",
  [SG_N_STEMS] = "n-stems",
  [SG_NO_BEATS] = "no-beats",
  [SG_BAD_JSON] = "bad-json",
  [SG_BAD_GRAPH] = "bad-graph",
  [SG_BAD_MODEL] = "bad-model",
  [SG_BAD_DATASET] = "bad-dataset",
  [SG_NOT_FINITE] = "not-finite",
};

const char *
sg_status_id(SgStatus status)
{
  return (unsigned)status < SG_N_STATUS ? status_ids[status] : NULL;
}

SgStatus
sg_error_set(SgError *error, SgStatus status, const char *path, const char *detail)
{
  if (error == NULL)
    return status;
  memset(error, 0, sizeof *error);
  error->status = status;
  error->position = -1;
  snprintf(error->path, sizeof error->path, "%s", path != NULL ? path : "");
  snprintf(error->detail, sizeof error->detail, "%s", detail != NULL ? detail : "");
  return status;
}

static SgStatus
status_from_errno(int errno_value, SgStatus otherwise)
{
  switch (errno_value) {
  case ENOENT:
  case ENOTDIR:
    return SG_NOT_FOUND;
  case EACCES:
  case EPERM:
  case EROFS:
    return SG_NO_PERMISSION;
  case EISDIR:
    return SG_IS_FOLDER;
  case ENOSPC:
  case EDQUOT:
  case EFBIG:
    return SG_NO_SPACE;
  case EEXIST:
    return SG_EXISTS;
  case ENOMEM:
    return SG_NO_MEMORY;
  default:
    return otherwise;
  }
}

SgStatus
sg_error_set_errno(SgError *error, int errno_value, SgStatus otherwise, const char *path)
{
  return sg_error_set(error, status_from_errno(errno_value, otherwise), path, strerror(errno_value));
}
