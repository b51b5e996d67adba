#include "core/separate/separation.h"

#include <pthread.h>

#include "core/base/memory.h"
#include "core/base/workers.h"

struct SgSeparation {
  const SgPcm *pcm;
  const SgMethodClass *class;
  SgMethod *method;
  SgStft *stft;
  SgMaskStore *masks;
  int64_t n_frames;
  _Atomic int64_t focus_chunk;
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
} ChunkWork;

SgStatus
sg_separation_new(const SgPcm *pcm, const SgMethodClass *method, const double *knobs,
                  const char *scratch_folder, SgSeparation **out_separation, SgError *error)
{
  *out_separation = NULL;
  SgSeparation *separation = SG_NEW(SgSeparation, 1);
  if (separation == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  pthread_mutex_init(&separation->lock, NULL);
  separation->pcm = pcm;
  separation->class = method;

  SgStftSize size = sg_stft_size_for_rate(sg_pcm_rate(pcm));
  separation->n_frames = sg_stft_n_frames(size, sg_pcm_n_samples(pcm));
  separation->stft = sg_stft_new(size);
  SgStatus status = SG_NO_MEMORY;
  if (separation->stft == NULL) {
    sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
    goto fail;
  }
  SgMethodSetup setup = { .rate_hz = sg_pcm_rate(pcm),
                          .n_channels = sg_pcm_n_channels(pcm),
                          .n_frames = separation->n_frames,
                          .stft = size,
                          .knobs = knobs };
  status = method->create(&setup, &separation->method, error);
  if (status != SG_OK)
    goto fail;
  const SgMethodPlan *plan = method->plan(separation->method);
  SgMaskShape shape = { .n_frames = separation->n_frames,
                        .n_sources = (uint32_t)plan->n_sources,
                        .n_channels = setup.n_channels,
                        .n_bins = size.n_bins,
                        .chunk_frames = plan->chunk_frames };
  status = sg_mask_store_new(shape, scratch_folder, &separation->masks, error);
  if (status != SG_OK)
    goto fail;
  separation->taken = SG_NEW(bool, (size_t)sg_mask_shape_n_chunks(shape));
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
}

static bool
chunk_work_init(const SgSeparation *separation, ChunkWork *work)
{
  const SgMethodPlan *plan = sg_separation_plan(separation);
  const SgMaskShape *shape = sg_mask_store_shape(separation->masks);
  SgStftSize size = sg_stft_size(separation->stft);
  size_t n_frames = (size_t)plan->context_before + plan->chunk_frames + plan->context_after;
  size_t n_masks = (size_t)plan->chunk_frames * shape->n_sources * shape->n_channels * shape->n_bins;
  *work = (ChunkWork){ .stft = sg_stft_work_new(separation->stft),
                       .method = separation->class->work_new(separation->method),
                       .spectra = SG_NEW(SgComplex, shape->n_channels * n_frames * size.n_bins),
                       .masks = SG_NEW(float, n_masks),
                       .codes = SG_NEW(uint8_t, n_masks) };
  bool complete = work->stft != NULL && work->method != NULL && work->spectra != NULL &&
                  work->masks != NULL && work->codes != NULL;
  for (uint32_t c = 0; c < shape->n_channels; c++) {
    work->samples[c] = SG_NEW(float, (n_frames - 1) * size.hop + size.window);
    complete = complete && work->samples[c] != NULL;
  }
  if (!complete)
    chunk_work_clear(separation, work);
  return complete;
}

static SgStatus
do_chunk(SgSeparation *separation, ChunkWork *work, int64_t chunk, SgError *error)
{
  const SgMethodPlan *plan = sg_separation_plan(separation);
  const SgMaskShape *shape = sg_mask_store_shape(separation->masks);
  SgStftSize size = sg_stft_size(separation->stft);

  SgMethodInput input = { .spectra = work->spectra,
                          .samples = (const float *const *)work->samples,
                          .cancelled = &separation->cancelled };
  input.chunk_n = sg_mask_shape_chunk(*shape, chunk, &input.chunk_first);
  int64_t end = input.chunk_first + input.chunk_n + plan->context_after;
  if (end > separation->n_frames)
    end = separation->n_frames;
  input.first_frame = input.chunk_first - plan->context_before;
  if (input.first_frame < 0)
    input.first_frame = 0;
  input.n_frames = end - input.first_frame;

  SgStatus status = sg_pcm_read(separation->pcm, sg_stft_frame_start(size, input.first_frame),
                                (input.n_frames - 1) * size.hop + size.window, work->samples, error);
  if (status != SG_OK)
    return status;
  for (uint32_t c = 0; c < shape->n_channels; c++)
    sg_stft_analyse(separation->stft, work->stft, work->samples[c], input.n_frames,
                    work->spectra + (int64_t)c * input.n_frames * size.n_bins);
  status = separation->class->process(separation->method, work->method, &input, work->masks, error);
  if (status != SG_OK)
    return status;
  status = sg_mask_store_write_chunk(separation->masks, chunk, work->masks, work->codes, error);
  if (status == SG_OK && separation->chunk_ready != NULL)
    separation->chunk_ready(input.chunk_first, input.chunk_n, separation->chunk_ready_user);
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
  for (int64_t i = 0; i < n_chunks; i++)
    separation->taken[i] = sg_mask_store_is_ready(separation->masks, i);
  separation->run_error.status = SG_OK;
  atomic_store(&separation->cancelled, false);

  SgWorkers *workers =
      sg_workers_start(n_threads > 0 ? n_threads : sg_workers_default_count(), worker, separation);
  if (workers == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  bool stopped = false;
  do {
    double fraction = (double)sg_mask_store_n_ready(separation->masks) / (double)n_chunks;
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
