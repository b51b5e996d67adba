#include "core/nn/model-file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/nn/graph-json.h"

#define KEY_MODEL "stemglass.model"
#define KEY_GRAPH "stemglass.graph"
#define KEY_FACTS "stemglass.facts"
#define KEY_RECORD "stemglass.record"

struct SgModel {
  SgSafetensors *tensors;
  SgGraph *graph;
  SgModelFacts facts;
  SgJson *record;
  float **converted; /* [number of tensors], NULL where nothing was converted */
};

static SgStatus
fail(SgError *error, const char *what, const char *why)
{
  char detail[SG_ERROR_DETAIL_SIZE];
  snprintf(detail, sizeof detail, "%.90s: %.99s", what, why);
  return sg_error_set(error, SG_BAD_MODEL, NULL, detail);
}

static bool
read_word(const SgJsonValue *value, char out[SG_MODEL_WORD_SIZE])
{
  const char *text = sg_json_text(value);
  if (text == NULL || text[0] == '\0' || strlen(text) >= SG_MODEL_WORD_SIZE)
    return false;
  snprintf(out, SG_MODEL_WORD_SIZE, "%s", text);
  return true;
}

static bool
read_count(const SgJsonValue *value, int64_t minimum, int64_t maximum, uint32_t *out)
{
  int64_t integer;
  if (!sg_json_read_integer(value, minimum, maximum, &integer))
    return false;
  *out = (uint32_t)integer;
  return true;
}

static SgStatus
read_facts(const SgJsonValue *value, SgModelFacts *facts, SgError *error)
{
  const SgJsonValue *sources = sg_json_get(value, "sources");
  if (!read_count(sg_json_get(value, "rate_hz"), 1, 768000, &facts->rate_hz))
    return fail(error, KEY_FACTS, "\"rate_hz\" is no rate");
  if (!read_count(sg_json_get(value, "channels"), 1, 8, &facts->n_channels))
    return fail(error, KEY_FACTS, "\"channels\" is not 1 to 8");
  if (!read_count(sg_json_get(value, "fft_size"), 0, 1 << 20, &facts->fft_size) ||
      !read_count(sg_json_get(value, "hop"), facts->fft_size > 0, facts->fft_size, &facts->hop))
    return fail(error, KEY_FACTS, "\"fft_size\" and \"hop\" do not fit");
  if (!read_word(sg_json_get(value, "input"), facts->input) ||
      !read_word(sg_json_get(value, "output"), facts->output) ||
      !read_word(sg_json_get(value, "normalisation"), facts->normalisation))
    return fail(error, KEY_FACTS, "\"input\", \"output\" or \"normalisation\" is no word");
  const SgJsonValue *form = sg_json_get(value, "channel_form"), *bands = sg_json_get(value, "bands");
  if (form != NULL && !read_word(form, facts->channel_form))
    return fail(error, KEY_FACTS, "\"channel_form\" is no word");
  if (bands != NULL && (!read_count(sg_json_get(bands, "single"), 0, 1 << 20, &facts->bands.n_single) ||
                        !read_count(sg_json_get(bands, "width"), 1, 1 << 20, &facts->bands.width) ||
                        !read_count(sg_json_get(bands, "count"), 1, 1 << 20, &facts->bands.n_bands)))
    return fail(error, KEY_FACTS, "\"bands\" has no \"single\", \"width\" and \"count\"");
  const SgJsonValue *reach = sg_json_get(value, "reach_frames");
  if (reach != NULL && !read_count(reach, 0, 1 << 20, &facts->reach_frames))
    return fail(error, KEY_FACTS, "\"reach_frames\" is no number of frames");
  const SgJsonValue *share = sg_json_get(value, "classic_share");
  if (share != NULL && (!sg_json_read_number(share, &facts->classic_share) ||
                        !(facts->classic_share >= 0.0) || !(facts->classic_share <= 1.0)))
    return fail(error, KEY_FACTS, "\"classic_share\" is not 0 to 1");
  facts->n_sources = sg_json_size(sources);
  if (sg_json_kind(sources) != SG_JSON_ARRAY || facts->n_sources == 0 ||
      facts->n_sources > SG_MODEL_MAX_SOURCES)
    return fail(error, KEY_FACTS, "\"sources\" is no list of 1 to 16");
  for (size_t i = 0; i < facts->n_sources; i++)
    if (!read_word(sg_json_at(sources, i), facts->sources[i]))
      return fail(error, KEY_FACTS, "a source's name is no word");
  return SG_OK;
}

/* An entry of the metadata parsed; *out NULL when there is none and none is needed. */
static SgStatus
parse_entry(const SgModel *model, const char *key, bool is_needed, SgJson **out, SgError *error)
{
  const char *text = sg_safetensors_metadata(model->tensors, key);
  *out = NULL;
  if (text == NULL)
    return is_needed ? fail(error, key, "is missing") : SG_OK;
  SgError own;
  SgStatus status = sg_json_parse(text, strlen(text), out, &own);
  if (status == SG_OK && sg_json_kind(sg_json_root(*out)) != SG_JSON_OBJECT) {
    sg_json_free(*out);
    *out = NULL;
    return fail(error, key, "is no object");
  }
  return status == SG_BAD_JSON ? fail(error, key, own.detail)
         : status != SG_OK     ? sg_error_set(error, status, NULL, NULL)
                               : SG_OK;
}

