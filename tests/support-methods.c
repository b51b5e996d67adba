#include "tests/support-methods.h"

#include <complex.h>
#include <stdlib.h>

enum { CHUNK_FRAMES = 60 };

struct SgMethod {
  SgMethodPlan plan;
  SgMethodSetup setup;
};

struct SgMethodWork {
  char nothing;
};

static const char *const spectra_sources[] = { "turned", "left" };
static const char *const samples_sources[] = { "late", "rest", "none" };

static SgStatus
create(const SgMethodSetup *setup, SgMethodPlan plan, SgMethod **out_method)
{
  *out_method = calloc(1, sizeof **out_method);
  **out_method = (SgMethod){ .plan = plan, .setup = *setup };
  return SG_OK;
}

static SgStatus
spectra_create(const SgMethodSetup *setup, SgMethod **out_method, SgError *error)
{
  SgMethodPlan plan = { .n_sources = 2,
                        .sources = spectra_sources,
                        .chunk_frames = CHUNK_FRAMES,
                        .context_before = 3,
                        .context_after = 5,
                        .output = SG_METHOD_SPECTRA };
  return create(setup, plan, out_method);
}

static SgStatus
samples_create(const SgMethodSetup *setup, SgMethod **out_method, SgError *error)
{
  SgMethodPlan plan = { .n_sources = 3,
                        .sources = samples_sources,
                        .chunk_frames = CHUNK_FRAMES,
                        .context_before = 1,
                        .output = SG_METHOD_SAMPLES };
  return create(setup, plan, out_method);
}

static void
method_free(SgMethod *method)
{
  free(method);
}

static const SgMethodPlan *
method_plan(const SgMethod *method)
{
  return &method->plan;
}

static SgMethodWork *
work_new(const SgMethod *method)
{
  return calloc(1, sizeof(SgMethodWork));
}

static void
work_free(SgMethodWork *work)
{
  free(work);
}

static SgStatus
spectra_process(const SgMethod *method, SgMethodWork *work, const SgMethodInput *input,
                SgComplex *out_spectra, SgError *error)
{
  size_t n_bins = method->setup.stft.n_bins, n_channels = method->setup.n_channels;
  for (int64_t t = 0; t < input->chunk_n; t++)
    for (size_t c = 0; c < n_channels; c++) {
      int64_t frame = (int64_t)c * input->n_frames + input->chunk_first + t - input->first_frame;
      const SgComplex *x = input->spectra + frame * (int64_t)n_bins;
      SgComplex *turned = out_spectra + (((size_t)t * 2) * n_channels + c) * n_bins;
      SgComplex *left = out_spectra + (((size_t)t * 2 + 1) * n_channels + c) * n_bins;
      for (size_t k = 0; k < n_bins; k++) {
        turned[k] = 0.6f * cexpf(I) * x[k];
        left[k] = (k % 2 == 0 ? 0.2f : -0.1f) * x[k];
      }
    }
  return SG_OK;
}

static SgStatus
samples_process(const SgMethod *method, SgMethodWork *work, const SgMethodInput *input, float *out_samples,
                SgError *error)
{
  SgStftSize size = method->setup.stft;
  int64_t n = (input->chunk_n - 1) * size.hop + size.window;
  int64_t start = sg_stft_frame_start(size, input->chunk_first), n_channels = method->setup.n_channels;
  int64_t shift = start - sg_stft_frame_start(size, input->first_frame);
  for (int64_t c = 0; c < n_channels; c++)
    for (int64_t i = 0; i < n; i++) {
      const float *x = input->samples[c] + shift + i;
      bool outside = start + i < 0 || start + i >= (method->setup.n_frames - 1) * size.hop;
      float late = outside ? 99.0f : start + i > 0 && shift + i > 0 ? 0.5f * x[-1] : 0.0f;
      out_samples[c * n + i] = late;
      out_samples[(n_channels + c) * n + i] = outside ? 99.0f : x[0] - late;
      out_samples[(2 * n_channels + c) * n + i] = outside ? 99.0f : 0.0f;
    }
  return SG_OK;
}

const SgMethodClass test_spectra_class = {
  .id = "test-spectra",
  .create = spectra_create,
  .free = method_free,
  .plan = method_plan,
  .work_new = work_new,
  .work_free = work_free,
  .process_spectra = spectra_process,
};

const SgMethodClass test_samples_class = {
  .id = "test-samples",
  .create = samples_create,
  .free = method_free,
  .plan = method_plan,
  .work_new = work_new,
  .work_free = work_free,
  .process_samples = samples_process,
};
