/* What a frame of zooming, panning and playing costs the main thread: CPU time a frame at 1600 × 900, ten
 * minutes of sound with two stems. With a number of minutes as argument: a song so long, not separated, how
 * soon after it is opened its overview and its rows are there, and how much is resident. Prints one line
 * each.
 *
 * song-view-bench FILE SECONDS [METHOD]: a song of somebody's, separated, then played for so long while a
 * stem's strength changes every five seconds: how often playing ran empty, and how much is resident. The
 * frames are measured while it plays. STEMGLASS_OUTPUT says through what. */
#include <adwaita.h>
#include <time.h>

#include "tests/support.h"
#include "ui/resources.h"
#include "ui/window.h"
#include "ui/window-private.h"

enum { N_FRAMES = 120, STRENGTH_EVERY_S = 5 };

typedef struct {
  const char *name;
  void (*step)(SgWindow *window, int frame);
} Case;

static void
step_pan(SgWindow *window, int frame)
{
  sg_view_range_pan(sg_song_view_get_range(window->song_view), frame % 60 < 30 ? 60.0 : -60.0);
}

static void
step_zoom(SgWindow *window, int frame)
{
  sg_view_range_zoom(sg_song_view_get_range(window->song_view), frame % 40 < 20 ? 1.2 : 1.0 / 1.2, 600.0);
}

static void
step_play(SgWindow *window, int frame)
{
  sg_song_view_seek(window->song_view, 60.0 + frame / 60.0);
}

static const Case cases[] = { { "pan", step_pan }, { "zoom", step_zoom }, { "play", step_play } };

typedef struct {
  SgWindow *window;
  gboolean separates;
  guint play_s; /* 0: not played */
  const char *method;
  gint64 playing_us; /* since when it plays */
  guint n_changes;
  gint64 asked_us;   /* when the song was opened */
  double opened_s;   /* after that the song was decoded; 0: not yet */
  double overview_s; /* and its overview there */
  int test, frame;
  double started, longest, last;
} Bench;

/* VmRSS or VmHWM in MB. */
static double
resident_mb(const char *field)
{
  g_autofree char *status = NULL;
  if (!g_file_get_contents("/proc/self/status", &status, NULL, NULL))
    return 0.0;
  const char *line = strstr(status, field);
  return line == NULL ? 0.0 : g_ascii_strtod(line + strlen(field) + 1, NULL) / 1024.0;
}

static double
since_asked_s(const Bench *bench)
{
  return (double)(g_get_monotonic_time() - bench->asked_us) * 1e-6;
}

static double
cpu_ms(void)
{
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return (double)now.tv_sec * 1e3 + (double)now.tv_nsec * 1e-6;
}

/* Playing */

static void
finish(Bench *bench)
{
  g_print("%.0f MB resident, at most %.0f MB\n", resident_mb("VmRSS:"), resident_mb("VmHWM:"));
  gtk_window_close(GTK_WINDOW(bench->window));
}

/* Changes a strength until it has been played for long enough. */
static gboolean
on_change(gpointer data)
{
  Bench *bench = data;
  SgSession *session = sg_window_get_session(bench->window);
  SgPlayer *player = sg_session_get_player(session);
  double passed_s = (double)(g_get_monotonic_time() - bench->playing_us) * 1e-6;
  if (passed_s < bench->play_s && sg_player_get_playing(player)) {
    g_autoptr(SgStem) stem = g_list_model_get_item(sg_session_get_stems(session), 0);
    sg_stem_set_strength(stem, bench->n_changes++ % 2 == 0 ? 3.0 : 0.5);
    return G_SOURCE_CONTINUE;
  }
  g_print("played %.1f s of the song in %.1f s, %u changes of strength, %u underruns\n",
          (double)sg_player_get_position(player) / sg_track_get_rate(sg_session_get_track(session)), passed_s,
          bench->n_changes, (guint)sg_player_get_n_underruns(player));
  finish(bench);
  return G_SOURCE_REMOVE;
}

static void
play(Bench *bench)
{
  sg_player_play(sg_session_get_player(sg_window_get_session(bench->window)));
  bench->playing_us = g_get_monotonic_time();
  g_timeout_add_seconds(STRENGTH_EVERY_S, on_change, bench);
}

/* Frames */

