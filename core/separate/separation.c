#include "core/separate/separation.h"

#include <pthread.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/scratch.h"
#include "core/base/workers.h"
#include "core/mask/wiener.h"
#include "core/separate/stem-chunk.h"

struct SgSeparation {
  const SgPcm *pcm;
  const SgMethodClass *class;
  SgMethod *method;
  SgStft *stft;
  SgMaskStore *masks;
  SgStemStore *stems; /* NULL where masks × mixture are the stems */
  unsigned wiener_iterations;
  int64_t n_frames;
  _Atomic int64_t focus_chunk;
  int64_t first_chunk, end_chunk; /* of the range to do */
  void (*chunk_ready)(int64_t first_frame, int64_t n_frames, void *user);
  void *chunk_ready_user;

  /* Of the run under way. */
  pthread_mutex_t lock;
  bool *taken;       /* [n_chunks], under lock */
  SgError run_error; /* under lock: the first failure of a worker */
  atomic_bool cancelled;
};

/* What one worker needs, sized once for the longest chunk. */
typedef struct {
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
} ChunkWork;

/* How many chunks of the method make one of the separation: Wiener filtering wants long blocks. */
static uint32_t
chunks_per_block(const SgMethodPlan *plan, unsigned wiener_iterations)
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

/* Masks, and stems where they are stored; either both have room or none is begun. */
static SgStatus
make_stores(SgSeparation *separation, SgMaskShape shape, const char *scratch_folder, SgError *error)
{
  SgStftSize size = sg_stft_size(separation->stft);
  SgStatus status = SG_OK;
  if (separation->wiener_iterations > 0 ||
      separation->class->plan(separation->method)->output != SG_METHOD_MASKS) {
    status = sg_scratch_check_space(scratch_folder,
                                    sg_mask_shape_bytes(shape) + sg_stem_store_bytes(shape, size), error);
    if (status == SG_OK)
      status = sg_stem_store_new(shape, size, scratch_folder, &separation->stems, error);
  }
  return status == SG_OK ? sg_mask_store_new(shape, scratch_folder, &separation->masks, error) : status;
}

SgStatus
sg_separation_new(const SgPcm *pcm, const SgMethodClass *method, const double *knobs,
                  const char *scratch_folder, SgSeparation **out_separation, SgError *error)
{
  SgSeparationSetup setup = { .method = method, .knobs = knobs, .scratch_folder = scratch_folder };
  return sg_separation_new_with(pcm, &setup, out_separation, error);
}