static SgStatus
read_model(SgModel *model, SgError *error)
{
  const char *version = sg_safetensors_metadata(model->tensors, KEY_MODEL);
  if (version == NULL)
    return fail(error, KEY_MODEL, "is missing: these are tensors without a network");
  if (strcmp(version, "1") != 0)
    return fail(error, KEY_MODEL, "is of a version that is not known here");
  SgJson *json;
  SgStatus status = parse_entry(model, KEY_FACTS, true, &json, error);
  if (status == SG_OK)
    status = read_facts(sg_json_root(json), &model->facts, error);
  sg_json_free(json);
  if (status != SG_OK)
    return status;
  status = parse_entry(model, KEY_GRAPH, true, &json, error);
  if (status == SG_OK)
    status = sg_graph_from_json(sg_json_root(json), &model->graph, error);
  sg_json_free(json);
  if (status == SG_OK)
    status = parse_entry(model, KEY_RECORD, false, &model->record, error);
  model->converted = SG_NEW(float *, sg_safetensors_n_tensors(model->tensors));
  return status == SG_OK && model->converted == NULL ? sg_error_set(error, SG_NO_MEMORY, NULL, NULL) : status;
}

/* Takes the tensors. */
static SgStatus
model_of(SgSafetensors *tensors, const char *path, SgModel **out_model, SgError *error)
{
  SgModel *model = SG_NEW(SgModel, 1);
  if (model == NULL) {
    sg_safetensors_free(tensors);
    return sg_error_set(error, SG_NO_MEMORY, path, NULL);
  }
  model->tensors = tensors;
  SgStatus status = read_model(model, error);
  if (status == SG_OK) {
    *out_model = model;
    return SG_OK;
  }
  sg_model_free(model);
  if (error != NULL && path != NULL)
    snprintf(error->path, sizeof error->path, "%s", path);
  return status;
}

SgStatus
sg_model_open(const char *path, SgModel **out_model, SgError *error)
{
  SgSafetensors *tensors;
  *out_model = NULL;
  SgStatus status = sg_safetensors_open(path, &tensors, error);
  return status == SG_OK ? model_of(tensors, path, out_model, error) : status;
}

SgStatus
sg_model_parse(const void *bytes, size_t n, SgModel **out_model, SgError *error)
{
  SgSafetensors *tensors;
  *out_model = NULL;
  SgStatus status = sg_safetensors_parse(bytes, n, &tensors, error);
  return status == SG_OK ? model_of(tensors, NULL, out_model, error) : status;
}

void
sg_model_free(SgModel *model)
{
  if (model == NULL)
    return;
  for (size_t i = 0; model->converted != NULL && i < sg_safetensors_n_tensors(model->tensors); i++)
    sg_free(model->converted[i]);
  sg_free(model->converted);
  sg_safetensors_free(model->tensors);
  sg_graph_free(model->graph);
  sg_json_free(model->record);
  sg_free(model);
}

const SgGraph *
sg_model_graph(const SgModel *model)
{
  return model->graph;
}

const SgModelFacts *
sg_model_facts(const SgModel *model)
{
  return &model->facts;
}

const SgJsonValue *
sg_model_record(const SgModel *model)
{
  return sg_json_root(model->record);
}

/* The tensor of a row, with its number; SG_BAD_MODEL when it is missing, has another shape or cannot be read.
 */
static SgStatus
tensor_of_row(const SgModel *model, const SgWeight *row, size_t *out_index, SgError *error)
{
  const SgTensorView *tensor = sg_safetensors_find(model->tensors, row->name);
  if (tensor == NULL)
    return fail(error, row->name, "is missing");
  *out_index = (size_t)(tensor - sg_safetensors_tensor(model->tensors, 0));
  SgStatus status = SG_OK;
  if (tensor->dtype == SG_DTYPE_OTHER)
    status = fail(error, row->name, "does not hold floats");
  else if (!sg_shape_equal(&tensor->shape, &row->shape)) {
    char why[100], expected[SG_SHAPE_TEXT_SIZE], got[SG_SHAPE_TEXT_SIZE];
    snprintf(why, sizeof why, "is %.30s where the network needs %.30s", sg_shape_text(&tensor->shape, got),
             sg_shape_text(&row->shape, expected));
    status = fail(error, row->name, why);
  }
  if (status != SG_OK && error != NULL)
    error->position = (int64_t)tensor->offset;
  return status;
}

