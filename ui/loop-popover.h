/* SgLoopPopover: the loop's ends, and the markers. Buttons activate "win.loop-start", "win.loop-end",
 * "win.loop-snap", "win.loop-clear", "win.add-marker"; a marker's row seeks to it, renames and removes it. */
#pragma once

#include <gtk/gtk.h>

#include "core/session/session.h"

G_BEGIN_DECLS

#define SG_TYPE_LOOP_POPOVER (sg_loop_popover_get_type())
G_DECLARE_FINAL_TYPE(SgLoopPopover, sg_loop_popover, SG, LOOP_POPOVER, GtkPopover)

void sg_loop_popover_set_session(SgLoopPopover *self, SgSession *session);

G_END_DECLS
