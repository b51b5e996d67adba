/* A trained network and the hand-made cues of "classic", averaged: what two estimates err in apart cancels
 * [Uhlich et al., "Improving Music Source Separation Based on Deep Neural Networks Through Data Augmentation
 * and Network Blending", ICASSP 2017].
 *
 * ŷ_j = (1 − k)·y_j + k·M_j ⊙ X: y_j the network's stem, M_j classic's mask of the mixture's mid (the mean of
 * its channels), X the mixture, k the share that the model file states.
 *
 * Ownership: free with the free functions (NULL ignored). Threads: a blend is immutable; each worker has its
 * own work. Errors: SG_NO_MEMORY, SG_CANCELLED.
 */
#pragma once

#include "core/separate/method.h"

/* Frames of the song that it sees on either side of a chunk; chunks are multiples of the second. */
enum { SG_MODEL_BLEND_CONTEXT = 256, SG_MODEL_BLEND_CHUNK = 128 };

typedef struct SgModelBlend SgModelBlend;
typedef struct SgModelBlendWork SgModelBlendWork;

/* `sources` are the network's. SG_BAD_MODEL with the name of one that classic does not have. */
SgStatus sg_model_blend_new(const SgMethodSetup *setup, double share, const char *const *sources,
                            size_t n_sources, SgModelBlend **out_blend, SgError *error);
void sg_model_blend_free(SgModelBlend *blend);

/* For views of up to `max_frames` frames. NULL when memory is out. */
SgModelBlendWork *sg_model_blend_work_new(const SgModelBlend *blend, size_t max_frames);
void sg_model_blend_work_free(SgModelBlendWork *work);

/* Mixes classic's share into the chunk's stems[chunk_n][source][channel][bin]. */
SgStatus sg_model_blend_run(const SgModelBlend *blend, SgModelBlendWork *work, const SgMethodInput *input,
                            SgComplex *stems, SgError *error);
