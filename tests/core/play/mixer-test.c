#include "core/play/mixer.h"

#include <fcntl.h>
#include <glib.h>
#include <math.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "audio-trap.h"
#include "core/base/memory.h"
#include "core/dsp/signals.h"
#include "tests/support.h"

enum { RATE = 44100, FADE = RATE / 100 + 1, DECK_FRAMES = 32768, BLOCK = 512 };

/* Every call of the callback in this file goes through here, with the trap armed. */
static void
pull(SgMixer *mixer, float *out_stereo, size_t n)
{
  for (size_t at = 0; at < n; at += BLOCK) {
    size_t count = n - at < BLOCK ? n - at : BLOCK;
    trap_armed = true;
    sg_mixer_callback(out_stereo + 2 * at, count, mixer);
    trap_armed = false;
    if (trap_n_caught > 0)
      g_error("%s called in the audio callback", trap_caught);
  }
}

static SgMixer *
mixer_new(void)
{
  SgMixer *mixer = sg_mixer_new();
  sg_mixer_set_rate(mixer, RATE);
  sg_mixer_set_playing(mixer, true);
  return mixer;
}

static void
load(SgMixer *mixer, int deck, uint32_t n_stems, int64_t start, int64_t join_frame)
{
  SgDeckPlan plan = { .n_stems = n_stems,
                      .start = start,
                      .song_rate_hz = RATE,
                      .speed = 1.0,
                      .join_frame = join_frame,
                      .serial = (uint64_t)deck + 1 };
  g_assert_true(sg_mixer_load(mixer, deck, &plan, DECK_FRAMES));
}

/* A deck of one stem that holds `n` frames of a constant. */
static void
load_constant(SgMixer *mixer, int deck, int64_t start, float value, size_t n)
{
  float frames[2 * 256];
  load(mixer, deck, 1, start, SG_DECK_JOIN_NOW);
  for (int i = 0; i < 2 * 256; i++)
    frames[i] = value;
  for (size_t at = 0; at < n; at += 256)
    sg_mixer_write(mixer, deck, frames, n - at < 256 ? n - at : 256);
}

static float
largest_step(const float *stereo, size_t n)
{
  float largest = 0.0f;
  for (size_t i = 2; i < 2 * n; i++)
    largest = fmaxf(largest, fabsf(stereo[i] - stereo[i - 2]));
  return largest;
}

static void
test_trap_works(void)
{
  if (!TRAP_WORKS) {
    g_test_skip("a sanitizer has taken the trap's place");
    return;
  }
  pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  trap_armed = true;
  void *volatile memory = malloc(16);
  int n_malloc = trap_n_caught;
  free(memory);
  int n_free = trap_n_caught;
  pthread_mutex_lock(&lock);
  int n_lock = trap_n_caught;
  ssize_t written = write(-1, "", 0);
  int n_write = trap_n_caught;
  sg_free(sg_alloc(1, 1));
  int n_engine = trap_n_caught;
  trap_armed = false;
  pthread_mutex_unlock(&lock);
  trap_n_caught = 0;
  g_assert_cmpint(n_malloc, ==, 1);
  g_assert_cmpint(n_free, ==, 2);
  g_assert_cmpint(n_lock, ==, 3);
  g_assert_cmpint(written, ==, -1);
  g_assert_cmpint(n_write, ==, 4);
  g_assert_cmpint(n_engine, ==, 6);
}

/* From the song's first sample on the sum of the stems comes out as it is, first sample included. */
static void
test_sum_from_the_start(void)
{
  enum { N = 3000 };
  static float frames[N * 6], out[2 * 4096];
  SgRandom random = sg_random_seeded(7);
  SgMixer *mixer = mixer_new();
  sg_signal_noise(frames, N * 6, 0.3f, &random);
  load(mixer, 0, 3, 0, SG_DECK_JOIN_NOW);
  g_assert_cmpuint(sg_mixer_write(mixer, 0, frames, N), ==, N);
  sg_mixer_end(mixer, 0);
  sg_mixer_offer(mixer, 0);
  pull(mixer, out, 4096);
  for (int i = 0; i < N; i++)
    for (int side = 0; side < 2; side++) {
      float sum = frames[6 * i + side] + frames[6 * i + 2 + side] + frames[6 * i + 4 + side];
      g_assert_cmpfloat_with_epsilon(out[2 * i + side], sum, 1e-6f);
    }
  for (int i = 2 * N; i < 2 * 4096; i++)
    g_assert_cmpfloat(out[i], ==, 0.0f);

  SgMixerReport report;
  sg_mixer_get_report(mixer, &report);
  g_assert_cmpint(report.position, ==, N);
  g_assert_cmpuint(report.serial, ==, 1);
  g_assert_cmpuint(report.n_underruns, ==, 0);
  g_assert_cmpuint(report.block, ==, BLOCK);
  g_assert_false(report.flowing);
  sg_mixer_free(mixer);
}

