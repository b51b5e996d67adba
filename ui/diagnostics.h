/* Measurements of the running program, printed to stderr when asked for by the environment.
 *
 * STEMGLASS_TIMING: "first window N ms" since the process started, "first separated frames N ms after
 * Separate". STEMGLASS_STALL_REPORT: at exit, "longest main-loop stall: N ms (N ms while a job ran)" since
 * the first window: how long an event would have waited at worst. Without them these functions do nothing. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Once, at the start of the program, and once at its end. */
void sg_diagnostics_start(void);
void sg_diagnostics_finish(void);

void sg_diagnostics_window_shown(GtkWidget *window);
void sg_diagnostics_separate_pressed(void);
void sg_diagnostics_masks_ready(void);
void sg_diagnostics_set_busy(gboolean busy);

G_END_DECLS
