#include "core/render/renderer.h"

#include <string.h>

#include "core/base/memory.h"

struct SgRenderer {
  const SgPcm *pcm;
  const SgMaskStore *masks;
  const SgStemStore *stems; /* or NULL */
  const SgStft *stft;
};

/* Sized for SG_RENDER_MAX_SAMPLES. F: frames that touch a block. */
struct SgRenderWork {
  SgStftWork *stft;
  uint8_t *codes;                  /* [F][source][channel][bin] */
  float *masks;                    /* [F][source][channel][bin] */
  float *samples[SG_MAX_CHANNELS]; /* [(F−1)·hop + N] */
  SgComplex *mixture;              /* [channel][F][bin] */
  SgComplex *product;              /* [F][bin] */
  float *stem;                     /* [(F−1)·hop + N] */
  float *stored;                   /* [SG_RENDER_MAX_SAMPLES] */
  bool *ready;                     /* [F] per frame, whether its stored stems are used */
};

SgRenderer *
sg_renderer_new(const SgSeparation *separation)
{
  SgRenderer *renderer = SG_NEW(SgRenderer, 1);
  if (renderer != NULL)
    *renderer = (SgRenderer){ .pcm = sg_separation_pcm(separation),
                              .masks = sg_separation_masks(separation),
                              .stems = sg_separation_stems(separation),
                              .stft = sg_separation_stft(separation) };
  return renderer;
}

void
sg_renderer_free(SgRenderer *renderer)
{
  sg_free(renderer);
}

void
sg_render_work_free(SgRenderWork *work)
{
  if (work == NULL)
    return;
  sg_stft_work_free(work->stft);
  sg_free(work->codes);
  sg_free(work->masks);
  for (int c = 0; c < SG_MAX_CHANNELS; c++)
    sg_free(work->samples[c]);
  sg_free(work->mixture);
  sg_free(work->product);
  sg_free(work->stem);
  sg_free(work->stored);
  sg_free(work->ready);
  sg_free(work);
}

SgRenderWork *
sg_render_work_new(const SgRenderer *renderer)
{
  const SgMaskShape *shape = sg_mask_store_shape(renderer->masks);
  SgStftSize size = sg_stft_size(renderer->stft);
  size_t n_frames = (SG_RENDER_MAX_SAMPLES + size.window) / size.hop + 2;
  size_t n_samples = (n_frames - 1) * size.hop + size.window;
  size_t n_masks = n_frames * shape->n_sources * shape->n_channels * shape->n_bins;

  SgRenderWork *work = SG_NEW(SgRenderWork, 1);
  if (work == NULL)
    return NULL;
  work->stft = sg_stft_work_new(renderer->stft);
  work->codes = SG_NEW(uint8_t, n_masks);
  work->masks = SG_NEW(float, n_masks);
  work->mixture = SG_NEW(SgComplex, shape->n_channels * n_frames * size.n_bins);
  work->product = SG_NEW(SgComplex, n_frames * size.n_bins);
  work->stem = SG_NEW(float, n_samples);
  work->stored = SG_NEW(float, SG_RENDER_MAX_SAMPLES);
  work->ready = SG_NEW(bool, n_frames);
  bool complete = work->stft != NULL && work->codes != NULL && work->masks != NULL && work->mixture != NULL &&
                  work->product != NULL && work->stem != NULL && work->stored != NULL && work->ready != NULL;
  for (uint32_t c = 0; c < shape->n_channels; c++) {
    work->samples[c] = SG_NEW(float, n_samples);
    complete = complete && work->samples[c] != NULL;
  }
  if (!complete) {
    sg_render_work_free(work);
    return NULL;
  }
  return work;
}

/* Fills work->mixture and, when `settings` is not NULL, work->masks for song frames first … first+n−1. */
static SgStatus
load_frames(const SgRenderer *renderer, SgRenderWork *work, const SgRenderSettings *settings, int64_t first,
            int64_t n, SgError *error)
{
  const SgMaskShape *shape = sg_mask_store_shape(renderer->masks);
  SgStftSize size = sg_stft_size(renderer->stft);
  SgStatus status = sg_pcm_read(renderer->pcm, sg_stft_frame_start(size, first),
                                (n - 1) * size.hop + size.window, work->samples, error);
  if (status != SG_OK)
    return status;
  for (uint32_t c = 0; c < shape->n_channels; c++)
    sg_stft_analyse(renderer->stft, work->stft, work->samples[c], n,
                    work->mixture + (int64_t)c * n * size.n_bins);
  if (settings == NULL)
    return SG_OK;

  status = sg_mask_store_read(renderer->masks, first, n, work->codes, error);
  if (status != SG_OK)
    return status;
  size_t n_cells = (size_t)shape->n_channels * shape->n_bins;
  for (int64_t t = 0; t < n; t++) {
    size_t at = (size_t)t * shape->n_sources * n_cells;
    sg_strength_apply(work->codes + at, shape->n_sources, n_cells, settings->strength, work->masks + at);
  }
  return SG_OK;
}

