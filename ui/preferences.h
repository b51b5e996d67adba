/* SgPreferences: the window of the preferences. Every change acts at once and is kept by SgSettings. */
#pragma once

#include <adwaita.h>

#include "core/session/player.h"
#include "core/session/settings.h"

G_BEGIN_DECLS

#define SG_TYPE_PREFERENCES (sg_preferences_get_type())
G_DECLARE_FINAL_TYPE(SgPreferences, sg_preferences, SG, PREFERENCES, AdwPreferencesWindow)

/* Closed, it is only hidden, as it takes some 30 ms to make; it goes with its parent. */
GtkWidget *sg_preferences_new(GtkWindow *parent, SgSettings *settings);
/* Before it is presented: `player` (or NULL) is asked for its devices. `page`: "appearance", "sound", "files", or
 * NULL for the first. */
void sg_preferences_turn_to(SgPreferences *self, SgPlayer *player, const char *page);

G_END_DECLS
