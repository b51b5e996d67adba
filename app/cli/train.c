#include <glib/gi18n.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/cli/cli.h"
#include "app/cli/terminal.h"
#include "app/cli/train.h"
#include "core/plot/figure.h"
#include "core/session/dataset-text.h"
#include "core/session/error.h"
#include "core/session/training-figure.h"
#include "core/train/train-run.h"

/* What the callbacks of a run share. */
typedef struct {
  Terminal terminal;
  gboolean json;
} Watch;

/* What was found: tracks, hours, sources. */
static void
tell_found(const SgDataset *dataset)
{
  gsize n_tracks[SG_N_SPLITS] = { 0 };
  double hours = 0.0;
  for (gsize t = 0; t < sg_dataset_n_tracks(dataset); t++) {
    const SgDatasetTrack *track = sg_dataset_track(dataset, t);
    if (!track->is_usable || track->rate_hz == 0)
      continue;
    n_tracks[track->split]++;
    hours += (double)track->n_samples / track->rate_hz / 3600.0;
  }
  g_autofree char *folder = g_filename_display_name(sg_dataset_folder(dataset));
  fprintf(stderr, _("%s (%s): %zu tracks to train on, %zu to validate, %zu to test; %.2f hours; sources:"),
          folder, sg_layout_id(sg_dataset_layout(dataset)), n_tracks[SG_SPLIT_TRAIN],
          n_tracks[SG_SPLIT_VALID], n_tracks[SG_SPLIT_TEST], hours);
  for (gsize j = 0; j < sg_dataset_n_sources(dataset); j++)
    fprintf(stderr, " %s", sg_dataset_source(dataset, j));
  fputc('\n', stderr);
}

static void
tell_dataset(const SgDataset *dataset, void *user)
{
  terminal_clear();
  tell_found(dataset);
  for (gsize i = 0; i < sg_dataset_n_faults(dataset); i++) {
    const SgDatasetFault *fault = sg_dataset_fault(dataset, i);
    g_autofree char *sentence = sg_dataset_fault_dup_sentence(dataset, fault);
    fprintf(stderr, "stemglass-cli: %s: %s\n", fault->is_error ? _("fault") : _("warning"), sentence);
  }
}

static bool
tell_stage(double fraction, const char *stage, void *user)
{
  return terminal_progress(fraction, stage, &((Watch *)user)->terminal);
}

static bool
tell_step(const SgTrainerReport *report, void *user)
{
  Watch *watch = user;
  double fraction = report->n_steps > 0 ? (double)report->step / (double)report->n_steps : 0.0;
  g_autofree char *title = NULL;
  if (isnan(report->loss_train))
    title = g_strdup_printf(_("step %" G_GINT64_FORMAT), report->step);
  else
    title = g_strdup_printf(_("step %" G_GINT64_FORMAT ", loss %.4f, validation %.4f, SDR %.2f dB"),
                            report->step, report->loss_train, report->loss_valid, report->sdr_valid);
  watch->terminal.title = title;
  bool go_on = terminal_progress(fraction, "train", &watch->terminal);
  watch->terminal.title = "";
  return go_on;
}

static int
tell_end(const SgTrainerReport *report, const char *output, gboolean json)
{
  if (json) {
    SgJson *document = sg_json_object_new();
    sg_json_set_text(document, "model", output);
    sg_json_set_integer(document, "step", report->step);
    sg_json_set_number(document, "seconds", report->seconds);
    sg_json_set_number(document, "loss/train", report->loss_train);
    sg_json_set_number(document, "loss/valid", report->loss_valid);
    sg_json_set_number(document, "sdr/valid", report->sdr_valid);
    return cli_print_json(document);
  }
  if (isatty(STDOUT_FILENO))
    printf(_("%" G_GINT64_FORMAT " steps in %.1f minutes; loss %.4f, validation %.4f, SDR %.2f dB\n%s\n"),
           report->step, report->seconds / 60.0, report->loss_train, report->loss_valid, report->sdr_valid,
           output);
  return CLI_DONE;
}

/* `curves` is their path without its ending, NULL: beside the model. */
static gboolean
write_plot(const TrainOptions *options, const char *curves, GError **error)
{
  g_autofree char *csv = g_strconcat(curves != NULL ? curves : options->output, ".csv", NULL);
  return sg_training_figure_write(csv, options->plot, TRUE, SG_THEME_LIGHT, error);
}

