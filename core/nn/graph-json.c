#include "core/nn/graph-json.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/nn/op.h"

enum { MAX_NODES = 100000, MAX_VALUES = 1 << 24 };

__attribute__((format(printf, 3, 4))) static SgStatus
fail(SgError *error, const char *name, const char *format, ...)
{
  char detail[SG_ERROR_DETAIL_SIZE];
  int at = snprintf(detail, sizeof detail, "%.63s: ", name);
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(detail + at, sizeof detail - (size_t)at, format, arguments);
  va_end(arguments);
  return sg_error_set(error, SG_BAD_GRAPH, NULL, detail);
}

static bool
read_shape(const SgJsonValue *value, const SgAttributeRow *row, SgShape *out)
{
  if (sg_json_kind(value) != SG_JSON_ARRAY || sg_json_size(value) > SG_MAX_DIMS)
    return false;
  *out = (SgShape){ .n_dims = (int)sg_json_size(value) };
  for (int i = 0; i < out->n_dims; i++)
    if (!sg_json_read_integer(sg_json_at(value, (size_t)i), (int64_t)row->minimum, (int64_t)row->maximum,
                              &out->dims[i]))
      return false;
  return true;
}

/* One number for all dimensions or a list of one for each. */
static bool
read_pair(const SgJsonValue *value, const SgAttributeRow *row, int n_spatial, int64_t *out)
{
  bool is_list = sg_json_kind(value) == SG_JSON_ARRAY;
  if (is_list && sg_json_size(value) != (size_t)n_spatial)
    return false;
  for (int i = 0; i < n_spatial; i++)
    if (!sg_json_read_integer(is_list ? sg_json_at(value, (size_t)i) : value, (int64_t)row->minimum,
                              (int64_t)row->maximum, &out[i]))
      return false;
  return true;
}

/* Numbers in an array of their own, which the caller frees. */
static bool
read_values(const SgJsonValue *value, SgAttributes *attributes)
{
  size_t n = sg_json_size(value);
  if (sg_json_kind(value) != SG_JSON_ARRAY || n == 0 || n > MAX_VALUES)
    return false;
  double *values = SG_NEW(double, n);
  for (size_t i = 0; values != NULL && i < n; i++)
    if (!sg_json_read_number(sg_json_at(value, i), &values[i])) {
      sg_free(values);
      return false;
    }
  attributes->values = values;
  attributes->n_values = n;
  return values != NULL;
}

static bool
read_attribute(const SgJsonValue *value, const SgAttributeRow *row, int n_spatial, SgAttributes *attributes)
{
  void *field = (char *)attributes + row->offset;
  bool truth;
  switch (row->kind) {
  case SG_ATTRIBUTE_INTEGER:
    /* Zero in the field would mean the standard value. */
    return sg_json_read_integer(value, (int64_t)row->minimum, (int64_t)row->maximum, field) &&
           (*(int64_t *)field != 0 || row->standard == 0.0);
  case SG_ATTRIBUTE_REAL:
    return sg_json_read_number(value, field) && *(double *)field >= row->minimum &&
           *(double *)field <= row->maximum && (*(double *)field != 0.0 || row->standard == 0.0);
  case SG_ATTRIBUTE_PAIR:
    return read_pair(value, row, n_spatial, field);
  case SG_ATTRIBUTE_TRUTH:
  case SG_ATTRIBUTE_UNTRUTH:
    if (!sg_json_read_bool(value, &truth))
      return false;
    *(bool *)field = truth == (row->kind == SG_ATTRIBUTE_TRUTH);
    return true;
  case SG_ATTRIBUTE_SHAPE:
    return read_shape(value, row, field);
  case SG_ATTRIBUTE_VALUES:
    return read_values(value, attributes);
  case SG_ATTRIBUTE_TEXT:
    if (sg_json_text(value) == NULL || strlen(sg_json_text(value)) >= SG_NODE_NAME_SIZE)
      return false;
    snprintf(field, SG_NODE_NAME_SIZE, "%s", sg_json_text(value));
    return true;
  }
  return false;
}

static const SgAttributeRow *
find_row(const SgOp *op, const char *key)
{
  for (size_t i = 0; i < op->n_attributes; i++)
    if (strcmp(op->attributes[i].key, key) == 0)
      return &op->attributes[i];
  return NULL;
}

