#include <glib/gi18n.h>
#include <stdio.h>

#include "app/cli/cli.h"
#include "core/separate/method.h"
#include "core/session/method-text.h"

SgStatus
cli_make_method(const SgMethodClass *class, const double *knobs, const char *model_path,
                SgMethod **out_method, SgError *error)
{
  SgMethodSetup setup = { .rate_hz = 44100,
                          .n_channels = 2,
                          .n_frames = 44,
                          .stft = sg_stft_size_for_rate(44100),
                          .knobs = knobs,
                          .model_path = model_path };
  return class->create(&setup, out_method, error);
}

static SgJson *
describe_as_json(const SgMethodClass *class, const SgMethodPlan *plan)
{
  SgJson *json = sg_json_object_new(), *sources = sg_json_array_new(), *knobs = sg_json_array_new();
  for (gsize j = 0; j < plan->n_sources; j++)
    sg_json_append_text(sources, plan->sources[j]);
  for (gsize i = 0; i < class->n_knobs; i++) {
    SgJson *knob = sg_json_object_new();
    sg_json_set_text(knob, "name", class->knobs[i].id);
    sg_json_set_number(knob, "minimum", class->knobs[i].minimum);
    sg_json_set_number(knob, "maximum", class->knobs[i].maximum);
    sg_json_set_number(knob, "default", class->knobs[i].standard);
    sg_json_append(knobs, knob);
  }
  sg_json_set_text(json, "name", class->id);
  sg_json_set_text(json, "description", sg_method_sentence(class->id));
  sg_json_set(json, "sources", sources);
  sg_json_set(json, "settings", knobs);
  return json;
}

static void
describe_as_text(const SgMethodClass *class, const SgMethodPlan *plan)
{
  printf("%s: %s\n  %s\n  %s", class->id, sg_method_name(class->id), sg_method_sentence(class->id),
         _("sources:"));
  for (gsize j = 0; j < plan->n_sources; j++)
    printf(" %s", plan->sources[j]);
  putchar('\n');
  for (gsize i = 0; i < class->n_knobs; i++)
    printf(_("  setting %s: %g … %g, normally %g\n"), class->knobs[i].id, class->knobs[i].minimum,
           class->knobs[i].maximum, class->knobs[i].standard);
}

int
cli_methods(int argc, char **argv)
{
  gboolean json = FALSE;
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, N_("Print a JSON document"), NULL },
    G_OPTION_ENTRY_NULL,
  };
  int code;
  g_auto(GStrv) rest = cli_parse(argc, argv, entries, NULL, _("Lists the separation methods."), &code);
  if (rest == NULL)
    return code;
  if (rest[0] != NULL)
    return cli_usage_error(_("“methods” takes no arguments, got “%s”"), rest[0]);

  SgJson *document = sg_json_object_new(), *list = sg_json_array_new();
  for (const SgMethodClass *const *class = sg_methods(); *class != NULL; class ++) {
    SgMethod *method;
    if (cli_make_method(*class, NULL, NULL, &method, NULL) != SG_OK)
      continue;
    if (json)
      sg_json_append(list, describe_as_json(*class, (*class)->plan(method)));
    else
      describe_as_text(*class, (*class)->plan(method));
    (*class)->free(method);
  }
  sg_json_set(document, "methods", list);
  if (json)
    return cli_print_json(document);
  sg_json_free(document);
  return CLI_DONE;
}
