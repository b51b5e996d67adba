#include "tests/core/nn/net-check.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/nn/op.h"
#include "core/nn/reference.h"

enum { MAX_TENSORS = 4, SEED = 77, STEP = 5 };

/* The drawn values of a check, in float and in double. */
typedef struct {
  gsize n_inputs, n_outputs;
  gsize input_sizes[MAX_TENSORS], output_sizes[MAX_TENSORS];
  float *inputs[MAX_TENSORS], *output_gradients[MAX_TENSORS];
  double *inputs_double[MAX_TENSORS];
  float *weights, *states;
  double *weights_double, *states_double;
  SgWeightTable table;
} Values;

/* What a run gave. */
typedef struct {
  float *outputs[MAX_TENSORS], *input_gradients[MAX_TENSORS];
  float *states, *gradients;
} Results;

double
normalised_error(const float *a, const double *b, gsize n)
{
  double error = 0.0, norm = 0.0;
  for (gsize i = 0; i < n; i++) {
    error += ((double)a[i] - b[i]) * ((double)a[i] - b[i]);
    norm += b[i] * b[i];
  }
  return norm > 0.0 ? sqrt(error / norm) : sqrt(error);
}

gint64
draw(SgRandom *random, gint64 low, gint64 high)
{
  return low + (gint64)sg_random_below(random, (uint64_t)(high - low + 1));
}

static double *
widened(const float *values, gsize n)
{
  double *wide = g_new0(double, n + 1);
  for (gsize i = 0; i < n; i++)
    wide[i] = (double)values[i];
  return wide;
}

static void
draw_weights(Values *values, SgRandom *random)
{
  const SgWeightTable *table = &values->table;
  sg_weight_table_draw(table, sg_random_bits(random), values->weights, values->states);
  for (gsize i = 0; i < table->n_rows; i++) {
    const SgWeight *row = &table->rows[i];
    float *row_values = (row->is_state ? values->states : values->weights) + row->offset;
    for (gsize k = 0; k < row->count; k++)
      row_values[k] += 0.5f * (float)sg_random_unit(random);
  }
}

static Values *
values_new(const NetCheck *check, const SgPlan *plan, SgRandom *random)
{
  Values *values = g_new0(Values, 1);
  double low = check->low, high = check->high;
  if (low == 0.0 && high == 0.0)
    low = -1.0, high = 1.0;
  values->table = *sg_plan_weight_table(plan);
  values->n_inputs = sg_graph_n_inputs(check->graph);
  values->n_outputs = sg_graph_n_outputs(check->graph);
  for (gsize i = 0; i < values->n_inputs; i++) {
    gsize n = values->input_sizes[i] = (gsize)sg_shape_count(&check->shapes[i]);
    values->inputs[i] = g_new(float, n);
    for (gsize k = 0; k < n; k++)
      values->inputs[i][k] = (float)(low + (high - low) * sg_random_unit(random));
    values->inputs_double[i] = widened(values->inputs[i], n);
  }
  for (gsize i = 0; i < values->n_outputs; i++) {
    gsize n = values->output_sizes[i] = (gsize)sg_shape_count(sg_plan_output_shape(plan, i));
    values->output_gradients[i] = g_new(float, n);
    for (gsize k = 0; k < n; k++)
      values->output_gradients[i][k] = (float)(2.0 * sg_random_unit(random) - 1.0);
  }
  values->weights = SG_NEW(float, values->table.n_weights);
  values->states = SG_NEW(float, values->table.n_states);
  draw_weights(values, random);
  values->weights_double = widened(values->weights, values->table.n_weights);
  values->states_double = widened(values->states, values->table.n_states);
  return values;
}

static void
values_free(Values *values)
{
  for (gsize i = 0; i < MAX_TENSORS; i++) {
    g_free(values->inputs[i]);
    g_free(values->inputs_double[i]);
    g_free(values->output_gradients[i]);
  }
  sg_free(values->weights);
  sg_free(values->states);
  g_free(values->weights_double);
  g_free(values->states_double);
  g_free(values);
}

static void
results_free(Results *results)
{
  for (gsize i = 0; i < MAX_TENSORS; i++) {
    g_free(results->outputs[i]);
    g_free(results->input_gradients[i]);
  }
  sg_free(results->states);
  sg_free(results->gradients);
  g_free(results);
}

