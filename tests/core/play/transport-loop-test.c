/* Loop, pan, speed, pitch, click and count-in, as they are heard. */
#include "core/play/stretch.h"
#include "transport-bench.h"

/* What is heard of a loop, from the song's first sample on. */
static float
looped_sample(const float *song, int64_t frame, SgLoop loop, uint32_t side)
{
  enum { SEAM = RATE / 100 };
  if (frame < loop.end)
    return song[2 * frame + side];
  int64_t length = loop.end - loop.start, in = (frame - loop.start) % length;
  float sample = song[2 * (loop.start + in) + side];
  if (in >= SEAM)
    return sample;
  float weight = (float)in / SEAM;
  return weight * sample + (1.0f - weight) * song[2 * (loop.end + in) + side];
}

/* Round and round, cross-faded at the seam, exact in its period; the position stays in the loop. */
static void
test_loop(void)
{
  Bench bench;
  int64_t n = 2 * RATE;
  SgLoop loop = { RATE / 2, RATE / 2 + 17654 };
  bench_init(&bench, noise_song(n, 2), n, 2, 0);
  sg_transport_set_loop(bench.transport, loop);
  sg_transport_play(bench.transport);
  for (int i = 1; i <= 5; i++) {
    wait_for_frames(&bench, RATE + i * RATE / 3);
    int64_t position = get_state(&bench).position;
    g_assert_cmpint(position, >=, loop.start - RATE / 50);
    g_assert_cmpint(position, <=, loop.end);
    if (i % 2 == 0) /* and across new decks */
      sg_transport_set_settings(bench.transport, &SG_RENDER_SETTINGS_NATURAL);
  }
  int64_t heard = atomic_load(&bench.tap->n_frames);
  double error = 0.0;
  for (int64_t i = 0; i < heard; i++)
    for (uint32_t side = 0; side < 2; side++)
      error = fmax(error,
                   fabs((double)bench.tap->stereo[2 * i + side] - looped_sample(bench.song, i, loop, side)));
  g_test_message("%.1f rounds, error %.1f dB", (double)(heard - loop.start) / (double)(loop.end - loop.start),
                 test_dbfs(error));
  g_assert_cmpfloat(error, <, 1e-6);
  g_assert_cmpuint(get_state(&bench).n_underruns, ==, 0);
  bench_clear(&bench, 1);
}

/* Changed while it plays: switched off the song goes on, set behind the playhead it goes back; no clicks. */
static void
test_loop_changes(void)
{
  Bench bench;
  int64_t n = 3 * RATE;
  float *song = g_new(float, (gsize)n);
  sg_signal_sine(song, n, RATE, 200.0, 0.5f);
  bench_init(&bench, song, n, 1, 0);
  sg_transport_set_loop(bench.transport, (SgLoop){ RATE / 4, RATE / 2 });
  sg_transport_play(bench.transport);
  wait_for_frames(&bench, RATE);
  sg_transport_set_loop(bench.transport, (SgLoop){ 0, 0 });
  wait_for_frames(&bench, RATE + RATE / 2);
  g_assert_cmpint(get_state(&bench).position, >, RATE / 2);
  sg_transport_set_loop(bench.transport, (SgLoop){ 1000, 9000 });
  g_assert_cmpint(get_state(&bench).position, ==, 1000);
  wait_for_frames(&bench, 2 * RATE);
  g_assert_cmpint(get_state(&bench).position, <=, 9000);
  sg_transport_set_loop(bench.transport, (SgLoop){ 2000, 7000 });
  wait_for_frames(&bench, 2 * RATE + RATE / 3);
  double step = largest_step(bench.tap->stereo, atomic_load(&bench.tap->n_frames));
  g_assert_cmpfloat(step, <=, 0.5 * 2 * M_PI * 200.0 / RATE + 2.0 / FADE);
  bench_clear(&bench, 1);
}

