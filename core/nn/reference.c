#include "core/nn/reference.h"

#include <string.h>

#include "core/base/memory.h"
#include "core/nn/plan-private.h"

static void
fill_constant(const SgNode *node, double *values, size_t n)
{
  for (size_t i = 0; i < n; i++)
    values[i] = node->attributes.values[node->attributes.n_values == 1 ? 0 : i];
}

/* One node's output from those before it. */
static void
run_node(const SgPlan *plan, size_t index, double *const *values, const double *weights, double *states,
         bool training, uint64_t seed, uint64_t step)
{
  const SgPlanNode *planned = &plan->nodes[index];
  const SgNode *node = sg_graph_node(plan->graph, index);
  SgReferenceCall call = { .node = node,
                           .input_shapes = planned->input_shapes,
                           .output_shape = planned->shape,
                           .training = training,
                           .seed = sg_plan_node_seed(seed, step, index),
                           .output = values[index] };
  for (size_t s = 0; s < node->n_inputs; s++)
    call.inputs[s] = values[node->inputs[s]];
  for (size_t w = 0; w < planned->n_weights; w++) {
    const SgWeight *row = &plan->table.rows[planned->weight_rows[w]];
    call.weights[w] = (row->is_state ? states : weights) + row->offset;
    call.states[w] = row->is_state ? states + row->offset : NULL;
  }
  size_t n = (size_t)sg_shape_count(&planned->shape);
  if (strcmp(node->op->id, "constant") == 0)
    fill_constant(node, values[index], n);
  else if (strcmp(node->op->id, "parameter") == 0)
    memcpy(values[index], call.weights[0], n * sizeof **values);
  else if (node->op->reference != NULL)
    node->op->reference(&call);
}

SgStatus
sg_reference_forward(const SgPlan *plan, const double *const *inputs, const double *weights, double *states,
                     bool training, uint64_t seed, uint64_t step, double *const *outputs, SgError *error)
{
  SgStatus status = SG_OK;
  double **values = SG_NEW(double *, plan->n_nodes);
  for (size_t i = 0; values != NULL && i < plan->n_nodes && status == SG_OK; i++) {
    values[i] = SG_NEW(double, (size_t)sg_shape_count(&plan->nodes[i].shape));
    if (values[i] == NULL)
      status = SG_NO_MEMORY;
  }
  if (values == NULL || status != SG_OK) {
    status = sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
    goto done;
  }
  for (size_t k = 0; k < sg_graph_n_inputs(plan->graph); k++) {
    size_t node = sg_graph_input_node(plan->graph, k);
    memcpy(values[node], inputs[k], (size_t)sg_shape_count(&plan->nodes[node].shape) * sizeof **values);
  }
  for (size_t i = 0; i < plan->n_nodes; i++)
    run_node(plan, i, values, weights, states, training, seed, step);
  for (size_t k = 0; k < sg_graph_n_outputs(plan->graph); k++) {
    size_t node = sg_graph_output_node(plan->graph, k);
    memcpy(outputs[k], values[node], (size_t)sg_shape_count(&plan->nodes[node].shape) * sizeof **values);
  }

done:
  for (size_t i = 0; values != NULL && i < plan->n_nodes; i++)
    sg_free(values[i]);
  sg_free(values);
  return status;
}