static SgStatus
read_attributes(const SgJsonValue *value, const char *name, const SgOp *op, SgAttributes *attributes,
                SgError *error)
{
  for (const char *key = sg_json_next_name(value, NULL); key != NULL; key = sg_json_next_name(value, key)) {
    if (strcmp(key, "name") == 0 || strcmp(key, "op") == 0 || strcmp(key, "inputs") == 0)
      continue;
    const SgAttributeRow *row = find_row(op, key);
    if (row == NULL)
      return fail(error, name, "%s has no attribute \"%.40s\"", op->id, key);
    if (!read_attribute(sg_json_get(value, key), row, op->n_spatial, attributes))
      return fail(error, name, "\"%s\" of %s is of the wrong kind or not within %g to %g", key, op->id,
                  row->minimum, row->maximum);
  }
  for (size_t i = 0; i < op->n_attributes; i++)
    if (op->attributes[i].required && sg_json_get(value, op->attributes[i].key) == NULL)
      return fail(error, name, "%s needs \"%s\"", op->id, op->attributes[i].key);
  return SG_OK;
}

static SgStatus
read_inputs(const SgJsonValue *value, const char *name, const SgGraph *graph, int *inputs, size_t *out_n,
            SgError *error)
{
  size_t n = sg_json_size(value);
  if (value != NULL && sg_json_kind(value) != SG_JSON_ARRAY)
    return fail(error, name, "\"inputs\" is not a list");
  if (n > SG_MAX_INPUTS)
    return fail(error, name, "more than %d inputs", SG_MAX_INPUTS);
  for (size_t i = 0; i < n; i++) {
    const char *input = sg_json_text(sg_json_at(value, i));
    inputs[i] = input != NULL ? sg_graph_find(graph, input) : -1;
    if (inputs[i] < 0)
      return fail(error, name, "input \"%.63s\" is no node before it", input != NULL ? input : "?");
  }
  *out_n = n;
  return SG_OK;
}

static SgStatus
read_node(const SgJsonValue *value, SgGraph *graph, SgError *error)
{
  const char *name = sg_json_text(sg_json_get(value, "name")), *id = sg_json_text(sg_json_get(value, "op"));
  if (name == NULL || id == NULL) {
    char number[32];
    snprintf(number, sizeof number, "node %zu", sg_graph_n_nodes(graph));
    return fail(error, name != NULL ? name : number, "has no \"name\" or no \"op\"");
  }
  const SgOp *op = sg_op_find(id);
  if (op == NULL)
    return fail(error, name, "there is no operation \"%.40s\"", id);
  int inputs[SG_MAX_INPUTS];
  size_t n_inputs = 0;
  SgAttributes attributes = { 0 };
  SgStatus status = read_inputs(sg_json_get(value, "inputs"), name, graph, inputs, &n_inputs, error);
  if (status == SG_OK)
    status = read_attributes(value, name, op, &attributes, error);
  if (status == SG_OK)
    sg_graph_add(graph, id, name, inputs, n_inputs, &attributes);
  sg_free((void *)attributes.values);
  return status;
}

static SgStatus
read_graph(const SgJsonValue *value, SgGraph *graph, SgError *error)
{
  const SgJsonValue *nodes = sg_json_get(value, "nodes"), *outputs = sg_json_get(value, "outputs");
  if (sg_json_kind(nodes) != SG_JSON_ARRAY || sg_json_kind(outputs) != SG_JSON_ARRAY)
    return sg_error_set(error, SG_BAD_GRAPH, NULL,
                        "a graph is an object with the lists \"nodes\" and \"outputs\"");
  if (sg_json_size(nodes) > MAX_NODES)
    return sg_error_set(error, SG_BAD_GRAPH, NULL, "more nodes than 100000");
  for (size_t i = 0; i < sg_json_size(nodes); i++) {
    size_t n_before = sg_graph_n_nodes(graph);
    SgStatus status = read_node(sg_json_at(nodes, i), graph, error);
    if (status != SG_OK)
      return status;
    if (sg_graph_n_nodes(graph) == n_before)
      return sg_graph_check(graph, error);
  }
  for (size_t i = 0; i < sg_json_size(outputs); i++) {
    const char *name = sg_json_text(sg_json_at(outputs, i));
    int node = name != NULL ? sg_graph_find(graph, name) : -1;
    if (node < 0)
      return fail(error, "outputs", "there is no node \"%.63s\"", name != NULL ? name : "?");
    sg_graph_add_output(graph, node);
  }
  return sg_graph_check(graph, error);
}

