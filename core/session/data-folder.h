/* Where what comes with the program lies: models, training recipes, the demo song.
 *
 * The first of these that is there: $STEMGLASS_DATA_DIR; "data" beside the program; "../share/stemglass"
 * beside the program, so that an installation may be moved; the folder it was installed to.
 *
 * Threads: any. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The path of `name` in that folder, whether it exists or not; free with g_free. */
char *sg_data_dup_path(const char *name);
/* The path of `name` in the user's own folder, $XDG_DATA_HOME/stemglass. */
char *sg_data_dup_user_path(const char *name);

G_END_DECLS