/* Gain and balance of two stems, against the stems rendered by themselves. */
static void
test_pan(void)
{
  Bench bench;
  int64_t n = RATE;
  bench_init(&bench, test_band_new(RATE, 2, n, 1), n, 2, 0);
  SgSeparation *separation = test_hpss_new(bench.pcm, 2);
  SgRenderer *renderer = sg_renderer_new(separation);
  g_autofree float *stems = test_render_dup(separation, &SG_RENDER_SETTINGS_NATURAL, 8192);
  const float *drums = stems, *rest = stems + 2 * n;
  set_source(&bench, bench.pcm, renderer, 2);
  sg_transport_set_pan(bench.transport, 0, -0.75f);
  sg_transport_set_gain(bench.transport, 1, 0.5f);
  sg_transport_set_pan(bench.transport, 1, 0.4f);
  sg_transport_play(bench.transport);
  wait_for_end(&bench);
  double error = 0.0;
  for (int64_t i = 0; i < n; i++) {
    double left = drums[2 * i] + 0.5 * 0.6 * rest[2 * i];
    double right = 0.25 * drums[2 * i + 1] + 0.5 * rest[2 * i + 1];
    error = fmax(error, fabs(bench.tap->stereo[2 * i] - left));
    error = fmax(error, fabs(bench.tap->stereo[2 * i + 1] - right));
  }
  g_test_message("error %.1f dB", test_dbfs(error));
  g_assert_cmpfloat(error, <, 1e-6);
  bench_clear(&bench, 2);
  sg_renderer_free(renderer);
  sg_separation_free(separation);
}

/* Rising zero crossings a second between two frames. */
static double
frequency_hz(const float *stereo, int64_t from, int64_t to, double rate_hz)
{
  int64_t first = -1, last = -1, n = 0;
  for (int64_t i = from + 1; i < to; i++)
    if (stereo[2 * i - 2] < 0.0f && stereo[2 * i] >= 0.0f) {
      first = first < 0 ? i : first;
      last = i;
      n++;
    }
  return n > 1 ? (double)(n - 1) * rate_hz / (double)(last - first) : 0.0;
}

/* A machine that is busy beyond measure makes the ring run empty, and what is heard late: then a test is made
 * again, and left out where the stretch by itself hardly keeps up with the clock. */
enum { N_ATTEMPTS = 5 };

static bool
is_machine_busy(void)
{
  enum { N_CALLS = 12 };
  float silence[2 * SG_STRETCH_MAX_SAMPLES] = { 0 }, out[4096];
  SgStretch *stretch = sg_stretch_new(RATE, 1.0, 12.0);
  double began_s = sg_playhead_clock_s();
  for (int i = 0; i < N_CALLS; i++) {
    sg_stretch_process(stretch, silence, SG_STRETCH_MAX_SAMPLES, false);
    sg_stretch_retrieve(stretch, out, 2048);
  }
  double passed_s = sg_playhead_clock_s() - began_s, made_s = (double)N_CALLS * SG_STRETCH_MAX_SAMPLES / RATE;
  sg_stretch_free(stretch);
  g_test_message("the stretch makes %.1f s a second", made_s / passed_s);
  return made_s < 4.0 * passed_s;
}

/* Whether to try again after a failed attempt; marks the test as left out where that is of no use. */
static bool
try_again(int n_attempts)
{
  bool busy = is_machine_busy();
  if (n_attempts < N_ATTEMPTS)
    return true;
  g_assert_true(busy);
  g_test_skip("the machine is too busy to play stretched");
  return false;
}

/* Speed changes the length and not the pitch, pitch the pitch and not the length. False when the ring ran
 * empty. */
static bool
is_stretched(double speed, double semitones, uint32_t rate_hz)
{
  Bench bench;
  int64_t n = RATE;
  float *song = g_new(float, (gsize)n);
  sg_signal_sine(song, n, RATE, 440.0, 0.5f);
  bench_init(&bench, song, n, 1, rate_hz);
  sg_transport_set_stretch(bench.transport, speed, semitones);
  sg_transport_play(bench.transport);
  wait_for_frames(&bench, rate_hz / 2);
  double at_half_s = (double)get_state(&bench).position / RATE;
  wait_for_end(&bench);
  int64_t length = llround((double)n / RATE * rate_hz / speed), heard = TAP_FRAMES - 1;
  while (heard > 0 && fabsf(bench.tap->stereo[2 * heard]) < 1e-3f)
    heard--;
  double hz = frequency_hz(bench.tap->stereo, length / 4, 3 * length / 4, rate_hz),
         wanted = 440.0 * exp2(semitones / 12.0);
  g_test_message("speed %.2f, %+.0f st: %.1f Hz, %.3f s, position %.3f s after 0.5 s", speed, semitones, hz,
                 (double)heard / rate_hz, at_half_s);
  bool starved = get_state(&bench).n_underruns > 0;
  if (starved) {
    bench_clear(&bench, 1);
    return false;
  }
  g_assert_cmpfloat_with_epsilon(hz, wanted, 0.01 * wanted);
  g_assert_cmpint(ABS(heard - length), <, rate_hz / 20);
  g_assert_cmpfloat_with_epsilon(at_half_s, 0.5 * speed, 0.06);
  g_assert_cmpint(get_state(&bench).position, ==, n);
  bench_clear(&bench, 1);
  return true;
}

