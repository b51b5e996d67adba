/* SgViewOptions: a popover with how the rows are shown: frequency axis, window of the transform, colours,
 * levels and whether the view follows the playhead. It acts on the tiles' axes and look, and on the property
 * "follow" of the widget that it is told. */
#pragma once

#include <gtk/gtk.h>

#include "core/session/spectrogram-tiles.h"

G_BEGIN_DECLS

#define SG_TYPE_VIEW_OPTIONS (sg_view_options_get_type())
G_DECLARE_FINAL_TYPE(SgViewOptions, sg_view_options, SG, VIEW_OPTIONS, GtkPopover)

GtkWidget *sg_view_options_new(SgSpectrogramTiles *tiles, GObject *follower);

G_END_DECLS
