/* Progress for people: one line on a terminal with the time left, nothing in a pipe; and the signals that
 * interrupt a run.
 *
 * The line is the terminal's own, so it is kept here for the whole program. Threads: terminal_say and
 * terminal_draw from any thread. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "core/session/time-left.h"

/* SIGINT and SIGTERM then ask the work to stop; a second one ends the program at once. */
void terminal_catch_signals(void);
gboolean terminal_is_interrupted(void);

/* Prints "BEFORE TITLE AFTER" as the progress line, TITLE cut so that it fits, when standard error is a
 * terminal. */
void terminal_draw(const char *before, const char *title, const char *after);
/* Removes the progress line; what is printed next begins at its place. */
void terminal_clear(void);
/* Prints to standard error, in place of the progress line. */
void terminal_say(const char *format, ...) G_GNUC_PRINTF(1, 2);

/* ", 1:05 left", or "" when `seconds` is negative. */
char *terminal_dup_time_left(double seconds);

/* Progress over one file. */
typedef struct {
  const char *title; /* the file that is worked on */
  gboolean quiet;
  gint64 last_drawn_us;
  SgTimeLeft time_left;
} Terminal;

/* An SgProgress whose `user` is a Terminal. */
bool terminal_progress(double fraction, const char *stage, void *terminal);
