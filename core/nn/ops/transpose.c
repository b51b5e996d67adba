/* transpose: the axes in another order. Output dimension i is input dimension order[i]. */
#include <string.h>

#include "core/nn/op.h"
#include "core/nn/ops/all.h"
#include "core/nn/vectorised.h"

/* Side of the squares in which two dimensions are exchanged; two such squares fit into the first cache. */
enum { TILE = 32 };

/* The output's dimensions, neighbours that are neighbours in the input too merged; strides in the input. */
typedef struct {
  int n_dims;
  size_t sizes[SG_MAX_DIMS], in_strides[SG_MAX_DIMS], out_strides[SG_MAX_DIMS];
} Moves;

static SgStatus
set_up(SgOpSetup *setup)
{
  const SgShape *input = &setup->inputs[0], *order = &setup->node->attributes.order;
  bool taken[SG_MAX_DIMS] = { false }, fits = order->n_dims == input->n_dims;
  setup->output = *input;
  for (int i = 0; i < order->n_dims && fits; i++) {
    int axis = sg_op_axis(order->dims[i], input->n_dims);
    fits = axis >= 0 && !taken[axis];
    if (fits) {
      taken[axis] = true;
      setup->output.dims[i] = input->dims[axis];
    }
  }
  if (fits)
    return SG_OK;
  char a[SG_SHAPE_TEXT_SIZE], b[SG_SHAPE_TEXT_SIZE];
  return sg_op_fail(setup, "%.40s is no order of the axes of %.40s", sg_shape_text(order, a),
                    sg_shape_text(input, b));
}

static Moves
moves_of(const SgNode *node, const SgShape *input)
{
  size_t strides[SG_MAX_DIMS], stride = 1;
  for (int i = input->n_dims - 1; i >= 0; i--) {
    strides[i] = stride;
    stride *= (size_t)input->dims[i];
  }
  Moves moves = { .n_dims = 0 };
  for (int i = 0; i < input->n_dims; i++) {
    int axis = sg_op_axis(node->attributes.order.dims[i], input->n_dims);
    size_t size = (size_t)input->dims[axis];
    int last = moves.n_dims - 1;
    if (size == 1)
      continue;
    if (last >= 0 && moves.in_strides[last] == strides[axis] * size) {
      moves.sizes[last] *= size;
      moves.in_strides[last] = strides[axis];
    } else {
      moves.sizes[moves.n_dims] = size;
      moves.in_strides[moves.n_dims++] = strides[axis];
    }
  }
  if (moves.n_dims == 0)
    moves = (Moves){ .n_dims = 1, .sizes = { 1 }, .in_strides = { 1 } };
  stride = 1;
  for (int i = moves.n_dims - 1; i >= 0; i--) {
    moves.out_strides[i] = stride;
    stride *= moves.sizes[i];
  }
  return moves;
}

/* dst[r·dst_row + c] (+)= src[r·src_row + c·src_column]. */
SG_VECTORISED static void
move_tile(float *dst, size_t dst_row, size_t dst_column, const float *src, size_t src_row, size_t src_column,
          size_t n_rows, size_t n_columns, bool add)
{
  for (size_t r = 0; r < n_rows; r++)
    for (size_t c = 0; c < n_columns; c++) {
      float value = src[r * src_row + c * src_column];
      float *to = &dst[r * dst_row + c * dst_column];
      *to = add ? *to + value : value;
    }
}

/* The dimension that is contiguous in the input (the rows of a tile), or the last when that is. */
static int
row_dimension(const Moves *moves)
{
  for (int i = 0; i < moves->n_dims; i++)
    if (moves->in_strides[i] == 1)
      return i;
  return moves->n_dims - 1;
}

/* Moves between `output` order and `input` order, either way: in squares of the last dimension and the one
 * that the input has contiguous; all else is an outer loop, which the threads share. */
static void
run(const SgKernel *kernel, const SgPart *part, bool backward)
{
  Moves m = moves_of(kernel->node, &kernel->input_shapes[0]);
  int columns = m.n_dims - 1, rows = row_dimension(&m);
  size_t n_rows = rows == columns ? 1 : m.sizes[rows], n_columns = m.sizes[columns];
  size_t row_tiles = (n_rows + TILE - 1) / TILE, n_outer = row_tiles;
  for (int i = 0; i < columns; i++)
    n_outer *= i == rows ? 1 : m.sizes[i];
  size_t begin, end;
  sg_part_range(part, n_outer, 1, &begin, &end);
  for (size_t index = begin; index < end; index++) {
    size_t row = index % row_tiles * TILE, left = index / row_tiles;
    size_t in = rows == columns ? 0 : row * m.in_strides[rows];
    size_t out = rows == columns ? 0 : row * m.out_strides[rows];
    for (int i = columns - 1; i >= 0; i--)
      if (i != rows) {
        in += left % m.sizes[i] * m.in_strides[i];
        out += left % m.sizes[i] * m.out_strides[i];
        left /= m.sizes[i];
      }
    size_t height = n_rows - row < TILE ? n_rows - row : TILE;
    size_t width = rows == columns ? n_columns : TILE;
    size_t in_row = rows == columns ? 0 : m.in_strides[rows],
           out_row = rows == columns ? 0 : m.out_strides[rows];
    for (size_t column = 0; column < n_columns; column += width) {
      size_t w = sg_min_size(width, n_columns - column);
      size_t in_at = in + column * m.in_strides[columns], out_at = out + column;
      if (backward)
        move_tile(kernel->input_gradients[0] + in_at, in_row, m.in_strides[columns],
                  kernel->output_gradient + out_at, out_row, 1, height, w, kernel->accumulates[0]);
      else
        move_tile(kernel->output + out_at, out_row, 1, kernel->inputs[0] + in_at, in_row,
                  m.in_strides[columns], height, w, false);
    }
  }
}

static void
forward(const SgKernel *kernel, const SgPart *part)
{
  run(kernel, part, false);
}

static void
backward(const SgKernel *kernel, const SgPart *part)
{
  run(kernel, part, true);
}

static void
reference(const SgReferenceCall *call)
{
  const SgShape *input = &call->input_shapes[0], *output = &call->output_shape;
  for (int64_t i = 0; i < sg_shape_count(output); i++) {
    int64_t at = 0, left = i;
    for (int d = output->n_dims - 1; d >= 0; d--) {
      int axis = sg_op_axis(call->node->attributes.order.dims[d], input->n_dims);
      at += left % output->dims[d] * sg_shape_product(input, axis + 1, input->n_dims);
      left /= output->dims[d];
    }
    call->output[i] = call->inputs[0][at];
  }
}

static const SgAttributeRow attributes[] = {
  SG_ATTRIBUTE("order", SHAPE, order, SG_RANGE(0, -SG_MAX_DIMS, SG_MAX_DIMS - 1), SG_REQUIRED),
};

const SgOp sg_op_transpose = {
  .id = "transpose",
  .min_inputs = 1,
  .max_inputs = 1,
  .attributes = attributes,
  .n_attributes = SG_COUNT(attributes),
  .setup = set_up,
  .forward = forward,
  .backward = backward,
  .reference = reference,
};
