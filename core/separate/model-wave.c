#include "core/separate/model-wave.h"

#include <math.h>
#include <string.h>

/* Samples of all windows that one pass of the network takes. */
enum { PASS_SAMPLES = 32768 };

uint32_t
sg_wave_model_context(size_t window, SgStftSize engine)
{
  return (uint32_t)((window + engine.hop - 1) / engine.hop);
}

size_t
sg_wave_model_batch(size_t window)
{
  return window < PASS_SAMPLES ? PASS_SAMPLES / window : 1;
}

/* Where the input's samples and the chunk's lie in the song. */
typedef struct {
  int64_t have_start, have_n;
  int64_t start, n;
} Range;

static Range
range_of(const SgWaveModel *model, const SgMethodInput *input)
{
  int64_t hop = model->engine.hop, window = model->engine.window;
  return (Range){ .have_start = sg_stft_frame_start(model->engine, input->first_frame),
                  .have_n = (input->n_frames - 1) * hop + window,
                  .start = sg_stft_frame_start(model->engine, input->chunk_first),
                  .n = (input->chunk_n - 1) * hop + window };
}

static int64_t
floor_divide(int64_t a, int64_t b)
{
  return a / b - (a % b < 0);
}

/* Samples at … at+n−1 of a channel, zero where there are none. */
static void
take(const SgMethodInput *input, Range range, uint32_t channel, int64_t at, size_t n, float *out)
{
  for (size_t i = 0; i < n; i++) {
    int64_t from = at + (int64_t)i - range.have_start;
    out[i] = from >= 0 && from < range.have_n ? input->samples[channel][from] : 0.0f;
  }
}

/* Adds a window of an estimate that begins at `at` of the song to out[range.n]. */
static void
add_window(Range range, int64_t at, size_t window, const float *estimate, float *out)
{
  for (size_t i = 0; i < window; i++) {
    int64_t to = at + (int64_t)i - range.start;
    if (to >= 0 && to < range.n)
      out[to] += (1.0f - fabsf((2.0f * (float)i + 1.0f) / (float)window - 1.0f)) * estimate[i];
  }
}

/* The channels from `first` on that the network sees together. */
static SgStatus
process_channels(const SgWaveModel *model, SgPlan *plan, const SgMethodInput *input, uint32_t first,
                 float *out_samples)
{
  Range range = range_of(model, input);
  size_t window = model->front_end->n_window, n_channels = model->front_end->n_channels;
  size_t batch = sg_wave_model_batch(window);
  int64_t step = (int64_t)window / 2;
  int64_t begin = floor_divide(range.start, step) - 1, end = floor_divide(range.start + range.n - 1, step);
  for (int64_t k = begin; k <= end; k += (int64_t)batch) {
    for (size_t b = 0; b < batch; b++)
      for (size_t c = 0; c < n_channels; c++) {
        uint32_t channel = first + (uint32_t)c < model->n_channels ? first + (uint32_t)c : first;
        take(input, range, channel, (k + (int64_t)b) * step, window,
             sg_plan_input(plan, 0) + (b * n_channels + c) * window);
      }
    if (sg_plan_forward(plan, input->cancelled) != SG_OK)
      return SG_CANCELLED;
    for (size_t b = 0; b < batch && k + (int64_t)b <= end; b++)
      for (size_t j = 0; j < model->n_estimates; j++)
        for (size_t c = 0; c < n_channels && first + c < model->n_channels; c++)
          add_window(range, (k + (int64_t)b) * step, window,
                     sg_plan_output(plan, 0) + ((b * model->n_estimates + j) * n_channels + c) * window,
                     out_samples + (j * model->n_channels + first + c) * (size_t)range.n);
  }
  return SG_OK;
}

SgStatus
sg_wave_model_process(const SgWaveModel *model, SgPlan *plan, const SgMethodInput *input, float *out_samples)
{
  Range range = range_of(model, input);
  size_t n = (size_t)range.n * model->n_channels;
  memset(out_samples, 0, model->n_sources * n * sizeof *out_samples);
  for (uint32_t first = 0; first < model->n_channels; first += (uint32_t)model->front_end->n_channels) {
    SgStatus status = process_channels(model, plan, input, first, out_samples);
    if (status != SG_OK)
      return status;
  }
  /* The rest is what is left of the mixture. */
  for (uint32_t c = 0; model->n_sources > model->n_estimates && c < model->n_channels; c++) {
    float *rest = out_samples + n + c * (size_t)range.n;
    take(input, range, c, range.start, (size_t)range.n, rest);
    for (size_t i = 0; i < (size_t)range.n; i++)
      rest[i] -= out_samples[c * (size_t)range.n + i];
  }
  return SG_OK;
}
