/* A training run on disk, so that it goes on exactly where it was: a safetensors file with the arrays of an
 * SgTrainState, its numbers (as hexadecimal floats, exact) and the text of the run's settings in the
 * metadata.
 *
 * The file is replaced atomically: kill −9 at any moment leaves the last complete one. Ownership: a
 * checkpoint owns what its state borrows; free with sg_checkpoint_free (NULL ignored). Threads: one. Errors:
 * SG_BAD_MODEL (no checkpoint, or a damaged one), those of core/nn/safetensors.h and core/io/atomic-file.h.
 */
#pragma once

#include "core/train/state.h"

typedef struct SgCheckpoint SgCheckpoint;

SgStatus sg_checkpoint_write(const char *path, const SgTrainState *state, const char *settings,
                             SgError *error);
SgStatus sg_checkpoint_open(const char *path, SgCheckpoint **out_checkpoint, SgError *error);
void sg_checkpoint_free(SgCheckpoint *checkpoint);

const SgTrainState *sg_checkpoint_state(const SgCheckpoint *checkpoint);
/* Borrowed; never NULL. */
const char *sg_checkpoint_settings(const SgCheckpoint *checkpoint);
