/* Through a real sound server without a sound card: JACK with its dummy driver, which keeps to the clock.
 * What arrives there is recorded and compared with what should; and the server goes away in the middle. */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/io/decoder.h"
#include "transport-bench.h"

enum { JACK_RATE = 48000, SILENCE = 3 * JACK_RATE / 2, SEAM = JACK_RATE / 100, N_ATTEMPTS = 3 };

static GPid
spawn(const char *const *arguments)
{
  GPid pid = 0;
  g_autoptr(GError) error = NULL;
  g_spawn_async(NULL, (char **)arguments, NULL,
                G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL |
                    G_SPAWN_STDERR_TO_DEV_NULL,
                NULL, NULL, &pid, &error);
  g_assert_no_error(error);
  return pid;
}

static void
end(GPid pid, int signal_number)
{
  kill(pid, signal_number);
  waitpid(pid, NULL, 0);
  g_spawn_close_pid(pid);
}

/* 0 where there is no JACK to test with. */
static GPid
server_new(void)
{
  const char *jackd[] = { "jackd", "-r", "-d", "dummy", "-r", "48000", "-p", "256", NULL };
  const char *wait[] = { "jack_wait", "-w", "-t", "10", NULL };
  g_autofree char *found = g_find_program_in_path("jackd"), *rec = g_find_program_in_path("jack_rec");
  if (found == NULL || rec == NULL) {
    g_test_skip("jackd and jack_rec are not installed");
    return 0;
  }
  GPid server = spawn(jackd), waiting = spawn(wait);
  int status = 1;
  waitpid(waiting, &status, 0);
  if (status != 0) {
    end(server, SIGKILL);
    g_test_skip("no JACK server could be started");
    return 0;
  }
  return server;
}

typedef struct {
  SgPcm *pcm;
  SgSeparation *separation;
  SgRenderer *renderer;
  SgTransport *transport;
  float *wanted; /* stereo, without the loop */
  int64_t n;
  SgLoop loop;
} Song;

/* Silence, then a band in two stems, with gains and pans, in a loop. */
static void
song_init(Song *song)
{
  song->n = SILENCE + 2 * JACK_RATE;
  g_autofree float *band = test_band_new(JACK_RATE, 2, song->n, 5);
  memset(band, 0, 2 * SILENCE * sizeof *band);
  song->pcm = test_pcm_new(JACK_RATE, 2, song->n, band);
  song->separation = test_hpss_new(song->pcm, 2);
  song->renderer = sg_renderer_new(song->separation);
  song->loop = (SgLoop){ SILENCE + JACK_RATE / 3, SILENCE + JACK_RATE };
  g_autofree float *stems = test_render_dup(song->separation, &SG_RENDER_SETTINGS_NATURAL, 8192);
  song->wanted = g_new(float, 2 * (gsize)song->n);
  const float gains[2][2] = { { 0.5f, 0.25f }, { 0.3f, 0.6f } };
  for (int64_t i = 0; i < song->n; i++)
    for (int side = 0; side < 2; side++)
      song->wanted[2 * i + side] =
          gains[0][side] * stems[2 * i + side] + gains[1][side] * stems[2 * (song->n + i) + side];
  SgTransportSource source = { .pcm = song->pcm, .renderer = song->renderer, .n_stems = 2 };
  g_assert_cmpint(sg_transport_new(sg_output_portaudio_new(), &song->transport, NULL), ==, SG_OK);
  sg_transport_set_source(song->transport, &source);
  sg_transport_set_gain(song->transport, 0, 0.5f);
  sg_transport_set_pan(song->transport, 0, -0.5f);
  sg_transport_set_gain(song->transport, 1, 0.6f);
  sg_transport_set_pan(song->transport, 1, 0.5f);
  sg_transport_set_loop(song->transport, song->loop);
}

static void
song_clear(Song *song)
{
  sg_transport_free(song->transport);
  sg_renderer_free(song->renderer);
  sg_separation_free(song->separation);
  sg_pcm_free(song->pcm);
  g_free(song->wanted);
}

static double
wanted_sample(const Song *song, int64_t frame, int side)
{
  SgLoop loop = song->loop;
  if (frame < loop.end)
    return song->wanted[2 * frame + side];
  int64_t in = (frame - loop.start) % (loop.end - loop.start);
  double sample = song->wanted[2 * (loop.start + in) + side], weight = (double)in / SEAM;
  return in >= SEAM ? sample : weight * sample + (1.0 - weight) * song->wanted[2 * (loop.end + in) + side];
}

