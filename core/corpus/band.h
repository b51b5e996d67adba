/* Arrangements for a band by MMA (Musical MIDI Accompaniment): a drawn chord chart played in its grooves.
 *
 * MMA is a program of its own, run as a child. Ownership: see arrangement.h. Threads: no shared state after
 * sg_grooves_new; run waits for its child. Errors: SG_NOT_FOUND (no MMA here), SG_READ_FAILED (it failed),
 * SG_NO_MEMORY.
 */
#pragma once

#include "core/base/random.h"
#include "core/corpus/arrangement.h"

typedef struct SgGrooves SgGrooves;

/* The grooves of MMA's library, by style file; NULL folder: where Debian puts it. */
SgStatus sg_grooves_new(const char *folder, SgGrooves **out_grooves, SgError *error);
void sg_grooves_free(SgGrooves *grooves);

/* About duration_s seconds in two grooves of one style, with a melody for the voice. `work_folder` takes
 * MMA's files and is left as it was. */
SgStatus sg_arrange_band(const SgGrooves *grooves, double duration_s, const char *work_folder,
                         SgRandom *random, SgArrangement *out_arrangement, SgError *error);
