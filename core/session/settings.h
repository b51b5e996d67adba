/* SgSettings: what the program remembers from run to run, as properties. Main thread only.
 *
 * They are kept by GSettings (data/io.github.stemglass.Stemglass.gschema.xml has the same names, types and
 * standard values); a change in one object appears in all others. Where the schema is not installed the
 * properties have their standard values and are forgotten at the end.
 *
 * Properties:
 *   "output-device" (string: the device's name, "" for the system's choice), "buffer-frames" (uint: 0 for the
 *   device's choice), "scratch-folder" (string: "" for the standard one, core/base/scratch.h), "method"
 * (string: as in SgMethodChoice), "method-knobs" (variant SG_METHOD_KNOBS_TYPE), "wiener-iterations" (uint),
 * "colours" (string: a name of core/plot/colormap.h), "range-db" (double: from the loudest to the quietest
 * level that is shown), "colour-scheme" (string: "system", "light", "dark"), "export-format" (string: an
 * identifier of the window's list), "window-width", "window-height" (int), "window-maximized" (boolean). */
#pragma once

#include <gio/gio.h>

#include "core/session/method-choice.h"

G_BEGIN_DECLS

#define SG_SETTINGS_SCHEMA_ID "io.github.stemglass.Stemglass"

#define SG_SETTINGS_RANGE_MIN_DB 30.0
#define SG_SETTINGS_RANGE_MAX_DB 140.0

#define SG_TYPE_SETTINGS (sg_settings_get_type())
G_DECLARE_FINAL_TYPE(SgSettings, sg_settings, SG, SETTINGS, GObject)

SgSettings *sg_settings_new(void);

/* Whether changes outlive the program. */
gboolean sg_settings_are_kept(SgSettings *self);

/* Values of the properties; strings are borrowed until the next change. */
const char *sg_settings_get_string(SgSettings *self, const char *name);
double sg_settings_get_double(SgSettings *self, const char *name);

/* A method choice as it was remembered, and remembers one. */
SgMethodChoice *sg_settings_dup_method_choice(SgSettings *self);
void sg_settings_set_method_choice(SgSettings *self, SgMethodChoice *choice);

/* The folder for scratch, NULL for the standard one, as the engine takes it. */
const char *sg_settings_get_scratch_folder(SgSettings *self);

G_END_DECLS
