#include "core/nn/ops/recurrent.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/nn/ops/all.h"
#include "core/nn/ops/rows.h"
#include "core/nn/product.h"

typedef struct {
  const SgCell *cell;
  size_t n_times, batch, n_in, hidden, n_layers, n_directions;
  size_t width; /* of a layer's output, directions side by side */
  bool time_first, has_bias, relu;
} Network;

static Network
network_of(const SgNode *node, const SgShape *input)
{
  const SgAttributes *a = &node->attributes;
  Network n = { .cell = node->op->family,
                .n_times = (size_t)input->dims[a->time_first ? 0 : 1],
                .batch = (size_t)input->dims[a->time_first ? 1 : 0],
                .n_in = (size_t)input->dims[2],
                .hidden = (size_t)a->units,
                .n_layers = (size_t)a->layers,
                .n_directions = a->bidirectional ? 2 : 1,
                .time_first = a->time_first,
                .has_bias = !a->no_bias,
                .relu = a->relu };
  n.width = n.hidden * n.n_directions;
  return n;
}

static size_t
in_of_layer(const Network *n, size_t layer)
{
  return layer == 0 ? n->n_in : n->width;
}

/* Floats of one direction's gates, of its memory, and of a layer's output. */
static size_t
gate_floats(const Network *n)
{
  return n->n_times * n->batch * n->cell->n_gates * n->hidden;
}

static size_t
memory_floats(const Network *n)
{
  return n->cell->has_memory ? n->n_times * n->batch * n->hidden : 0;
}

static size_t
layer_floats(const Network *n)
{
  return n->n_times * n->batch * n->width;
}

/* Floats of one direction's packed recurrent weights in a forward or a backward pass. */
static size_t
packed_floats(const Network *n, bool backward)
{
  size_t plain = n->cell->n_plain_gates * n->hidden, rest = n->cell->n_gates * n->hidden - plain;
  size_t floats = backward ? sg_packed_floats(plain, n->hidden) : sg_packed_floats(n->hidden, plain);
  return floats + (rest > 0 ? sg_packed_floats(n->hidden, n->hidden) : 0);
}

/* Saved: gates and memories of every layer (of one, in inference) and direction, then the outputs of all
 * layers but the last. */
static size_t
saved_layers(const Network *n, bool keeps)
{
  return keeps ? n->n_layers : 1;
}

static void
add_needs(SgOpSetup *setup, const Network *n)
{
  static const char *const kinds[4] = { "weight_ih", "weight_hh", "bias_ih", "bias_hh" };
  int64_t rows = (int64_t)(n->cell->n_gates * n->hidden);
  double bound = 1.0 / sqrt((double)n->hidden);
  for (size_t layer = 0; layer < n->n_layers; layer++)
    for (size_t direction = 0; direction < n->n_directions; direction++)
      for (int kind = 0; kind < (n->has_bias ? 4 : 2); kind++) {
        char suffix[SG_WEIGHT_SUFFIX_SIZE];
        snprintf(suffix, sizeof suffix, ".%s_l%zu%s", kinds[kind], layer, direction == 1 ? "_reverse" : "");
        SgShape shape = SG_SHAPE(rows, (int64_t)(kind == 0 ? in_of_layer(n, layer) : n->hidden));
        sg_op_weight(setup, suffix, kind < 2 ? shape : SG_SHAPE(rows), bound, 0.0);
      }
}

static SgStatus
set_up(SgOpSetup *setup)
{
  const SgShape *input = &setup->inputs[0];
  if (input->n_dims != 3) {
    char text[SG_SHAPE_TEXT_SIZE];
    return sg_op_fail(setup, "expects batch, time, features; got %.60s", sg_shape_text(input, text));
  }
  Network n = network_of(setup->node, input);
  setup->output = *input;
  setup->output.dims[2] = (int64_t)n.width;
  add_needs(setup, &n);
  setup->saved = saved_layers(&n, setup->training) * n.n_directions * (gate_floats(&n) + memory_floats(&n)) +
                 (n.n_layers - 1) * layer_floats(&n);
  setup->shared_forward = n.n_directions * packed_floats(&n, false);
  setup->shared_backward = n.n_directions * packed_floats(&n, true) + 2 * n.batch * n.width +
                           sg_min_size(n.n_layers - 1, 2) * layer_floats(&n);
  return SG_OK;
}

