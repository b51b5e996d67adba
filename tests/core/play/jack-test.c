/* Through a real sound server without a sound card: JACK with its dummy driver, which keeps to the clock.
 * What arrives there is recorded and compared with what should; and the server goes away in the middle. */
#include "tests/support-jack.h"
#include "transport-bench.h"

enum { JACK_RATE = TEST_JACK_RATE, SILENCE = JACK_RATE / 2, SEAM = JACK_RATE / 100, N_ATTEMPTS = 5 };

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

/* Waits until there are so many frames of the song. */
static void
record(Song *song, TestRecorder *recorder, int64_t n)
{
  double give_up_s = sg_playhead_clock_s() + 30.0;
  test_recorder_begin(recorder);
  sg_transport_play(song->transport);
  while (test_recorder_n_frames(recorder) < n) {
    g_assert_cmpfloat(sg_playhead_clock_s(), <, give_up_s);
    g_usleep(10000);
  }
  sg_transport_pause(song->transport);
}

/* Opens the output, which makes the ports, and goes back to the start. */
static TestRecorder *
recorder_of(Song *song)
{
  sg_transport_play(song->transport);
  TestRecorder *recorder = test_recorder_new();
  sg_transport_pause(song->transport);
  sg_transport_seek(song->transport, 0);
  return recorder;
}

/* The largest error over the rounds of the loop that have been heard, from the first sound on. */
static double
recorded_error(const Song *song, const TestRecorder *recorder)
{
  const float *heard = test_recorder_stereo(recorder);
  int64_t n = test_recorder_n_frames(recorder), from = first_sound(heard, n);
  int64_t shift = first_sound(song->wanted, song->n) - from, n_heard = n - from;
  double error = 0.0;
  g_assert_cmpint(n_heard, >=, 2 * JACK_RATE);
  for (int64_t i = from; i < n; i++)
    for (int side = 0; side < 2; side++)
      error = fmax(error, fabs(heard[2 * i + side] - wanted_sample(song, i + shift, side)));
  return error;
}

/* Whether the song is heard as it should be; a machine so busy that our own ring ran empty is no judge. */
static bool
is_heard(Song *song, TestRecorder *recorder)
{
  SgTransportState before, after;
  sg_transport_get_state(song->transport, &before);
  record(song, recorder, 4 * JACK_RATE);
  sg_transport_get_state(song->transport, &after);
  g_assert_cmpuint(after.output_rate_hz, ==, JACK_RATE);
  g_assert_true(g_str_has_prefix(after.output_name, "JACK"));
  double error = recorded_error(song, recorder);
  g_test_message("%s, %u Hz, latency %.1f ms: error %.1f dB, %u underruns", after.output_name,
                 after.output_rate_hz, 1000.0 * after.latency_s, test_dbfs(error),
                 (unsigned)(after.n_underruns - before.n_underruns));
  if (after.n_underruns == before.n_underruns)
    g_assert_cmpfloat(error, <=, 1e-6);
  return error <= 1e-6;
}

static void
test_capture(void)
{
  if (!test_jack_start())
    return;
  int n_attempts = 0;
  bool heard = false;
  while (!heard && n_attempts++ < N_ATTEMPTS) {
    Song song;
    song_init(&song);
    TestRecorder *recorder = recorder_of(&song);
    heard = is_heard(&song, recorder);
    test_recorder_free(recorder);
    song_clear(&song);
  }
  g_assert_true(heard);
  test_jack_stop();
}

/* The server dies: playing stops with a reason, and nothing hangs. */
static void
test_vanishes(void)
{
  if (!test_jack_start())
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
  test_jack_kill();
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
  test_jack_stop();
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/jack/capture", test_capture);
  g_test_add_func("/jack/vanishes", test_vanishes);
  return g_test_run();
}
