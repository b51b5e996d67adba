#include "core/corpus/role.h"

const char *
sg_role_id(SgRole role)
{
  static const char *const ids[SG_N_ROLES] = { "drums", "bass", "other", "vocals" };
  return ids[role];
}
