#include "core/separate/repet-sim.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/linalg.h"
#include "core/base/memory.h"
#include "core/dsp/grid.h"
#include "core/dsp/median.h"
#include "core/separate/knobs.h"

enum { CHUNK_FRAMES = 256, VOCALS = 0, BACKING = 1, N_SOURCES = 2, MAX_SIMILAR = 100 };
enum { KNOB_SIMILAR, KNOB_APART, KNOB_THRESHOLD, KNOB_REACH, KNOB_LOWEST, N_KNOBS };

static const char *const sources[N_SOURCES] = { [VOCALS] = "vocals", [BACKING] = "backing" };

static const SgMethodKnob knobs[N_KNOBS] = {
  [KNOB_SIMILAR] = { .id = "similar",
                     .minimum = 5,
                     .maximum = MAX_SIMILAR,
                     .standard = MAX_SIMILAR,
                     .step = 1,
                     .unit = "frames" },
  [KNOB_APART] = { .id = "apart", .minimum = 0.1, .maximum = 5, .standard = 1, .step = 0.1, .unit = "s" },
  [KNOB_THRESHOLD] = { .id = "threshold", .maximum = 0.99, .step = 0.01 },
  [KNOB_REACH] = { .id = "reach", .minimum = 5, .maximum = 60, .standard = 25, .step = 1, .unit = "s" },
  [KNOB_LOWEST] = { .id = "lowest", .maximum = 500, .standard = 100, .step = 10, .unit = "Hz" },
};

/* ε of the mask, small against any sample's spectrum (a 16-bit step gives about 10⁻²). */
static const float EPSILON = 1e-9f;

struct SgMethod {
  SgMethodPlan plan;
  size_t n_channels, n_bins;
  double frames_per_s;
  size_t n_similar;
  ptrdiff_t apart_frames;
  float threshold;
  size_t first_bin; /* below it all is backing */
};

typedef struct {
  float similarity;
  uint32_t frame; /* of the window */
} Similar;

struct SgMethodWork {
  float *magnitude;    /* [window frame][channel × bin] */
  float *norm;         /* [window frame] */
  float *similarity;   /* [chunk frame][window frame] */
  Similar *candidates; /* [window frame] */
  float *repeating;    /* W [chunk frame][channel × bin] */
  /* For inspect. */
  float *own_magnitude;  /* V [chunk frame][channel × bin] */
  uint32_t *n_similar;   /* |J_t| [chunk frame] */
  float *most_similar;   /* greatest S in J_t [chunk frame] */
  float *most_similar_s; /* how far away it is [chunk frame] */
  int64_t chunk_first, chunk_n;
};

static size_t
window_frames(const SgMethod *method)
{
  return method->plan.context_before + CHUNK_FRAMES + method->plan.context_after;
}

