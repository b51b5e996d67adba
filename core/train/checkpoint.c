#include "core/train/checkpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/json.h"
#include "core/base/memory.h"
#include "core/nn/safetensors.h"

#define KEY_VERSION "stemglass.checkpoint"
#define KEY_SCALARS "scalars"
#define KEY_SETTINGS "settings"

struct SgCheckpoint {
  SgSafetensors *file;
  SgTrainState *state;
};

static SgJson *
describe(const SgTrainState *state, const char *settings)
{
  SgJson *metadata = sg_json_object_new(), *scalars = sg_json_object_new();
  for (size_t i = 0; i < sg_train_state_n_scalars(state); i++) {
    const SgTrainScalar *scalar = sg_train_state_scalar(state, i);
    char text[40];
    snprintf(text, sizeof text, "%a", scalar->value);
    sg_json_set_text(scalars, scalar->name, text);
  }
  char *text = sg_json_dup_text(scalars, false);
  sg_json_free(scalars);
  sg_json_set_text(metadata, KEY_VERSION, "1");
  sg_json_set_text(metadata, KEY_SCALARS, text != NULL ? text : "");
  sg_json_set_text(metadata, KEY_SETTINGS, settings);
  if (text == NULL) {
    sg_json_free(metadata);
    return NULL;
  }
  free(text);
  return metadata;
}

SgStatus
sg_checkpoint_write(const char *path, const SgTrainState *state, const char *settings, SgError *error)
{
  size_t n = sg_train_state_n_arrays(state);
  SgTensorToWrite *tensors = SG_NEW(SgTensorToWrite, n);
  SgJson *metadata = describe(state, settings);
  SgStatus status = SG_NO_MEMORY;
  if (tensors == NULL || metadata == NULL || !sg_train_state_is_complete(state)) {
    sg_error_set(error, SG_NO_MEMORY, path, NULL);
    goto out;
  }
  size_t n_written = 0;
  for (size_t i = 0; i < n; i++) {
    const SgTrainArray *array = sg_train_state_array(state, i);
    if (array->n > 0)
      tensors[n_written++] =
          (SgTensorToWrite){ array->name, SG_DTYPE_F32, SG_SHAPE((int64_t)array->n), array->values };
  }
  status = sg_safetensors_write(path, tensors, n_written, metadata, true, error);
out:
  sg_json_free(metadata);
  sg_free(tensors);
  return status;
}

/* The numbers out of the metadata. */
static SgStatus
read_scalars(const SgSafetensors *file, const char *path, SgTrainState *state, SgError *error)
{
  const char *text = sg_safetensors_metadata(file, KEY_SCALARS);
  SgJson *json = NULL;
  if (text == NULL || sg_json_parse(text, strlen(text), &json, NULL) != SG_OK)
    return sg_error_set(error, SG_BAD_MODEL, path, "its numbers cannot be read");
  const SgJsonValue *root = sg_json_root(json);
  SgStatus status = SG_OK;
  for (const char *name = sg_json_next_name(root, NULL); name != NULL && status == SG_OK;
       name = sg_json_next_name(root, name)) {
    const char *value = sg_json_text(sg_json_get(root, name));
    char *end = NULL;
    double number = value != NULL ? strtod(value, &end) : 0.0;
    if (value == NULL || end == value || *end != '\0')
      status = sg_error_set(error, SG_BAD_MODEL, path, name);
    else
      sg_train_state_add_scalar(state, name, number);
  }
  sg_json_free(json);
  return status;
}

SgStatus
sg_checkpoint_open(const char *path, SgCheckpoint **out_checkpoint, SgError *error)
{
  *out_checkpoint = NULL;
  SgCheckpoint *checkpoint = SG_NEW(SgCheckpoint, 1);
  SgStatus status = SG_NO_MEMORY;
  if (checkpoint == NULL || (checkpoint->state = sg_train_state_new()) == NULL) {
    sg_error_set(error, SG_NO_MEMORY, path, NULL);
    goto out;
  }
  status = sg_safetensors_open(path, &checkpoint->file, error);
  if (status != SG_OK)
    goto out;
  if (sg_safetensors_metadata(checkpoint->file, KEY_VERSION) == NULL ||
      sg_safetensors_metadata(checkpoint->file, KEY_SETTINGS) == NULL) {
    status = sg_error_set(error, SG_BAD_MODEL, path, "not a checkpoint");
    goto out;
  }
  for (size_t i = 0; i < sg_safetensors_n_tensors(checkpoint->file); i++) {
    const SgTensorView *tensor = sg_safetensors_tensor(checkpoint->file, i);
    if (tensor->dtype == SG_DTYPE_F32)
      sg_train_state_add_array(checkpoint->state, tensor->name, tensor->data, tensor->count);
  }
  status = read_scalars(checkpoint->file, path, checkpoint->state, error);
  if (status == SG_OK && !sg_train_state_is_complete(checkpoint->state))
    status = sg_error_set(error, SG_NO_MEMORY, path, NULL);
out:
  if (status != SG_OK) {
    sg_checkpoint_free(checkpoint);
    return status;
  }
  *out_checkpoint = checkpoint;
  return SG_OK;
}

void
sg_checkpoint_free(SgCheckpoint *checkpoint)
{
  if (checkpoint == NULL)
    return;
  sg_train_state_free(checkpoint->state);
  sg_safetensors_free(checkpoint->file);
  sg_free(checkpoint);
}

const SgTrainState *
sg_checkpoint_state(const SgCheckpoint *checkpoint)
{
  return checkpoint->state;
}

const char *
sg_checkpoint_settings(const SgCheckpoint *checkpoint)
{
  return sg_safetensors_metadata(checkpoint->file, KEY_SETTINGS);
}
