/* SgWindow: the program's window, one session each.
 *
 * Actions (all without a parameter unless said): win.open, win.open-demo, win.open-recent (s: URI),
 * win.separate, win.choose-method, win.next-method, win.previous-method, win.cancel, win.export,
 * win.export-to (s: folder; 32-bit float WAV, nothing is overwritten), win.preferences, win.choose-device,
 * win.choose-scratch (the preferences at that place), win.mute, win.solo, win.focus-row (i: row, the mixture
 * is 0), win.row-up, win.row-down, win.play-pause, win.seek-start, win.seek-end, win.seek-back,
 * win.seek-forward, win.pan-left, win.pan-right, win.zoom-in, win.zoom-out, win.zoom-fit, win.retry-output,
 * win.colours (s: a name of core/plot/colormap.h).
 */
#pragma once

#include <adwaita.h>

#include "core/session/session.h"
#include "core/session/settings.h"

G_BEGIN_DECLS

#define SG_TYPE_WINDOW (sg_window_get_type())
G_DECLARE_FINAL_TYPE(SgWindow, sg_window, SG, WINDOW, AdwApplicationWindow)

SgWindow *sg_window_new(GtkApplication *application);
SgSession *sg_window_get_session(SgWindow *self);
SgSettings *sg_window_get_settings(SgWindow *self);
/* What the next separation is made with. */
SgMethodChoice *sg_window_get_choice(SgWindow *self);

/* Opens a song, as soon as what runs now has been cancelled; the stems that are there go. */
void sg_window_open(SgWindow *self, GFile *file);

G_END_DECLS
