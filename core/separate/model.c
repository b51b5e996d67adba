#include "core/separate/model.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/separate/knobs.h"
#include "core/separate/model-blend.h"
#include "core/separate/model-patch.h"
#include "core/separate/model-wave.h"

enum { CHUNK_FRAMES = 128, KNOB_QUALITY = 0, N_KNOBS };

static const char *const quality_choices[] = { "fast", "normal", "best" };

static const SgMethodKnob knobs[N_KNOBS] = {
  [KNOB_QUALITY] = { .id = "quality", .maximum = 2, .standard = 1, .choices = quality_choices },
};

/* What a quality means: frames of context, how often the network looks, each time at frames that lie between
 * those of before, and whether what the file has averaged in is. */
static const struct {
  uint32_t context_frames;
  size_t n_passes;
  bool with_blend;
} qualities[] = { { 32, 1, false }, { 64, 1, true }, { 64, 4, true } };

static const char REST[] = "rest";

struct SgMethod {
  SgMethodPlan plan;
  SgModel *model;
  pthread_mutex_t binding; /* sg_model_bind wants one thread at a time */
  const char *sources[SG_MODEL_MAX_SOURCES + 1];
  SgModelPatchShape patch; /* of a network on waveforms only front end, estimates, channels and engine */
  SgWaveModel wave;        /* of a network on waveforms, which has no STFT */
  SgModelBlend *blend;     /* NULL: the network alone */
};

struct SgMethodWork {
  SgTeam *team;
  SgPlan *plan;
  SgModelPatch *patch;
  float *mid_row, *side_row; /* [engine bins]: a frame's masks */
  SgModelBlendWork *blend;   /* NULL: the network alone */
};

/* The permitted window nearest to the network's in seconds. */
static SgStftSize
size_at(const SgModelFacts *facts, uint32_t rate_hz)
{
  /* sg_stft_size_for_rate knows the lengths near 4096·rate/44100; the network's are those of another rate. */
  double wanted = (double)facts->fft_size * rate_hz / facts->rate_hz;
  return sg_stft_size_for_rate((uint32_t)lround(wanted * 44100.0 / 4096.0));
}

static bool
is_wave(const SgMethod *method)
{
  return method->patch.front_end.layout == SG_LAYOUT_CHANNELS_SAMPLES;
}

/* Spectra can be had at any rate, samples only at the network's. */
static SgStatus
check_rate(const SgMethod *method, const SgMethodSetup *setup, SgError *error)
{
  uint32_t rate_hz = sg_model_facts(method->model)->rate_hz;
  char detail[SG_ERROR_DETAIL_SIZE];
  if (!is_wave(method) || setup->rate_hz == rate_hz)
    return SG_OK;
  snprintf(detail, sizeof detail, "%u Hz, where the network takes %u Hz", setup->rate_hz, rate_hz);
  return sg_error_set(error, SG_BAD_FORMAT, setup->model_path, detail);
}

static SgStatus
open_model(const SgMethodSetup *setup, SgMethod *method, SgError *error)
{
  if (setup->model_path == NULL)
    return sg_error_set(error, SG_BAD_ARGUMENT, NULL, "model");
  SgStatus status = sg_model_open(setup->model_path, &method->model, error);
  if (status != SG_OK)
    return status;
  const SgModelFacts *facts = sg_model_facts(method->model);
  status = sg_front_end_of(sg_model_graph(method->model), facts, &method->patch.front_end, error);
  if (status != SG_OK) {
    if (error != NULL && error->path[0] == '\0')
      strncpy(error->path, setup->model_path, sizeof error->path - 1);
    return status;
  }
  method->patch.n_estimates = facts->n_sources;
  if (is_wave(method))
    return check_rate(method, setup, error);
  method->patch.size = size_at(facts, setup->rate_hz);
  method->patch.front_end.n_spectrum_bins = method->patch.size.n_bins;
  return SG_OK;
}

/* The frames of the engine that the network wants to see around a chunk, no more than it can see. One more
 * frame of the network is for reading between two, and for passes between them. */
static uint32_t
context_of(const SgMethod *method, uint32_t wanted)
{
  const SgModelFacts *facts = sg_model_facts(method->model);
  if (is_wave(method) || facts->reach_frames == 0)
    return wanted;
  double reach = ceil((facts->reach_frames + 1.0) * method->patch.size.hop / method->patch.engine.hop);
  return reach < wanted ? (uint32_t)reach : wanted;
}

