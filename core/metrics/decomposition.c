#include "core/metrics/decomposition.h"

#include <string.h>

#include "core/base/memory.h"

enum { TAIL = SG_SPECTRA_TAPS - 1, HOP = SG_SPECTRA_HOP, SIZE = SG_SPECTRA_SIZE };

/* One output channel of a projection: which references it takes and their filters' spectra. */
typedef struct {
  const SgProjection *projection;
  double *filters; /* [projection->n_signals][SG_SPECTRUM], scaled to undo the inverse transform */
} Output;

typedef struct {
  const SgDecompositionSetup *setup;
  size_t n_references; /* channels of all sources */
  size_t n_outputs;
  Output *outputs; /* all projections [estimate][channel], then own ones [pair][channel] */
  SgEnergies *windows, *whole;
} Job;

typedef struct {
  SgSpectraWork spectra_work;
  float *floats[SG_MAX_CHANNELS];
  double *references; /* [reference][HOP] */
  double *estimates;  /* [estimate channel][HOP] */
  double *spectra;    /* [reference][SG_SPECTRUM] */
  double *sum;        /* [SG_SPECTRUM] */
  double *outputs;    /* [output][SIZE] of the block, tail included */
  double *carries;    /* [output][TAIL] what the block before left */
  double *before;     /* [output][TAIL] what the segment receives from before it */
} Work;

static void
work_free(void *memory)
{
  Work *work = memory;
  if (work == NULL)
    return;
  sg_spectra_work_clear(&work->spectra_work);
  for (int c = 0; c < SG_MAX_CHANNELS; c++)
    sg_free(work->floats[c]);
  double *arrays[] = { work->references, work->estimates, work->spectra, work->sum,
                       work->outputs,    work->carries,   work->before };
  for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++)
    sg_free(arrays[i]);
  sg_free(work);
}

static void *
work_new(const void *user)
{
  const Job *job = user;
  uint32_t n_channels = job->setup->segments.n_channels;
  Work *work = SG_NEW(Work, 1);
  if (work == NULL)
    return NULL;
  bool complete = sg_spectra_work_init(&work->spectra_work);
  for (uint32_t c = 0; c < n_channels; c++) {
    work->floats[c] = SG_NEW(float, HOP);
    complete = complete && work->floats[c] != NULL;
  }
  work->references = SG_NEW(double, job->n_references *HOP);
  work->estimates = SG_NEW(double, job->setup->n_estimates *n_channels *HOP);
  work->spectra = SG_NEW(double, job->n_references *SG_SPECTRUM);
  work->sum = SG_NEW(double, SG_SPECTRUM);
  work->outputs = SG_NEW(double, job->n_outputs *SIZE);
  work->carries = SG_NEW(double, job->n_outputs *TAIL);
  work->before = SG_NEW(double, job->n_outputs *TAIL);
  if (complete && work->references != NULL && work->estimates != NULL && work->spectra != NULL &&
      work->sum != NULL && work->outputs != NULL && work->carries != NULL && work->before != NULL)
    return work;
  work_free(work);
  return NULL;
}

/* Reads signals[n_signals] at `start` into out[signal][channel][HOP]. */
static SgStatus
read_signals(const Job *job, Work *work, const SgTrackSignal *signals, size_t n_signals, int64_t start,
             int64_t n, double *out, SgError *error)
{
  const SgSegments *segments = &job->setup->segments;
  for (size_t s = 0; s < n_signals; s++) {
    double *channels[SG_MAX_CHANNELS];
    for (uint32_t c = 0; c < segments->n_channels; c++)
      channels[c] = out + (s * segments->n_channels + c) * HOP;
    SgStatus status =
        sg_track_signal_read(&signals[s], segments->n_samples, start, n, work->floats, channels, error);
    if (status != SG_OK)
      return status;
  }
  return SG_OK;
}

/* Filters `n` ≤ HOP samples of the references: n + TAIL samples of every output. */
static SgStatus
filter_block(const Job *job, Work *work, int64_t start, int64_t n, SgError *error)
{
  const SgDecompositionSetup *setup = job->setup;
  SgStatus status =
      read_signals(job, work, setup->sources, setup->n_sources, start, n, work->references, error);
  if (status != SG_OK)
    return status;
  for (size_t r = 0; r < job->n_references; r++)
    sg_spectra_forward(setup->fft, &work->spectra_work, work->references + r * HOP, (size_t)n,
                       work->spectra + r * SG_SPECTRUM);
  for (size_t o = 0; o < job->n_outputs; o++) {
    const Output *output = &job->outputs[o];
    memset(work->sum, 0, SG_SPECTRUM * sizeof *work->sum);
    for (size_t s = 0; s < output->projection->n_signals; s++)
      sg_spectra_multiply_add(work->spectra + output->projection->signals[s] * SG_SPECTRUM,
                              output->filters + s * SG_SPECTRUM, 0, SG_SPECTRA_STRIDE, work->sum);
    sg_spectra_inverse(setup->fft, &work->spectra_work, work->sum);
    memcpy(work->outputs + o * SIZE, work->spectra_work.samples, (size_t)(n + TAIL) * sizeof(double));
  }
  return SG_OK;
}

