#include "core/metrics/oracles.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

#include "core/base/memory.h"
#include "core/dsp/stft.h"
#include "core/metrics/oracle-masks.h"
#include "core/metrics/tasks.h"
#include "core/metrics/track-signal.h"

/* A chunk of the song in hops, and in how many parts the statistics are taken at most. */
enum { CHUNK_HOPS = 32, MAX_PARTS = 8 };

typedef struct {
  SgOracle oracle;
  const SgOracleSetup *setup;
  SgTrackSignal signals[SG_ORACLE_MAX_SIGNALS + 1]; /* the sources, then the mixture */
  SgStft *stft;
  SgStftSize size;
  uint32_t n_channels;
  int64_t n_samples, n_frames;

  /* MWF: sums of each part; at the end part 0 holds R_j of the song. */
  int64_t n_parts;
  SgComplexDouble *covariances; /* [part][source][bin][channel][channel] */
  double *powers;               /* [part][source][bin] */

  SgPcm **estimates; /* [n_sources], appended to in order */
  pthread_mutex_t lock;
  pthread_cond_t appended;
  int64_t next_chunk; /* under lock */
} Job;

typedef struct {
  SgStftWork *stft;
  float *floats[SG_MAX_CHANNELS];
  double *samples[SG_MAX_CHANNELS];
  float *single;      /* one channel, single precision */
  SgComplex *spectra; /* [signal][channel][frame][bin] */
  float *interleaved; /* [source][sample][channel] of the estimates of one chunk */
} Work;

const char *
sg_oracle_id(SgOracle oracle)
{
  static const char *const ids[SG_N_ORACLES] = { "ibm", "irm1", "irm2", "mwf" };
  return oracle < SG_N_ORACLES ? ids[oracle] : NULL;
}

/* A chunk is touched by the frames within half a window of it. */
static size_t
max_frames(void)
{
  return CHUNK_HOPS + 4;
}

static size_t
max_samples(const Job *job)
{
  return (max_frames() - 1) * job->size.hop + job->size.window;
}

/* Of one estimate of a chunk. */
static size_t
chunk_floats(const Job *job)
{
  return (size_t)CHUNK_HOPS * job->size.hop * job->n_channels;
}

static void
work_free(void *memory)
{
  Work *work = memory;
  if (work == NULL)
    return;
  sg_stft_work_free(work->stft);
  for (int c = 0; c < SG_MAX_CHANNELS; c++) {
    sg_free(work->floats[c]);
    sg_free(work->samples[c]);
  }
  sg_free(work->single);
  sg_free(work->spectra);
  sg_free(work->interleaved);
  sg_free(work);
}

static void *
work_new(const void *user)
{
  const Job *job = user;
  Work *work = SG_NEW(Work, 1);
  if (work == NULL)
    return NULL;
  size_t n_samples = max_samples(job);
  size_t n_spectra = (job->setup->n_sources + 1) * job->n_channels;
  work->stft = sg_stft_work_new(job->stft);
  work->single = SG_NEW(float, n_samples);
  work->spectra = SG_NEW(SgComplex, n_spectra * max_frames() * job->size.n_bins);
  work->interleaved = SG_NEW(float, job->setup->n_sources *chunk_floats(job));
  bool complete =
      work->stft != NULL && work->single != NULL && work->spectra != NULL && work->interleaved != NULL;
  for (uint32_t c = 0; c < job->n_channels; c++) {
    work->floats[c] = SG_NEW(float, n_samples);
    work->samples[c] = SG_NEW(double, n_samples);
    complete = complete && work->floats[c] != NULL && work->samples[c] != NULL;
  }
  if (complete)
    return work;
  work_free(work);
  return NULL;
}

static SgComplex *
spectrum_of(const Job *job, const Work *work, size_t signal, uint32_t channel, int64_t n_frames)
{
  return work->spectra + (signal * job->n_channels + channel) * (size_t)n_frames * job->size.n_bins;
}

