#include "core/separate/separation-chunk.h"

#include <string.h>

#include "core/base/memory.h"
#include "core/mask/wiener.h"
#include "core/separate/stem-chunk.h"

struct SgChunkWork {
  const SgMethodClass *class; /* of the method's work */
  SgStftWork *stft;
  SgMethodWork *method;
  float *samples[SG_MAX_CHANNELS];
  SgComplex *spectra;
  float *masks;
  uint8_t *codes;

  /* Only where stems are stored. */
  SgStemChunk *stem_chunk;
  SgComplex *mixture;      /* [channel][frame][bin] of the chunk */
  SgComplex *stem_spectra; /* [frame][source][channel][bin], for methods that give stems */
  float *stem_samples; /* [source][channel][sample] of the method's chunk, for methods that give samples */
};

uint32_t
sg_chunk_n_method_chunks(const SgMethodPlan *plan, unsigned wiener_iterations)
{
  uint32_t nearest = (SG_WIENER_BLOCK_FRAMES + plan->chunk_frames / 2) / plan->chunk_frames;
  return wiener_iterations > 0 && nearest > 1 ? nearest : 1;
}

/* The length of a block of Wiener filtering: the chunk in equal parts of about the customary length. */
static uint32_t
wiener_block_frames(uint32_t chunk_frames)
{
  uint32_t n_blocks = (chunk_frames + SG_WIENER_BLOCK_FRAMES / 2) / SG_WIENER_BLOCK_FRAMES;
  return n_blocks > 1 ? (chunk_frames + n_blocks - 1) / n_blocks : chunk_frames;
}

/* The part of the work that only stored stems need. */
static bool
stem_work_init(const SgChunkJob *job, SgChunkWork *work)
{
  const SgMethodPlan *plan = job->class->plan(job->method);
  const SgMaskShape *shape = sg_mask_store_shape(job->masks);
  SgStftSize size = sg_stft_size(job->stft);
  size_t n_rows = (size_t)shape->n_sources * shape->n_channels;
  work->stem_chunk =
      sg_stem_chunk_new(job->stft, *shape, job->wiener_iterations, wiener_block_frames(shape->chunk_frames));
  work->mixture = SG_NEW(SgComplex, (size_t)shape->n_channels * shape->chunk_frames * size.n_bins);
  bool complete = work->stem_chunk != NULL && work->mixture != NULL;
  if (plan->output != SG_METHOD_MASKS) {
    work->stem_spectra = SG_NEW(SgComplex, shape->chunk_frames * n_rows * size.n_bins);
    complete = complete && work->stem_spectra != NULL;
  }
  if (plan->output == SG_METHOD_SAMPLES) {
    work->stem_samples = SG_NEW(float, n_rows *((size_t)(plan->chunk_frames - 1) * size.hop + size.window));
    complete = complete && work->stem_samples != NULL;
  }
  return complete;
}

void
sg_chunk_work_free(SgChunkWork *work)
{
  if (work == NULL)
    return;
  sg_stft_work_free(work->stft);
  work->class->work_free(work->method);
  for (int c = 0; c < SG_MAX_CHANNELS; c++)
    sg_free(work->samples[c]);
  sg_free(work->spectra);
  sg_free(work->masks);
  sg_free(work->codes);
  sg_stem_chunk_free(work->stem_chunk);
  sg_free(work->mixture);
  sg_free(work->stem_spectra);
  sg_free(work->stem_samples);
  sg_free(work);
}

SgChunkWork *
sg_chunk_work_new(const SgChunkJob *job)
{
  SgChunkWork *work = SG_NEW(SgChunkWork, 1);
  if (work == NULL)
    return NULL;
  const SgMethodPlan *plan = job->class->plan(job->method);
  const SgMaskShape *shape = sg_mask_store_shape(job->masks);
  SgStftSize size = sg_stft_size(job->stft);
  size_t n_frames = (size_t)plan->context_before + plan->chunk_frames + plan->context_after;
  size_t n_read = n_frames > shape->chunk_frames ? n_frames : shape->chunk_frames;
  size_t n_masks = (size_t)shape->chunk_frames * shape->n_sources * shape->n_channels * shape->n_bins;
  *work = (SgChunkWork){ .class = job->class,
                         .stft = sg_stft_work_new(job->stft),
                         .method = job->class->work_new(job->method),
                         .spectra = SG_NEW(SgComplex, shape->n_channels * n_frames * size.n_bins),
                         .masks = SG_NEW(float, n_masks),
                         .codes = SG_NEW(uint8_t, n_masks) };
  bool complete = work->stft != NULL && work->method != NULL && work->spectra != NULL &&
                  work->masks != NULL && work->codes != NULL;
  for (uint32_t c = 0; c < shape->n_channels; c++) {
    work->samples[c] = SG_NEW(float, (n_read - 1) * size.hop + size.window);
    complete = complete && work->samples[c] != NULL;
  }
  if (job->stems != NULL)
    complete = stem_work_init(job, work) && complete;
  if (complete)
    return work;
  sg_chunk_work_free(work);
  return NULL;
}

