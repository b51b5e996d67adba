#include "core/separate/nmf.h"

#include <math.h>
#include <string.h>

#include "core/base/linalg.h"
#include "core/base/memory.h"
#include "core/base/random.h"
#include "core/dsp/grid.h"
#include "core/dsp/median.h"
#include "core/separate/chunk-cells.h"
#include "core/separate/knobs.h"

enum { CHUNK_FRAMES = 256, CONTEXT_FRAMES = 192, WINDOW_FRAMES = CHUNK_FRAMES + 2 * CONTEXT_FRAMES };
enum { DRUMS = 0, HARMONIC = 1, N_SOURCES = 2 };
enum { KNOB_COMPONENTS, KNOB_ITERATIONS, N_KNOBS };

/* Medians that tell smooth spectra and sustained activations, as of HPSS. */
enum { SPECTRUM_RADIUS = 15, ACTIVATION_RADIUS = 8 };

static const char *const sources[N_SOURCES] = { [DRUMS] = "drums", [HARMONIC] = "harmonic" };

static const SgMethodKnob knobs[N_KNOBS] = {
  [KNOB_COMPONENTS] = { .id = "components", .minimum = 4, .maximum = 64, .standard = 32, .step = 1 },
  [KNOB_ITERATIONS] = { .id = "iterations", .minimum = 5, .maximum = 100, .standard = 30, .step = 1 },
};

/* Keeps quotients finite; spectra of audible sound are far above. */
static const float FLOOR = 1e-6f;
static const uint64_t SEED = 1;

struct SgMethod {
  SgMethodPlan plan;
  size_t n_channels, n_bins;
  size_t n_components;
  int n_iterations;
};

struct SgMethodWork {
  float *magnitude;   /* V [window frame][bin] */
  float *ratio;       /* V/AB [window frame][bin] */
  float *activations; /* A [window frame][component] */
  float *spectra;     /* B [component][bin] */
  float *update;      /* as A or B */
  float *sums;        /* [component] */
  float *drums_share; /* [component] */
  float *medians;     /* as A or B */
  float *transposed;  /* B and its medians, upright */
  float *drums;       /* D [chunk frame][bin] */
  float *harmonic;    /* R [chunk frame][bin] */
  SgChunkCells cells;
};

static void
nmf_free(SgMethod *method)
{
  sg_free(method);
}

static SgStatus
nmf_create(const SgMethodSetup *setup, SgMethod **out_method, SgError *error)
{
  double values[N_KNOBS];
  *out_method = NULL;
  SgStatus status = sg_knobs_read(knobs, N_KNOBS, setup->knobs, values, error);
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
  method->n_channels = setup->n_channels;
  method->n_bins = setup->stft.n_bins;
  method->n_components = (size_t)values[KNOB_COMPONENTS];
  method->n_iterations = (int)values[KNOB_ITERATIONS];
  *out_method = method;
  return SG_OK;
}

static const SgMethodPlan *
nmf_plan(const SgMethod *method)
{
  return &method->plan;
}

static void
nmf_work_free(SgMethodWork *work)
{
  if (work == NULL)
    return;
  sg_free(work->magnitude);
  sg_free(work->ratio);
  sg_free(work->activations);
  sg_free(work->spectra);
  sg_free(work->update);
  sg_free(work->sums);
  sg_free(work->drums_share);
  sg_free(work->medians);
  sg_free(work->transposed);
  sg_free(work->drums);
  sg_free(work->harmonic);
  sg_free(work);
}

static SgMethodWork *
nmf_work_new(const SgMethod *method)
{
  SgMethodWork *work = SG_NEW(SgMethodWork, 1);
  if (work == NULL)
    return NULL;
  size_t n_bins = method->n_bins, n_components = method->n_components;
  size_t longer = n_bins > WINDOW_FRAMES ? n_bins : WINDOW_FRAMES;
  work->magnitude = SG_NEW(float, WINDOW_FRAMES *n_bins);
  work->ratio = SG_NEW(float, WINDOW_FRAMES *n_bins);
  work->activations = SG_NEW(float, WINDOW_FRAMES *n_components);
  work->spectra = SG_NEW(float, n_components *n_bins);
  work->update = SG_NEW(float, longer *n_components);
  work->sums = SG_NEW(float, n_components);
  work->drums_share = SG_NEW(float, n_components);
  work->medians = SG_NEW(float, longer *n_components);
  work->transposed = SG_NEW(float, 2 * n_bins * n_components);
  work->drums = SG_NEW(float, CHUNK_FRAMES *n_bins);
  work->harmonic = SG_NEW(float, CHUNK_FRAMES *n_bins);
  if (work->magnitude == NULL || work->ratio == NULL || work->activations == NULL || work->spectra == NULL ||
      work->update == NULL || work->sums == NULL || work->drums_share == NULL || work->medians == NULL ||
      work->transposed == NULL || work->drums == NULL || work->harmonic == NULL) {
    nmf_work_free(work);
    return NULL;
  }
  return work;
}