static void
add_energies(SgEnergies *sum, const double *source, const double *estimate, const double *own,
             const double *all, int64_t n)
{
  SgEnergies e = { 0 };
  for (int64_t i = 0; i < n; i++) {
    double s = source != NULL ? source[i] : 0.0, x = estimate != NULL ? estimate[i] : 0.0;
    e.own += own[i] * own[i];
    e.all += all[i] * all[i];
    e.spatial += (own[i] - s) * (own[i] - s);
    e.interference += (all[i] - own[i]) * (all[i] - own[i]);
    e.artefact += (x - all[i]) * (x - all[i]);
    e.beyond_own += (x - own[i]) * (x - own[i]);
  }
  sum->own += e.own;
  sum->all += e.all;
  sum->spatial += e.spatial;
  sum->interference += e.interference;
  sum->artefact += e.artefact;
  sum->beyond_own += e.beyond_own;
}

/* A run of samples of the segment: where it lies in the block and in the segment, whether it is the tail
 * behind the segment (the signals are zero there), and which sums it counts in. */
typedef struct {
  int64_t in_block, in_segment, n;
  bool is_tail, in_window, in_whole, with_before;
} Run;

static void
measure_run(const Job *job, const Work *work, int64_t segment, const Run *run)
{
  const SgDecompositionSetup *setup = job->setup;
  uint32_t n_channels = setup->segments.n_channels;
  for (size_t p = 0; p < setup->n_pairs && run->n > 0; p++)
    for (uint32_t c = 0; c < n_channels; c++) {
      const SgScorePair *pair = &setup->pairs[p];
      size_t all = pair->estimate * n_channels + c;
      size_t own = (setup->n_estimates + p) * n_channels + c;
      const double *source = work->references + (pair->source * n_channels + c) * HOP + run->in_block;
      const double *estimate = work->estimates + (pair->estimate * n_channels + c) * HOP + run->in_block;
      const double *y_own = work->outputs + own * SIZE + run->in_block;
      const double *y_all = work->outputs + all * SIZE + run->in_block;
      double own_through[TAIL], all_through[TAIL];
      for (int64_t i = 0; i < run->n && run->with_before; i++) {
        own_through[i] = y_own[i] + work->before[own * TAIL + (size_t)(run->in_segment + i)];
        all_through[i] = y_all[i] + work->before[all * TAIL + (size_t)(run->in_segment + i)];
      }
      size_t at = (size_t)segment * setup->n_pairs + p;
      if (run->is_tail)
        source = estimate = NULL;
      if (run->in_window)
        add_energies(&job->windows[at], source, estimate, y_own, y_all, run->n);
      if (run->in_whole)
        add_energies(&job->whole[at], source, estimate, run->with_before ? own_through : y_own,
                     run->with_before ? all_through : y_all, run->n);
    }
}

static int64_t
at_most(int64_t a, int64_t b)
{
  return a < b ? a : b;
}

/* Measures samples at … at+n−1 of the segment, which lie at `in_block` of the block: those within TAIL of the
 * segment's start receive, for the whole track, what came before it. */
static void
measure(const Job *job, const Work *work, int64_t segment, int64_t at, int64_t in_block, int64_t n,
        bool is_tail, bool in_whole)
{
  int64_t n_with = at < TAIL ? at_most(TAIL - at, n) : 0;
  Run run = { .in_block = in_block,
              .in_segment = at,
              .n = n_with,
              .is_tail = is_tail,
              .in_window = true,
              .in_whole = in_whole,
              .with_before = true };
  measure_run(job, work, segment, &run);
  run.in_block += n_with;
  run.in_segment += n_with;
  run.n = n - n_with;
  run.with_before = false;
  measure_run(job, work, segment, &run);
}

