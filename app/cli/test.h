/* stemglass-cli test: what its parts share. test.c reads the options and tells the results, test-run.c works
 * through the tracks, test-track.c mixes, separates and scores one. */
#pragma once

#include <glib.h>

#include "core/base/progress.h"
#include "core/nn/model-file.h"
#include "core/train/cache.h"

/* One source of one track, by BSS Eval v3 and SI-SDR; NaN where undefined (an absent source). */
typedef struct {
  double sdr, sir, sar, mixture_sdr;
  double si_sdr, mixture_si_sdr;
} TestScore;

typedef struct {
  const SgCacheTrack *track;
  size_t number; /* of the track in the cache */
  SgStatus status;
  SgError error;
  TestScore scores[SG_MODEL_MAX_SOURCES];
} TestTrack;

typedef struct {
  const char *model_path;
  const SgModelFacts *facts;
  const SgCache *cache;
  gboolean levels; /* every source of a track is brought to … */
  double level_db; /* … this RMS level before they are mixed */
  guint n_jobs;
  GArray *tracks; /* TestTrack, to be filled */
} Test;

/* test-track.c: fills status, error and scores. */
void test_score_track(const Test *test, TestTrack *track, SgProgress progress, gpointer user);

/* test-run.c: all tracks; SG_CANCELLED, SG_NO_MEMORY, or the first track's error. */
SgStatus test_run(Test *test, gboolean quiet, SgError *error);

/* The lengths' weighted mean of a score over the tracks: NSDR, SIR, SAR and the improvement of SI-SDR over
 * the mixture's, of one source. */
typedef struct {
  double gnsdr, gsir, gsar, si_sdr_improvement;
} TestSummary;
TestSummary test_summarise(const Test *test, size_t source);
