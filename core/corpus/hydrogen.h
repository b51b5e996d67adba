/* The list of samples in a kit of the drum machine Hydrogen (drumkit.xml; read through Expat).
 *
 * Ownership: free with sg_hydrogen_free (NULL ignored). Threads: immutable after reading. Errors:
 * SG_NOT_FOUND, SG_NOT_AUDIO (not a kit, or XML that Expat does not take), SG_NO_MEMORY.
 */
#pragma once

#include <stddef.h>

#include "core/base/status.h"

typedef struct {
  char instrument[128]; /* the instrument's name, "" without one */
  char file[256];       /* the sample's file name inside the kit's folder */
} SgHydrogenLayer;

typedef struct {
  SgHydrogenLayer *layers; /* [n_layers], in the file's order */
  size_t n_layers;
} SgHydrogenKit;

SgStatus sg_hydrogen_read(const char *folder, SgHydrogenKit **out_kit, SgError *error);
void sg_hydrogen_free(SgHydrogenKit *kit);
