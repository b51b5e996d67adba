/* Networks from JSON: read, written, read again, and a small one is run. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/nn/graph-json.h"
#include "core/nn/plan.h"
#include "tests/fuzz/fuzz.h"

/* A network that needs more is not run: the next input waits. */
enum { MAX_ARENA = 1 << 16, MAX_WEIGHTS = 1 << 12, MAX_NODES = 100, FREE_SIZE = 3 };

static void
run(SgPlan *plan)
{
  const SgWeightTable *table = sg_plan_weight_table(plan);
  float *weights = SG_NEW(float, table->n_weights + 1), *states = SG_NEW(float, table->n_states + 1);
  if (weights != NULL && states != NULL) {
    sg_weight_table_draw(table, 1, weights, states);
    sg_plan_set_weights(plan, weights, states, NULL);
    for (size_t i = 0; i < sg_graph_n_inputs(sg_plan_graph(plan)); i++) {
      float *input = sg_plan_input(plan, i);
      for (int64_t j = 0; j < sg_shape_count(sg_plan_input_shape(plan, i)); j++)
        input[j] = 0.25f * (float)(j % 9 - 4);
    }
    fuzz_check(sg_plan_forward(plan, NULL) == SG_OK, "a plan runs");
  }
  sg_free(weights);
  sg_free(states);
}

static void
plan_and_run(const SgGraph *graph)
{
  SgShape shapes[MAX_NODES];
  if (sg_graph_n_nodes(graph) > MAX_NODES)
    return;
  for (size_t i = 0; i < sg_graph_n_inputs(graph); i++) {
    shapes[i] = sg_graph_node(graph, sg_graph_input_node(graph, i))->attributes.shape;
    for (int d = 0; d < shapes[i].n_dims; d++)
      if (shapes[i].dims[d] < 0)
        shapes[i].dims[d] = FREE_SIZE;
  }
  SgTeam *team = sg_team_new(1);
  SgPlan *plan = NULL;
  if (team != NULL && sg_plan_new(graph, shapes, (SgPlanOptions){ 0 }, team, &plan, NULL) == SG_OK &&
      sg_plan_arena_bytes(plan) <= MAX_ARENA && sg_plan_weight_table(plan)->n_weights <= MAX_WEIGHTS)
    run(plan);
  sg_plan_free(plan);
  sg_team_free(team);
}

void
fuzz_target(const uint8_t *bytes, size_t n)
{
  SgGraph *graph, *again;
  SgError error;
  SgStatus status = sg_graph_from_text((const char *)bytes, n, &graph, &error);
  if (status != SG_OK) {
    fuzz_check(graph == NULL && error.status == status, "a failure gives no graph but a reason");
    return;
  }
  SgJson *json = sg_graph_to_json(graph);
  char *text = sg_json_dup_text(json, false);
  if (text != NULL) {
    status = sg_graph_from_text(text, strlen(text), &again, &error);
    fuzz_check(status == SG_OK || status == SG_NO_MEMORY, "what is written can be read");
    fuzz_check(status != SG_OK || sg_graph_n_nodes(again) == sg_graph_n_nodes(graph), "no node is lost");
    sg_graph_free(again);
  }
  free(text);
  sg_json_free(json);
  plan_and_run(graph);
  sg_graph_free(graph);
}
