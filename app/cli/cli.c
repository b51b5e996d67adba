#include "app/cli/cli.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/session/error.h"

/* GLib leaves the "--" in, behind which arguments may begin with a dash. */
static void
drop_separator(GStrv arguments)
{
  while (*arguments != NULL && !g_str_equal(*arguments, "--"))
    arguments++;
  g_free(*arguments);
  for (; *arguments != NULL; arguments++)
    *arguments = arguments[1];
}

GStrv
cli_parse(int argc, char **argv, const GOptionEntry *entries, const char *parameters, const char *summary,
          int *out_code)
{
  return cli_parse_described(argc, argv, entries, parameters, summary, NULL, out_code);
}

GStrv
cli_parse_described(int argc, char **argv, const GOptionEntry *entries, const char *parameters,
                    const char *summary, const char *description, int *out_code)
{
  g_autoptr(GOptionContext) context = g_option_context_new(parameters);
  g_autoptr(GError) error = NULL;
  g_autofree char *program = g_strconcat("stemglass-cli ", argv[0], NULL);
  g_option_context_set_summary(context, summary);
  g_option_context_set_description(context, description);
  g_option_context_add_main_entries(context, entries, NULL);
  g_option_context_set_help_enabled(context, FALSE);
  gboolean help = FALSE;
  const GOptionEntry help_entry[] = {
    { "help", 'h', 0, G_OPTION_ARG_NONE, &help, N_("Show this help"), NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_option_context_add_main_entries(context, help_entry, NULL);
  g_set_prgname(program);

  g_auto(GStrv) arguments = g_new0(char *, (gsize)argc + 1);
  for (int i = 0; i < argc; i++)
    arguments[i] = g_strdup(argv[i]);
  if (!g_option_context_parse_strv(context, &arguments, &error)) {
    *out_code = cli_usage_error("%s", error->message);
    return NULL;
  }
  if (help) {
    g_autofree char *text = g_option_context_get_help(context, TRUE, NULL);
    fputs(text, stdout);
    *out_code = CLI_DONE;
    return NULL;
  }
  GStrv rest = g_strdupv(arguments + 1);
  drop_separator(rest);
  return rest;
}

int
cli_usage_error(const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  g_autofree char *sentence = g_strdup_vprintf(format, arguments);
  va_end(arguments);
  fprintf(stderr, "stemglass-cli: %s\n%s\n", sentence, _("Try “stemglass-cli --help”."));
  return CLI_USAGE;
}

SgJson *
cli_error_json(const SgError *error)
{
  g_autofree char *sentence = sg_error_dup_sentence(error);
  SgJson *json = sg_json_object_new(), *details = sg_json_object_new();
  sg_json_set_text(details, "status", sg_status_id(error->status));
  sg_json_set_text(details, "file", error->path);
  sg_json_set_text(details, "message", sentence);
  sg_json_set(json, "error", details);
  return json;
}

int
cli_code(SgStatus status)
{
  switch (status) {
  case SG_CANCELLED:
    return CLI_INTERRUPTED;
  case SG_UNKNOWN_METHOD:
  case SG_UNKNOWN_SOURCE:
  case SG_BAD_ARGUMENT:
    return CLI_USAGE;
  default:
    return CLI_FAILED;
  }
}

int
cli_fail(const SgError *error, gboolean json)
{
  g_autofree char *sentence = sg_error_dup_sentence(error);
  fprintf(stderr, "stemglass-cli: %s\n", sentence);
  if (json)
    cli_print_json(cli_error_json(error));
  return cli_code(error->status);
}

int
cli_print_json(SgJson *json)
{
  char *text = sg_json_dup_text(json, true);
  sg_json_free(json);
  if (text == NULL) {
    SgError error;
    sg_error_set(&error, SG_NO_MEMORY, NULL, NULL);
    return cli_fail(&error, FALSE);
  }
  puts(text);
  free(text);
  return CLI_DONE;
}
