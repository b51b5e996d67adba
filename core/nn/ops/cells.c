/* The cells of rnn (Elman), gru (Cho et al. 2014, with the reset gate after the product, as cuDNN and PyTorch
 * have it) and lstm (Hochreiter and Schmidhuber 1997, with forget gates): their steps and gradients. */
#include <math.h>

#include "core/nn/ops/recurrent.h"
#include "core/nn/vector-math.h"

/* rnn: h = f(a). */

SG_VECTORISED static void
rnn_forward(const float *a, float *h, size_t n, bool relu)
{
  if (relu)
#pragma GCC ivdep
    for (size_t i = 0; i < n; i++)
      h[i] = a[i] < 0.0f ? 0.0f : a[i];
  else
#pragma GCC ivdep
    for (size_t i = 0; i < n; i++)
      h[i] = sg_vector_tanh(a[i]);
}

SG_VECTORISED static void
rnn_backward(const float *h, float *a, float *dh, size_t n, bool relu)
{
#pragma GCC ivdep
  for (size_t i = 0; i < n; i++) {
    a[i] = dh[i] * (relu ? (h[i] > 0.0f ? 1.0f : 0.0f) : 1.0f - h[i] * h[i]);
    dh[i] = 0.0f;
  }
}

static void
rnn_step(const SgRecurrence *r, size_t time, size_t previous, size_t b, size_t n, bool relu)
{
  for (size_t k = b; k < b + n; k++)
    rnn_forward(sg_recurrence_gates(r, time, k), sg_recurrence_h(r, time, k), r->hidden, relu);
}

static void
rnn_step_back(const SgRecurrence *r, size_t time, size_t previous, size_t b, size_t n, bool relu, float *dh,
              float *dc)
{
  for (size_t k = 0; k < n; k++)
    rnn_backward(sg_recurrence_h(r, time, b + k), sg_recurrence_gates(r, time, b + k), dh + k * r->hidden,
                 r->hidden, relu);
}

static void
rnn_reference(size_t hidden, size_t i, const double *gates_x, const double *gates_h, double h_before,
              double *c, bool relu, double *out_h)
{
  double a = gates_x[i] + gates_h[i];
  *out_h = relu ? fmax(a, 0.0) : tanh(a);
}

/* gru: n = tanh(a_n + r∘m) with m = W_hn·h + b_hn in the memory; h' = (1 − z)∘n + z∘h. */

SG_VECTORISED static void
gru_forward(float *gates, const float *m, const float *before, float *h, size_t n)
{
#pragma GCC ivdep
  for (size_t i = 0; i < n; i++) {
    float r = sg_vector_logistic(gates[i]), z = sg_vector_logistic(gates[n + i]);
    float c = sg_vector_tanh(gates[2 * n + i] + r * m[i]);
    gates[i] = r;
    gates[n + i] = z;
    gates[2 * n + i] = c;
    h[i] = c + z * ((before != NULL ? before[i] : 0.0f) - c);
  }
}

SG_VECTORISED static void
gru_backward(float *gates, float *m, const float *before, float *dh, size_t n)
{
#pragma GCC ivdep
  for (size_t i = 0; i < n; i++) {
    float r = gates[i], z = gates[n + i], c = gates[2 * n + i];
    float dz = dh[i] * ((before != NULL ? before[i] : 0.0f) - c) * z * (1.0f - z);
    float dn = dh[i] * (1.0f - z) * (1.0f - c * c);
    gates[i] = dn * m[i] * r * (1.0f - r);
    gates[n + i] = dz;
    gates[2 * n + i] = dn;
    m[i] = dn * r;
    dh[i] *= z;
  }
}

static void
gru_step(const SgRecurrence *r, size_t time, size_t previous, size_t b, size_t n, bool relu)
{
  for (size_t k = b; k < b + n; k++)
    gru_forward(sg_recurrence_gates(r, time, k), sg_recurrence_memory(r, time, k),
                previous != SIZE_MAX ? sg_recurrence_h(r, previous, k) : NULL, sg_recurrence_h(r, time, k),
                r->hidden);
}

static void
gru_step_back(const SgRecurrence *r, size_t time, size_t previous, size_t b, size_t n, bool relu, float *dh,
              float *dc)
{
  for (size_t k = 0; k < n; k++)
    gru_backward(sg_recurrence_gates(r, time, b + k), sg_recurrence_memory(r, time, b + k),
                 previous != SIZE_MAX ? sg_recurrence_h(r, previous, b + k) : NULL, dh + k * r->hidden,
                 r->hidden);
}

