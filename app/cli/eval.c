#include "app/cli/eval.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

#include "app/cli/cli.h"
#include "app/cli/terminal.h"
#include "core/plot/figure.h"
#include "core/session/error.h"

/* The options as they are given. */
typedef struct {
  char *references, *mixture, *measure, *plot, *plot_time, *theme;
  char **estimates, **groups, **tracks;
  int n_threads, n_jobs;
  gint64 trim;
  gboolean oracles, json, csv, strict, overwrite;
} Given;

static void
given_clear(Given *given)
{
  g_free(given->references);
  g_free(given->mixture);
  g_free(given->measure);
  g_free(given->plot);
  g_free(given->plot_time);
  g_free(given->theme);
  g_strfreev(given->estimates);
  g_strfreev(given->groups);
  g_strfreev(given->tracks);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Given, given_clear)

static void
system_free(gpointer data)
{
  EvalSystem *system = data;
  g_free(system->name);
  g_free(system->folder);
  g_free(system);
}

static void
group_free(gpointer data)
{
  EvalGroup *group = data;
  g_free(group->name);
  g_strfreev(group->parts);
  g_free(group);
}

static void
eval_clear(Eval *eval)
{
  for (guint t = 0; eval->tracks != NULL && t < eval->tracks->len; t++)
    eval_track_clear_results(eval->tracks->pdata[t], eval->n_rows);
  g_clear_pointer(&eval->tracks, g_ptr_array_unref);
  g_clear_pointer(&eval->folders, g_ptr_array_unref);
  g_clear_pointer(&eval->sources, g_ptr_array_unref);
  g_clear_pointer(&eval->warnings, g_ptr_array_unref);
  g_clear_pointer(&eval->rows, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Eval, eval_clear)

static gboolean
choose_measures(const char *list, guint32 *out_measures)
{
  static const struct {
    const char *id;
    guint32 measures;
  } known[] = { { "bss4", SG_MEASURE_BSS4 },
                { "bss3", SG_MEASURE_BSS3 },
                { "si-sdr", SG_MEASURE_SI_SDR },
                { "mdx", SG_MEASURE_MDX },
                { "all", SG_MEASURE_BSS4 | SG_MEASURE_BSS3 | SG_MEASURE_SI_SDR | SG_MEASURE_MDX } };
  g_auto(GStrv) ids = g_strsplit(list != NULL ? list : "bss4", ",", -1);
  *out_measures = 0;
  for (char **id = ids; *id != NULL; id++) {
    gsize i = 0;
    while (i < G_N_ELEMENTS(known) && !g_str_equal(known[i].id, *id))
      i++;
    if (i == G_N_ELEMENTS(known)) {
      cli_usage_error(_("--measure %s: expected bss4, bss3, si-sdr, mdx or all"), *id);
      return FALSE;
    }
    *out_measures |= known[i].measures;
  }
  if (*out_measures == 0)
    cli_usage_error(_("--measure %s: expected bss4, bss3, si-sdr, mdx or all"), "");
  return *out_measures != 0;
}

/* NAME=DIR, or DIR, which then is its own name. A folder may have "=" in its name where one of that name
 * exists. */
static EvalSystem *
system_new(const char *text)
{
  EvalSystem *system = g_new0(EvalSystem, 1);
  const char *equals = strchr(text, '=');
  if (equals != NULL && equals != text && !g_file_test(text, G_FILE_TEST_IS_DIR)) {
    g_autofree char *name = g_strndup(text, (gsize)(equals - text));
    system->name = g_filename_display_name(name);
    system->folder = g_strdup(equals + 1);
  } else {
    g_autofree char *whole = g_canonicalize_filename(text, NULL);
    system->name = g_filename_display_basename(whole);
    system->folder = g_strdup(text);
  }
  return system;
}

static gboolean
choose_systems(char **estimates, GPtrArray *systems)
{
  for (char **text = estimates; text != NULL && *text != NULL; text++) {
    EvalSystem *system = system_new(*text);
    g_ptr_array_add(systems, system);
    for (guint i = 0; i + 1 < systems->len; i++)
      if (g_str_equal(((const EvalSystem *)systems->pdata[i])->name, system->name)) {
        cli_usage_error(_("--estimates: two have the name “%s”; name them by NAME=DIR"), system->name);
        return FALSE;
      }
  }
  return TRUE;
}

static gboolean
choose_groups(char **texts, GPtrArray *groups)
{
  for (char **text = texts; text != NULL && *text != NULL; text++) {
    const char *equals = strchr(*text, '=');
    if (equals == NULL || equals == *text || equals[1] == '\0') {
      cli_usage_error(_("--group %s: expected NAME=SOURCE,SOURCE…"), *text);
      return FALSE;
    }
    EvalGroup *group = g_new0(EvalGroup, 1);
    group->name = g_strndup(*text, (gsize)(equals - *text));
    group->parts = g_strsplit(equals + 1, ",", -1);
    g_ptr_array_add(groups, group);
  }
  return TRUE;
}

static gboolean
check_plot(const char *option, const char *path)
{
  SgFigureFormat format;
  if (path == NULL || sg_figure_format_find(path, &format))
    return TRUE;
  g_autofree char *name = g_filename_display_name(path);
  cli_usage_error(_("%s %s: the file's ending has to be .png, .svg or .pdf"), option, name);
  return FALSE;
}

static gboolean
check_numbers(const Given *given)
{
  if (given->n_threads < 0 || given->n_threads > 256) {
    cli_usage_error(_("--threads %d: expected 0 (one a processor) to 256"), given->n_threads);
    return FALSE;
  }
  if (given->n_jobs < 0 || given->n_jobs > 256) {
    cli_usage_error(_("--jobs %d: expected 1 to 256"), given->n_jobs);
    return FALSE;
  }
  if (given->trim < 0) {
    cli_usage_error(_("--trim %lld: expected a number of samples, 0 or more"), (long long)given->trim);
    return FALSE;
  }
  return TRUE;
}

static gboolean
check_combinations(const Given *given, guint32 measures)
{
  if (given->json && given->csv) {
    cli_usage_error("%s", _("--json and --csv both take standard output; choose one"));
    return FALSE;
  }
  if (given->plot_time != NULL && (measures & SG_MEASURE_BSS4) == 0) {
    cli_usage_error("%s", _("--plot-time draws the windows of bss4, which --measure leaves out"));
    return FALSE;
  }
  if (given->plot != NULL && g_strcmp0(given->plot, given->plot_time) == 0) {
    cli_usage_error("%s", _("--plot and --plot-time name the same file"));
    return FALSE;
  }
  return TRUE;
}

/* Says what is wrong and returns FALSE when the options cannot be followed. */
static gboolean
choose(const Given *given, EvalOptions *options)
{
  if (given->theme != NULL && !sg_theme_find(given->theme, &options->theme)) {
    cli_usage_error(_("--theme %s: expected light or dark"), given->theme);
    return FALSE;
  }
  options->references = given->references;
  options->mixture = given->mixture;
  options->tracks = given->tracks;
  options->oracles = given->oracles;
  options->strict = given->strict;
  options->overwrite = given->overwrite;
  options->json = given->json;
  options->csv = given->csv;
  options->trim = given->trim;
  options->n_threads = (guint)given->n_threads;
  options->n_jobs = (guint)given->n_jobs;
  options->plot = given->plot;
  options->plot_time = given->plot_time;
  return check_numbers(given) && choose_measures(given->measure, &options->measures) &&
         choose_systems(given->estimates, options->systems) &&
         choose_groups(given->groups, options->groups) && check_plot("--plot", given->plot) &&
         check_plot("--plot-time", given->plot_time) && check_combinations(given, options->measures);
}

static void
make_rows(Eval *eval)
{
  const EvalOptions *options = eval->options;
  eval->rows = g_new0(EvalRow, options->systems->len + SG_N_ORACLES);
  for (guint s = 0; s < options->systems->len; s++)
    eval->rows[eval->n_rows++] = (EvalRow){ .name = ((const EvalSystem *)options->systems->pdata[s])->name };
  for (int i = 0; options->oracles && i < SG_N_ORACLES; i++)
    eval->rows[eval->n_rows++] =
        (EvalRow){ .name = sg_oracle_id((SgOracle)i), .is_oracle = TRUE, .oracle = (SgOracle)i };
}

/* Says what went wrong as cli_fail does. */
static int
fail(const GError *error, gboolean json)
{
  fprintf(stderr, "stemglass-cli: %s\n", error->message);
  if (json) {
    SgJson *document = sg_json_object_new();
    sg_json_set(document, "error", eval_error_json(error));
    cli_print_json(document);
  }
  if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return CLI_INTERRUPTED;
  return g_error_matches(error, SG_ENGINE_ERROR, SG_BAD_ARGUMENT) ? CLI_USAGE : CLI_FAILED;
}

static void
print_warnings(const GPtrArray *warnings)
{
  for (guint i = 0; i < warnings->len; i++)
    fprintf(stderr, "stemglass-cli: %s\n", (const char *)warnings->pdata[i]);
}

/* Tells of the tracks that failed; returns how many were scored. */
static guint
report_tracks(const Eval *eval)
{
  guint n_scored = 0;
  for (guint t = 0; t < eval->tracks->len; t++) {
    const EvalTrack *track = eval->tracks->pdata[t];
    print_warnings(track->warnings);
    if (track->error != NULL)
      fprintf(stderr, "stemglass-cli: %s\n", track->error->message);
    n_scored += track->error == NULL;
  }
  return n_scored;
}

static int
tell(const Eval *eval, guint n_scored)
{
  g_autoptr(GError) error = NULL;
  int code = n_scored == eval->tracks->len ? CLI_DONE : CLI_FAILED;
  if (n_scored > 0 && !eval_write_plots(eval, &error))
    code = fail(error, FALSE);
  if (eval->options->json) {
    int printed = eval_print_json(eval);
    return code == CLI_DONE ? printed : code;
  }
  if (eval->options->csv)
    eval_print_csv(eval);
  else if (n_scored > 0)
    eval_print_table(eval);
  return code;
}

static int
evaluate(const EvalOptions *options)
{
  g_auto(Eval) eval = { .options = options, .warnings = g_ptr_array_new_with_free_func(g_free) };
  g_autoptr(GError) error = NULL;
  make_rows(&eval);
  terminal_catch_signals();
  gboolean found = eval_find_tracks(&eval, &error);
  print_warnings(eval.warnings);
  if (!found)
    return fail(error, options->json);
  if (options->mixture != NULL && eval.tracks->len > 1)
    return cli_usage_error(
        _("--mixture is for one track and there are %u; put a file “mixture” into each folder"),
        eval.tracks->len);
  if (!eval_check_plots(&eval, &error) || !eval_run(&eval, &error))
    return fail(error, options->json);
  return tell(&eval, report_tracks(&eval));
}

static const char *
description(void)
{
  return _(
      "DIR holds one sound file for every source, called after it (drums.wav, vocals.flac …), or one such\n"
      "folder for every track. A file called mixture (mixture.wav …) beside the references is the mixture;\n"
      "otherwise it is the file of --mixture or the sum of the references.\n"
      "\n"
      "Measures: bss4 is BSS Eval v4 (museval's definition: windows of 1 s, the median over them), bss3 is\n"
      "BSS Eval v3 over the whole track, si-sdr the scale-invariant SDR, mdx the plain SDR over the whole\n"
      "track. Beside every score stand the mixture's own and the best of the mixture, silence and the\n"
      "mixture at its best constant gain; what lies below that is no separation. --oracles adds what the\n"
      "ideal binary mask (ibm), the ideal ratio masks of magnitudes and of powers (irm1, irm2) and the\n"
      "multichannel Wiener filter with the true statistics (mwf) reach.\n"
      "\n"
      "Rates, channels and lengths of the files of a track have to agree. Exit codes: 0 done, 1 failed,\n"
      "2 wrong usage, 130 interrupted.");
}

int
cli_eval(int argc, char **argv)
{
  g_auto(Given) given = { 0 };
  const GOptionEntry entries[] = {
    { "references", 'r', 0, G_OPTION_ARG_FILENAME, &given.references,
      N_("The true sources: files, or a folder of them for every track (needed)"), N_("DIR") },
    { "estimates", 'e', 0, G_OPTION_ARG_FILENAME_ARRAY, &given.estimates,
      N_("The estimated sources, in the same order of folders; repeat it to compare several"),
      N_("[NAME=]DIR") },
    { "mixture", 0, 0, G_OPTION_ARG_FILENAME, &given.mixture,
      N_("The mixture of the one track (normally the file “mixture” beside the references, or their sum)"),
      N_("FILE") },
    { "measure", 'm', 0, G_OPTION_ARG_STRING, &given.measure,
      N_("bss4, bss3, si-sdr, mdx, several with commas, or all (normally bss4)"), N_("MEASURE") },
    { "oracles", 0, 0, G_OPTION_ARG_NONE, &given.oracles, N_("Score the oracles too: ibm, irm1, irm2, mwf"),
      NULL },
    { "group", 0, 0, G_OPTION_ARG_STRING_ARRAY, &given.groups,
      N_("Score the sum of sources in their place, for example rest=bass,vocals,other (may be repeated)"),
      N_("NAME=LIST") },
    { "track", 't', 0, G_OPTION_ARG_FILENAME_ARRAY, &given.tracks, N_("Only this track (may be repeated)"),
      N_("NAME") },
    { "trim", 0, 0, G_OPTION_ARG_INT64, &given.trim,
      N_("Lengths may differ by up to N samples; all are cut to the shortest"), N_("N") },
    { "plot", 'p', 0, G_OPTION_ARG_FILENAME, &given.plot,
      N_("Draw the scores as box plots: of one track over its windows, of several over the tracks"),
      N_("FILE.png|svg|pdf") },
    { "plot-time", 0, 0, G_OPTION_ARG_FILENAME, &given.plot_time, N_("Draw one track's SDR along time"),
      N_("FILE.png|svg|pdf") },
    { "theme", 0, 0, G_OPTION_ARG_STRING, &given.theme, N_("Of the plots: light or dark (normally light)"),
      N_("THEME") },
    { "overwrite", 0, 0, G_OPTION_ARG_NONE, &given.overwrite, N_("Replace plots that exist"), NULL },
    { "jobs", 'j', 0, G_OPTION_ARG_INT, &given.n_jobs, N_("Tracks at a time (normally 1); each takes memory"),
      N_("N") },
    { "threads", 0, 0, G_OPTION_ARG_INT, &given.n_threads, N_("Worker threads (normally one a processor)"),
      N_("N") },
    { "strict", 0, 0, G_OPTION_ARG_NONE, &given.strict, N_("Refuse files that end early"), NULL },
    { "json", 0, 0, G_OPTION_ARG_NONE, &given.json, N_("Print a JSON document, no progress"), NULL },
    { "csv", 0, 0, G_OPTION_ARG_NONE, &given.csv,
      N_("Print a line of comma-separated values for every score"), NULL },
    G_OPTION_ENTRY_NULL,
  };
  int code;
  g_auto(GStrv) rest =
      cli_parse_described(argc, argv, entries, _("-r DIR -e [NAME=]DIR…"),
                          _("Scores estimated sources against the true ones."), description(), &code);
  if (rest == NULL)
    return code;
  if (rest[0] != NULL)
    return cli_usage_error(_("“eval” takes no arguments, got “%s”"), rest[0]);
  if (given.references == NULL)
    return cli_usage_error("%s", _("“eval” needs a folder of true sources: --references DIR"));
  if (given.estimates == NULL && !given.oracles)
    return cli_usage_error("%s", _("“eval” needs something to score: --estimates DIR or --oracles"));
  g_autoptr(GPtrArray) systems = g_ptr_array_new_with_free_func(system_free);
  g_autoptr(GPtrArray) groups = g_ptr_array_new_with_free_func(group_free);
  EvalOptions options = { .systems = systems, .groups = groups };
  return choose(&given, &options) ? evaluate(&options) : CLI_USAGE;
}
