#include "app/cli/terminal.h"

#include <glib/gi18n.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "core/session/job.h"

static const gint64 REDRAW_US = 100000;

static volatile sig_atomic_t interrupted;

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

static void
draw(const Terminal *terminal, double fraction, const char *stage, double seconds_left)
{
  g_autofree char *left = NULL;
  if (seconds_left >= 0.0) {
    guint seconds = (guint)(seconds_left + 0.5);
    left = g_strdup_printf(_(", %u:%02u left"), seconds / 60, seconds % 60);
  }
  fprintf(stderr, "\r\033[K%s: %s %3.0f %%%s", terminal->title, sg_stage_text(stage), 100.0 * fraction,
          left != NULL ? left : "");
  fflush(stderr);
}

bool
terminal_progress(double fraction, const char *stage, void *user)
{
  Terminal *terminal = user;
  gint64 now_us = g_get_monotonic_time();
  double seconds_left =
      sg_time_left_update(&terminal->time_left, fraction, stage, (double)now_us / G_USEC_PER_SEC);
  if (!terminal->quiet && isatty(STDERR_FILENO) && now_us - terminal->last_drawn_us >= REDRAW_US) {
    terminal->last_drawn_us = now_us;
    draw(terminal, fraction, stage, seconds_left);
  }
  return !interrupted;
}

void
terminal_clear(Terminal *terminal)
{
  if (terminal->last_drawn_us != 0)
    fputs("\r\033[K", stderr);
  terminal->last_drawn_us = 0;
}
