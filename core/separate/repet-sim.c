#include "core/separate/repet-sim.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/dsp/grid.h"
#include "core/separate/chunk-cells.h"
#include "core/separate/knobs.h"
#include "core/separate/repeating.h"

enum { CHUNK_FRAMES = 256, VOCALS = 0, BACKING = 1, N_SOURCES = 2, MAX_SIMILAR = SG_REPEATING_MAX_SIMILAR };
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
  SgRepeatingSetup repeating;
  size_t first_bin; /* below it all is backing */
};

struct SgMethodWork {
  SgRepeating *similar;
  float *magnitude; /* [window frame][channel × bin] */
  float *repeating; /* W [chunk frame][channel × bin] */
  /* For inspect. */
  float *own_magnitude;     /* V [chunk frame][channel × bin] */
  SgRepeatingFrame *frames; /* [chunk frame] */
  SgChunkCells cells;
};

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
  method->repeating = (SgRepeatingSetup){ .row = method->n_channels * method->n_bins,
                                          .max_window = 2 * (size_t)reach_frames + CHUNK_FRAMES,
                                          .max_n = CHUNK_FRAMES,
                                          .n_similar = (size_t)values[KNOB_SIMILAR],
                                          .apart = (size_t)ceil(values[KNOB_APART] * method->frames_per_s),
                                          .threshold = (float)values[KNOB_THRESHOLD] };
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
  sg_repeating_free(work->similar);
  sg_free(work->magnitude);
  sg_free(work->repeating);
  sg_free(work->own_magnitude);
  sg_free(work->frames);
  sg_free(work);
}

static SgMethodWork *
repet_sim_work_new(const SgMethod *method)
{
  SgMethodWork *work = SG_NEW(SgMethodWork, 1);
  if (work == NULL)
    return NULL;
  size_t row = method->repeating.row;
  work->similar = sg_repeating_new(&method->repeating);
  work->magnitude = SG_NEW(float, method->repeating.max_window *row);
  work->repeating = SG_NEW(float, CHUNK_FRAMES *row);
  work->own_magnitude = SG_NEW(float, CHUNK_FRAMES *row);
  work->frames = SG_NEW(SgRepeatingFrame, CHUNK_FRAMES);
  if (work->similar == NULL || work->magnitude == NULL || work->repeating == NULL ||
      work->own_magnitude == NULL || work->frames == NULL) {
    repet_sim_work_free(work);
    return NULL;
  }
  return work;
}

/* V of all frames of the window. */
static void
measure_frames(const SgMethod *method, SgMethodWork *work, const SgMethodInput *input)
{
  size_t n_bins = method->n_bins, row = method->n_channels * n_bins, n_frames = (size_t)input->n_frames;
  for (size_t t = 0; t < n_frames; t++)
    for (size_t c = 0; c < method->n_channels; c++)
      sg_grid_magnitude(input->spectra + (c * n_frames + t) * n_bins, n_bins,
                        work->magnitude + t * row + c * n_bins);
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
  size_t row = method->repeating.row, chunk_n = (size_t)input->chunk_n;
  size_t chunk_at = (size_t)(input->chunk_first - input->first_frame);
  work->cells = sg_chunk_cells_of(input, method->n_channels, method->n_bins);
  measure_frames(method, work, input);
  memcpy(work->own_magnitude, work->magnitude + chunk_at * row, chunk_n * row * sizeof *work->magnitude);
  SgStatus status = sg_repeating_run(work->similar, work->magnitude, (size_t)input->n_frames, chunk_at,
                                     chunk_n, input->cancelled, work->repeating, work->frames, error);
  if (status != SG_OK)
    return status;
  for (size_t i = 0; i < chunk_n * row; i++)
    work->repeating[i] = fminf(work->repeating[i], work->own_magnitude[i]);
  for (size_t t = 0; t < chunk_n; t++)
    fill_masks(method, work->own_magnitude + t * row, work->repeating + t * row,
               out_masks + t * N_SOURCES * row);
  return SG_OK;
}

static size_t
repet_sim_inspect(const SgMethod *method, const SgMethodWork *work, int64_t frame, uint32_t channel,
                  uint32_t bin, SgInspectValue *out_values, size_t n_values)
{
  int64_t t = sg_chunk_cells_find(&work->cells, frame, channel, bin);
  if (t < 0 || n_values < 5)
    return 0;
  size_t cell = ((size_t)t * method->n_channels + channel) * method->n_bins + bin;
  out_values[0] = (SgInspectValue){ "magnitude", work->own_magnitude[cell] };
  out_values[1] = (SgInspectValue){ "repeating-magnitude", work->repeating[cell] };
  const SgRepeatingFrame *described = &work->frames[t];
  out_values[2] = (SgInspectValue){ "similar-frames", described->n_similar };
  out_values[3] = (SgInspectValue){ "greatest-similarity", (double)described->similarity };
  out_values[4] = (SgInspectValue){ "most-similar-after-s", described->distance / method->frames_per_s };
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
