/* Arrangements from piano scores of pop songs (tracks MELODY, BRIDGE, PIANO, as POP909 has them) and human
 * drumming (one percussion track a file, as the Groove MIDI Dataset has it): the melody is sung, the piano's
 * lowest notes become the bass, the drumming is brought to the song's tempo.
 *
 * Errors: SG_BAD_FORMAT (a file without such tracks), those of core/corpus/midi-file.h. Threads: no shared
 * state.
 */
#pragma once

#include "core/base/random.h"
#include "core/corpus/arrangement.h"

/* Files of one kind in a folder, sorted by name. Free with sg_file_list_free. */
typedef struct {
  char **paths; /* [n] */
  size_t n;
} SgFileList;

/* The MIDI files directly in `folder` whose names contain `word` ("" for all). An empty list is SG_NOT_FOUND.
 */
SgStatus sg_file_list_read(const char *folder, const char *word, SgFileList **out_list, SgError *error);
void sg_file_list_free(SgFileList *list);

/* duration_s seconds of the song, from a drawn place; drums from the drummed files. */
SgStatus sg_arrange_pop(const char *song_path, const SgFileList *drumming, double duration_s,
                        SgRandom *random, SgArrangement *out_arrangement, SgError *error);