/* The STFT of song frames first … first+n−1: out_spectra[channel][n][bin]; leaves the samples in the work. */
static SgStatus
analyse(const SgChunkJob *job, SgChunkWork *work, int64_t first, int64_t n, SgComplex *out_spectra,
        SgError *error)
{
  SgStftSize size = sg_stft_size(job->stft);
  SgStatus status = sg_pcm_read(job->pcm, sg_stft_frame_start(size, first), (n - 1) * size.hop + size.window,
                                work->samples, error);
  for (uint32_t c = 0; c < sg_pcm_n_channels(job->pcm) && status == SG_OK; c++)
    sg_stft_analyse(job->stft, work->stft, work->samples[c], n, out_spectra + (int64_t)c * n * size.n_bins);
  return status;
}

/* The spectra of stems that a method gave as samples; what it gave outside the song does not count. */
static void
analyse_stems(const SgChunkJob *job, SgChunkWork *work, const SgMethodInput *input, SgComplex *out_spectra)
{
  const SgMaskShape *shape = sg_mask_store_shape(job->masks);
  SgStftSize size = sg_stft_size(job->stft);
  size_t n_rows = (size_t)shape->n_sources * shape->n_channels;
  int64_t n = (input->chunk_n - 1) * size.hop + size.window;
  int64_t start = sg_stft_frame_start(size, input->chunk_first);
  int64_t before = start < 0 ? -start : 0, inside = sg_pcm_n_samples(job->pcm) - start;
  for (size_t row = 0; row < n_rows; row++) {
    float *samples = work->stem_samples + (int64_t)row * n;
    memset(samples, 0, (size_t)before * sizeof *samples);
    if (inside < n)
      memset(samples + inside, 0, (size_t)(n - inside) * sizeof *samples);
    for (int64_t t = 0; t < input->chunk_n; t++)
      sg_stft_analyse(job->stft, work->stft, samples + t * size.hop, 1,
                      out_spectra + ((size_t)t * n_rows + row) * size.n_bins);
  }
}

/* Runs the method on song frames first … first+n−1, a chunk of its own; what it gives is kept from frame `at`
 * of the separation's chunk on. */
static SgStatus
run_method(const SgChunkJob *job, SgChunkWork *work, int64_t first, int64_t n, int64_t at, SgError *error)
{
  const SgMethodPlan *plan = job->class->plan(job->method);
  const SgMaskShape *shape = sg_mask_store_shape(job->masks);
  size_t kept_at = (size_t)at * shape->n_sources * shape->n_channels * shape->n_bins;

  SgMethodInput input = { .spectra = work->spectra,
                          .samples = (const float *const *)work->samples,
                          .chunk_first = first,
                          .chunk_n = n,
                          .cancelled = &job->cancelled };
  int64_t end = input.chunk_first + input.chunk_n + plan->context_after;
  if (end > job->n_frames)
    end = job->n_frames;
  input.first_frame = input.chunk_first - plan->context_before;
  if (input.first_frame < 0)
    input.first_frame = 0;
  input.n_frames = end - input.first_frame;

  SgStatus status = analyse(job, work, input.first_frame, input.n_frames, work->spectra, error);
  if (status != SG_OK)
    return status;
  if (plan->output == SG_METHOD_MASKS)
    return job->class->process(job->method, work->method, &input, work->masks + kept_at, error);
  if (plan->output == SG_METHOD_SPECTRA)
    return job->class->process_spectra(job->method, work->method, &input, work->stem_spectra + kept_at,
                                       error);
  status = job->class->process_samples(job->method, work->method, &input, work->stem_samples, error);
  if (status == SG_OK)
    analyse_stems(job, work, &input, work->stem_spectra + kept_at);
  return status;
}

/* Stores the stems of the chunk whose estimates are there, and leaves their masks in the work. */
static SgStatus
make_stems(const SgChunkJob *job, SgChunkWork *work, int64_t chunk, int64_t first, int64_t n, SgError *error)
{
  SgStatus status = analyse(job, work, first, n, work->mixture, error);
  SgStemEstimates estimates = { .first = first,
                                .n_frames = n,
                                .mixture = work->mixture,
                                .spectra = work->stem_spectra,
                                .masks = work->masks,
                                .cancelled = &job->cancelled };
  if (status == SG_OK)
    status = sg_stem_chunk_make(work->stem_chunk, &estimates, error);
  if (status == SG_OK)
    status = sg_stem_store_write_chunk(job->stems, chunk, sg_stem_chunk_samples(work->stem_chunk), error);
  return status;
}

SgStatus
sg_chunk_do(const SgChunkJob *job, SgChunkWork *work, int64_t chunk, int64_t *out_first_frame,
            int64_t *out_n_frames, SgError *error)
{
  int64_t step = job->class->plan(job->method)->chunk_frames, first;
  int64_t n = sg_mask_shape_chunk(*sg_mask_store_shape(job->masks), chunk, &first);
  *out_first_frame = first;
  *out_n_frames = n;
  SgStatus status = SG_OK;
  for (int64_t at = 0; at < n && status == SG_OK; at += step)
    status = run_method(job, work, first + at, n - at < step ? n - at : step, at, error);
  if (status == SG_OK && job->stems != NULL)
    status = make_stems(job, work, chunk, first, n, error);
  if (status == SG_OK)
    status = sg_mask_store_write_chunk(job->masks, chunk, work->masks, work->codes, error);
  return status;
}
