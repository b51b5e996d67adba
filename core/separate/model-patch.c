#include "core/separate/model-patch.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/separate/chunk-cells.h"

static const float MAGNITUDE_FLOOR = 1e-7f;

struct SgModelPatch {
  const SgModelPatchShape *shape;
  SgStftWork *stft;
  float *samples;     /* of one channel under the patch */
  SgComplex *spectra; /* of every group of channels [network channels][patch frames][network bins] */
  float *masks;       /* of every group, source by source, as the network lays them out */
  float *low, *high;  /* [network bins]: the two frames that a row lies between */
  size_t group;       /* that was run last */
  int64_t first;      /* the network's frame that the patch begins with; may be negative */
  SgChunkCells cells;
};

/* Of channels that the network sees together. */
static size_t
n_groups(const SgModelPatchShape *shape)
{
  return (shape->n_channels + shape->front_end.n_channels - 1) / shape->front_end.n_channels;
}

static size_t
n_spectra(const SgModelPatchShape *shape)
{
  return shape->front_end.n_channels * shape->n_frames * shape->size.n_bins;
}

static size_t
n_masks(const SgModelPatchShape *shape)
{
  return shape->n_estimates * sg_front_end_floats(&shape->front_end, shape->n_frames);
}

size_t
sg_model_patch_frames(const SgModelPatchShape *shape, uint32_t chunk_frames)
{
  double n_frames = chunk_frames + 2.0 * shape->context_frames;
  size_t frames = (size_t)ceil(n_frames * shape->engine.hop / shape->size.hop);
  size_t multiple = shape->front_end.frame_multiple;
  return (frames + multiple - 1) / multiple * multiple;
}

void
sg_model_patch_free(SgModelPatch *patch)
{
  if (patch == NULL)
    return;
  sg_stft_work_free(patch->stft);
  sg_free(patch->samples);
  sg_free(patch->spectra);
  sg_free(patch->masks);
  sg_free(patch->low);
  sg_free(patch->high);
  sg_free(patch);
}

SgModelPatch *
sg_model_patch_new(const SgModelPatchShape *shape)
{
  SgModelPatch *patch = SG_NEW(SgModelPatch, 1);
  if (patch == NULL)
    return NULL;
  patch->shape = shape;
  patch->stft = sg_stft_work_new(shape->stft);
  patch->samples = SG_NEW(float, (shape->n_frames - 1) * shape->size.hop + shape->size.window);
  patch->spectra = SG_NEW(SgComplex, n_groups(shape) * n_spectra(shape));
  patch->masks = SG_NEW(float, n_groups(shape) * n_masks(shape));
  patch->low = SG_NEW(float, shape->size.n_bins);
  patch->high = SG_NEW(float, shape->size.n_bins);
  if (patch->stft != NULL && patch->samples != NULL && patch->spectra != NULL && patch->masks != NULL &&
      patch->low != NULL && patch->high != NULL)
    return patch;
  sg_model_patch_free(patch);
  return NULL;
}

static int64_t
first_frame(const SgModelPatchShape *shape, const SgMethodInput *input)
{
  return (int64_t)floor((double)(input->chunk_first - shape->context_frames) * shape->engine.hop /
                        shape->size.hop);
}

/* The samples under the patch, moved on by some, zero where the chunk's view of the song ends. */
static void
take_samples(SgModelPatch *patch, const SgMethodInput *input, uint32_t channel, int64_t shift_samples)
{
  const SgModelPatchShape *shape = patch->shape;
  int64_t start = patch->first * shape->size.hop - shape->size.window / 2 + shift_samples;
  int64_t n = ((int64_t)shape->n_frames - 1) * shape->size.hop + shape->size.window;
  int64_t have_start = sg_stft_frame_start(shape->engine, input->first_frame);
  int64_t have_n = (input->n_frames - 1) * shape->engine.hop + shape->engine.window;
  for (int64_t i = 0; i < n; i++) {
    int64_t at = start + i - have_start;
    patch->samples[i] = at >= 0 && at < have_n ? input->samples[channel][at] : 0.0f;
  }
}

