#include "core/separate/separation.h"

#include <pthread.h>

#include "core/base/memory.h"
#include "core/base/scratch.h"
#include "core/base/workers.h"
#include "core/mask/wiener.h"
#include "core/separate/separation-chunk.h"

struct SgSeparation {
  SgChunkJob job;
  _Atomic int64_t focus_chunk;
  int64_t first_chunk, end_chunk; /* of the range to do */
  void (*chunk_ready)(int64_t first_frame, int64_t n_frames, void *user);
  void *chunk_ready_user;

  /* Of the run under way. */
  pthread_mutex_t lock;
  bool *taken;       /* [n_chunks], under lock */
  SgError run_error; /* under lock: the first failure of a worker */
};

/* Masks, and stems where they are stored; either both have room or none is begun. */
static SgStatus
make_stores(SgSeparation *separation, SgMaskShape shape, const char *scratch_folder, SgError *error)
{
  SgStftSize size = sg_stft_size(separation->job.stft);
  SgStatus status = SG_OK;
  if (separation->job.wiener_iterations > 0 ||
      separation->job.class->plan(separation->job.method)->output != SG_METHOD_MASKS) {
    status = sg_scratch_check_space(scratch_folder,
                                    sg_mask_shape_bytes(shape) + sg_stem_store_bytes(shape, size), error);
    if (status == SG_OK)
      status = sg_stem_store_new(shape, size, scratch_folder, &separation->job.stems, error);
  }
  return status == SG_OK ? sg_mask_store_new(shape, scratch_folder, &separation->job.masks, error) : status;
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
  separation->job.pcm = pcm;
  separation->job.class = setup->method;
  separation->job.wiener_iterations = setup->wiener_iterations;

  SgStftSize size = sg_stft_size_for_rate(sg_pcm_rate(pcm));
  separation->job.n_frames = sg_stft_n_frames(size, sg_pcm_n_samples(pcm));
  separation->job.stft = sg_stft_new(size);
  SgStatus status = SG_NO_MEMORY;
  if (separation->job.stft == NULL) {
    sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
    goto fail;
  }
  SgMethodSetup method_setup = { .rate_hz = sg_pcm_rate(pcm),
                                 .n_channels = sg_pcm_n_channels(pcm),
                                 .n_frames = separation->job.n_frames,
                                 .stft = size,
                                 .knobs = setup->knobs,
                                 .model_path = setup->model_path };
  status = separation->job.class->create(&method_setup, &separation->job.method, error);
  if (status != SG_OK)
    goto fail;
  const SgMethodPlan *plan = separation->job.class->plan(separation->job.method);
  SgMaskShape shape = { .n_frames = separation->job.n_frames,
                        .n_sources = (uint32_t)plan->n_sources,
                        .n_channels = sg_pcm_n_channels(pcm),
                        .n_bins = size.n_bins,
                        .chunk_frames =
                            plan->chunk_frames * sg_chunk_n_method_chunks(plan, setup->wiener_iterations) };
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
  if (separation->job.method != NULL)
    separation->job.class->free(separation->job.method);
  sg_stft_free(separation->job.stft);
  sg_mask_store_free(separation->job.masks);
  sg_stem_store_free(separation->job.stems);
  sg_free(separation->taken);
  pthread_mutex_destroy(&separation->lock);
  sg_free(separation);
}

const SgPcm *
sg_separation_pcm(const SgSeparation *separation)
{
  return separation->job.pcm;
}

const SgMethodPlan *
sg_separation_plan(const SgSeparation *separation)
{
  return separation->job.class->plan(separation->job.method);
}

const SgMaskStore *
sg_separation_masks(const SgSeparation *separation)
{
  return separation->job.masks;
}

const SgStemStore *
sg_separation_stems(const SgSeparation *separation)
{
  return separation->job.stems;
}

const SgStft *
sg_separation_stft(const SgSeparation *separation)
{
  return separation->job.stft;
}

void
sg_separation_set_focus(SgSeparation *separation, int64_t pos_samples)
{
  int64_t hop = sg_stft_size(separation->job.stft).hop;
  int64_t frame = pos_samples < 0 ? 0 : pos_samples / hop;
  if (frame > separation->job.n_frames - 1)
    frame = separation->job.n_frames - 1;
  atomic_store(&separation->focus_chunk, frame / sg_mask_store_shape(separation->job.masks)->chunk_frames);
}

void
sg_separation_set_range(SgSeparation *separation, int64_t start, int64_t n)
{
  int64_t first, chunk_frames = sg_mask_store_shape(separation->job.masks)->chunk_frames;
  int64_t n_frames =
      sg_stft_frames_touching(sg_stft_size(separation->job.stft), separation->job.n_frames, start, n, &first);
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

/* The first chunk from the focus on that nobody has taken, else from the start; −1 when none is left. */
static int64_t
take_chunk(SgSeparation *separation)
{
  int64_t n_chunks = sg_mask_shape_n_chunks(*sg_mask_store_shape(separation->job.masks));
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
  atomic_store(&separation->job.cancelled, true);
}

static SgStatus
do_chunk(SgSeparation *separation, SgChunkWork *work, int64_t chunk, SgError *error)
{
  int64_t first, n;
  SgStatus status = sg_chunk_do(&separation->job, work, chunk, &first, &n, error);
  if (status == SG_OK && separation->chunk_ready != NULL)
    separation->chunk_ready(first, n, separation->chunk_ready_user);
  return status;
}

static void
worker(unsigned index, void *user)
{
  (void)index;
  SgSeparation *separation = user;
  SgChunkWork *work = sg_chunk_work_new(&separation->job);
  SgError error;
  if (work == NULL) {
    sg_error_set(&error, SG_NO_MEMORY, NULL, NULL);
    stop_with_error(separation, &error);
    return;
  }
  int64_t chunk;
  while (!atomic_load(&separation->job.cancelled) && (chunk = take_chunk(separation)) >= 0)
    if (do_chunk(separation, work, chunk, &error) != SG_OK)
      stop_with_error(separation, &error);
  sg_chunk_work_free(work);
}

SgStatus
sg_separation_run(SgSeparation *separation, unsigned n_threads, SgProgress progress, void *user,
                  SgError *error)
{
  int64_t n_chunks = sg_mask_shape_n_chunks(*sg_mask_store_shape(separation->job.masks));
  int64_t n_wanted = separation->end_chunk - separation->first_chunk, n_ready_elsewhere = 0;
  for (int64_t i = 0; i < n_chunks; i++) {
    bool is_wanted = i >= separation->first_chunk && i < separation->end_chunk;
    bool is_ready = sg_mask_store_is_ready(separation->job.masks, i);
    separation->taken[i] = is_ready || !is_wanted;
    n_ready_elsewhere += is_ready && !is_wanted;
  }
  separation->run_error.status = SG_OK;
  atomic_store(&separation->job.cancelled, false);

  SgWorkers *workers =
      sg_workers_start(n_threads > 0 ? n_threads : sg_workers_default_count(), worker, separation);
  if (workers == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  bool stopped = false;
  do {
    int64_t n_ready = sg_mask_store_n_ready(separation->job.masks) - n_ready_elsewhere;
    double fraction = (double)n_ready / (double)n_wanted;
    if (!stopped && progress != NULL && !progress(fraction, "separate", user)) {
      stopped = true;
      atomic_store(&separation->job.cancelled, true);
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
