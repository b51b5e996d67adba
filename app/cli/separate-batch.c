#include "app/cli/separate-batch.h"

#include <glib/gi18n.h>
#include <string.h>

#include "app/cli/cli.h"
#include "app/cli/terminal.h"
#include "core/base/workers.h"
#include "core/session/display-name.h"
#include "core/session/error.h"
#include "core/session/job.h"

static const double REDRAW_S = 0.1;
/* Before that an estimate of the time left says nothing. */
static const double MIN_ELAPSED_S = 1.0, MIN_FRACTION = 0.01;

static const char *const stages[] = { "decode", "separate", "export" };
enum { N_STAGES = G_N_ELEMENTS(stages) };

typedef struct Run Run;

/* A song under way; all but `run` under the run's lock. */
typedef struct {
  Run *run;
  const SeparateInput *input;
  guint number; /* from 1; 0: this job rests */
  guint stage;
  double fraction; /* of the stage */
  double stage_began_s;
  double stage_took_s[N_STAGES];
} Song;

struct Run {
  const SeparateBatch *batch;
  JsonList json;
  gint next_input; /* atomic */
  Song *songs;     /* [n_jobs] */
  GMutex lock;
  /* Under lock: */
  double stage_took_s[N_STAGES]; /* over the songs that are done, beginning with a guess */
  gint64 n_bytes_done, n_bytes;  /* without songs that failed or were there */
  guint n_failed;
  GString *failures; /* a line for each */
  int code;          /* of the only song, or of all */
};

static double
now_s(void)
{
  return (double)g_get_monotonic_time() / G_USEC_PER_SEC;
}

/* How much of the song is done, each stage counting for what it took in the songs before. */
static double
song_fraction(const Song *song)
{
  double done = 0.0, all = 0.0;
  for (guint i = 0; i < N_STAGES; i++) {
    double took_s = song->run->stage_took_s[i];
    all += took_s;
    done += i < song->stage ? took_s : i == song->stage ? song->fraction * took_s : 0.0;
  }
  return done / all;
}

static double
run_seconds_left(const Run *run, double elapsed_s)
{
  double done = (double)run->n_bytes_done;
  for (guint i = 0; i < run->batch->n_jobs; i++)
    if (run->songs[i].number > 0)
      done += song_fraction(&run->songs[i]) * (double)run->songs[i].input->n_bytes;
  double fraction = run->n_bytes > 0 ? done / (double)run->n_bytes : 0.0;
  return elapsed_s >= MIN_ELAPSED_S && fraction >= MIN_FRACTION ? elapsed_s * (1.0 - fraction) / fraction
                                                                : -1.0;
}

static void
draw(Run *run, double elapsed_s)
{
  g_autofree char *before = NULL, *title = NULL, *after = NULL;
  g_mutex_lock(&run->lock);
  const Song *oldest = NULL;
  guint n_at_once = 0;
  for (guint i = 0; i < run->batch->n_jobs; i++)
    if (run->songs[i].number > 0) {
      n_at_once++;
      if (oldest == NULL || run->songs[i].number < oldest->number)
        oldest = &run->songs[i];
    }
  if (oldest != NULL) {
    g_autofree char *left = terminal_dup_time_left(run_seconds_left(run, elapsed_s));
    g_autofree char *others = n_at_once > 1 ? g_strdup_printf(_(", %u at once"), n_at_once) : g_strdup("");
    guint n_songs = run->batch->inputs->len;
    before = n_songs > 1 ? g_strdup_printf("%u/%u ", oldest->number, n_songs) : g_strdup("");
    title = sg_dup_display_name(oldest->input->name);
    after = g_strdup_printf(": %s %3.0f %%%s%s", sg_stage_text(stages[oldest->stage]),
                            100.0 * oldest->fraction, others, left);
  }
  g_mutex_unlock(&run->lock);
  if (oldest != NULL)
    terminal_draw(before, title, after);
}

static void
end_stage(Song *song, double at_s)
{
  song->stage_took_s[song->stage] += at_s - song->stage_began_s;
  song->stage_began_s = at_s;
}

static bool
song_progress(double fraction, const char *stage, void *user)
{
  Song *song = user;
  g_mutex_lock(&song->run->lock);
  if (strcmp(stages[song->stage], stage) != 0)
    end_stage(song, now_s());
  for (guint i = 0; i < N_STAGES; i++)
    if (strcmp(stages[i], stage) == 0)
      song->stage = i;
  song->fraction = fraction;
  g_mutex_unlock(&song->run->lock);
  return !terminal_is_interrupted();
}

