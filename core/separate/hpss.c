#include "core/separate/hpss.h"

#include "core/base/memory.h"
#include "core/dsp/grid.h"
#include "core/dsp/median.h"
#include "core/separate/chunk-cells.h"
#include "core/separate/knobs.h"

enum { CHUNK_FRAMES = 128, DRUMS = 0, REST = 1, RESIDUAL = 2, N_SOURCES = 3 };
enum { KNOB_TIME, KNOB_FREQUENCY, KNOB_MARGIN, KNOB_MASK, N_KNOBS };
enum { MASK_SOFT = 0, MASK_BINARY = 1 };

static const char *const sources[N_SOURCES] = { [DRUMS] = "drums", [REST] = "rest", [RESIDUAL] = "residual" };

static const char *const mask_choices[] = { [MASK_SOFT] = "soft", [MASK_BINARY] = "binary" };

static const SgMethodKnob knobs[N_KNOBS] = {
  [KNOB_TIME] = { .id = "time-window",
                  .minimum = 5,
                  .maximum = 2 * SG_MEDIAN_MAX_RADIUS + 1,
                  .standard = 31,
                  .step = 2,
                  .unit = "frames" },
  [KNOB_FREQUENCY] = { .id = "frequency-window",
                       .minimum = 5,
                       .maximum = 2 * SG_MEDIAN_MAX_RADIUS + 1,
                       .standard = 31,
                       .step = 2,
                       .unit = "bins" },
  [KNOB_MARGIN] = { .id = "margin", .minimum = 1, .maximum = 8, .standard = 1, .step = 0.1 },
  [KNOB_MASK] = { .id = "mask", .maximum = MASK_BINARY, .standard = MASK_SOFT, .choices = mask_choices },
};

struct SgMethod {
  SgMethodPlan plan;
  uint32_t n_channels;
  uint32_t n_bins;
  size_t time_radius, frequency_radius;
  float margin;
  bool binary;
};

/* One channel at a time, but for what inspect needs of each. */
struct SgMethodWork {
  float *magnitude;  /* [frames with context][bin] */
  float *transposed; /* 2 × [bin][chunk frames] */
  float *harmonic;   /* [channel][chunk frame][bin] */
  float *percussive; /* [channel][chunk frame][bin] */
  SgChunkCells cells;
};

