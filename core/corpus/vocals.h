/* The vocal stem: phrases, each sung or spoken in a drawn manner by drawn speakers.
 *
 * Ownership: borrows all. Threads: no shared state but what is immutable. Errors: SG_NO_MEMORY, SG_CANCELLED.
 */
#pragma once

#include "core/corpus/arrangement.h"
#include "core/corpus/recordings.h"
#include "core/corpus/singer.h"

/* Who there is: NULL for none of a kind, but not for both. */
typedef struct {
  const SgVoices *voices;         /* synthesised speakers */
  const SgRecordings *recordings; /* recorded ones */
} SgCast;

enum { SG_VOCALS_CREDIT_SIZE = 200 };

/* Adds the notes (by start, one at a time) to the clip. */
SgStatus sg_vocals_render(const SgCast *cast, const SgNotes *notes, double beats_per_minute, SgRandom *random,
                          SgClip *clip, char out_credit[SG_VOCALS_CREDIT_SIZE], SgError *error);