static int
train(const TrainOptions *options, const SgTrainConfig *config)
{
  Watch watch = { .terminal = { .title = "" }, .json = options->json };
  /* The curves' path is given with its ending. */
  g_autofree char *curves = g_strdup(options->curves);
  if (curves != NULL && g_str_has_suffix(curves, ".csv"))
    curves[strlen(curves) - 4] = '\0';
  const SgTrainPlace place = {
    .output = options->output, .curves = curves, .cache_folder = options->cache, .resume = options->resume
  };
  SgTrainerReport report = { 0 };
  SgError error;
  terminal_catch_signals();
  SgStatus status =
      sg_train_run(config, &place, tell_dataset, tell_stage, tell_step, &watch, &report, &error);
  terminal_clear();
  g_autoptr(GError) plot_error = NULL;
  /* What was stopped has curves too. */
  if (options->plot != NULL && (status == SG_OK || report.step > 0) &&
      !write_plot(options, curves, &plot_error)) {
    fprintf(stderr, "stemglass-cli: %s\n", plot_error->message);
    if (status == SG_OK)
      return CLI_FAILED;
  }
  return status == SG_OK ? tell_end(&report, options->output, options->json)
                         : cli_fail(&error, options->json);
}

/* The settings could not be read. */
static int
fail_before(const GError *error, gboolean json)
{
  fprintf(stderr, "stemglass-cli: %s\n", error->message);
  if (json) {
    SgJson *document = sg_json_object_new(), *details = sg_json_object_new();
    sg_json_set_text(details, "status", sg_status_id((SgStatus)error->code));
    sg_json_set_text(details, "message", error->message);
    sg_json_set(document, "error", details);
    cli_print_json(document);
  }
  return cli_code((SgStatus)error->code);
}

int
cli_train(int argc, char **argv)
{
  g_auto(TrainOptions) options = { .seed = -1 };
  const GOptionEntry entries[] = {
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &options.output, N_("Model file to write"),
      N_("FILE.safetensors") },
    { "net", 0, 0, G_OPTION_ARG_STRING, &options.net, N_("Network; the manual lists them"), N_("NET") },
    { "recipe", 0, 0, G_OPTION_ARG_STRING, &options.recipe,
      N_("Settings under a name, “list” for their names; what else is given goes before them"), N_("NAME") },
    { "dataset", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options.datasets,
      N_("Folder of a dataset; may be repeated"), N_("FOLDER") },
    { "target", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.targets, N_("Source to learn; may be repeated"),
      N_("SOURCE") },
    { "minutes", 0, 0, G_OPTION_ARG_DOUBLE, &options.minutes, N_("How long to train (20)"), N_("M") },
    { "steps", 0, 0, G_OPTION_ARG_INT, &options.n_steps, N_("How many steps, instead of minutes"), N_("N") },
    { "curves", 0, 0, G_OPTION_ARG_FILENAME, &options.curves, N_("Where the curves go (beside the model)"),
      N_("FILE.csv") },
    { "plot", 'p', 0, G_OPTION_ARG_FILENAME, &options.plot, N_("Draw the curves at the end"),
      N_("FILE.png|svg|pdf") },
    { "cache", 0, 0, G_OPTION_ARG_FILENAME, &options.cache, N_("Folder for decoded datasets"), N_("FOLDER") },
    { "resume", 0, 0, G_OPTION_ARG_NONE, &options.resume, N_("Go on from the checkpoint"), NULL },
    { "skip-bad", 0, 0, G_OPTION_ARG_NONE, &options.skip_bad,
      N_("Train on what is usable of a dataset with faults"), NULL },
    { "seed", 0, 0, G_OPTION_ARG_INT, &options.seed, N_("Seed of all that is drawn (1)"), N_("N") },
    { "threads", 0, 0, G_OPTION_ARG_INT, &options.n_threads, N_("Threads (one a processor)"), N_("N") },
    { "json", 0, 0, G_OPTION_ARG_NONE, &options.json, N_("Print a JSON document"), NULL },
    G_OPTION_ENTRY_NULL,
  };
  int code;
  g_auto(GStrv) rest =
      cli_parse(argc, argv, entries, _("[SETTINGS.json]"),
                _("Trains a network to separate. What is given on the command line goes before the "
                  "settings file."),
                &code);
  if (rest == NULL)
    return code;
  if (g_strv_length(rest) > 1)
    return cli_usage_error(_("expected one settings file at most"));
  if (g_strcmp0(options.recipe, "list") == 0)
    return train_list_recipes(options.json);
  if (options.output == NULL)
    return cli_usage_error(_("--output is missing: where shall the model go?"));
  SgFigureFormat format;
  if (options.plot != NULL && !sg_figure_format_find(options.plot, &format))
    return cli_usage_error(_("--plot %s: expected a name that ends with .png, .svg or .pdf"), options.plot);
  g_autoptr(GError) error = NULL;
  SgTrainConfig *config = NULL;
  SgError engine_error;
  SgJson *json = train_settings_new(&options, rest[0], &error);
  if (json == NULL)
    return fail_before(error, options.json);
  SgStatus status = sg_train_config_new(sg_json_root(json), &config, &engine_error);
  sg_json_free(json);
  code = status == SG_OK ? train(&options, config) : cli_fail(&engine_error, options.json);
  sg_train_config_free(config);
  return code;
}
