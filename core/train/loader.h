/* Loader threads that keep the trainer fed.
 *
 * Batches come in the order of their steps, from `first_step` on, always the same bytes however many threads
 * make them. A bounded number of them is ready or in the making. Threads run at nice 10, so the trainer goes
 * first.
 *
 * Ownership: the sampler is borrowed and must outlive the loader; a batch stays the loader's and is valid
 * until it is given back. Free with sg_loader_free (NULL ignored), which waits for the threads (at most one
 * example each). Threads: next and give_back from one thread; cancel from any. Audio callback: never.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "core/train/sampler.h"

typedef struct {
  int64_t step;
  float *targets;  /* [batch_size][n_targets][n_channels][n_samples] */
  float *mixtures; /* [batch_size][n_channels][n_samples] */
} SgBatch;

typedef struct SgLoader SgLoader;

/* `n_ready` ≥ 1 batches beside the one that the trainer holds; n_threads 0: one. SG_BAD_ARGUMENT,
 * SG_NO_MEMORY. */
SgStatus sg_loader_new(const SgSampler *sampler, int64_t first_step, unsigned n_threads, size_t n_ready,
                       SgLoader **out_loader, SgError *error);
void sg_loader_free(SgLoader *loader);

/* Waits for the next batch. The error of the example that failed, at the step that it belongs to (and for
 * ever after); SG_CANCELLED after cancel. At most one batch may be held at a time. */
SgStatus sg_loader_next(SgLoader *loader, const SgBatch **out_batch, SgError *error);
void sg_loader_give_back(SgLoader *loader, const SgBatch *batch);

/* A waiting next returns within 0.2 s. */
void sg_loader_cancel(SgLoader *loader);

/* How long next has waited in all, and how often it had to. */
double sg_loader_waited_seconds(const SgLoader *loader);
int64_t sg_loader_n_waits(const SgLoader *loader);