static SgStatus
do_segment(void *user, void *memory, int64_t segment, const atomic_bool *cancelled, SgError *error)
{
  const Job *job = user;
  const SgDecompositionSetup *setup = job->setup;
  Work *work = memory;
  int64_t start, n_segment = sg_segment_range(&setup->segments, segment, &start);
  bool is_last = segment == setup->segments.n_segments - 1;
  memset(job->windows + (size_t)segment * setup->n_pairs, 0, setup->n_pairs * sizeof *job->windows);
  memset(job->whole + (size_t)segment * setup->n_pairs, 0, setup->n_pairs * sizeof *job->whole);

  /* The TAIL samples before the segment, of which only what runs over into it is kept. */
  SgStatus status = filter_block(job, work, start - TAIL, TAIL, error);
  for (size_t o = 0; o < job->n_outputs && status == SG_OK; o++)
    memcpy(work->before + o * TAIL, work->outputs + o * SIZE + TAIL, TAIL * sizeof(double));
  memset(work->carries, 0, job->n_outputs * TAIL * sizeof(double));

  for (int64_t at = 0; at < n_segment && status == SG_OK; at += HOP) {
    if (atomic_load(cancelled))
      return sg_error_set(error, SG_CANCELLED, NULL, NULL);
    int64_t n = at_most(HOP, n_segment - at);
    status = filter_block(job, work, start + at, n, error);
    if (status == SG_OK)
      status = read_signals(job, work, setup->estimates, setup->n_estimates, start + at, n, work->estimates,
                            error);
    if (status != SG_OK)
      return status;
    for (size_t o = 0; o < job->n_outputs; o++) {
      double *y = work->outputs + o * SIZE, *carry = work->carries + o * TAIL;
      for (int64_t i = 0; i < TAIL; i++)
        y[i] += carry[i];
      memcpy(carry, y + n, TAIL * sizeof *y);
    }
    measure(job, work, segment, at, 0, n, false, true);
    if (at + n == n_segment)
      measure(job, work, segment, n_segment, n, TAIL, true, is_last);
  }
  return status;
}

/* filters[n_signals][SG_SPECTRA_TAPS] to spectra. */
static bool
init_output(Output *output, const SgProjection *projection, const double *filters, const SgFftDouble *fft,
            SgSpectraWork *work)
{
  *output =
      (Output){ .projection = projection, .filters = SG_NEW(double, projection->n_signals *SG_SPECTRUM) };
  if (output->filters == NULL)
    return false;
  for (size_t s = 0; s < projection->n_signals; s++) {
    double taps[SG_SPECTRA_TAPS];
    for (size_t i = 0; i < SG_SPECTRA_TAPS; i++)
      taps[i] = filters[s * SG_SPECTRA_TAPS + i] / SIZE;
    sg_spectra_forward(fft, work, taps, SG_SPECTRA_TAPS, output->filters + s * SG_SPECTRUM);
  }
  return true;
}

static bool
init_outputs(Job *job)
{
  const SgDecompositionSetup *setup = job->setup;
  uint32_t n_channels = setup->segments.n_channels;
  job->outputs = SG_NEW(Output, job->n_outputs);
  SgSpectraWork work;
  bool complete = sg_spectra_work_init(&work) && job->outputs != NULL;
  for (size_t o = 0; o < job->n_outputs && complete; o++) {
    const SgProjection *projection = setup->all;
    const double *filters = setup->all_filters + o * projection->n_signals * SG_SPECTRA_TAPS;
    if (o >= setup->n_estimates * n_channels) {
      size_t own = o - setup->n_estimates * n_channels, pair = own / n_channels, channel = own % n_channels;
      projection = &setup->own[setup->pairs[pair].source];
      filters = setup->own_filters[pair] + channel * projection->n_signals * SG_SPECTRA_TAPS;
    }
    complete = init_output(&job->outputs[o], projection, filters, setup->fft, &work);
  }
  sg_spectra_work_clear(&work);
  return complete;
}

SgStatus
sg_decomposition(const SgDecompositionSetup *setup, const SgTasksProgress *progress, SgEnergies *out_windows,
                 SgEnergies *out_whole, SgError *error)
{
  uint32_t n_channels = setup->segments.n_channels;
  Job job = { .setup = setup,
              .n_references = setup->n_sources * n_channels,
              .n_outputs = (setup->n_estimates + setup->n_pairs) * n_channels,
              .windows = out_windows,
              .whole = out_whole };
  SgTasks tasks = { .n_tasks = setup->segments.n_segments,
                    .n_threads = setup->n_threads,
                    .user = &job,
                    .work_new = work_new,
                    .work_free = work_free,
                    .task = do_segment };
  SgStatus status = init_outputs(&job) ? sg_tasks_run(&tasks, progress, error)
                                       : sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  for (size_t o = 0; o < job.n_outputs && job.outputs != NULL; o++)
    sg_free(job.outputs[o].filters);
  sg_free(job.outputs);
  return status;
}
