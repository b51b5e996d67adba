#include "core/separate/model-blend.h"

#include <string.h>

#include "core/base/memory.h"
#include "core/separate/classic.h"

_Static_assert((int)SG_MODEL_BLEND_CHUNK == (int)SG_CLASSIC_CHUNK_FRAMES &&
                   (int)SG_MODEL_BLEND_CONTEXT == (int)SG_CLASSIC_CONTEXT_FRAMES,
               "classic's own grid");

enum { MAX_SOURCES = 16 };

struct SgModelBlend {
  float share;
  SgMethod *classic; /* of one channel */
  size_t n_sources, n_channels;
  size_t classic_index[MAX_SOURCES]; /* classic's number of each source */
  SgStftSize size;
};

struct SgModelBlendWork {
  SgMethodWork *classic;
  SgComplex *mid;     /* [frames][bins] */
  float *mid_samples; /* under them */
  float *masks;       /* [SG_MODEL_BLEND_CHUNK][classic's sources][bins] */
};

static SgStatus
match_sources(SgModelBlend *blend, const char *const *sources, size_t n_sources, SgError *error)
{
  const SgMethodPlan *plan = sg_classic_class.plan(blend->classic);
  for (size_t j = 0; j < n_sources; j++) {
    size_t i = 0;
    while (i < plan->n_sources && strcmp(plan->sources[i], sources[j]) != 0)
      i++;
    if (i == plan->n_sources || j == MAX_SOURCES)
      return sg_error_set(error, SG_BAD_MODEL, NULL, sources[j]);
    blend->classic_index[j] = i;
  }
  blend->n_sources = n_sources;
  return SG_OK;
}