/* One forward and, for a training plan, one backward. */
static Results *
run(SgPlan *plan, const Values *values, gboolean training, gboolean with_backward)
{
  Results *results = g_new0(Results, 1);
  results->states = SG_NEW(float, values->table.n_states);
  results->gradients = SG_NEW(float, values->table.n_weights);
  memcpy(results->states, values->states, values->table.n_states * sizeof(float));
  sg_plan_set_weights(plan, values->weights, results->states, results->gradients);
  sg_plan_set_training(plan, training);
  sg_plan_set_step(plan, SEED, STEP);
  for (gsize i = 0; i < values->n_inputs; i++)
    memcpy(sg_plan_input(plan, i), values->inputs[i], values->input_sizes[i] * sizeof(float));
  test_assert_ok(sg_plan_forward(plan, NULL));
  for (gsize i = 0; i < values->n_outputs; i++)
    results->outputs[i] = g_memdup2(sg_plan_output(plan, i), values->output_sizes[i] * sizeof(float));
  if (!with_backward)
    return results;
  for (gsize i = 0; i < values->n_outputs; i++)
    if (sg_plan_output_gradient(plan, i) != NULL)
      memcpy(sg_plan_output_gradient(plan, i), values->output_gradients[i],
             values->output_sizes[i] * sizeof(float));
  test_assert_ok(sg_plan_backward(plan, NULL));
  for (gsize i = 0; i < values->n_inputs; i++)
    if (sg_plan_input_gradient(plan, i) != NULL)
      results->input_gradients[i] =
          g_memdup2(sg_plan_input_gradient(plan, i), values->input_sizes[i] * sizeof(float));
  return results;
}

/* The error of gradients that comes back through saturated cells: their slopes 1 − h² and s·(1 − s) are made
 * from activations rounded to float, so they are wrong by 2⁻²⁴ however small they are themselves. */
static double
saturation_error(const Values *values)
{
  double sum = 0.0;
  for (gsize i = 0; i < values->n_outputs; i++)
    for (gsize k = 0; k < values->output_sizes[i]; k++)
      sum += (double)values->output_gradients[i][k] * (double)values->output_gradients[i][k];
  return 0x1p-24 * sqrt(sum);
}

/* The definitions' outputs, written to `outputs`; returns Σ output · output gradient. */
static double
run_definition(const SgPlan *plan, const Values *values, gboolean training, double *const *outputs,
               double *states)
{
  double loss = 0.0;
  memcpy(states, values->states_double, values->table.n_states * sizeof *states);
  test_assert_ok(sg_reference_forward(plan, (const double *const *)values->inputs_double,
                                      values->weights_double, states, training, SEED, STEP, outputs, NULL));
  for (gsize i = 0; i < values->n_outputs; i++)
    for (gsize k = 0; k < values->output_sizes[i]; k++)
      loss += outputs[i][k] * (double)values->output_gradients[i][k];
  return loss;
}

typedef struct {
  const NetCheck *check;
  const SgPlan *plan;
  Values *values;
  gboolean training;
  double *outputs[MAX_TENSORS], *states;
  SgRandom *random;
  double loss;    /* without any change */
  double largest; /* root mean square of the largest tensor's probes */
} Probe;

/* ∂L/∂(one element) by central differences; NAN where the two sides differ, at a kink of ReLU and its kin. */
static double
slope_of(Probe *probe, double *element)
{
  double kept = *element, h = 1e-6;
  *element = kept + h;
  double above = run_definition(probe->plan, probe->values, probe->training, probe->outputs, probe->states);
  *element = kept - h;
  double below = run_definition(probe->plan, probe->values, probe->training, probe->outputs, probe->states);
  *element = kept;
  double right = (above - probe->loss) / h, left = (probe->loss - below) / h;
  if (fabs(right - left) > 1e-4 * (fabs(right) + fabs(left)) + 1e-6 * fabs(probe->loss) + 1e-4)
    return NAN;
  return (above - below) / (2.0 * h);
}

/* Root mean squares of the difference between central differences and `gradient`, and of the former. */
static double
probe_error(Probe *probe, double *wide, const float *gradient, gsize n, double *out_norm)
{
  guint n_probes = probe->check->n_probes > 0 ? probe->check->n_probes : 12;
  double error = 0.0, norm = 0.0;
  gsize count = MIN(n, n_probes), n_kinks = 0;
  for (gsize i = 0; i < count; i++) {
    gsize at = n <= n_probes ? i : sg_random_below(probe->random, n);
    double slope = slope_of(probe, &wide[at]);
    n_kinks += isnan(slope);
    if (isnan(slope))
      continue;
    error += (slope - (double)gradient[at]) * (slope - (double)gradient[at]);
    norm += slope * slope;
  }
  if (n_kinks > 1 + count / 3)
    g_error("%zu of %zu gradients cannot be probed", n_kinks, count);
  *out_norm = sqrt(norm / (double)count);
  return sqrt(error / (double)count);
}

