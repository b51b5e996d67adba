#include "core/nn/safetensors.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/memory.h"

enum { PREFIX = 8, MAX_TENSORS = 1 << 17 };

/* The format's own limit for headers. */
#define MAX_HEADER 100000000u

struct SgSafetensors {
  const unsigned char *bytes;
  size_t n_bytes;
  void *mapping; /* NULL when the bytes are another's */
  void *copy;    /* of the data, when it was misaligned */
  SgJson *header;
  size_t n_tensors;
  SgTensorView *tensors;
};

static const struct {
  const char *id;
  SgDtype dtype;
  size_t size;
} dtypes[] = {
  { "F32", SG_DTYPE_F32, 4 },    { "F16", SG_DTYPE_F16, 2 },   { "BF16", SG_DTYPE_BF16, 2 },
  { "F64", SG_DTYPE_F64, 8 },    { "I64", SG_DTYPE_OTHER, 8 }, { "U64", SG_DTYPE_OTHER, 8 },
  { "I32", SG_DTYPE_OTHER, 4 },  { "U32", SG_DTYPE_OTHER, 4 }, { "I16", SG_DTYPE_OTHER, 2 },
  { "U16", SG_DTYPE_OTHER, 2 },  { "I8", SG_DTYPE_OTHER, 1 },  { "U8", SG_DTYPE_OTHER, 1 },
  { "BOOL", SG_DTYPE_OTHER, 1 },
};

__attribute__((format(printf, 4, 5))) static SgStatus
fail(SgError *error, const char *name, uint64_t position, const char *format, ...)
{
  char detail[SG_ERROR_DETAIL_SIZE];
  int at = name != NULL ? snprintf(detail, sizeof detail, "%.100s: ", name) : 0;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(detail + at, sizeof detail - (size_t)at, format, arguments);
  va_end(arguments);
  sg_error_set(error, SG_BAD_MODEL, NULL, detail);
  if (error != NULL)
    error->position = (int64_t)position;
  return SG_BAD_MODEL;
}

static SgStatus
read_dtype(const SgJsonValue *value, SgTensorView *tensor, size_t *out_size, uint64_t position,
           SgError *error)
{
  const char *id = sg_json_text(sg_json_get(value, "dtype"));
  for (size_t i = 0; id != NULL && i < sizeof dtypes / sizeof dtypes[0]; i++)
    if (strcmp(dtypes[i].id, id) == 0) {
      tensor->dtype = dtypes[i].dtype;
      *out_size = dtypes[i].size;
      return SG_OK;
    }
  return fail(error, tensor->name, position, "unknown element type \"%.20s\"", id != NULL ? id : "");
}

static SgStatus
read_shape(const SgJsonValue *value, SgTensorView *tensor, uint64_t position, SgError *error)
{
  const SgJsonValue *shape = sg_json_get(value, "shape");
  if (sg_json_kind(shape) != SG_JSON_ARRAY || sg_json_size(shape) > SG_MAX_DIMS)
    return fail(error, tensor->name, position, "its shape is no list of at most %d numbers", SG_MAX_DIMS);
  tensor->shape.n_dims = (int)sg_json_size(shape);
  int64_t count = 1;
  for (int i = 0; i < tensor->shape.n_dims; i++) {
    int64_t *dim = &tensor->shape.dims[i];
    if (!sg_json_read_integer(sg_json_at(shape, (size_t)i), 0, SG_MAX_ELEMENTS, dim) ||
        __builtin_mul_overflow(count, *dim, &count) || count > SG_MAX_ELEMENTS)
      return fail(error, tensor->name, position, "dimension %d is not usable", i);
  }
  tensor->count = (size_t)count;
  return SG_OK;
}

static SgStatus
read_tensor(SgSafetensors *file, const char *name, const SgJsonValue *value, uint64_t data_start,
            SgTensorView *tensor, SgError *error)
{
  tensor->name = name;
  size_t size = 0;
  SgStatus status = read_dtype(value, tensor, &size, PREFIX, error);
  if (status == SG_OK)
    status = read_shape(value, tensor, PREFIX, error);
  if (status != SG_OK)
    return status;
  const SgJsonValue *offsets = sg_json_get(value, "data_offsets");
  int64_t begin, end;
  if (sg_json_size(offsets) != 2 || !sg_json_read_integer(sg_json_at(offsets, 0), 0, INT64_MAX, &begin) ||
      !sg_json_read_integer(sg_json_at(offsets, 1), 0, INT64_MAX, &end))
    return fail(error, tensor->name, PREFIX, "has no data_offsets");
  uint64_t n_data = file->n_bytes - data_start;
  if (begin > end || (uint64_t)end > n_data)
    return fail(error, tensor->name, data_start + (uint64_t)begin,
                "its data (%lld to %lld) is not within the %llu bytes there", (long long)begin,
                (long long)end, (unsigned long long)n_data);
  if ((uint64_t)(end - begin) != (uint64_t)tensor->count * size)
    return fail(error, tensor->name, data_start + (uint64_t)begin, "%lld bytes where its shape needs %llu",
                (long long)(end - begin), (unsigned long long)tensor->count * size);
  tensor->n_bytes = (size_t)(end - begin);
  tensor->offset = data_start + (uint64_t)begin;
  tensor->data = file->bytes + tensor->offset;
  return SG_OK;
}

