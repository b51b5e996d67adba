/* SgTempoPopover: speed and pitch, the song's tempo with its corrections, click and count-in. Buttons
 * activate "win.tap-tempo", "win.find-beats", "win.tempo-double", "win.tempo-half". */
#pragma once

#include <gtk/gtk.h>

#include "core/session/session.h"

G_BEGIN_DECLS

#define SG_TYPE_TEMPO_POPOVER (sg_tempo_popover_get_type())
G_DECLARE_FINAL_TYPE(SgTempoPopover, sg_tempo_popover, SG, TEMPO_POPOVER, GtkPopover)

void sg_tempo_popover_set_session(SgTempoPopover *self, SgSession *session);

G_END_DECLS
