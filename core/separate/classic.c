#include "core/separate/classic.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/io/pcm.h"
#include "core/separate/classic-weights.h"
#include "core/separate/chunk-cells.h"
#include "core/separate/knobs.h"

enum { CHUNK_FRAMES = SG_CLASSIC_CHUNK_FRAMES, CONTEXT_FRAMES = SG_CLASSIC_CONTEXT_FRAMES };
enum { WINDOW_FRAMES = CHUNK_FRAMES + 2 * CONTEXT_FRAMES, N_SOURCES = SG_CLASSIC_N_SOURCES };

static const char *const sources[N_SOURCES] = { [SG_CLASSIC_DRUMS] = "drums",
                                                [SG_CLASSIC_BASS] = "bass",
                                                [SG_CLASSIC_OTHER] = "other",
                                                [SG_CLASSIC_VOCALS] = "vocals" };

/* One knob a source, in the order of the sources. */
static const SgMethodKnob knobs[N_SOURCES] = {
  { .id = "drums", .minimum = -12, .maximum = 12, .standard = 0, .step = 0.5, .unit = "dB" },
  { .id = "bass", .minimum = -12, .maximum = 12, .standard = 0, .step = 0.5, .unit = "dB" },
  { .id = "other", .minimum = -12, .maximum = 12, .standard = 0, .step = 0.5, .unit = "dB" },
  { .id = "vocals", .minimum = -12, .maximum = 12, .standard = 0, .step = 0.5, .unit = "dB" },
};

static const char *const cue_ids[SG_N_CUES] = {
  [SG_CUE_PERCUSSIVE] = "percussive",
  [SG_CUE_HELD_SHORT] = "held-short",
  [SG_CUE_HELD] = "held",
  [SG_CUE_HELD_LONG] = "held-long",
  [SG_CUE_HIT] = "hit",
  [SG_CUE_TONE] = "tone",
  [SG_CUE_BETWEEN] = "between",
  [SG_CUE_ONSET] = "onset",
  [SG_CUE_RISE] = "rise",
  [SG_CUE_USUAL] = "usual",
  [SG_CUE_PEAK] = "peak",
  [SG_CUE_HITS_IN_FRAME] = "hits-in-frame",
  [SG_CUE_HITS_IN_BAND] = "hits-in-band",
  [SG_CUE_LEVEL] = "level",
};

struct SgMethod {
  SgMethodPlan plan;
  SgStftSize size;
  uint32_t rate_hz;
  size_t n_channels, n_bins;
  float *bias;    /* a_j + b_j [source][bin] */
  float *weights; /* w_ij [cue][source][bin] */
};

struct SgMethodWork {
  SgClassicCues *cues[SG_MAX_CHANNELS];
  float *exponents; /* z_j [source][bin] */
  SgChunkCells cells;
};

/* The constants at every bin. */
static void
fill_constants(SgMethod *method, const double *doubt_db)
{
  for (size_t k = 0; k < method->n_bins; k++) {
    double freq_hz = (double)k * method->rate_hz / method->size.window;
    size_t at;
    float fraction;
    sg_classic_find_knot(sg_classic_bias_knots_hz, SG_CLASSIC_N_BIAS_KNOTS, freq_hz, &at, &fraction);
    for (size_t j = 0; j < N_SOURCES; j++)
      method->bias[j * method->n_bins + k] = (1.0f - fraction) * sg_classic_bias[at][j] +
                                             fraction * sg_classic_bias[at + 1][j] +
                                             (float)(doubt_db[j] * M_LN10 / 20.0);
    sg_classic_find_knot(sg_classic_cue_knots_hz, SG_CLASSIC_N_CUE_KNOTS, freq_hz, &at, &fraction);
    for (size_t i = 0; i < SG_N_CUES; i++)
      for (size_t j = 0; j < N_SOURCES; j++)
        method->weights[(i * N_SOURCES + j) * method->n_bins + k] =
            (1.0f - fraction) * sg_classic_weights[i][at][j] + fraction * sg_classic_weights[i][at + 1][j];
  }
}

static void
classic_free(SgMethod *method)
{
  if (method == NULL)
    return;
  sg_free(method->bias);
  sg_free(method->weights);
  sg_free(method);
}

