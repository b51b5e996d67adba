#include "core/nn/ops/walk.h"

#include "core/nn/ops/rows.h"

bool
sg_broadcast_shape(const SgShape *a, const SgShape *b, SgShape *out)
{
  out->n_dims = a->n_dims > b->n_dims ? a->n_dims : b->n_dims;
  for (int i = 0; i < out->n_dims; i++) {
    int in_a = i - (out->n_dims - a->n_dims), in_b = i - (out->n_dims - b->n_dims);
    int64_t of_a = in_a >= 0 ? a->dims[in_a] : 1, of_b = in_b >= 0 ? b->dims[in_b] : 1;
    if (of_a != of_b && of_a != 1 && of_b != 1)
      return false;
    out->dims[i] = of_a == 1 ? of_b : of_a;
  }
  return true;
}

/* Strides of `shape` seen as `whole`; false when it does not fit. */
static bool
strides_of(const SgShape *whole, const SgShape *shape, size_t *out_strides)
{
  if (shape->n_dims > whole->n_dims)
    return false;
  size_t stride = 1;
  for (int i = whole->n_dims - 1; i >= 0; i--) {
    int at = i - (whole->n_dims - shape->n_dims);
    int64_t dim = at >= 0 ? shape->dims[at] : 1;
    if (dim != 1 && dim != whole->dims[i])
      return false;
    out_strides[i] = dim == 1 ? 0 : stride;
    stride *= (size_t)dim;
  }
  return true;
}

bool
sg_walk_new(const SgShape *whole, const SgShape *a, const SgShape *b, SgWalk *out_walk)
{
  size_t of_a[SG_MAX_DIMS], of_b[SG_MAX_DIMS];
  if (!strides_of(whole, a, of_a) || !strides_of(whole, b, of_b))
    return false;
  SgWalk walk = { .n_dims = 0 };
  for (int i = 0; i < whole->n_dims; i++) {
    size_t size = (size_t)whole->dims[i];
    if (size == 1)
      continue;
    int last = walk.n_dims - 1;
    if (last >= 0 && walk.strides_a[last] == of_a[i] * size && walk.strides_b[last] == of_b[i] * size) {
      walk.sizes[last] *= size;
      walk.strides_a[last] = of_a[i];
      walk.strides_b[last] = of_b[i];
    } else {
      walk.sizes[walk.n_dims] = size;
      walk.strides_a[walk.n_dims] = of_a[i];
      walk.strides_b[walk.n_dims++] = of_b[i];
    }
  }
  if (walk.n_dims == 0)
    walk = (SgWalk){ .n_dims = 1, .sizes = { 1 }, .strides_a = { 1 }, .strides_b = { 1 } };
  *out_walk = walk;
  return true;
}

SgWalkCursor
sg_walk_begin(const SgWalk *walk, const SgPart *part)
{
  size_t n_runs = 1, length = walk->sizes[walk->n_dims - 1];
  for (int i = 0; i + 1 < walk->n_dims; i++)
    n_runs *= walk->sizes[i];
  SgWalkCursor cursor = { .run_end = n_runs, .last = length };
  if (n_runs >= 4 * part->n_threads)
    sg_part_range(part, n_runs, 1, &cursor.run, &cursor.run_end);
  else
    sg_part_range(part, length, 64, &cursor.first, &cursor.last);
  if (cursor.first == cursor.last)
    cursor.run_end = cursor.run;
  return cursor;
}

bool
sg_walk_next(const SgWalk *walk, SgWalkCursor *cursor, SgRun *out_run)
{
  if (cursor->run == cursor->run_end)
    return false;
  int inner = walk->n_dims - 1;
  size_t left = cursor->run, a = 0, b = 0;
  for (int i = inner - 1; i >= 0; i--) {
    size_t index = left % walk->sizes[i];
    left /= walk->sizes[i];
    a += index * walk->strides_a[i];
    b += index * walk->strides_b[i];
  }
  *out_run = (SgRun){ .whole = cursor->run * walk->sizes[inner] + cursor->first,
                      .a = a + cursor->first * walk->strides_a[inner],
                      .b = b + cursor->first * walk->strides_b[inner],
                      .n = cursor->last - cursor->first,
                      .step_a = walk->strides_a[inner],
                      .step_b = walk->strides_b[inner] };
  cursor->run++;
  return true;
}

void
sg_move_blocks(const SgPart *part, float *dst, size_t dst_stride, const float *src, size_t src_stride,
               size_t n_blocks, size_t length, bool add)
{
  size_t begin, end;
  sg_part_range(part, n_blocks * length, 16, &begin, &end);
  while (begin < end) {
    size_t block = begin / length, at = begin % length, n = sg_min_size(length - at, end - begin);
    if (add)
      sg_add_floats(dst + block * dst_stride + at, src + block * src_stride + at, n);
    else
      sg_copy_floats(dst + block * dst_stride + at, src + block * src_stride + at, n);
    begin += n;
  }
}

void
sg_fill_blocks(const SgPart *part, float *dst, size_t dst_stride, size_t n_blocks, size_t length, float value)
{
  size_t begin, end;
  sg_part_range(part, n_blocks * length, 16, &begin, &end);
  while (begin < end) {
    size_t block = begin / length, at = begin % length, n = sg_min_size(length - at, end - begin);
    sg_fill_floats(dst + block * dst_stride + at, n, value);
    begin += n;
  }
}