static void
check_stretch(double speed, double semitones, uint32_t rate_hz)
{
  int n_attempts = 1;
  while (!is_stretched(speed, semitones, rate_hz) && try_again(n_attempts))
    n_attempts++;
}

static void
test_stretch(void)
{
  check_stretch(0.5, 0.0, RATE);
  check_stretch(1.5, 0.0, RATE);
  check_stretch(1.0, 7.0, RATE);
  check_stretch(0.8, -12.0, 48000);
}

/* A song of sines: a change of pitch, and a mute while stretching, are heard within 250 ms. False when they
 * were not, or the ring ran empty. */
static bool
changes_in_time(void)
{
  Bench bench;
  int64_t n = 4 * RATE;
  float *song = g_new(float, (gsize)n);
  sg_signal_sine(song, n, RATE, 440.0, 0.5f);
  bench_init(&bench, song, n, 1, 0);
  sg_transport_play(bench.transport);
  wait_for_frames(&bench, RATE / 2);
  int64_t asked = atomic_load(&bench.tap->n_frames);
  sg_transport_set_stretch(bench.transport, 1.0, 12.0);
  wait_for_frames(&bench, asked + RATE / 2);
  const float *heard = bench.tap->stereo;
  g_assert_cmpfloat_with_epsilon(frequency_hz(heard, asked - RATE / 10, asked, RATE), 440.0, 9.0);
  bool in_time = fabs(frequency_hz(heard, asked + RATE / 4, asked + RATE / 2, RATE) - 880.0) < 9.0;

  asked = atomic_load(&bench.tap->n_frames);
  sg_transport_set_gain(bench.transport, 0, 0.0f);
  wait_for_frames(&bench, asked + RATE / 2);
  int64_t silent = atomic_load(&bench.tap->n_frames);
  while (fabsf(heard[2 * silent - 2]) < 1e-4f)
    silent--;
  g_test_message("muted after %.1f ms", 1000.0 * (double)(silent - asked) / RATE);
  in_time = in_time && silent <= asked + RATE / 4;

  sg_transport_set_gain(bench.transport, 0, 1.0f);
  sg_transport_set_stretch(bench.transport, 1.0, 0.0);
  asked = atomic_load(&bench.tap->n_frames);
  wait_for_frames(&bench, asked + RATE / 2);
  int64_t position = get_state(&bench).position, from = asked + RATE / 4;
  /* The song is itself again: some shift of it, the one where it is now. */
  int64_t shift = position - atomic_load(&bench.tap->n_frames), best = 0;
  double least = 1.0;
  for (int64_t s = shift - 2 * SG_PACED_BLOCK; s <= shift + 2 * SG_PACED_BLOCK; s++) {
    double error = 0.0;
    for (int64_t i = 0; i < 1000; i++)
      error = fmax(error, fabs((double)heard[2 * (from + i)] - bench.song[from + i + s]));
    if (error < least) {
      least = error;
      best = s;
    }
  }
  in_time = in_time && get_state(&bench).n_underruns == 0;
  g_test_message("the song again: error %g at %d", least, (int)(best - shift));
  if (in_time)
    g_assert_cmpfloat(least, ==, 0.0);
  bench_clear(&bench, 1);
  return in_time;
}

static void
test_stretch_changes(void)
{
  int n_attempts = 1;
  while (!changes_in_time() && try_again(n_attempts))
    n_attempts++;
}