SgStatus
sg_graph_from_json(const SgJsonValue *value, SgGraph **out_graph, SgError *error)
{
  *out_graph = NULL;
  SgGraph *graph = sg_graph_new();
  if (graph == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  SgStatus status = read_graph(value, graph, error);
  if (status == SG_OK)
    *out_graph = graph;
  else
    sg_graph_free(graph);
  return status;
}

SgStatus
sg_graph_from_text(const char *text, size_t n, SgGraph **out_graph, SgError *error)
{
  SgJson *json;
  *out_graph = NULL;
  SgStatus status = sg_json_parse(text, n, &json, error);
  if (status == SG_OK)
    status = sg_graph_from_json(sg_json_root(json), out_graph, error);
  sg_json_free(json);
  return status;
}

static SgJson *
integers(const int64_t *values, size_t n)
{
  SgJson *array = sg_json_array_new();
  for (size_t i = 0; i < n; i++)
    sg_json_append_integer(array, values[i]);
  return array;
}

static SgJson *
numbers(const double *values, size_t n)
{
  SgJson *array = sg_json_array_new();
  for (size_t i = 0; i < n; i++)
    sg_json_append_number(array, values[i]);
  return array;
}

static void
write_pair(SgJson *node, const SgAttributeRow *row, const int64_t *pair, int n_spatial)
{
  bool is_standard = !row->required;
  for (int i = 0; i < n_spatial; i++)
    is_standard = is_standard && pair[i] == (int64_t)row->standard;
  if (!is_standard)
    sg_json_set(node, row->key, integers(pair, (size_t)n_spatial));
}

static void
write_attribute(SgJson *node, const SgAttributeRow *row, int n_spatial, const SgAttributes *attributes)
{
  const void *field = (const char *)attributes + row->offset;
  switch (row->kind) {
  case SG_ATTRIBUTE_INTEGER:
    if (row->required || *(const int64_t *)field != (int64_t)row->standard)
      sg_json_set_integer(node, row->key, *(const int64_t *)field);
    break;
  case SG_ATTRIBUTE_REAL:
    if (*(const double *)field != row->standard)
      sg_json_set_number(node, row->key, *(const double *)field);
    break;
  case SG_ATTRIBUTE_PAIR:
    write_pair(node, row, field, n_spatial);
    break;
  case SG_ATTRIBUTE_TRUTH:
  case SG_ATTRIBUTE_UNTRUTH:
    if (*(const bool *)field)
      sg_json_set_bool(node, row->key, row->kind == SG_ATTRIBUTE_TRUTH);
    break;
  case SG_ATTRIBUTE_SHAPE: {
    const SgShape *shape = field;
    sg_json_set(node, row->key, integers(shape->dims, (size_t)shape->n_dims));
    break;
  }
  case SG_ATTRIBUTE_VALUES:
    sg_json_set(node, row->key, numbers(attributes->values, attributes->n_values));
    break;
  case SG_ATTRIBUTE_TEXT:
    if (*(const char *)field != '\0')
      sg_json_set_text(node, row->key, field);
    break;
  }
}

SgJson *
sg_graph_to_json(const SgGraph *graph)
{
  SgJson *root = sg_json_object_new(), *nodes = sg_json_array_new(), *outputs = sg_json_array_new();
  for (size_t i = 0; i < sg_graph_n_nodes(graph); i++) {
    const SgNode *node = sg_graph_node(graph, i);
    SgJson *object = sg_json_object_new();
    sg_json_set_text(object, "name", node->name);
    sg_json_set_text(object, "op", node->op->id);
    if (node->n_inputs > 0) {
      SgJson *inputs = sg_json_array_new();
      for (size_t s = 0; s < node->n_inputs; s++)
        sg_json_append_text(inputs, sg_graph_node(graph, node->inputs[s])->name);
      sg_json_set(object, "inputs", inputs);
    }
    for (size_t k = 0; k < node->op->n_attributes; k++)
      write_attribute(object, &node->op->attributes[k], node->op->n_spatial, &node->attributes);
    sg_json_append(nodes, object);
  }
  for (size_t k = 0; k < sg_graph_n_outputs(graph); k++)
    sg_json_append_text(outputs, sg_graph_node(graph, sg_graph_output_node(graph, k))->name);
  sg_json_set(root, "nodes", nodes);
  sg_json_set(root, "outputs", outputs);
  return root;
}