static void
state_wave_plan(SgMethod *method)
{
  method->wave = (SgWaveModel){ .front_end = &method->patch.front_end,
                                .n_estimates = method->patch.n_estimates,
                                .n_sources = method->plan.n_sources,
                                .n_channels = method->patch.n_channels,
                                .engine = method->patch.engine };
  method->plan.output = SG_METHOD_SAMPLES;
  method->plan.context_before = method->plan.context_after =
      sg_wave_model_context(method->patch.front_end.n_window, method->patch.engine);
}

static void
state_plan(SgMethod *method)
{
  const SgModelFacts *facts = sg_model_facts(method->model);
  size_t n = method->patch.n_estimates;
  for (size_t j = 0; j < n; j++)
    method->sources[j] = facts->sources[j];
  if (n == 1)
    method->sources[n++] = REST;
  method->plan =
      (SgMethodPlan){ .n_sources = n,
                      .sources = method->sources,
                      .chunk_frames = CHUNK_FRAMES,
                      .context_before = method->patch.context_frames,
                      .context_after = method->patch.context_frames,
                      /* Masks of mid and side are none of left and right. */
                      .output = method->patch.front_end.mid_side ? SG_METHOD_SPECTRA : SG_METHOD_MASKS };
  if (is_wave(method)) {
    state_wave_plan(method);
    return;
  }
  method->patch.n_frames = sg_model_patch_frames(&method->patch, CHUNK_FRAMES);
}

/* The share of classic that the file asks for, if any. */
static SgStatus
add_blend(SgMethod *method, const SgMethodSetup *setup, SgError *error)
{
  double share = sg_model_facts(method->model)->classic_share;
  if (share == 0.0)
    return SG_OK;
  if (method->plan.output != SG_METHOD_SPECTRA)
    return sg_error_set(error, SG_BAD_MODEL, setup->model_path, "classic_share");
  method->plan.context_before = method->plan.context_after = SG_MODEL_BLEND_CONTEXT;
  return sg_model_blend_new(setup, share, method->plan.sources, method->plan.n_sources, &method->blend,
                            error);
}

static void
model_free(SgMethod *method)
{
  sg_model_free(method->model);
  sg_model_blend_free(method->blend);
  sg_stft_free(method->patch.stft);
  pthread_mutex_destroy(&method->binding);
  sg_free(method);
}

/* Whether every weight of the network is in the file: workers could only fail. */
static SgStatus
check_weights(SgMethod *method, const char *path, SgError *error)
{
  size_t n_frames = is_wave(method) ? 0 : method->patch.front_end.frame_multiple;
  SgShape shape = sg_front_end_shape(&method->patch.front_end, 1, n_frames);
  SgPlan *plan = NULL;
  SgTeam *team = sg_team_new(1);
  SgStatus status = team != NULL ? sg_plan_new(sg_model_graph(method->model), &shape,
                                               (SgPlanOptions){ .training = false }, team, &plan, error)
                                 : sg_error_set(error, SG_NO_MEMORY, path, NULL);
  if (status == SG_OK)
    status = sg_model_bind(method->model, plan, error);
  if (status != SG_OK && error != NULL && error->path[0] == '\0')
    snprintf(error->path, sizeof error->path, "%s", path);
  sg_plan_free(plan);
  sg_team_free(team);
  return status;
}

