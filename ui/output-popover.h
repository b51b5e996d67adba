/* SgOutputPopover: what the sound goes through: device, rate, latency, blocks, and how often the ring ran
 * empty; and what the levels are. It looks while it is open. */
#pragma once

#include <gtk/gtk.h>

#include "core/session/session.h"

G_BEGIN_DECLS

#define SG_TYPE_OUTPUT_POPOVER (sg_output_popover_get_type())
G_DECLARE_FINAL_TYPE(SgOutputPopover, sg_output_popover, SG, OUTPUT_POPOVER, GtkPopover)

void sg_output_popover_set_session(SgOutputPopover *self, SgSession *session);

G_END_DECLS