/* Seeking is no part of what is measured while it plays. */
static int
n_cases(const Bench *bench)
{
  return (int)G_N_ELEMENTS(cases) - (bench->play_s > 0 ? 1 : 0);
}

static gboolean
on_tick(GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  Bench *bench = data;
  double now = cpu_ms();
  if (bench->frame > 0)
    bench->longest = MAX(bench->longest, now - bench->last);
  else
    bench->started = now;
  bench->last = now;
  if (bench->frame == N_FRAMES) {
    g_print("%s: %.1f ms a frame, longest %.1f ms\n", cases[bench->test].name,
            (now - bench->started) / N_FRAMES, bench->longest);
    bench->frame = 0;
    bench->longest = 0.0;
    if (++bench->test == n_cases(bench)) {
      if (bench->play_s == 0)
        finish(bench);
      return G_SOURCE_REMOVE;
    }
    return G_SOURCE_CONTINUE;
  }
  cases[bench->test].step(bench->window, bench->frame++);
  return G_SOURCE_CONTINUE;
}

static gboolean
when_ready(gpointer data)
{
  Bench *bench = data;
  SgSession *session = sg_window_get_session(bench->window);
  if (sg_session_get_job(session) != NULL || sg_session_get_track(session) == NULL)
    return G_SOURCE_CONTINUE;
  if (bench->opened_s == 0.0)
    bench->opened_s = since_asked_s(bench);
  if (bench->overview_s == 0.0) {
    if (!sg_song_overview_is_complete(sg_song_view_get_overview(bench->window->song_view)))
      return G_SOURCE_CONTINUE;
    bench->overview_s = since_asked_s(bench);
  }
  if (bench->separates && sg_session_get_mask_set(session) == NULL) {
    if (bench->method != NULL)
      sg_method_choice_set_method_id(sg_window_get_choice(bench->window), bench->method);
    gtk_widget_activate_action(GTK_WIDGET(bench->window), "win.separate", NULL);
    return G_SOURCE_CONTINUE;
  }
  if (!sg_song_view_is_complete(bench->window->song_view))
    return G_SOURCE_CONTINUE;
  if (!bench->separates || bench->play_s > 0)
    g_print(
        "decoded after %.1f s, overview after %.1f s, rows after %.1f s, %.0f MB resident (most %.0f MB)\n",
        bench->opened_s, bench->overview_s, since_asked_s(bench), resident_mb("VmRSS:"),
        resident_mb("VmHWM:"));
  sg_view_range_zoom(sg_song_view_get_range(bench->window->song_view), 8.0, 100.0);
  if (bench->play_s > 0)
    play(bench);
  gtk_widget_add_tick_callback(GTK_WIDGET(bench->window), on_tick, bench, NULL);
  return G_SOURCE_REMOVE;
}

static void
on_open(GApplication *application, GFile **files, int n_files, const char *hint, gpointer data)
{
  Bench *bench = data;
  bench->window = sg_window_new(GTK_APPLICATION(application));
  gtk_window_set_default_size(GTK_WINDOW(bench->window), 1600, 900);
  gtk_window_present(GTK_WINDOW(bench->window));
  bench->asked_us = g_get_monotonic_time();
  sg_window_open(bench->window, files[0]);
  g_timeout_add(20, when_ready, bench);
}

int
main(int argc, char **argv)
{
  guint minutes = argc == 2 ? (guint)g_ascii_strtoull(argv[1], NULL, 10) : 0;
  Bench bench = { .separates = minutes == 0,
                  .play_s = argc > 2 ? (guint)g_ascii_strtoull(argv[2], NULL, 10) : 0,
                  .method = argc > 3 ? argv[3] : NULL };
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *song = g_build_filename(folder, "song.wav", NULL);
  char *arguments[] = { argv[0], bench.play_s > 0 ? argv[1] : song, NULL };
  if (bench.play_s == 0)
    test_long_song_write(song, 44100, 2, minutes > 0 ? minutes : 10);
  sg_ui_register_resources();
  g_autoptr(AdwApplication) application =
      adw_application_new(NULL, G_APPLICATION_HANDLES_OPEN | G_APPLICATION_NON_UNIQUE);
  g_signal_connect(application, "open", G_CALLBACK(on_open), &bench);
  return g_application_run(G_APPLICATION(application), 2, arguments);
}
