/* Recorded speakers: folders of short sound files, each by one person saying letters, syllables and words.
 *
 * Ownership: free with sg_recordings_free (NULL ignored). Threads: immutable once made. Errors: SG_NO_MEMORY;
 * sg_recordings_open also SG_NOT_FOUND when the speaker has no file that can be used.
 */
#pragma once

#include "core/base/random.h"
#include "core/corpus/take.h"

typedef struct SgRecordings SgRecordings;

/* Takes every folder in `folders` (ends with NULL; missing ones are left out) whose sub-folders hold sound
 * files as a shelf of speakers: one a sub-folder, with the files in it and one level below. *out_recordings
 * stays NULL when there is none. */
SgStatus sg_recordings_new(const char *const *folders, SgRecordings **out_recordings, SgError *error);
void sg_recordings_free(SgRecordings *recordings);

size_t sg_recordings_n_speakers(const SgRecordings *recordings);
/* For the manifest: the sub-folder with the name of its shelf, "klettres de". */
const char *sg_recordings_speaker(const SgRecordings *recordings, size_t speaker);

enum { SG_SPEAKER_MAX_TAKES = 40 };

/* Some of what a speaker said, drawn. Free with sg_speaker_clear. */
typedef struct {
  SgTake *takes[SG_SPEAKER_MAX_TAKES];
  size_t n;
  double middle_hz; /* the median of the takes' pitches; 0: nothing voiced */
  double treble_db; /* power above 5.5 kHz against all, over all takes */
} SgSpeaker;

/* At most max_takes of them, ≤ SG_SPEAKER_MAX_TAKES. */
SgStatus sg_recordings_open(const SgRecordings *recordings, size_t speaker, size_t max_takes,
                            SgRandom *random, SgSpeaker *out_speaker, SgError *error);
void sg_speaker_clear(SgSpeaker *speaker);
