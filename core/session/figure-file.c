#include "core/session/figure-file.h"

#include <errno.h>
#include <unistd.h>

#include "core/io/atomic-file.h"
#include "core/session/error.h"

static SgStatus
write_bytes(const void *bytes, size_t n, void *user, SgError *error)
{
  SgAtomicFile *file = user;
  for (size_t written = 0; written < n;) {
    ssize_t step = write(sg_atomic_file_fd(file), (const char *)bytes + written, n - written);
    if (step < 0 && errno == EINTR)
      continue;
    if (step < 0)
      return sg_error_set_errno(error, errno, SG_WRITE_FAILED, sg_atomic_file_path(file));
    written += (size_t)step;
  }
  return SG_OK;
}

gboolean
sg_figure_file_write(const char *path, gboolean overwrite, const SgFigureFrame *frame, SgFigureDraw draw,
                     const void *plot, GError **error)
{
  SgError engine_error;
  SgAtomicFile *file = NULL;
  SgFigureFormat format;
  SgStatus status = SG_OK;
  if (!sg_figure_format_find(path, &format))
    status = sg_error_set(&engine_error, SG_BAD_ARGUMENT, path, ".png, .svg, .pdf");
  if (status == SG_OK)
    status = sg_atomic_file_new(path, overwrite, &file, &engine_error);
  if (status == SG_OK)
    status = sg_figure_render(frame, draw, plot, format, write_bytes, file, &engine_error);
  if (status == SG_OK)
    status = sg_atomic_file_publish(file, &engine_error);
  sg_atomic_file_free(file);
  if (status != SG_OK)
    sg_error_propagate(error, &engine_error);
  return status == SG_OK;
}
