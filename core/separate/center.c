#include "core/separate/center.h"

#include <math.h>
#include <stdio.h>

#include "core/base/memory.h"
#include "core/separate/chunk-cells.h"
#include "core/separate/knobs.h"

enum { CHUNK_FRAMES = 128, VOCALS = 0, SIDES = 1, N_SOURCES = 2, N_CHANNELS = 2 };
enum { KNOB_POSITION, KNOB_WIDTH, KNOB_LOWEST, KNOB_HIGHEST, N_KNOBS };

static const char *const sources[N_SOURCES] = { [VOCALS] = "vocals", [SIDES] = "sides" };

static const SgMethodKnob knobs[N_KNOBS] = {
  [KNOB_POSITION] = { .id = "position", .minimum = -1, .maximum = 1, .standard = 0, .step = 0.01 },
  [KNOB_WIDTH] = { .id = "width", .minimum = 0.02, .maximum = 2, .standard = 0.2, .step = 0.01 },
  [KNOB_LOWEST] = { .id = "lowest", .maximum = 2000, .standard = 120, .step = 10, .unit = "Hz" },
  [KNOB_HIGHEST] = { .id = "highest",
                     .minimum = 1000,
                     .maximum = 20000,
                     .standard = 16000,
                     .step = 100,
                     .unit = "Hz" },
};

struct SgMethod {
  SgMethodPlan plan;
  size_t n_bins;
  size_t first_bin, end_bin; /* the bins that may be vocals */
  float position, width;
};

/* What inspect needs of the chunk. */
struct SgMethodWork {
  float *place; /* [chunk frame][bin] */
  float *clear; /* [chunk frame][bin]: 1 − min/max */
  SgChunkCells cells;
};

static SgStatus
refuse_not_stereo(uint32_t n_channels, SgError *error)
{
  char detail[16];
  snprintf(detail, sizeof detail, "%u", n_channels);
  return sg_error_set(error, SG_NEEDS_STEREO, NULL, detail);
}

