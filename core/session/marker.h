/* SgMarker: a named place in the song. Main thread only.
 *
 * Properties: "position" (samples of the song), "name" (for people). */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

#define SG_TYPE_MARKER (sg_marker_get_type())
G_DECLARE_FINAL_TYPE(SgMarker, sg_marker, SG, MARKER, GObject)

SgMarker *sg_marker_new(gint64 position, const char *name);
gint64 sg_marker_get_position(SgMarker *self);
const char *sg_marker_get_name(SgMarker *self);
void sg_marker_set_name(SgMarker *self, const char *name);

G_END_DECLS
