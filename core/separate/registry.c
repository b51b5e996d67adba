#include <string.h>

#include "core/separate/hpss.h"
#include "core/separate/method.h"
#include "core/separate/model.h"

static const SgMethodClass *const methods[] = {
  &sg_hpss_class,
  NULL,
};

const SgMethodClass *const *
sg_methods(void)
{
  return methods;
}

const SgMethodClass *
sg_method_find(const char *id)
{
  for (const SgMethodClass *const *method = methods; *method != NULL; method++)
    if (strcmp((*method)->id, id) == 0)
      return *method;
  return strcmp(sg_model_class.id, id) == 0 ? &sg_model_class : NULL;
}
