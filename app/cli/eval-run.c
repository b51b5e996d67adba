#include <math.h>
#include <stdatomic.h>

#include <glib/gi18n.h>

#include "app/cli/eval.h"
#include "app/cli/terminal.h"
#include "core/base/workers.h"
#include "core/session/error.h"

enum { PERMILLE = 1000 };

static const double POLL_S = 0.02;

typedef struct Run Run;

/* One of the threads that score tracks. */
typedef struct {
  Run *run;
  atomic_int permille; /* of its track */
} Slot;

struct Run {
  Eval *eval;
  guint n_threads; /* for each track */
  atomic_uint next_track, n_done;
  atomic_bool cancelled;
  Slot *slots;
};

static bool
on_progress(double fraction, const char *stage, void *user)
{
  Slot *slot = user;
  atomic_store(&slot->permille, (int)(fraction * PERMILLE));
  return !atomic_load(&slot->run->cancelled);
}

static void
work(unsigned index, void *user)
{
  Run *run = user;
  Slot *slot = &run->slots[index];
  for (;;) {
    guint t = atomic_fetch_add(&run->next_track, 1);
    if (t >= run->eval->tracks->len || atomic_load(&run->cancelled))
      return;
    eval_score_track(run->eval, run->eval->tracks->pdata[t], run->n_threads, on_progress, slot);
    atomic_store(&slot->permille, 0);
    atomic_fetch_add(&run->n_done, 1);
  }
}

static double
fraction_of(Run *run, guint n_jobs)
{
  double sum = PERMILLE * (double)atomic_load(&run->n_done);
  for (guint i = 0; i < n_jobs; i++)
    sum += atomic_load(&run->slots[i].permille);
  return sum / PERMILLE / run->eval->tracks->len;
}

static int
compare_names(gconstpointer a, gconstpointer b)
{
  return eval_compare_sources(*(char *const *)a, *(char *const *)b);
}

static void
collect_sources(Eval *eval)
{
  eval->sources = g_ptr_array_new_with_free_func(g_free);
  for (guint t = 0; t < eval->tracks->len; t++) {
    const EvalTrack *track = eval->tracks->pdata[t];
    for (gsize j = 0; j < track->n_sources; j++)
      if (!g_ptr_array_find_with_equal_func(eval->sources, track->sources[j], g_str_equal, NULL))
        g_ptr_array_add(eval->sources, g_strdup(track->sources[j]));
  }
  g_ptr_array_sort(eval->sources, compare_names);
}

static void
watch(Run *run, SgWorkers *workers, guint n_jobs)
{
  guint n_tracks = run->eval->tracks->len;
  const EvalTrack *first = run->eval->tracks->pdata[0];
  g_autofree char *title = n_tracks == 1
                               ? g_strdup(first->name)
                               : g_strdup_printf(ngettext("%u track", "%u tracks", n_tracks), n_tracks);
  Terminal terminal = { .title = title, .quiet = run->eval->options->json };
  double furthest = 0.0;
  while (!sg_workers_wait(workers, POLL_S)) {
    furthest = MAX(furthest, fraction_of(run, n_jobs));
    if (!terminal_progress(furthest, "score", &terminal))
      atomic_store(&run->cancelled, true);
  }
  terminal_clear();
}

gboolean
eval_run(Eval *eval, GError **error)
{
  const EvalOptions *options = eval->options;
  guint n_threads = options->n_threads > 0 ? options->n_threads : sg_workers_default_count();
  guint n_jobs = CLAMP(options->n_jobs, 1, MIN(eval->tracks->len, n_threads));
  g_autofree Slot *slots = g_new0(Slot, n_jobs);
  Run run = { .eval = eval, .n_threads = MAX(n_threads / n_jobs, 1), .slots = slots };
  for (guint i = 0; i < n_jobs; i++)
    slots[i].run = &run;
  SgWorkers *workers = sg_workers_start(n_jobs, work, &run);
  if (workers == NULL) {
    SgError engine_error;
    sg_error_set(&engine_error, SG_NO_MEMORY, NULL, NULL);
    sg_error_propagate(error, &engine_error);
    return FALSE;
  }
  watch(&run, workers, n_jobs);
  sg_workers_join(workers);
  if (terminal_is_interrupted()) {
    g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_CANCELLED, sg_status_text(SG_CANCELLED));
    return FALSE;
  }
  collect_sources(eval);
  return TRUE;
}
