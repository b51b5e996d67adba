#include "core/session/recipe.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "core/session/data-folder.h"
#include "core/session/error.h"

#define ENDING ".json"

void
sg_recipe_free(SgRecipe *recipe)
{
  if (recipe == NULL)
    return;
  g_free(recipe->name);
  g_free(recipe->path);
  g_free(recipe->fault);
  g_free(recipe->net);
  g_free(recipe->paper);
  g_strfreev(recipe->from_paper);
  g_strfreev(recipe->ours);
  g_free(recipe);
}

SgJson *
sg_settings_file_read(const char *path, GError **error)
{
  g_autofree char *text = NULL;
  gsize n = 0;
  g_autoptr(GError) file_error = NULL;
  SgJson *json = NULL;
  SgError engine_error;
  SgStatus status = SG_OK;
  if (g_file_get_contents(path, &text, &n, &file_error))
    status = sg_json_parse(text, n, &json, &engine_error);
  else if (g_error_matches(file_error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    status = sg_error_set(&engine_error, SG_NOT_FOUND, path, NULL);
  else
    status = sg_error_set(&engine_error, SG_READ_FAILED, path, file_error->message);
  if (status == SG_OK && sg_json_kind(sg_json_root(json)) != SG_JSON_OBJECT) {
    sg_json_free(json);
    status = sg_error_set(&engine_error, SG_BAD_JSON, path, "{…}");
  }
  if (status == SG_OK)
    return json;
  g_strlcpy(engine_error.path, path, sizeof engine_error.path);
  sg_error_propagate(error, &engine_error);
  return NULL;
}

static char *
dup_folder(guint index)
{
  return index == 0 ? sg_data_dup_user_path("training") : sg_data_dup_path("training");
}

SgJson *
sg_recipe_read(const char *name, GError **error)
{
  g_autofree char *file = g_strconcat(name, ENDING, NULL);
  for (guint i = 0; i < 2 && *name != '\0' && *name != '.' && strchr(name, '/') == NULL; i++) {
    g_autofree char *folder = dup_folder(i), *path = g_build_filename(folder, file, NULL);
    if (g_file_test(path, G_FILE_TEST_EXISTS))
      return sg_settings_file_read(path, error);
  }
  g_set_error(error, SG_ENGINE_ERROR, SG_BAD_ARGUMENT, _("There is no training recipe “%s”."), name);
  return NULL;
}

static GStrv
dup_texts(const SgJsonValue *list)
{
  if (sg_json_kind(list) != SG_JSON_ARRAY)
    return NULL;
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
  for (gsize i = 0; i < sg_json_size(list); i++)
    if (sg_json_text(sg_json_at(list, i)) != NULL)
      g_strv_builder_add(builder, sg_json_text(sg_json_at(list, i)));
  return g_strv_builder_end(builder);
}

static SgRecipe *
recipe_new(const char *folder, const char *file)
{
  SgRecipe *recipe = g_new0(SgRecipe, 1);
  g_autoptr(GError) error = NULL;
  recipe->name = g_strndup(file, strlen(file) - strlen(ENDING));
  recipe->path = g_build_filename(folder, file, NULL);
  SgJson *json = sg_settings_file_read(recipe->path, &error);
  if (json == NULL) {
    recipe->fault = g_strdup(error->message);
    return recipe;
  }
  const SgJsonValue *settings = sg_json_root(json), *about = sg_json_get(settings, "about");
  recipe->net = g_strdup(sg_json_text(sg_json_get(settings, "net")));
  recipe->paper = g_strdup(sg_json_text(sg_json_get(about, "paper")));
  recipe->from_paper = dup_texts(sg_json_get(about, "from_paper"));
  recipe->ours = dup_texts(sg_json_get(about, "ours"));
  sg_json_free(json);
  return recipe;
}

static gboolean
has_name(gconstpointer recipe, gconstpointer name)
{
  return g_str_equal(((const SgRecipe *)recipe)->name, ((const SgRecipe *)name)->name);
}

static int
by_name(gconstpointer a, gconstpointer b)
{
  return strcmp((*(SgRecipe *const *)a)->name, (*(SgRecipe *const *)b)->name);
}

GPtrArray *
sg_recipes_new(void)
{
  GPtrArray *recipes = g_ptr_array_new_with_free_func((GDestroyNotify)sg_recipe_free);
  for (guint i = 0; i < 2; i++) {
    g_autofree char *folder = dup_folder(i);
    g_autoptr(GDir) directory = g_dir_open(folder, 0, NULL);
    const char *file;
    while (directory != NULL && (file = g_dir_read_name(directory)) != NULL) {
      if (file[0] == '.' || !g_str_has_suffix(file, ENDING))
        continue;
      SgRecipe *recipe = recipe_new(folder, file);
      if (g_ptr_array_find_with_equal_func(recipes, recipe, has_name, NULL))
        sg_recipe_free(recipe);
      else
        g_ptr_array_add(recipes, recipe);
    }
  }
  g_ptr_array_sort(recipes, by_name);
  return recipes;
}