static void
test_begin_within_fades_in(void)
{
  static float out[2 * 2048];
  SgMixer *mixer = mixer_new();
  load_constant(mixer, 0, 100, 1.0f, 8192);
  sg_mixer_offer(mixer, 0);
  pull(mixer, out, 2048);
  g_assert_cmpfloat(out[0], ==, 0.0f);
  g_assert_cmpfloat(largest_step(out, 2048), <=, 1.01f / FADE);
  g_assert_cmpfloat(out[2 * FADE], ==, 1.0f);
  sg_mixer_free(mixer);
}

static void
test_gain(void)
{
  static float out[2 * 2048];
  SgMixer *mixer = mixer_new();
  load_constant(mixer, 0, 0, 1.0f, 16384);
  sg_mixer_offer(mixer, 0);
  pull(mixer, out, 1024);
  g_assert_cmpfloat(out[2047], ==, 1.0f);
  sg_mixer_set_gain(mixer, 0, 0, 0.0f);
  pull(mixer, out, 2048);
  g_assert_cmpfloat(largest_step(out, 2048), <=, 1.01f / FADE);
  g_assert_cmpfloat(out[FADE], <, 0.51f);           /* half way after 5 ms */
  g_assert_cmpfloat(out[2 * (FADE + 1)], ==, 0.0f); /* and silent after 10 */
  sg_mixer_set_gain(mixer, 0, 0, 0.25f);
  pull(mixer, out, 2048);
  g_assert_cmpfloat(out[2 * (FADE + 1)], ==, 0.25f);
  sg_mixer_free(mixer);
}

/* A pause fades, stands still and loses nothing: the samples are numbered. */
static void
test_pause(void)
{
  enum { N = 16384 };
  static float frames[2 * N], out[2 * 4096];
  SgMixer *mixer = mixer_new();
  SgMixerReport report;
  for (int i = 0; i < N; i++)
    frames[2 * i] = frames[2 * i + 1] = (float)i / N;
  load(mixer, 0, 1, 0, SG_DECK_JOIN_NOW);
  sg_mixer_write(mixer, 0, frames, N);
  sg_mixer_offer(mixer, 0);
  pull(mixer, out, 1024);
  sg_mixer_set_playing(mixer, false);
  pull(mixer, out, 4096);
  g_assert_cmpfloat(largest_step(out, 4096), <=, 1.01f / FADE);
  sg_mixer_get_report(mixer, &report);
  g_assert_true(report.silent);
  g_assert_false(report.flowing);
  g_assert_cmpint(report.position, <=, 1024 + FADE + 1);
  int64_t paused_at = report.position;
  sg_mixer_set_playing(mixer, true);
  pull(mixer, out, 2048);
  g_assert_cmpfloat(largest_step(out, 2048), <=, 1.01f / FADE);
  for (int i = FADE; i < 2048; i++)
    g_assert_cmpfloat_with_epsilon(out[2 * i], (float)(paused_at + i) / N, 1e-6f);
  sg_mixer_free(mixer);
}

static void
test_seek_cross_fades(void)
{
  static float out[2 * 4096];
  SgMixer *mixer = mixer_new();
  SgMixerReport report;
  load_constant(mixer, 0, 0, 1.0f, 16384);
  sg_mixer_offer(mixer, 0);
  pull(mixer, out, 1024);
  load_constant(mixer, 1, 50000, -1.0f, 16384);
  sg_mixer_offer(mixer, 1);
  pull(mixer, out, 2048);
  g_assert_cmpfloat(out[0], ==, 1.0f);
  g_assert_cmpfloat(out[2 * (FADE + 1)], ==, -1.0f);
  g_assert_cmpfloat(largest_step(out, 2048), <=, 2.02f / FADE);
  sg_mixer_get_report(mixer, &report);
  g_assert_cmpint(report.position, ==, 50000 + 2048);
  g_assert_cmpuint(report.serial, ==, 2);
  g_assert_cmpint(sg_mixer_deck_state(mixer, 0), ==, SG_DECK_FREE);
  g_assert_cmpint(sg_mixer_deck_state(mixer, 1), ==, SG_DECK_PLAYING);
  sg_mixer_free(mixer);
}

