/* Files of tensors, and model files among them, read in place. */
#include <string.h>

#include "core/base/memory.h"
#include "core/nn/model-file.h"
#include "tests/fuzz/fuzz.h"

enum { MAX_FLOATS = 4096 };

static void
check_tensors(const SgSafetensors *file, const uint8_t *bytes, size_t n)
{
  static float floats[MAX_FLOATS];
  (void)bytes;
  for (size_t i = 0; i < sg_safetensors_n_tensors(file); i++) {
    const SgTensorView *tensor = sg_safetensors_tensor(file, i);
    fuzz_check(tensor->n_bytes <= n && tensor->offset <= n - tensor->n_bytes,
               "a tensor lies inside the file");
    fuzz_check(sg_safetensors_find(file, tensor->name) == tensor, "a tensor is found by its name");
    if (tensor->count <= MAX_FLOATS && sg_tensor_read_floats(tensor, floats) && tensor->count > 0)
      memcpy(floats, floats + tensor->count - 1, sizeof *floats);
  }
}

void
fuzz_target(const uint8_t *bytes, size_t n)
{
  SgSafetensors *file;
  SgModel *model;
  SgError error;
  SgStatus status = sg_safetensors_parse(bytes, n, &file, &error);
  if (status == SG_OK)
    check_tensors(file, bytes, n);
  else
    fuzz_check(file == NULL && error.status == status, "a failure gives no file but a reason");
  sg_safetensors_free(file);
  if (sg_model_parse(bytes, n, &model, &error) != SG_OK)
    return;
  const SgModelFacts *facts = sg_model_facts(model);
  fuzz_check(facts->n_sources <= SG_MODEL_MAX_SOURCES, "sources are within bounds");
  fuzz_check(sg_graph_check(sg_model_graph(model), NULL) == SG_OK, "the graph is sound");
  sg_model_free(model);
}
