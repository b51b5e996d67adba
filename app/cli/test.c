#include "app/cli/test.h"

#include <glib/gi18n.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "app/cli/cli.h"
#include "app/cli/terminal.h"
#include "core/base/workers.h"
#include "core/separate/method.h"
#include "core/train/train-run.h"

typedef struct {
  char *dataset, *cache;
  int every, n_jobs;
  gboolean json;
} Options;

static void
options_clear(Options *options)
{
  g_free(options->dataset);
  g_free(options->cache);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

static bool
tell_stage(double fraction, const char *stage, void *user)
{
  return terminal_progress(fraction, stage, user);
}

/* The settings that the model was trained with, from its record, with another folder where one is given. */
static SgStatus
read_settings(const SgModel *model, const char *path, const char *folder, SgTrainConfig **out_config,
              SgError *error)
{
  const char *text = sg_json_text(sg_json_get(sg_model_record(model), "settings"));
  SgJson *json = NULL;
  if (text == NULL || sg_json_parse(text, strlen(text), &json, NULL) != SG_OK)
    return sg_error_set(error, SG_BAD_MODEL, path, "the record of its training has no settings");
  if (folder != NULL) {
    SgJson *datasets = sg_json_array_new(), *dataset = sg_json_object_new();
    sg_json_set_text(dataset, "folder", folder);
    sg_json_append(datasets, dataset);
    sg_json_set(json, "datasets", datasets);
  }
  SgStatus status = sg_train_config_new(sg_json_root(json), out_config, error);
  sg_json_free(json);
  return status;
}

static GArray *
test_tracks(const SgCache *cache, int every)
{
  GArray *tracks = g_array_new(FALSE, TRUE, sizeof(TestTrack));
  int n = 0;
  for (gsize i = 0; i < sg_cache_n_tracks(cache); i++) {
    const SgCacheTrack *track = sg_cache_track(cache, i);
    if (track->split == SG_SPLIT_TEST && n++ % every == 0)
      g_array_append_val(tracks, ((TestTrack){ .track = track, .number = i }));
  }
  return tracks;
}

static const char *
source_name(const SgModelFacts *facts, gsize j)
{
  return j < facts->n_sources ? facts->sources[j] : "rest";
}

static int
tell_json(const Test *test, gsize n_sources)
{
  SgJson *document = sg_json_object_new(), *sources = sg_json_array_new(), *tracks = sg_json_array_new();
  for (gsize j = 0; j < n_sources; j++) {
    TestSummary summary = test_summarise(test, j);
    SgJson *source = sg_json_object_new();
    sg_json_set_text(source, "source", source_name(test->facts, j));
    sg_json_set_number(source, "gnsdr", summary.gnsdr);
    sg_json_set_number(source, "gsir", summary.gsir);
    sg_json_set_number(source, "gsar", summary.gsar);
    sg_json_set_number(source, "si_sdr_improvement", summary.si_sdr_improvement);
    sg_json_append(sources, source);
  }
  for (guint t = 0; t < test->tracks->len; t++) {
    const TestTrack *track = &g_array_index(test->tracks, TestTrack, t);
    SgJson *item = sg_json_object_new(), *scores = sg_json_array_new();
    for (gsize j = 0; j < n_sources; j++) {
      SgJson *source = sg_json_object_new();
      sg_json_set_text(source, "source", source_name(test->facts, j));
      sg_json_set_number(source, "sdr", track->scores[j].sdr);
      sg_json_set_number(source, "sir", track->scores[j].sir);
      sg_json_set_number(source, "sar", track->scores[j].sar);
      sg_json_set_number(source, "mixture", track->scores[j].mixture_sdr);
      sg_json_set_number(source, "si_sdr", track->scores[j].si_sdr);
      sg_json_set_number(source, "mixture_si_sdr", track->scores[j].mixture_si_sdr);
      sg_json_append(scores, source);
    }
    sg_json_set_text(item, "name", track->track->name);
    sg_json_set_integer(item, "samples", track->track->n_samples);
    sg_json_set(item, "sources", scores);
    sg_json_append(tracks, item);
  }
  sg_json_set(document, "summary", sources);
  sg_json_set(document, "tracks", tracks);
  return cli_print_json(document);
}

static int
tell_table(const Test *test, gsize n_sources)
{
  printf(ngettext("%u track, BSS Eval v3, weighted by length, in dB\n",
                  "%u tracks, BSS Eval v3, weighted by length, in dB\n", test->tracks->len),
         test->tracks->len);
  printf("%-20s %8s %8s %8s %8s\n", "", "GNSDR", "GSIR", "GSAR", "SI-SDRi");
  for (gsize j = 0; j < n_sources; j++) {
    TestSummary summary = test_summarise(test, j);
    printf("%-20s %8.2f %8.2f %8.2f %8.2f\n", source_name(test->facts, j), summary.gnsdr, summary.gsir,
           summary.gsar, summary.si_sdr_improvement);
  }
  return CLI_DONE;
}

static int
run(const Options *options, const char *path, const SgModel *model, const SgTrainConfig *config)
{
  Terminal terminal = { .title = "", .quiet = options->json };
  const SgModelFacts *facts = sg_model_facts(model);
  SgCache *cache = NULL;
  SgError error;
  terminal_catch_signals();
  SgStatus status = sg_train_open_test(config, options->cache, tell_stage, &terminal, &cache, &error);
  terminal_clear();
  if (status != SG_OK)
    return cli_fail(&error, options->json);
  g_autoptr(GArray) tracks = test_tracks(cache, MAX(options->every, 1));
  Test test = { .model_path = path,
                .facts = facts,
                .cache = cache,
                .levels = config->levels,
                .level_db = config->level_db,
                .n_jobs = options->n_jobs > 0 ? (guint)options->n_jobs : sg_workers_default_count(),
                .tracks = tracks };
  if (tracks->len == 0) {
    terminal_say("stemglass-cli: %s\n", _("the dataset has no songs to test on"));
    sg_cache_free(cache);
    return CLI_FAILED;
  }
  status = test_run(&test, options->json, &error);
  gsize n_sources = facts->n_sources + (facts->n_sources == 1);
  int code = status != SG_OK ? cli_fail(&error, options->json)
             : options->json ? tell_json(&test, n_sources)
                             : tell_table(&test, n_sources);
  sg_cache_free(cache);
  return code;
}

int
cli_test(int argc, char **argv)
{
  g_auto(Options) options = { 0 };
  const GOptionEntry entries[] = {
    { "dataset", 0, 0, G_OPTION_ARG_FILENAME, &options.dataset,
      N_("Folder of the dataset (the one that the model was trained on)"), N_("FOLDER") },
    { "cache", 0, 0, G_OPTION_ARG_FILENAME, &options.cache, N_("Folder for decoded datasets"), N_("FOLDER") },
    { "every", 0, 0, G_OPTION_ARG_INT, &options.every, N_("Only every Nth track of the test set"), N_("N") },
    { "jobs", 'j', 0, G_OPTION_ARG_INT, &options.n_jobs, N_("Tracks at a time (one a processor)"), N_("N") },
    { "json", 0, 0, G_OPTION_ARG_NONE, &options.json, N_("Print a JSON document"), NULL },
    G_OPTION_ENTRY_NULL,
  };
  int code;
  g_auto(GStrv) rest = cli_parse(
      argc, argv, entries, _("MODEL.safetensors"),
      _("Scores a trained model on the test tracks of its dataset, mixed as it was trained."), &code);
  if (rest == NULL)
    return code;
  if (g_strv_length(rest) != 1)
    return cli_usage_error(_("expected one model file"));
  SgModel *model = NULL;
  SgTrainConfig *config = NULL;
  SgError error;
  SgStatus status = sg_model_open(rest[0], &model, &error);
  if (status == SG_OK)
    status = read_settings(model, rest[0], options.dataset, &config, &error);
  code = status == SG_OK ? run(&options, rest[0], model, config) : cli_fail(&error, options.json);
  sg_train_config_free(config);
  sg_model_free(model);
  return code;
}
