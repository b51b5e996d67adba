#include "core/separate/stem-chunk.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/vectorised.h"
#include "core/mask/strength.h"
#include "core/mask/wiener.h"

enum { TILE = 64 }; /* bins handled together */

struct SgStemChunk {
  const SgStft *stft;
  SgStftWork *stft_work;
  SgMaskShape shape;
  unsigned wiener_iterations;
  uint32_t wiener_frames;
  SgWiener *wiener;   /* NULL without iterations */
  SgComplex *spectra; /* [source][channel][bin] of one frame */
  float *frame;       /* [window] */
  float *samples;     /* [source][channel][(chunk_frames−1)·hop + window] */
};

SgStemChunk *
sg_stem_chunk_new(const SgStft *stft, SgMaskShape shape, unsigned wiener_iterations, uint32_t wiener_frames)
{
  SgStftSize size = sg_stft_size(stft);
  SgStemChunk *chunk = SG_NEW(SgStemChunk, 1);
  if (chunk == NULL)
    return NULL;
  *chunk = (SgStemChunk){
    .stft = stft, .shape = shape, .wiener_iterations = wiener_iterations, .wiener_frames = wiener_frames
  };
  size_t n_rows = (size_t)shape.n_sources * shape.n_channels;
  size_t n_samples = (size_t)(shape.chunk_frames - 1) * size.hop + size.window;
  chunk->stft_work = sg_stft_work_new(stft);
  chunk->spectra = SG_NEW(SgComplex, n_rows * shape.n_bins);
  chunk->frame = SG_NEW(float, size.window);
  chunk->samples = SG_NEW(float, n_rows *n_samples);
  bool complete =
      chunk->stft_work != NULL && chunk->spectra != NULL && chunk->frame != NULL && chunk->samples != NULL;
  if (complete && wiener_iterations > 0) {
    chunk->wiener = sg_wiener_new((SgWienerShape){ .n_frames = wiener_frames,
                                                   .n_sources = shape.n_sources,
                                                   .n_channels = shape.n_channels,
                                                   .n_bins = shape.n_bins });
    complete = chunk->wiener != NULL;
  }
  if (!complete) {
    sg_stem_chunk_free(chunk);
    return NULL;
  }
  return chunk;
}

void
sg_stem_chunk_free(SgStemChunk *chunk)
{
  if (chunk == NULL)
    return;
  sg_stft_work_free(chunk->stft_work);
  sg_wiener_free(chunk->wiener);
  sg_free(chunk->spectra);
  sg_free(chunk->frame);
  sg_free(chunk->samples);
  sg_free(chunk);
}

const float *
sg_stem_chunk_samples(const SgStemChunk *chunk)
{
  return chunk->samples;
}

/* n ≤ TILE bins of one channel; spectra and masks of source j lie j·stride further on. */
SG_VECTORISED static void
share_out_tile(const SgComplex *mixture, size_t n, size_t n_sources, size_t stride, SgComplex *spectra,
               float *out_masks)
{
  double magnitudes[SG_MAX_SOURCES][TILE], sum[TILE], missing_re[TILE], missing_im[TILE], equal_share[TILE];
  for (size_t i = 0; i < n; i++) {
    missing_re[i] = (double)crealf(mixture[i]);
    missing_im[i] = (double)cimagf(mixture[i]);
    sum[i] = 0.0;
  }
  for (size_t j = 0; j < n_sources; j++)
    for (size_t i = 0; i < n; i++) {
      double re = (double)crealf(spectra[j * stride + i]), im = (double)cimagf(spectra[j * stride + i]);
      magnitudes[j][i] = sqrt(re * re + im * im);
      sum[i] += magnitudes[j][i];
      missing_re[i] -= re;
      missing_im[i] -= im;
    }
  for (size_t i = 0; i < n; i++) {
    equal_share[i] = sum[i] > 0.0 ? 0.0 : 1.0 / (double)n_sources;
    sum[i] = 1.0 / (sum[i] > 0.0 ? sum[i] : 1.0);
  }
  for (size_t j = 0; j < n_sources; j++)
    for (size_t i = 0; i < n; i++) {
      SgComplex *y = &spectra[j * stride + i];
      double mask = magnitudes[j][i] * sum[i], share = mask + equal_share[i];
      *y = CMPLXF((float)((double)crealf(*y) + share * missing_re[i]),
                  (float)((double)cimagf(*y) + share * missing_im[i]));
      out_masks[j * stride + i] = (float)mask;
    }
}

/* The same for a row of bins. */
static void
share_out(const SgComplex *mixture, size_t n_bins, size_t n_sources, size_t stride, SgComplex *spectra,
          float *out_masks)
{
  for (size_t k = 0; k < n_bins; k += TILE)
    share_out_tile(mixture + k, n_bins - k < TILE ? n_bins - k : TILE, n_sources, stride, spectra + k,
                   out_masks + k);
}

