#include "app/cli/separate.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "app/cli/cli.h"
#include "app/cli/separate-batch.h"
#include "core/base/workers.h"
#include "core/mask/wiener.h"
#include "core/session/error.h"
#include "core/session/method-choice.h"
#include "core/session/model-library.h"

void
separate_options_clear(SeparateOptions *options)
{
  g_free(options->folder);
  g_free(options->method);
  g_free(options->model_path);
  g_free(options->stems);
  g_free(options->minus);
  g_strfreev(options->strengths);
  g_strfreev(options->knobs);
  g_free(options->from);
  g_free(options->to);
  g_free(options->shard);
  separate_format_options_clear(&options->format);
}

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

/* The sources of a list such as "drums,bass". */
static SgStatus
choose_stems(const char *list, const SgMethodPlan *plan, bool *out_wanted, SgError *error)
{
  g_auto(GStrv) names = g_strsplit(list, ",", -1);
  if (names[0] == NULL)
    return unknown_source(plan, "", error);
  for (char **name = names; *name != NULL; name++) {
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

static gboolean
choose_range(const char *from, const char *to, SeparateRange *out_range)
{
  *out_range = (SeparateRange){ 0.0, -1.0 };
  if (from != NULL && !separate_parse_time(from, &out_range->from_s)) {
    cli_usage_error(_("--from %s: expected a time such as 90, 1:30 or 1:02:03.5"), from);
    return FALSE;
  }
  if (to != NULL && !separate_parse_time(to, &out_range->to_s)) {
    cli_usage_error(_("--to %s: expected a time such as 90, 1:30 or 1:02:03.5"), to);
    return FALSE;
  }
  if (to != NULL && out_range->to_s <= out_range->from_s) {
    cli_usage_error(_("--to %s: this is not after the start of the range, %s"), to,
                    from != NULL ? from : "0");
    return FALSE;
  }
  return TRUE;
}

static gboolean
is_model_file(const char *name)
{
  return strchr(name, '/') != NULL || g_str_has_suffix(name, ".safetensors");
}

/* A method's name, a model's, or "model:" and a model's name or file. A method goes before a model of its
 * name. */
static gboolean
choose_method(SeparateOptions *options, SeparateOrder *out_order)
{
  const char *name = options->method, *model = g_str_has_prefix(name, "model:") ? name + 6 : NULL;
  g_autoptr(GError) error = NULL;
  if (g_str_equal(name, "model") || (model != NULL && *model == '\0')) {
    cli_usage_error(_("--method %s: expected model:NAME or model:FILE"), name);
    return FALSE;
  }
  out_order->method = sg_method_find(model == NULL ? name : "model");
  if (model != NULL && is_model_file(model))
    options->model_path = g_strdup(model);
  else if (model != NULL || out_order->method == NULL) {
    options->model_path = sg_model_library_dup_path(model != NULL ? model : name, &error);
    out_order->method = sg_method_find("model");
  }
  out_order->model_path = options->model_path;
  if (error == NULL)
    return TRUE;
  if (model != NULL || !g_error_matches(error, SG_ENGINE_ERROR, SG_UNKNOWN_METHOD))
    cli_usage_error("%s", error->message);
  else
    cli_usage_error(_("there is no method “%s”; “stemglass-cli methods” lists them"), name);
  return FALSE;
}

/* Says what is wrong and returns FALSE when the options cannot be followed. */
static gboolean
choose(SeparateOptions *options, SeparateOrder *out_order)
{
  if (!choose_method(options, out_order))
    return FALSE;
  if (!separate_format_choose(&options->format, &out_order->format))
    return FALSE;
  if (options->n_threads < 0 || options->n_threads > 256) {
    cli_usage_error(_("--threads %d: expected 0 (one a processor) to 256"), options->n_threads);
    return FALSE;
  }
  if (options->wiener_iterations < 0 || options->wiener_iterations > SG_WIENER_MAX_ITERATIONS) {
    cli_usage_error(_("--wiener %d: expected 0 (none) to %d"), options->wiener_iterations,
                    SG_WIENER_MAX_ITERATIONS);
    return FALSE;
  }
  if (options->n_jobs < 1 || options->n_jobs > 64) {
    cli_usage_error(_("--jobs %d: expected 1 to 64 songs at once"), options->n_jobs);
    return FALSE;
  }
  if (options->shard != NULL &&
      !separate_parse_shard(options->shard, &out_order->shard_index, &out_order->n_shards)) {
    cli_usage_error(_("--shard %s: expected I/N, part I of N, such as 1/8"), options->shard);
    return FALSE;
  }
  if (options->overwrite && options->skip_existing) {
    cli_usage_error("%s", _("--overwrite and --skip-existing exclude each other"));
    return FALSE;
  }
  out_order->wiener_iterations = (unsigned)options->wiener_iterations;
  out_order->convert = options->format.convert;
  out_order->folder = options->folder;
  out_order->overwrite = options->overwrite;
  out_order->skip_existing = options->skip_existing;
  out_order->strict = options->strict;
  out_order->json = options->json;
  return choose_range(options->from, options->to, &out_order->range);
}

/* The method's knobs, and the stems and strengths that it then gives; says what is wrong and returns the exit
 * code: a model file that cannot be used is no wrong usage. */
static int
choose_sources(const SeparateOptions *options, SeparateOrder *order)
{
  SgError error;
  SgMethod *method = NULL;
  SgStatus status = cli_choose_knobs(options->knobs, order->method, order->knobs, &error);
  if (status == SG_OK)
    status = cli_make_method(order->method, order->knobs, order->model_path, &method, &error);
  if (status != SG_OK)
    return cli_fail(&error, options->json);
  const SgMethodPlan *plan = order->method->plan(method);
  if (options->stems != NULL)
    status = choose_stems(options->stems, plan, order->wanted, &error);
  /* What is left without some stems comes alone, unless stems are asked for too. */
  for (gsize j = 0; j < plan->n_sources && options->stems == NULL; j++)
    order->wanted[j] = options->minus == NULL;
  order->has_minus = options->minus != NULL;
  if (status == SG_OK && order->has_minus)
    status = choose_stems(options->minus, plan, order->minus, &error);
  if (status == SG_OK)
    status = choose_strengths(options->strengths, plan, &order->settings, &error);
  order->method->free(method);
  return status == SG_OK ? CLI_DONE : cli_fail(&error, options->json);
}

static int
separate_files(char **files, const SeparateOptions *options, SeparateOrder *order)
{
  if (options->recursive && separate_inputs_hold_output(files, options->folder))
    return CLI_USAGE;
  g_autoptr(GPtrArray) inputs = separate_inputs_new(files, options->recursive, options->folder);
  if (!separate_inputs_differ(inputs))
    return CLI_USAGE;
  if (order->n_shards > 0)
    separate_inputs_keep_shard(inputs, order->shard_index, order->n_shards);
  g_autofree char *opening = g_strdup_printf("{\n\"method\": \"%s\",\n\"tracks\": [\n", order->method->id);
  SeparateBatch batch = { .inputs = inputs,
                          .n_jobs = (guint)options->n_jobs,
                          .n_threads =
                              options->n_threads > 0 ? (guint)options->n_threads : sg_workers_default_count(),
                          .json = options->json,
                          .json_opening = opening,
                          .separate = separate_song,
                          .user = order };
  return separate_batch_run(&batch);
}

GStrv
separate_parse(int argc, char **argv, SeparateOptions *options, SeparateOrder *out_order, int *out_code)
{
  const GOptionEntry entries[] = {
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &options->folder,
      N_("Write the stems to DIR/TRACK/STEM.EXT (needed)"), N_("DIR") },
    { "method", 'm', 0, G_OPTION_ARG_STRING, &options->method,
      N_("How to separate; “stemglass-cli methods” lists the choices (normally four-stems); model:FILE for a "
         "network in a file"),
      N_("METHOD") },
    { "stems", 's', 0, G_OPTION_ARG_STRING, &options->stems,
      N_("Write only these stems, for example drums,bass"), N_("LIST") },
    { "minus", 0, 0, G_OPTION_ARG_STRING, &options->minus,
      N_("Write the song without these stems, as minus-LIST.EXT, instead of stems"), N_("LIST") },
    { "strength", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options->strengths,
      N_("How hard a source is pulled apart: 1 natural, more harder, less softer (may be repeated)"),
      N_("SOURCE=NUMBER") },
    { "knob", 'k', 0, G_OPTION_ARG_STRING_ARRAY, &options->knobs,
      N_("A setting of the method, as “stemglass-cli methods” lists them (may be repeated)"),
      N_("NAME=VALUE") },
    { "wiener", 0, 0, G_OPTION_ARG_INT, &options->wiener_iterations,
      N_("Sharpen the stems by N rounds of multichannel Wiener filtering (normally 0; 1 or 2 are usual)"),
      N_("N") },
    { "from", 0, 0, G_OPTION_ARG_STRING, &options->from,
      N_("Write only what is after this time: 90, 1:30 or 1:02:03.5"), N_("TIME") },
    { "to", 0, 0, G_OPTION_ARG_STRING, &options->to, N_("Write only what is before this time"), N_("TIME") },
    { "format", 'f', 0, G_OPTION_ARG_STRING, &options->format.format,
      N_("wav, flac, ogg, opus, mp3 or stem.mp4 (normally wav)"), N_("FORMAT") },
    { "bits", 'b', 0, G_OPTION_ARG_STRING, &options->format.bits,
      N_("16, 24 or 32f (normally 32f for wav, 24 for flac)"), N_("BITS") },
    { "quality", 'q', 0, G_OPTION_ARG_DOUBLE, &options->format.quality,
      N_("Of ogg, opus, mp3 and stem.mp4: 1 (small) to 10 (best), normally 7"), N_("NUMBER") },
    { "rate", 0, 0, G_OPTION_ARG_INT, &options->format.rate_hz, N_("Convert to this sample rate"), N_("HZ") },
    { "convert", 0, 0, G_OPTION_ARG_NONE, &options->format.convert,
      N_("Convert rate and channels where the format cannot hold the song's"), NULL },
    { "common-gain", 0, 0, G_OPTION_ARG_NONE, &options->format.common_gain,
      N_("Lower all stems alike when one is over full scale (renders twice)"), NULL },
    { "no-dither", 0, 0, G_OPTION_ARG_NONE, &options->format.no_dither, N_("Do not dither 16 bits"), NULL },
    { "recursive", 'r', 0, G_OPTION_ARG_NONE, &options->recursive,
      N_("Of folders take also the folders below; their names appear below DIR too"), NULL },
    { "jobs", 'j', 0, G_OPTION_ARG_INT, &options->n_jobs, N_("Songs to separate at once (normally 1)"),
      N_("N") },
    { "threads", 0, 0, G_OPTION_ARG_INT, &options->n_threads,
      N_("Worker threads of all songs together (normally one a processor)"), N_("N") },
    { "shard", 0, 0, G_OPTION_ARG_STRING, &options->shard,
      N_("Do only part I of N of the songs, for several machines"), N_("I/N") },
    { "overwrite", 0, 0, G_OPTION_ARG_NONE, &options->overwrite, N_("Replace files that exist"), NULL },
    { "skip-existing", 0, 0, G_OPTION_ARG_NONE, &options->skip_existing,
      N_("Leave files that exist and write what is missing"), NULL },
    { "strict", 0, 0, G_OPTION_ARG_NONE, &options->strict, N_("Refuse files that end early"), NULL },
    { "json", 0, 0, G_OPTION_ARG_NONE, &options->json, N_("Print a JSON document, no progress"), NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_auto(GStrv) files =
      cli_parse(argc, argv, entries, _("FILE… -o DIR"),
                _("Pulls songs apart into stems and writes them as files.\n\n"
                  "Stems of wav with 32f sum to the song to −140 dBFS, those of 24 bits to −120 dBFS "
                  "while none is over full scale; 16 bits and the formats that lose (ogg, opus, "
                  "mp3, stem.mp4) cannot hold that."),
                out_code);
  if (files == NULL)
    return NULL;
  *out_code = CLI_USAGE;
  if (options->method == NULL)
    options->method = g_strdup(sg_method_choice_standard_id());
  if (files[0] == NULL)
    cli_usage_error("%s", _("“separate” needs a file or a folder"));
  else if (options->folder == NULL)
    cli_usage_error("%s", _("“separate” needs a folder to write to: -o DIR"));
  else if (choose(options, out_order) && (*out_code = choose_sources(options, out_order)) == CLI_DONE)
    return g_steal_pointer(&files);
  return NULL;
}

int
cli_separate(int argc, char **argv)
{
  g_auto(SeparateOptions) options = SEPARATE_OPTIONS_USUAL;
  SeparateOrder order = { 0 };
  int code;
  g_auto(GStrv) files = separate_parse(argc, argv, &options, &order, &code);
  return files != NULL ? separate_files(files, &options, &order) : code;
}
