/* rnn, gru and lstm: what they share. PyTorch's equations, gate order (lstm i f g o, gru r z n), pairs of
 * biases and names (weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0, …_reverse), states 0 at the start.
 *
 * Inside, sequences lie [time, batch, …]. A layer's input projection is one product over all times; the
 * recurrence is a product over the batch at each time. Threads share the projection's rows and, in the
 * recurrence, the directions and the batch, so that nobody waits within a sequence. */
#pragma once

#include "core/nn/op.h"

enum { SG_MAX_LAYERS = 8 };

/* A layer and direction of one network, with where its tensors lie. */
typedef struct {
  size_t n_times, batch, hidden, n_gates;
  size_t n_in;
  bool is_reverse;
  const float *weight_ih, *weight_hh, *bias_ih, *bias_hh; /* biases NULL without */
  float *gates;  /* [time, batch, n_gates·hidden] before, then after the activations; backward: gradients */
  float *memory; /* [time, batch, hidden]: lstm's cell, gru's W_hn·h + b_hn */
  float *h;      /* [time, batch, hidden] with these strides between times and batch elements */
  float *packed; /* weight_hh for the products of the pass that runs: of the plain gates, then of the rest */
  size_t h_time, h_batch;
} SgRecurrence;

/* What the three differ in: one time step of `n` batch elements from `b` on. `previous` is the time before in
 * this direction, SIZE_MAX at the start. */
typedef struct {
  size_t n_gates;
  bool has_memory;
  size_t n_plain_gates; /* gates whose recurrent product is added to the input's; gru's third is not */
  void (*step)(const SgRecurrence *r, size_t time, size_t previous, size_t b, size_t n, bool relu);
  /* dh[n][hidden] is ∂L/∂h of this time in, and in its place out what reaches the time before other than
   * through the recurrent product; dc the same of the memory. Gates (and gru's memory) become gradients. */
  void (*step_back)(const SgRecurrence *r, size_t time, size_t previous, size_t b, size_t n, bool relu,
                    float *dh, float *dc);
  /* One element's step in double: gates_x and gates_h are the two products with their biases. */
  void (*reference)(size_t hidden, size_t i, const double *gates_x, const double *gates_h, double h_before,
                    double *c, bool relu, double *out_h);
} SgCell;

extern const SgCell sg_cell_rnn, sg_cell_gru, sg_cell_lstm;

static inline float *
sg_recurrence_gates(const SgRecurrence *r, size_t time, size_t b)
{
  return r->gates + (time * r->batch + b) * r->n_gates * r->hidden;
}

static inline float *
sg_recurrence_memory(const SgRecurrence *r, size_t time, size_t b)
{
  return r->memory + (time * r->batch + b) * r->hidden;
}

static inline float *
sg_recurrence_h(const SgRecurrence *r, size_t time, size_t b)
{
  return r->h + time * r->h_time + b * r->h_batch;
}