static SgStatus
repet_sim_create(const SgMethodSetup *setup, SgMethod **out_method, SgError *error)
{
  double values[N_KNOBS];
  *out_method = NULL;
  SgStatus status = sg_knobs_read(knobs, N_KNOBS, setup->knobs, values, error);
  if (status != SG_OK)
    return status;
  SgMethod *method = SG_NEW(SgMethod, 1);
  if (method == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  method->frames_per_s = (double)setup->rate_hz / setup->stft.hop;
  uint32_t reach_frames = (uint32_t)(values[KNOB_REACH] * method->frames_per_s + 0.5);
  method->plan = (SgMethodPlan){ .n_sources = N_SOURCES,
                                 .sources = sources,
                                 .chunk_frames = CHUNK_FRAMES,
                                 .context_before = reach_frames,
                                 .context_after = reach_frames };
  method->n_channels = setup->n_channels;
  method->n_bins = setup->stft.n_bins;
  method->n_similar = (size_t)values[KNOB_SIMILAR];
  method->apart_frames = (ptrdiff_t)ceil(values[KNOB_APART] * method->frames_per_s);
  method->threshold = (float)values[KNOB_THRESHOLD];
  method->first_bin = (size_t)ceil(values[KNOB_LOWEST] * setup->stft.window / setup->rate_hz);
  if (method->first_bin > method->n_bins)
    method->first_bin = method->n_bins;
  *out_method = method;
  return SG_OK;
}

static void
repet_sim_free(SgMethod *method)
{
  sg_free(method);
}

static const SgMethodPlan *
repet_sim_plan(const SgMethod *method)
{
  return &method->plan;
}

static void
repet_sim_work_free(SgMethodWork *work)
{
  if (work == NULL)
    return;
  sg_free(work->magnitude);
  sg_free(work->norm);
  sg_free(work->similarity);
  sg_free(work->candidates);
  sg_free(work->repeating);
  sg_free(work->own_magnitude);
  sg_free(work->n_similar);
  sg_free(work->most_similar);
  sg_free(work->most_similar_s);
  sg_free(work);
}

static SgMethodWork *
repet_sim_work_new(const SgMethod *method)
{
  SgMethodWork *work = SG_NEW(SgMethodWork, 1);
  if (work == NULL)
    return NULL;
  size_t n_frames = window_frames(method), row = method->n_channels * method->n_bins;
  work->magnitude = SG_NEW(float, n_frames *row);
  work->norm = SG_NEW(float, n_frames);
  work->similarity = SG_NEW(float, CHUNK_FRAMES *n_frames);
  work->candidates = SG_NEW(Similar, n_frames);
  work->repeating = SG_NEW(float, CHUNK_FRAMES *row);
  work->own_magnitude = SG_NEW(float, CHUNK_FRAMES *row);
  work->n_similar = SG_NEW(uint32_t, CHUNK_FRAMES);
  work->most_similar = SG_NEW(float, CHUNK_FRAMES);
  work->most_similar_s = SG_NEW(float, CHUNK_FRAMES);
  if (work->magnitude == NULL || work->norm == NULL || work->similarity == NULL || work->candidates == NULL ||
      work->repeating == NULL || work->own_magnitude == NULL || work->n_similar == NULL ||
      work->most_similar == NULL || work->most_similar_s == NULL) {
    repet_sim_work_free(work);
    return NULL;
  }
  return work;
}

/* V and ‖v‖ of all frames of the window. */
static void
measure_frames(const SgMethod *method, SgMethodWork *work, const SgMethodInput *input)
{
  size_t n_bins = method->n_bins, row = method->n_channels * n_bins, n_frames = (size_t)input->n_frames;
  for (size_t t = 0; t < n_frames; t++) {
    float *magnitude = work->magnitude + t * row;
    for (size_t c = 0; c < method->n_channels; c++)
      sg_grid_magnitude(input->spectra + (c * n_frames + t) * n_bins, n_bins, magnitude + c * n_bins);
    double power = 0.0;
    for (size_t i = 0; i < row; i++)
      power += (double)magnitude[i] * magnitude[i];
    work->norm[t] = (float)sqrt(power);
  }
}

/* v_t·v_u of the chunk's frames t with all frames u of the window. */
static void
multiply_frames(const SgMethod *method, SgMethodWork *work, const SgMethodInput *input)
{
  size_t row = method->n_channels * method->n_bins, n_frames = (size_t)input->n_frames;
  const float *own = work->magnitude + (size_t)(input->chunk_first - input->first_frame) * row;
  sg_gemm_float(false, true, (size_t)input->chunk_n, n_frames, row, 1.0f, own, row, work->magnitude, row,
                0.0f, work->similarity, n_frames);
}

static bool
is_peak(const float *similarity, ptrdiff_t n_frames, ptrdiff_t u, ptrdiff_t apart)
{
  ptrdiff_t from = u > apart ? u - apart : 0, to = u + apart < n_frames ? u + apart + 1 : n_frames;
  for (ptrdiff_t i = u - 1; i >= from; i--)
    if (similarity[i] >= similarity[u])
      return false;
  for (ptrdiff_t i = u + 1; i < to; i++)
    if (similarity[i] > similarity[u])
      return false;
  return true;
}

static int
more_similar_first(const void *a, const void *b)
{
  const Similar *x = a, *y = b;
  if (x->similarity != y->similarity)
    return x->similarity > y->similarity ? -1 : 1;
  return (x->frame > y->frame) - (x->frame < y->frame);
}

/* J_t into work->candidates, the most similar first, for frame `own` of the window, whose products with all
 * frames become similarities. */
static size_t
find_similar(const SgMethod *method, SgMethodWork *work, ptrdiff_t n_frames, ptrdiff_t own, float *products)
{
  size_t n = 0;
  for (ptrdiff_t u = 0; u < n_frames; u++) {
    float norms = work->norm[own] * work->norm[u];
    products[u] = norms > 0.0f ? products[u] / norms : 0.0f;
  }
  for (ptrdiff_t u = 0; u < n_frames; u++) {
    bool far = u > own + method->apart_frames || u < own - method->apart_frames;
    if (far && products[u] > 0.0f && products[u] >= method->threshold &&
        is_peak(products, n_frames, u, method->apart_frames))
      work->candidates[n++] = (Similar){ products[u], (uint32_t)u };
  }
  qsort(work->candidates, n, sizeof *work->candidates, more_similar_first);
  return n < method->n_similar ? n : method->n_similar;
}

/* W of one frame: `own` is its row of the window. */
static void
repeating_part(const SgMethod *method, const SgMethodWork *work, size_t n_similar, const float *own,
               float *out_repeating)
{
  size_t row = method->n_channels * method->n_bins;
  const float *rows[MAX_SIMILAR];
  for (size_t i = 0; i < n_similar; i++)
    rows[i] = work->magnitude + (size_t)work->candidates[i].frame * row;
  if (n_similar > 0)
    sg_median_of_rows(rows, n_similar, row, out_repeating);
  for (size_t i = 0; i < row; i++)
    if (n_similar == 0 || out_repeating[i] > own[i])
      out_repeating[i] = own[i];
}

static void
fill_masks(const SgMethod *method, const float *own, const float *repeating, float *out_masks)
{
  size_t n_bins = method->n_bins, row = method->n_channels * n_bins;
  for (size_t i = 0; i < row; i++) {
    bool low = i % n_bins < method->first_bin;
    float backing = low ? 1.0f : (repeating[i] + EPSILON) / (own[i] + EPSILON);
    out_masks[BACKING * row + i] = backing;
    out_masks[VOCALS * row + i] = 1.0f - backing;
  }
}

static SgStatus
repet_sim_process(const SgMethod *method, SgMethodWork *work, const SgMethodInput *input, float *out_masks,
                  SgError *error)
{
  size_t row = method->n_channels * method->n_bins, n_frames = (size_t)input->n_frames;
  size_t chunk_at = (size_t)(input->chunk_first - input->first_frame);
  work->chunk_first = input->chunk_first;
  work->chunk_n = input->chunk_n;
  measure_frames(method, work, input);
  if (atomic_load(input->cancelled))
    return sg_error_set(error, SG_CANCELLED, NULL, NULL);
  multiply_frames(method, work, input);
  for (size_t t = 0; t < (size_t)input->chunk_n; t++) {
    if (atomic_load(input->cancelled))
      return sg_error_set(error, SG_CANCELLED, NULL, NULL);
    const float *own = work->magnitude + (chunk_at + t) * row;
    size_t n_similar = find_similar(method, work, (ptrdiff_t)n_frames, (ptrdiff_t)(chunk_at + t),
                                    work->similarity + t * n_frames);
    repeating_part(method, work, n_similar, own, work->repeating + t * row);
    fill_masks(method, own, work->repeating + t * row, out_masks + t * N_SOURCES * row);

    memcpy(work->own_magnitude + t * row, own, row * sizeof *own);
    work->n_similar[t] = (uint32_t)n_similar;
    work->most_similar[t] = n_similar > 0 ? work->candidates[0].similarity : 0.0f;
    ptrdiff_t away = n_similar > 0 ? (ptrdiff_t)work->candidates[0].frame - (ptrdiff_t)(chunk_at + t) : 0;
    work->most_similar_s[t] = (float)((double)away / method->frames_per_s);
  }
  return SG_OK;
}

static size_t
repet_sim_inspect(const SgMethod *method, const SgMethodWork *work, int64_t frame, uint32_t channel,
                  uint32_t bin, SgInspectValue *out_values, size_t n_values)
{
  int64_t t = frame - work->chunk_first;
  if (t < 0 || t >= work->chunk_n || channel >= method->n_channels || bin >= method->n_bins || n_values < 5)
    return 0;
  size_t cell = ((size_t)t * method->n_channels + channel) * method->n_bins + bin;
  out_values[0] = (SgInspectValue){ "magnitude", work->own_magnitude[cell] };
  out_values[1] = (SgInspectValue){ "repeating-magnitude", work->repeating[cell] };
  out_values[2] = (SgInspectValue){ "similar-frames", work->n_similar[t] };
  out_values[3] = (SgInspectValue){ "greatest-similarity", work->most_similar[t] };
  out_values[4] = (SgInspectValue){ "most-similar-after-s", work->most_similar_s[t] };
  return 5;
}

const SgMethodClass sg_repet_sim_class = {
  .id = "repet-sim",
  .knobs = knobs,
  .n_knobs = N_KNOBS,
  .create = repet_sim_create,
  .free = repet_sim_free,
  .plan = repet_sim_plan,
  .work_new = repet_sim_work_new,
  .work_free = repet_sim_work_free,
  .process = repet_sim_process,
  .inspect = repet_sim_inspect,
};
