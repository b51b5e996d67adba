#include "core/nn/graph.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/nn/op.h"

struct SgGraph {
  SgNode *nodes;
  size_t n_nodes, capacity;
  size_t n_inputs, n_outputs, output_capacity;
  size_t *outputs;
  SgError error; /* what went wrong first */
};

SgGraph *
sg_graph_new(void)
{
  return SG_NEW(SgGraph, 1);
}

void
sg_graph_free(SgGraph *graph)
{
  if (graph == NULL)
    return;
  for (size_t i = 0; i < graph->n_nodes; i++)
    sg_free((void *)graph->nodes[i].attributes.values);
  sg_free(graph->nodes);
  sg_free(graph->outputs);
  sg_free(graph);
}

__attribute__((format(printf, 3, 4))) static int
fail(SgGraph *graph, const char *name, const char *format, ...)
{
  if (graph->error.status != SG_OK)
    return -1;
  char detail[SG_ERROR_DETAIL_SIZE];
  int at = snprintf(detail, sizeof detail, "%.63s: ", name != NULL ? name : "?");
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(detail + at, sizeof detail - (size_t)at, format, arguments);
  va_end(arguments);
  sg_error_set(&graph->error, SG_BAD_GRAPH, NULL, detail);
  return -1;
}

static int
fail_memory(SgGraph *graph)
{
  if (graph->error.status == SG_OK)
    sg_error_set(&graph->error, SG_NO_MEMORY, NULL, NULL);
  return -1;
}

/* Makes room for one more element of `size` bytes in an array. */
static bool
grow(void **array, size_t n, size_t *capacity, size_t size)
{
  if (n < *capacity)
    return true;
  size_t larger = *capacity > 0 ? 2 * *capacity : 16;
  void *moved = sg_alloc(larger, size);
  if (moved == NULL)
    return false;
  if (n > 0)
    memcpy(moved, *array, n * size);
  sg_free(*array);
  *array = moved;
  *capacity = larger;
  return true;
}

