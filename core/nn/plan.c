#include "core/nn/plan.h"

#include <stdio.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/nn/plan-private.h"
#include "core/nn/product.h"

static SgStatus
add_weights(SgPlan *plan, const SgOpSetup *setup, SgPlanNode *planned, SgError *error)
{
  const SgNode *node = setup->node;
  const char *owner = node->attributes.weights_of[0] != '\0' ? node->attributes.weights_of : node->name;
  planned->n_weights = setup->n_weights;
  for (size_t i = 0; i < setup->n_weights; i++) {
    const SgWeightNeed *need = &setup->weights[i];
    SgWeight weight = {
      .shape = need->shape, .is_state = need->is_state, .bound = need->bound, .initial = need->initial
    };
    snprintf(weight.name, sizeof weight.name, "%s%s", owner, need->suffix);
    SgStatus status = sg_weight_table_add(&plan->table, &weight, &planned->weight_rows[i], error);
    if (status != SG_OK)
      return status;
    planned->has_gradient = planned->has_gradient || !need->is_state;
  }
  return SG_OK;
}

static SgStatus
check_input(SgOpSetup *setup, const SgShape *given)
{
  const SgShape *declared = &setup->node->attributes.shape;
  bool fits = given->n_dims == declared->n_dims;
  for (int i = 0; fits && i < given->n_dims; i++)
    fits = declared->dims[i] == -1 || declared->dims[i] == given->dims[i];
  setup->output = *given;
  if (fits)
    return SG_OK;
  char a[SG_SHAPE_TEXT_SIZE], b[SG_SHAPE_TEXT_SIZE];
  return sg_op_fail(setup, "expects %.60s, got %.60s", sg_shape_text(declared, a), sg_shape_text(given, b));
}

/* Shapes, weights and work space of one node. */
static SgStatus
set_up_node(SgPlan *plan, size_t index, const SgShape *given, SgError *error)
{
  const SgNode *node = sg_graph_node(plan->graph, index);
  SgPlanNode *planned = &plan->nodes[index];
  for (size_t i = 0; i < node->n_inputs; i++) {
    planned->input_shapes[i] = plan->nodes[node->inputs[i]].shape;
    planned->has_gradient = planned->has_gradient || plan->nodes[node->inputs[i]].has_gradient;
  }
  SgOpSetup setup = { .node = node,
                      .inputs = planned->input_shapes,
                      .n_threads = sg_team_n_threads(plan->team),
                      .training = plan->options.training,
                      .error = error };
  SgStatus status = given != NULL ? check_input(&setup, given) : node->op->setup(&setup);
  if (status != SG_OK)
    return status;
  if (!sg_shape_is_valid(&setup.output)) {
    char text[SG_SHAPE_TEXT_SIZE];
    return sg_op_fail(&setup, "its result would be %.60s", sg_shape_text(&setup.output, text));
  }
  planned->shape = setup.output;
  if (given != NULL)
    planned->has_gradient = plan->options.training && plan->options.input_gradients;
  planned->saved.n_floats = setup.saved;
  planned->shared_forward.n_floats = setup.shared_forward;
  planned->shared_backward.n_floats = setup.shared_backward;
  plan->scratch_floats = sg_max_size(plan->scratch_floats, setup.scratch);
  return add_weights(plan, &setup, planned, error);
}

static SgStatus
set_up(SgPlan *plan, const SgShape *input_shapes, SgError *error)
{
  size_t n_given = 0;
  for (size_t i = 0; i < plan->n_nodes; i++) {
    bool is_input = strcmp(sg_graph_node(plan->graph, i)->op->id, "input") == 0;
    SgStatus status = set_up_node(plan, i, is_input ? &input_shapes[n_given++] : NULL, error);
    if (status != SG_OK)
      return status;
  }
  for (size_t k = 0; k < sg_graph_n_outputs(plan->graph); k++)
    plan->nodes[sg_graph_output_node(plan->graph, k)].is_useful = true;
  for (size_t i = plan->n_nodes; i-- > 0;)
    for (size_t s = 0; s < sg_graph_node(plan->graph, i)->n_inputs; s++)
      if (plan->nodes[i].is_useful)
        plan->nodes[sg_graph_node(plan->graph, i)->inputs[s]].is_useful = true;
  for (size_t i = 0; i < plan->n_nodes; i++)
    plan->nodes[i].has_gradient =
        plan->nodes[i].has_gradient && plan->nodes[i].is_useful && plan->options.training;
  return SG_OK;
}