/* Ŝ_j = M'_j · X for one channel of the loaded frames. */
static void
apply_mask(const SgMaskShape *shape, SgRenderWork *work, int64_t n_frames, uint32_t source, uint32_t channel)
{
  size_t n_bins = shape->n_bins;
  const SgComplex *mixture = work->mixture + (size_t)channel * (size_t)n_frames * n_bins;
  for (size_t t = 0; t < (size_t)n_frames; t++) {
    const float *mask =
        work->masks + ((t * shape->n_sources + source) * shape->n_channels + channel) * n_bins;
    for (size_t k = 0; k < n_bins; k++)
      work->product[t * n_bins + k] = mask[k] * mixture[t * n_bins + k];
  }
}

static void
render_stem(const SgRenderer *renderer, SgRenderWork *work, uint32_t source, int64_t first, int64_t n_frames,
            int64_t start, int64_t n, float *out)
{
  const SgMaskShape *shape = sg_mask_store_shape(renderer->masks);
  float *stem = work->stem + (start - sg_stft_frame_start(sg_stft_size(renderer->stft), first));
  for (uint32_t c = 0; c < shape->n_channels; c++) {
    apply_mask(shape, work, n_frames, source, c);
    sg_stft_synthesise(renderer->stft, work->stft, work->product, n_frames, work->stem);
    sg_stft_normalise(renderer->stft, shape->n_frames, start, n, stem);
    for (int64_t i = 0; i < n; i++)
      out[i * shape->n_channels + c] = stem[i];
  }
}

static bool
is_natural(const SgRenderSettings *settings, uint32_t n_sources)
{
  for (uint32_t j = 0; j < n_sources; j++)
    if (settings->strength[j] != 1.0f)
      return false;
  return true;
}

/* Notes which of the frames first … first+n−1 come from stored stems; whether all do. */
static bool
note_ready(const SgRenderer *renderer, SgRenderWork *work, int64_t first, int64_t n)
{
  const SgMaskShape *shape = sg_mask_store_shape(renderer->masks);
  bool all = true;
  for (int64_t t = 0; t < n; t++) {
    bool same_chunk = t > 0 && (first + t) % shape->chunk_frames != 0;
    work->ready[t] = same_chunk ? work->ready[t - 1]
                                : sg_mask_store_is_ready(renderer->masks, (first + t) / shape->chunk_frames);
    all = all && work->ready[t];
  }
  return all;
}

/* Takes the frames that come from stored stems out of the loaded mixture. */
static void
drop_ready(const SgMaskShape *shape, SgRenderWork *work, int64_t n_frames)
{
  for (int64_t t = 0; t < n_frames; t++)
    for (uint32_t c = 0; c < shape->n_channels && work->ready[t]; c++)
      memset(work->mixture + ((int64_t)c * n_frames + t) * shape->n_bins, 0,
             shape->n_bins * sizeof *work->mixture);
}

/* Adds to out[n × n_channels] what the noted frames of the stored stem give. */
static SgStatus
add_stored(const SgRenderer *renderer, SgRenderWork *work, uint32_t source, int64_t first, int64_t n_frames,
           int64_t start, int64_t n, float *out, SgError *error)
{
  const SgMaskShape *shape = sg_mask_store_shape(renderer->masks);
  SgStatus status = SG_OK;
  for (uint32_t c = 0; c < shape->n_channels; c++) {
    for (int64_t i = 0; i < n; i++)
      work->stem[i] = out[i * shape->n_channels + c];
    for (int64_t t = 0; t < n_frames && status == SG_OK; t++)
      if (work->ready[t] && (t == 0 || (first + t) % shape->chunk_frames == 0))
        status = sg_stem_store_add_chunk(renderer->stems, (first + t) / shape->chunk_frames, source, c, start,
                                         n, work->stored, work->stem, error);
    for (int64_t i = 0; i < n; i++)
      out[i * shape->n_channels + c] = work->stem[i];
  }
  return status;
}