/* Strides between times and batch elements of a tensor of `width` features laid as the node's input. */
static void
outer_strides(const Network *n, size_t width, size_t *out_time, size_t *out_batch)
{
  *out_time = n->time_first ? n->batch * width : width;
  *out_batch = n->time_first ? width : n->n_times * width;
}

static SgRecurrence
recurrence_of(const SgKernel *kernel, const Network *n, size_t layer, size_t direction)
{
  size_t n_saved = saved_layers(n, kernel->keeps), of_gates = gate_floats(n), of_memory = memory_floats(n);
  size_t place = (layer < n_saved ? layer : 0) * n->n_directions + direction;
  size_t first = (layer * n->n_directions + direction) * (n->has_bias ? 4 : 2);
  float *outputs = kernel->saved + n_saved * n->n_directions * (of_gates + of_memory);
  SgRecurrence r = { .n_times = n->n_times,
                     .batch = n->batch,
                     .hidden = n->hidden,
                     .n_gates = n->cell->n_gates,
                     .n_in = in_of_layer(n, layer),
                     .is_reverse = direction == 1,
                     .weight_ih = kernel->weights[first],
                     .weight_hh = kernel->weights[first + 1],
                     .bias_ih = n->has_bias ? kernel->weights[first + 2] : NULL,
                     .bias_hh = n->has_bias ? kernel->weights[first + 3] : NULL,
                     .gates = kernel->saved + place * (of_gates + of_memory) };
  r.memory = r.gates + of_gates;
  if (layer + 1 == n->n_layers) {
    r.h = kernel->output + direction * n->hidden;
    outer_strides(n, n->width, &r.h_time, &r.h_batch);
  } else {
    r.h = outputs + layer * layer_floats(n) + direction * n->hidden;
    r.h_time = n->batch * n->width;
    r.h_batch = n->width;
  }
  return r;
}

/* A sequence as products see it: rows (time, batch element) with these strides. */
typedef struct {
  float *values;
  size_t width, time, batch;
} Sequence;

static Sequence
input_of_layer(const SgKernel *kernel, const Network *n, size_t layer)
{
  Sequence s = { .values = (float *)kernel->inputs[0], .width = n->n_in };
  outer_strides(n, n->n_in, &s.time, &s.batch);
  if (layer > 0) {
    SgRecurrence below = recurrence_of(kernel, n, layer - 1, 0);
    s = (Sequence){ .values = below.h, .width = n->width, .time = below.h_time, .batch = below.h_batch };
  }
  return s;
}

/* Calls for the rows of a sequence beside those of the gates, in runs that are evenly spaced in both: all
 * rows when the batch is innermost, else the times of one batch element. */
typedef struct {
  size_t time, b, n;                /* first row, rows */
  size_t step_sequence, step_gates; /* floats between rows */
} Rows;

static bool
next_rows(const Network *n, const Sequence *s, size_t gates_width, size_t *at, size_t end, Rows *out)
{
  if (*at >= end)
    return false;
  bool batch_inner = s->time == n->batch * s->batch;
  if (batch_inner) {
    *out = (Rows){ .time = *at / n->batch,
                   .b = *at % n->batch,
                   .n = end - *at,
                   .step_sequence = s->batch,
                   .step_gates = gates_width };
  } else {
    size_t time = *at % n->n_times;
    *out = (Rows){ .time = time,
                   .b = *at / n->n_times,
                   .n = sg_min_size(n->n_times - time, end - *at),
                   .step_sequence = s->time,
                   .step_gates = n->batch * gates_width };
  }
  *at += out->n;
  return true;
}

static float *
sequence_at(const Sequence *s, size_t time, size_t b)
{
  return s->values + time * s->time + b * s->batch;
}

/* What the gates begin with: the biases that are simply added. */
static void
fill_bias(const Network *n, const SgRecurrence *r, float *out, size_t n_rows, size_t stride)
{
  size_t width = r->n_gates * r->hidden, plain = n->cell->n_plain_gates * r->hidden;
  for (size_t row = 0; row < n_rows; row++) {
    sg_copy_floats(out + row * stride, r->bias_ih, width);
    sg_add_floats(out + row * stride, r->bias_hh, plain);
  }
}

