#include "tests/support-jack.h"

#include <fcntl.h>
#include <jack/jack.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define SERVER_NAME "stemglass-test"
#define GIVE_UP_S 20

static GPid server;
static int lock = -1;

struct TestRecorder {
  jack_client_t *client;
  jack_port_t *ports[2];
  atomic_bool begin;
  gboolean recording; /* of the callback */
  _Atomic gint64 n_frames;
  float stereo[2 * TEST_RECORDER_SECONDS * TEST_JACK_RATE];
};

static void
say_nothing(const char *text)
{
}

/* Waits until no other test has a server. */
static void
take_turn(void)
{
  g_autofree char *path = g_strdup_printf("%s/" SERVER_NAME "-%d.lock", g_get_tmp_dir(), (int)getuid());
  lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  g_assert_cmpint(lock, >=, 0);
  g_assert_cmpint(flock(lock, LOCK_EX), ==, 0);
}

/* In the server before it begins: it ends with this process, and until then keeps the turn. */
static void
tie(gpointer data)
{
  fcntl(lock, F_SETFD, 0);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
}

static jack_client_t *
client_new(const char *name)
{
  return jack_client_open(name, JackNoStartServer | JackUseExactName, NULL);
}

/* Room for few ports: those that jackd has otherwise do not fit into the shared memory of a container. */
static void
spawn_server(void)
{
  const char *jackd[] = { "jackd", "-n",    SERVER_NAME, "-r",    "-S", "-p",  "64",
                          "-d",    "dummy", "-r",        "48000", "-p", "256", NULL };
  g_autoptr(GError) error = NULL;
  g_spawn_async(NULL, (char **)jackd, NULL,
                G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL |
                    G_SPAWN_STDERR_TO_DEV_NULL,
                tie, NULL, &server, &error);
  g_assert_no_error(error);
}

/* Until it answers. It does not come up while one of its name that has died is not yet buried. */
static void
bring_up_server(void)
{
  gint64 give_up = g_get_monotonic_time() + GIVE_UP_S * G_USEC_PER_SEC;
  jack_client_t *client;
  spawn_server();
  while ((client = client_new("waiting")) == NULL) {
    if (g_get_monotonic_time() > give_up)
      g_error("jackd does not come up; \"jackd -r -d dummy\" tells why");
    g_usleep(50000);
    if (waitpid(server, NULL, WNOHANG) != 0)
      spawn_server();
  }
  jack_client_close(client);
}

/* A test that fails takes its server with it. */
static void
on_abort(int signal_number)
{
  if (server != 0 && kill(server, SIGTERM) == 0)
    waitpid(server, NULL, 0);
}

gboolean
test_jack_start(void)
{
  g_autofree char *found = g_find_program_in_path("jackd");
  if (found == NULL) {
    g_test_skip("jackd is not installed");
    return FALSE;
  }
  g_setenv("JACK_DEFAULT_SERVER", SERVER_NAME, TRUE);
  jack_set_error_function(say_nothing);
  jack_set_info_function(say_nothing);
  signal(SIGABRT, on_abort);
  take_turn();
  bring_up_server();
  return TRUE;
}

static void
end_server(int signal_number)
{
  kill(server, signal_number);
  waitpid(server, NULL, 0);
  g_spawn_close_pid(server);
  server = 0;
}

void
test_jack_kill(void)
{
  end_server(SIGKILL);
}

void
test_jack_stop(void)
{
  /* The next of the same name takes over what one that was killed has left. */
  if (server == 0)
    bring_up_server();
  end_server(SIGTERM);
  close(lock);
}

/* Recording */

static int
record(jack_nframes_t n, void *user)
{
  TestRecorder *recorder = user;
  const float *sides[2];
  gint64 at = atomic_load(&recorder->n_frames);
  if (atomic_load(&recorder->begin)) {
    recorder->recording = TRUE;
    at = 0;
  }
  if (!recorder->recording || at + n > TEST_RECORDER_SECONDS * TEST_JACK_RATE)
    return 0;
  for (int side = 0; side < 2; side++)
    sides[side] = jack_port_get_buffer(recorder->ports[side], n);
  for (gint64 i = 0; i < n; i++)
    for (int side = 0; side < 2; side++)
      recorder->stereo[2 * (at + i) + side] = sides[side][i];
  atomic_store(&recorder->n_frames, at + n);
  atomic_store(&recorder->begin, FALSE);
  return 0;
}

/* The ports are there a little after playing has begun. */
static void
connect_port(TestRecorder *recorder, int side)
{
  static const char *const names[2] = { "left", "right" };
  recorder->ports[side] =
      jack_port_register(recorder->client, names[side], JACK_DEFAULT_AUDIO_TYPE, JackPortIsInput, 0);
  g_assert_nonnull(recorder->ports[side]);
  g_autofree char *from = g_strdup_printf("Stemglass:out_%d", side);
  gint64 give_up = g_get_monotonic_time() + GIVE_UP_S * G_USEC_PER_SEC;
  while (jack_connect(recorder->client, from, jack_port_name(recorder->ports[side])) != 0) {
    g_assert_cmpint(g_get_monotonic_time(), <, give_up);
    g_usleep(10000);
  }
}

TestRecorder *
test_recorder_new(void)
{
  TestRecorder *recorder = g_new0(TestRecorder, 1);
  recorder->client = client_new("recorder");
  g_assert_nonnull(recorder->client);
  jack_set_process_callback(recorder->client, record, recorder);
  g_assert_cmpint(jack_activate(recorder->client), ==, 0);
  for (int side = 0; side < 2; side++)
    connect_port(recorder, side);
  return recorder;
}

void
test_recorder_free(TestRecorder *recorder)
{
  if (recorder == NULL)
    return;
  jack_client_close(recorder->client);
  g_free(recorder);
}

void
test_recorder_begin(TestRecorder *recorder)
{
  gint64 give_up = g_get_monotonic_time() + GIVE_UP_S * G_USEC_PER_SEC;
  atomic_store(&recorder->begin, TRUE);
  while (atomic_load(&recorder->begin)) {
    g_assert_cmpint(g_get_monotonic_time(), <, give_up);
    g_usleep(1000);
  }
}

gint64
test_recorder_n_frames(const TestRecorder *recorder)
{
  return atomic_load(&recorder->n_frames);
}

const float *
test_recorder_stereo(const TestRecorder *recorder)
{
  return recorder->stereo;
}
