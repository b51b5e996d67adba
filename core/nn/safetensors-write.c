#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "core/io/atomic-file.h"
#include "core/nn/safetensors.h"

enum { ALIGNMENT = 64, BLOCK = 16384 };

static size_t
element_size(SgDtype dtype)
{
  return dtype == SG_DTYPE_F32 ? 4 : 2;
}

static uint64_t
aligned(uint64_t offset)
{
  return (offset + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static SgJson *
entry(const char *dtype, const SgShape *shape, uint64_t begin, uint64_t end)
{
  SgJson *object = sg_json_object_new(), *dims = sg_json_array_new(), *offsets = sg_json_array_new();
  sg_json_set_text(object, "dtype", dtype);
  for (int i = 0; i < shape->n_dims; i++)
    sg_json_append_integer(dims, shape->dims[i]);
  sg_json_set(object, "shape", dims);
  sg_json_append_integer(offsets, (int64_t)begin);
  sg_json_append_integer(offsets, (int64_t)end);
  sg_json_set(object, "data_offsets", offsets);
  return object;
}

/* The header without its spaces; NULL when memory is out. */
static char *
header_text(const SgTensorToWrite *tensors, size_t n_tensors, const SgJson *metadata)
{
  static const char *const ids[] = { "F32", "F16", "BF16" };
  if (metadata != NULL && sg_json_has_failed(metadata))
    return NULL;
  SgJson *root = sg_json_object_new();
  if (metadata != NULL)
    sg_json_set(root, "__metadata__", sg_json_share(sg_json_root(metadata)));
  uint64_t offset = 0;
  for (size_t i = 0; i < n_tensors; i++) {
    uint64_t end = offset + (uint64_t)sg_shape_count(&tensors[i].shape) * element_size(tensors[i].dtype);
    sg_json_set(root, tensors[i].name, entry(ids[tensors[i].dtype], &tensors[i].shape, offset, end));
    offset = aligned(end);
    if (offset > end && i + 1 < n_tensors) {
      char name[64];
      snprintf(name, sizeof name, "__padding_%zu", i);
      sg_json_set(root, name, entry("U8", &SG_SHAPE((int64_t)(offset - end)), end, offset));
    }
  }
  char *text = sg_json_dup_text(root, false);
  sg_json_free(root);
  return text;
}

static SgStatus
write_all(const SgAtomicFile *file, const void *bytes, size_t n, SgError *error)
{
  const char *at = bytes;
  while (n > 0) {
    ssize_t written = write(sg_atomic_file_fd(file), at, n);
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      return sg_error_set_errno(error, errno, SG_WRITE_FAILED, sg_atomic_file_path(file));
    at += written;
    n -= (size_t)written;
  }
  return SG_OK;
}

static SgStatus
write_header(const SgAtomicFile *file, const char *text, SgError *error)
{
  static const char spaces[ALIGNMENT + 1] =
      "                                                                ";
  size_t n = strlen(text), padding = (size_t)(aligned(8 + n) - 8 - n);
  unsigned char size[8];
  for (int i = 0; i < 8; i++)
    size[i] = (unsigned char)((uint64_t)(n + padding) >> (8 * i));
  SgStatus status = write_all(file, size, sizeof size, error);
  if (status == SG_OK)
    status = write_all(file, text, n, error);
  return status == SG_OK ? write_all(file, spaces, padding, error) : status;
}

static SgStatus
write_values(const SgAtomicFile *file, const float *values, size_t n, SgDtype dtype, SgError *error)
{
  uint16_t block[BLOCK];
  if (dtype == SG_DTYPE_F32)
    return write_all(file, values, n * sizeof *values, error);
  for (size_t at = 0; at < n; at += BLOCK) {
    size_t count = n - at < BLOCK ? n - at : BLOCK;
    for (size_t i = 0; i < count; i++)
      block[i] =
          dtype == SG_DTYPE_F16 ? sg_half_from_float(values[at + i]) : sg_bfloat_from_float(values[at + i]);
    SgStatus status = write_all(file, block, count * sizeof *block, error);
    if (status != SG_OK)
      return status;
  }
  return SG_OK;
}

static SgStatus
write_tensors(const SgAtomicFile *file, const SgTensorToWrite *tensors, size_t n_tensors, SgError *error)
{
  static const char zeros[ALIGNMENT];
  SgStatus status = SG_OK;
  for (size_t i = 0; i < n_tensors && status == SG_OK; i++) {
    size_t n = (size_t)sg_shape_count(&tensors[i].shape);
    status = write_values(file, tensors[i].values, n, tensors[i].dtype, error);
    uint64_t bytes = (uint64_t)n * element_size(tensors[i].dtype);
    if (status == SG_OK && i + 1 < n_tensors)
      status = write_all(file, zeros, (size_t)(aligned(bytes) - bytes), error);
  }
  return status;
}

SgStatus
sg_safetensors_write(const char *path, const SgTensorToWrite *tensors, size_t n_tensors,
                     const SgJson *metadata, bool overwrite, SgError *error)
{
  for (size_t i = 0; i < n_tensors; i++)
    if (tensors[i].dtype > SG_DTYPE_BF16)
      return sg_error_set(error, SG_BAD_ARGUMENT, path, tensors[i].name);
  char *text = header_text(tensors, n_tensors, metadata);
  if (text == NULL)
    return sg_error_set(error, SG_NO_MEMORY, path, NULL);
  SgAtomicFile *file = NULL;
  SgStatus status = sg_atomic_file_new(path, overwrite, &file, error);
  if (status == SG_OK)
    status = write_header(file, text, error);
  if (status == SG_OK)
    status = write_tensors(file, tensors, n_tensors, error);
  if (status == SG_OK && fsync(sg_atomic_file_fd(file)) != 0)
    status = sg_error_set_errno(error, errno, SG_WRITE_FAILED, path);
  if (status == SG_OK)
    status = sg_atomic_file_publish(file, error);
  sg_atomic_file_free(file);
  free(text);
  return status;
}
