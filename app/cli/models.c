#include <glib/gi18n.h>
#include <stdio.h>

#include "app/cli/cli.h"
#include "core/session/data-folder.h"
#include "core/session/display-name.h"
#include "core/session/model-library.h"

static void
set_text_or_null(SgJson *json, const char *name, const char *text)
{
  if (text != NULL)
    sg_json_set_text(json, name, text);
}

static SgJson *
describe_as_json(const SgModelEntry *entry)
{
  SgJson *json = sg_json_object_new(), *sources = sg_json_array_new();
  for (char **source = entry->sources; source != NULL && *source != NULL; source++)
    sg_json_append_text(sources, *source);
  sg_json_set_text(json, "name", entry->name);
  sg_json_set_text(json, "file", entry->path);
  sg_json_set_integer(json, "bytes", (int64_t)entry->n_bytes);
  sg_json_set_bool(json, "usable", entry->fault == NULL);
  set_text_or_null(json, "fault", entry->fault);
  set_text_or_null(json, "net", entry->net);
  if (entry->rate_hz > 0) {
    sg_json_set_integer(json, "rate", entry->rate_hz);
    sg_json_set_integer(json, "channels", entry->n_channels);
  }
  sg_json_set(json, "sources", sources);
  set_text_or_null(json, "licence", entry->licence);
  set_text_or_null(json, "scores", entry->scores);
  return json;
}

static void
describe_as_text(const SgModelEntry *entry)
{
  g_autofree char *path = sg_dup_display_name(entry->path), *size = g_format_size(entry->n_bytes);
  printf("%s: %s\n  %s, %s", entry->name, entry->net != NULL ? entry->net : _("network"), path, size);
  if (entry->rate_hz > 0)
    printf(_(", %u Hz, %u channels"), entry->rate_hz, entry->n_channels);
  putchar('\n');
  if (entry->sources != NULL) {
    g_autofree char *sources = g_strjoinv(" ", entry->sources);
    printf("  %s %s\n", _("sources:"), sources);
  }
  if (entry->licence != NULL)
    printf("  %s %s\n", _("licence:"), entry->licence);
  if (entry->scores != NULL)
    printf("  %s %s\n", _("scores:"), entry->scores);
  if (entry->fault != NULL)
    printf("  %s %s\n", _("cannot be used:"), entry->fault);
}

int
cli_models(int argc, char **argv)
{
  gboolean json = FALSE;
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, N_("Print a JSON document"), NULL },
    G_OPTION_ENTRY_NULL,
  };
  int code;
  g_auto(GStrv) rest = cli_parse(
      argc, argv, entries, NULL,
      _("Lists the trained networks in the model folders; “separate --method NAME” takes them."), &code);
  if (rest == NULL)
    return code;
  if (rest[0] != NULL)
    return cli_usage_error(_("“models” takes no arguments, got “%s”"), rest[0]);

  g_autoptr(GPtrArray) library = sg_model_library_new();
  SgJson *list = sg_json_array_new();
  for (guint i = 0; i < library->len; i++)
    if (json)
      sg_json_append(list, describe_as_json(library->pdata[i]));
    else
      describe_as_text(library->pdata[i]);
  if (json) {
    SgJson *document = sg_json_object_new();
    sg_json_set(document, "models", list);
    return cli_print_json(document);
  }
  sg_json_free(list);
  if (library->len == 0) {
    g_autofree char *ours = sg_data_dup_path("models"), *users = sg_data_dup_user_path("models");
    fprintf(stderr, _("stemglass-cli: there are no models in “%s” and “%s”\n"), ours, users);
  }
  return CLI_DONE;
}
