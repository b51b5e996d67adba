/* Progress for people: one line on a terminal with the time left, nothing in a pipe; and the signals that
 * interrupt a run. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "core/session/time-left.h"

typedef struct {
  const char *title; /* the file that is worked on */
  gboolean quiet;
  gint64 last_drawn_us;
  SgTimeLeft time_left;
} Terminal;

/* SIGINT and SIGTERM then ask the work to stop; a second one ends the program at once. */
void terminal_catch_signals(void);
gboolean terminal_is_interrupted(void);

/* An SgProgress whose `user` is a Terminal. */
bool terminal_progress(double fraction, const char *stage, void *terminal);
/* Removes the progress line. */
void terminal_clear(Terminal *terminal);
