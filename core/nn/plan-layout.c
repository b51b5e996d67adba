#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/nn/plan-private.h"

static size_t
backward_step(const SgPlan *plan, size_t node)
{
  return 2 * plan->n_nodes - node;
}

static bool
is_op(const SgPlan *plan, size_t node, const char *id)
{
  return strcmp(sg_graph_node(plan->graph, node)->op->id, id) == 0;
}

static bool
is_leaf(const SgPlan *plan, size_t node)
{
  return (sg_graph_node(plan->graph, node)->op->flags & SG_OP_LEAF) != 0;
}

/* Whether the node's backward kernel runs. */
static bool
runs_backward(const SgPlan *plan, size_t node)
{
  return plan->nodes[node].has_gradient && !is_leaf(plan, node);
}

static void
extend(SgBuffer *buffer, size_t step)
{
  if (!buffer->is_used)
    *buffer = (SgBuffer){ .n_floats = buffer->n_floats, .first = step, .last = step, .is_used = true };
  buffer->first = sg_min_size(buffer->first, step);
  buffer->last = sg_max_size(buffer->last, step);
}

/* When each node's output is written and read, regardless of sharing. */
static void
find_value_lives(SgPlan *plan)
{
  size_t end = 2 * plan->n_nodes;
  for (size_t i = 0; i < plan->n_nodes; i++) {
    SgPlanNode *planned = &plan->nodes[i];
    const SgNode *node = sg_graph_node(plan->graph, i);
    planned->value.n_floats = (size_t)sg_shape_count(&planned->shape);
    extend(&planned->value, i);
    if (is_op(plan, i, "input") || is_op(plan, i, "constant")) {
      extend(&planned->value, 0);
      extend(&planned->value, end);
    }
    if (runs_backward(plan, i) && (node->op->flags & SG_OP_KEEPS_OUTPUT) != 0)
      extend(&planned->value, backward_step(plan, i));
    for (size_t s = 0; s < node->n_inputs && planned->is_useful; s++) {
      SgBuffer *input = &plan->nodes[node->inputs[s]].value;
      extend(input, i);
      if (runs_backward(plan, i) && (node->op->flags & SG_OP_KEEPS_INPUTS) != 0)
        extend(input, backward_step(plan, i));
    }
  }
  for (size_t k = 0; k < sg_graph_n_outputs(plan->graph); k++)
    extend(&plan->nodes[sg_graph_output_node(plan->graph, k)].value, end);
}

static bool
may_work_in_place(const SgPlan *plan, size_t i)
{
  const SgNode *node = sg_graph_node(plan->graph, i);
  if ((node->op->flags & SG_OP_IN_PLACE) == 0)
    return false;
  size_t root = plan->nodes[node->inputs[0]].value_root;
  for (size_t s = 1; s < node->n_inputs; s++)
    if (plan->nodes[node->inputs[s]].value_root == root)
      return false;
  return !is_leaf(plan, root) && plan->nodes[root].value.last == i &&
         plan->nodes[i].value.n_floats == plan->nodes[node->inputs[0]].value.n_floats;
}

/* Outputs that lie on their node's first input. */
static void
share_values(SgPlan *plan)
{
  for (size_t i = 0; i < plan->n_nodes; i++) {
    const SgNode *node = sg_graph_node(plan->graph, i);
    SgPlanNode *planned = &plan->nodes[i];
    planned->value_root = i;
    bool is_view = (node->op->flags & SG_OP_VIEW) != 0;
    if (!planned->is_useful || !(is_view || may_work_in_place(plan, i)))
      continue;
    planned->value_root = plan->nodes[node->inputs[0]].value_root;
    extend(&plan->nodes[planned->value_root].value, planned->value.last);
    planned->value.is_used = false;
  }
  for (size_t i = 0; i < plan->n_nodes; i++) {
    bool is_needed = is_op(plan, i, "input") || (plan->nodes[i].is_useful && !is_op(plan, i, "parameter"));
    if (!is_needed)
      plan->nodes[i].value.is_used = false;
  }
}

/* The backward kernel of node i writes or adds to the gradients of its inputs. */
static void
lay_input_gradients(SgPlan *plan, size_t i)
{
  const SgNode *node = sg_graph_node(plan->graph, i);
  SgPlanNode *planned = &plan->nodes[i];
  bool may_share = (node->op->flags & (SG_OP_GRADIENT_IN_PLACE | SG_OP_VIEW)) != 0;
  for (size_t s = 0; s < node->n_inputs; s++) {
    SgPlanNode *input = &plan->nodes[node->inputs[s]];
    bool is_parameter = is_op(plan, node->inputs[s], "parameter");
    planned->kernel.accumulates[s] = input->is_gradient_written || is_parameter;
    if (!input->has_gradient || is_parameter)
      continue;
    if (s == 0 && may_share && !input->is_gradient_written && !is_leaf(plan, node->inputs[0]) &&
        input->gradient.n_floats == planned->gradient.n_floats)
      input->gradient_root = planned->gradient_root;
    input->is_gradient_written = true;
    extend(&plan->nodes[input->gradient_root].gradient, backward_step(plan, i));
  }
}