/* Frames first … first+n−1 of the first `n_signals` signals. */
static SgStatus
analyse(const Job *job, Work *work, size_t n_signals, int64_t first, int64_t n_frames, SgError *error)
{
  int64_t n = (n_frames - 1) * job->size.hop + job->size.window;
  for (size_t s = 0; s < n_signals; s++) {
    SgStatus status =
        sg_track_signal_read(&job->signals[s], job->n_samples, sg_stft_frame_start(job->size, first), n,
                             work->floats, work->samples, error);
    if (status != SG_OK)
      return status;
    for (uint32_t c = 0; c < job->n_channels; c++) {
      for (int64_t i = 0; i < n; i++)
        work->single[i] = (float)work->samples[c][i];
      sg_stft_analyse(job->stft, work->stft, work->single, n_frames, spectrum_of(job, work, s, c, n_frames));
    }
  }
  return SG_OK;
}

static void
add_frames(Job *job, const Work *work, int64_t part, int64_t n_frames)
{
  size_t n_sources = job->setup->n_sources, n_bins = job->size.n_bins;
  for (size_t j = 0; j < n_sources; j++)
    for (int64_t t = 0; t < n_frames; t++)
      for (size_t k = 0; k < n_bins; k++) {
        SgComplex cell[SG_MAX_CHANNELS];
        for (uint32_t c = 0; c < job->n_channels; c++)
          cell[c] = spectrum_of(job, work, j, c, n_frames)[(size_t)t * n_bins + k];
        size_t at = ((size_t)part * n_sources + j) * n_bins + k;
        sg_oracle_add_statistics(cell, job->n_channels,
                                 job->covariances + at * job->n_channels * job->n_channels, &job->powers[at]);
      }
}

static SgStatus
take_statistics(void *user, void *memory, int64_t part, const atomic_bool *cancelled, SgError *error)
{
  Job *job = user;
  int64_t first = part * job->n_frames / job->n_parts, end = (part + 1) * job->n_frames / job->n_parts;
  for (int64_t frame = first; frame < end; frame += CHUNK_HOPS) {
    if (atomic_load(cancelled))
      return sg_error_set(error, SG_CANCELLED, NULL, NULL);
    int64_t n = end - frame < CHUNK_HOPS ? end - frame : CHUNK_HOPS;
    SgStatus status = analyse(job, memory, job->setup->n_sources, frame, n, error);
    if (status != SG_OK)
      return status;
    add_frames(job, memory, part, n);
  }
  return SG_OK;
}

/* R_j = Σ_t S Sᴴ / Σ_t v_j over all parts, in their order. */
static void
finish_statistics(Job *job)
{
  size_t n = job->setup->n_sources * job->size.n_bins, n_cells = (size_t)job->n_channels * job->n_channels;
  for (int64_t part = 1; part < job->n_parts; part++) {
    for (size_t i = 0; i < n * n_cells; i++)
      job->covariances[i] += job->covariances[(size_t)part * n * n_cells + i];
    for (size_t i = 0; i < n; i++)
      job->powers[i] += job->powers[(size_t)part * n + i];
  }
  for (size_t i = 0; i < n; i++)
    for (size_t c = 0; c < n_cells && job->powers[i] > 0.0; c++)
      job->covariances[i * n_cells + c] /= job->powers[i];
}

static void
mask_frames(const Job *job, const Work *work, int64_t n_frames)
{
  size_t n_sources = job->setup->n_sources, n_cells = (size_t)n_frames * job->size.n_bins;
  for (uint32_t c = 0; c < job->n_channels; c++) {
    SgComplex *sources[SG_ORACLE_MAX_SIGNALS];
    for (size_t j = 0; j < n_sources; j++)
      sources[j] = spectrum_of(job, work, j, c, n_frames);
    const SgComplex *mixture = spectrum_of(job, work, n_sources, c, n_frames);
    for (size_t i = 0; i < n_cells; i++) {
      float masks[SG_ORACLE_MAX_SIGNALS];
      sg_oracle_masks(job->oracle, (const SgComplex *const *)sources, n_sources, i, masks);
      for (size_t j = 0; j < n_sources; j++)
        sources[j][i] = masks[j] * mixture[i];
    }
  }
}

