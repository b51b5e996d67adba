/* The safetensors file format: named tensors behind a JSON header, read in place.
 *
 * A file is 8 bytes N (little endian), N bytes of JSON {"NAME": {"dtype", "shape", "data_offsets": [begin,
 * end]}, …, "__metadata__": {text: text}}, then the data that the offsets count from. Files are mapped
 * read-only; a tensor is a const view of the mapping. In those that we write every tensor begins at a
 * multiple of 64 bytes: the header is padded with spaces, and since the format allows no holes a gap behind a
 * tensor is a tensor of bytes called "__padding_…", which this reader leaves out. A foreign file whose floats
 * are not at multiples of 4 bytes is copied into memory once, tensor by tensor aligned.
 *
 * Every size and offset is checked before it is used: against the file's size, against the shape and type,
 * and for overlap. 16-bit floats (F16, BF16) are read into 32 bits by sg_tensor_read_floats.
 *
 * Ownership: free with sg_safetensors_free; views die with it. Threads: immutable once open. Errors:
 * SG_BAD_MODEL (detail names the tensor and the fault, position the byte in the file); SG_NOT_FOUND,
 * SG_NO_PERMISSION, SG_IS_FOLDER, SG_READ_FAILED, SG_EMPTY_FILE, SG_NO_MEMORY; writing: those of
 * core/io/atomic-file.h. */
#pragma once

#include "core/base/json.h"
#include "core/nn/shape.h"

typedef enum {
  SG_DTYPE_F32,
  SG_DTYPE_F16,
  SG_DTYPE_BF16,
  SG_DTYPE_F64,
  SG_DTYPE_OTHER, /* integers and truths: can be stepped over, not read */
} SgDtype;

typedef struct {
  const char *name;
  SgDtype dtype;
  SgShape shape;
  size_t count, n_bytes;
  uint64_t offset;  /* of its first byte in the file */
  const void *data; /* aligned to its element's size at least */
} SgTensorView;

typedef struct SgSafetensors SgSafetensors;

SgStatus sg_safetensors_open(const char *path, SgSafetensors **out_file, SgError *error);
/* The same over `n` bytes of memory, which must outlive it. */
SgStatus sg_safetensors_parse(const void *bytes, size_t n, SgSafetensors **out_file, SgError *error);
void sg_safetensors_free(SgSafetensors *file);

size_t sg_safetensors_n_tensors(const SgSafetensors *file);
const SgTensorView *sg_safetensors_tensor(const SgSafetensors *file, size_t index);
/* NULL when there is none of this name. */
const SgTensorView *sg_safetensors_find(const SgSafetensors *file, const char *name);
/* A text of the metadata, or NULL. */
const char *sg_safetensors_metadata(const SgSafetensors *file, const char *key);

/* Converts to 32-bit floats; false for SG_DTYPE_OTHER. */
bool sg_tensor_read_floats(const SgTensorView *tensor, float *out);

/* IEEE half precision and bfloat16, rounding to nearest even. */
float sg_float_from_half(uint16_t half);
uint16_t sg_half_from_float(float value);
float sg_float_from_bfloat(uint16_t bits);
uint16_t sg_bfloat_from_float(float value);

/* A tensor to write: 32-bit floats in memory, F32, F16 or BF16 in the file. */
typedef struct {
  const char *name;
  SgDtype dtype;
  SgShape shape;
  const float *values;
} SgTensorToWrite;

/* Writes the tensors in the order given and the metadata (an object of texts, or NULL); the file appears when
 * complete. */
SgStatus sg_safetensors_write(const char *path, const SgTensorToWrite *tensors, size_t n_tensors,
                              const SgJson *metadata, bool overwrite, SgError *error);
