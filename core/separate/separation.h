/* One separation: a method run over a song, chunk by chunk, its masks filling a store.
 *
 * Where the method gives the stems themselves, or multichannel Wiener filtering follows it
 * (core/mask/wiener.h, on blocks of the method's chunks that come nearest to its customary length), the stems
 * fill a second store and the masks are derived from them (core/separate/stem-chunk.h).
 *
 * The masks can be read, rendered and heard while it runs: chunks become ready from the focus (the playhead)
 * forward, then from the song's start. Which order they come in never changes their bytes.
 *
 * Ownership: borrows the song, which must outlive it; free with sg_separation_free after run has returned.
 * Threads: run from one job thread; set_focus and the const functions from any thread while it runs.
 * Audio callback: no.
 */
#pragma once

#include "core/base/progress.h"
#include "core/io/pcm.h"
#include "core/mask/mask-store.h"
#include "core/separate/method.h"
#include "core/separate/stem-store.h"

typedef struct SgSeparation SgSeparation;

typedef struct {
  const SgMethodClass *method;
  const double *knobs;        /* as in SgMethodSetup */
  const char *model_path;     /* of the method "model"; else NULL */
  unsigned wiener_iterations; /* 0: none; at most SG_WIENER_MAX_ITERATIONS */
  const char *scratch_folder; /* NULL: the default */
} SgSeparationSetup;

/* Prepares the method for the song and reserves the scratch of masks and stems. Errors: SG_BAD_ARGUMENT,
 * SG_NO_SPACE (with all that is needed), SG_NO_MEMORY. */
SgStatus sg_separation_new_with(const SgPcm *pcm, const SgSeparationSetup *setup,
                                SgSeparation **out_separation, SgError *error);
/* The same without Wiener filtering. */
SgStatus sg_separation_new(const SgPcm *pcm, const SgMethodClass *method, const double *knobs,
                           const char *scratch_folder, SgSeparation **out_separation, SgError *error);
void sg_separation_free(SgSeparation *separation);

/* Does all chunks that are not ready yet, on n_threads workers (0: one a processor); may be called again
 * after it was cancelled. Stage "separate". */
SgStatus sg_separation_run(SgSeparation *separation, unsigned n_threads, SgProgress progress, void *user,
                           SgError *error);

/* Limits later runs to the chunks that samples start … start+n−1 (inside the song, n ≥ 1) are rendered from;
 * at first that is the whole song. Not while it runs. */
void sg_separation_set_range(SgSeparation *separation, int64_t start, int64_t n);

/* The next chunks to do are those from this sample on. */
void sg_separation_set_focus(SgSeparation *separation, int64_t pos_samples);

/* Called from a worker each time a chunk becomes ready; set before run. */
void sg_separation_set_chunk_ready(SgSeparation *separation,
                                   void (*ready)(int64_t first_frame, int64_t n_frames, void *user),
                                   void *user);

const SgPcm *sg_separation_pcm(const SgSeparation *separation);
const SgMethodPlan *sg_separation_plan(const SgSeparation *separation);
const SgMaskStore *sg_separation_masks(const SgSeparation *separation);
/* NULL where masks × mixture are the stems. A chunk is there when the mask store says that it is ready. */
const SgStemStore *sg_separation_stems(const SgSeparation *separation);
const SgStft *sg_separation_stft(const SgSeparation *separation);