/* The stems' meters go on while their sum is stretched. */
static void
test_stretched_meters(void)
{
  Bench bench;
  int64_t n = 2 * RATE;
  SgMixerMeters meters;
  bench_init(&bench, test_band_new(RATE, 2, n, 1), n, 2, 0);
  SgSeparation *separation = test_hpss_new(bench.pcm, 2);
  SgRenderer *renderer = sg_renderer_new(separation);
  set_source(&bench, bench.pcm, renderer, 2);
  sg_transport_play(bench.transport);
  wait_for_frames(&bench, RATE / 2);
  sg_transport_get_meters(bench.transport, &meters);
  float plain = meters.stems[1].hold[0];
  sg_transport_set_stretch(bench.transport, 0.75, 0.0);
  sg_transport_set_gain(bench.transport, 0, 0.0f);
  sg_transport_set_gain(bench.transport, 1, 0.5f);
  wait_for_frames(&bench, 5 * RATE / 2);
  sg_transport_get_meters(bench.transport, &meters);
  g_test_message("%.1f dB, stretched %.1f dB", test_dbfs(plain), test_dbfs(meters.stems[1].hold[0]));
  g_assert_cmpfloat_with_epsilon(test_dbfs(meters.stems[1].hold[0]), test_dbfs(plain) - 6.02, 2.0);
  g_assert_cmpfloat(meters.stems[0].peak[0], <, 0.2f * plain);
  bench_clear(&bench, 2);
  sg_renderer_free(renderer);
  sg_separation_free(separation);
}

/* The frames at which tones of the click begin. */
static guint
find_clicks(const float *stereo, int64_t n, int64_t *out_frames, guint room)
{
  guint found = 0;
  int64_t quiet = RATE;
  for (int64_t i = 0; i < n && found < room; i++) {
    if (fabsf(stereo[2 * i]) < 1e-4f)
      quiet++;
    else {
      if (quiet > RATE / 10)
        out_frames[found++] = i - 1; /* a sine begins with zero */
      quiet = 0;
    }
  }
  return found;
}

static void
test_click(void)
{
  Bench bench;
  int64_t n = 2 * RATE, clicks[16];
  bench_init(&bench, g_new0(float, (gsize)n), n, 1, 0);
  SgBeatGrid *grid = sg_beat_grid_new_regular(RATE / 4, RATE / 2, 4, n);
  sg_transport_set_beats(bench.transport, grid);
  sg_beat_grid_unref(grid);
  sg_transport_set_click(bench.transport, 1.0f);
  sg_transport_play(bench.transport);
  wait_for_end(&bench);
  guint n_clicks = find_clicks(bench.tap->stereo, 2 * RATE, clicks, 16);
  g_assert_cmpuint(n_clicks, ==, 4);
  for (guint i = 0; i < n_clicks; i++)
    g_assert_cmpint(ABS(clicks[i] - (RATE / 4 + (int64_t)i * RATE / 2)), <=, 1);
  /* The bar's first beat has the higher tone. */
  g_assert_cmpfloat(frequency_hz(bench.tap->stereo, clicks[0], clicks[0] + 600, RATE), >, 1400.0);
  g_assert_cmpfloat(frequency_hz(bench.tap->stereo, clicks[1], clicks[1] + 600, RATE), <, 1200.0);
  bench_clear(&bench, 1);
}

/* In a loop at half speed the clicks stay on the beats. */
static void
test_click_in_loop(void)
{
  Bench bench;
  int64_t n = RATE, clicks[16];
  bench_init(&bench, g_new0(float, (gsize)n), n, 1, 0);
  SgBeatGrid *grid = sg_beat_grid_new_regular(0.0, RATE / 4, 4, n);
  sg_transport_set_beats(bench.transport, grid);
  sg_beat_grid_unref(grid);
  sg_transport_set_click(bench.transport, 1.0f);
  sg_transport_set_loop(bench.transport, (SgLoop){ RATE / 8, RATE / 8 + RATE / 2 });
  sg_transport_set_stretch(bench.transport, 0.5, 0.0);
  sg_transport_play(bench.transport);
  wait_for_frames(&bench, 5 * RATE / 2);
  guint n_clicks = find_clicks(bench.tap->stereo, 5 * RATE / 2 - 2000, clicks, 16);
  g_assert_cmpuint(n_clicks, ==, 5);
  for (guint i = 0; i < n_clicks; i++)
    g_assert_cmpint(ABS(clicks[i] - (int64_t)i * RATE / 2), <=, 1);
  bench_clear(&bench, 1);
}