/* gates = x·W_ihᵀ + biases over this thread's rows. */
static void
project(const SgKernel *kernel, const SgPart *part, const Network *n, size_t layer)
{
  Sequence s = input_of_layer(kernel, n, layer);
  size_t begin, end;
  sg_part_range(part, n->n_times * n->batch, 8, &begin, &end);
  for (size_t direction = 0; direction < n->n_directions; direction++) {
    SgRecurrence r = recurrence_of(kernel, n, layer, direction);
    size_t width = r.n_gates * r.hidden, at = begin;
    Rows rows;
    while (next_rows(n, &s, width, &at, end, &rows)) {
      float *gates = sg_recurrence_gates(&r, rows.time, rows.b);
      if (n->has_bias)
        fill_bias(n, &r, gates, rows.n, rows.step_gates);
      sg_product(part->packing, false, true, rows.n, width, s.width, sequence_at(&s, rows.time, rows.b),
                 rows.step_sequence, r.weight_ih, s.width, n->has_bias, gates, rows.step_gates);
    }
  }
}

/* The recurrence is cut into directions × parts of the batch. */
static size_t
n_parts(const Network *n, size_t n_threads)
{
  return sg_min_size((n_threads + n->n_directions - 1) / n->n_directions, n->batch);
}

/* Packs this thread's directions' recurrent weights: W_hhᵀ for the forward pass, W_hh for the backward one.
 */
static void
pack_recurrent_weights(const SgKernel *kernel, const SgPart *part, const Network *n, size_t layer,
                       bool backward)
{
  size_t plain = n->cell->n_plain_gates * n->hidden, rest = n->cell->n_gates * n->hidden - plain;
  for (size_t direction = part->index; direction < n->n_directions; direction += part->n_threads) {
    SgRecurrence r = recurrence_of(kernel, n, layer, direction);
    float *packed = kernel->shared + direction * packed_floats(n, backward);
    const float *of_rest = r.weight_hh + plain * n->hidden;
    if (backward) {
      sg_pack(false, plain, n->hidden, r.weight_hh, n->hidden, packed);
      packed += sg_packed_floats(plain, n->hidden);
    } else {
      sg_pack(true, n->hidden, plain, r.weight_hh, n->hidden, packed);
      packed += sg_packed_floats(n->hidden, plain);
    }
    if (rest > 0)
      sg_pack(!backward, n->hidden, n->hidden, of_rest, n->hidden, packed);
  }
}

/* gates (and gru's memory) += h_before·W_hhᵀ for batch elements b … b+n−1. */
static void
add_recurrent_product(const Network *network, const SgRecurrence *r, float *packing, size_t time,
                      size_t before, size_t b, size_t n)
{
  size_t plain = network->cell->n_plain_gates * r->hidden, width = r->n_gates * r->hidden;
  bool has_rest = plain < width;
  for (size_t k = b; k < b + n && has_rest; k++)
    sg_fill_rows(sg_recurrence_memory(r, time, k), 1, r->hidden, 0,
                 r->bias_hh != NULL ? r->bias_hh + plain : NULL);
  if (before == SIZE_MAX)
    return;
  const float *h = sg_recurrence_h(r, before, b);
  sg_product_packed(packing, n, plain, r->hidden, h, r->h_batch, r->packed, true,
                    sg_recurrence_gates(r, time, b), width);
  if (has_rest)
    sg_product_packed(packing, n, r->hidden, r->hidden, h, r->h_batch,
                      r->packed + sg_packed_floats(r->hidden, plain), true, sg_recurrence_memory(r, time, b),
                      r->hidden);
}

static void
run_through(const Network *network, const SgRecurrence *r, float *packing, size_t b, size_t n)
{
  size_t before = SIZE_MAX;
  for (size_t i = 0; i < r->n_times; i++) {
    size_t time = r->is_reverse ? r->n_times - 1 - i : i;
    add_recurrent_product(network, r, packing, time, before, b, n);
    network->cell->step(r, time, before, b, n, network->relu);
    before = time;
  }
}

static void
forward(const SgKernel *kernel, const SgPart *part)
{
  Network n = network_of(kernel->node, &kernel->input_shapes[0]);
  size_t parts = n_parts(&n, part->n_threads), begin, end;
  sg_part_range(part, n.n_directions * parts, 1, &begin, &end);
  for (size_t layer = 0; layer < n.n_layers; layer++) {
    project(kernel, part, &n, layer);
    pack_recurrent_weights(kernel, part, &n, layer, false);
    sg_team_barrier(part->team);
    for (size_t task = begin; task < end; task++) {
      SgRecurrence r = recurrence_of(kernel, &n, layer, task / parts);
      size_t b = n.batch * (task % parts) / parts;
      r.packed = kernel->shared + task / parts * packed_floats(&n, false);
      run_through(&n, &r, part->packing, b, n.batch * (task % parts + 1) / parts - b);
    }
    sg_team_barrier(part->team);
  }
}

