#include <string.h>

#include "core/separate/center.h"
#include "core/separate/classic.h"
#include "core/separate/hpss.h"
#include "core/separate/manual.h"
#include "core/separate/method.h"
#include "core/separate/model.h"
#include "core/separate/nmf.h"
#include "core/separate/repet-sim.h"

static const SgMethodClass *const methods[] = {
  &sg_classic_class, &sg_hpss_class, &sg_repet_sim_class, &sg_center_class, &sg_nmf_class,
  &sg_manual_class,  NULL,
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
