#include "core/separate/hpss.h"

#include <math.h>

#include "core/base/memory.h"
#include "core/dsp/median.h"

enum { CHUNK_FRAMES = 128, DRUMS = 0, REST = 1, N_SOURCES = 2 };

static const char *const sources[N_SOURCES] = { [DRUMS] = "drums", [REST] = "rest" };
static const SgMethodKnob knobs[] = { { "window", 5, 2 * SG_MEDIAN_MAX_RADIUS + 1, 31 } };

struct SgMethod {
  SgMethodPlan plan;
  uint32_t n_channels;
  uint32_t n_bins;
  size_t radius;
};

/* One channel at a time, but for what inspect needs of each. Rows are frames unless "transposed". */
struct SgMethodWork {
  float *magnitude;             /* [frames with context][bin] */
  float *transposed;            /* [bin][chunk frames] */
  float *percussive_transposed; /* [bin][chunk frames] */
  float *harmonic;              /* [channel][chunk frame][bin] */
  float *percussive;            /* [channel][chunk frame][bin] */
  int64_t chunk_first, chunk_n;
};

static SgStatus
hpss_create(const SgMethodSetup *setup, SgMethod **out_method, SgError *error)
{
  double window = setup->knobs != NULL ? setup->knobs[0] : knobs[0].standard;
  *out_method = NULL;
  if (!(window >= knobs[0].minimum && window <= knobs[0].maximum) || fmod(window, 2.0) != 1.0)
    return sg_error_set(error, SG_BAD_ARGUMENT, NULL, "window");
  SgMethod *method = SG_NEW(SgMethod, 1);
  if (method == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  uint32_t radius = (uint32_t)window / 2;
  method->plan = (SgMethodPlan){ .n_sources = N_SOURCES,
                                 .sources = sources,
                                 .chunk_frames = CHUNK_FRAMES,
                                 .context_before = radius,
                                 .context_after = radius };
  method->n_channels = setup->n_channels;
  method->n_bins = setup->stft.n_bins;
  method->radius = radius;
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
  sg_free(work->percussive_transposed);
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
  work->magnitude = SG_NEW(float, (CHUNK_FRAMES + 2 * method->radius) * method->n_bins);
  work->transposed = SG_NEW(float, chunk_cells);
  work->percussive_transposed = SG_NEW(float, chunk_cells);
  work->harmonic = SG_NEW(float, chunk_cells * method->n_channels);
  work->percussive = SG_NEW(float, chunk_cells * method->n_channels);
  if (work->magnitude == NULL || work->transposed == NULL || work->percussive_transposed == NULL ||
      work->harmonic == NULL || work->percussive == NULL) {
    hpss_work_free(work);
    return NULL;
  }
  return work;
}

static void
magnitude(const SgComplex *spectra, size_t n, float *out)
{
  for (size_t i = 0; i < n; i++) {
    float re = crealf(spectra[i]), im = cimagf(spectra[i]);
    out[i] = sqrtf(re * re + im * im);
  }
}

/* in[n_rows][n_columns] → out[n_columns][n_rows], in square tiles that stay in the cache. */
static void
transpose(const float *in, size_t n_rows, size_t n_columns, float *out)
{
  enum { TILE = 16 };
  for (size_t r0 = 0; r0 < n_rows; r0 += TILE)
    for (size_t c0 = 0; c0 < n_columns; c0 += TILE)
      for (size_t r = r0; r < n_rows && r < r0 + TILE; r++)
        for (size_t c = c0; c < n_columns && c < c0 + TILE; c++)
          out[c * n_rows + r] = in[r * n_columns + c];
}

/* H and P of one channel's chunk. */
static void
medians(const SgMethod *method, SgMethodWork *work, const SgMethodInput *input, const SgComplex *spectra,
        float *out_harmonic, float *out_percussive)
{
  size_t n_bins = method->n_bins, n_frames = (size_t)input->n_frames, chunk_n = (size_t)input->chunk_n;
  size_t chunk_at = (size_t)(input->chunk_first - input->first_frame);
  magnitude(spectra, n_frames * n_bins, work->magnitude);
  sg_running_median(work->magnitude, n_frames, n_bins, method->radius, chunk_at, chunk_n, out_harmonic);
  transpose(work->magnitude + chunk_at * n_bins, chunk_n, n_bins, work->transposed);
  sg_running_median(work->transposed, n_bins, chunk_n, method->radius, 0, n_bins,
                    work->percussive_transposed);
  transpose(work->percussive_transposed, n_bins, chunk_n, out_percussive);
}

/* drums = P²/(H² + P²), rest = H²/(H² + P²); both zero in silence. */
static void
wiener_masks(const float *harmonic, const float *percussive, size_t n_bins, float *out_drums, float *out_rest)
{
  for (size_t k = 0; k < n_bins; k++) {
    float h2 = harmonic[k] * harmonic[k], p2 = percussive[k] * percussive[k];
    float sum = h2 + p2;
    out_drums[k] = sum > 0.0f ? p2 / sum : 0.0f;
    out_rest[k] = sum > 0.0f ? h2 / sum : 0.0f;
  }
}

static SgStatus
hpss_process(const SgMethod *method, SgMethodWork *work, const SgMethodInput *input, float *out_masks,
             SgError *error)
{
  size_t n_bins = method->n_bins;
  work->chunk_first = input->chunk_first;
  work->chunk_n = input->chunk_n;
  for (uint32_t c = 0; c < method->n_channels; c++) {
    if (atomic_load(input->cancelled))
      return sg_error_set(error, SG_CANCELLED, NULL, NULL);
    float *harmonic = work->harmonic + (size_t)c * CHUNK_FRAMES * n_bins;
    float *percussive = work->percussive + (size_t)c * CHUNK_FRAMES * n_bins;
    medians(method, work, input, input->spectra + (size_t)c * (size_t)input->n_frames * n_bins, harmonic,
            percussive);
    for (size_t t = 0; t < (size_t)input->chunk_n; t++) {
      float *masks = out_masks + t * N_SOURCES * method->n_channels * n_bins;
      wiener_masks(harmonic + t * n_bins, percussive + t * n_bins, n_bins,
                   masks + (DRUMS * method->n_channels + c) * n_bins,
                   masks + (REST * method->n_channels + c) * n_bins);
    }
  }
  return SG_OK;
}

static size_t
hpss_inspect(const SgMethod *method, const SgMethodWork *work, int64_t frame, uint32_t channel, uint32_t bin,
             SgInspectValue *out_values, size_t n_values)
{
  int64_t at = frame - work->chunk_first;
  if (at < 0 || at >= work->chunk_n || channel >= method->n_channels || bin >= method->n_bins || n_values < 2)
    return 0;
  size_t cell = ((size_t)channel * CHUNK_FRAMES + (size_t)at) * method->n_bins + bin;
  out_values[0] = (SgInspectValue){ "median-along-time", work->harmonic[cell] };
  out_values[1] = (SgInspectValue){ "median-along-frequency", work->percussive[cell] };
  return 2;
}

const SgMethodClass sg_hpss_class = {
  .id = "hpss",
  .knobs = knobs,
  .n_knobs = sizeof knobs / sizeof *knobs,
  .create = hpss_create,
  .free = hpss_free,
  .plan = hpss_plan,
  .work_new = hpss_work_new,
  .work_free = hpss_work_free,
  .process = hpss_process,
  .inspect = hpss_inspect,
};