/* A deck that joins holds the same song from a frame on: nothing is heard of the change, be it offered in
 * time or late. */
static void
check_join(size_t pulled_before_offer)
{
  enum { N = 16384, JOIN = 3000, N_OUT = 10000 };
  static float frames[2 * N], out[2 * N_OUT];
  SgRandom random = sg_random_seeded(11);
  SgMixer *mixer = mixer_new();
  SgMixerReport report;
  sg_signal_noise(frames, 2 * N, 1.0f, &random);
  load(mixer, 0, 1, 0, SG_DECK_JOIN_NOW);
  sg_mixer_write(mixer, 0, frames, N);
  sg_mixer_offer(mixer, 0);
  pull(mixer, out, pulled_before_offer);
  load(mixer, 1, 1, JOIN, JOIN);
  sg_mixer_write(mixer, 1, frames + 2 * JOIN, N - JOIN);
  sg_mixer_offer(mixer, 1);
  pull(mixer, out + 2 * pulled_before_offer, N_OUT - pulled_before_offer);
  for (int i = 0; i < 2 * N_OUT; i++)
    g_assert_cmpfloat_with_epsilon(out[i], frames[i], 1e-6f);
  sg_mixer_get_report(mixer, &report);
  g_assert_cmpint(report.position, ==, N_OUT);
  g_assert_cmpuint(report.serial, ==, 2);
  sg_mixer_free(mixer);
}

static void
test_join(void)
{
  check_join(1024);
  check_join(2990);
  check_join(3000);
  check_join(5000);
}

static void
test_underrun(void)
{
  static float out[2 * 8192];
  SgMixer *mixer = mixer_new();
  SgMixerReport report;
  load_constant(mixer, 0, 0, 1.0f, 2000);
  sg_mixer_offer(mixer, 0);
  pull(mixer, out, 4096);
  g_assert_cmpfloat(out[0], ==, 1.0f);
  g_assert_cmpfloat(out[2 * 4095], ==, 0.0f);
  g_assert_cmpfloat(largest_step(out, 4096), <=, 1.01f / FADE); /* it faded before the ring was empty */
  sg_mixer_get_report(mixer, &report);
  g_assert_cmpuint(report.n_underruns, ==, 1);

  float frames[2 * 4096];
  for (int i = 0; i < 2 * 4096; i++)
    frames[i] = 1.0f;
  sg_mixer_write(mixer, 0, frames, 4096);
  pull(mixer, out, 1024);
  g_assert_cmpfloat(out[0], ==, 0.0f);
  g_assert_cmpfloat(out[2 * 1023], ==, 1.0f);
  g_assert_cmpfloat(largest_step(out, 1024), <=, 1.01f / FADE);
  sg_mixer_get_report(mixer, &report);
  g_assert_cmpuint(report.n_underruns, ==, 1);
  sg_mixer_free(mixer);
}

/* After the end the next deck begins at once, without a fade where it is the song's start. */
static void
test_again_after_the_end(void)
{
  static float out[2 * 2048];
  SgMixer *mixer = mixer_new();
  load_constant(mixer, 0, 0, 0.5f, 1500);
  sg_mixer_end(mixer, 0);
  sg_mixer_offer(mixer, 0);
  pull(mixer, out, 2048);
  load_constant(mixer, 1, 0, 0.75f, 8192);
  sg_mixer_offer(mixer, 1);
  pull(mixer, out, 1024);
  g_assert_cmpfloat(out[0], ==, 0.75f);
  g_assert_cmpfloat(out[2047], ==, 0.75f);
  g_assert_cmpint(sg_mixer_deck_state(mixer, 0), ==, SG_DECK_FREE);
  sg_mixer_free(mixer);
}

