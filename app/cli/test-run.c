#include <math.h>
#include <stdatomic.h>

#include <glib/gi18n.h>

#include "app/cli/terminal.h"
#include "app/cli/test.h"
#include "core/base/workers.h"

static const double POLL_S = 0.02;

typedef struct {
  Test *test;
  atomic_uint next, n_done;
  atomic_bool cancelled;
} Run;

static bool
on_progress(double fraction, const char *stage, void *user)
{
  return !atomic_load(&((Run *)user)->cancelled);
}

static void
work(unsigned index, void *user)
{
  Run *run = user;
  for (;;) {
    guint t = atomic_fetch_add(&run->next, 1);
    if (t >= run->test->tracks->len || atomic_load(&run->cancelled))
      return;
    test_score_track(run->test, &g_array_index(run->test->tracks, TestTrack, t), on_progress, run);
    atomic_fetch_add(&run->n_done, 1);
  }
}

SgStatus
test_run(Test *test, gboolean quiet, SgError *error)
{
  Run run = { .test = test };
  guint n = test->tracks->len;
  SgWorkers *workers = sg_workers_start(CLAMP(test->n_jobs, 1, n), work, &run);
  if (workers == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  g_autofree char *title = g_strdup_printf(ngettext("%u track", "%u tracks", n), n);
  Terminal terminal = { .title = title, .quiet = quiet };
  while (!sg_workers_wait(workers, POLL_S))
    if (!terminal_progress((double)atomic_load(&run.n_done) / n, "score", &terminal))
      atomic_store(&run.cancelled, true);
  terminal_clear();
  sg_workers_join(workers);
  if (atomic_load(&run.cancelled))
    return sg_error_set(error, SG_CANCELLED, NULL, NULL);
  for (guint t = 0; t < n; t++) {
    const TestTrack *track = &g_array_index(test->tracks, TestTrack, t);
    if (track->status == SG_OK)
      continue;
    *error = track->error;
    return track->status;
  }
  return SG_OK;
}

static double
weighted_mean(const Test *test, size_t source, double (*value)(const TestScore *score))
{
  double sum = 0.0, weights = 0.0;
  for (guint t = 0; t < test->tracks->len; t++) {
    const TestTrack *track = &g_array_index(test->tracks, TestTrack, t);
    double x = value(&track->scores[source]), weight = (double)track->track->n_samples;
    if (!isfinite(x))
      continue;
    sum += weight * x;
    weights += weight;
  }
  return weights > 0.0 ? sum / weights : NAN;
}

static double
nsdr_of(const TestScore *score)
{
  return score->sdr - score->mixture_sdr;
}

static double
sir_of(const TestScore *score)
{
  return score->sir;
}

static double
sar_of(const TestScore *score)
{
  return score->sar;
}

static double
si_sdr_improvement_of(const TestScore *score)
{
  return score->si_sdr - score->mixture_si_sdr;
}

TestSummary
test_summarise(const Test *test, size_t source)
{
  return (TestSummary){ .gnsdr = weighted_mean(test, source, nsdr_of),
                        .gsir = weighted_mean(test, source, sir_of),
                        .gsar = weighted_mean(test, source, sar_of),
                        .si_sdr_improvement = weighted_mean(test, source, si_sdr_improvement_of) };
}
