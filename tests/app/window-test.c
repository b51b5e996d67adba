/* The program from end to end, as somebody without a mouse uses it: every step goes through the accessibility
 * bus. Opens the demo song, separates it, solos the drums, plays them into a file, exports, and compares what
 * was heard and written with what the command line writes. */
#include <glib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "core/io/decoder.h"
#include "tests/app/accessible.h"

typedef struct {
  char *folder;   /* all that the run reads and writes */
  char *song;     /* the demo, copied there */
  char *captured; /* what was played */
  GPid pid;
  AtspiAccessible *application;
} Window;

static void
remove_below(const char *path)
{
  g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
  const char *name;
  while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
    g_autofree char *child = g_build_filename(path, name, NULL);
    remove_below(child);
  }
  g_remove(path);
}

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

static void
window_start(Window *window, gconstpointer data)
{
  g_autoptr(GError) error = NULL;
  accessible_init();
  window->folder = g_dir_make_tmp("stemglass-window-XXXXXX", &error);
  g_assert_no_error(error);
  copy_demo(window);
  window->captured = g_build_filename(window->folder, "captured.wav", NULL);
  g_autofree char *output = g_strconcat("file:", window->captured, NULL);
  const struct {
    const char *name, *value;
  } variables[] = {
    { "STEMGLASS_OUTPUT", output },        { "STEMGLASS_DATA_DIR", window->folder },
    { "XDG_CACHE_HOME", window->folder },  { "XDG_DATA_HOME", window->folder },
    { "XDG_CONFIG_HOME", window->folder }, { "STEMGLASS_STALL_REPORT", "1" },
    { "STEMGLASS_TIMING", "1" },
  };
  g_auto(GStrv) environment = g_get_environ();
  for (gsize i = 0; i < G_N_ELEMENTS(variables); i++)
    environment = g_environ_setenv(environment, variables[i].name, variables[i].value, TRUE);
  const char *program[] = { g_getenv("SG_TEST_PROGRAM"), NULL };
  g_assert_nonnull(program[0]);
  g_spawn_async(NULL, (char **)program, environment, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &window->pid,
                &error);
  g_assert_no_error(error);
  window->application = accessible_wait_application("stemglass", 30.0);
}

static void
window_stop(Window *window, gconstpointer data)
{
  kill(window->pid, SIGTERM);
  g_clear_object(&window->application);
  remove_below(window->folder);
  g_free(window->folder);
  g_free(window->song);
  g_free(window->captured);
}

static void
press(Window *window, const char *name)
{
  g_autoptr(AtspiAccessible) button = accessible_wait_button(window->application, name, 30.0);
  accessible_press(button);
}

static void
wait_for(Window *window, const char *name)
{
  g_autoptr(AtspiAccessible) found = accessible_wait_button(window->application, name, 30.0);
  g_assert_nonnull(found);
}

/* Files appear complete, so to be there is to be done. */
static void
wait_for_file(const char *path)
{
  for (int i = 0; i < 600 && !g_file_test(path, G_FILE_TEST_EXISTS); i++)
    g_usleep(50000);
  g_assert_true(g_file_test(path, G_FILE_TEST_EXISTS));
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

static void
assert_same_bytes(const char *a, const char *b)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *bytes_a = NULL, *bytes_b = NULL;
  gsize n_a, n_b;
  g_file_get_contents(a, &bytes_a, &n_a, &error);
  g_assert_no_error(error);
  g_file_get_contents(b, &bytes_b, &n_b, &error);
  g_assert_no_error(error);
  g_assert_cmpuint(n_a, >, 1000000);
  g_assert_cmpmem(bytes_a, n_a, bytes_b, n_b);
}

static SgPcm *
decode(const char *path)
{
  SgPcm *pcm;
  SgError error;
  if (sg_decode_file(path, false, NULL, NULL, NULL, &pcm, NULL, &error) != SG_OK)
    g_error("%s: %s", path, sg_status_id(error.status));
  return pcm;
}