/* Backward. */

/* The gradient of a layer's output: the node's for the last layer, else one of two buffers by turns. */
static Sequence
output_gradient_of_layer(const SgKernel *kernel, const Network *n, size_t layer)
{
  Sequence s = { .values = (float *)kernel->output_gradient, .width = n->width };
  if (layer + 1 == n->n_layers) {
    outer_strides(n, n->width, &s.time, &s.batch);
  } else {
    s.values = kernel->shared + n->n_directions * packed_floats(n, true) + 2 * n->batch * n->width +
               layer % 2 * (n->n_layers > 2) * layer_floats(n);
    s.time = n->batch * n->width;
    s.batch = n->width;
  }
  return s;
}

/* dh += gradients of the gates · W_hh. */
static void
pull_through_product(const Network *network, const SgRecurrence *r, float *packing, size_t time, size_t b,
                     size_t n, float *dh)
{
  size_t plain = network->cell->n_plain_gates * r->hidden, width = r->n_gates * r->hidden;
  sg_product_packed(packing, n, r->hidden, plain, sg_recurrence_gates(r, time, b), width, r->packed, true, dh,
                    r->hidden);
  if (plain < width)
    sg_product_packed(packing, n, r->hidden, r->hidden, sg_recurrence_memory(r, time, b), r->hidden,
                      r->packed + sg_packed_floats(plain, r->hidden), true, dh, r->hidden);
}

/* From the last time of the direction to its first; afterwards the gates hold their gradients. */
static void
run_back(const Network *network, const SgRecurrence *r, float *packing, const Sequence *dy, size_t direction,
         size_t b, size_t n, float *dh, float *dc)
{
  sg_fill_floats(dh, n * r->hidden, 0.0f);
  sg_fill_floats(dc, n * r->hidden, 0.0f);
  for (size_t i = r->n_times; i-- > 0;) {
    size_t time = r->is_reverse ? r->n_times - 1 - i : i;
    size_t before = i == 0 ? SIZE_MAX : r->is_reverse ? time + 1 : time - 1;
    for (size_t k = 0; k < n; k++)
      sg_add_floats(dh + k * r->hidden, sequence_at(dy, time, b + k) + direction * r->hidden, r->hidden);
    network->cell->step_back(r, time, before, b, n, network->relu, dh, dc);
    if (before != SIZE_MAX)
      pull_through_product(network, r, packing, time, b, n, dh);
  }
}

/* weight gradient += Σ over rows of gate gradients[low … high−1] ⊗ sequence, the sequence `shift` times away.
 */
static void
add_products(const Network *n, float *packing, const float *gates, size_t gates_width, size_t low,
             size_t high, const Sequence *s, ptrdiff_t shift, float *gradient)
{
  size_t first = shift < 0 ? (size_t)-shift : 0, n_times = n->n_times - (size_t)(shift < 0 ? -shift : shift);
  bool batch_inner = s->time == n->batch * s->batch;
  size_t n_runs = batch_inner ? 1 : n->batch, n_rows = batch_inner ? n_times * n->batch : n_times;
  for (size_t run = 0; run < n_runs && n_times > 0; run++)
    sg_product(packing, true, false, high - low, s->width, n_rows,
               gates + (first * n->batch + run) * gates_width + low,
               batch_inner ? gates_width : n->batch * gates_width,
               sequence_at(s, (size_t)((ptrdiff_t)first + shift), run), batch_inner ? s->batch : s->time,
               true, gradient + low * s->width, s->width);
}