static SgStatus
model_create(const SgMethodSetup *setup, SgMethod **out_method, SgError *error)
{
  *out_method = NULL;
  double values[N_KNOBS];
  SgStatus status = sg_knobs_read(knobs, N_KNOBS, setup->knobs, values, error);
  if (status != SG_OK)
    return status;
  SgMethod *method = SG_NEW(SgMethod, 1);
  if (method == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  size_t quality = (size_t)values[KNOB_QUALITY];
  method->patch.n_passes = qualities[quality].n_passes;
  pthread_mutex_init(&method->binding, NULL);
  method->patch.n_channels = setup->n_channels;
  method->patch.engine = setup->stft;
  status = open_model(setup, method, error);
  if (status == SG_OK)
    status = check_weights(method, setup->model_path, error);
  if (status == SG_OK && !is_wave(method) && (method->patch.stft = sg_stft_new(method->patch.size)) == NULL)
    status = sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  if (status == SG_OK) {
    method->patch.context_frames = context_of(method, qualities[quality].context_frames);
    state_plan(method);
    if (qualities[quality].with_blend)
      status = add_blend(method, setup, error);
  }
  if (status != SG_OK) {
    model_free(method);
    return status;
  }
  *out_method = method;
  return SG_OK;
}

static const SgMethodPlan *
model_plan(const SgMethod *method)
{
  return &method->plan;
}

static void
model_work_free(SgMethodWork *work)
{
  if (work == NULL)
    return;
  sg_plan_free(work->plan);
  sg_team_free(work->team);
  sg_model_patch_free(work->patch);
  sg_free(work->mid_row);
  sg_free(work->side_row);
  sg_model_blend_work_free(work->blend);
  sg_free(work);
}

static bool
bind(const SgMethod *method, SgPlan *plan)
{
  pthread_mutex_t *binding = (pthread_mutex_t *)&method->binding;
  pthread_mutex_lock(binding);
  bool good = sg_model_bind(method->model, plan, NULL) == SG_OK;
  pthread_mutex_unlock(binding);
  return good;
}

static bool
make_plan(const SgMethod *method, SgMethodWork *work, size_t batch)
{
  SgShape shape = sg_front_end_shape(&method->patch.front_end, batch, method->patch.n_frames);
  work->team = sg_team_new(1); /* chunks run side by side, each on one thread */
  return work->team != NULL &&
         sg_plan_new(sg_model_graph(method->model), &shape, (SgPlanOptions){ .training = false }, work->team,
                     &work->plan, NULL) == SG_OK &&
         bind(method, work->plan);
}

static SgMethodWork *
wave_work_new(const SgMethod *method)
{
  SgMethodWork *work = SG_NEW(SgMethodWork, 1);
  if (work != NULL && make_plan(method, work, sg_wave_model_batch(method->patch.front_end.n_window)))
    return work;
  model_work_free(work);
  return NULL;
}

static SgMethodWork *
model_work_new(const SgMethod *method)
{
  if (is_wave(method))
    return wave_work_new(method);
  SgMethodWork *work = SG_NEW(SgMethodWork, 1);
  if (work == NULL)
    return NULL;
  work->patch = sg_model_patch_new(&method->patch);
  work->mid_row = SG_NEW(float, method->patch.engine.n_bins);
  work->side_row = SG_NEW(float, method->patch.engine.n_bins);
  if (method->blend != NULL)
    work->blend = sg_model_blend_work_new(method->blend, CHUNK_FRAMES + 2 * SG_MODEL_BLEND_CONTEXT);
  if (work->patch != NULL && work->mid_row != NULL && work->side_row != NULL &&
      (work->blend != NULL || method->blend == NULL) && make_plan(method, work, 1))
    return work;
  model_work_free(work);
  return NULL;
}

/* Writes the chunk's masks of one channel, from channel `c` of the network. */
static void
write_masks(const SgMethod *method, SgMethodWork *work, const SgMethodInput *input, size_t c,
            uint32_t channel, float *out_masks)
{
  size_t n_sources = method->plan.n_sources, n_bins = method->patch.engine.n_bins;
  for (int64_t t = 0; t < input->chunk_n; t++) {
    float *row = out_masks + (size_t)t * n_sources * method->patch.n_channels * n_bins;
    for (size_t j = 0; j < method->patch.n_estimates; j++)
      sg_model_patch_mask(work->patch, input, j, c, t,
                          row + (j * method->patch.n_channels + channel) * n_bins);
    for (size_t k = 0; n_sources > method->patch.n_estimates && k < n_bins; k++)
      row[(method->patch.n_channels + channel) * n_bins + k] = 1.0f - row[channel * n_bins + k];
  }
}

static SgStatus
model_process(const SgMethod *method, SgMethodWork *work, const SgMethodInput *input, float *out_masks,
              SgError *error)
{
  uint32_t together = (uint32_t)method->patch.front_end.n_channels;
  for (uint32_t first = 0; first < method->patch.n_channels; first += together) {
    if (sg_model_patch_run(work->patch, work->plan, input, first) != SG_OK)
      return sg_error_set(error, SG_CANCELLED, NULL, NULL);
    for (uint32_t c = 0; c < together && first + c < method->patch.n_channels; c++)
      write_masks(method, work, input, c, first + c, out_masks);
  }
  return SG_OK;
}

/* Of a frame's spectra of `left` and, unless NULL, `right`, the mid's share `mid_mask` and the side's. */
static void
apply_mid_side(size_t n_bins, const SgComplex *left, const SgComplex *right, const float *mid_mask,
               const float *side_mask, SgComplex *out_left, SgComplex *out_right)
{
  for (size_t k = 0; k < n_bins; k++) {
    if (right == NULL) {
      out_left[k] = mid_mask[k] * left[k]; /* its side is zero */
      continue;
    }
    SgComplex mid = 0.5f * mid_mask[k] * (left[k] + right[k]);
    SgComplex side = 0.5f * side_mask[k] * (left[k] - right[k]);
    out_left[k] = mid + side;
    out_right[k] = mid - side;
  }
}

/* Writes the chunk's stems of channel `channel` and, if the song has one, the next. */
static void
write_spectra(const SgMethod *method, SgMethodWork *work, const SgMethodInput *input, uint32_t channel,
              SgComplex *out_spectra)
{
  size_t n_bins = method->patch.engine.n_bins, n_sources = method->plan.n_sources,
         n_channels = method->patch.n_channels;
  size_t n_plane = (size_t)input->n_frames * n_bins;
  bool has_right = channel + 1 < n_channels;
  for (int64_t t = 0; t < input->chunk_n; t++) {
    const SgComplex *left =
        input->spectra + channel * n_plane + (size_t)(input->chunk_first - input->first_frame + t) * n_bins;
    SgComplex *row = out_spectra + ((size_t)t * n_sources * n_channels + channel) * n_bins;
    for (size_t j = 0; j < method->patch.n_estimates; j++) {
      SgComplex *out = row + j * n_channels * n_bins;
      sg_model_patch_mask(work->patch, input, j, 0, t, work->mid_row);
      sg_model_patch_mask(work->patch, input, j, 1, t, work->side_row);
      apply_mid_side(n_bins, left, has_right ? left + n_plane : NULL, work->mid_row, work->side_row, out,
                     out + n_bins);
    }
    size_t n_values = (has_right ? 2 : 1) * n_bins;
    for (size_t i = 0; n_sources > method->patch.n_estimates && i < n_values; i++)
      row[n_channels * n_bins + i] = left[i / n_bins * n_plane + i % n_bins] - row[i];
  }
}

static SgStatus
model_process_spectra(const SgMethod *method, SgMethodWork *work, const SgMethodInput *input,
                      SgComplex *out_spectra, SgError *error)
{
  for (uint32_t first = 0; first < method->patch.n_channels; first += 2) {
    if (sg_model_patch_run(work->patch, work->plan, input, first) != SG_OK)
      return sg_error_set(error, SG_CANCELLED, NULL, NULL);
    write_spectra(method, work, input, first, out_spectra);
  }
  return method->blend != NULL ? sg_model_blend_run(method->blend, work->blend, input, out_spectra, error)
                               : SG_OK;
}

static SgStatus
model_process_samples(const SgMethod *method, SgMethodWork *work, const SgMethodInput *input,
                      float *out_samples, SgError *error)
{
  SgStatus status = sg_wave_model_process(&method->wave, work->plan, input, out_samples);
  return status == SG_OK ? status : sg_error_set(error, status, NULL, NULL);
}

/* The magnitude that the network sees in the cell, the frames that it looks at before and behind a chunk, and
 * each source's share, under the source's name. Of a network on waveforms the samples that it takes at once.
 */
static size_t
model_inspect(const SgMethod *method, const SgMethodWork *work, int64_t frame, uint32_t channel, uint32_t bin,
              SgInspectValue *out_values, size_t n_values)
{
  double magnitude, shares[SG_MODEL_MAX_SOURCES];
  size_t n_sources = method->plan.n_sources, n = 0;
  if (is_wave(method) && n_values > 0) {
    out_values[0] = (SgInspectValue){ "window-samples", (double)method->patch.front_end.n_window };
    return 1;
  }
  if (n_values < n_sources + 2 || !sg_model_patch_look(work->patch, frame, channel, bin, &magnitude, shares))
    return 0;
  out_values[n++] = (SgInspectValue){ "magnitude", magnitude };
  out_values[n++] = (SgInspectValue){ "context-frames", (double)method->patch.context_frames };
  for (size_t j = 0; j < method->patch.n_estimates; j++)
    out_values[n++] = (SgInspectValue){ method->sources[j], shares[j] };
  if (n_sources > method->patch.n_estimates)
    out_values[n++] = (SgInspectValue){ REST, 1.0 - shares[0] };
  return n;
}

const SgMethodClass sg_model_class = {
  .id = "model",
  .knobs = knobs,
  .n_knobs = N_KNOBS,
  .create = model_create,
  .free = model_free,
  .plan = model_plan,
  .work_new = model_work_new,
  .work_free = model_work_free,
  .process = model_process,
  .process_spectra = model_process_spectra,
  .process_samples = model_process_samples,
  .inspect = model_inspect,
};