/* A bar is counted in, then the song begins where it was to, also when a setting changes on the way. */
static void
check_count_in(bool is_changed)
{
  Bench bench;
  int64_t n = 2 * RATE, clicks[16], lead = 2 * RATE - RATE / 4;
  float *song = g_new0(float, (gsize)n);
  for (int64_t i = 0; i < n; i++)
    song[i] = 0.25f;
  bench_init(&bench, song, n, 1, 0);
  SgBeatGrid *grid = sg_beat_grid_new_regular(RATE / 4, RATE / 2, 4, n);
  sg_transport_set_beats(bench.transport, grid);
  sg_beat_grid_unref(grid);
  sg_transport_set_count_in(bench.transport, 1.0f);
  sg_transport_play(bench.transport);
  wait_for_frames(&bench, RATE);
  g_assert_cmpint(get_state(&bench).position, ==, 0);
  if (is_changed)
    sg_transport_set_settings(bench.transport, &SG_RENDER_SETTINGS_NATURAL);
  wait_for_frames(&bench, 3 * RATE);
  guint n_clicks = find_clicks(bench.tap->stereo, lead, clicks, 16);
  g_assert_cmpuint(n_clicks, ==, 4);
  for (guint i = 0; i < n_clicks; i++)
    g_assert_cmpint(ABS(clicks[i] - (int64_t)i * RATE / 2), <=, 1);
  g_assert_cmpfloat(bench.tap->stereo[2 * lead - 2], ==, 0.0f);
  for (int64_t i = lead; i < 3 * RATE; i++)
    g_assert_cmpfloat(bench.tap->stereo[2 * i], ==, 0.25f);
  bench_clear(&bench, 1);
}

static void
test_count_in(void)
{
  check_count_in(false);
  check_count_in(true);
}

/* While stretching the stems are mixed before the mixer: gain and balance are in that mix. */
static void
test_stretched_pan(void)
{
  Bench bench;
  int64_t n = RATE;
  float *song = g_new(float, (gsize)n);
  sg_signal_sine(song, n, RATE, 440.0, 0.5f);
  bench_init(&bench, song, n, 1, 0);
  sg_transport_set_stretch(bench.transport, 1.0, 7.0);
  sg_transport_set_pan(bench.transport, 0, -0.5f);
  sg_transport_play(bench.transport);
  wait_for_end(&bench);
  const float *heard = bench.tap->stereo;
  double left = 0.0, right = 0.0;
  for (int64_t i = RATE / 4; i < 3 * RATE / 4; i++) {
    left = fmax(left, fabs((double)heard[2 * i]));
    right = fmax(right, fabs((double)heard[2 * i + 1]));
  }
  g_test_message("%.1f dB left, %.1f dB right", test_dbfs(left), test_dbfs(right));
  g_assert_cmpfloat(left, >, 0.3);
  g_assert_cmpfloat_with_epsilon(right / left, 0.5, 0.02);
  bench_clear(&bench, 1);
}

/* Another output takes over while playing; whether soon, and from where the first was. */
static bool
is_handed_over_in_time(void)
{
  Bench bench;
  int64_t n = 4 * RATE;
  bench_init(&bench, ramp_song(n), n, 2, 0);
  sg_transport_play(bench.transport);
  wait_for_frames(&bench, RATE / 2);
  int64_t before = get_state(&bench).position;
  Tap *second = tap_new(0);
  sg_transport_set_output(bench.transport, &second->paced.output);
  bench.tap = second; /* the first is freed by the streamer */
  wait_for_frames(&bench, RATE / 2);
  SgTransportState state = get_state(&bench);
  g_assert_true(state.playing);
  g_assert_cmpint(state.output_error.status, ==, SG_OK);
  g_assert_cmpint(state.position, >, before + RATE / 4);
  int64_t at = llround((double)second->stereo[2 * (RATE / 4)] * (double)n);
  g_assert_cmpint(at, >=, before + RATE / 4 - RATE / 20);
  bench_clear(&bench, 1);
  return at <= before + RATE / 4 + RATE / 10;
}

static void
test_set_output(void)
{
  play_in_time(is_handed_over_in_time);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/transport/loop", test_loop);
  g_test_add_func("/transport/loop-changes", test_loop_changes);
  g_test_add_func("/transport/pan", test_pan);
  g_test_add_func("/transport/stretch", test_stretch);
  g_test_add_func("/transport/stretch-changes", test_stretch_changes);
  g_test_add_func("/transport/stretched-pan", test_stretched_pan);
  g_test_add_func("/transport/stretched-meters", test_stretched_meters);
  g_test_add_func("/transport/click", test_click);
  g_test_add_func("/transport/click-in-loop", test_click_in_loop);
  g_test_add_func("/transport/count-in", test_count_in);
  g_test_add_func("/transport/set-output", test_set_output);
  return g_test_run();
}