static double
logistic(double x)
{
  return 1.0 / (1.0 + exp(-x));
}

static void
gru_reference(size_t hidden, size_t i, const double *gates_x, const double *gates_h, double h_before,
              double *c, bool relu, double *out_h)
{
  double r = logistic(gates_x[i] + gates_h[i]), z = logistic(gates_x[hidden + i] + gates_h[hidden + i]);
  double n = tanh(gates_x[2 * hidden + i] + r * gates_h[2 * hidden + i]);
  *out_h = (1.0 - z) * n + z * h_before;
}

/* lstm: c' = f∘c + i∘g; h = o∘tanh c'. */

SG_VECTORISED static void
lstm_forward(float *gates, const float *before, float *c, float *h, size_t n)
{
#pragma GCC ivdep
  for (size_t k = 0; k < n; k++) {
    float i = sg_vector_logistic(gates[k]), f = sg_vector_logistic(gates[n + k]);
    float g = sg_vector_tanh(gates[2 * n + k]), o = sg_vector_logistic(gates[3 * n + k]);
    float cell = f * (before != NULL ? before[k] : 0.0f) + i * g;
    gates[k] = i;
    gates[n + k] = f;
    gates[2 * n + k] = g;
    gates[3 * n + k] = o;
    c[k] = cell;
    h[k] = o * sg_vector_tanh(cell);
  }
}

SG_VECTORISED static void
lstm_backward(float *gates, const float *before, const float *c, float *dh, float *dc, size_t n)
{
#pragma GCC ivdep
  for (size_t k = 0; k < n; k++) {
    float i = gates[k], f = gates[n + k], g = gates[2 * n + k], o = gates[3 * n + k];
    float t = sg_vector_tanh(c[k]);
    float d = dc[k] + dh[k] * o * (1.0f - t * t);
    gates[k] = d * g * i * (1.0f - i);
    gates[n + k] = d * (before != NULL ? before[k] : 0.0f) * f * (1.0f - f);
    gates[2 * n + k] = d * i * (1.0f - g * g);
    gates[3 * n + k] = dh[k] * t * o * (1.0f - o);
    dc[k] = d * f;
    dh[k] = 0.0f;
  }
}

static void
lstm_step(const SgRecurrence *r, size_t time, size_t previous, size_t b, size_t n, bool relu)
{
  for (size_t k = b; k < b + n; k++)
    lstm_forward(sg_recurrence_gates(r, time, k),
                 previous != SIZE_MAX ? sg_recurrence_memory(r, previous, k) : NULL,
                 sg_recurrence_memory(r, time, k), sg_recurrence_h(r, time, k), r->hidden);
}

static void
lstm_step_back(const SgRecurrence *r, size_t time, size_t previous, size_t b, size_t n, bool relu, float *dh,
               float *dc)
{
  for (size_t k = 0; k < n; k++)
    lstm_backward(sg_recurrence_gates(r, time, b + k),
                  previous != SIZE_MAX ? sg_recurrence_memory(r, previous, b + k) : NULL,
                  sg_recurrence_memory(r, time, b + k), dh + k * r->hidden, dc + k * r->hidden, r->hidden);
}

static void
lstm_reference(size_t hidden, size_t k, const double *gates_x, const double *gates_h, double h_before,
               double *c, bool relu, double *out_h)
{
  double i = logistic(gates_x[k] + gates_h[k]), f = logistic(gates_x[hidden + k] + gates_h[hidden + k]);
  double g = tanh(gates_x[2 * hidden + k] + gates_h[2 * hidden + k]);
  double o = logistic(gates_x[3 * hidden + k] + gates_h[3 * hidden + k]);
  *c = f * *c + i * g;
  *out_h = o * tanh(*c);
}

const SgCell sg_cell_rnn = {
  .n_gates = 1, .n_plain_gates = 1, .step = rnn_step, .step_back = rnn_step_back, .reference = rnn_reference
};
const SgCell sg_cell_gru = { .n_gates = 3,
                             .n_plain_gates = 2,
                             .has_memory = true,
                             .step = gru_step,
                             .step_back = gru_step_back,
                             .reference = gru_reference };
const SgCell sg_cell_lstm = { .n_gates = 4,
                              .n_plain_gates = 4,
                              .has_memory = true,
                              .step = lstm_step,
                              .step_back = lstm_step_back,
                              .reference = lstm_reference };
