#include <glib/gi18n.h>

#include "app/cli/eval.h"
#include "core/session/error.h"

/* How long the parts of the work take, roughly, beside one another. */
enum { DECODE_WEIGHT = 2, REFERENCES_WEIGHT = 3, SCORE_WEIGHT = 2, ORACLE_WEIGHT = 2 };

typedef struct {
  double done, weight, total;
  SgProgress progress;
  gpointer user;
} Steps;

static bool
on_step(double fraction, const char *stage, void *user)
{
  const Steps *steps = user;
  return steps->progress((steps->done + steps->weight * fraction) / steps->total, "score", steps->user);
}

static void
next_step(Steps *steps, double weight)
{
  steps->done += steps->weight;
  steps->weight = weight;
}

static SgStatus
score_oracle(const EvalRow *row, const EvalSounds *sounds, guint n_threads, SgEvaluation *evaluation,
             Steps *steps, SgScore *out_scores, SgError *error)
{
  g_autofree SgPcm **estimates = g_new0(SgPcm *, sounds->n_sources);
  const SgOracleSetup setup = { .sources = (const SgPcm *const *)sounds->references,
                                .n_sources = sounds->n_sources,
                                .mixture = sounds->mixture,
                                .n_threads = n_threads };
  next_step(steps, ORACLE_WEIGHT);
  SgStatus status = sg_oracle_estimate(row->oracle, &setup, on_step, steps, estimates, error);
  next_step(steps, SCORE_WEIGHT);
  if (status == SG_OK)
    status =
        sg_evaluation_score(evaluation, (const SgPcm *const *)estimates, on_step, steps, out_scores, error);
  for (gsize j = 0; j < sounds->n_sources; j++)
    sg_pcm_free(estimates[j]);
  return status;
}

static SgStatus
score_rows(const Eval *eval, EvalTrack *track, const EvalSounds *sounds, guint n_threads,
           SgEvaluation *evaluation, Steps *steps, SgError *error)
{
  gsize n_systems = eval->options->systems->len, n_sources = sounds->n_sources;
  SgStatus status = SG_OK;
  for (gsize r = 0; status == SG_OK && r < eval->n_rows; r++) {
    SgScore *scores = track->scores + r * n_sources;
    if (r >= n_systems)
      status = score_oracle(&eval->rows[r], sounds, n_threads, evaluation, steps, scores, error);
    else {
      next_step(steps, SCORE_WEIGHT);
      status = sg_evaluation_score(evaluation, (const SgPcm *const *)sounds->estimates + r * n_sources,
                                   on_step, steps, scores, error);
    }
  }
  return status;
}

static SgStatus
score(const Eval *eval, EvalTrack *track, const EvalSounds *sounds, guint n_threads, Steps *steps,
      SgError *error)
{
  SgEvaluation *evaluation = NULL;
  const SgEvaluationSetup setup = { .sources = (const SgPcm *const *)sounds->references,
                                    .n_sources = sounds->n_sources,
                                    .mixture = sounds->mixture,
                                    .measures = eval->options->measures,
                                    .n_threads = n_threads };
  next_step(steps, REFERENCES_WEIGHT);
  SgStatus status = sg_evaluation_new(&setup, on_step, steps, &evaluation, error);
  next_step(steps, SCORE_WEIGHT);
  if (status == SG_OK) {
    track->n_windows = sg_evaluation_n_windows(evaluation);
    status = sg_evaluation_baselines(evaluation, on_step, steps, track->baselines, error);
  }
  if (status == SG_OK)
    status = score_rows(eval, track, sounds, n_threads, evaluation, steps, error);
  sg_evaluation_free(evaluation);
  return status;
}

/* The engine's error does not know the track. */
static void
fail(EvalTrack *track, const SgError *error)
{
  sg_error_propagate(&track->error, error);
  if (error->path[0] == '\0')
    g_prefix_error(&track->error, _("“%s”: "), track->name);
}

void
eval_score_track(const Eval *eval, EvalTrack *track, guint n_threads, SgProgress progress, gpointer user)
{
  gsize n_systems = eval->options->systems->len, n_oracles = eval->n_rows - n_systems;
  Steps steps = { .weight = DECODE_WEIGHT, .progress = progress, .user = user };
  steps.total = DECODE_WEIGHT + REFERENCES_WEIGHT + SCORE_WEIGHT + (double)n_systems * SCORE_WEIGHT +
                (double)n_oracles * (ORACLE_WEIGHT + SCORE_WEIGHT);
  EvalSounds sounds = { 0 };
  SgError error;
  if (track->error != NULL || !eval_load_track(eval, track, on_step, &steps, &sounds, &track->error))
    return;
  track->rate_hz = sg_pcm_rate(sounds.references[0]);
  track->n_channels = sg_pcm_n_channels(sounds.references[0]);
  track->n_samples = sg_pcm_n_samples(sounds.references[0]);
  track->n_sources = sounds.n_sources;
  track->sources = g_strdupv(sounds.sources);
  track->scores = g_new0(SgScore, eval->n_rows * sounds.n_sources + 1);
  track->baselines = g_new0(SgBaseline, sounds.n_sources);
  if (score(eval, track, &sounds, n_threads, &steps, &error) != SG_OK) {
    fail(track, &error);
    eval_track_clear_results(track, eval->n_rows);
  }
  eval_sounds_clear(&sounds, n_systems);
}

void
eval_track_clear_results(EvalTrack *track, gsize n_rows)
{
  for (gsize i = 0; track->scores != NULL && i < n_rows * track->n_sources; i++)
    sg_score_clear(&track->scores[i]);
  for (gsize j = 0; track->baselines != NULL && j < track->n_sources; j++)
    sg_baseline_clear(&track->baselines[j]);
  g_clear_pointer(&track->scores, g_free);
  g_clear_pointer(&track->baselines, g_free);
  g_clear_pointer(&track->sources, g_strfreev);
  track->n_sources = 0;
}