static SgStatus
hpss_create(const SgMethodSetup *setup, SgMethod **out_method, SgError *error)
{
  double values[N_KNOBS];
  *out_method = NULL;
  SgStatus status = sg_knobs_read(knobs, N_KNOBS, setup->knobs, values, error);
  if (status != SG_OK)
    return status;
  SgMethod *method = SG_NEW(SgMethod, 1);
  if (method == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  method->time_radius = (size_t)values[KNOB_TIME] / 2;
  method->frequency_radius = (size_t)values[KNOB_FREQUENCY] / 2;
  method->margin = (float)values[KNOB_MARGIN];
  method->binary = values[KNOB_MASK] == MASK_BINARY;
  method->plan = (SgMethodPlan){ .n_sources = method->margin > 1.0f ? N_SOURCES : N_SOURCES - 1,
                                 .sources = sources,
                                 .chunk_frames = CHUNK_FRAMES,
                                 .context_before = (uint32_t)method->time_radius,
                                 .context_after = (uint32_t)method->time_radius };
  method->n_channels = setup->n_channels;
  method->n_bins = setup->stft.n_bins;
  *out_method = method;
  return SG_OK;
}

static void
hpss_free(SgMethod *method)
{
  sg_free(method);
}

static const SgMethodPlan *
hpss_plan(const SgMethod *method)
{
  return &method->plan;
}

static void
hpss_work_free(SgMethodWork *work)
{
  if (work == NULL)
    return;
  sg_free(work->magnitude);
  sg_free(work->transposed);
  sg_free(work->harmonic);
  sg_free(work->percussive);
  sg_free(work);
}

static SgMethodWork *
hpss_work_new(const SgMethod *method)
{
  SgMethodWork *work = SG_NEW(SgMethodWork, 1);
  if (work == NULL)
    return NULL;
  size_t chunk_cells = (size_t)CHUNK_FRAMES * method->n_bins;
  work->magnitude = SG_NEW(float, (CHUNK_FRAMES + 2 * method->time_radius) * method->n_bins);
  work->transposed = SG_NEW(float, 2 * chunk_cells);
  work->harmonic = SG_NEW(float, chunk_cells * method->n_channels);
  work->percussive = SG_NEW(float, chunk_cells * method->n_channels);
  if (work->magnitude == NULL || work->transposed == NULL || work->harmonic == NULL ||
      work->percussive == NULL) {
    hpss_work_free(work);
    return NULL;
  }
  return work;
}

/* H and P of one channel's chunk. */
static void
medians(const SgMethod *method, SgMethodWork *work, const SgMethodInput *input, const SgComplex *spectra,
        float *out_harmonic, float *out_percussive)
{
  size_t n_bins = method->n_bins, n_frames = (size_t)input->n_frames, chunk_n = (size_t)input->chunk_n;
  size_t chunk_at = (size_t)(input->chunk_first - input->first_frame);
  sg_grid_magnitude(spectra, n_frames * n_bins, work->magnitude);
  sg_running_median(work->magnitude, n_frames, n_bins, method->time_radius, chunk_at, chunk_n, out_harmonic);
  sg_grid_median_frequency(work->magnitude + chunk_at * n_bins, chunk_n, n_bins, method->frequency_radius,
                           work->transposed, out_percussive);
}

/* Both masks of n cells, zero in silence. */
static void
masks_of_cells(const SgMethod *method, const float *harmonic, const float *percussive, size_t n,
               float *out_drums, float *out_rest)
{
  float margin = method->margin, margin2 = margin * margin;
  for (size_t k = 0; k < n; k++) {
    float h = harmonic[k], p = percussive[k], h2 = h * h, p2 = p * p;
    if (h2 + p2 == 0.0f) {
      out_drums[k] = out_rest[k] = 0.0f;
    } else if (method->binary) {
      out_drums[k] = p > margin * h;
      out_rest[k] = margin > 1.0f ? h > margin * p : 1.0f - out_drums[k];
    } else {
      out_drums[k] = p2 / (p2 + margin2 * h2);
      out_rest[k] = h2 / (h2 + margin2 * p2);
    }
  }
}

/* What drums and rest leave of each cell, nothing in silence. */
static void
residual_masks(const float *harmonic, const float *percussive, size_t n, const float *drums,
               const float *rest, float *out_residual)
{
  for (size_t k = 0; k < n; k++) {
    bool silent = harmonic[k] == 0.0f && percussive[k] == 0.0f;
    out_residual[k] = silent ? 0.0f : 1.0f - drums[k] - rest[k];
  }
}

static SgStatus
hpss_process(const SgMethod *method, SgMethodWork *work, const SgMethodInput *input, float *out_masks,
             SgError *error)
{
  size_t n_bins = method->n_bins, n_sources = method->plan.n_sources;
  work->cells = sg_chunk_cells_of(input, method->n_channels, method->n_bins);
  for (uint32_t c = 0; c < method->n_channels; c++) {
    if (atomic_load(input->cancelled))
      return sg_error_set(error, SG_CANCELLED, NULL, NULL);
    float *harmonic = work->harmonic + (size_t)c * CHUNK_FRAMES * n_bins;
    float *percussive = work->percussive + (size_t)c * CHUNK_FRAMES * n_bins;
    medians(method, work, input, input->spectra + (size_t)c * (size_t)input->n_frames * n_bins, harmonic,
            percussive);
    for (size_t t = 0; t < (size_t)input->chunk_n; t++) {
      float *masks = out_masks + (t * n_sources * method->n_channels + c) * n_bins;
      size_t next_source = method->n_channels * n_bins;
      float *drums = masks + DRUMS * next_source, *rest = masks + REST * next_source;
      const float *h = harmonic + t * n_bins, *p = percussive + t * n_bins;
      masks_of_cells(method, h, p, n_bins, drums, rest);
      if (n_sources > RESIDUAL)
        residual_masks(h, p, n_bins, drums, rest, masks + RESIDUAL * next_source);
    }
  }
  return SG_OK;
}

static size_t
hpss_inspect(const SgMethod *method, const SgMethodWork *work, int64_t frame, uint32_t channel, uint32_t bin,
             SgInspectValue *out_values, size_t n_values)
{
  int64_t at = sg_chunk_cells_find(&work->cells, frame, channel, bin);
  if (at < 0 || n_values < 2)
    return 0;
  size_t cell = ((size_t)channel * CHUNK_FRAMES + (size_t)at) * method->n_bins + bin;
  out_values[0] = (SgInspectValue){ "median-along-time", work->harmonic[cell] };
  out_values[1] = (SgInspectValue){ "median-along-frequency", work->percussive[cell] };
  return 2;
}

const SgMethodClass sg_hpss_class = {
  .id = "hpss",
  .knobs = knobs,
  .n_knobs = N_KNOBS,
  .create = hpss_create,
  .free = hpss_free,
  .plan = hpss_plan,
  .work_new = hpss_work_new,
  .work_free = hpss_work_free,
  .process = hpss_process,
  .inspect = hpss_inspect,
};