static SgStatus
center_create(const SgMethodSetup *setup, SgMethod **out_method, SgError *error)
{
  double values[N_KNOBS];
  *out_method = NULL;
  SgStatus status = sg_knobs_read(knobs, N_KNOBS, setup->knobs, values, error);
  if (status != SG_OK)
    return status;
  if (setup->n_channels != N_CHANNELS)
    return refuse_not_stereo(setup->n_channels, error);
  SgMethod *method = SG_NEW(SgMethod, 1);
  if (method == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  method->plan = (SgMethodPlan){ .n_sources = N_SOURCES, .sources = sources, .chunk_frames = CHUNK_FRAMES };
  method->n_bins = setup->stft.n_bins;
  double bin_hz = (double)setup->rate_hz / setup->stft.window;
  method->first_bin = (size_t)ceil(values[KNOB_LOWEST] / bin_hz);
  method->end_bin = (size_t)floor(values[KNOB_HIGHEST] / bin_hz) + 1;
  if (method->end_bin > method->n_bins)
    method->end_bin = method->n_bins;
  method->position = (float)values[KNOB_POSITION];
  method->width = (float)values[KNOB_WIDTH];
  *out_method = method;
  return SG_OK;
}

static void
center_free(SgMethod *method)
{
  sg_free(method);
}

static const SgMethodPlan *
center_plan(const SgMethod *method)
{
  return &method->plan;
}

static void
center_work_free(SgMethodWork *work)
{
  if (work == NULL)
    return;
  sg_free(work->place);
  sg_free(work->clear);
  sg_free(work);
}

static SgMethodWork *
center_work_new(const SgMethod *method)
{
  SgMethodWork *work = SG_NEW(SgMethodWork, 1);
  if (work == NULL)
    return NULL;
  work->place = SG_NEW(float, CHUNK_FRAMES * method->n_bins);
  work->clear = SG_NEW(float, CHUNK_FRAMES * method->n_bins);
  if (work->place == NULL || work->clear == NULL) {
    center_work_free(work);
    return NULL;
  }
  return work;
}

/* Where the cell lies and how clearly; a silent cell lies nowhere: (0, 0). */
static void
locate(SgComplex left, SgComplex right, float *out_place, float *out_clear)
{
  float l2 = crealf(left) * crealf(left) + cimagf(left) * cimagf(left);
  float r2 = crealf(right) * crealf(right) + cimagf(right) * cimagf(right);
  float cross = crealf(left) * crealf(right) + cimagf(left) * cimagf(right);
  bool left_louder = l2 >= r2;
  float louder2 = left_louder ? l2 : r2, softer2 = left_louder ? r2 : l2;
  *out_place = *out_clear = 0.0f;
  if (louder2 == 0.0f)
    return;
  float gain = cross / louder2;
  gain = gain < 0.0f ? 0.0f : gain > 1.0f ? 1.0f : gain;
  float min2 = fmaxf(softer2 - 2.0f * gain * cross + gain * gain * louder2, 0.0f);
  float max2 = fmaxf(softer2, l2 + r2 - 2.0f * cross);
  float away = 1.0f - (float)(4.0 / M_PI) * atanf(gain);
  *out_place = left_louder ? -away : away;
  *out_clear = max2 > 0.0f ? 1.0f - sqrtf(fminf(min2 / max2, 1.0f)) : 1.0f;
}

/* w(p) */
static float
weight_of_place(const SgMethod *method, float place)
{
  float distance = fabsf(place - method->position) / method->width;
  if (distance <= 0.5f)
    return 1.0f;
  if (distance >= 1.0f)
    return 0.0f;
  float c = cosf((float)M_PI * (distance - 0.5f));
  return c * c;
}

static SgStatus
center_process(const SgMethod *method, SgMethodWork *work, const SgMethodInput *input, float *out_masks,
               SgError *error)
{
  size_t n_bins = method->n_bins, chunk_at = (size_t)(input->chunk_first - input->first_frame);
  const SgComplex *left = input->spectra + chunk_at * n_bins;
  const SgComplex *right = left + (size_t)input->n_frames * n_bins;
  work->cells = sg_chunk_cells_of(input, N_CHANNELS, method->n_bins);
  for (size_t t = 0; t < (size_t)input->chunk_n; t++) {
    if (atomic_load(input->cancelled))
      return sg_error_set(error, SG_CANCELLED, NULL, NULL);
    float *masks = out_masks + t * N_SOURCES * N_CHANNELS * n_bins;
    for (size_t k = 0; k < n_bins; k++) {
      size_t cell = t * n_bins + k;
      locate(left[cell], right[cell], &work->place[cell], &work->clear[cell]);
      bool inside = k >= method->first_bin && k < method->end_bin;
      float vocals = inside ? work->clear[cell] * weight_of_place(method, work->place[cell]) : 0.0f;
      for (size_t c = 0; c < N_CHANNELS; c++) {
        masks[(VOCALS * N_CHANNELS + c) * n_bins + k] = vocals;
        masks[(SIDES * N_CHANNELS + c) * n_bins + k] = 1.0f - vocals;
      }
    }
  }
  return SG_OK;
}

static size_t
center_inspect(const SgMethod *method, const SgMethodWork *work, int64_t frame, uint32_t channel,
               uint32_t bin, SgInspectValue *out_values, size_t n_values)
{
  int64_t at = sg_chunk_cells_find(&work->cells, frame, channel, bin);
  if (at < 0 || n_values < 2)
    return 0;
  size_t cell = (size_t)at * method->n_bins + bin;
  out_values[0] = (SgInspectValue){ "place", work->place[cell] };
  out_values[1] = (SgInspectValue){ "clearness", work->clear[cell] };
  return 2;
}

const SgMethodClass sg_center_class = {
  .id = "center",
  .knobs = knobs,
  .n_knobs = N_KNOBS,
  .create = center_create,
  .free = center_free,
  .plan = center_plan,
  .work_new = center_work_new,
  .work_free = center_work_free,
  .process = center_process,
  .inspect = center_inspect,
};