static bool
allocate_rows(SgPlan *plan)
{
  plan->row_values = SG_NEW(const float *, plan->table.n_rows);
  plan->row_states = SG_NEW(float *, plan->table.n_rows);
  plan->row_gradients = SG_NEW(float *, plan->table.n_rows);
  plan->scratch_floats = (plan->scratch_floats + 15) / 16 * 16;
  plan->scratch =
      sg_alloc((SG_PRODUCT_SPACE + plan->scratch_floats) * sg_team_n_threads(plan->team), sizeof(float));
  return plan->row_values != NULL && plan->row_states != NULL && plan->row_gradients != NULL &&
         plan->scratch != NULL;
}

SgStatus
sg_plan_new(const SgGraph *graph, const SgShape *input_shapes, SgPlanOptions options, SgTeam *team,
            SgPlan **out_plan, SgError *error)
{
  *out_plan = NULL;
  SgStatus status = sg_graph_check(graph, error);
  if (status != SG_OK)
    return status;
  SgPlan *plan = SG_NEW(SgPlan, 1);
  if (plan == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  plan->graph = graph;
  plan->team = team;
  plan->options = options;
  plan->training = options.training;
  plan->n_nodes = sg_graph_n_nodes(graph);
  plan->nodes = SG_NEW(SgPlanNode, plan->n_nodes);
  if (plan->nodes == NULL)
    status = sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  if (status == SG_OK)
    status = set_up(plan, input_shapes, error);
  if (status == SG_OK && !allocate_rows(plan))
    status = sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  if (status == SG_OK)
    status = sg_plan_lay_out(plan, error);
  if (status != SG_OK) {
    sg_plan_free(plan);
    return status;
  }
  sg_plan_bind(plan);
  sg_plan_set_step(plan, 0, 0);
  *out_plan = plan;
  return SG_OK;
}

void
sg_plan_free(SgPlan *plan)
{
  if (plan == NULL)
    return;
  sg_weight_table_clear(&plan->table);
  sg_free(plan->row_values);
  sg_free(plan->row_states);
  sg_free(plan->row_gradients);
  sg_free(plan->scratch);
  sg_free(plan->arena);
  sg_free(plan->nodes);
  sg_free(plan);
}

const SgGraph *
sg_plan_graph(const SgPlan *plan)
{
  return plan->graph;
}

const SgWeightTable *
sg_plan_weight_table(const SgPlan *plan)
{
  return &plan->table;
}

const SgShape *
sg_plan_shape(const SgPlan *plan, size_t node)
{
  return &plan->nodes[node].shape;
}

size_t
sg_plan_arena_bytes(const SgPlan *plan)
{
  return plan->arena_floats * sizeof *plan->arena;
}

size_t
sg_plan_unshared_bytes(const SgPlan *plan)
{
  return plan->unshared_floats * sizeof *plan->arena;
}

void
sg_plan_set_weights(SgPlan *plan, const float *weights, float *states, float *gradients)
{
  for (size_t i = 0; i < plan->table.n_rows; i++) {
    const SgWeight *row = &plan->table.rows[i];
    plan->row_values[i] = (row->is_state ? states : weights) + row->offset;
    plan->row_states[i] = row->is_state ? states + row->offset : NULL;
    plan->row_gradients[i] = !row->is_state && gradients != NULL ? gradients + row->offset : NULL;
  }
  sg_plan_bind(plan);
}

void
sg_plan_set_weight(SgPlan *plan, size_t row, const float *values)
{
  plan->row_values[row] = values;
  sg_plan_bind(plan);
}

float *
sg_plan_input(SgPlan *plan, size_t input)
{
  return plan->arena + plan->nodes[sg_graph_input_node(plan->graph, input)].value.offset;
}

const SgShape *
sg_plan_input_shape(const SgPlan *plan, size_t input)
{
  return &plan->nodes[sg_graph_input_node(plan->graph, input)].shape;
}

const float *
sg_plan_output(const SgPlan *plan, size_t output)
{
  return plan->nodes[sg_graph_output_node(plan->graph, output)].kernel.output;
}

const SgShape *
sg_plan_output_shape(const SgPlan *plan, size_t output)
{
  return &plan->nodes[sg_graph_output_node(plan->graph, output)].shape;
}

float *
sg_plan_output_gradient(SgPlan *plan, size_t output)
{
  const SgPlanNode *planned = &plan->nodes[sg_graph_output_node(plan->graph, output)];
  return planned->has_gradient ? (float *)planned->kernel.output_gradient : NULL;
}

const float *
sg_plan_input_gradient(const SgPlan *plan, size_t input)
{
  const SgPlanNode *planned = &plan->nodes[sg_graph_input_node(plan->graph, input)];
  return planned->has_gradient ? planned->kernel.output_gradient : NULL;
}

void
sg_plan_node_seconds(const SgPlan *plan, size_t node, double *out_forward, double *out_backward)
{
  *out_forward = plan->nodes[node].forward_seconds;
  *out_backward = plan->nodes[node].backward_seconds;
}
