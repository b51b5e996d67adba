#include "app/cli/terminal.h"

#include <glib/gi18n.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/session/job.h"

static const gint64 REDRAW_US = 100000;
enum { USUAL_COLUMNS = 80, SHORTEST_TITLE = 8 };

static volatile sig_atomic_t interrupted;

static GMutex lock;
static gboolean line_is_drawn; /* under lock */

static void
on_signal(int number)
{
  interrupted = 1;
}

void
terminal_catch_signals(void)
{
  struct sigaction action = { .sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND };
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  /* A write past a limit is an error that we report, not a reason to die. */
  signal(SIGXFSZ, SIG_IGN);
}

gboolean
terminal_is_interrupted(void)
{
  return interrupted != 0;
}

static glong
n_columns(void)
{
  struct winsize size;
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : USUAL_COLUMNS;
}

void
terminal_draw(const char *before, const char *title, const char *after)
{
  if (!isatty(STDERR_FILENO))
    return;
  glong room = n_columns() - 1 - g_utf8_strlen(before, -1) - g_utf8_strlen(after, -1);
  room = MAX(room, SHORTEST_TITLE);
  glong length = g_utf8_strlen(title, -1);
  g_autofree char *cut = length > room ? g_utf8_substring(title, 0, room - 1) : g_strdup(title);
  g_mutex_lock(&lock);
  line_is_drawn = TRUE;
  fprintf(stderr, "\r\033[K%s%s%s%s", before, cut, length > room ? "…" : "", after);
  fflush(stderr);
  g_mutex_unlock(&lock);
}

static void
clear_locked(void)
{
  if (line_is_drawn)
    fputs("\r\033[K", stderr);
  line_is_drawn = FALSE;
}

void
terminal_clear(void)
{
  g_mutex_lock(&lock);
  clear_locked();
  g_mutex_unlock(&lock);
}

void
terminal_say(const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  g_mutex_lock(&lock);
  clear_locked();
  vfprintf(stderr, format, arguments);
  g_mutex_unlock(&lock);
  va_end(arguments);
}

char *
terminal_dup_time_left(double seconds_left)
{
  if (seconds_left < 0.0)
    return g_strdup("");
  guint seconds = (guint)MIN(seconds_left + 0.5, 1e6);
  if (seconds >= 3600)
    return g_strdup_printf(_(", %u:%02u:%02u left"), seconds / 3600, seconds / 60 % 60, seconds % 60);
  return g_strdup_printf(_(", %u:%02u left"), seconds / 60, seconds % 60);
}

bool
terminal_progress(double fraction, const char *stage, void *user)
{
  Terminal *terminal = user;
  gint64 now_us = g_get_monotonic_time();
  double seconds_left =
      sg_time_left_update(&terminal->time_left, fraction, stage, (double)now_us / G_USEC_PER_SEC);
  if (!terminal->quiet && now_us - terminal->last_drawn_us >= REDRAW_US) {
    terminal->last_drawn_us = now_us;
    g_autofree char *left = terminal_dup_time_left(seconds_left);
    g_autofree char *after = g_strdup_printf(": %s %3.0f %%%s", sg_stage_text(stage), 100.0 * fraction, left);
    terminal_draw("", terminal->title, after);
  }
  return !interrupted;
}
