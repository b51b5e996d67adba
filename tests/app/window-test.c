/* The program from end to end, as somebody without a mouse uses it: every step goes through the accessibility
 * bus. Opens the demo song, separates it, solos the drums, plays them into a file, exports, and compares what
 * was heard and written with what the command line writes. */
#include <glib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/io/decoder.h"
#include "tests/app/accessible.h"
#include "tests/support.h"

typedef struct {
  TestFolder *folder; /* all that the run reads and writes */
  char *song;         /* the demo, copied there */
  char *captured;     /* what was played */
  GPid pid;           /* 0 once it has ended */
  AtspiAccessible *application;
} Window;

/* What a test starts the program with. */
typedef struct {
  double song_seconds; /* > 0: opens a song of this length, else the empty window */
  gboolean no_device;  /* plays to a device where there is none, else into window->captured */
} Setup;

static void
copy_demo(Window *window)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *from = g_build_filename(g_getenv("STEMGLASS_DATA_DIR"), "demo", "mixture.flac", NULL);
  g_autofree char *to_folder = g_build_filename(window->folder, "demo", NULL);
  g_autofree char *bytes = NULL;
  gsize n;
  window->song = g_build_filename(to_folder, "mixture.flac", NULL);
  g_mkdir(to_folder, 0700);
  g_file_get_contents(from, &bytes, &n, &error);
  g_assert_no_error(error);
  g_file_set_contents(window->song, bytes, (gssize)n, &error);
  g_assert_no_error(error);
}

/* The models of the program beside the copied demo. */
static void
link_models(Window *window)
{
  g_autofree char *from = g_test_build_filename(G_TEST_DIST, "..", "data", "models", NULL);
  g_autofree char *to = g_build_filename(window->folder, "models", NULL);
  g_assert_cmpint(symlink(from, to), ==, 0);
}

static void
write_song(Window *window, double seconds)
{
  const guint rate_hz = 44100;
  gint64 n = (gint64)(seconds * rate_hz);
  g_autofree float *samples = test_band_new(rate_hz, 2, n, 1);
  g_free(window->song);
  window->song = g_build_filename(window->folder, "long song.wav", NULL);
  test_sound_write(window->song, "wav16", rate_hz, 2, samples, n);
}

static void
window_start(Window *window, gconstpointer data)
{
  const Setup *setup = data;
  g_autoptr(GError) error = NULL;
  accessible_init();
  window->folder = test_folder_new();
  copy_demo(window);
  link_models(window);
  if (setup->song_seconds > 0.0)
    write_song(window, setup->song_seconds);
  window->captured = g_build_filename(window->folder, "captured.wav", NULL);
  g_autofree char *output = g_strconcat("file:", window->captured, NULL);
  const struct {
    const char *name, *value;
  } variables[] = {
    { "STEMGLASS_OUTPUT", setup->no_device ? "device" : output },
    { "STEMGLASS_DATA_DIR", window->folder },
    { "XDG_CACHE_HOME", window->folder },
    { "XDG_DATA_HOME", window->folder },
    { "XDG_CONFIG_HOME", window->folder },
    { "STEMGLASS_STALL_REPORT", "1" },
    { "STEMGLASS_TIMING", "1" },
  };
  g_auto(GStrv) environment = g_get_environ();
  for (gsize i = 0; i < G_N_ELEMENTS(variables); i++)
    environment = g_environ_setenv(environment, variables[i].name, variables[i].value, TRUE);
  /* GTK 4.8's file chooser can be critical of itself under an accessibility client; ui/ tests look at ours.
   */
  environment = g_environ_unsetenv(environment, "G_DEBUG");
  const char *program[] = { g_getenv("SG_TEST_PROGRAM"), setup->song_seconds > 0.0 ? window->song : NULL,
                            NULL };
  g_assert_nonnull(program[0]);
  g_spawn_async(NULL, (char **)program, environment, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &window->pid,
                &error);
  g_assert_no_error(error);
  window->application = accessible_wait_application("stemglass", 30.0);
}

static void
window_stop(Window *window, gconstpointer data)
{
  if (window->pid != 0)
    kill(window->pid, SIGKILL);
  g_clear_object(&window->application);
  test_folder_remove(window->folder);
  g_free(window->song);
  g_free(window->captured);
}

static void
press(Window *window, const char *name)
{
  g_autoptr(AtspiAccessible) button = accessible_wait_button(window->application, name, 90.0);
  accessible_press(button);
}

