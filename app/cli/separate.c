#include <glib/gi18n.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/cli/cli.h"
#include "app/cli/terminal.h"
#include "core/io/decoder.h"
#include "core/render/export.h"
#include "core/separate/knobs.h"
#include "core/session/error.h"
#include "core/session/track.h"

typedef struct {
  char *folder;
  char *method;
  char *stems;
  char **strengths;
  char **knobs;
  char *format;
  char *bits;
  int n_threads;
  gboolean overwrite, strict, json;
} Options;

/* What the options mean, checked. */
typedef struct {
  const SgMethodClass *method;
  double knobs[SG_MAX_KNOBS];
  SgContainer container;
  SgBits bits;
  bool wanted[SG_MAX_SOURCES];
  SgRenderSettings settings;
} Choice;

static void
options_clear(Options *options)
{
  g_free(options->folder);
  g_free(options->method);
  g_free(options->stems);
  g_strfreev(options->strengths);
  g_strfreev(options->knobs);
  g_free(options->format);
  g_free(options->bits);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

static int
find_source(const SgMethodPlan *plan, const char *name)
{
  for (gsize j = 0; j < plan->n_sources; j++)
    if (g_str_equal(plan->sources[j], name))
      return (int)j;
  return -1;
}

static SgStatus
unknown_source(const SgMethodPlan *plan, const char *name, SgError *error)
{
  g_autoptr(GString) known = g_string_new(NULL);
  for (gsize j = 0; j < plan->n_sources; j++)
    g_string_append_printf(known, "%s%s", j > 0 ? ", " : "", plan->sources[j]);
  g_autofree char *detail = g_strdup_printf(_("“%s”; there are %s"), name, known->str);
  return sg_error_set(error, SG_UNKNOWN_SOURCE, NULL, detail);
}

static SgStatus
choose_stems(const char *list, const SgMethodPlan *plan, bool *out_wanted, SgError *error)
{
  g_auto(GStrv) names = list != NULL ? g_strsplit(list, ",", -1) : NULL;
  for (gsize j = 0; j < plan->n_sources; j++)
    out_wanted[j] = names == NULL;
  if (names != NULL && names[0] == NULL)
    return unknown_source(plan, "", error);
  for (char **name = names; name != NULL && *name != NULL; name++) {
    int source = find_source(plan, *name);
    if (source < 0)
      return unknown_source(plan, *name, error);
    out_wanted[source] = true;
  }
  return SG_OK;
}

static SgStatus
choose_strengths(char **strengths, const SgMethodPlan *plan, SgRenderSettings *settings, SgError *error)
{
  *settings = SG_RENDER_SETTINGS_NATURAL;
  for (char **strength = strengths; strength != NULL && *strength != NULL; strength++) {
    char *equals = strchr(*strength, '=');
    g_autofree char *name =
        g_strndup(*strength, equals != NULL ? (gsize)(equals - *strength) : strlen(*strength));
    int source = find_source(plan, name);
    if (source < 0)
      return unknown_source(plan, name, error);
    char *end = NULL;
    double value = equals != NULL ? g_ascii_strtod(equals + 1, &end) : NAN;
    if (end == NULL || end == equals + 1 || *end != '\0' ||
        !(value >= SG_STRENGTH_MIN && value <= SG_STRENGTH_MAX)) {
      g_autofree char *detail = g_strdup_printf(_("--strength %s: expected SOURCE=NUMBER, %g to %g"),
                                                *strength, (double)SG_STRENGTH_MIN, (double)SG_STRENGTH_MAX);
      return sg_error_set(error, SG_BAD_ARGUMENT, NULL, detail);
    }
    settings->strength[source] = (float)value;
  }
  return SG_OK;
}

static void
warn_truncated(const char *path, const SgDecodeReport *report)
{
  g_autofree char *name = g_filename_display_name(path);
  if (report->truncated && report->n_expected > 0)
    fprintf(stderr,
            _("stemglass-cli: “%s” ends early: %" G_GINT64_FORMAT
              " samples of the announced %" G_GINT64_FORMAT " are there and were used.\n"),
            name, report->info.n_samples, report->n_expected);
  else if (report->truncated)
    fprintf(stderr,
            _("stemglass-cli: “%s” ends early: %" G_GINT64_FORMAT " samples are there and were used.\n"),
            name, report->info.n_samples);
}

static void
warn_over_full_scale(const SgMethodPlan *plan, const SgExportReport *report)
{
  for (gsize j = 0; j < plan->n_sources; j++)
    if (report->n_over[j] > 0)
      fprintf(stderr,
              _("stemglass-cli: %s: %" G_GINT64_FORMAT
                " samples over full scale were limited (peak %+.2f dBFS); --bits 32f keeps them.\n"),
              plan->sources[j], report->n_over[j], 20.0 * log10((double)report->peak[j]));
}

static char *
dup_stem_path(const SgMethodPlan *plan, const SgExportOptions *export, gsize source)
{
  return g_strdup_printf("%s/%s.%s", export->folder, plan->sources[source],
                         sg_container_id(export->container));
}

/* For people only: a pipe gets nothing. */
static void
list_written(const SgMethodPlan *plan, const SgExportOptions *export, gboolean quiet)
{
  for (gsize j = 0; j < plan->n_sources && !quiet && isatty(STDOUT_FILENO); j++)
    if (export->wanted[j]) {
      g_autofree char *path = dup_stem_path(plan, export, j);
      g_autofree char *name = g_filename_display_name(path);
      puts(name);
    }
}

static SgJson *
describe(const char *path, const SgPcm *pcm, const SgMethodPlan *plan, const SgExportOptions *export,
         const SgExportReport *report, double seconds)
{
  SgJson *json = sg_json_object_new(), *stems = sg_json_array_new();
  for (gsize j = 0; j < plan->n_sources; j++) {
    if (!export->wanted[j])
      continue;
    SgJson *stem = sg_json_object_new();
    g_autofree char *file = dup_stem_path(plan, export, j);
    sg_json_set_text(stem, "source", plan->sources[j]);
    sg_json_set_text(stem, "file", file);
    sg_json_set_number(stem, "peak", report->peak[j]);
    sg_json_set_integer(stem, "samples_over_full_scale", report->n_over[j]);
    sg_json_append(stems, stem);
  }
  sg_json_set_text(json, "file", path);
  sg_json_set_integer(json, "rate", sg_pcm_rate(pcm));
  sg_json_set_integer(json, "channels", sg_pcm_n_channels(pcm));
  sg_json_set_integer(json, "samples", sg_pcm_n_samples(pcm));
  sg_json_set_number(json, "seconds_taken", seconds);
  sg_json_set(json, "stems", stems);
  return json;
}

static SgStatus
export_stems(SgSeparation *separation, const Options *options, const Choice *choice, const char *folder,
             const char *path, gint64 started_us, Terminal *terminal, SgJson *tracks, SgError *error)
{
  const SgMethodPlan *plan = sg_separation_plan(separation);
  SgExportOptions export = { .folder = folder,
                             .container = choice->container,
                             .bits = choice->bits,
                             .overwrite = options->overwrite,
                             .settings = choice->settings,
                             .wanted = choice->wanted,
                             .n_threads = (unsigned)options->n_threads };
  SgExportReport report;
  SgStatus status = sg_export_check(separation, &export, error);
  /* All that can be refused has been: now the work. */
  if (status == SG_OK)
    status = sg_separation_run(separation, export.n_threads, terminal_progress, terminal, error);
  if (status == SG_OK)
    status = sg_export_stems(separation, &export, terminal_progress, terminal, &report, error);
  terminal_clear(terminal);
  if (status != SG_OK)
    return status;
  if (export.bits != SG_BITS_32F)
    warn_over_full_scale(plan, &report);
  list_written(plan, &export, options->json);
  double seconds = (double)(g_get_monotonic_time() - started_us) / G_USEC_PER_SEC;
  sg_json_append(tracks, describe(path, sg_separation_pcm(separation), plan, &export, &report, seconds));
  return SG_OK;
}

static SgStatus
separate_file(const char *path, const Options *options, const Choice *choice, SgJson *tracks, SgError *error)
{
  g_autofree char *name = sg_track_dup_folder_name(path);
  g_autofree char *folder = g_build_filename(options->folder, name, NULL);
  g_autofree char *title = g_filename_display_name(name);
  Terminal terminal = { .title = title, .quiet = options->json };
  gint64 started_us = g_get_monotonic_time();
  SgPcm *pcm = NULL;
  SgSeparation *separation = NULL;
  SgDecodeReport report;
  SgStatus status =
      sg_decode_file(path, options->strict, NULL, terminal_progress, &terminal, &pcm, &report, error);
  terminal_clear(&terminal);
  if (status == SG_OK) {
    warn_truncated(path, &report);
    status = sg_separation_new(pcm, choice->method, choice->knobs, NULL, &separation, error);
    if (status == SG_NEEDS_STEREO)
      g_strlcpy(error->path, path, sizeof error->path);
  }
  if (status == SG_OK)
    status = export_stems(separation, options, choice, folder, path, started_us, &terminal, tracks, error);
  sg_separation_free(separation);
  sg_pcm_free(pcm);
  return status;
}

/* Says what is wrong and returns FALSE when the options cannot be followed. */
static gboolean
choose(const Options *options, Choice *out_choice)
{
  out_choice->method = sg_method_find(options->method);
  if (out_choice->method == NULL) {
    cli_usage_error(_("there is no method “%s”; “stemglass-cli methods” lists them"), options->method);
    return FALSE;
  }
  if (!sg_container_find(options->format, &out_choice->container)) {
    cli_usage_error(_("--format %s: expected wav or flac"), options->format);
    return FALSE;
  }
  const char *bits = options->bits;
  if (bits == NULL)
    bits = out_choice->container == SG_CONTAINER_FLAC ? "24" : "32f";
  if (!sg_bits_find(bits, &out_choice->bits)) {
    cli_usage_error(_("--bits %s: expected 16, 24 or 32f"), bits);
    return FALSE;
  }
  if (out_choice->container == SG_CONTAINER_FLAC && out_choice->bits == SG_BITS_32F) {
    cli_usage_error("%s", _("FLAC holds 16 or 24 bits; take WAV for 32f"));
    return FALSE;
  }
  if (options->n_threads < 0 || options->n_threads > 256) {
    cli_usage_error(_("--threads %d: expected 0 (one a processor) to 256"), options->n_threads);
    return FALSE;
  }
  return TRUE;
}

/* The method's knobs, and the stems and strengths that it then gives; says what is wrong and returns FALSE
 * when it does not. */
static gboolean
choose_sources(const Options *options, Choice *choice)
{
  SgError error;
  SgMethod *method = NULL;
  SgStatus status = cli_choose_knobs(options->knobs, choice->method, choice->knobs, &error);
  if (status == SG_OK)
    status = cli_make_method(choice->method, choice->knobs, &method, &error);
  if (status == SG_OK)
    status = choose_stems(options->stems, choice->method->plan(method), choice->wanted, &error);
  if (status == SG_OK)
    status = choose_strengths(options->strengths, choice->method->plan(method), &choice->settings, &error);
  if (method != NULL)
    choice->method->free(method);
  if (status != SG_OK)
    cli_fail(&error, options->json);
  return status == SG_OK;
}

/* Two files of one name would write into one folder. */
static gboolean
names_differ(char **files)
{
  g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  for (char **file = files; *file != NULL; file++) {
    char *name = sg_track_dup_folder_name(*file);
    if (!g_hash_table_add(names, name)) {
      g_autofree char *display = g_filename_display_name(*file);
      cli_usage_error(_("“%s”: another of the files has this name too, so both would write the same stems"),
                      display);
      return FALSE;
    }
  }
  return TRUE;
}

static int
separate_files(char **files, const Options *options, const Choice *choice)
{
  SgJson *document = sg_json_object_new(), *tracks = sg_json_array_new();
  SgError error;
  int code = CLI_DONE;
  terminal_catch_signals();
  for (char **file = files; *file != NULL && code != CLI_INTERRUPTED; file++)
    if (separate_file(*file, options, choice, tracks, &error) != SG_OK) {
      code = cli_fail(&error, options->json && files[1] == NULL);
      sg_json_append(tracks, cli_error_json(&error));
    }
  sg_json_set_text(document, "method", choice->method->id);
  sg_json_set(document, "tracks", tracks);
  if (options->json && (code == CLI_DONE || files[1] != NULL))
    cli_print_json(document);
  else
    sg_json_free(document);
  return code;
}

int
cli_separate(int argc, char **argv)
{
  g_auto(Options) options = { 0 };
  const GOptionEntry entries[] = {
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &options.folder,
      N_("Write the stems to DIR/TRACK/STEM.EXT (needed)"), N_("DIR") },
    { "method", 'm', 0, G_OPTION_ARG_STRING, &options.method,
      N_("How to separate; “stemglass-cli methods” lists the choices (normally hpss)"), N_("METHOD") },
    { "stems", 's', 0, G_OPTION_ARG_STRING, &options.stems,
      N_("Write only these stems, for example drums,bass"), N_("LIST") },
    { "strength", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.strengths,
      N_("How hard a source is pulled apart: 1 natural, more harder, less softer (may be repeated)"),
      N_("SOURCE=NUMBER") },
    { "knob", 'k', 0, G_OPTION_ARG_STRING_ARRAY, &options.knobs,
      N_("A setting of the method, see “stemglass-cli methods” (may be repeated)"), N_("NAME=VALUE") },
    { "format", 'f', 0, G_OPTION_ARG_STRING, &options.format, N_("wav or flac (normally wav)"),
      N_("FORMAT") },
    { "bits", 'b', 0, G_OPTION_ARG_STRING, &options.bits,
      N_("16, 24 or 32f (normally 32f for wav, 24 for flac)"), N_("BITS") },
    { "threads", 0, 0, G_OPTION_ARG_INT, &options.n_threads, N_("Worker threads (normally one a processor)"),
      N_("N") },
    { "overwrite", 0, 0, G_OPTION_ARG_NONE, &options.overwrite, N_("Replace files that exist"), NULL },
    { "strict", 0, 0, G_OPTION_ARG_NONE, &options.strict, N_("Refuse files that end early"), NULL },
    { "json", 0, 0, G_OPTION_ARG_NONE, &options.json, N_("Print a JSON document, no progress"), NULL },
    G_OPTION_ENTRY_NULL,
  };
  int code;
  g_auto(GStrv) files = cli_parse(argc, argv, entries, _("FILE… -o DIR"),
                                  _("Pulls songs apart into stems and writes them as files."), &code);
  if (files == NULL)
    return code;
  if (options.method == NULL)
    options.method = g_strdup("hpss");
  if (options.format == NULL)
    options.format = g_strdup("wav");
  if (files[0] == NULL)
    return cli_usage_error("%s", _("“separate” needs a file"));
  if (options.folder == NULL)
    return cli_usage_error("%s", _("“separate” needs a folder to write to: -o DIR"));
  Choice choice = { 0 };
  if (!choose(&options, &choice) || !choose_sources(&options, &choice) || !names_differ(files))
    return CLI_USAGE;
  return separate_files(files, &options, &choice);
}