static void
check_gradient(Probe *probe, const char *name, double *wide, const float *gradient, gsize n)
{
  double limit = probe->check->gradient_limit > 0.0 ? probe->check->gradient_limit : 2e-5, norm;
  double error = probe_error(probe, wide, gradient, n, &norm);
  probe->largest = fmax(probe->largest, norm);
  /* A gradient that is zero in truth is rounding noise of larger ones. */
  double least = probe->check->saturates ? saturation_error(probe->values) : 1e-8;
  if (!(error <= limit * (norm + 0.3 * probe->largest) + least))
    g_error("gradient of %s (%s): error %g of %g, largest %g", name,
            probe->training ? "training" : "evaluation", error, norm, probe->largest);
}

static void
check_gradients(Probe *probe, const Results *results)
{
  Values *values = probe->values;
  double norm;
  for (gsize i = 0; i < values->n_inputs; i++)
    if (results->input_gradients[i] != NULL) {
      probe_error(probe, values->inputs_double[i], results->input_gradients[i], values->input_sizes[i],
                  &norm);
      probe->largest = fmax(probe->largest, norm);
    }
  for (gsize i = 0; i < values->table.n_rows; i++) {
    const SgWeight *row = &values->table.rows[i];
    if (!row->is_state)
      check_gradient(probe, row->name, values->weights_double + row->offset, results->gradients + row->offset,
                     row->count);
  }
  for (gsize i = 0; i < values->n_inputs; i++)
    if (results->input_gradients[i] != NULL)
      check_gradient(probe,
                     sg_graph_node(probe->check->graph, sg_graph_input_node(probe->check->graph, i))->name,
                     values->inputs_double[i], results->input_gradients[i], values->input_sizes[i]);
}

static void
check_against_definition(const NetCheck *check, SgPlan *plan, Values *values, gboolean training,
                         SgRandom *random)
{
  Probe probe = { .check = check, .plan = plan, .values = values, .training = training, .random = random };
  double limit = check->forward_limit > 0.0 ? check->forward_limit : 5e-6;
  for (gsize i = 0; i < values->n_outputs; i++)
    probe.outputs[i] = g_new(double, values->output_sizes[i]);
  probe.states = g_new(double, values->table.n_states + 1);
  Results *results = run(plan, values, training, TRUE);
  probe.loss = run_definition(plan, values, training, probe.outputs, probe.states);
  for (gsize i = 0; i < values->n_outputs; i++) {
    double error = normalised_error(results->outputs[i], probe.outputs[i], values->output_sizes[i]);
    if (!(error <= limit))
      g_error("result %zu (%s): error %g", i, training ? "training" : "evaluation", error);
  }
  double error = normalised_error(results->states, probe.states, values->table.n_states);
  if (!(error <= limit))
    g_error("running statistics: error %g", error);
  check_gradients(&probe, results);
  results_free(results);
  for (gsize i = 0; i < values->n_outputs; i++)
    g_free(probe.outputs[i]);
  g_free(probe.states);
}

static void
assert_close(const char *what, const float *a, const float *b, gsize n, double limit)
{
  if (a == NULL || b == NULL)
    return;
  g_autofree double *wide = widened(b, n);
  double error = normalised_error(a, wide, n), rms = 0.0;
  for (gsize i = 0; i < n; i++)
    rms = fmax(rms, fabs(wide[i]));
  if (!(error <= limit) && rms > 1e-6)
    g_error("%s: differs by %g", what, error);
}

static void
assert_results_close(const char *what, const Values *values, const Results *a, const Results *b, double limit)
{
  for (gsize i = 0; i < values->n_outputs; i++)
    assert_close(what, a->outputs[i], b->outputs[i], values->output_sizes[i], limit);
  for (gsize i = 0; i < values->n_inputs; i++)
    assert_close(what, a->input_gradients[i], b->input_gradients[i], values->input_sizes[i], limit);
  assert_close(what, a->states, b->states, values->table.n_states, limit);
  assert_close(what, a->gradients, b->gradients, values->table.n_weights, limit);
}