static void
wait_for(Window *window, const char *name)
{
  g_autoptr(AtspiAccessible) found = accessible_wait_button(window->application, name, 90.0);
  g_assert_nonnull(found);
}

/* The inode, 0 while there is no such file. */
static guint64
file_number(const char *path)
{
  GStatBuf info;
  return g_stat(path, &info) == 0 ? info.st_ino : 0;
}

/* Files appear complete, so to be there, and to be another than before, is to be done. */
static void
wait_for_file_after(const char *path, guint64 before)
{
  guint64 now = before;
  for (int i = 0; i < 600 && (now == before || now == 0); i++) {
    g_usleep(50000);
    now = file_number(path);
  }
  g_assert_cmpuint(now, !=, before);
  g_assert_cmpuint(now, !=, 0);
}

static void
export_beside_song(Window *window)
{
  press(window, "Export Stems");
  press(window, "Choose Folder…");
  accessible_activate_default(window->application, "Choose a Folder for the Stems", 30.0);
}

/* The stems as the command line writes them, into FOLDER/cli/mixture/. */
static void
separate_with_command_line(Window *window)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *folder = g_build_filename(window->folder, "cli", NULL);
  const char *command[] = { g_getenv("SG_TEST_CLI"), "separate", window->song, "-o", folder, NULL };
  int status;
  g_spawn_sync(NULL, (char **)command, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL, &status, &error);
  g_assert_no_error(error);
  g_assert_cmpint(status, ==, 0);
}

/* The first second of a sound file from its first sample that is not silent, as [channel][SECOND], and its
 * place. */
enum { SECOND = 44100 };

static gint64
read_first_second(const char *path, float *left, float *right)
{
  g_autoptr(SgPcm) pcm = NULL;
  test_assert_ok(sg_decode_file(path, false, NULL, NULL, NULL, &pcm, NULL, NULL));
  g_assert_cmpuint(sg_pcm_rate(pcm), ==, SECOND);
  g_assert_cmpint(sg_pcm_n_samples(pcm), >, 2 * SECOND);
  float *channels[] = { left, right };
  test_assert_ok(sg_pcm_read(pcm, 0, SECOND, channels, NULL));
  gint64 begin = 0;
  while (begin < SECOND && fabsf(left[begin]) < 1e-3f)
    begin++;
  test_assert_ok(sg_pcm_read(pcm, begin, SECOND, channels, NULL));
  return begin;
}

/* What sounded was the drums, from the song's start on, and nothing else. */
static void
assert_heard_drums(Window *window, const char *drums_path)
{
  g_autofree float *heard = g_new(float, 2 * SECOND), *drums = g_new(float, 2 * SECOND);
  read_first_second(window->captured, heard, heard + SECOND);
  read_first_second(drums_path, drums, drums + SECOND);
  double difference = 0.0, level = 0.0;
  for (int i = 0; i < 2 * SECOND; i++) {
    difference = MAX(difference, fabs((double)heard[i] - drums[i]));
    level = MAX(level, fabs((double)drums[i]));
  }
  g_test_message("what was heard differs from the drums by %.2g, their peak is %.2g", difference, level);
  g_assert_cmpfloat(level, >, 0.1);
  g_assert_cmpfloat(difference, <, 1e-5);
}