static void
filter_frames(const Job *job, const Work *work, int64_t n_frames)
{
  size_t n_sources = job->setup->n_sources, n_bins = job->size.n_bins;
  for (size_t i = 0; i < (size_t)n_frames * n_bins; i++) {
    const SgComplexDouble *spatial[SG_ORACLE_MAX_SIGNALS];
    SgComplex mixture[SG_MAX_CHANNELS], cells[SG_ORACLE_MAX_SIGNALS];
    for (size_t j = 0; j < n_sources; j++) {
      spatial[j] = job->covariances + (j * n_bins + i % n_bins) * job->n_channels * job->n_channels;
      for (uint32_t c = 0; c < job->n_channels; c++)
        cells[j * job->n_channels + c] = spectrum_of(job, work, j, c, n_frames)[i];
    }
    for (uint32_t c = 0; c < job->n_channels; c++)
      mixture[c] = spectrum_of(job, work, n_sources, c, n_frames)[i];
    sg_oracle_wiener(spatial, mixture, n_sources, job->n_channels, cells);
    for (size_t j = 0; j < n_sources; j++)
      for (uint32_t c = 0; c < job->n_channels; c++)
        spectrum_of(job, work, j, c, n_frames)[i] = cells[j * job->n_channels + c];
  }
}

/* Waits until it is this chunk's turn to be appended; chunks are taken in order, so those before it are on
 * their way unless the job stops. */
static bool
wait_for_turn(Job *job, int64_t chunk, const atomic_bool *cancelled)
{
  pthread_mutex_lock(&job->lock);
  while (job->next_chunk != chunk && !atomic_load(cancelled)) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += 50000000L;
    if (until.tv_nsec >= 1000000000L) {
      until.tv_nsec -= 1000000000L;
      until.tv_sec++;
    }
    pthread_cond_timedwait(&job->appended, &job->lock, &until);
  }
  bool ours = job->next_chunk == chunk;
  pthread_mutex_unlock(&job->lock);
  return ours;
}

static void
synthesise(const Job *job, Work *work, int64_t start, int64_t n, int64_t first_frame, int64_t n_frames)
{
  int64_t offset = start - sg_stft_frame_start(job->size, first_frame);
  for (size_t j = 0; j < job->setup->n_sources; j++)
    for (uint32_t c = 0; c < job->n_channels; c++) {
      sg_stft_synthesise(job->stft, work->stft, spectrum_of(job, work, j, c, n_frames), n_frames,
                         work->single);
      sg_stft_normalise(job->stft, job->n_frames, start, n, work->single + offset);
      float *out = work->interleaved + j * chunk_floats(job);
      for (int64_t i = 0; i < n; i++)
        out[i * job->n_channels + c] = work->single[offset + i];
    }
}

/* All other chunks wait meanwhile, so only handing the turn on needs the lock. */
static SgStatus
append_chunk(Job *job, const Work *work, int64_t chunk, int64_t n, SgError *error)
{
  for (size_t j = 0; j < job->setup->n_sources; j++) {
    SgStatus status = sg_pcm_append(job->estimates[j], work->interleaved + j * chunk_floats(job), n, error);
    if (status != SG_OK)
      return status;
  }
  pthread_mutex_lock(&job->lock);
  job->next_chunk = chunk + 1;
  pthread_cond_broadcast(&job->appended);
  pthread_mutex_unlock(&job->lock);
  return SG_OK;
}

static SgStatus
estimate_chunk(void *user, void *memory, int64_t chunk, const atomic_bool *cancelled, SgError *error)
{
  Job *job = user;
  int64_t start = chunk * CHUNK_HOPS * job->size.hop, n = (int64_t)CHUNK_HOPS * job->size.hop, first;
  if (n > job->n_samples - start)
    n = job->n_samples - start;
  int64_t n_frames = sg_stft_frames_touching(job->size, job->n_frames, start, n, &first);
  SgStatus status = analyse(job, memory, job->setup->n_sources + 1, first, n_frames, error);
  if (status != SG_OK)
    return status;
  if (job->oracle == SG_ORACLE_MWF)
    filter_frames(job, memory, n_frames);
  else
    mask_frames(job, memory, n_frames);
  synthesise(job, memory, start, n, first, n_frames);
  if (!wait_for_turn(job, chunk, cancelled))
    return sg_error_set(error, SG_CANCELLED, NULL, NULL);
  return append_chunk(job, memory, chunk, n, error);
}

static SgStatus
check_setup(const SgOracleSetup *setup, SgError *error)
{
  if (setup->n_sources < 1 || setup->n_sources * sg_pcm_n_channels(setup->sources[0]) > SG_ORACLE_MAX_SIGNALS)
    return sg_error_set(error, SG_BAD_ARGUMENT, NULL, "sources");
  if (sg_pcm_n_samples(setup->sources[0]) < 1)
    return sg_error_set(error, SG_NO_SAMPLES, NULL, NULL);
  SgStatus status = sg_track_check_format(setup->sources, setup->n_sources, setup->sources[0], true, error);
  if (status == SG_OK)
    status = sg_track_check_format(&setup->mixture, 1, setup->sources[0], true, error);
  return status;
}

