/* What "dense" and "vector_dense" have in common: their attributes. */
#pragma once

#include "core/nn/op.h"

enum { SG_DENSE_N_ATTRIBUTES = 3 };

extern const SgAttributeRow sg_dense_attributes[SG_DENSE_N_ATTRIBUTES];
