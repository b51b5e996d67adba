/* What Debian packages give to render with, found where they install it.
 *
 * Fonts, kits, recorded speakers, MMA's styles: whatever is missing is done without.
 *
 * Ownership: free with sg_materials_free (NULL ignored). Threads: immutable once made. Errors: SG_NO_MEMORY,
 * SG_CANCELLED.
 */
#pragma once

#include "core/base/json.h"
#include "core/base/progress.h"
#include "core/corpus/band.h"
#include "core/corpus/composed.h"
#include "core/corpus/song.h"

typedef struct {
  SgInstruments instruments; /* synthesised voices are left to the caller */
  SgGrooves *grooves;        /* NULL without MMA */
  SgScores *scores;          /* NULL when there are none */
  SgKit *kits[SG_MAX_KITS];  /* all of them, owned */
  size_t n_kits;
  SgRecordings *recordings; /* NULL: none here; the instruments' cast has them */
} SgMaterials;

/* Looks for what there is; what is missing is left out. `random` draws the synthesised kits. Stage
 * "materials". */
SgStatus sg_materials_new(SgRandom *random, SgProgress progress, void *user, SgMaterials **out_materials,
                          SgError *error);
void sg_materials_free(SgMaterials *materials);

/* The General MIDI fonts alone, which take no time to find; everything else is zero. */
void sg_materials_find_fonts(SgInstruments *out_instruments);
SgJson *sg_materials_describe_fonts(void);

/* The sources that were found with their licences, as an array for the manifest. */
SgJson *sg_materials_describe(const SgMaterials *materials);