static bool
is_good_name(const char *name)
{
  static const char good[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-/";
  size_t n = name != NULL ? strlen(name) : 0;
  return n > 0 && n < SG_NODE_NAME_SIZE && strspn(name, good) == n;
}

static bool
is_within(const SgAttributeRow *row, double value)
{
  return value >= row->minimum && value <= row->maximum;
}

static bool
check_pair(const SgAttributeRow *row, int64_t *pair, int n_spatial)
{
  bool may_be_zero = row->standard == 0.0 && row->minimum <= 0.0;
  if (pair[0] == 0 && !may_be_zero)
    pair[0] = (int64_t)row->standard;
  if (pair[1] == 0 && !may_be_zero)
    pair[1] = n_spatial == 2 ? pair[0] : 0;
  for (int i = 0; i < n_spatial; i++)
    if (!is_within(row, (double)pair[i]))
      return false;
  return true;
}

/* Puts the standard value where nothing is set; false when a value is outside its bounds. */
static bool
check_attribute(const SgAttributeRow *row, SgAttributes *attributes, int n_spatial)
{
  void *field = (char *)attributes + row->offset;
  switch (row->kind) {
  case SG_ATTRIBUTE_INTEGER: {
    int64_t *integer = field;
    if (*integer == 0)
      *integer = (int64_t)row->standard;
    return is_within(row, (double)*integer);
  }
  case SG_ATTRIBUTE_REAL: {
    double *real = field;
    if (*real == 0.0)
      *real = row->standard;
    return is_within(row, *real);
  }
  case SG_ATTRIBUTE_PAIR:
    return check_pair(row, field, n_spatial);
  case SG_ATTRIBUTE_SHAPE: {
    const SgShape *shape = field;
    if (shape->n_dims < 0 || shape->n_dims > SG_MAX_DIMS)
      return false;
    for (int i = 0; i < shape->n_dims; i++)
      if (!is_within(row, (double)shape->dims[i]))
        return false;
    return true;
  }
  default:
    return true;
  }
}

static bool
copy_values(SgAttributes *attributes)
{
  const double *values = attributes->values;
  attributes->values = NULL;
  if (attributes->n_values == 0)
    return true;
  double *copy = SG_NEW(double, attributes->n_values);
  if (copy != NULL)
    memcpy(copy, values, attributes->n_values * sizeof *copy);
  attributes->values = copy;
  return copy != NULL;
}

static int
append_node(SgGraph *graph, SgNode *node)
{
  if (!grow((void **)&graph->nodes, graph->n_nodes, &graph->capacity, sizeof *node) ||
      !copy_values(&node->attributes))
    return fail_memory(graph);
  graph->nodes[graph->n_nodes] = *node;
  graph->n_inputs += strcmp(node->op->id, "input") == 0;
  return (int)graph->n_nodes++;
}

int
sg_graph_add(SgGraph *graph, const char *op, const char *name, const int *inputs, size_t n_inputs,
             const SgAttributes *attributes)
{
  if (graph == NULL || graph->error.status != SG_OK)
    return -1;
  if (!is_good_name(name))
    return fail(graph, name, "a node's name has 1 to 63 of A-Z a-z 0-9 . _ - /");
  if (sg_graph_find(graph, name) >= 0)
    return fail(graph, name, "there is a node of this name already");
  SgNode node = { .op = sg_op_find(op) };
  if (node.op == NULL)
    return fail(graph, name, "there is no operation \"%.40s\"", op);
  if (n_inputs < node.op->min_inputs || n_inputs > node.op->max_inputs)
    return fail(graph, name, "%s takes %zu to %zu inputs, not %zu", op, node.op->min_inputs,
                node.op->max_inputs, n_inputs);
  snprintf(node.name, sizeof node.name, "%s", name);
  node.n_inputs = n_inputs;
  for (size_t i = 0; i < n_inputs; i++) {
    if (inputs[i] < 0 || (size_t)inputs[i] >= graph->n_nodes)
      return fail(graph, name, "input %zu is no node before it", i);
    node.inputs[i] = (size_t)inputs[i];
  }
  if (attributes != NULL)
    node.attributes = *attributes;
  for (size_t i = 0; i < node.op->n_attributes; i++)
    if (!check_attribute(&node.op->attributes[i], &node.attributes, node.op->n_spatial))
      return fail(graph, name, "%s: \"%s\" is missing or not within %g to %g", op, node.op->attributes[i].key,
                  node.op->attributes[i].minimum, node.op->attributes[i].maximum);
  return append_node(graph, &node);
}

int
sg_graph_add_1(SgGraph *graph, const char *op, const char *name, int input, const SgAttributes *attributes)
{
  return sg_graph_add(graph, op, name, &input, 1, attributes);
}

int
sg_graph_add_2(SgGraph *graph, const char *op, const char *name, int input_a, int input_b,
               const SgAttributes *attributes)
{
  return sg_graph_add(graph, op, name, (const int[]){ input_a, input_b }, 2, attributes);
}

int
sg_graph_add_input(SgGraph *graph, const char *name, SgShape shape)
{
  return sg_graph_add(graph, "input", name, NULL, 0, &(SgAttributes){ .shape = shape });
}

int
sg_graph_add_parameter(SgGraph *graph, const char *name, SgShape shape, double initial)
{
  return sg_graph_add(graph, "parameter", name, NULL, 0,
                      &(SgAttributes){ .shape = shape, .initial = initial });
}

void
sg_graph_add_output(SgGraph *graph, int node)
{
  if (graph == NULL || graph->error.status != SG_OK)
    return;
  if (node < 0 || (size_t)node >= graph->n_nodes) {
    fail(graph, NULL, "a result is no node");
    return;
  }
  for (size_t i = 0; i < graph->n_outputs; i++)
    if (graph->outputs[i] == (size_t)node) {
      fail(graph, graph->nodes[node].name, "is a result already");
      return;
    }
  if (!grow((void **)&graph->outputs, graph->n_outputs, &graph->output_capacity, sizeof *graph->outputs))
    fail_memory(graph);
  else
    graph->outputs[graph->n_outputs++] = (size_t)node;
}

SgStatus
sg_graph_check(const SgGraph *graph, SgError *error)
{
  if (graph == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  if (graph->error.status == SG_OK && graph->n_outputs == 0)
    return sg_error_set(error, SG_BAD_GRAPH, NULL, "no node is declared a result");
  if (graph->error.status != SG_OK && error != NULL)
    *error = graph->error;
  return graph->error.status;
}

size_t
sg_graph_n_nodes(const SgGraph *graph)
{
  return graph->n_nodes;
}

const SgNode *
sg_graph_node(const SgGraph *graph, size_t index)
{
  return &graph->nodes[index];
}

size_t
sg_graph_n_inputs(const SgGraph *graph)
{
  return graph->n_inputs;
}

size_t
sg_graph_n_outputs(const SgGraph *graph)
{
  return graph->n_outputs;
}

size_t
sg_graph_input_node(const SgGraph *graph, size_t input)
{
  size_t node = 0;
  for (;; node++)
    if (strcmp(graph->nodes[node].op->id, "input") == 0 && input-- == 0)
      return node;
}

size_t
sg_graph_output_node(const SgGraph *graph, size_t output)
{
  return graph->outputs[output];
}

int
sg_graph_find(const SgGraph *graph, const char *name)
{
  for (size_t i = 0; i < graph->n_nodes; i++)
    if (strcmp(graph->nodes[i].name, name) == 0)
      return (int)i;
  return -1;
}

const char *
sg_node_op_id(const SgNode *node)
{
  return node->op->id;
}