/* Who writes each gradient first, when it lives, and whether it lies on the one it is made from. */
static void
lay_gradients(SgPlan *plan)
{
  for (size_t i = 0; i < plan->n_nodes; i++) {
    plan->nodes[i].gradient_root = i;
    plan->nodes[i].gradient.n_floats = (size_t)sg_shape_count(&plan->nodes[i].shape);
  }
  for (size_t k = 0; k < sg_graph_n_outputs(plan->graph); k++) {
    SgPlanNode *output = &plan->nodes[sg_graph_output_node(plan->graph, k)];
    output->is_gradient_written = output->has_gradient;
    if (output->has_gradient)
      extend(&output->gradient, plan->n_nodes);
  }
  for (size_t i = plan->n_nodes; i-- > 0;) {
    SgPlanNode *planned = &plan->nodes[i];
    if (!planned->has_gradient)
      continue;
    size_t last = is_op(plan, i, "input") ? 2 * plan->n_nodes : backward_step(plan, i);
    extend(&plan->nodes[planned->gradient_root].gradient, last);
    if (runs_backward(plan, i))
      lay_input_gradients(plan, i);
  }
}

static void
lay_work_space(SgPlan *plan)
{
  for (size_t i = 0; i < plan->n_nodes; i++) {
    SgPlanNode *planned = &plan->nodes[i];
    if (!planned->is_useful)
      continue;
    if (planned->saved.n_floats > 0) {
      extend(&planned->saved, i);
      if (runs_backward(plan, i))
        extend(&planned->saved, backward_step(plan, i));
    }
    if (planned->shared_forward.n_floats > 0)
      extend(&planned->shared_forward, i);
    if (planned->shared_backward.n_floats > 0 && runs_backward(plan, i))
      extend(&planned->shared_backward, backward_step(plan, i));
  }
}

static int
compare_sizes(const void *a, const void *b)
{
  const SgBuffer *x = *(SgBuffer *const *)a, *y = *(SgBuffer *const *)b;
  if (x->n_floats != y->n_floats)
    return x->n_floats < y->n_floats ? 1 : -1;
  return x->first < y->first ? -1 : x->first > y->first;
}

static int
compare_offsets(const void *a, const void *b)
{
  const SgBuffer *x = *(SgBuffer *const *)a, *y = *(SgBuffer *const *)b;
  return x->offset < y->offset ? -1 : x->offset > y->offset;
}

/* The lowest gap among those in `placed` that live at the same time. */
static size_t
find_gap(const SgBuffer *buffer, SgBuffer *const *placed, size_t n_placed)
{
  size_t offset = 0;
  for (size_t i = 0; i < n_placed; i++) {
    const SgBuffer *other = placed[i];
    if (other->last < buffer->first || buffer->last < other->first)
      continue;
    if (other->offset >= offset + buffer->n_floats)
      break;
    offset = sg_max_size(offset, other->offset + other->n_floats);
  }
  return offset;
}

/* Places the largest first, each as low as its life allows (greedy by size). Sizes are multiples of a cache
 * line. */
static bool
place(SgPlan *plan, SgBuffer **buffers, size_t n)
{
  SgBuffer **placed = SG_NEW(SgBuffer *, n);
  if (placed == NULL)
    return false;
  qsort(buffers, n, sizeof *buffers, compare_sizes);
  for (size_t i = 0; i < n; i++) {
    buffers[i]->offset = find_gap(buffers[i], placed, i);
    plan->arena_floats = sg_max_size(plan->arena_floats, buffers[i]->offset + buffers[i]->n_floats);
    size_t at = i;
    for (; at > 0 && compare_offsets(&buffers[i], &placed[at - 1]) < 0; at--)
      placed[at] = placed[at - 1];
    placed[at] = buffers[i];
  }
  sg_free(placed);
  return true;
}

