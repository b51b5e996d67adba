/* Graphs as JSON, so that a network made elsewhere can be written down without new C.
 *
 *   {"nodes": [
 *      {"name": "x", "op": "input", "shape": [-1, -1, 2974]},
 *      {"name": "fc1", "op": "dense", "inputs": ["x"], "units": 512, "bias": false},
 *      …],
 *    "outputs": ["mask"]}
 *
 * Inputs name nodes before. Attributes are those of core/nn/OPERATIONS.md; one that an operation does not
 * know, is of another kind or outside its bounds is refused by name. What is written reads back to the same
 * graph.
 *
 * Threads: none shared. Errors: SG_BAD_JSON, SG_BAD_GRAPH (detail names the node), SG_NO_MEMORY. */
#pragma once

#include "core/base/json.h"
#include "core/nn/graph.h"

SgStatus sg_graph_from_json(const SgJsonValue *value, SgGraph **out_graph, SgError *error);
/* The same from text. */
SgStatus sg_graph_from_text(const char *text, size_t n, SgGraph **out_graph, SgError *error);

/* NULL when memory is out; attributes at their standard values are left out. */
SgJson *sg_graph_to_json(const SgGraph *graph);