/* What sounded from the song's start on was the drums and nothing else. */
static void
assert_heard_drums(Window *window, const char *drums_path)
{
  SgPcm *heard = decode(window->captured), *drums = decode(drums_path);
  double difference, level;
  g_assert_cmpuint(sg_pcm_rate(heard), ==, sg_pcm_rate(drums));
  /* The output runs a moment before the song begins: find the first sample that is not silent in both. */
  gint64 begins[2];
  const SgPcm *songs[] = { heard, drums };
  for (int s = 0; s < 2; s++) {
    gint64 n = 44100;
    g_autofree float *left = g_new(float, n), *right = g_new(float, n);
    g_assert_cmpint(sg_pcm_read(songs[s], 0, n, (float *[]){ left, right }, NULL), ==, SG_OK);
    for (begins[s] = 0; begins[s] < n && fabsf(left[begins[s]]) < 1e-3f; begins[s]++)
      ;
    g_assert_cmpint(begins[s], <, n);
  }
  gint64 shift = begins[0] - begins[1];
  g_test_message("the song began %" G_GINT64_FORMAT " samples into the capture", shift);
  g_assert_cmpint(sg_pcm_n_samples(heard) - shift, >, 44100);
  g_autofree float *left = g_new(float, 44100), *right = g_new(float, 44100);
  g_autofree float *left_drums = g_new(float, 44100), *right_drums = g_new(float, 44100);
  g_assert_cmpint(sg_pcm_read(heard, shift, 44100, (float *[]){ left, right }, NULL), ==, SG_OK);
  g_assert_cmpint(sg_pcm_read(drums, 0, 44100, (float *[]){ left_drums, right_drums }, NULL), ==, SG_OK);
  difference = level = 0.0;
  for (int i = 0; i < 44100; i++) {
    difference = MAX(difference, fabs((double)left[i] - left_drums[i]));
    level = MAX(level, fabs((double)left_drums[i]));
  }
  g_test_message("heard differs from the exported drums by %.2g, their peak is %.2g", difference, level);
  g_assert_cmpfloat(level, >, 0.1);
  g_assert_cmpfloat(difference, <, 1e-5);
  sg_pcm_free(heard);
  sg_pcm_free(drums);
}

static void
test_demo_from_open_to_export(Window *window, gconstpointer data)
{
  press(window, "Try the Demo");
  press(window, "Separate");
  press(window, "Solo Drums");
  wait_for(window, "Solo Rest");
  wait_for(window, "Export Stems");
  press(window, "Play");
  wait_for(window, "Pause");
  g_usleep(2 * G_USEC_PER_SEC);
  press(window, "Pause");
  wait_for(window, "Play");

  press(window, "Export Stems");
  press(window, "Choose Folder…");
  accessible_activate_default(window->application, "Choose a Folder for the Stems", 30.0);
  g_autofree char *last = g_build_filename(window->folder, "demo", "mixture", "rest.wav", NULL);
  wait_for_file(last);
  separate_with_command_line(window);
  static const char *const stems[] = { "drums.wav", "rest.wav" };
  for (gsize i = 0; i < G_N_ELEMENTS(stems); i++) {
    g_autofree char *exported = g_build_filename(window->folder, "demo", "mixture", stems[i], NULL);
    g_autofree char *expected = g_build_filename(window->folder, "cli", "mixture", stems[i], NULL);
    assert_same_bytes(exported, expected);
  }
  press(window, "Close"); /* the window: the capture is complete when the program has ended */
  g_autofree char *drums = g_build_filename(window->folder, "cli", "mixture", "drums.wav", NULL);
  int status;
  waitpid(window->pid, &status, 0);
  g_assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  assert_heard_drums(window, drums);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add("/app/window/demo-from-open-to-export", Window, NULL, window_start,
             test_demo_from_open_to_export, window_stop);
  return g_test_run();
}