static size_t
alignment_of(const SgTensorView *tensor)
{
  static const size_t alignments[] = { 4, 2, 2, 8, 1 };
  return alignments[tensor->dtype];
}

static int
compare_offsets(const void *a, const void *b)
{
  const SgTensorView *x = a, *y = b;
  if (x->offset != y->offset)
    return x->offset < y->offset ? -1 : 1;
  return x->n_bytes < y->n_bytes ? -1 : x->n_bytes > y->n_bytes;
}

/* Sorts by place; no two may share a byte. */
static SgStatus
check_overlap(SgSafetensors *file, SgError *error)
{
  qsort(file->tensors, file->n_tensors, sizeof *file->tensors, compare_offsets);
  for (size_t i = 1; i < file->n_tensors; i++) {
    const SgTensorView *before = &file->tensors[i - 1], *tensor = &file->tensors[i];
    if (before->offset + before->n_bytes > tensor->offset)
      return fail(error, tensor->name, tensor->offset, "overlaps %.60s", before->name);
  }
  return SG_OK;
}

static void
drop_padding(SgSafetensors *file)
{
  size_t n = 0;
  for (size_t i = 0; i < file->n_tensors; i++)
    if (strncmp(file->tensors[i].name, "__padding_", 10) != 0)
      file->tensors[n++] = file->tensors[i];
  file->n_tensors = n;
}

