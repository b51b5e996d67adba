/* A spectrogram network run over a chunk of the song and the context around it, a patch of frames on the
 * network's own grid, and its masks read where the engine's frames and bins lie.
 *
 * The masks are kept as the network gives them, in its bins or bands and its layout (core/nn/front-end.h): a
 * fifth of what they take in the engine's bins. Of a network that gives magnitudes the mask is
 * |estimate|/|mixture|, at most 1. Several passes look at frames that lie a fraction of a hop apart, and their
 * masks are averaged. Above the frequencies that a network of magnitudes knows its masks are zero.
 *
 * Ownership: free with sg_model_patch_free (NULL ignored); shape and plan are borrowed. Threads: one patch and
 * one plan for each worker. Audio callback: never.
 */
#pragma once

#include "core/nn/front-end.h"
#include "core/nn/plan.h"
#include "core/separate/method.h"

/* What the patches of one method have in common. */
typedef struct {
  SgFrontEnd front_end;
  size_t n_estimates;      /* sources of the network */
  uint32_t n_channels;     /* of the song */
  SgStftSize engine, size; /* the engine's STFT, and the network's at the song's rate */
  SgStft *stft;            /* of the latter size */
  uint32_t context_frames; /* of the engine, on either side of a chunk */
  size_t n_frames;         /* of the network: a multiple of what it takes */
  size_t n_passes;
} SgModelPatchShape;

typedef struct SgModelPatch SgModelPatch;

/* How many frames of the network cover a chunk of so many of the engine. */
size_t sg_model_patch_frames(const SgModelPatchShape *shape, uint32_t chunk_frames);

/* NULL when memory is out. */
SgModelPatch *sg_model_patch_new(const SgModelPatchShape *shape);
void sg_model_patch_free(SgModelPatch *patch);

/* Runs the network on the song's channels first_channel … that it sees together (the first of them in the
 * place of one that the song lacks). `plan` is one of shape sg_front_end_shape(…, 1, n_frames). SG_OK or
 * SG_CANCELLED. */
SgStatus sg_model_patch_run(SgModelPatch *patch, SgPlan *plan, const SgMethodInput *input,
                            uint32_t first_channel);

/* The mask of network source `source` for channel `channel` of those of the last run, at frame t of the
 * chunk: out_row[engine bins]. */
void sg_model_patch_mask(SgModelPatch *patch, const SgMethodInput *input, size_t source, size_t channel,
                         int64_t t, float *out_row);

/* Of one cell of the chunk run last: the magnitude that the network saw, and each source's share,
 * its mask or, where the network sees mid and side, |stem|/|mixture|, in out_shares[n_estimates]. False where the chunk has no such cell. */
bool sg_model_patch_look(const SgModelPatch *patch, int64_t frame, uint32_t channel, uint32_t bin,
                         double *out_magnitude, double *out_shares);
