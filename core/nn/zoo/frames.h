/* What the networks on frames of a magnitude spectrogram share: their input, its standardisation, frames of
 * context, the joint mask layer, and checked settings. Private to core/nn/zoo/.
 *
 * Input "mixture" [batch, frames, channels, bins]; inside the networks [batch, frames, channels·bins]; result
 * "estimate" [batch, sources, frames, channels, bins]. As all builders, every function returns a node or −1.
 */
#pragma once

#include "core/nn/zoo/zoo.h"

/* Zeros replaced by the published sizes (`hidden` differs); SG_BAD_GRAPH when a value is out of range. */
SgStatus sg_zoo_frame_settings(SgFrameNetSettings *settings, int64_t hidden, SgError *error);

int sg_zoo_mixture(SgGraph *graph, const SgFrameNetSettings *settings);

/* [batch, frames, channels·bins]; `standardised`: (x + input_mean)·input_scale bin by bin, two weights that
 * the trainer sets to −mean and 1/deviation of its first batches. */
int sg_zoo_flat_frames(SgGraph *graph, int mixture, const SgFrameNetSettings *settings, bool standardised);

/* The frame `offset` frames later (earlier where negative) in every frame's place; zeros past the ends. */
int sg_zoo_shifted(SgGraph *graph, int x, int64_t offset);

/* `n` frames around each, oldest first, joined on the last axis. */
int sg_zoo_context(SgGraph *graph, int x, int64_t n);

/* z [batch, frames, sources·channels·bins] → ŷ_k = |z_k|/Σ|z_i| ⊙ mixture. */
int sg_zoo_joint_mask(SgGraph *graph, int z, int mixture, const SgFrameNetSettings *settings);

/* A name with a number: "hidden2". */
const char *sg_zoo_name(char out[SG_NODE_NAME_SIZE], const char *kind, int64_t number);

/* Declares the result; the graph when all went well, else frees it. */
SgStatus sg_zoo_finish(SgGraph *graph, int result, SgGraph **out_graph, SgError *error);
