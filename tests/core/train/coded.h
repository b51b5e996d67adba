/* Datasets whose every sample tells where it is from, for the tests of sampler and loader.
 *
 * Sample i of stem s of song k is ((4k + s)·CODED_SONG + i)·2⁻²², exact in a float; right is the negative of
 * left. */
#pragma once

#include "core/train/cache.h"
#include "tests/support.h"

enum { CODED_RATE = 8000, CODED_SONG = 50000, CODED_MAX_SONGS = 10 };

typedef struct {
  TestFolder *songs, *cached;
  SgDataset *dataset;
  SgCache *cache;
} Coded;

/* Songs "0" … with lengths_samples[k]; stems[k] says which of the stems a b c d there are, e.g. "abd";
 * splits[k] is 't', 'v' or 'e' (test, which is cached too). */
Coded coded_new(guint n_songs, const gint64 *lengths_samples, const char *const *stems, const char *splits,
                gboolean missing_is_silent);
void coded_clear(Coded *coded);

/* From where a sample of the left channel is: FALSE when it is silence. */
gboolean coded_read(float sample, guint *out_song, guint *out_stem, gint64 *out_position);