/* A value of the network's result as a mask; of magnitudes `seen` is what it saw there. */
static float
mask_of(const SgFrontEnd *front_end, float result, float seen, float floor)
{
  return front_end->gives_masks ? result : fminf(1.0f, fabsf(result) / (seen + floor));
}

/* Adds pass `index` of several, whose frames lie index/n_passes of a frame later, to the masks of a source:
 * read between its frames, and averaged. */
static void
add_pass(const SgModelPatchShape *shape, const float *results, const float *seen, float floor, size_t index,
         float *masks)
{
  const SgFrontEnd *front_end = &shape->front_end;
  bool frames_first = front_end->layout == SG_LAYOUT_FRAMES_CHANNELS_BINS;
  size_t n = sg_front_end_floats(front_end, shape->n_frames);
  size_t next_frame = frames_first ? front_end->n_channels * front_end->n_bins : 1;
  float later = (float)index / (float)shape->n_passes, share = 1.0f / (float)shape->n_passes;
  for (size_t i = 0; i < n; i++) {
    bool is_first = index == 0 || i / next_frame % shape->n_frames == 0;
    size_t before = is_first ? i : i - next_frame;
    float mask = mask_of(front_end, results[i], seen[i], floor);
    float mask_before = mask_of(front_end, results[before], seen[before], floor);
    masks[i] = (index > 0 ? masks[i] : 0.0f) + share * (mask + later * (mask_before - mask));
  }
}

static SgStatus
run_pass(SgModelPatch *patch, SgPlan *plan, const SgMethodInput *input, uint32_t first_channel, size_t index)
{
  const SgModelPatchShape *shape = patch->shape;
  const SgFrontEnd *front_end = &shape->front_end;
  size_t n_plane = shape->n_frames * shape->size.n_bins;
  int64_t shift_samples = (int64_t)(index * shape->size.hop / shape->n_passes);
  SgComplex *spectra = patch->spectra + patch->group * n_spectra(shape);
  for (size_t c = 0; c < front_end->n_channels; c++) {
    uint32_t channel = first_channel + (uint32_t)c;
    take_samples(patch, input, channel < shape->n_channels ? channel : first_channel, shift_samples);
    sg_stft_analyse(shape->stft, patch->stft, patch->samples, (int64_t)shape->n_frames,
                    spectra + c * n_plane);
  }
  sg_front_end_to_mid_side(front_end, spectra, shape->n_frames);
  float scale = sg_front_end_peak(front_end, spectra, shape->n_frames);
  float *seen = sg_plan_input(plan, 0);
  sg_front_end_fill(front_end, spectra, shape->n_frames, shape->n_frames, scale, seen);
  SgStatus status = sg_plan_forward(plan, input->cancelled);
  size_t n = sg_front_end_floats(front_end, shape->n_frames);
  for (size_t j = 0; status == SG_OK && j < shape->n_estimates; j++)
    add_pass(shape, sg_plan_output(plan, 0) + j * n, seen, MAGNITUDE_FLOOR / scale, index,
             patch->masks + patch->group * n_masks(shape) + j * n);
  return status;
}

SgStatus
sg_model_patch_run(SgModelPatch *patch, SgPlan *plan, const SgMethodInput *input, uint32_t first_channel)
{
  const SgModelPatchShape *shape = patch->shape;
  patch->group = first_channel / shape->front_end.n_channels;
  patch->first = first_frame(shape, input);
  patch->cells = sg_chunk_cells_of(input, shape->n_channels, shape->engine.n_bins);
  SgStatus status = SG_OK;
  for (size_t index = 0; index < shape->n_passes && status == SG_OK; index++)
    status = run_pass(patch, plan, input, first_channel, index);
  return status;
}