static int64_t
first_sound(const float *stereo, int64_t n)
{
  int64_t first = 0;
  while (first < n && fabsf(stereo[2 * first]) < 0.01f)
    first++;
  return first;
}

/* Plays for some seconds while the server's side is recorded to `path`. */
static void
record(Song *song, const char *path)
{
  const char *rec[] = { "jack_rec",        "-f", path, "-d", "4", "-b", "32", "Stemglass:out_0",
                        "Stemglass:out_1", NULL };
  sg_transport_play(song->transport);
  g_usleep(500000); /* the ports are there, and the song is still silent */
  GPid recorder = spawn(rec);
  waitpid(recorder, NULL, 0);
  g_spawn_close_pid(recorder);
}

/* The largest error over three seconds from the first sound on, more than three rounds of the loop. */
static double
recorded_error(const Song *song, const char *path)
{
  g_autoptr(SgPcm) pcm = NULL;
  g_autofree char *folder = g_path_get_dirname(path);
  if (sg_decode_file(path, false, folder, NULL, NULL, &pcm, NULL, NULL) != SG_OK)
    return 1.0;
  g_autofree float *heard = test_pcm_dup(pcm);
  int64_t n = sg_pcm_n_samples(pcm), from = first_sound(heard, n), to = from + 5 * JACK_RATE / 2;
  int64_t shift = first_sound(song->wanted, song->n) - from;
  double error = 0.0;
  if (to > n)
    return 1.0;
  for (int64_t i = from; i < to; i++)
    for (int side = 0; side < 2; side++)
      error = fmax(error, fabs(heard[2 * i + side] - wanted_sample(song, i + shift, side)));
  return error;
}

static void
test_capture(void)
{
  GPid server = server_new();
  if (server == 0)
    return;
  g_autoptr(TestFolder) folder = test_folder_new();
  g_autofree char *path = g_build_filename(folder, "heard.wav", NULL);
  double error = 1.0;
  /* Where the machine is busy the server itself leaves blocks out. */
  for (int i = 0; i < N_ATTEMPTS && error > 1e-6; i++) {
    Song song;
    song_init(&song);
    record(&song, path);
    error = recorded_error(&song, path);
    SgTransportState state;
    sg_transport_get_state(song.transport, &state);
    g_test_message("%s, %u Hz, latency %.1f ms: error %.1f dB", state.output_name, state.output_rate_hz,
                   1000.0 * state.latency_s, test_dbfs(error));
    g_assert_cmpuint(state.output_rate_hz, ==, JACK_RATE);
    g_assert_true(g_str_has_prefix(state.output_name, "JACK"));
    song_clear(&song);
  }
  g_assert_cmpfloat(error, <=, 1e-6);
  end(server, SIGTERM);
}

/* The server dies: playing stops with a reason, and nothing hangs. */
static void
test_vanishes(void)
{
  GPid server = server_new();
  if (server == 0)
    return;
  Song song;
  SgTransportState state;
  song_init(&song);
  sg_transport_play(song.transport);
  double give_up_s = sg_playhead_clock_s() + 10.0;
  do {
    g_usleep(20000);
    sg_transport_get_state(song.transport, &state);
  } while (state.position < SILENCE / 4 && sg_playhead_clock_s() < give_up_s);
  g_assert_cmpint(state.position, >=, SILENCE / 4);
  end(server, SIGKILL);
  give_up_s = sg_playhead_clock_s() + 10.0;
  while (state.playing && sg_playhead_clock_s() < give_up_s) {
    g_usleep(20000);
    sg_transport_get_state(song.transport, &state);
  }
  g_assert_false(state.playing);
  g_assert_cmpint(state.output_error.status, ==, SG_NO_DEVICE);
  g_test_message("%s", state.output_error.detail);
  double began_s = sg_playhead_clock_s();
  song_clear(&song);
  g_assert_cmpfloat(sg_playhead_clock_s() - began_s, <, 5.0);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_autofree char *name = g_strdup_printf("stemglass-test-%d", (int)getpid());
  g_setenv("JACK_DEFAULT_SERVER", name, TRUE);
  g_test_add_func("/jack/capture", test_capture);
  g_test_add_func("/jack/vanishes", test_vanishes);
  return g_test_run();
}
