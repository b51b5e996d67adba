#include <glib/gi18n.h>
#include <math.h>

#include "app/cli/cli.h"
#include "app/cli/eval.h"
#include "core/session/error.h"

/* The id of an error of the engine's domain. */
static const char *
status_id_of(const GError *error)
{
  if (error->domain == SG_ENGINE_ERROR)
    return sg_status_id((SgStatus)error->code);
  return sg_status_id(SG_CANCELLED);
}

SgJson *
eval_error_json(const GError *error)
{
  SgJson *json = sg_json_object_new();
  sg_json_set_text(json, "status", status_id_of(error));
  sg_json_set_text(json, "message", error->message);
  return json;
}

/* JSON has no infinity; which values are infinite is told beside them. */
static void
set_number(SgJson *object, const char *name, double value, SgJson *infinite)
{
  sg_json_set_number(object, name, value);
  if (isinf(value) && infinite != NULL)
    sg_json_append_text(infinite, name);
}

typedef double (*GetValue)(gconstpointer of, SgScoreValue value);

/* All values of the measures asked for, bss4's four on this level, the others below it. */
static void
set_values(const Eval *eval, SgJson *object, GetValue get, gconstpointer of)
{
  SgJson *infinite = sg_json_array_new();
  gboolean any = FALSE;
  for (gsize m = 0; m < eval_n_measures; m++) {
    const EvalMeasure *measure = &eval_measures[m];
    if ((eval->options->measures & measure->measure) == 0)
      continue;
    SgJson *below = measure->ids != NULL && measure->id != NULL ? sg_json_object_new() : NULL;
    for (gsize i = 0; i < measure->n_values; i++) {
      double value = get(of, measure->first + i);
      any |= isinf(value);
      set_number(below != NULL ? below : object, measure->ids != NULL ? measure->ids[i] : measure->id, value,
                 infinite);
    }
    if (below != NULL)
      sg_json_set(object, measure->id, below);
  }
  if (any)
    sg_json_set(object, "infinite", infinite);
  else
    sg_json_free(infinite);
}

static double
value_of_score(gconstpointer of, SgScoreValue value)
{
  return ((const SgScore *)of)->values[value];
}

static double
value_of_best(gconstpointer of, SgScoreValue value)
{
  return sg_baseline_best(of, value, NULL);
}

static SgScoreValue
first_value(const Eval *eval)
{
  for (gsize m = 0; m < eval_n_measures; m++)
    if ((eval->options->measures & eval_measures[m].measure) != 0)
      return eval_measures[m].first;
  return SG_BSS4_SDR;
}

static void
set_score(const Eval *eval, SgJson *json, const EvalTrack *track, gsize row, gsize source)
{
  const SgScore *score = &track->scores[row * track->n_sources + source];
  set_values(eval, json, value_of_score, score);
  double value = score->values[first_value(eval)];
  double best = sg_baseline_best(&track->baselines[source], first_value(eval), NULL);
  if (!isnan(value) && !isnan(best))
    sg_json_set_bool(json, "separates", value >= best);
  SgJson *flags = sg_json_array_new();
  for (guint bit = 0; bit < SG_N_SCORE_FLAGS; bit++)
    if ((score->flags & 1u << bit) != 0)
      sg_json_append_text(flags, sg_score_flag_id(bit));
  sg_json_set(json, "flags", flags);
}

typedef void (*SetRow)(const Eval *eval, SgJson *json, gconstpointer of, gsize row, gsize source);

/* The first system's values on this level; lists of all systems when there are several, and of the oracles.
 */
static void
set_rows(const Eval *eval, SgJson *json, SetRow set, gconstpointer of, gsize source)
{
  gsize n_systems = eval->options->systems->len;
  SgJson *systems = sg_json_array_new(), *oracles = sg_json_array_new();
  if (n_systems > 0)
    set(eval, json, of, 0, source);
  for (gsize r = 0; r < eval->n_rows; r++) {
    SgJson *row = sg_json_object_new();
    sg_json_set_text(row, "name", eval->rows[r].name);
    set(eval, row, of, r, source);
    sg_json_append(r < n_systems ? systems : oracles, row);
  }
  if (n_systems > 1)
    sg_json_set(json, "systems", systems);
  else
    sg_json_free(systems);
  if (eval->n_rows > n_systems)
    sg_json_set(json, "oracles", oracles);
  else
    sg_json_free(oracles);
}

static void
set_score_row(const Eval *eval, SgJson *json, gconstpointer of, gsize row, gsize source)
{
  set_score(eval, json, of, row, source);
}

static SgJson *
values_json(const Eval *eval, GetValue get, gconstpointer of)
{
  SgJson *json = sg_json_object_new();
  set_values(eval, json, get, of);
  return json;
}

static SgJson *
source_json(const Eval *eval, const EvalTrack *track, gsize source)
{
  const SgBaseline *baseline = &track->baselines[source];
  SgJson *json = sg_json_object_new(), *best = values_json(eval, value_of_best, baseline);
  const char *which = NULL;
  sg_baseline_best(baseline, first_value(eval), &which);
  if (which != NULL)
    sg_json_set_text(best, "is", which);
  sg_json_set_text(json, "source", track->sources[source]);
  set_rows(eval, json, set_score_row, track, source);
  sg_json_set(json, "mixture", values_json(eval, value_of_score, &baseline->mixture));
  sg_json_set(json, "silence", values_json(eval, value_of_score, &baseline->silence));
  sg_json_set(json, "gain", values_json(eval, value_of_score, &baseline->gain));
  sg_json_set(json, "baseline", best);
  return json;
}