static void
test_retract(void)
{
  static float out[2 * 1024];
  SgMixer *mixer = mixer_new();
  load_constant(mixer, 0, 0, 0.5f, 4096);
  sg_mixer_offer(mixer, 0);
  g_assert_true(sg_mixer_retract(mixer, 0));
  pull(mixer, out, 1024);
  g_assert_cmpfloat(out[1000], ==, 0.0f);
  load_constant(mixer, 0, 0, 0.5f, 4096);
  sg_mixer_offer(mixer, 0);
  pull(mixer, out, 1024);
  g_assert_false(sg_mixer_retract(mixer, 0));
  g_assert_cmpfloat(out[1000], ==, 0.5f);
  sg_mixer_free(mixer);
}

static double
hold_db(const SgMeterReading *reading, int side)
{
  return test_dbfs(reading->hold[side]);
}

/* Pan is a balance: it takes from the other side and smoothly, and the middle takes nothing. */
static void
test_pan(void)
{
  static float out[2 * 2048];
  SgMixer *mixer = mixer_new();
  load_constant(mixer, 0, 0, 0.5f, 16384);
  sg_mixer_offer(mixer, 0);
  pull(mixer, out, 1024);
  g_assert_cmpfloat(out[2046], ==, 0.5f);
  g_assert_cmpfloat(out[2047], ==, 0.5f);
  sg_mixer_set_pan(mixer, 0, 0, -0.5f);
  pull(mixer, out, 2048);
  g_assert_cmpfloat(largest_step(out, 2048), <=, 0.26f / FADE);
  g_assert_cmpfloat(out[2 * (FADE + 1)], ==, 0.5f);
  g_assert_cmpfloat(out[2 * (FADE + 1) + 1], ==, 0.25f);
  sg_mixer_set_pan(mixer, 0, 0, 1.0f);
  pull(mixer, out, 2048);
  g_assert_cmpfloat(out[2 * (FADE + 1)], ==, 0.0f);
  g_assert_cmpfloat(out[2 * (FADE + 1) + 1], ==, 0.5f);
  sg_mixer_free(mixer);
}

/* Master gain, and the ceiling over it, with what the meters say. */
static void
test_master(void)
{
  static float out[2 * 4096];
  SgMixer *mixer = mixer_new();
  SgMixerReport report;
  SgMixerMeters meters;
  load_constant(mixer, 0, 0, 0.5f, 16384);
  sg_mixer_offer(mixer, 0);
  pull(mixer, out, 1024);
  sg_mixer_set_master(mixer, 0.5f);
  pull(mixer, out, 2048);
  g_assert_cmpfloat(out[2 * (FADE + 1)], ==, 0.25f);
  g_assert_cmpfloat(largest_step(out, 2048), <=, 0.26f / FADE);
  sg_mixer_get_report(mixer, &report);
  g_assert_cmpuint(report.n_over, ==, 0);
  sg_mixer_set_master(mixer, 4.0f);
  pull(mixer, out, 4096);
  sg_mixer_get_report(mixer, &report);
  sg_mixer_get_meters(mixer, &meters);
  g_assert_cmpuint(report.n_over, >, 3000);
  for (int i = 0; i < 2 * 4096; i++)
    g_assert_cmpfloat(out[i], <=, 1.0f);
  g_assert_cmpfloat_with_epsilon(hold_db(&meters.master, 0), 0.0, 0.1);
  g_assert_cmpfloat_with_epsilon(hold_db(&meters.stems[0], 1), -6.02, 0.01);
  sg_mixer_free(mixer);
}

/* The null meter: nothing is lacking of the mixture until a stem is turned down; then it is what that one
 * lost. The click and the master are no part of it. */