/* V, the root mean power over the channels. */
static void
measure(const SgMethod *method, const SgMethodInput *input, float *out_magnitude)
{
  size_t n_cells = (size_t)input->n_frames * method->n_bins;
  memset(out_magnitude, 0, n_cells * sizeof *out_magnitude);
  for (size_t c = 0; c < method->n_channels; c++) {
    const SgComplex *spectra = input->spectra + c * n_cells;
    for (size_t i = 0; i < n_cells; i++)
      out_magnitude[i] += crealf(spectra[i]) * crealf(spectra[i]) + cimagf(spectra[i]) * cimagf(spectra[i]);
  }
  for (size_t i = 0; i < n_cells; i++)
    out_magnitude[i] = sqrtf(out_magnitude[i] / (float)method->n_channels) + FLOOR;
}

/* The same start for every window. */
static void
start(const SgMethod *method, SgMethodWork *work, size_t n_frames)
{
  SgRandom random = sg_random_seeded(SEED);
  for (size_t i = 0; i < method->n_components * method->n_bins; i++)
    work->spectra[i] = (float)((0.5 + sg_random_unit(&random)) / (double)method->n_bins);
  for (size_t i = 0; i < n_frames * method->n_components; i++)
    work->activations[i] = (float)(0.5 + sg_random_unit(&random));
}

/* ratio = V/AB */
static void
divide_by_model(const SgMethod *method, SgMethodWork *work, size_t n_frames)
{
  size_t n_bins = method->n_bins, n_components = method->n_components;
  sg_gemm_float(false, false, n_frames, n_bins, n_components, 1.0f, work->activations, n_components,
                work->spectra, n_bins, 0.0f, work->ratio, n_bins);
  for (size_t i = 0; i < n_frames * n_bins; i++)
    work->ratio[i] = work->magnitude[i] / (work->ratio[i] + FLOOR);
}

/* A ← A ⊙ (ratio·Bᵀ)/(1·Bᵀ) */
static void
update_activations(const SgMethod *method, SgMethodWork *work, size_t n_frames)
{
  size_t n_bins = method->n_bins, n_components = method->n_components;
  for (size_t j = 0; j < n_components; j++) {
    double sum = 0.0;
    for (size_t k = 0; k < n_bins; k++)
      sum += work->spectra[j * n_bins + k];
    work->sums[j] = (float)sum + FLOOR;
  }
  sg_gemm_float(false, true, n_frames, n_components, n_bins, 1.0f, work->ratio, n_bins, work->spectra, n_bins,
                0.0f, work->update, n_components);
  for (size_t t = 0; t < n_frames; t++)
    for (size_t j = 0; j < n_components; j++)
      work->activations[t * n_components + j] *= work->update[t * n_components + j] / work->sums[j];
}

/* B ← B ⊙ (Aᵀ·ratio)/(Aᵀ·1) */
static void
update_spectra(const SgMethod *method, SgMethodWork *work, size_t n_frames)
{
  size_t n_bins = method->n_bins, n_components = method->n_components;
  memset(work->sums, 0, n_components * sizeof *work->sums);
  for (size_t t = 0; t < n_frames; t++)
    for (size_t j = 0; j < n_components; j++)
      work->sums[j] += work->activations[t * n_components + j];
  sg_gemm_float(true, false, n_components, n_bins, n_frames, 1.0f, work->activations, n_components,
                work->ratio, n_bins, 0.0f, work->update, n_bins);
  for (size_t j = 0; j < n_components; j++)
    for (size_t k = 0; k < n_bins; k++)
      work->spectra[j * n_bins + k] *= work->update[j * n_bins + k] / (work->sums[j] + FLOOR);
}

static SgStatus
factorise(const SgMethod *method, SgMethodWork *work, size_t n_frames, const atomic_bool *cancelled,
          SgError *error)
{
  start(method, work, n_frames);
  for (int i = 0; i < method->n_iterations; i++) {
    if (atomic_load(cancelled))
      return sg_error_set(error, SG_CANCELLED, NULL, NULL);
    divide_by_model(method, work, n_frames);
    update_activations(method, work, n_frames);
    divide_by_model(method, work, n_frames);
    update_spectra(method, work, n_frames);
  }
  return SG_OK;
}

/* Σ over rows of the squares of each column of m[n_rows][n_columns]. */
static void
column_powers(const float *m, size_t n_rows, size_t n_columns, float *out)
{
  memset(out, 0, n_columns * sizeof *out);
  for (size_t r = 0; r < n_rows; r++)
    for (size_t c = 0; c < n_columns; c++)
      out[c] += m[r * n_columns + c] * m[r * n_columns + c];
}

