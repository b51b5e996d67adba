#include "core/separate/model.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/nn/front-end.h"
#include "core/separate/chunk-cells.h"
#include "core/separate/knobs.h"
#include "core/separate/model-blend.h"
#include "core/separate/model-wave.h"

enum { CHUNK_FRAMES = 384, KNOB_QUALITY = 0, N_KNOBS };

static const char *const quality_choices[] = { "fast", "normal", "best" };

static const SgMethodKnob knobs[N_KNOBS] = {
  [KNOB_QUALITY] = { .id = "quality", .maximum = 2, .standard = 1, .choices = quality_choices },
};

/* What a quality means: frames of context, and how often the network looks, each time at frames that lie
 * between those of before. */
static const struct {
  uint32_t context_frames;
  size_t n_passes;
} qualities[] = { { 32, 1 }, { 64, 1 }, { 64, 4 } };

static const float MAGNITUDE_FLOOR = 1e-7f;
static const char REST[] = "rest";

struct SgMethod {
  SgMethodPlan plan;
  SgModel *model;
  pthread_mutex_t binding; /* sg_model_bind wants one thread at a time */
  SgFrontEnd front_end;
  const char *sources[SG_MODEL_MAX_SOURCES + 1];
  size_t n_estimates; /* sources of the network */
  uint32_t context_frames;
  size_t n_passes;
  uint32_t n_channels;
  SgStftSize engine, size; /* the engine's STFT, and the network's at the song's rate */
  SgStft *stft;
  size_t n_patch;      /* frames of the network's patch, a multiple of what it takes */
  SgWaveModel wave;    /* of a network on waveforms, which has no STFT */
  SgModelBlend *blend; /* NULL: the network alone */
};

struct SgMethodWork {
  SgTeam *team;
  SgPlan *plan;
  SgStftWork *stft;
  float *samples;         /* of one channel under the patch */
  SgComplex *spectra;     /* [network channels][patch frames][network bins] */
  float *masks;           /* [estimates][network channels][patch frames][network bins] */
  SgComplex *all_spectra; /* the same of every group of channels; the two above point into these */
  float *all_masks;
  SgChunkCells cells; /* what the masks are of */
  int64_t patch_first;
  float *pass;               /* one source's masks of one of several passes, else NULL */
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
  return method->front_end.layout == SG_LAYOUT_CHANNELS_SAMPLES;
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
  status = sg_front_end_of(sg_model_graph(method->model), facts, &method->front_end, error);
  if (status != SG_OK) {
    if (error != NULL && error->path[0] == '\0')
      strncpy(error->path, setup->model_path, sizeof error->path - 1);
    return status;
  }
  method->n_estimates = facts->n_sources;
  if (is_wave(method))
    return check_rate(method, setup, error);
  method->size = size_at(facts, setup->rate_hz);
  method->front_end.n_spectrum_bins = method->size.n_bins;
  return SG_OK;
}

static void
state_wave_plan(SgMethod *method)
{
  method->wave = (SgWaveModel){ .front_end = &method->front_end,
                                .n_estimates = method->n_estimates,
                                .n_sources = method->plan.n_sources,
                                .n_channels = method->n_channels,
                                .engine = method->engine };
  method->plan.output = SG_METHOD_SAMPLES;
  method->plan.context_before = method->plan.context_after =
      sg_wave_model_context(method->front_end.n_window, method->engine);
}

static void
state_plan(SgMethod *method)
{
  const SgModelFacts *facts = sg_model_facts(method->model);
  size_t n = method->n_estimates;
  for (size_t j = 0; j < n; j++)
    method->sources[j] = facts->sources[j];
  if (n == 1)
    method->sources[n++] = REST;
  method->plan = (SgMethodPlan){ .n_sources = n,
                                 .sources = method->sources,
                                 .chunk_frames = CHUNK_FRAMES,
                                 .context_before = method->context_frames,
                                 .context_after = method->context_frames,
                                 /* Masks of mid and side are none of left and right. */
                                 .output = method->front_end.mid_side ? SG_METHOD_SPECTRA : SG_METHOD_MASKS };
  if (is_wave(method)) {
    state_wave_plan(method);
    return;
  }
  /* The frames of the network that the engine's patch covers. */
  double n_frames = CHUNK_FRAMES + 2.0 * method->context_frames;
  double frames = ceil(n_frames * method->engine.hop / method->size.hop);
  size_t multiple = method->front_end.frame_multiple;
  method->n_patch = ((size_t)frames + multiple - 1) / multiple * multiple;
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
  sg_stft_free(method->stft);
  pthread_mutex_destroy(&method->binding);
  sg_free(method);
}