static void
assert_results_equal(const Values *values, const Results *a, const Results *b)
{
  for (gsize i = 0; i < values->n_outputs; i++)
    g_assert_cmpmem(a->outputs[i], values->output_sizes[i] * sizeof(float), b->outputs[i],
                    values->output_sizes[i] * sizeof(float));
  g_assert_cmpmem(a->states, values->table.n_states * sizeof(float), b->states,
                  values->table.n_states * sizeof(float));
  g_assert_cmpmem(a->gradients, values->table.n_weights * sizeof(float), b->gradients,
                  values->table.n_weights * sizeof(float));
}

static SgPlan *
plan_new(const NetCheck *check, gboolean training, SgTeam *team)
{
  SgPlan *plan;
  SgError error;
  SgPlanOptions options = { .training = training, .input_gradients = training };
  if (sg_plan_new(check->graph, check->shapes, options, team, &plan, &error) != SG_OK)
    g_error("%s: %s", sg_status_id(error.status), error.detail);
  return plan;
}

static void
check_threads(const NetCheck *check, const Values *values, guint n_threads, const Results *expected)
{
  SgTeam *team = sg_team_new(n_threads);
  SgPlan *training = plan_new(check, TRUE, team), *inference = plan_new(check, FALSE, team);
  Results *a = run(training, values, TRUE, TRUE), *b = run(training, values, TRUE, TRUE);
  assert_results_equal(values, a, b);
  assert_results_close("other number of threads", values, a, expected, 2e-5);
  Results *evaluated = run(training, values, FALSE, FALSE), *inferred = run(inference, values, FALSE, FALSE);
  assert_results_close("inference", values, inferred, evaluated, 1e-6);
  g_assert_cmpuint(sg_plan_arena_bytes(inference), <=, sg_plan_arena_bytes(training));
  Results *all[] = { a, b, evaluated, inferred };
  for (gsize i = 0; i < G_N_ELEMENTS(all); i++)
    results_free(all[i]);
  sg_plan_free(training);
  sg_plan_free(inference);
  sg_team_free(team);
}

void
net_check(const NetCheck *check, SgRandom *random)
{
  SgTeam *team = sg_team_new((unsigned)draw(random, 1, 3));
  SgPlan *plan = plan_new(check, TRUE, team);
  Values *values = values_new(check, plan, random);
  check_against_definition(check, plan, values, TRUE, random);
  check_against_definition(check, plan, values, FALSE, random);
  Results *results = run(plan, values, TRUE, TRUE);
  for (guint n_threads = 1; n_threads <= 3; n_threads++)
    check_threads(check, values, n_threads, results);
  results_free(results);
  values_free(values);
  sg_plan_free(plan);
  sg_team_free(team);
}

/* `wrapped`: with a node before each input and one behind, so that the operation may work in place. */
static SgGraph *
build_net_of_one(const char *op, const SgShape *shapes, gsize n_inputs, const SgAttributes *attributes,
                 gboolean wrapped)
{
  SgGraph *graph = sg_graph_new();
  SgAttributes same = { .multiplier = 1.0 };
  int inputs[SG_MAX_INPUTS];
  for (gsize i = 0; i < n_inputs; i++) {
    g_autofree char *name = g_strdup_printf("x%zu", i);
    g_autofree char *before = g_strdup_printf("before%zu", i);
    inputs[i] = sg_graph_add_input(graph, name, shapes[i]);
    if (wrapped)
      inputs[i] = sg_graph_add_1(graph, "scale", before, inputs[i], &same);
  }
  int node = sg_graph_add(graph, op, "node", inputs, n_inputs, attributes);
  sg_graph_add_output(graph, wrapped ? sg_graph_add_1(graph, "scale", "behind", node, &same) : node);
  SgError error;
  if (sg_graph_check(graph, &error) != SG_OK)
    g_error("%s", error.detail);
  return graph;
}

SgGraph *
net_of_one(const char *op, const SgShape *shapes, gsize n_inputs, const SgAttributes *attributes)
{
  return build_net_of_one(op, shapes, n_inputs, attributes, FALSE);
}

void
check_one(const char *op, const SgShape *shapes, gsize n_inputs, const SgAttributes *attributes,
          SgRandom *random)
{
  for (int wrapped = 0; wrapped < 2; wrapped++) {
    SgGraph *graph = build_net_of_one(op, shapes, n_inputs, attributes, wrapped);
    NetCheck check = { .graph = graph, .n_probes = 7 };
    memcpy(check.shapes, shapes, n_inputs * sizeof *shapes);
    net_check(&check, random);
    sg_graph_free(graph);
  }
}