SgStatus
sg_separation_new_with(const SgPcm *pcm, const SgSeparationSetup *setup, SgSeparation **out_separation,
                       SgError *error)
{
  *out_separation = NULL;
  if (setup->wiener_iterations > SG_WIENER_MAX_ITERATIONS)
    return sg_error_set(error, SG_BAD_ARGUMENT, NULL, "wiener");
  SgSeparation *separation = SG_NEW(SgSeparation, 1);
  if (separation == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  pthread_mutex_init(&separation->lock, NULL);
  separation->pcm = pcm;
  separation->class = setup->method;
  separation->wiener_iterations = setup->wiener_iterations;

  SgStftSize size = sg_stft_size_for_rate(sg_pcm_rate(pcm));
  separation->n_frames = sg_stft_n_frames(size, sg_pcm_n_samples(pcm));
  separation->stft = sg_stft_new(size);
  SgStatus status = SG_NO_MEMORY;
  if (separation->stft == NULL) {
    sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
    goto fail;
  }
  SgMethodSetup method_setup = { .rate_hz = sg_pcm_rate(pcm),
                                 .n_channels = sg_pcm_n_channels(pcm),
                                 .n_frames = separation->n_frames,
                                 .stft = size,
                                 .knobs = setup->knobs,
                                 .model_path = setup->model_path };
  status = separation->class->create(&method_setup, &separation->method, error);
  if (status != SG_OK)
    goto fail;
  const SgMethodPlan *plan = separation->class->plan(separation->method);
  SgMaskShape shape = { .n_frames = separation->n_frames,
                        .n_sources = (uint32_t)plan->n_sources,
                        .n_channels = sg_pcm_n_channels(pcm),
                        .n_bins = size.n_bins,
                        .chunk_frames =
                            plan->chunk_frames * chunks_per_block(plan, setup->wiener_iterations) };
  status = make_stores(separation, shape, setup->scratch_folder, error);
  if (status != SG_OK)
    goto fail;
  separation->end_chunk = sg_mask_shape_n_chunks(shape);
  separation->taken = SG_NEW(bool, (size_t)separation->end_chunk);
  if (separation->taken == NULL) {
    status = sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
    goto fail;
  }
  *out_separation = separation;
  return SG_OK;
fail:
  sg_separation_free(separation);
  return status;
}

void
sg_separation_free(SgSeparation *separation)
{
  if (separation == NULL)
    return;
  if (separation->method != NULL)
    separation->class->free(separation->method);
  sg_stft_free(separation->stft);
  sg_mask_store_free(separation->masks);
  sg_stem_store_free(separation->stems);
  sg_free(separation->taken);
  pthread_mutex_destroy(&separation->lock);
  sg_free(separation);
}

const SgPcm *
sg_separation_pcm(const SgSeparation *separation)
{
  return separation->pcm;
}

const SgMethodPlan *
sg_separation_plan(const SgSeparation *separation)
{
  return separation->class->plan(separation->method);
}

const SgMaskStore *
sg_separation_masks(const SgSeparation *separation)
{
  return separation->masks;
}

const SgStemStore *
sg_separation_stems(const SgSeparation *separation)
{
  return separation->stems;
}

const SgStft *
sg_separation_stft(const SgSeparation *separation)
{
  return separation->stft;
}

void
sg_separation_set_focus(SgSeparation *separation, int64_t pos_samples)
{
  int64_t hop = sg_stft_size(separation->stft).hop;
  int64_t frame = pos_samples < 0 ? 0 : pos_samples / hop;
  if (frame > separation->n_frames - 1)
    frame = separation->n_frames - 1;
  atomic_store(&separation->focus_chunk, frame / sg_mask_store_shape(separation->masks)->chunk_frames);
}

void
sg_separation_set_range(SgSeparation *separation, int64_t start, int64_t n)
{
  int64_t first, chunk_frames = sg_mask_store_shape(separation->masks)->chunk_frames;
  int64_t n_frames =
      sg_stft_frames_touching(sg_stft_size(separation->stft), separation->n_frames, start, n, &first);
  separation->first_chunk = first / chunk_frames;
  separation->end_chunk = (first + n_frames + chunk_frames - 1) / chunk_frames;
}

void
sg_separation_set_chunk_ready(SgSeparation *separation,
                              void (*ready)(int64_t first_frame, int64_t n_frames, void *user), void *user)
{
  separation->chunk_ready = ready;
  separation->chunk_ready_user = user;
}

static void
chunk_work_clear(const SgSeparation *separation, ChunkWork *work)
{
  sg_stft_work_free(work->stft);
  separation->class->work_free(work->method);
  for (int c = 0; c < SG_MAX_CHANNELS; c++)
    sg_free(work->samples[c]);
  sg_free(work->spectra);
  sg_free(work->masks);
  sg_free(work->codes);
  sg_stem_chunk_free(work->stem_chunk);
  sg_free(work->mixture);
  sg_free(work->stem_spectra);
  sg_free(work->stem_samples);
}

/* The part of the work that only stored stems need. */
static bool
stem_work_init(const SgSeparation *separation, ChunkWork *work)
{
  const SgMethodPlan *plan = sg_separation_plan(separation);
  const SgMaskShape *shape = sg_mask_store_shape(separation->masks);
  SgStftSize size = sg_stft_size(separation->stft);
  size_t n_rows = (size_t)shape->n_sources * shape->n_channels;
  work->stem_chunk = sg_stem_chunk_new(separation->stft, *shape, separation->wiener_iterations,
                                       wiener_block_frames(shape->chunk_frames));
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

static bool
chunk_work_init(const SgSeparation *separation, ChunkWork *work)
{
  const SgMethodPlan *plan = sg_separation_plan(separation);
  const SgMaskShape *shape = sg_mask_store_shape(separation->masks);
  SgStftSize size = sg_stft_size(separation->stft);
  size_t n_frames = (size_t)plan->context_before + plan->chunk_frames + plan->context_after;
  size_t n_read = n_frames > shape->chunk_frames ? n_frames : shape->chunk_frames;
  size_t n_masks = (size_t)shape->chunk_frames * shape->n_sources * shape->n_channels * shape->n_bins;
  *work = (ChunkWork){ .stft = sg_stft_work_new(separation->stft),
                       .method = separation->class->work_new(separation->method),
                       .spectra = SG_NEW(SgComplex, shape->n_channels * n_frames * size.n_bins),
                       .masks = SG_NEW(float, n_masks),
                       .codes = SG_NEW(uint8_t, n_masks) };
  bool complete = work->stft != NULL && work->method != NULL && work->spectra != NULL &&
                  work->masks != NULL && work->codes != NULL;
  for (uint32_t c = 0; c < shape->n_channels; c++) {
    work->samples[c] = SG_NEW(float, (n_read - 1) * size.hop + size.window);
    complete = complete && work->samples[c] != NULL;
  }
  if (separation->stems != NULL)
    complete = stem_work_init(separation, work) && complete;
  if (!complete)
    chunk_work_clear(separation, work);
  return complete;
}

/* The STFT of song frames first … first+n−1: out_spectra[channel][n][bin]; leaves the samples in the work. */
static SgStatus
analyse(const SgSeparation *separation, ChunkWork *work, int64_t first, int64_t n, SgComplex *out_spectra,
        SgError *error)
{
  SgStftSize size = sg_stft_size(separation->stft);
  SgStatus status = sg_pcm_read(separation->pcm, sg_stft_frame_start(size, first),
                                (n - 1) * size.hop + size.window, work->samples, error);
  for (uint32_t c = 0; c < sg_pcm_n_channels(separation->pcm) && status == SG_OK; c++)
    sg_stft_analyse(separation->stft, work->stft, work->samples[c], n,
                    out_spectra + (int64_t)c * n * size.n_bins);
  return status;
}

/* The spectra of stems that a method gave as samples; what it gave outside the song does not count. */
static void
analyse_stems(const SgSeparation *separation, ChunkWork *work, const SgMethodInput *input,
              SgComplex *out_spectra)
{
  const SgMaskShape *shape = sg_mask_store_shape(separation->masks);
  SgStftSize size = sg_stft_size(separation->stft);
  size_t n_rows = (size_t)shape->n_sources * shape->n_channels;
  int64_t n = (input->chunk_n - 1) * size.hop + size.window;
  int64_t start = sg_stft_frame_start(size, input->chunk_first);
  int64_t before = start < 0 ? -start : 0, inside = sg_pcm_n_samples(separation->pcm) - start;
  for (size_t row = 0; row < n_rows; row++) {
    float *samples = work->stem_samples + (int64_t)row * n;
    memset(samples, 0, (size_t)before * sizeof *samples);
    if (inside < n)
      memset(samples + inside, 0, (size_t)(n - inside) * sizeof *samples);
    for (int64_t t = 0; t < input->chunk_n; t++)
      sg_stft_analyse(separation->stft, work->stft, samples + t * size.hop, 1,
                      out_spectra + ((size_t)t * n_rows + row) * size.n_bins);
  }
}

/* Runs the method on song frames first … first+n−1, a chunk of its own; what it gives is kept from frame `at`
 * of the separation's chunk on. */
static SgStatus
run_method(SgSeparation *separation, ChunkWork *work, int64_t first, int64_t n, int64_t at, SgError *error)
{
  const SgMethodPlan *plan = sg_separation_plan(separation);
  const SgMaskShape *shape = sg_mask_store_shape(separation->masks);
  size_t kept_at = (size_t)at * shape->n_sources * shape->n_channels * shape->n_bins;

  SgMethodInput input = { .spectra = work->spectra,
                          .samples = (const float *const *)work->samples,
                          .chunk_first = first,
                          .chunk_n = n,
                          .cancelled = &separation->cancelled };
  int64_t end = input.chunk_first + input.chunk_n + plan->context_after;
  if (end > separation->n_frames)
    end = separation->n_frames;
  input.first_frame = input.chunk_first - plan->context_before;
  if (input.first_frame < 0)
    input.first_frame = 0;
  input.n_frames = end - input.first_frame;

  SgStatus status = analyse(separation, work, input.first_frame, input.n_frames, work->spectra, error);
  if (status != SG_OK)
    return status;
  if (plan->output == SG_METHOD_MASKS)
    return separation->class->process(separation->method, work->method, &input, work->masks + kept_at, error);
  if (plan->output == SG_METHOD_SPECTRA)
    return separation->class->process_spectra(separation->method, work->method, &input,
                                              work->stem_spectra + kept_at, error);
  status =
      separation->class->process_samples(separation->method, work->method, &input, work->stem_samples, error);
  if (status == SG_OK)
    analyse_stems(separation, work, &input, work->stem_spectra + kept_at);
  return status;
}

/* Stores the stems of the chunk whose estimates are there, and leaves their masks in the work. */
static SgStatus
make_stems(SgSeparation *separation, ChunkWork *work, int64_t chunk, int64_t first, int64_t n, SgError *error)
{
  SgStatus status = analyse(separation, work, first, n, work->mixture, error);
  SgStemEstimates estimates = { .first = first,
                                .n_frames = n,
                                .mixture = work->mixture,
                                .spectra = work->stem_spectra,
                                .masks = work->masks,
                                .cancelled = &separation->cancelled };
  if (status == SG_OK)
    status = sg_stem_chunk_make(work->stem_chunk, &estimates, error);
  if (status == SG_OK)
    status =
        sg_stem_store_write_chunk(separation->stems, chunk, sg_stem_chunk_samples(work->stem_chunk), error);
  return status;
}

static SgStatus
do_chunk(SgSeparation *separation, ChunkWork *work, int64_t chunk, SgError *error)
{
  int64_t step = sg_separation_plan(separation)->chunk_frames, first;
  int64_t n = sg_mask_shape_chunk(*sg_mask_store_shape(separation->masks), chunk, &first);
  SgStatus status = SG_OK;
  for (int64_t at = 0; at < n && status == SG_OK; at += step)
    status = run_method(separation, work, first + at, n - at < step ? n - at : step, at, error);
  if (status == SG_OK && separation->stems != NULL)
    status = make_stems(separation, work, chunk, first, n, error);
  if (status == SG_OK)
    status = sg_mask_store_write_chunk(separation->masks, chunk, work->masks, work->codes, error);
  if (status == SG_OK && separation->chunk_ready != NULL)
    separation->chunk_ready(first, n, separation->chunk_ready_user);
  return status;
}

/* The first chunk from the focus on that nobody has taken, else from the start; −1 when none is left. */
static int64_t
take_chunk(SgSeparation *separation)
{
  int64_t n_chunks = sg_mask_shape_n_chunks(*sg_mask_store_shape(separation->masks));
  int64_t focus = atomic_load(&separation->focus_chunk);
  int64_t found = -1;
  pthread_mutex_lock(&separation->lock);
  for (int64_t i = 0; i < n_chunks && found < 0; i++) {
    int64_t chunk = (focus + i) % n_chunks;
    if (!separation->taken[chunk])
      found = chunk;
  }
  if (found >= 0)
    separation->taken[found] = true;
  pthread_mutex_unlock(&separation->lock);
  return found;
}

static void
stop_with_error(SgSeparation *separation, const SgError *error)
{
  pthread_mutex_lock(&separation->lock);
  if (separation->run_error.status == SG_OK)
    separation->run_error = *error;
  pthread_mutex_unlock(&separation->lock);
  atomic_store(&separation->cancelled, true);
}

static void
worker(unsigned index, void *user)
{
  (void)index;
  SgSeparation *separation = user;
  ChunkWork work;
  SgError error;
  if (!chunk_work_init(separation, &work)) {
    sg_error_set(&error, SG_NO_MEMORY, NULL, NULL);
    stop_with_error(separation, &error);
    return;
  }
  int64_t chunk;
  while (!atomic_load(&separation->cancelled) && (chunk = take_chunk(separation)) >= 0)
    if (do_chunk(separation, &work, chunk, &error) != SG_OK)
      stop_with_error(separation, &error);
  chunk_work_clear(separation, &work);
}

SgStatus
sg_separation_run(SgSeparation *separation, unsigned n_threads, SgProgress progress, void *user,
                  SgError *error)
{
  int64_t n_chunks = sg_mask_shape_n_chunks(*sg_mask_store_shape(separation->masks));
  int64_t n_wanted = separation->end_chunk - separation->first_chunk, n_ready_elsewhere = 0;
  for (int64_t i = 0; i < n_chunks; i++) {
    bool is_wanted = i >= separation->first_chunk && i < separation->end_chunk;
    bool is_ready = sg_mask_store_is_ready(separation->masks, i);
    separation->taken[i] = is_ready || !is_wanted;
    n_ready_elsewhere += is_ready && !is_wanted;
  }
  separation->run_error.status = SG_OK;
  atomic_store(&separation->cancelled, false);

  SgWorkers *workers =
      sg_workers_start(n_threads > 0 ? n_threads : sg_workers_default_count(), worker, separation);
  if (workers == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  bool stopped = false;
  do {
    int64_t n_ready = sg_mask_store_n_ready(separation->masks) - n_ready_elsewhere;
    double fraction = (double)n_ready / (double)n_wanted;
    if (!stopped && progress != NULL && !progress(fraction, "separate", user)) {
      stopped = true;
      atomic_store(&separation->cancelled, true);
    }
  } while (!sg_workers_wait(workers, 0.03));
  sg_workers_join(workers);

  if (separation->run_error.status != SG_OK && separation->run_error.status != SG_CANCELLED) {
    if (error != NULL)
      *error = separation->run_error;
    return separation->run_error.status;
  }
  if (stopped)
    return sg_error_set(error, SG_CANCELLED, NULL, NULL);
  if (progress != NULL)
    progress(1.0, "separate", user);
  return SG_OK;
}