/* Whether every weight of the network is in the file: workers could only fail. */
static SgStatus
check_weights(SgMethod *method, const char *path, SgError *error)
{
  size_t n_frames = is_wave(method) ? 0 : method->front_end.frame_multiple;
  SgShape shape = sg_front_end_shape(&method->front_end, 1, n_frames);
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
  method->context_frames = qualities[(size_t)values[KNOB_QUALITY]].context_frames;
  method->n_passes = qualities[(size_t)values[KNOB_QUALITY]].n_passes;
  pthread_mutex_init(&method->binding, NULL);
  method->n_channels = setup->n_channels;
  method->engine = setup->stft;
  status = open_model(setup, method, error);
  if (status == SG_OK)
    status = check_weights(method, setup->model_path, error);
  if (status == SG_OK && !is_wave(method) && (method->stft = sg_stft_new(method->size)) == NULL)
    status = sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  if (status == SG_OK) {
    state_plan(method);
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
  sg_stft_work_free(work->stft);
  sg_free(work->samples);
  sg_free(work->all_spectra);
  sg_free(work->all_masks);
  sg_free(work->pass);
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
  SgShape shape = sg_front_end_shape(&method->front_end, batch, method->n_patch);
  work->team = sg_team_new(1); /* chunks run side by side, each on one thread */
  return work->team != NULL &&
         sg_plan_new(sg_model_graph(method->model), &shape, (SgPlanOptions){ .training = false }, work->team,
                     &work->plan, NULL) == SG_OK &&
         bind(method, work->plan);
}

/* Of channels that the network sees together. */
static size_t
n_groups(const SgMethod *method)
{
  return (method->n_channels + method->front_end.n_channels - 1) / method->front_end.n_channels;
}

static SgMethodWork *
wave_work_new(const SgMethod *method)
{
  SgMethodWork *work = SG_NEW(SgMethodWork, 1);
  if (work != NULL && make_plan(method, work, sg_wave_model_batch(method->front_end.n_window)))
    return work;
  model_work_free(work);
  return NULL;
}

static SgMethodWork *
model_work_new(const SgMethod *method)
{
  if (is_wave(method))
    return wave_work_new(method);
  size_t n_channels = method->front_end.n_channels,
         n_spectra = n_channels * method->n_patch * method->size.n_bins;
  SgMethodWork *work = SG_NEW(SgMethodWork, 1);
  if (work == NULL)
    return NULL;
  work->stft = sg_stft_work_new(method->stft);
  work->samples = SG_NEW(float, (method->n_patch - 1) * method->size.hop + method->size.window);
  work->all_spectra = SG_NEW(SgComplex, n_groups(method) * n_spectra);
  work->all_masks = SG_NEW(float, n_groups(method) * method->n_estimates * n_spectra);
  work->pass = method->n_passes > 1 ? SG_NEW(float, n_spectra) : NULL;
  work->mid_row = SG_NEW(float, method->engine.n_bins);
  work->side_row = SG_NEW(float, method->engine.n_bins);
  if (method->blend != NULL)
    work->blend = sg_model_blend_work_new(method->blend, CHUNK_FRAMES + 2 * SG_MODEL_BLEND_CONTEXT);
  bool good = (work->blend != NULL || method->blend == NULL) && work->stft != NULL && work->samples != NULL &&
              work->all_spectra != NULL && work->all_masks != NULL &&
              (work->pass != NULL || method->n_passes == 1) && work->mid_row != NULL &&
              work->side_row != NULL && make_plan(method, work, 1);
  if (good)
    return work;
  model_work_free(work);
  return NULL;
}

/* The first of the network's frames in the patch of a chunk; may be negative. */
static int64_t
patch_first(const SgMethod *method, const SgMethodInput *input)
{
  return (int64_t)floor((double)(input->chunk_first - method->context_frames) * method->engine.hop /
                        method->size.hop);
}

/* The samples under the patch, moved on by some, zero where the chunk's view of the song ends. */
static void
take_samples(const SgMethod *method, const SgMethodInput *input, uint32_t channel, int64_t shift_samples,
             float *out_samples)
{
  int64_t start = patch_first(method, input) * method->size.hop - method->size.window / 2 + shift_samples;
  int64_t n = ((int64_t)method->n_patch - 1) * method->size.hop + method->size.window;
  int64_t have_start = sg_stft_frame_start(method->engine, input->first_frame);
  int64_t have_n = (input->n_frames - 1) * method->engine.hop + method->engine.window;
  for (int64_t i = 0; i < n; i++) {
    int64_t at = start + i - have_start;
    out_samples[i] = at >= 0 && at < have_n ? input->samples[channel][at] : 0.0f;
  }
}

/* Adds pass `index` of several, whose frames lie index/n_passes of a frame later, to the masks of a source:
 * read between its frames, and averaged. */
static void
add_pass(const SgMethod *method, const float *pass, size_t index, float *masks)
{
  size_t n_bins = method->size.n_bins;
  float later = (float)index / (float)method->n_passes, share = 1.0f / (float)method->n_passes;
  for (size_t row = 0; row < method->front_end.n_channels * method->n_patch; row++) {
    size_t before = row % method->n_patch > 0 ? row - 1 : row;
    for (size_t k = 0; k < n_bins; k++) {
      float mask = pass[row * n_bins + k] + later * (pass[before * n_bins + k] - pass[row * n_bins + k]);
      masks[row * n_bins + k] = (index > 0 ? masks[row * n_bins + k] : 0.0f) + share * mask;
    }
  }
}

/* The network's masks, or |estimate|/|mixture|, at most 1, for the channels that it sees together. */
static SgStatus
run_pass(const SgMethod *method, SgMethodWork *work, const SgMethodInput *input, uint32_t first_channel,
         size_t index)
{
  const SgFrontEnd *front_end = &method->front_end;
  size_t n_plane = method->n_patch * method->size.n_bins, n_spectra = front_end->n_channels * n_plane;
  int64_t shift_samples = (int64_t)(index * method->size.hop / method->n_passes);
  for (size_t c = 0; c < front_end->n_channels; c++) {
    uint32_t channel = first_channel + (uint32_t)c;
    take_samples(method, input, channel < method->n_channels ? channel : first_channel, shift_samples,
                 work->samples);
    sg_stft_analyse(method->stft, work->stft, work->samples, (int64_t)method->n_patch,
                    work->spectra + c * n_plane);
  }
  sg_front_end_to_mid_side(front_end, work->spectra, method->n_patch);
  float scale = sg_front_end_peak(front_end, work->spectra, method->n_patch);
  sg_front_end_fill(front_end, work->spectra, method->n_patch, method->n_patch, scale,
                    sg_plan_input(work->plan, 0));
  SgStatus status = sg_plan_forward(work->plan, input->cancelled);
  for (size_t j = 0; status == SG_OK && j < method->n_estimates; j++) {
    float *masks = work->pass != NULL ? work->pass : work->masks + j * n_spectra;
    const float *estimate =
        sg_plan_output(work->plan, 0) + j * sg_front_end_floats(front_end, method->n_patch);
    sg_front_end_read(front_end, estimate, method->n_patch, front_end->gives_masks ? 1.0f : scale,
                      method->n_patch, masks);
    for (size_t i = 0; i < n_spectra && !front_end->gives_masks; i++)
      masks[i] = fminf(1.0f, fabsf(masks[i]) / (cabsf(work->spectra[i]) + MAGNITUDE_FLOOR));
    if (work->pass != NULL)
      add_pass(method, work->pass, index, work->masks + j * n_spectra);
  }
  return status;
}

static SgStatus
run_network(const SgMethod *method, SgMethodWork *work, const SgMethodInput *input, uint32_t first_channel)
{
  size_t group = first_channel / method->front_end.n_channels;
  size_t n_spectra = method->front_end.n_channels * method->n_patch * method->size.n_bins;
  work->spectra = work->all_spectra + group * n_spectra;
  work->masks = work->all_masks + group * method->n_estimates * n_spectra;
  work->cells = sg_chunk_cells_of(input, method->n_channels, method->engine.n_bins);
  work->patch_first = patch_first(method, input);
  SgStatus status = SG_OK;
  for (size_t index = 0; index < method->n_passes && status == SG_OK; index++)
    status = run_pass(method, work, input, first_channel, index);
  return status;
}

/* A mask of the network at a place between its frames and bins; 0 above its last bin. */
static float
read_between(const SgMethod *method, const float *masks, double frame, double bin)
{
  size_t n_bins = method->size.n_bins;
  if (bin > (double)(n_bins - 1))
    return 0.0f;
  size_t t = (size_t)frame, k = (size_t)bin;
  size_t t_next = t + 1 < method->n_patch ? t + 1 : t, k_next = k + 1 < n_bins ? k + 1 : k;
  float u = (float)(frame - (double)t), v = (float)(bin - (double)k);
  float low = masks[t * n_bins + k] + v * (masks[t * n_bins + k_next] - masks[t * n_bins + k]);
  float high =
      masks[t_next * n_bins + k] + v * (masks[t_next * n_bins + k_next] - masks[t_next * n_bins + k]);
  return low + u * (high - low);
}

/* The mask of network source j and channel c at frame t of the chunk, out_row[engine bins]. */
static void
read_row(const SgMethod *method, const SgMethodWork *work, const SgMethodInput *input, size_t j, size_t c,
         int64_t t, float *out_row)
{
  size_t n_plane = method->n_patch * method->size.n_bins, n_spectra = method->front_end.n_channels * n_plane;
  const float *masks = work->masks + j * n_spectra + c * n_plane;
  double frame = (double)(input->chunk_first + t) * method->engine.hop / method->size.hop -
                 (double)patch_first(method, input);
  double bins = (double)method->size.window / method->engine.window;
  if (method->size.window == method->engine.window)
    memcpy(out_row, masks + (size_t)frame * method->size.n_bins, method->size.n_bins * sizeof *out_row);
  else
    for (size_t k = 0; k < method->engine.n_bins; k++)
      out_row[k] = read_between(method, masks, frame, (double)k * bins);
}

/* Writes the chunk's masks of one channel, from channel `c` of the network. */
static void
write_masks(const SgMethod *method, const SgMethodWork *work, const SgMethodInput *input, size_t c,
            uint32_t channel, float *out_masks)
{
  size_t n_sources = method->plan.n_sources, n_bins = method->engine.n_bins;
  for (int64_t t = 0; t < input->chunk_n; t++) {
    float *row = out_masks + (size_t)t * n_sources * method->n_channels * n_bins;
    for (size_t j = 0; j < method->n_estimates; j++)
      read_row(method, work, input, j, c, t, row + (j * method->n_channels + channel) * n_bins);
    for (size_t k = 0; n_sources > method->n_estimates && k < n_bins; k++)
      row[(method->n_channels + channel) * n_bins + k] = 1.0f - row[channel * n_bins + k];
  }
}

static SgStatus
model_process(const SgMethod *method, SgMethodWork *work, const SgMethodInput *input, float *out_masks,
              SgError *error)
{
  uint32_t together = (uint32_t)method->front_end.n_channels;
  for (uint32_t first = 0; first < method->n_channels; first += together) {
    if (run_network(method, work, input, first) != SG_OK)
      return sg_error_set(error, SG_CANCELLED, NULL, NULL);
    for (uint32_t c = 0; c < together && first + c < method->n_channels; c++)
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
write_spectra(const SgMethod *method, const SgMethodWork *work, const SgMethodInput *input, uint32_t channel,
              SgComplex *out_spectra)
{
  size_t n_bins = method->engine.n_bins, n_sources = method->plan.n_sources, n_channels = method->n_channels;
  size_t n_plane = (size_t)input->n_frames * n_bins;
  bool has_right = channel + 1 < n_channels;
  for (int64_t t = 0; t < input->chunk_n; t++) {
    const SgComplex *left =
        input->spectra + channel * n_plane + (size_t)(input->chunk_first - input->first_frame + t) * n_bins;
    SgComplex *row = out_spectra + ((size_t)t * n_sources * n_channels + channel) * n_bins;
    for (size_t j = 0; j < method->n_estimates; j++) {
      SgComplex *out = row + j * n_channels * n_bins;
      read_row(method, work, input, j, 0, t, work->mid_row);
      read_row(method, work, input, j, 1, t, work->side_row);
      apply_mid_side(n_bins, left, has_right ? left + n_plane : NULL, work->mid_row, work->side_row, out,
                     out + n_bins);
    }
    size_t n_values = (has_right ? 2 : 1) * n_bins;
    for (size_t i = 0; n_sources > method->n_estimates && i < n_values; i++)
      row[n_channels * n_bins + i] = left[i / n_bins * n_plane + i % n_bins] - row[i];
  }
}

static SgStatus
model_process_spectra(const SgMethod *method, SgMethodWork *work, const SgMethodInput *input,
                      SgComplex *out_spectra, SgError *error)
{
  for (uint32_t first = 0; first < method->n_channels; first += 2) {
    if (run_network(method, work, input, first) != SG_OK)
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

/* The share of the cell that source j keeps, of channel `c` of a group whose spectra and masks these are: its
 * mask, or with mid and side |stem|/|mixture|, at most 1. */
static double
share_of(const SgMethod *method, const SgComplex *spectra, const float *masks, size_t j, size_t c,
         double frame, double bin)
{
  size_t n_bins = method->size.n_bins, n_plane = method->n_patch * n_bins;
  const float *plane = masks + j * method->front_end.n_channels * n_plane;
  if (!method->front_end.mid_side)
    return (double)read_between(method, plane + c * n_plane, frame, bin);
  size_t cell = (size_t)lround(frame) * n_bins + (size_t)lround(bin);
  float sign = c == 0 ? 1.0f : -1.0f;
  SgComplex mid = spectra[cell], side = sign * spectra[n_plane + cell];
  float mixture = cabsf(mid + side), stem = cabsf(plane[cell] * mid + plane[n_plane + cell] * side);
  return (double)fminf(1.0f, stem / (mixture + MAGNITUDE_FLOOR));
}

/* The magnitude that the network sees in the cell, the frames that it looks at before and behind a chunk, and
 * each source's share, under the source's name. Of a network on waveforms the samples that it takes at once.
 */
static size_t
model_inspect(const SgMethod *method, const SgMethodWork *work, int64_t frame, uint32_t channel, uint32_t bin,
              SgInspectValue *out_values, size_t n_values)
{
  const SgFrontEnd *front_end = &method->front_end;
  size_t n_sources = method->plan.n_sources, n_bins = method->size.n_bins, n = 0;
  if (is_wave(method) && n_values > 0) {
    out_values[0] = (SgInspectValue){ "window-samples", (double)front_end->n_window };
    return 1;
  }
  if (sg_chunk_cells_find(&work->cells, frame, channel, bin) < 0 || n_values < n_sources + 2)
    return 0;
  size_t n_spectra = front_end->n_channels * method->n_patch * n_bins,
         group = channel / front_end->n_channels;
  const SgComplex *spectra = work->all_spectra + group * n_spectra;
  const float *masks = work->all_masks + group * method->n_estimates * n_spectra;
  size_t c = channel % front_end->n_channels;
  double at = (double)frame * method->engine.hop / method->size.hop - (double)work->patch_first;
  double k = fmin((double)bin * method->size.window / method->engine.window, (double)(n_bins - 1));
  size_t cell = (size_t)lround(at) * n_bins + (size_t)lround(k), other = method->n_patch * n_bins + cell;
  SgComplex seen = front_end->mid_side ? spectra[cell] + (c == 0 ? 1.0f : -1.0f) * spectra[other]
                                       : spectra[c * method->n_patch * n_bins + cell];
  out_values[n++] = (SgInspectValue){ "magnitude", (double)cabsf(seen) };
  out_values[n++] = (SgInspectValue){ "context-frames", (double)method->context_frames };
  for (size_t j = 0; j < method->n_estimates; j++)
    out_values[n++] = (SgInspectValue){ method->sources[j], share_of(method, spectra, masks, j, c, at, k) };
  if (n_sources > method->n_estimates)
    out_values[n++] = (SgInspectValue){ REST, 1.0 - out_values[2].value };
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