static void
test_null_meter(void)
{
  enum { N = 16384, WIDTH = 2 * 2 + 2 + 1 };
  static float frames[N * WIDTH], out[2 * 8192];
  SgRandom random = sg_random_seeded(19);
  SgMixer *mixer = mixer_new();
  SgMixerMeters meters;
  SgDeckPlan plan = { .n_stems = 2,
                      .has_mixture = true,
                      .has_click = true,
                      .song_rate_hz = RATE,
                      .speed = 1.0,
                      .join_frame = SG_DECK_JOIN_NOW,
                      .serial = 1 };
  sg_signal_noise(frames, N * WIDTH, 0.25f, &random);
  for (int i = 0; i < N; i++)
    for (int side = 0; side < 2; side++)
      frames[i * WIDTH + 4 + side] = frames[i * WIDTH + side] + frames[i * WIDTH + 2 + side];
  g_assert_true(sg_mixer_load(mixer, 0, &plan, N));
  g_assert_cmpuint(sg_mixer_write(mixer, 0, frames, N), ==, N);
  sg_mixer_set_click(mixer, 1.0f);
  sg_mixer_set_master(mixer, 0.25f);
  sg_mixer_offer(mixer, 0);
  pull(mixer, out, 4096);
  sg_mixer_get_meters(mixer, &meters);
  g_assert_cmpfloat(meters.null.hold[0], <, 1e-6f);
  /* The sum is heard, without the mixture a second time and with the click. */
  for (int i = FADE; i < 4096; i++)
    g_assert_cmpfloat_with_epsilon(
        out[2 * i], 0.25f * (frames[i * WIDTH] + frames[i * WIDTH + 2] + frames[i * WIDTH + 6]), 1e-6f);
  sg_mixer_set_gain(mixer, 0, 1, 0.5f);
  pull(mixer, out, 8192);
  sg_mixer_get_meters(mixer, &meters);
  g_assert_cmpfloat_with_epsilon(hold_db(&meters.null, 0), test_dbfs(0.125), 0.2);
  sg_mixer_free(mixer);
}

/* Everything at random, in blocks of any size: never a step that a fade would not make. */
static void
test_never_clicks(void)
{
  SgRandom random = test_random();
  SgMixer *mixer = mixer_new();
  static float out[2 * 4096];
  float frames[2 * 1024], values[SG_MIXER_N_DECKS], last = 0.0f, largest = 0.0f;
  for (int turn = 0; turn < 4000; turn++) {
    for (int deck = 0; deck < SG_MIXER_N_DECKS; deck++) {
      SgDeckState state = sg_mixer_deck_state(mixer, deck);
      if (state == SG_DECK_FREE && sg_random_below(&random, 4) == 0) {
        values[deck] = (float)sg_random_unit(&random);
        load_constant(mixer, deck, 1, values[deck], 2048);
        sg_mixer_offer(mixer, deck);
      } else if (state == SG_DECK_PLAYING && sg_random_below(&random, 3) > 0) {
        size_t n = sg_random_below(&random, 1024);
        for (size_t i = 0; i < 2 * n; i++)
          frames[i] = values[deck];
        sg_mixer_write(mixer, deck, frames, n);
      }
    }
    sg_mixer_set_playing(mixer, sg_random_below(&random, 4) > 0);
    sg_mixer_set_gain(mixer, (int)sg_random_below(&random, 2), 0, (float)sg_random_unit(&random));
    sg_mixer_set_pan(mixer, (int)sg_random_below(&random, 2), 0,
                     (float)(2.0 * sg_random_unit(&random) - 1.0));
    size_t n = 1 + sg_random_below(&random, 700);
    pull(mixer, out, n);
    largest = fmaxf(largest, fmaxf(fabsf(out[0] - last), largest_step(out, n)));
    last = out[2 * (n - 1)];
  }
  /* Level, blend and gain may all move at once. */
  g_assert_cmpfloat(largest, <=, 3.5f / FADE);
  sg_mixer_free(mixer);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/mixer/trap-works", test_trap_works);
  g_test_add_func("/mixer/sum-from-the-start", test_sum_from_the_start);
  g_test_add_func("/mixer/begin-within-fades-in", test_begin_within_fades_in);
  g_test_add_func("/mixer/gain", test_gain);
  g_test_add_func("/mixer/pan", test_pan);
  g_test_add_func("/mixer/master", test_master);
  g_test_add_func("/mixer/null-meter", test_null_meter);
  g_test_add_func("/mixer/pause", test_pause);
  g_test_add_func("/mixer/seek-cross-fades", test_seek_cross_fades);
  g_test_add_func("/mixer/join", test_join);
  g_test_add_func("/mixer/underrun", test_underrun);
  g_test_add_func("/mixer/again-after-the-end", test_again_after_the_end);
  g_test_add_func("/mixer/retract", test_retract);
  g_test_add_func("/mixer/never-clicks", test_never_clicks);
  return g_test_run();
}