static void
wait_for_end(Window *window)
{
  int status;
  waitpid(window->pid, &status, 0);
  window->pid = 0;
  g_assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* The window's close button; the capture is complete when the program has ended. */
static void
close_window(Window *window)
{
  press(window, "Close");
  wait_for_end(window);
}

static void
test_demo_from_open_to_export(Window *window, gconstpointer data)
{
  press(window, "Open the Demo");
  press(window, "Separate");
  press(window, "Solo Drums");
  wait_for(window, "Solo Vocals");
  wait_for(window, "Export Stems");
  press(window, "Play");
  wait_for(window, "Pause");
  g_usleep(2 * G_USEC_PER_SEC);
  press(window, "Pause");
  wait_for(window, "Play");

  g_autofree char *last = g_build_filename(window->folder, "demo", "mixture", "vocals.wav", NULL);
  export_beside_song(window);
  wait_for_file_after(last, 0);
  guint64 first = file_number(last);
  export_beside_song(window);
  press(window, "Replace");
  wait_for_file_after(last, first);
  separate_with_command_line(window);
  static const char *const stems[] = { "drums.wav", "bass.wav", "other.wav", "vocals.wav" };
  for (gsize i = 0; i < G_N_ELEMENTS(stems); i++) {
    g_autofree char *exported = g_build_filename(window->folder, "demo", "mixture", stems[i], NULL);
    g_autofree char *expected = g_build_filename(window->folder, "cli", "mixture", stems[i], NULL);
    g_assert_true(test_file_equal(exported, expected));
  }
  close_window(window);
  g_autofree char *drums = g_build_filename(window->folder, "cli", "mixture", "drums.wav", NULL);
  assert_heard_drums(window, drums);
}

/* Another method: two stems instead of four, of which the drums stay muted and the rest can be had alone. */
static void
test_another_method(Window *window, gconstpointer data)
{
  press(window, "Open the Demo");
  press(window, "Separate");
  press(window, "Mute Drums");
  wait_for(window, "Solo Vocals");
  wait_for(window, "Export Stems");
  wait_for(window, "Method: Four stems by a network");
  accessible_act(window->application, "Stemglass – Slow Lanterns", "win.next-method", 30.0);
  wait_for(window, "Method: Drums, bass, other, vocals");
  accessible_act(window->application, "Stemglass – Slow Lanterns", "win.next-method", 30.0);
  wait_for(window, "Method: Drums and rest");
  press(window, "Separate");
  press(window, "Solo Rest");
  g_autoptr(AtspiAccessible) done = accessible_wait_button(window->application, "Export Stems", 100.0);
  g_autoptr(AtspiAccessible) mute = accessible_wait_button(window->application, "Mute Drums", 30.0);
  g_assert_true(accessible_has_state(mute, ATSPI_STATE_PRESSED));
  g_autoptr(AtspiAccessible) solo = accessible_wait_button(window->application, "Solo Rest", 30.0);
  g_assert_true(accessible_has_state(solo, ATSPI_STATE_PRESSED));
  g_assert_false(accessible_has_button(window->application, "Solo Vocals"));
  close_window(window);
}

static void
test_cancel(Window *window, gconstpointer data)
{
  press(window, "Separate");
  wait_for(window, "Solo Drums");
  double clock_s = test_seconds(), worked_s = test_worked_seconds(window->pid);
  press(window, "Cancel");
  wait_for(window, "Separate");
  test_assert_soon((TestTime){ .clock_s = test_seconds() - clock_s,
                               .worked_s = test_worked_seconds(window->pid) - worked_s },
                   2.0);
  g_assert_false(accessible_has_button(window->application, "Solo Drums"));
  close_window(window);
}

/* Closing while a job runs ends the program, and the job with it. */
static void
test_close_while_separating(Window *window, gconstpointer data)
{
  press(window, "Separate");
  wait_for(window, "Solo Drums");
  press(window, "Close");
  press(window, "Keep Running");
  wait_for(window, "Cancel");
  press(window, "Close");
  press(window, "Stop and Close");
  wait_for_end(window);
}

static void
test_no_device(Window *window, gconstpointer data)
{
  if (g_file_test("/proc/asound/card0", G_FILE_TEST_EXISTS)) {
    g_test_skip("this machine has a sound device");
    return;
  }
  press(window, "Open the Demo");
  press(window, "Play");
  g_autoptr(AtspiAccessible) banner = accessible_wait_label(window->application, "sound device", 30.0);
  press(window, "Choose Device…");
  g_autoptr(AtspiAccessible) place = accessible_wait_label(window->application, "Buffer", 30.0);
  wait_for(window, "Play");
  press(window, "Separate");
  wait_for(window, "Export Stems");
  close_window(window);
}

int
main(int argc, char **argv)
{
  static const Setup empty = { 0 }, long_song = { .song_seconds = 900.0 }, no_device = { .no_device = TRUE };
  static const struct {
    const char *path;
    const Setup *setup;
    void (*test)(Window *window, gconstpointer data);
  } tests[] = {
    { "/app/window/demo-from-open-to-export", &empty, test_demo_from_open_to_export },
    { "/app/window/another-method", &empty, test_another_method },
    { "/app/window/cancel", &long_song, test_cancel },
    { "/app/window/close-while-separating", &long_song, test_close_while_separating },
    { "/app/window/no-device", &no_device, test_no_device },
  };
  g_test_init(&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
    g_test_add(tests[i].path, Window, tests[i].setup, window_start, tests[i].test, window_stop);
  return g_test_run();
}