/* Rows low … high−1 of the gradients of one direction's weights and biases. */
static void
add_direction_gradients(const SgKernel *kernel, const Network *n, float *packing, size_t layer,
                        size_t direction, size_t low, size_t high)
{
  SgRecurrence r = recurrence_of(kernel, n, layer, direction);
  float *const *gradients =
      kernel->weight_gradients + (layer * n->n_directions + direction) * (n->has_bias ? 4 : 2);
  size_t width = r.n_gates * r.hidden, plain = n->cell->n_plain_gates * r.hidden,
         n_rows = n->n_times * n->batch;
  Sequence x = input_of_layer(kernel, n, layer);
  Sequence h = { .values = r.h, .width = r.hidden, .time = r.h_time, .batch = r.h_batch };
  ptrdiff_t shift = r.is_reverse ? 1 : -1;
  add_products(n, packing, r.gates, width, low, high, &x, 0, gradients[0]);
  if (n->has_bias)
    sg_add_column_sums(gradients[2] + low, r.gates + low, n_rows, high - low, width);
  size_t split = low > plain ? low : sg_min_size(high, plain);
  if (low < split && low < plain) {
    add_products(n, packing, r.gates, width, low, split, &h, shift, gradients[1]);
    if (n->has_bias)
      sg_add_column_sums(gradients[3] + low, r.gates + low, n_rows, split - low, width);
  }
  if (split < high) {
    add_products(n, packing, r.memory, r.hidden, split - plain, high - plain, &h, shift,
                 gradients[1] + plain * r.hidden);
    if (n->has_bias)
      sg_add_column_sums(gradients[3] + split, r.memory + split - plain, n_rows, high - split, r.hidden);
  }
}

/* Threads share the rows of all directions' weights. */
static void
add_weight_gradients(const SgKernel *kernel, const SgPart *part, const Network *n, size_t layer)
{
  size_t width = n->cell->n_gates * n->hidden, begin, end;
  sg_part_range(part, n->n_directions * width, 16, &begin, &end);
  while (begin < end) {
    size_t direction = begin / width, stop = sg_min_size(end, (direction + 1) * width);
    add_direction_gradients(kernel, n, part->packing, layer, direction, begin - direction * width,
                            stop - direction * width);
    begin = stop;
  }
}

/* dx (+)= gradients of the gates · W_ih of both directions, over this thread's rows. */
static void
pull_through_projection(const SgKernel *kernel, const SgPart *part, const Network *n, size_t layer,
                        const Sequence *dx, bool add)
{
  size_t begin, end;
  sg_part_range(part, n->n_times * n->batch, 8, &begin, &end);
  for (size_t direction = 0; direction < n->n_directions; direction++) {
    SgRecurrence r = recurrence_of(kernel, n, layer, direction);
    size_t width = r.n_gates * r.hidden, at = begin;
    Rows rows;
    while (next_rows(n, dx, width, &at, end, &rows))
      sg_product(part->packing, false, false, rows.n, dx->width, width,
                 sg_recurrence_gates(&r, rows.time, rows.b), rows.step_gates, r.weight_ih, dx->width,
                 add || direction > 0, sequence_at(dx, rows.time, rows.b), rows.step_sequence);
  }
}

static void
backward(const SgKernel *kernel, const SgPart *part)
{
  Network n = network_of(kernel->node, &kernel->input_shapes[0]);
  size_t parts = n_parts(&n, part->n_threads), begin, end;
  sg_part_range(part, n.n_directions * parts, 1, &begin, &end);
  for (size_t layer = n.n_layers; layer-- > 0;) {
    Sequence dy = output_gradient_of_layer(kernel, &n, layer);
    pack_recurrent_weights(kernel, part, &n, layer, true);
    sg_team_barrier(part->team);
    for (size_t task = begin; task < end; task++) {
      size_t direction = task / parts, b = n.batch * (task % parts) / parts;
      SgRecurrence r = recurrence_of(kernel, &n, layer, direction);
      float *dh =
          kernel->shared + n.n_directions * packed_floats(&n, true) + (direction * n.batch + b) * n.hidden;
      r.packed = kernel->shared + direction * packed_floats(&n, true);
      run_back(&n, &r, part->packing, &dy, direction, b, n.batch * (task % parts + 1) / parts - b, dh,
               dh + n.batch * n.width);
    }
    sg_team_barrier(part->team);
    add_weight_gradients(kernel, part, &n, layer);
    Sequence dx = { .values = kernel->input_gradients[0], .width = n.n_in };
    outer_strides(&n, n.n_in, &dx.time, &dx.batch);
    if (layer > 0)
      dx = output_gradient_of_layer(kernel, &n, layer - 1);
    if (dx.values != NULL)
      pull_through_projection(kernel, part, &n, layer, &dx, layer == 0 && kernel->accumulates[0]);
    sg_team_barrier(part->team);
  }
}

