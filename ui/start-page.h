/* SgStartPage: what a window shows before a song is open: ways to open one, the songs opened last, and the
 * formats that can be read. Its buttons are actions of the window: win.open, win.open-demo, win.open-recent
 * (s: URI). */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define SG_TYPE_START_PAGE (sg_start_page_get_type())
G_DECLARE_FINAL_TYPE(SgStartPage, sg_start_page, SG, START_PAGE, GtkWidget)

/* Whether there is a demo song to open. */
void sg_start_page_set_has_demo(SgStartPage *self, gboolean has_demo);

G_END_DECLS
