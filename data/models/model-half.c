/* model-half FROM TO [RECORD.json [SHARE [REACH]]]: a model file with its weights as 16-bit floats (states
 * stay 32 bits), to ship. The entries of the JSON object RECORD ("net", "licence", "scores" …) go into its
 * record beside those of the training; SHARE, 0 … 1, is the share of each stem that "classic" has in it,
 * REACH the frames that the network sees to either side, where the file does not state them. */
#include <stdio.h>
#include <stdlib.h>

#include "core/base/memory.h"
#include "core/nn/front-end.h"

enum { MAX_RECORD_BYTES = 65536 };

static void
add_entries(SgJson *record, const SgJsonValue *object)
{
  for (const char *name = sg_json_next_name(object, NULL); name != NULL;
       name = sg_json_next_name(object, name))
    sg_json_set(record, name, sg_json_share(sg_json_get(object, name)));
}

/* The model's record with the entries of a file (NULL: none); NULL when that cannot be read. */
static SgJson *
record_new(const SgModel *model, const char *path, SgError *error)
{
  SgJson *record = sg_json_object_new(), *more = NULL;
  char *text = malloc(MAX_RECORD_BYTES);
  FILE *file = path != NULL ? fopen(path, "rb") : NULL;
  SgStatus status = path != NULL && file == NULL ? sg_error_set(error, SG_NOT_FOUND, path, NULL) : SG_OK;
  if (sg_model_record(model) != NULL)
    add_entries(record, sg_model_record(model));
  if (file != NULL && text != NULL)
    status = sg_json_parse(text, fread(text, 1, MAX_RECORD_BYTES, file), &more, error);
  if (more != NULL)
    add_entries(record, sg_json_root(more));
  if (file != NULL)
    fclose(file);
  free(text);
  sg_json_free(more);
  if (status == SG_OK)
    return record;
  sg_json_free(record);
  return NULL;
}

static SgStatus
write_half(const SgModel *model, const SgJson *record, double classic_share, uint32_t reach_frames,
           const SgWeightTable *table, const char *path, SgError *error)
{
  SgModelFacts facts = *sg_model_facts(model);
  facts.classic_share = classic_share;
  if (reach_frames > 0)
    facts.reach_frames = reach_frames;
  float *weights = SG_NEW(float, table->n_weights), *states = SG_NEW(float, table->n_states);
  SgStatus status = weights != NULL && states != NULL
                        ? sg_model_read_weights(model, table, weights, states, error)
                        : sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  if (status == SG_OK)
    status = sg_model_write(path, sg_model_graph(model), &facts, record, table, weights, states, SG_DTYPE_F16,
                            true, error);
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
  SgJson *record = NULL;
  SgError error = { 0 };
  SgTeam *team = sg_team_new(1);
  SgStatus status = argc >= 3 && argc <= 6 ? SG_OK
                                           : sg_error_set(&error, SG_BAD_ARGUMENT, NULL,
                                                          "model-half FROM TO [RECORD [SHARE [REACH]]]");
  if (status == SG_OK)
    status = sg_model_open(argv[1], &model, &error);
  if (status == SG_OK)
    status = sg_front_end_of(sg_model_graph(model), sg_model_facts(model), &front_end, &error);
  if (status == SG_OK) {
    SgShape shape = sg_front_end_shape(&front_end, 1, front_end.frame_multiple);
    status = sg_plan_new(sg_model_graph(model), &shape, (SgPlanOptions){ 0 }, team, &plan, &error);
  }
  if (status == SG_OK)
    status = (record = record_new(model, argc > 3 ? argv[3] : NULL, &error)) != NULL
                 ? write_half(model, record, argc > 4 ? strtod(argv[4], NULL) : 0.0,
                              argc > 5 ? (uint32_t)strtoul(argv[5], NULL, 10) : 0, sg_plan_weight_table(plan),
                              argv[2], &error)
                 : SG_BAD_JSON;
  if (status != SG_OK)
    fprintf(stderr, "model-half: %s %s %s\n", sg_status_id(status), error.path, error.detail);
  sg_json_free(record);
  sg_plan_free(plan);
  sg_team_free(team);
  sg_model_free(model);
  return status == SG_OK ? 0 : 1;
}