/* How much of every component is drums. */
static void
share_components(const SgMethod *method, SgMethodWork *work, size_t n_frames)
{
  size_t n_bins = method->n_bins, n_components = method->n_components;
  float *upright = work->transposed, *smooth = upright + n_bins * n_components;
  float *power = work->update, *smooth_power = power + n_components;
  sg_grid_transpose(work->spectra, n_components, n_bins, upright);
  sg_running_median(upright, n_bins, n_components, SPECTRUM_RADIUS, 0, n_bins, smooth);
  column_powers(upright, n_bins, n_components, power);
  column_powers(smooth, n_bins, n_components, smooth_power);
  for (size_t j = 0; j < n_components; j++)
    work->sums[j] = smooth_power[j] / (power[j] + FLOOR * FLOOR);
  sg_running_median(work->activations, n_frames, n_components, ACTIVATION_RADIUS, 0, n_frames, work->medians);
  column_powers(work->activations, n_frames, n_components, power);
  column_powers(work->medians, n_frames, n_components, smooth_power);
  for (size_t j = 0; j < n_components; j++) {
    float s = work->sums[j], u = smooth_power[j] / (power[j] + FLOOR * FLOOR);
    float s2 = s * s, u2 = u * u;
    work->drums_share[j] = s2 / (s2 + u2 + FLOOR);
  }
}

/* D and R of the chunk's frames. */
static void
model_sources(const SgMethod *method, SgMethodWork *work, const SgMethodInput *input)
{
  size_t n_bins = method->n_bins, n_components = method->n_components, chunk_n = (size_t)input->chunk_n;
  const float *own = work->activations + (size_t)(input->chunk_first - input->first_frame) * n_components;
  for (int source = 0; source < N_SOURCES; source++) {
    for (size_t t = 0; t < chunk_n; t++)
      for (size_t j = 0; j < n_components; j++) {
        float share = source == DRUMS ? work->drums_share[j] : 1.0f - work->drums_share[j];
        work->update[t * n_components + j] = own[t * n_components + j] * share;
      }
    sg_gemm_float(false, false, chunk_n, n_bins, n_components, 1.0f, work->update, n_components,
                  work->spectra, n_bins, 0.0f, source == DRUMS ? work->drums : work->harmonic, n_bins);
  }
}

static void
fill_masks(const SgMethod *method, const SgMethodWork *work, size_t chunk_n, float *out_masks)
{
  size_t n_bins = method->n_bins, n_channels = method->n_channels;
  for (size_t t = 0; t < chunk_n; t++)
    for (size_t k = 0; k < n_bins; k++) {
      float d = work->drums[t * n_bins + k] + FLOOR, r = work->harmonic[t * n_bins + k] + FLOOR;
      float drums = d * d / (d * d + r * r);
      for (size_t c = 0; c < n_channels; c++) {
        float *masks = out_masks + (t * N_SOURCES * n_channels + c) * n_bins + k;
        masks[DRUMS * n_channels * n_bins] = drums;
        masks[HARMONIC * n_channels * n_bins] = 1.0f - drums;
      }
    }
}

static SgStatus
nmf_process(const SgMethod *method, SgMethodWork *work, const SgMethodInput *input, float *out_masks,
            SgError *error)
{
  work->cells = sg_chunk_cells_of(input, method->n_channels, method->n_bins);
  measure(method, input, work->magnitude);
  SgStatus status = factorise(method, work, (size_t)input->n_frames, input->cancelled, error);
  if (status != SG_OK)
    return status;
  share_components(method, work, (size_t)input->n_frames);
  model_sources(method, work, input);
  fill_masks(method, work, (size_t)input->chunk_n, out_masks);
  return SG_OK;
}

static size_t
nmf_inspect(const SgMethod *method, const SgMethodWork *work, int64_t frame, uint32_t channel, uint32_t bin,
            SgInspectValue *out_values, size_t n_values)
{
  int64_t t = sg_chunk_cells_find(&work->cells, frame, channel, bin);
  if (t < 0 || n_values < 2)
    return 0;
  size_t cell = (size_t)t * method->n_bins + bin;
  out_values[0] = (SgInspectValue){ "drums-model", work->drums[cell] };
  out_values[1] = (SgInspectValue){ "harmonic-model", work->harmonic[cell] };
  return 2;
}

const SgMethodClass sg_nmf_class = {
  .id = "nmf",
  .knobs = knobs,
  .n_knobs = N_KNOBS,
  .create = nmf_create,
  .free = nmf_free,
  .plan = nmf_plan,
  .work_new = nmf_work_new,
  .work_free = nmf_work_free,
  .process = nmf_process,
  .inspect = nmf_inspect,
};