SgStatus
sg_renderer_render(const SgRenderer *renderer, SgRenderWork *work, const SgRenderSettings *settings,
                   int64_t start, int64_t n, float *const *out_stems, SgError *error)
{
  const SgMaskShape *shape = sg_mask_store_shape(renderer->masks);
  int64_t song_end = sg_pcm_n_samples(renderer->pcm);
  /* Only what lies inside the song touches frames; the rest is zero. */
  int64_t from = start < 0 ? 0 : start, to = start + n > song_end ? song_end : start + n;
  bool stored = renderer->stems != NULL && is_natural(settings, shape->n_sources);
  for (uint32_t j = 0; j < shape->n_sources; j++)
    if (out_stems[j] != NULL && (to - from < n || stored))
      for (int64_t i = 0; i < n * shape->n_channels; i++)
        out_stems[j][i] = 0.0f;
  if (to <= from)
    return SG_OK;

  int64_t first;
  int64_t n_frames =
      sg_stft_frames_touching(sg_stft_size(renderer->stft), shape->n_frames, from, to - from, &first);
  bool masked = !stored || !note_ready(renderer, work, first, n_frames);
  SgStatus status = masked ? load_frames(renderer, work, settings, first, n_frames, error) : SG_OK;
  if (masked && stored && status == SG_OK)
    drop_ready(shape, work, n_frames);
  for (uint32_t j = 0; j < shape->n_sources && status == SG_OK; j++) {
    float *out = out_stems[j] != NULL ? out_stems[j] + (from - start) * shape->n_channels : NULL;
    if (out != NULL && masked)
      render_stem(renderer, work, j, first, n_frames, from, to - from, out);
    if (out != NULL && stored)
      status = add_stored(renderer, work, j, first, n_frames, from, to - from, out, error);
  }
  return status;
}

SgStatus
sg_renderer_frame_power(const SgRenderer *renderer, SgRenderWork *work, const SgRenderSettings *settings,
                        int source, int64_t frame, float *out_power, SgError *error)
{
  const SgMaskShape *shape = sg_mask_store_shape(renderer->masks);
  SgStatus status = load_frames(renderer, work, source < 0 ? NULL : settings, frame, 1, error);
  if (status != SG_OK)
    return status;
  float full_scale = (float)sg_stft_size(renderer->stft).window / 4.0f;
  float scale = 1.0f / (full_scale * full_scale * (float)shape->n_channels);
  for (uint32_t k = 0; k < shape->n_bins; k++)
    out_power[k] = 0.0f;
  for (uint32_t c = 0; c < shape->n_channels; c++) {
    const SgComplex *mixture = work->mixture + (size_t)c * shape->n_bins;
    size_t mask_at = source < 0 ? 0 : ((size_t)source * shape->n_channels + c) * shape->n_bins;
    for (uint32_t k = 0; k < shape->n_bins; k++) {
      float mask = source < 0 ? 1.0f : work->masks[mask_at + k];
      float re = crealf(mixture[k]), im = cimagf(mixture[k]);
      out_power[k] += mask * mask * (re * re + im * im) * scale;
    }
  }
  return SG_OK;
}

SgStatus
sg_renderer_frame_shares(const SgRenderer *renderer, SgRenderWork *work, const SgRenderSettings *settings,
                         int64_t frame, float *out_shares, SgError *error)
{
  const SgMaskShape *shape = sg_mask_store_shape(renderer->masks);
  SgStatus status = load_frames(renderer, work, settings, frame, 1, error);
  if (status != SG_OK)
    return status;
  size_t n_bins = shape->n_bins, n_channels = shape->n_channels;
  for (size_t k = 0; k < n_bins; k++) {
    float weights[SG_MAX_CHANNELS], sum = 0.0f;
    for (size_t c = 0; c < n_channels; c++) {
      float re = crealf(work->mixture[c * n_bins + k]), im = cimagf(work->mixture[c * n_bins + k]);
      weights[c] = re * re + im * im;
      sum += weights[c];
    }
    for (size_t j = 0; j < shape->n_sources; j++) {
      float share = 0.0f;
      for (size_t c = 0; c < n_channels; c++)
        share += work->masks[(j * n_channels + c) * n_bins + k] *
                 (sum > 0.0f ? weights[c] / sum : 1.0f / (float)n_channels);
      out_shares[j * n_bins + k] = share;
    }
  }
  return SG_OK;
}
