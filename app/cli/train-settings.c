#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

#include "app/cli/cli.h"
#include "app/cli/train.h"
#include "core/session/recipe.h"

void
train_options_clear(TrainOptions *options)
{
  g_free(options->recipe);
  g_free(options->net);
  g_free(options->output);
  g_free(options->curves);
  g_free(options->plot);
  g_free(options->cache);
  g_strfreev(options->datasets);
  g_strfreev(options->targets);
}

static void
set_list(SgJson *json, const char *name, char **texts, gboolean folders)
{
  SgJson *list = sg_json_array_new();
  for (char **text = texts; *text != NULL; text++) {
    SgJson *folder = sg_json_object_new();
    sg_json_set_text(folder, "folder", *text);
    if (folders) {
      sg_json_append(list, folder);
    } else {
      sg_json_free(folder);
      sg_json_append_text(list, *text);
    }
  }
  sg_json_set(json, name, list);
}

static void
apply_options(const TrainOptions *options, SgJson *json)
{
  if (options->net != NULL)
    sg_json_set_text(json, "net", options->net);
  if (options->datasets != NULL)
    set_list(json, "datasets", options->datasets, TRUE);
  if (options->targets != NULL)
    set_list(json, "targets", options->targets, FALSE);
  if (options->minutes > 0.0)
    sg_json_set_number(json, "minutes", options->minutes);
  if (options->n_steps > 0)
    sg_json_set_integer(json, "steps", options->n_steps);
  if (options->n_threads > 0)
    sg_json_set_integer(json, "threads", options->n_threads);
  if (options->seed >= 0)
    sg_json_set_integer(json, "seed", options->seed);
  if (options->skip_bad)
    sg_json_set_bool(json, "skip_bad", true);
}

/* Puts the entries of `from` over those of `to`. A number of steps goes before a time, so --minutes leaves
 * it out. */
static void
merge(const TrainOptions *options, const SgJson *from, SgJson *to)
{
  const SgJsonValue *settings = sg_json_root(from);
  for (const char *name = sg_json_next_name(settings, NULL); name != NULL;
       name = sg_json_next_name(settings, name))
    if (options->minutes <= 0.0 || strcmp(name, "steps") != 0)
      sg_json_set(to, name, sg_json_share(sg_json_get(settings, name)));
}

SgJson *
train_settings_new(const TrainOptions *options, const char *path, GError **error)
{
  SgJson *recipe = NULL, *file = NULL, *json = NULL;
  if (options->recipe != NULL && (recipe = sg_recipe_read(options->recipe, error)) == NULL)
    return NULL;
  if (path == NULL || (file = sg_settings_file_read(path, error)) != NULL) {
    json = sg_json_object_new();
    if (recipe != NULL)
      merge(options, recipe, json);
    if (file != NULL)
      merge(options, file, json);
    apply_options(options, json);
  }
  sg_json_free(recipe);
  sg_json_free(file);
  return json;
}

static SgJson *
texts_json(GStrv texts)
{
  SgJson *list = sg_json_array_new();
  for (char **text = texts; text != NULL && *text != NULL; text++)
    sg_json_append_text(list, *text);
  return list;
}

static SgJson *
describe_as_json(const SgRecipe *recipe)
{
  SgJson *json = sg_json_object_new();
  sg_json_set_text(json, "name", recipe->name);
  sg_json_set_text(json, "file", recipe->path);
  if (recipe->fault != NULL)
    sg_json_set_text(json, "fault", recipe->fault);
  if (recipe->net != NULL)
    sg_json_set_text(json, "net", recipe->net);
  if (recipe->paper != NULL)
    sg_json_set_text(json, "paper", recipe->paper);
  sg_json_set(json, "from_paper", texts_json(recipe->from_paper));
  sg_json_set(json, "ours", texts_json(recipe->ours));
  return json;
}

static void
print_texts(const char *heading, GStrv texts)
{
  if (texts == NULL || *texts == NULL)
    return;
  printf("  %s\n", heading);
  for (char **text = texts; *text != NULL; text++)
    printf("    %s\n", *text);
}

static void
describe_as_text(const SgRecipe *recipe)
{
  printf("%s: %s\n", recipe->name, recipe->net != NULL ? recipe->net : "");
  if (recipe->fault != NULL)
    printf("  %s %s\n", _("cannot be used:"), recipe->fault);
  if (recipe->paper != NULL)
    printf("  %s\n", recipe->paper);
  print_texts(_("from the paper:"), recipe->from_paper);
  print_texts(_("chosen here:"), recipe->ours);
}

int
train_list_recipes(gboolean json)
{
  g_autoptr(GPtrArray) recipes = sg_recipes_new();
  SgJson *document = sg_json_object_new(), *list = sg_json_array_new();
  for (guint i = 0; i < recipes->len; i++)
    if (json)
      sg_json_append(list, describe_as_json(recipes->pdata[i]));
    else
      describe_as_text(recipes->pdata[i]);
  sg_json_set(document, "recipes", list);
  if (json)
    return cli_print_json(document);
  sg_json_free(document);
  return CLI_DONE;
}
