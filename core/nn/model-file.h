/* A model file: a safetensors file whose metadata holds the network and how to use it.
 *
 * Metadata: "stemglass.model" = "1"; "stemglass.graph" = the graph (core/nn/graph-json.h); "stemglass.facts"
 * = what SgModelFacts holds; "stemglass.record" = the record of its training, free in form; all but the first
 * are JSON. The tensors carry the names of the graph's weight table, so their bytes are used where they are
 * mapped.
 *
 * Ownership: free with sg_model_free, after the plans that are bound to it. Threads: immutable but for
 * sg_model_bind, which one thread calls at a time. Errors: SG_BAD_MODEL (detail names the tensor or entry),
 * SG_BAD_GRAPH, and those of core/nn/safetensors.h. */
#pragma once

#include "core/nn/plan.h"
#include "core/nn/safetensors.h"

enum { SG_MODEL_MAX_SOURCES = 16, SG_MODEL_WORD_SIZE = 32 };

/* Bins as a network sees them: the first `n_single` by themselves, then bands of `width` bins, n_bands in
 * all, of which the last has what is left. All 0: every bin by itself. */
typedef struct {
  uint32_t n_single, width, n_bands;
} SgModelBands;

typedef struct {
  uint32_t rate_hz, n_channels;
  uint32_t fft_size, hop; /* 0, 0: the network works on the waveform */
  /* Words that the separation method knows: what goes in ("magnitude", "waveform"), what comes out
   * ("magnitude", "mask", "waveform"), how the input is scaled ("none", "peak"), and what two channels are
   * ("" or "left-right", "mid-side"). */
  char input[SG_MODEL_WORD_SIZE], output[SG_MODEL_WORD_SIZE], normalisation[SG_MODEL_WORD_SIZE],
      channel_form[SG_MODEL_WORD_SIZE];
  SgModelBands bands;
  uint32_t reach_frames; /* a frame of the result sees so many to either side; 0: not stated */
  double classic_share; /* 0 … 1: of each stem the share that the method "classic" has when songs are
                           separated with it (core/separate/model-blend.h); mid-side only */
  size_t n_sources;
  char sources[SG_MODEL_MAX_SOURCES][SG_MODEL_WORD_SIZE];
} SgModelFacts;

typedef struct SgModel SgModel;

SgStatus sg_model_open(const char *path, SgModel **out_model, SgError *error);
/* The same over `n` bytes of memory, which must outlive it. */
SgStatus sg_model_parse(const void *bytes, size_t n, SgModel **out_model, SgError *error);
void sg_model_free(SgModel *model);

const SgGraph *sg_model_graph(const SgModel *model);
const SgModelFacts *sg_model_facts(const SgModel *model);
/* An object, or NULL when the file has none. */
const SgJsonValue *sg_model_record(const SgModel *model);

/* Binds the weights of an inference plan of the model's graph to the file: 32-bit floats in place, others
 * converted once. SG_BAD_MODEL when a tensor is missing or has another shape. */
SgStatus sg_model_bind(SgModel *model, SgPlan *plan, SgError *error);
/* Copies them into flat buffers, to train on from there. */
SgStatus sg_model_read_weights(const SgModel *model, const SgWeightTable *table, float *weights,
                               float *states, SgError *error);

/* `record` may be NULL; weights are written as `dtype` (F32, F16, BF16), states always as F32. */
SgStatus sg_model_write(const char *path, const SgGraph *graph, const SgModelFacts *facts,
                        const SgJson *record, const SgWeightTable *table, const float *weights,
                        const float *states, SgDtype dtype, bool overwrite, SgError *error);