SgStatus
sg_model_bind(SgModel *model, SgPlan *plan, SgError *error)
{
  const SgWeightTable *table = sg_plan_weight_table(plan);
  for (size_t i = 0; i < table->n_rows; i++) {
    size_t index;
    SgStatus status = tensor_of_row(model, &table->rows[i], &index, error);
    if (status != SG_OK)
      return status;
    const SgTensorView *tensor = sg_safetensors_tensor(model->tensors, index);
    if (tensor->dtype == SG_DTYPE_F32) {
      sg_plan_set_weight(plan, i, tensor->data);
      continue;
    }
    if (model->converted[index] == NULL) {
      model->converted[index] = SG_NEW(float, tensor->count);
      if (model->converted[index] == NULL)
        return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
      sg_tensor_read_floats(tensor, model->converted[index]);
    }
    sg_plan_set_weight(plan, i, model->converted[index]);
  }
  return SG_OK;
}

SgStatus
sg_model_read_weights(const SgModel *model, const SgWeightTable *table, float *weights, float *states,
                      SgError *error)
{
  for (size_t i = 0; i < table->n_rows; i++) {
    const SgWeight *row = &table->rows[i];
    size_t index;
    SgStatus status = tensor_of_row(model, row, &index, error);
    if (status != SG_OK)
      return status;
    sg_tensor_read_floats(sg_safetensors_tensor(model->tensors, index),
                          (row->is_state ? states : weights) + row->offset);
  }
  return SG_OK;
}

static SgJson *
facts_json(const SgModelFacts *facts)
{
  SgJson *object = sg_json_object_new(), *sources = sg_json_array_new();
  sg_json_set_integer(object, "rate_hz", facts->rate_hz);
  sg_json_set_integer(object, "channels", facts->n_channels);
  sg_json_set_integer(object, "fft_size", facts->fft_size);
  sg_json_set_integer(object, "hop", facts->hop);
  sg_json_set_text(object, "input", facts->input);
  sg_json_set_text(object, "output", facts->output);
  sg_json_set_text(object, "normalisation", facts->normalisation);
  if (facts->channel_form[0] != '\0')
    sg_json_set_text(object, "channel_form", facts->channel_form);
  if (facts->bands.n_bands > 0) {
    SgJson *bands = sg_json_object_new();
    sg_json_set_integer(bands, "single", facts->bands.n_single);
    sg_json_set_integer(bands, "width", facts->bands.width);
    sg_json_set_integer(bands, "count", facts->bands.n_bands);
    sg_json_set(object, "bands", bands);
  }
  if (facts->reach_frames > 0)
    sg_json_set_integer(object, "reach_frames", facts->reach_frames);
  if (facts->classic_share > 0.0)
    sg_json_set_number(object, "classic_share", facts->classic_share);
  for (size_t i = 0; i < facts->n_sources; i++)
    sg_json_append_text(sources, facts->sources[i]);
  sg_json_set(object, "sources", sources);
  return object;
}

/* Puts a document into the metadata as text; NULL text, for lack of memory, spoils the metadata. */
static void
put_text(SgJson *metadata, const char *key, const SgJson *document)
{
  char *text = sg_json_dup_text(document, false);
  if (text != NULL)
    sg_json_set_text(metadata, key, text);
  else
    sg_json_set(metadata, key, NULL);
  free(text);
}

static SgJson *
metadata_new(const SgGraph *graph, const SgModelFacts *facts, const SgJson *record)
{
  SgJson *metadata = sg_json_object_new(), *of_graph = sg_graph_to_json(graph), *of_facts = facts_json(facts);
  sg_json_set_text(metadata, KEY_MODEL, "1");
  put_text(metadata, KEY_GRAPH, of_graph);
  put_text(metadata, KEY_FACTS, of_facts);
  if (record != NULL)
    put_text(metadata, KEY_RECORD, record);
  sg_json_free(of_graph);
  sg_json_free(of_facts);
  return metadata;
}

SgStatus
sg_model_write(const char *path, const SgGraph *graph, const SgModelFacts *facts, const SgJson *record,
               const SgWeightTable *table, const float *weights, const float *states, SgDtype dtype,
               bool overwrite, SgError *error)
{
  SgTensorToWrite *tensors = SG_NEW(SgTensorToWrite, table->n_rows);
  SgJson *metadata = metadata_new(graph, facts, record);
  SgStatus status = SG_OK;
  if (tensors == NULL || metadata == NULL) {
    status = sg_error_set(error, SG_NO_MEMORY, path, NULL);
    goto done;
  }
  for (size_t i = 0; i < table->n_rows; i++) {
    const SgWeight *row = &table->rows[i];
    tensors[i] = (SgTensorToWrite){ .name = row->name,
                                    .dtype = row->is_state ? SG_DTYPE_F32 : dtype,
                                    .shape = row->shape,
                                    .values = (row->is_state ? states : weights) + row->offset };
  }
  status = sg_safetensors_write(path, tensors, table->n_rows, metadata, overwrite, error);

done:
  sg_json_free(metadata);
  sg_free(tensors);
  return status;
}