/* What all buffers would take if each had memory of its own. */
static void
count_unshared(SgPlan *plan)
{
  for (size_t i = 0; i < plan->n_nodes; i++) {
    const SgPlanNode *planned = &plan->nodes[i];
    if (!planned->is_useful || is_op(plan, i, "parameter"))
      continue;
    plan->unshared_floats +=
        planned->value.n_floats + planned->saved.n_floats + planned->shared_forward.n_floats;
    if (planned->has_gradient)
      plan->unshared_floats += planned->gradient.n_floats + planned->shared_backward.n_floats;
  }
}

static bool
place_all(SgPlan *plan)
{
  SgBuffer **buffers = SG_NEW(SgBuffer *, 5 * plan->n_nodes);
  if (buffers == NULL)
    return false;
  size_t n = 0;
  for (size_t i = 0; i < plan->n_nodes; i++) {
    SgPlanNode *planned = &plan->nodes[i];
    SgBuffer *all[] = { &planned->value, &planned->gradient, &planned->saved, &planned->shared_forward,
                        &planned->shared_backward };
    for (size_t k = 0; k < sizeof all / sizeof all[0]; k++)
      if (all[k]->is_used) {
        all[k]->n_floats = (all[k]->n_floats + 15) / 16 * 16;
        buffers[n++] = all[k];
      }
  }
  bool done = place(plan, buffers, n);
  sg_free(buffers);
  return done;
}

static void
fill_constants(SgPlan *plan)
{
  for (size_t i = 0; i < plan->n_nodes; i++) {
    const SgAttributes *attributes = &sg_graph_node(plan->graph, i)->attributes;
    size_t n = (size_t)sg_shape_count(&plan->nodes[i].shape);
    float *values = plan->arena + plan->nodes[i].value.offset;
    for (size_t k = 0; k < n && is_op(plan, i, "constant") && plan->nodes[i].is_useful; k++)
      values[k] = (float)attributes->values[attributes->n_values == 1 ? 0 : k];
  }
}

SgStatus
sg_plan_lay_out(SgPlan *plan, SgError *error)
{
  find_value_lives(plan);
  share_values(plan);
  lay_gradients(plan);
  for (size_t i = 0; i < plan->n_nodes; i++)
    if (plan->nodes[i].gradient_root != i || is_op(plan, i, "parameter") || !plan->nodes[i].has_gradient)
      plan->nodes[i].gradient.is_used = false;
  lay_work_space(plan);
  count_unshared(plan);
  if (!place_all(plan))
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  plan->arena = SG_NEW(float, plan->arena_floats);
  if (plan->arena == NULL) {
    sg_error_set(error, SG_NO_MEMORY, NULL, "the network's buffers");
    if (error != NULL)
      error->expected = (int64_t)(plan->arena_floats * sizeof(float));
    return SG_NO_MEMORY;
  }
  fill_constants(plan);
  return SG_OK;
}

static const float *
value_of(const SgPlan *plan, size_t node)
{
  const SgPlanNode *root = &plan->nodes[plan->nodes[node].value_root];
  if (root->n_weights > 0 && is_leaf(plan, plan->nodes[node].value_root))
    return plan->row_values[root->weight_rows[0]];
  return root->value.is_used ? plan->arena + root->value.offset : NULL;
}

static float *
gradient_of(const SgPlan *plan, size_t node)
{
  const SgPlanNode *planned = &plan->nodes[node];
  if (!planned->has_gradient)
    return NULL;
  if (is_op(plan, node, "parameter"))
    return plan->row_gradients[planned->weight_rows[0]];
  return plan->arena + plan->nodes[planned->gradient_root].gradient.offset;
}

void
sg_plan_bind(SgPlan *plan)
{
  for (size_t i = 0; i < plan->n_nodes; i++) {
    const SgNode *node = sg_graph_node(plan->graph, i);
    SgPlanNode *planned = &plan->nodes[i];
    SgKernel *kernel = &planned->kernel;
    kernel->node = node;
    kernel->input_shapes = planned->input_shapes;
    kernel->output_shape = planned->shape;
    kernel->keeps = plan->options.training;
    kernel->output = (float *)value_of(plan, i);
    kernel->output_gradient = gradient_of(plan, i);
    kernel->saved = planned->saved.is_used ? plan->arena + planned->saved.offset : NULL;
    for (size_t s = 0; s < node->n_inputs; s++) {
      kernel->inputs[s] = value_of(plan, node->inputs[s]);
      kernel->input_gradients[s] = gradient_of(plan, node->inputs[s]);
    }
    for (size_t w = 0; w < planned->n_weights; w++) {
      kernel->weights[w] = plan->row_values[planned->weight_rows[w]];
      kernel->states[w] = plan->row_states[planned->weight_rows[w]];
      kernel->weight_gradients[w] = plan->row_gradients[planned->weight_rows[w]];
    }
  }
}
