/* Walking over a tensor beside one or two that are broadcast to its shape (dimensions aligned at the end,
 * each equal or 1). Neighbouring dimensions that behave alike are merged, so that the innermost run is long.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/nn/op.h"

typedef struct {
  int n_dims;
  size_t sizes[SG_MAX_DIMS];                             /* of the whole, outermost first, at least one */
  size_t strides_a[SG_MAX_DIMS], strides_b[SG_MAX_DIMS]; /* 0 where broadcast */
} SgWalk;

/* False when a or b does not broadcast to `whole`. */
bool sg_walk_new(const SgShape *whole, const SgShape *a, const SgShape *b, SgWalk *out_walk);
/* The shape that both broadcast to; false when there is none. */
bool sg_broadcast_shape(const SgShape *a, const SgShape *b, SgShape *out);

/* One innermost run: elements whole … whole+n−1 beside a, a+step_a, … and b, b+step_b …; steps are 0 or 1. */
typedef struct {
  size_t whole, a, b, n;
  size_t step_a, step_b;
} SgRun;

/* The walk's runs, a thread's share of them: for (cursor = begin; sg_walk_next(…);). */
typedef struct {
  size_t run, run_end; /* outer indices left */
  size_t first, last;  /* of each run */
} SgWalkCursor;

SgWalkCursor sg_walk_begin(const SgWalk *walk, const SgPart *part);
bool sg_walk_next(const SgWalk *walk, SgWalkCursor *cursor, SgRun *out_run);

/* Blocks of `length` floats, their starts `…_stride` apart: dst (+)= src, or dst ← value; the threads share
 * the elements. */
void sg_move_blocks(const SgPart *part, float *dst, size_t dst_stride, const float *src, size_t src_stride,
                    size_t n_blocks, size_t length, bool add);
void sg_fill_blocks(const SgPart *part, float *dst, size_t dst_stride, size_t n_blocks, size_t length,
                    float value);
