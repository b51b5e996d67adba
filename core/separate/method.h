/* The interface that every separation method implements, trained or not.
 *
 * A method turns the mixture's STFT into one mask per source, or gives the stems themselves. The song is cut
 * into chunks of `chunk_frames` frames on a grid that starts at frame 0; for a chunk the method sees its
 * frames and up to `context_before` and `context_after` frames around it (fewer only where the song ends),
 * and nothing else. A chunk's masks therefore depend on neither the order of work nor the number of threads.
 * A method that wants to see the whole track declares long chunks and long contexts: long overlapping windows
 * on the same grid.
 *
 * Stems that a method gives are kept as waveforms and played as they are, but for what they miss of the
 * mixture: that is shared out, cell by cell, in proportion to their magnitudes (core/separate/stem-chunk.h),
 * so that they null. Where neighbouring chunks meet, the frames' overlap cross-fades them, three hops long; a
 * network whose segments are to overlap further asks for context and blends them itself. Each source's share
 * |y_j| / Σ_k |y_k| becomes its mask, for views and for strengths other than 1.
 *
 * Ownership: a method object is immutable after create and shared by all workers; each worker has its own
 * work object. Free them through the class. Threads: process on different work objects at once. Audio
 * callback: no. Sentences about methods, sources and knobs for people are in core/session/method-text.c.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/status.h"
#include "core/dsp/stft.h"

/* A setting of a method, described well enough to build a control from it; its meaning is stated where the
 * method defines it, its name and sentence for people are in core/session/method-text.c. */
typedef struct {
  const char *id;
  double minimum, maximum, standard;
  double step;                /* values are minimum + i·step; 0: any value in the range */
  const char *unit;           /* "Hz", "s", "frames", …; NULL: a plain number */
  const char *const *choices; /* identifiers of the values minimum, minimum + 1, …; NULL: a number */
} SgMethodKnob;

/* What a method is made for. */
typedef struct {
  uint32_t rate_hz;
  uint32_t n_channels;
  int64_t n_frames;
  SgStftSize stft;
  const double *knobs; /* [n_knobs] in the class's order, or NULL for the standard values */
  const char *model_path; /* of the method "model"; else NULL */
} SgMethodSetup;

/* What a method's chunk consists of; see the process functions of SgMethodClass. */
typedef enum {
  SG_METHOD_MASKS,   /* one real mask a source */
  SG_METHOD_SPECTRA, /* the stems' spectra, with phases of their own */
  SG_METHOD_SAMPLES, /* the stems' waveforms */
} SgMethodOutput;

/* What the method, once made, asks for. `sources` are stable identifiers ("drums"), borrowed from the method.
 */
typedef struct {
  size_t n_sources;
  const char *const *sources;
  uint32_t chunk_frames;
  uint32_t context_before, context_after;
  SgMethodOutput output;
} SgMethodPlan;

/* A chunk's view of the mixture: spectra[n_channels][n_frames][n_bins] of song frames `first_frame` …; the
 * chunk itself is frames chunk_first … chunk_first+chunk_n−1 of the song.
 * samples[n_channels][(n_frames−1)·hop
 * + window] are what the spectra were made of, zero outside the song, for methods that look at it with
 * another window; what such a method reads of them is part of the same context. */
typedef struct {
  const SgComplex *spectra;
  const float *const *samples;
  int64_t first_frame;
  int64_t n_frames;
  int64_t chunk_first;
  int64_t chunk_n;
  const atomic_bool *cancelled; /* long work looks here now and then and returns SG_CANCELLED */
} SgMethodInput;

/* A named value of inspect(), for example {"horizontal median", 0.31}; `id` is a stable identifier. */
typedef struct {
  const char *id;
  double value;
} SgInspectValue;

/* No method has more values to tell of a cell. */
enum { SG_INSPECT_MAX_VALUES = 16 };

typedef struct SgMethod SgMethod;
typedef struct SgMethodWork SgMethodWork;

typedef struct {
  const char *id;
  const SgMethodKnob *knobs; /* [n_knobs] */
  size_t n_knobs;
  SgStatus (*create)(const SgMethodSetup *setup, SgMethod **out_method, SgError *error);
  void (*free)(SgMethod *method);
  const SgMethodPlan *(*plan)(const SgMethod *method);
  SgMethodWork *(*work_new)(const SgMethod *method); /* NULL when memory is out */
  void (*work_free)(SgMethodWork *work);
  /* One of the next three, the one that the plan's output names, does a chunk; the others may be NULL. */
  /* Fills out_masks[chunk_n][source][channel][bin] with values 0 … 1; they need not sum to one. */
  SgStatus (*process)(const SgMethod *method, SgMethodWork *work, const SgMethodInput *input,
                      float *out_masks, SgError *error);
  /* Fills out_spectra[chunk_n][source][channel][bin], scaled as the mixture's (core/dsp/stft.h). */
  SgStatus (*process_spectra)(const SgMethod *method, SgMethodWork *work, const SgMethodInput *input,
                              SgComplex *out_spectra, SgError *error);
  /* Fills out_samples[source][channel][(chunk_n−1)·hop + window]: all that the chunk's frames cover, the
   * first being sample sg_stft_frame_start(chunk_first). */
  SgStatus (*process_samples)(const SgMethod *method, SgMethodWork *work, const SgMethodInput *input,
                              float *out_samples, SgError *error);
  /* Explains one cell of the chunk last processed with `work`: up to `n_values` values, returns how many. */
  size_t (*inspect)(const SgMethod *method, const SgMethodWork *work, int64_t frame, uint32_t channel,
                    uint32_t bin, SgInspectValue *out_values, size_t n_values);
} SgMethodClass;

/* All methods, in the order to show them; ends with NULL. */
const SgMethodClass *const *sg_methods(void);

/* The method of this name, or NULL. "model", which wants a file, is not in the list. */
const SgMethodClass *sg_method_find(const char *id);