/* What failed is told at once, for machines too, and kept for the end. */
static void
fail(Run *run, const SeparateInput *input, SgError *error)
{
  if (error->path[0] == '\0')
    g_strlcpy(error->path, input->path, sizeof error->path);
  g_autofree char *sentence = sg_error_dup_sentence(error);
  gboolean is_only = run->batch->inputs->len == 1;
  terminal_say("stemglass-cli: %s\n", sentence);
  if (run->batch->json && is_only)
    cli_print_json(cli_error_json(error));
  else if (run->batch->json) {
    SgJson *json = cli_error_json(error);
    sg_json_set_text(json, "file", input->path);
    json_list_append(&run->json, json);
  }
  g_mutex_lock(&run->lock);
  run->n_bytes -= input->n_bytes;
  run->n_failed++;
  g_string_append_printf(run->failures, "  %s\n", sentence);
  run->code = is_only ? cli_code(error->status) : CLI_FAILED;
  g_mutex_unlock(&run->lock);
}

static void
do_song(Song *song, guint n_threads)
{
  Run *run = song->run;
  const SeparateInput *input = song->input;
  SgError error = input->error;
  SgJson *json = NULL;
  gboolean skipped = FALSE;
  SgStatus status = error.status;
  if (status == SG_OK)
    status = run->batch->separate(input, n_threads, song_progress, song, run->batch->user, &json, &skipped,
                                  &error);
  g_mutex_lock(&run->lock);
  end_stage(song, now_s());
  song->number = 0;
  if (skipped)
    run->n_bytes -= input->n_bytes;
  else if (status == SG_OK)
    run->n_bytes_done += input->n_bytes;
  for (guint i = 0; i < N_STAGES && status == SG_OK && !skipped; i++)
    run->stage_took_s[i] += song->stage_took_s[i];
  g_mutex_unlock(&run->lock);
  if (status == SG_OK && run->batch->json)
    json_list_append(&run->json, json);
  else
    sg_json_free(json);
  if (status != SG_OK && status != SG_CANCELLED)
    fail(run, input, &error);
}

static void
job(unsigned index, void *user)
{
  Run *run = user;
  Song *song = &run->songs[index];
  const GPtrArray *inputs = run->batch->inputs;
  guint n_at_once = MAX(MIN(run->batch->n_jobs, inputs->len), 1), at;
  guint n_threads = (run->batch->n_threads + n_at_once - 1) / n_at_once;
  while (!terminal_is_interrupted() && (at = (guint)g_atomic_int_add(&run->next_input, 1)) < inputs->len) {
    g_mutex_lock(&run->lock);
    *song = (Song){ .run = run, .input = inputs->pdata[at], .number = at + 1, .stage_began_s = now_s() };
    g_mutex_unlock(&run->lock);
    do_song(song, n_threads);
  }
}

/* The last word: what failed, where it may have scrolled away. */
static int
conclude(Run *run)
{
  terminal_clear();
  guint n_songs = run->batch->inputs->len;
  if (n_songs > 1 && run->n_failed > 0)
    terminal_say(_("stemglass-cli: %u of %u failed:\n%s"), run->n_failed, n_songs, run->failures->str);
  SgError error;
  if (!terminal_is_interrupted())
    return run->code;
  sg_error_set(&error, SG_CANCELLED, NULL, NULL);
  return cli_fail(&error, run->batch->json && n_songs == 1);
}

int
separate_batch_run(const SeparateBatch *batch)
{
  guint n_songs = batch->inputs->len;
  Run run = { .batch = batch,
              .songs = g_new0(Song, batch->n_jobs),
              .failures = g_string_new(NULL),
              .stage_took_s = { 0.02, 0.06, 0.04 } };
  g_mutex_init(&run.lock);
  json_list_init(&run.json, batch->json_opening);
  for (guint i = 0; i < n_songs; i++)
    run.n_bytes += ((const SeparateInput *)batch->inputs->pdata[i])->n_bytes;

  terminal_catch_signals();
  double began_s = now_s();
  SgWorkers *workers = sg_workers_start(batch->n_jobs, job, &run);
  if (workers == NULL) {
    SgError error;
    sg_error_set(&error, SG_NO_MEMORY, NULL, NULL);
    run.code = cli_fail(&error, FALSE);
  }
  while (workers != NULL && !sg_workers_wait(workers, REDRAW_S))
    if (!batch->json)
      draw(&run, now_s() - began_s);
  sg_workers_join(workers);
  int code = conclude(&run);
  if (batch->json && (n_songs != 1 || code == CLI_DONE) && !json_list_end(&run.json))
    code = CLI_FAILED;
  g_string_free(run.failures, TRUE);
  g_free(run.songs);
  g_mutex_clear(&run.lock);
  return code;
}
