#include "ui/diagnostics.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

enum { PROBE_INTERVAL_US = 5000 };

/* The main loop is asked every few milliseconds to answer; how long that takes is the stall. */
typedef struct {
  GThread *thread;
  GMutex lock;
  GCond answered;
  gboolean has_answered;
  gboolean stop;
  gint busy;            /* atomic */
  gint64 longest_us[2]; /* [busy] */
} StallMonitor;

static StallMonitor monitor;
static gint64 separate_pressed_us;
static gboolean timing_wanted;
static gboolean window_was_shown;

/* Milliseconds since the kernel started this process. */
static double
get_age_ms(void)
{
  g_autofree char *stat = NULL;
  if (!g_file_get_contents("/proc/self/stat", &stat, NULL, NULL))
    return 0.0;
  /* Fields are counted from the last parenthesis: the name before it may hold anything. */
  const char *rest = strrchr(stat, ')');
  g_auto(GStrv) fields = rest != NULL ? g_strsplit(rest + 2, " ", 21) : NULL;
  if (fields == NULL || g_strv_length(fields) < 21)
    return 0.0;
  struct timespec now;
  clock_gettime(CLOCK_BOOTTIME, &now);
  double started_s = g_ascii_strtod(fields[19], NULL) / (double)sysconf(_SC_CLK_TCK);
  return 1000.0 * ((double)now.tv_sec + (double)now.tv_nsec * 1e-9 - started_s);
}

static gboolean
answer(gpointer data)
{
  g_mutex_lock(&monitor.lock);
  monitor.has_answered = TRUE;
  g_cond_signal(&monitor.answered);
  g_mutex_unlock(&monitor.lock);
  return G_SOURCE_REMOVE;
}

static gpointer
monitor_main(gpointer data)
{
  g_mutex_lock(&monitor.lock);
  while (!monitor.stop) {
    gint64 asked_us = g_get_monotonic_time();
    gboolean busy = g_atomic_int_get(&monitor.busy);
    monitor.has_answered = FALSE;
    g_idle_add_full(G_PRIORITY_HIGH, answer, NULL, NULL);
    while (!monitor.has_answered && !monitor.stop)
      g_cond_wait(&monitor.answered, &monitor.lock);
    gint64 stall_us = g_get_monotonic_time() - asked_us;
    if (!monitor.stop)
      monitor.longest_us[busy] = MAX(monitor.longest_us[busy], stall_us);
    g_mutex_unlock(&monitor.lock);
    g_usleep(PROBE_INTERVAL_US);
    g_mutex_lock(&monitor.lock);
  }
  g_mutex_unlock(&monitor.lock);
  return NULL;
}

void
sg_diagnostics_start(void)
{
  timing_wanted = g_getenv("STEMGLASS_TIMING") != NULL;
}

void
sg_diagnostics_finish(void)
{
  if (monitor.thread == NULL)
    return;
  g_mutex_lock(&monitor.lock);
  monitor.stop = TRUE;
  g_cond_signal(&monitor.answered);
  g_mutex_unlock(&monitor.lock);
  g_thread_join(g_steal_pointer(&monitor.thread));
  g_printerr("longest main-loop stall: %.1f ms (%.1f ms while a job ran)\n",
             (double)MAX(monitor.longest_us[0], monitor.longest_us[1]) / 1000.0,
             (double)monitor.longest_us[1] / 1000.0);
}

static void
on_first_paint(GdkFrameClock *clock, gpointer data)
{
  g_signal_handlers_disconnect_by_func(clock, on_first_paint, data);
  if (timing_wanted)
    g_printerr("first window %.0f ms\n", get_age_ms());
  if (g_getenv("STEMGLASS_STALL_REPORT") != NULL)
    monitor.thread = g_thread_new("stall-monitor", monitor_main, NULL);
}

void
sg_diagnostics_window_shown(GtkWidget *window)
{
  if (window_was_shown)
    return;
  window_was_shown = TRUE;
  g_signal_connect(gtk_widget_get_frame_clock(window), "after-paint", G_CALLBACK(on_first_paint), NULL);
}

void
sg_diagnostics_separate_pressed(void)
{
  separate_pressed_us = g_get_monotonic_time();
}

void
sg_diagnostics_masks_ready(void)
{
  if (timing_wanted && separate_pressed_us != 0)
    g_printerr("first separated frames %.0f ms after Separate\n",
               (double)(g_get_monotonic_time() - separate_pressed_us) / 1000.0);
  separate_pressed_us = 0;
}

void
sg_diagnostics_set_busy(gboolean busy)
{
  g_atomic_int_set(&monitor.busy, busy);
}
