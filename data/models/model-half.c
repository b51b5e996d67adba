/* model-half FROM TO: a model file with its weights as 16-bit floats (states stay 32 bits), to ship. */
#include <stdio.h>

#include "core/base/memory.h"
#include "core/nn/front-end.h"

static SgStatus
write_half(const SgModel *model, const SgWeightTable *table, const char *path, SgError *error)
{
  float *weights = SG_NEW(float, table->n_weights), *states = SG_NEW(float, table->n_states);
  SgJson *record = sg_model_record(model) != NULL ? sg_json_share(sg_model_record(model)) : NULL;
  SgStatus status = weights != NULL && states != NULL
                        ? sg_model_read_weights(model, table, weights, states, error)
                        : sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  if (status == SG_OK)
    status = sg_model_write(path, sg_model_graph(model), sg_model_facts(model), record, table, weights,
                            states, SG_DTYPE_F16, true, error);
  sg_json_free(record);
  sg_free(weights);
  sg_free(states);
  return status;
}

int
main(int argc, char **argv)
{
  SgModel *model = NULL;
  SgFrontEnd front_end;
  SgPlan *plan = NULL;
  SgError error = { 0 };
  SgTeam *team = sg_team_new(1);
  SgStatus status = argc == 3 ? SG_OK : sg_error_set(&error, SG_BAD_ARGUMENT, NULL, "model-half FROM TO");
  if (status == SG_OK)
    status = sg_model_open(argv[1], &model, &error);
  if (status == SG_OK)
    status = sg_front_end_of(sg_model_graph(model), sg_model_facts(model), &front_end, &error);
  if (status == SG_OK) {
    SgShape shape = sg_front_end_shape(&front_end, 1, front_end.frame_multiple);
    status = sg_plan_new(sg_model_graph(model), &shape, (SgPlanOptions){ 0 }, team, &plan, &error);
  }
  if (status == SG_OK)
    status = write_half(model, sg_plan_weight_table(plan), argv[2], &error);
  if (status != SG_OK)
    fprintf(stderr, "model-half: %s %s %s\n", sg_status_id(status), error.path, error.detail);
  sg_plan_free(plan);
  sg_team_free(team);
  sg_model_free(model);
  return status == SG_OK ? 0 : 1;
}