/* One layer, direction and batch element in double; x and y step by time. */
static void
reference_sequence(const Network *n, const double *const *weights, const double *x, size_t x_time,
                   size_t n_in, bool is_reverse, double *y, size_t y_time, double *work)
{
  size_t width = n->cell->n_gates * n->hidden;
  double *gates_x = work, *gates_h = work + width, *c = work + 2 * width;
  memset(c, 0, n->hidden * sizeof *c);
  for (size_t i = 0; i < n->n_times; i++) {
    size_t time = is_reverse ? n->n_times - 1 - i : i;
    const double *before = i == 0 ? NULL : y + (is_reverse ? time + 1 : time - 1) * y_time;
    for (size_t row = 0; row < width; row++) {
      gates_x[row] = n->has_bias ? weights[2][row] : 0.0;
      gates_h[row] = n->has_bias ? weights[3][row] : 0.0;
      for (size_t k = 0; k < n_in; k++)
        gates_x[row] += weights[0][row * n_in + k] * x[time * x_time + k];
      for (size_t k = 0; before != NULL && k < n->hidden; k++)
        gates_h[row] += weights[1][row * n->hidden + k] * before[k];
    }
    for (size_t k = 0; k < n->hidden; k++)
      n->cell->reference(n->hidden, k, gates_x, gates_h, before != NULL ? before[k] : 0.0, &c[k], n->relu,
                         y + time * y_time + k);
  }
}

/* Layer by layer; `work` holds two layers' outputs and one sequence's gates and memory. */
static void
run_reference(const SgReferenceCall *call, const Network *n, double *work)
{
  double *outputs[2] = { work, work + layer_floats(n) }, *rest = work + 2 * layer_floats(n);
  for (size_t layer = 0; layer < n->n_layers; layer++) {
    size_t x_time, x_batch, y_time, y_batch, n_in = in_of_layer(n, layer);
    outer_strides(n, n_in, &x_time, &x_batch);
    outer_strides(n, n->width, &y_time, &y_batch);
    const double *x = layer == 0 ? call->inputs[0] : outputs[(layer - 1) % 2];
    double *y = layer + 1 == n->n_layers ? call->output : outputs[layer % 2];
    for (size_t direction = 0; direction < n->n_directions; direction++)
      for (size_t b = 0; b < n->batch; b++)
        reference_sequence(n, call->weights + (layer * n->n_directions + direction) * (n->has_bias ? 4 : 2),
                           x + b * x_batch, x_time, n_in, direction == 1,
                           y + b * y_batch + direction * n->hidden, y_time, rest);
  }
}

static void
reference(const SgReferenceCall *call)
{
  Network n = network_of(call->node, &call->input_shapes[0]);
  double *work = SG_NEW(double, 2 * layer_floats(&n) + (2 * n.cell->n_gates + 1) * n.hidden);
  if (work != NULL)
    run_reference(call, &n, work);
  else
    memset(call->output, 0xff, layer_floats(&n) * sizeof *call->output); /* NaN: no memory */
  sg_free(work);
}

#define RECURRENT_ATTRIBUTES                                                                                 \
  SG_ATTRIBUTE("units", INTEGER, units, SG_RANGE(0, 1, INT32_MAX), SG_REQUIRED),                             \
      SG_ATTRIBUTE("layers", INTEGER, layers, SG_RANGE(1, 1, SG_MAX_LAYERS)),                                \
      SG_ATTRIBUTE("bidirectional", TRUTH, bidirectional), SG_ATTRIBUTE("time_first", TRUTH, time_first),    \
      SG_ATTRIBUTE("bias", UNTRUTH, no_bias)

static const SgAttributeRow attributes[] = { RECURRENT_ATTRIBUTES };
static const SgAttributeRow rnn_attributes[] = { RECURRENT_ATTRIBUTES, SG_ATTRIBUTE("relu", TRUTH, relu) };

#define RECURRENT(NAME, ATTRIBUTES)                                                                          \
  const SgOp sg_op_##NAME = { .id = #NAME,                                                                   \
                              .flags = SG_OP_KEEPS_INPUTS | SG_OP_KEEPS_OUTPUT,                              \
                              .min_inputs = 1,                                                               \
                              .max_inputs = 1,                                                               \
                              .attributes = ATTRIBUTES,                                                      \
                              .n_attributes = SG_COUNT(ATTRIBUTES),                                          \
                              .setup = set_up,                                                               \
                              .forward = forward,                                                            \
                              .backward = backward,                                                          \
                              .reference = reference,                                                        \
                              .family = &sg_cell_##NAME };

RECURRENT(rnn, rnn_attributes)
RECURRENT(gru, attributes)
RECURRENT(lstm, attributes)