static void
set_texts(SgJson *json, const char *name, const GPtrArray *texts)
{
  SgJson *list = sg_json_array_new();
  for (guint i = 0; i < texts->len; i++)
    sg_json_append_text(list, texts->pdata[i]);
  sg_json_set(json, name, list);
}

static SgJson *
track_json(const Eval *eval, const EvalTrack *track)
{
  SgJson *json = sg_json_object_new(), *sources = sg_json_array_new();
  sg_json_set_text(json, "name", track->name);
  if (track->error != NULL)
    sg_json_set(json, "error", eval_error_json(track->error));
  else {
    sg_json_set_integer(json, "rate", track->rate_hz);
    sg_json_set_integer(json, "channels", track->n_channels);
    sg_json_set_integer(json, "samples", track->n_samples);
    sg_json_set_integer(json, "trimmed", track->n_trimmed);
  }
  for (gsize j = 0; j < track->n_sources; j++)
    sg_json_append(sources, source_json(eval, track, j));
  sg_json_set(json, "sources", sources);
  set_texts(json, "warnings", track->warnings);
  return json;
}

/* What a summary's values are asked of. */
typedef struct {
  const Eval *eval;
  const char *source;
  EvalColumn column;
  gsize row;
  gboolean mean;
} Asked;

static double
value_of_summary(gconstpointer of, SgScoreValue value)
{
  const Asked *asked = of;
  SgScoreSummary summary;
  if (!eval_summarise(asked->eval, asked->source, asked->column, asked->row, value, &summary))
    return NAN;
  return asked->mean ? summary.mean : summary.median;
}

static void
set_summary(const Eval *eval, SgJson *json, const char *source, EvalColumn column, gsize row)
{
  Asked asked = { eval, source, column, row, FALSE };
  SgScoreSummary summary = { 0 };
  eval_summarise(eval, source, column, row, first_value(eval), &summary);
  sg_json_set_integer(json, "tracks", (int64_t)summary.n_defined);
  sg_json_set(json, "median", values_json(eval, value_of_summary, &asked));
  asked.mean = TRUE;
  sg_json_set(json, "mean", values_json(eval, value_of_summary, &asked));
}

static void
set_summary_row(const Eval *eval, SgJson *json, gconstpointer of, gsize row, gsize source)
{
  EvalGlobal global;
  set_summary(eval, json, of, EVAL_COLUMN_ROW, row);
  if ((eval->options->measures & SG_MEASURE_BSS3) == 0 || !eval_global(eval, of, row, &global))
    return;
  sg_json_set_number(json, "gnsdr", global.gnsdr);
  sg_json_set_number(json, "gsir", global.gsir);
  sg_json_set_number(json, "gsar", global.gsar);
}

static SgJson *
difference_json(const Eval *eval, const char *source, gsize a, gsize b, const EvalMeasure *measure)
{
  SgPairedDifference difference;
  if (!eval_difference(eval, source, a, b, measure->first, &difference))
    return NULL;
  SgJson *json = sg_json_object_new();
  sg_json_set_text(json, "a", eval->rows[a].name);
  sg_json_set_text(json, "b", eval->rows[b].name);
  sg_json_set_text(json, "value", sg_score_value_id(measure->first));
  sg_json_set_integer(json, "tracks", (int64_t)difference.n_pairs);
  sg_json_set_number(json, "mean", difference.difference);
  sg_json_set_number(json, "low", difference.low);
  sg_json_set_number(json, "high", difference.high);
  return json;
}

static SgJson *
summary_source_json(const Eval *eval, const char *source)
{
  static const struct {
    const char *name;
    EvalColumn column;
  } columns[] = { { "mixture", EVAL_COLUMN_MIXTURE },
                  { "gain", EVAL_COLUMN_GAIN },
                  { "baseline", EVAL_COLUMN_BASELINE } };
  SgJson *json = sg_json_object_new(), *differences = sg_json_array_new();
  gsize n_systems = eval->options->systems->len;
  sg_json_set_text(json, "source", source);
  set_rows(eval, json, set_summary_row, source, 0);
  for (gsize i = 0; i < G_N_ELEMENTS(columns); i++) {
    SgJson *column = sg_json_object_new();
    set_summary(eval, column, source, columns[i].column, 0);
    sg_json_set(json, columns[i].name, column);
  }
  for (gsize a = 0; a < n_systems; a++)
    for (gsize b = a + 1; b < n_systems; b++)
      for (gsize m = 0; m < eval_n_measures; m++)
        if ((eval->options->measures & eval_measures[m].measure) != 0)
          sg_json_append(differences, difference_json(eval, source, a, b, &eval_measures[m]));
  if (n_systems > 1)
    sg_json_set(json, "differences", differences);
  else
    sg_json_free(differences);
  return json;
}

int
eval_print_json(const Eval *eval)
{
  SgJson *document = sg_json_object_new(), *tracks = sg_json_array_new(), *summary = sg_json_object_new();
  SgJson *sources = sg_json_array_new();
  for (guint t = 0; t < eval->tracks->len; t++)
    sg_json_append(tracks, track_json(eval, eval->tracks->pdata[t]));
  for (guint s = 0; s < eval->sources->len; s++)
    sg_json_append(sources, summary_source_json(eval, eval->sources->pdata[s]));
  sg_json_set(summary, "sources", sources);
  sg_json_set(document, "tracks", tracks);
  sg_json_set(document, "summary", summary);
  set_texts(document, "warnings", eval->warnings);
  return cli_print_json(document);
}
