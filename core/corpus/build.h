/* Building a corpus: hundreds of rendered songs as folders of stems, for training.
 *
 * Writes FOLDER/SEED-NNNNN/{drums,bass,other,vocals}.flac (44.1 kHz stereo, 16 bits; a stem that a song lacks
 * is absent) with a song.json that says what it was made from, and FOLDER/corpus-SEED.json with all sources
 * and their licences. A song depends on the seed and its number alone, so a build that was stopped goes on
 * where it was, and any number of threads makes the same songs. Songs appear complete or not at all.
 *
 * Threads: call from one; it starts workers. Errors: SG_NOT_FOUND (nothing to render with, or
 * nothing of the wanted kinds), SG_NO_SPACE,
 * SG_CANCELLED and those of the renderers.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/progress.h"
#include "core/base/status.h"

/* Where a song's notes come from. */
typedef enum { SG_KIND_BAND, SG_KIND_POP, SG_KIND_PATTERNS, SG_KIND_COMPOSED, SG_N_KINDS } SgSongKind;

/* "bands", "pop", "patterns", "composed". */
const char *sg_song_kind_id(SgSongKind kind);

typedef struct {
  const char *folder;
  uint64_t seed;
  size_t n_songs;
  double song_s;               /* length aimed at */
  bool without[SG_N_KINDS];    /* kinds that are not wanted */
  unsigned n_threads;          /* 0: one a processor */
  const char *songs_folder;    /* scores of pop songs (core/corpus/pop.h), NULL: none */
  const char *drumming_folder; /* human drumming, NULL: none */
  bool voices;                 /* sing */
  bool demos;                  /* besides, the demo projects of LMMS, where it is installed */
} SgCorpusOptions;

typedef struct {
  size_t n_made, n_kept; /* rendered now; there already */
  double made_s;         /* length of what was rendered now */
  double seconds;        /* what that took */
} SgCorpusReport;

/* Stages "materials", "voices", "corpus". */
SgStatus sg_corpus_build(const SgCorpusOptions *options, SgProgress progress, void *user,
                         SgCorpusReport *out_report, SgError *error);