SgStatus
sg_model_blend_new(const SgMethodSetup *setup, double share, const char *const *sources, size_t n_sources,
                   SgModelBlend **out_blend, SgError *error)
{
  *out_blend = NULL;
  SgModelBlend *blend = SG_NEW(SgModelBlend, 1);
  if (blend == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  SgMethodSetup one_channel = *setup;
  one_channel.n_channels = 1;
  one_channel.knobs = NULL;
  blend->share = (float)share;
  blend->n_channels = setup->n_channels;
  blend->size = setup->stft;
  SgStatus status = sg_classic_class.create(&one_channel, &blend->classic, error);
  if (status == SG_OK)
    status = match_sources(blend, sources, n_sources, error);
  if (status != SG_OK) {
    sg_model_blend_free(blend);
    return status;
  }
  *out_blend = blend;
  return SG_OK;
}

void
sg_model_blend_free(SgModelBlend *blend)
{
  if (blend == NULL)
    return;
  sg_classic_class.free(blend->classic);
  sg_free(blend);
}

SgModelBlendWork *
sg_model_blend_work_new(const SgModelBlend *blend, size_t max_frames)
{
  const SgMethodPlan *plan = sg_classic_class.plan(blend->classic);
  SgModelBlendWork *work = SG_NEW(SgModelBlendWork, 1);
  if (work == NULL)
    return NULL;
  work->classic = sg_classic_class.work_new(blend->classic);
  work->mid = SG_NEW(SgComplex, max_frames * blend->size.n_bins);
  work->mid_samples = SG_NEW(float, max_frames * blend->size.hop + blend->size.window);
  work->masks = SG_NEW(float, SG_MODEL_BLEND_CHUNK * plan->n_sources * blend->size.n_bins);
  if (work->classic != NULL && work->mid != NULL && work->mid_samples != NULL && work->masks != NULL)
    return work;
  sg_model_blend_work_free(work);
  return NULL;
}

void
sg_model_blend_work_free(SgModelBlendWork *work)
{
  if (work == NULL)
    return;
  sg_classic_class.work_free(work->classic);
  sg_free(work->mid);
  sg_free(work->mid_samples);
  sg_free(work->masks);
  sg_free(work);
}

/* The mean of the channels, spectra and samples. */
static void
fill_mid(const SgModelBlend *blend, SgModelBlendWork *work, const SgMethodInput *input)
{
  size_t n_cells = (size_t)input->n_frames * blend->size.n_bins;
  size_t n_samples = (size_t)(input->n_frames - 1) * blend->size.hop + blend->size.window;
  float scale = 1.0f / (float)blend->n_channels;
  for (size_t i = 0; i < n_cells; i++) {
    SgComplex sum = 0.0f;
    for (size_t c = 0; c < blend->n_channels; c++)
      sum += input->spectra[c * n_cells + i];
    work->mid[i] = scale * sum;
  }
  for (size_t i = 0; i < n_samples; i++) {
    float sum = 0.0f;
    for (size_t c = 0; c < blend->n_channels; c++)
      sum += input->samples[c][i];
    work->mid_samples[i] = scale * sum;
  }
}

/* classic's view of frames first … first+n−1 of the song; `*out_samples` holds its one channel. */
static SgMethodInput
view_of(const SgModelBlend *blend, const SgModelBlendWork *work, const SgMethodInput *input, int64_t first,
        int64_t n, const float **out_samples)
{
  int64_t begin = first - SG_MODEL_BLEND_CONTEXT, end = first + n + SG_MODEL_BLEND_CONTEXT;
  begin = begin > input->first_frame ? begin : input->first_frame;
  end = end < input->first_frame + input->n_frames ? end : input->first_frame + input->n_frames;
  size_t skipped = (size_t)(begin - input->first_frame);
  *out_samples = work->mid_samples + skipped * blend->size.hop;
  return (SgMethodInput){ .spectra = work->mid + skipped * blend->size.n_bins,
                          .samples = out_samples,
                          .first_frame = begin,
                          .n_frames = end - begin,
                          .chunk_first = first,
                          .chunk_n = n,
                          .cancelled = input->cancelled };
}

/* Mixes the masks of frames `at` … at+n−1 of the chunk in. */
static void
mix(const SgModelBlend *blend, const SgModelBlendWork *work, const SgMethodInput *input, int64_t at,
    int64_t n, SgComplex *stems)
{
  const size_t n_bins = blend->size.n_bins, n_channels = blend->n_channels;
  const size_t n_masks = sg_classic_class.plan(blend->classic)->n_sources;
  const float k = blend->share;
  for (int64_t t = 0; t < n; t++) {
    size_t frame = (size_t)(input->chunk_first - input->first_frame + at + t);
    for (size_t j = 0; j < blend->n_sources; j++)
      for (size_t c = 0; c < n_channels; c++) {
        const float *mask = work->masks + ((size_t)t * n_masks + blend->classic_index[j]) * n_bins;
        const SgComplex *mixture = input->spectra + (c * (size_t)input->n_frames + frame) * n_bins;
        SgComplex *stem = stems + (((size_t)(at + t) * blend->n_sources + j) * n_channels + c) * n_bins;
        for (size_t b = 0; b < n_bins; b++)
          stem[b] = (1.0f - k) * stem[b] + k * mask[b] * mixture[b];
      }
  }
}

SgStatus
sg_model_blend_run(const SgModelBlend *blend, SgModelBlendWork *work, const SgMethodInput *input,
                   SgComplex *stems, SgError *error)
{
  fill_mid(blend, work, input);
  SgStatus status = SG_OK;
  for (int64_t at = 0; at < input->chunk_n && status == SG_OK; at += SG_MODEL_BLEND_CHUNK) {
    int64_t n = input->chunk_n - at < SG_MODEL_BLEND_CHUNK ? input->chunk_n - at : SG_MODEL_BLEND_CHUNK;
    const float *samples;
    SgMethodInput view = view_of(blend, work, input, input->chunk_first + at, n, &samples);
    status = sg_classic_class.process(blend->classic, work->classic, &view, work->masks, error);
    if (status == SG_OK)
      mix(blend, work, input, at, n, stems);
  }
  return status;
}
