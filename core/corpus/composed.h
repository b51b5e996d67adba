/* Songs that people composed: the General MIDI scores of free games, where Debian's packages install them
 * (freedoom: lumps of a WAD file; openttd-openmsx: files).
 *
 * The percussion channel becomes drums, the bass programs bass, every other channel a lane of "other". Now
 * and then the melody is given to the voice.
 *
 * Ownership: free with sg_scores_free (NULL ignored). Threads: immutable once made; any number may arrange.
 * Errors: SG_NOT_FOUND (none of the packages is here), SG_NO_MEMORY, those of reading.
 */
#pragma once

#include "core/base/json.h"
#include "core/base/random.h"
#include "core/corpus/arrangement.h"

typedef struct SgScores SgScores;

/* The scores that have drums and an accompaniment. */
SgStatus sg_scores_new(SgScores **out_scores, SgError *error);
void sg_scores_free(SgScores *scores);
size_t sg_scores_count(const SgScores *scores);

/* Adds every score of a file, MIDI or WAD (id Software 1993: a directory of named lumps; music is in those
 * called "D_…"). What is no score is passed over. For sg_scores_new and tests. */
SgStatus sg_scores_add_file(SgScores **scores, const char *path, SgError *error);

/* About duration_s seconds of a drawn score. */
SgStatus sg_arrange_composed(const SgScores *scores, double duration_s, SgRandom *random,
                             SgArrangement *out_arrangement, SgError *error);

/* Adds the packages that were found, with their licences, to a manifest's sources. */
void sg_scores_describe(SgJson *sources);