/* chunk->spectra of frame t: shared out, its masks kept, and added to the samples. */
static void
finish_frame(SgStemChunk *chunk, const SgStemEstimates *estimates, int64_t t)
{
  const SgMaskShape *shape = &chunk->shape;
  SgStftSize size = sg_stft_size(chunk->stft);
  size_t n_bins = shape->n_bins, n_rows = (size_t)shape->n_sources * shape->n_channels;
  size_t n_samples = (size_t)(estimates->n_frames - 1) * size.hop + size.window;
  float *masks = estimates->masks + (size_t)t * n_rows * n_bins;
  for (size_t c = 0; c < shape->n_channels; c++)
    share_out(estimates->mixture + ((int64_t)c * estimates->n_frames + t) * (int64_t)n_bins, n_bins,
              shape->n_sources, shape->n_channels * n_bins, chunk->spectra + c * n_bins, masks + c * n_bins);
  for (size_t row = 0; row < n_rows; row++) {
    sg_stft_synthesise(chunk->stft, chunk->stft_work, chunk->spectra + row * n_bins, 1, chunk->frame);
    float *samples = chunk->samples + row * n_samples + (size_t)t * size.hop;
    for (size_t i = 0; i < size.window; i++)
      samples[i] += chunk->frame[i];
  }
}

static bool
is_cancelled(const SgStemEstimates *estimates)
{
  return atomic_load(estimates->cancelled);
}

/* EM on frames from … from+n−1 of the chunk, and what follows from it; false when it was cancelled. */
static bool
make_block(SgStemChunk *chunk, const SgStemEstimates *estimates, int64_t from, int64_t n)
{
  size_t n_frame = (size_t)chunk->shape.n_sources * chunk->shape.n_channels * chunk->shape.n_bins;
  sg_wiener_begin(chunk->wiener, estimates->mixture + from * chunk->shape.n_bins,
                  (size_t)estimates->n_frames * chunk->shape.n_bins, (size_t)n);
  for (int64_t t = 0; t < n; t++)
    if (estimates->spectra != NULL)
      sg_wiener_start_spectra(chunk->wiener, (size_t)t, estimates->spectra + (size_t)(from + t) * n_frame);
    else
      sg_wiener_start_masks(chunk->wiener, (size_t)t, estimates->masks + (size_t)(from + t) * n_frame);
  if (!sg_wiener_iterate(chunk->wiener, chunk->wiener_iterations, estimates->cancelled))
    return false;
  for (int64_t t = 0; t < n && !is_cancelled(estimates); t++) {
    sg_wiener_estimate(chunk->wiener, (size_t)t, chunk->spectra);
    finish_frame(chunk, estimates, from + t);
  }
  return !is_cancelled(estimates);
}

/* The method's spectra as they are. */
static bool
make_plain(SgStemChunk *chunk, const SgStemEstimates *estimates)
{
  size_t n_frame = (size_t)chunk->shape.n_sources * chunk->shape.n_channels * chunk->shape.n_bins;
  for (int64_t t = 0; t < estimates->n_frames && !is_cancelled(estimates); t++) {
    memcpy(chunk->spectra, estimates->spectra + (size_t)t * n_frame, n_frame * sizeof *chunk->spectra);
    finish_frame(chunk, estimates, t);
  }
  return !is_cancelled(estimates);
}

/* Divides by the windows' sum what lies between the centres of the song's first and last frame: all that is
 * ever read, and that sum is not zero there. */
static void
normalise(SgStemChunk *chunk, const SgStemEstimates *estimates)
{
  SgStftSize size = sg_stft_size(chunk->stft);
  int64_t n_samples = (estimates->n_frames - 1) * size.hop + size.window;
  int64_t start = sg_stft_frame_start(size, estimates->first);
  int64_t from = start > 0 ? start : 0, to = start + n_samples, end = (chunk->shape.n_frames - 1) * size.hop;
  if (to > end)
    to = end;
  for (uint32_t row = 0; row < chunk->shape.n_sources * chunk->shape.n_channels && to > from; row++)
    sg_stft_normalise(chunk->stft, chunk->shape.n_frames, from, to - from,
                      chunk->samples + row * n_samples + (from - start));
}

SgStatus
sg_stem_chunk_make(SgStemChunk *chunk, const SgStemEstimates *estimates, SgError *error)
{
  SgStftSize size = sg_stft_size(chunk->stft);
  size_t n_rows = (size_t)chunk->shape.n_sources * chunk->shape.n_channels;
  memset(chunk->samples, 0,
         n_rows * (size_t)((estimates->n_frames - 1) * size.hop + size.window) * sizeof *chunk->samples);
  int64_t n_block = chunk->wiener_frames;
  bool done = chunk->wiener != NULL || make_plain(chunk, estimates);
  for (int64_t from = 0; from < estimates->n_frames && done && chunk->wiener != NULL; from += n_block) {
    int64_t left = estimates->n_frames - from;
    done = make_block(chunk, estimates, from, left < n_block ? left : n_block);
  }
  if (!done)
    return sg_error_set(error, SG_CANCELLED, NULL, NULL);
  normalise(chunk, estimates);
  return SG_OK;
}
