/* Training recipes: settings of a run (core/train/train-config.h) under a name, "NAME.json" in the folder
 * "training" of what comes with the program (core/session/data-folder.h) or of the user's data, which goes
 * first.
 *
 * Beside the settings a recipe has an entry "about": an object with "paper" (or what else it is after), and
 * the lists "from_paper" and "ours" that tell which settings were given there and which were chosen here.
 *
 * Ownership: as said. Threads: any. */
#pragma once

#include <glib.h>

#include "core/base/json.h"

G_BEGIN_DECLS

typedef struct {
  char *name;
  char *path;
  char *fault;            /* a sentence, or NULL when it can be read */
  char *net, *paper;      /* NULL where it does not say */
  GStrv from_paper, ours; /* NULL likewise */
} SgRecipe;

void sg_recipe_free(SgRecipe *recipe);

/* All recipes by name: elements are SgRecipe, freed with the array. A user's recipe hides that of the program
 * with its name. */
GPtrArray *sg_recipes_new(void);

/* A file of settings parsed; NULL with an error that names it. Free with sg_json_free. */
SgJson *sg_settings_file_read(const char *path, GError **error);
/* The same of the recipe of this name: SG_BAD_ARGUMENT in SG_ENGINE_ERROR when there is none. */
SgJson *sg_recipe_read(const char *name, GError **error);

G_END_DECLS