static SgStatus
classic_create(const SgMethodSetup *setup, SgMethod **out_method, SgError *error)
{
  double values[N_SOURCES];
  *out_method = NULL;
  SgStatus status = sg_knobs_read(knobs, N_SOURCES, setup->knobs, values, error);
  if (status != SG_OK)
    return status;
  SgMethod *method = SG_NEW(SgMethod, 1);
  if (method == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  method->plan = (SgMethodPlan){ .n_sources = N_SOURCES,
                                 .sources = sources,
                                 .chunk_frames = CHUNK_FRAMES,
                                 .context_before = CONTEXT_FRAMES,
                                 .context_after = CONTEXT_FRAMES };
  method->size = setup->stft;
  method->rate_hz = setup->rate_hz;
  method->n_channels = setup->n_channels;
  method->n_bins = setup->stft.n_bins;
  method->bias = SG_NEW(float, N_SOURCES * method->n_bins);
  method->weights = SG_NEW(float, SG_N_CUES *N_SOURCES * method->n_bins);
  if (method->bias == NULL || method->weights == NULL) {
    classic_free(method);
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  }
  fill_constants(method, values);
  *out_method = method;
  return SG_OK;
}

static const SgMethodPlan *
classic_plan(const SgMethod *method)
{
  return &method->plan;
}

static void
classic_work_free(SgMethodWork *work)
{
  if (work == NULL)
    return;
  for (size_t c = 0; c < SG_MAX_CHANNELS; c++)
    sg_classic_cues_free(work->cues[c]);
  sg_free(work->exponents);
  sg_free(work);
}

static SgMethodWork *
classic_work_new(const SgMethod *method)
{
  SgMethodWork *work = SG_NEW(SgMethodWork, 1);
  if (work == NULL)
    return NULL;
  work->exponents = SG_NEW(float, N_SOURCES * method->n_bins);
  bool complete = work->exponents != NULL;
  for (size_t c = 0; c < method->n_channels; c++) {
    work->cues[c] = sg_classic_cues_new(method->size, method->rate_hz, WINDOW_FRAMES, CHUNK_FRAMES);
    complete = complete && work->cues[c] != NULL;
  }
  if (!complete) {
    classic_work_free(work);
    return NULL;
  }
  return work;
}

/* z of one frame of one channel. */
static void
weigh(const SgMethod *method, const SgClassicCues *cues, size_t t, float *out_exponents)
{
  size_t n_bins = method->n_bins, n = N_SOURCES * n_bins;
  memcpy(out_exponents, method->bias, n * sizeof *out_exponents);
  for (size_t i = 0; i < SG_N_CUES; i++) {
    const float *cue = sg_classic_cues_plane(cues, (SgCue)i) + t * n_bins;
    for (size_t j = 0; j < N_SOURCES; j++) {
      const float *weights = method->weights + (i * N_SOURCES + j) * n_bins;
      float *z = out_exponents + j * n_bins;
      for (size_t k = 0; k < n_bins; k++)
        z[k] += weights[k] * cue[k];
    }
  }
}

/* M of one frame and channel: out_masks + source·(channels·bins). */
static void
fill_masks(const SgMethod *method, const float *exponents, float *out_masks)
{
  size_t n_bins = method->n_bins, next_source = method->n_channels * n_bins;
  for (size_t k = 0; k < n_bins; k++) {
    float greatest = exponents[k], shares[N_SOURCES], sum = 0.0f;
    for (size_t j = 1; j < N_SOURCES; j++)
      greatest = fmaxf(greatest, exponents[j * n_bins + k]);
    for (size_t j = 0; j < N_SOURCES; j++)
      sum += shares[j] = expf(exponents[j * n_bins + k] - greatest);
    for (size_t j = 0; j < N_SOURCES; j++)
      out_masks[j * next_source + k] = shares[j] / sum;
  }
}

static SgStatus
classic_process(const SgMethod *method, SgMethodWork *work, const SgMethodInput *input, float *out_masks,
                SgError *error)
{
  size_t n_bins = method->n_bins, n_frames = (size_t)input->n_frames;
  size_t chunk_at = (size_t)(input->chunk_first - input->first_frame), chunk_n = (size_t)input->chunk_n;
  work->cells = sg_chunk_cells_of(input, method->n_channels, method->n_bins);
  for (size_t c = 0; c < method->n_channels; c++) {
    SgStatus status =
        sg_classic_cues_run(work->cues[c], input->spectra + c * n_frames * n_bins, input->samples[c],
                            n_frames, chunk_at, chunk_n, input->cancelled, error);
    if (status != SG_OK)
      return status;
    for (size_t t = 0; t < chunk_n; t++) {
      weigh(method, work->cues[c], t, work->exponents);
      fill_masks(method, work->exponents, out_masks + (t * N_SOURCES * method->n_channels + c) * n_bins);
    }
  }
  return SG_OK;
}

static size_t
classic_inspect(const SgMethod *method, const SgMethodWork *work, int64_t frame, uint32_t channel,
                uint32_t bin, SgInspectValue *out_values, size_t n_values)
{
  int64_t t = sg_chunk_cells_find(&work->cells, frame, channel, bin);
  if (t < 0 || n_values < SG_N_CUES)
    return 0;
  for (size_t i = 0; i < SG_N_CUES; i++) {
    const float *plane = sg_classic_cues_plane(work->cues[channel], (SgCue)i);
    out_values[i] = (SgInspectValue){ cue_ids[i], (double)plane[(size_t)t * method->n_bins + bin] };
  }
  return SG_N_CUES;
}

const SgMethodClass sg_classic_class = {
  .id = "classic",
  .knobs = knobs,
  .n_knobs = N_SOURCES,
  .create = classic_create,
  .free = classic_free,
  .plan = classic_plan,
  .work_new = classic_work_new,
  .work_free = classic_work_free,
  .process = classic_process,
  .inspect = classic_inspect,
};