/* A row at a place between two frames of the network, read between its bins; 0 above its last one. */
static void
read_between(const SgModelPatch *patch, double frame, float *out_row)
{
  const SgModelPatchShape *shape = patch->shape;
  size_t n_bins = shape->size.n_bins;
  double bins = (double)shape->size.window / shape->engine.window;
  float u = (float)(frame - floor(frame));
  for (size_t k = 0; k < shape->engine.n_bins; k++) {
    double bin = (double)k * bins;
    size_t at = (size_t)bin, next = at + 1 < n_bins ? at + 1 : at;
    if (bin > (double)(n_bins - 1)) {
      out_row[k] = 0.0f;
      continue;
    }
    float v = (float)(bin - (double)at);
    float low = patch->low[at] + v * (patch->low[next] - patch->low[at]);
    float high = patch->high[at] + v * (patch->high[next] - patch->high[at]);
    out_row[k] = low + u * (high - low);
  }
}

void
sg_model_patch_mask(SgModelPatch *patch, const SgMethodInput *input, size_t source, size_t channel, int64_t t,
                    float *out_row)
{
  const SgModelPatchShape *shape = patch->shape;
  const SgFrontEnd *front_end = &shape->front_end;
  const float *masks =
      patch->masks + patch->group * n_masks(shape) + source * sg_front_end_floats(front_end, shape->n_frames);
  double frame =
      (double)(input->chunk_first + t) * shape->engine.hop / shape->size.hop - (double)patch->first;
  size_t at = (size_t)frame, next = at + 1 < shape->n_frames ? at + 1 : at;
  if (shape->size.window == shape->engine.window) {
    sg_front_end_read_frame(front_end, masks, shape->n_frames, channel, at, out_row);
    return;
  }
  sg_front_end_read_frame(front_end, masks, shape->n_frames, channel, at, patch->low);
  sg_front_end_read_frame(front_end, masks, shape->n_frames, channel, next, patch->high);
  read_between(patch, frame, out_row);
}

/* The frame of the network nearest to one of the song, and its bin nearest to one of the song. */
static void
find_cell(const SgModelPatch *patch, int64_t frame, uint32_t bin, size_t *out_frame, size_t *out_bin)
{
  const SgModelPatchShape *shape = patch->shape;
  double bins = (double)shape->size.window / shape->engine.window;
  *out_frame = (size_t)lround((double)frame * shape->engine.hop / shape->size.hop - (double)patch->first);
  *out_bin = (size_t)lround(fmin(bin * bins, (double)(shape->size.n_bins - 1)));
}

bool
sg_model_patch_look(const SgModelPatch *patch, int64_t frame, uint32_t channel, uint32_t bin,
                    double *out_magnitude, double *out_shares)
{
  const SgModelPatchShape *shape = patch->shape;
  const SgFrontEnd *front_end = &shape->front_end;
  if (sg_chunk_cells_find(&patch->cells, frame, channel, bin) < 0)
    return false;
  size_t t, k, group = channel / front_end->n_channels, c = channel % front_end->n_channels;
  find_cell(patch, frame, bin, &t, &k);
  size_t n = sg_front_end_floats(front_end, shape->n_frames), n_plane = shape->n_frames * shape->size.n_bins;
  const SgComplex *spectra = patch->spectra + group * n_spectra(shape) + t * shape->size.n_bins + k;
  SgComplex mid = spectra[0], side = (c == 0 ? 1.0f : -1.0f) * spectra[n_plane * (front_end->mid_side)];
  *out_magnitude = (double)cabsf(front_end->mid_side ? mid + side : spectra[c * n_plane]);
  for (size_t j = 0; j < shape->n_estimates; j++) {
    const float *masks = patch->masks + group * n_masks(shape) + j * n;
    if (!front_end->mid_side) {
      out_shares[j] = (double)sg_front_end_value(front_end, masks, shape->n_frames, c, t, k);
      continue;
    }
    SgComplex stem = sg_front_end_value(front_end, masks, shape->n_frames, 0, t, k) * mid +
                     sg_front_end_value(front_end, masks, shape->n_frames, 1, t, k) * side;
    out_shares[j] = fmin(1.0, (double)cabsf(stem) / (*out_magnitude + (double)MAGNITUDE_FLOOR));
  }
  return true;
}
