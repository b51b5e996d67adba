#include "core/metrics/correlation.h"

#include <string.h>

#include "core/base/memory.h"

/* Blocks whose spectra are held together, so that a sum that is loaded serves several products. */
enum { MAX_PARTS = 32, BATCH = 8 };

typedef struct {
  const SgCorrelationSetup *setup;
  size_t n_rows, n_columns; /* channels of all a, of all b */
  int64_t n_blocks, part_blocks;
  double *part_lags; /* [part][row][column][lag] */
} Job;

typedef struct {
  SgSpectraWork spectra_work;
  float *floats[SG_MAX_CHANNELS];
  double *samples[SG_MAX_CHANNELS];
  double *spectra; /* [BATCH][n_rows + n_columns][SG_SPECTRUM] */
  double *sums;    /* [n_rows][n_columns][SG_SPECTRUM] */
} Work;

static void
work_free(void *memory)
{
  Work *work = memory;
  if (work == NULL)
    return;
  sg_spectra_work_clear(&work->spectra_work);
  for (int c = 0; c < SG_MAX_CHANNELS; c++) {
    sg_free(work->floats[c]);
    sg_free(work->samples[c]);
  }
  sg_free(work->spectra);
  sg_free(work->sums);
  sg_free(work);
}

static void *
work_new(const void *user)
{
  const Job *job = user;
  Work *work = SG_NEW(Work, 1);
  if (work == NULL)
    return NULL;
  bool complete = sg_spectra_work_init(&work->spectra_work);
  for (uint32_t c = 0; c < job->setup->n_channels; c++) {
    work->floats[c] = SG_NEW(float, SG_SPECTRA_SIZE);
    work->samples[c] = SG_NEW(double, SG_SPECTRA_SIZE);
    complete = complete && work->floats[c] != NULL && work->samples[c] != NULL;
  }
  work->spectra = SG_NEW(double, BATCH *(job->n_rows + job->n_columns) * SG_SPECTRUM);
  work->sums = SG_NEW(double, job->n_rows * job->n_columns * SG_SPECTRUM);
  if (complete && work->spectra != NULL && work->sums != NULL)
    return work;
  work_free(work);
  return NULL;
}

/* Spectra of one block: of a its own SG_SPECTRA_HOP samples, of b also the 511 that follow, which the lags
 * reach. */
static SgStatus
transform_block(const Job *job, Work *work, int64_t block, double *out_spectra, SgError *error)
{
  const SgCorrelationSetup *setup = job->setup;
  for (size_t s = 0; s < setup->n_a + setup->n_b; s++) {
    bool is_a = s < setup->n_a;
    SgStatus status = sg_track_signal_read(is_a ? &setup->a[s] : &setup->b[s - setup->n_a], setup->n_samples,
                                           block * SG_SPECTRA_HOP, is_a ? SG_SPECTRA_HOP : SG_SPECTRA_SIZE,
                                           work->floats, work->samples, error);
    if (status != SG_OK)
      return status;
    for (uint32_t c = 0; c < setup->n_channels; c++)
      sg_spectra_forward(setup->fft, &work->spectra_work, work->samples[c],
                         is_a ? SG_SPECTRA_HOP : SG_SPECTRA_SIZE,
                         out_spectra + (s * setup->n_channels + c) * SG_SPECTRUM);
  }
  return SG_OK;
}

static void
add_products(const Job *job, Work *work, int64_t n_blocks)
{
  size_t n_signals = job->n_rows + job->n_columns;
  for (size_t first = 0; first < SG_SPECTRA_STRIDE; first += SG_SPECTRA_TILE)
    for (size_t i = 0; i < job->n_rows; i++)
      for (size_t k = 0; k < job->n_columns; k++)
        for (int64_t b = 0; b < n_blocks; b++) {
          const double *block = work->spectra + (size_t)b * n_signals * SG_SPECTRUM;
          sg_spectra_conjugate_multiply_add(block + i * SG_SPECTRUM, block + (job->n_rows + k) * SG_SPECTRUM,
                                            first, SG_SPECTRA_TILE,
                                            work->sums + (i * job->n_columns + k) * SG_SPECTRUM);
        }
}

static SgStatus
do_part(void *user, void *memory, int64_t part, const atomic_bool *cancelled, SgError *error)
{
  Job *job = user;
  Work *work = memory;
  size_t n_pairs = job->n_rows * job->n_columns, n_signals = job->n_rows + job->n_columns;
  memset(work->sums, 0, n_pairs * SG_SPECTRUM * sizeof *work->sums);
  int64_t end = (part + 1) * job->part_blocks < job->n_blocks ? (part + 1) * job->part_blocks : job->n_blocks;
  for (int64_t block = part * job->part_blocks; block < end; block += BATCH) {
    int64_t n = end - block < BATCH ? end - block : BATCH;
    for (int64_t b = 0; b < n; b++) {
      if (atomic_load(cancelled))
        return sg_error_set(error, SG_CANCELLED, NULL, NULL);
      SgStatus status =
          transform_block(job, work, block + b, work->spectra + (size_t)b * n_signals * SG_SPECTRUM, error);
      if (status != SG_OK)
        return status;
    }
    add_products(job, work, n);
  }
  double *lags = job->part_lags + (size_t)part * n_pairs * SG_SPECTRA_TAPS;
  for (size_t pair = 0; pair < n_pairs; pair++) {
    sg_spectra_inverse(job->setup->fft, &work->spectra_work, work->sums + pair * SG_SPECTRUM);
    for (size_t lag = 0; lag < SG_SPECTRA_TAPS; lag++)
      lags[pair * SG_SPECTRA_TAPS + lag] = work->spectra_work.samples[lag] / SG_SPECTRA_SIZE;
  }
  return SG_OK;
}

SgStatus
sg_correlation(const SgCorrelationSetup *setup, const SgTasksProgress *progress, double *out_lags,
               SgError *error)
{
  Job job = { .setup = setup,
              .n_rows = setup->n_a * setup->n_channels,
              .n_columns = setup->n_b * setup->n_channels,
              .n_blocks = (setup->n_samples + SG_SPECTRA_HOP - 1) / SG_SPECTRA_HOP };
  job.part_blocks = (job.n_blocks + MAX_PARTS - 1) / MAX_PARTS;
  int64_t n_parts = (job.n_blocks + job.part_blocks - 1) / job.part_blocks;
  size_t n_lags = job.n_rows * job.n_columns * SG_SPECTRA_TAPS;
  job.part_lags = SG_NEW(double, (size_t)n_parts *n_lags);
  if (job.part_lags == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  SgTasks tasks = { .n_tasks = n_parts,
                    .n_threads = setup->n_threads,
                    .user = &job,
                    .work_new = work_new,
                    .work_free = work_free,
                    .task = do_part };
  SgStatus status = sg_tasks_run(&tasks, progress, error);
  memset(out_lags, 0, n_lags * sizeof *out_lags);
  for (int64_t part = 0; part < n_parts && status == SG_OK; part++)
    for (size_t i = 0; i < n_lags; i++)
      out_lags[i] += job.part_lags[(size_t)part * n_lags + i];
  sg_free(job.part_lags);
  return status;
}
