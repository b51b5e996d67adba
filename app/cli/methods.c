#include <glib/gi18n.h>
#include <stdio.h>

#include "app/cli/cli.h"
#include "core/nn/model-file.h"
#include "core/separate/method.h"
#include "core/session/method-text.h"
#include "core/session/model-library.h"

SgStatus
cli_make_method(const SgMethodClass *class, const double *knobs, const char *model_path,
                SgMethod **out_method, SgError *error)
{
  /* Networks on waveforms know one rate only. */
  guint32 rate_hz = 44100;
  SgModel *model = NULL;
  if (model_path != NULL && sg_model_open(model_path, &model, NULL) == SG_OK)
    rate_hz = sg_model_facts(model)->rate_hz;
  sg_model_free(model);
  SgMethodSetup setup = { .rate_hz = rate_hz,
                          .n_channels = 2,
                          .n_frames = 44,
                          .stft = sg_stft_size_for_rate(rate_hz),
                          .knobs = knobs,
                          .model_path = model_path };
  return class->create(&setup, out_method, error);
}

static SgJson *
describe_knob_as_json(const SgMethodClass *class, const SgMethodKnob *knob)
{
  SgJson *json = sg_json_object_new();
  sg_json_set_text(json, "name", knob->id);
  sg_json_set_text(json, "description", sg_knob_sentence(class->id, knob->id));
  sg_json_set_number(json, "minimum", knob->minimum);
  sg_json_set_number(json, "maximum", knob->maximum);
  sg_json_set_number(json, "default", knob->standard);
  if (knob->step != 0.0)
    sg_json_set_number(json, "step", knob->step);
  if (knob->unit != NULL)
    sg_json_set_text(json, "unit", knob->unit);
  if (knob->choices != NULL) {
    SgJson *choices = sg_json_array_new();
    for (int i = 0; i <= (int)(knob->maximum - knob->minimum); i++)
      sg_json_append_text(choices, knob->choices[i]);
    sg_json_set(json, "choices", choices);
  }
  return json;
}

static SgJson *
describe_as_json(const SgMethodClass *class, const SgMethodPlan *plan)
{
  SgJson *json = sg_json_object_new(), *sources = sg_json_array_new(), *knobs = sg_json_array_new();
  for (gsize j = 0; j < plan->n_sources; j++)
    sg_json_append_text(sources, plan->sources[j]);
  for (gsize i = 0; i < class->n_knobs; i++)
    sg_json_append(knobs, describe_knob_as_json(class, &class->knobs[i]));
  sg_json_set_text(json, "name", class->id);
  sg_json_set_text(json, "description", sg_method_sentence(class->id));
  sg_json_set(json, "sources", sources);
  sg_json_set(json, "settings", knobs);
  return json;
}

static void
describe_knob_as_text(const SgMethodClass *class, const SgMethodKnob *knob)
{
  const char *sentence = sg_knob_sentence(class->id, knob->id);
  if (knob->choices != NULL) {
    printf(_("  setting %s:"), knob->id);
    for (int i = 0; i <= (int)(knob->maximum - knob->minimum); i++)
      printf(" %s", knob->choices[i]);
    printf(_(", normally %s. %s\n"), knob->choices[(int)(knob->standard - knob->minimum)], sentence);
    return;
  }
  const char *unit = knob->unit != NULL ? sg_unit_name(knob->unit) : "";
  printf(_("  setting %s: %g … %g%s%s, normally %g. %s\n"), knob->id, knob->minimum, knob->maximum,
         *unit != '\0' ? " " : "", unit, knob->standard, sentence);
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
    describe_knob_as_text(class, &class->knobs[i]);
}

/* Of a model of the library; all but those that come with the program have the same. */
static const char *
model_sentence(const char *name)
{
  g_autofree char *id = g_strconcat("model:", name, NULL);
  const char *sentence = sg_method_sentence(id);
  return *sentence != '\0' ? sentence : sg_method_sentence("model");
}

/* The models that can be used are methods too. */
static void
describe_models(gboolean json, SgJson *list)
{
  g_autoptr(GPtrArray) library = sg_model_library_new();
  const SgMethodClass *class = sg_method_find("model");
  for (guint i = 0; i < library->len; i++) {
    const SgModelEntry *entry = library->pdata[i];
    if (entry->fault != NULL)
      continue;
    g_autofree char *sources = g_strjoinv(" ", entry->sources);
    /* A method goes before a model of its name. */
    g_autofree char *name =
        g_strconcat(sg_method_find(entry->name) != NULL ? "model:" : "", entry->name, NULL);
    if (!json) {
      printf("%s: %s\n  %s\n  %s %s\n", name, sg_method_name("model"), model_sentence(entry->name),
             _("sources:"), sources);
      for (gsize k = 0; k < class->n_knobs; k++)
        describe_knob_as_text(class, &class->knobs[k]);
      continue;
    }
    SgJson *object = sg_json_object_new(), *names = sg_json_array_new(), *knobs = sg_json_array_new();
    for (gsize k = 0; k < class->n_knobs; k++)
      sg_json_append(knobs, describe_knob_as_json(class, &class->knobs[k]));
    for (char **source = entry->sources; *source != NULL; source++)
      sg_json_append_text(names, *source);
    sg_json_set_text(object, "name", name);
    sg_json_set_text(object, "description", model_sentence(entry->name));
    sg_json_set_text(object, "model", entry->path);
    sg_json_set(object, "sources", names);
    sg_json_set(object, "settings", knobs);
    sg_json_append(list, object);
  }
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
  describe_models(json, list);
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