static SgStatus
init(Job *job, SgOracle oracle, const SgOracleSetup *setup, SgPcm **out_estimates, SgError *error)
{
  const SgPcm *like = setup->sources[0];
  size_t n_sources = setup->n_sources;
  *job = (Job){ .oracle = oracle,
                .setup = setup,
                .size = sg_stft_size_for_rate(sg_pcm_rate(like)),
                .n_channels = sg_pcm_n_channels(like),
                .n_samples = sg_pcm_n_samples(like),
                .estimates = out_estimates,
                .lock = PTHREAD_MUTEX_INITIALIZER,
                .appended = PTHREAD_COND_INITIALIZER };
  for (size_t j = 0; j < n_sources; j++)
    job->signals[j] = (SgTrackSignal){ .pcms = &setup->sources[j], .n_pcms = 1 };
  job->signals[n_sources] = setup->mixture != NULL
                                ? (SgTrackSignal){ .pcms = &setup->mixture, .n_pcms = 1 }
                                : (SgTrackSignal){ .pcms = setup->sources, .n_pcms = n_sources };
  job->n_frames = sg_stft_n_frames(job->size, job->n_samples);
  job->n_parts = job->n_frames < MAX_PARTS ? job->n_frames : MAX_PARTS;
  job->stft = sg_stft_new(job->size);
  bool complete = job->stft != NULL;
  if (oracle == SG_ORACLE_MWF) {
    size_t n = (size_t)job->n_parts * n_sources * job->size.n_bins;
    job->covariances = SG_NEW(SgComplexDouble, n * job->n_channels * job->n_channels);
    job->powers = SG_NEW(double, n);
    complete = complete && job->covariances != NULL && job->powers != NULL;
  }
  SgStatus status = complete ? SG_OK : sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  for (size_t j = 0; j < n_sources && status == SG_OK; j++)
    status = sg_pcm_new(sg_pcm_rate(like), job->n_channels, SG_PCM_FLOAT, job->n_samples,
                        setup->scratch_folder, &out_estimates[j], error);
  return status;
}

static SgStatus
run(Job *job, SgProgress progress, void *user, SgError *error)
{
  SgTasks tasks = { .n_tasks = job->n_parts,
                    .n_threads = job->setup->n_threads,
                    .user = job,
                    .work_new = work_new,
                    .work_free = work_free,
                    .task = take_statistics };
  SgTasksProgress part = { .call = progress, .user = user, .stage = "oracle", .to = 0.3 };
  if (job->oracle == SG_ORACLE_MWF) {
    SgStatus status = sg_tasks_run(&tasks, &part, error);
    if (status != SG_OK)
      return status;
    finish_statistics(job);
    part.from = 0.3;
  }
  int64_t chunk = (int64_t)CHUNK_HOPS * job->size.hop;
  tasks.n_tasks = (job->n_samples + chunk - 1) / chunk;
  tasks.task = estimate_chunk;
  part.to = 1.0;
  return sg_tasks_run(&tasks, &part, error);
}

SgStatus
sg_oracle_estimate(SgOracle oracle, const SgOracleSetup *setup, SgProgress progress, void *user,
                   SgPcm **out_estimates, SgError *error)
{
  memset(out_estimates, 0, setup->n_sources * sizeof *out_estimates);
  SgStatus status = check_setup(setup, error);
  if (status != SG_OK)
    return status;
  Job job;
  status = init(&job, oracle, setup, out_estimates, error);
  if (status == SG_OK)
    status = run(&job, progress, user, error);
  sg_stft_free(job.stft);
  sg_free(job.covariances);
  sg_free(job.powers);
  pthread_cond_destroy(&job.appended);
  pthread_mutex_destroy(&job.lock);
  for (size_t j = 0; j < setup->n_sources && status != SG_OK; j++) {
    sg_pcm_free(out_estimates[j]);
    out_estimates[j] = NULL;
  }
  if (status == SG_OK && progress != NULL)
    progress(1.0, "oracle", user);
  return status;
}