/* Puts a copy of each float tensor at a multiple of 64 bytes when one is not aligned to its elements. */
static SgStatus
align(SgSafetensors *file, SgError *error)
{
  size_t total = 0;
  bool is_aligned = true;
  for (size_t i = 0; i < file->n_tensors; i++) {
    is_aligned = is_aligned && (uintptr_t)file->tensors[i].data % alignment_of(&file->tensors[i]) == 0;
    total += (file->tensors[i].n_bytes + 63) / 64 * 64;
  }
  if (is_aligned)
    return SG_OK;
  unsigned char *copy = SG_NEW(unsigned char, total);
  if (copy == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  file->copy = copy;
  for (size_t i = 0; i < file->n_tensors; i++) {
    size_t n = file->tensors[i].n_bytes;
    memcpy(copy, file->tensors[i].data, n);
    file->tensors[i].data = copy;
    copy += (n + 63) / 64 * 64;
  }
  return SG_OK;
}

static SgStatus
check_metadata(const SgJsonValue *metadata, SgError *error)
{
  if (metadata != NULL && sg_json_kind(metadata) != SG_JSON_OBJECT)
    return fail(error, NULL, PREFIX, "__metadata__ is no object");
  for (const char *key = sg_json_next_name(metadata, NULL); key != NULL;
       key = sg_json_next_name(metadata, key))
    if (sg_json_text(sg_json_get(metadata, key)) == NULL)
      return fail(error, NULL, PREFIX, "__metadata__ \"%.60s\" is no text", key);
  return SG_OK;
}

static SgStatus
read_header(SgSafetensors *file, uint64_t header_size, SgError *error)
{
  SgStatus status = sg_json_parse((const char *)file->bytes + PREFIX, header_size, &file->header, error);
  if (status == SG_BAD_JSON) {
    char why[120];
    snprintf(why, sizeof why, "%.110s", error != NULL ? error->detail : "");
    return fail(error, NULL, PREFIX + (uint64_t)(error != NULL ? error->position : 0), "its header: %s", why);
  }
  if (status != SG_OK)
    return status;
  const SgJsonValue *root = sg_json_root(file->header);
  if (sg_json_kind(root) != SG_JSON_OBJECT || sg_json_size(root) > MAX_TENSORS)
    return fail(error, NULL, PREFIX, "its header is no object of tensors");
  status = check_metadata(sg_json_get(root, "__metadata__"), error);
  file->tensors = SG_NEW(SgTensorView, sg_json_size(root) + 1);
  if (file->tensors == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  for (const char *name = sg_json_next_name(root, NULL); name != NULL && status == SG_OK;
       name = sg_json_next_name(root, name))
    if (strcmp(name, "__metadata__") != 0)
      status = read_tensor(file, name, sg_json_get(root, name), PREFIX + header_size,
                           &file->tensors[file->n_tensors++], error);
  if (status == SG_OK)
    status = check_overlap(file, error);
  if (status == SG_OK)
    drop_padding(file);
  return status == SG_OK ? align(file, error) : status;
}

static SgStatus
read_bytes(SgSafetensors *file, SgError *error)
{
  if (file->n_bytes < PREFIX)
    return fail(error, NULL, file->n_bytes, "%zu bytes are too few for a header", file->n_bytes);
  uint64_t header_size = 0;
  for (int i = PREFIX - 1; i >= 0; i--)
    header_size = header_size << 8 | file->bytes[i];
  if (header_size > MAX_HEADER || header_size > file->n_bytes - PREFIX)
    return fail(error, NULL, 0, "a header of %llu bytes is announced, %zu are there",
                (unsigned long long)header_size, file->n_bytes - PREFIX);
  return read_header(file, header_size, error);
}

SgStatus
sg_safetensors_parse(const void *bytes, size_t n, SgSafetensors **out_file, SgError *error)
{
  SgError own;
  *out_file = NULL;
  SgSafetensors *file = SG_NEW(SgSafetensors, 1);
  if (file == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  file->bytes = bytes;
  file->n_bytes = n;
  SgStatus status = read_bytes(file, error != NULL ? error : &own);
  if (status == SG_OK)
    *out_file = file;
  else
    sg_safetensors_free(file);
  return status;
}

static SgStatus
map_file(const char *path, int fd, SgSafetensors **out_file, SgError *error)
{
  struct stat about;
  if (fstat(fd, &about) != 0)
    return sg_error_set_errno(error, errno, SG_READ_FAILED, path);
  if (S_ISDIR(about.st_mode))
    return sg_error_set(error, SG_IS_FOLDER, path, NULL);
  if (!S_ISREG(about.st_mode))
    return sg_error_set(error, SG_READ_FAILED, path, "not a regular file");
  if (about.st_size == 0)
    return sg_error_set(error, SG_EMPTY_FILE, path, NULL);
  size_t n = (size_t)about.st_size;
  void *mapping = mmap(NULL, n, PROT_READ, MAP_PRIVATE, fd, 0);
  if (mapping == MAP_FAILED)
    return sg_error_set_errno(error, errno, SG_READ_FAILED, path);
  SgStatus status = sg_safetensors_parse(mapping, n, out_file, error);
  if (status == SG_OK) {
    (*out_file)->mapping = mapping;
    return SG_OK;
  }
  munmap(mapping, n);
  if (error != NULL)
    snprintf(error->path, sizeof error->path, "%s", path);
  return status;
}

SgStatus
sg_safetensors_open(const char *path, SgSafetensors **out_file, SgError *error)
{
  *out_file = NULL;
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    return sg_error_set_errno(error, errno, SG_READ_FAILED, path);
  SgStatus status = map_file(path, fd, out_file, error);
  close(fd);
  return status;
}

void
sg_safetensors_free(SgSafetensors *file)
{
  if (file == NULL)
    return;
  if (file->mapping != NULL)
    munmap(file->mapping, file->n_bytes);
  sg_json_free(file->header);
  sg_free(file->copy);
  sg_free(file->tensors);
  sg_free(file);
}

size_t
sg_safetensors_n_tensors(const SgSafetensors *file)
{
  return file->n_tensors;
}

const SgTensorView *
sg_safetensors_tensor(const SgSafetensors *file, size_t index)
{
  return &file->tensors[index];
}

const SgTensorView *
sg_safetensors_find(const SgSafetensors *file, const char *name)
{
  for (size_t i = 0; i < file->n_tensors; i++)
    if (strcmp(file->tensors[i].name, name) == 0)
      return &file->tensors[i];
  return NULL;
}

const char *
sg_safetensors_metadata(const SgSafetensors *file, const char *key)
{
  return sg_json_text(sg_json_get(sg_json_get(sg_json_root(file->header), "__metadata__"), key));
}

bool
sg_tensor_read_floats(const SgTensorView *tensor, float *out)
{
  const uint16_t *halves = tensor->data;
  const double *doubles = tensor->data;
  switch (tensor->dtype) {
  case SG_DTYPE_F32:
    memcpy(out, tensor->data, tensor->count * sizeof *out);
    return true;
  case SG_DTYPE_F16:
    for (size_t i = 0; i < tensor->count; i++)
      out[i] = sg_float_from_half(halves[i]);
    return true;
  case SG_DTYPE_BF16:
    for (size_t i = 0; i < tensor->count; i++)
      out[i] = sg_float_from_bfloat(halves[i]);
    return true;
  case SG_DTYPE_F64:
    for (size_t i = 0; i < tensor->count; i++)
      out[i] = (float)doubles[i];
    return true;
  default:
    return false;
  }
}
