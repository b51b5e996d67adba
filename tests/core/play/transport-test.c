#include "core/play/transport.h"

#include <unistd.h>

#include "core/dsp/resample.h"
#include "transport-bench.h"

/* From the first to the last sample the song comes out as it is; then playing is over and begins anew. */
static void
test_null(void)
{
  Bench bench;
  int64_t n = RATE + 12345;
  bench_init(&bench, noise_song(n, 2), n, 2, 0);
  sg_transport_play(bench.transport);
  g_assert_true(get_state(&bench).playing);
  wait_for_end(&bench);
  SgTransportState state = get_state(&bench);
  g_assert_cmpint(state.position, ==, n);
  g_assert_cmpuint(state.n_underruns, ==, 0);
  g_assert_cmpuint(state.output_rate_hz, ==, RATE);
  g_assert_cmpfloat(largest_error(bench.tap->stereo, bench.song, 2 * n), <, 1e-6);
  int64_t second = atomic_load(&bench.tap->n_frames);
  for (int64_t i = 2 * n; i < 2 * second; i++)
    g_assert_cmpfloat(bench.tap->stereo[i], ==, 0.0f);

  sg_transport_play(bench.transport);
  g_assert_cmpint(get_state(&bench).position, ==, 0);
  wait_for_frames(&bench, second + RATE / 2);
  g_assert_true(get_state(&bench).playing);
  while (second < TAP_FRAMES && bench.tap->stereo[2 * second] == 0.0f)
    second++;
  g_assert_cmpfloat(largest_error(bench.tap->stereo + 2 * second, bench.song, 2 * (RATE / 4)), <, 1e-6);
  bench_clear(&bench, 1);
}

static void
test_mono(void)
{
  Bench bench;
  int64_t n = RATE / 2;
  bench_init(&bench, noise_song(n, 1), n, 1, 0);
  sg_transport_play(bench.transport);
  wait_for_end(&bench);
  for (int64_t i = 0; i < n; i++) {
    g_assert_cmpfloat(bench.tap->stereo[2 * i], ==, bench.song[i]);
    g_assert_cmpfloat(bench.tap->stereo[2 * i + 1], ==, bench.song[i]);
  }
  bench_clear(&bench, 1);
}

/* The whole song resampled at once, after a little silence that is then cut off: at the very first samples
 * that it is given soxr is less exact. */
static float *
resampled(const float *song, int64_t n, uint32_t out_rate_hz, int64_t *out_n)
{
  SgResampler *resampler;
  enum { SILENCE = RATE / 50 };
  int64_t n_silence = sg_resampled_length(SILENCE, RATE, out_rate_hz);
  int64_t room = sg_resampled_length(n + SILENCE, RATE, out_rate_hz);
  float *in = SG_NEW(float, 2 * (size_t)(n + SILENCE)), *out = SG_NEW(float, 2 * (size_t)room);
  size_t taken, made, drained;
  memcpy(in + 2 * SILENCE, song, 2 * (size_t)n * sizeof *in);
  g_assert_cmpint(sg_resampler_new(RATE, out_rate_hz, 2, &resampler, NULL), ==, SG_OK);
  sg_resampler_process(resampler, in, (size_t)(n + SILENCE), &taken, out, (size_t)room, &made, NULL);
  sg_resampler_drain(resampler, out + 2 * made, (size_t)room - made, &drained, NULL);
  g_assert_cmpint((int64_t)taken, ==, n + SILENCE);
  g_assert_cmpint((int64_t)(made + drained), ==, room);
  *out_n = room - n_silence;
  memmove(out, out + 2 * n_silence, 2 * (size_t)*out_n * sizeof *out);
  sg_resampler_free(resampler);
  sg_free(in);
  return out;
}

/* Another device rate: what is heard is the song resampled in one piece, also across new decks. */
static void
check_other_rate(uint32_t rate_hz)
{
  Bench bench;
  int64_t n = RATE + RATE / 3, n_wanted;
  float *song = noise_song(n, 2);
  for (int64_t i = 0; i < 2 * n; i++)
    song[i] *= 0.5f; /* between its samples noise goes higher, and it is to stay below the ceiling */
  bench_init(&bench, song, n, 2, rate_hz);
  sg_transport_play(bench.transport);
  for (int i = 1; i <= 3; i++) {
    wait_for_frames(&bench, i * rate_hz / 4);
    sg_transport_set_settings(bench.transport, &SG_RENDER_SETTINGS_NATURAL);
  }
  wait_for_end(&bench);
  float *wanted = resampled(bench.song, n, rate_hz, &n_wanted);
  double error = largest_error(bench.tap->stereo, wanted, 2 * n_wanted);
  g_test_message("%u Hz: error %.1f dB", rate_hz, 20 * log10(error));
  g_assert_cmpfloat(error, <, 1e-5);
  g_assert_cmpuint(get_state(&bench).n_underruns, ==, 0);
  g_assert_cmpint(get_state(&bench).position, ==, n);
  sg_free(wanted);
  bench_clear(&bench, 1);
}

static void
test_other_rates(void)
{
  check_other_rate(48000);
  check_other_rate(22050);
}

/* A separation of the song, done, and its renderer. */
typedef struct {
  SgSeparation *separation;
  SgRenderer *renderer;
} Stems;

static Stems
stems_of(const Bench *bench)
{
  SgSeparation *separation = test_hpss_new(bench->pcm, 2);
  return (Stems){ separation, sg_renderer_new(separation) };
}

static void
stems_clear(Stems *stems)
{
  sg_renderer_free(stems->renderer);
  sg_separation_free(stems->separation);
}

/* All stems at gain 1 are the song, also while decks are made anew with equal settings. */
static void
test_stems_null(void)
{
  Bench bench;
  int64_t n = 2 * RATE;
  bench_init(&bench, test_band_new(RATE, 2, n, 1), n, 2, 0);
  Stems stems = stems_of(&bench);
  set_source(&bench, bench.pcm, stems.renderer, 2);
  sg_transport_play(bench.transport);
  for (int i = 1; i < 14; i++) {
    wait_for_frames(&bench, i * RATE / 8);
    if (i % 2 == 0)
      sg_transport_set_settings(bench.transport, &SG_RENDER_SETTINGS_NATURAL);
    else
      sg_transport_refresh(bench.transport);
  }
  wait_for_end(&bench);
  double error = largest_error(bench.tap->stereo, bench.song, 2 * n);
  g_test_message("error %.1f dB", 20 * log10(error));
  g_assert_cmpfloat(error, <, 1e-6);
  g_assert_cmpuint(get_state(&bench).n_underruns, ==, 0);
  bench_clear(&bench, 2);
  stems_clear(&stems);
}

static void
test_solo(void)
{
  Bench bench;
  int64_t n = RATE;
  bench_init(&bench, test_band_new(RATE, 2, n, 1), n, 2, 0);
  Stems stems = stems_of(&bench);
  g_autofree float *drums = test_render_dup(stems.separation, &SG_RENDER_SETTINGS_NATURAL, 8192);
  set_source(&bench, bench.pcm, stems.renderer, 2);
  sg_transport_set_gain(bench.transport, 1, 0.0f);
  sg_transport_play(bench.transport);
  wait_for_end(&bench);
  g_assert_cmpfloat(largest_error(bench.tap->stereo, drums, 2 * n), <, 1e-6);
  g_assert_cmpfloat(largest_error(bench.tap->stereo, bench.song, 2 * n), >, 0.05);
  bench_clear(&bench, 2);
  stems_clear(&stems);
}

/* A stronger drums stem is heard without a gap or a jump of the song; whether within 100 ms. */
static bool
is_stronger_in_time(void)
{
  Bench bench;
  int64_t n = 2 * RATE;
  bench_init(&bench, test_band_new(RATE, 2, n, 1), n, 2, 0);
  Stems stems = stems_of(&bench);
  SgRenderSettings hard = SG_RENDER_SETTINGS_NATURAL;
  hard.strength[0] = 8.0f;
  g_autofree float *before = test_render_dup(stems.separation, &SG_RENDER_SETTINGS_NATURAL, 8192);
  g_autofree float *after = test_render_dup(stems.separation, &hard, 8192);
  set_source(&bench, bench.pcm, stems.renderer, 2);
  sg_transport_set_gain(bench.transport, 1, 0.0f);
  sg_transport_play(bench.transport);
  wait_for_frames(&bench, RATE / 2);
  int64_t asked = atomic_load(&bench.tap->n_frames);
  sg_transport_set_settings(bench.transport, &hard);
  wait_for_end(&bench);
  const float *heard = bench.tap->stereo;
  int64_t left = 0;
  while (left < n && fabsf(heard[2 * left] - before[2 * left]) < 1e-5f)
    left++;
  g_test_message("heard after %.1f ms", 1000.0 * (double)(left - asked) / RATE);
  g_assert_cmpint(left, >=, asked);
  g_assert_cmpfloat(
      largest_error(heard + 2 * (left + FADE), after + 2 * (left + FADE), 2 * (n - left - FADE)), <, 1e-6);
  bench_clear(&bench, 2);
  stems_clear(&stems);
  return left + FADE <= asked + RATE / 10;
}

static void
test_strength(void)
{
  play_in_time(is_stronger_in_time);
}

/* A gain is faded to in ten milliseconds; whether at once, but for a block that may have been under way. */
static bool
is_muted_in_time(void)
{
  Bench bench;
  int64_t n = 2 * RATE;
  float *song = g_new(float, (gsize)n);
  for (int64_t i = 0; i < n; i++)
    song[i] = 0.5f;
  bench_init(&bench, song, n, 1, 0);
  sg_transport_play(bench.transport);
  wait_for_frames(&bench, RATE / 4);
  int64_t asked = atomic_load(&bench.tap->n_frames);
  sg_transport_set_gain(bench.transport, 0, 0.0f);
  wait_for_frames(&bench, asked + RATE / 4);
  for (int64_t i = 0; i < asked; i++)
    g_assert_cmpfloat(bench.tap->stereo[2 * i], ==, 0.5f);
  int64_t silent = asked + RATE / 4;
  while (bench.tap->stereo[2 * silent - 2] == 0.0f)
    silent--;
  g_test_message("muted after %.1f ms", 1000.0 * (double)(silent - asked) / RATE);
  g_assert_cmpfloat(largest_step(bench.tap->stereo, asked + RATE / 4), <, 0.51 / FADE);
  bench_clear(&bench, 1);
  return silent <= asked + RATE / 50;
}

static void
test_gain(void)
{
  play_in_time(is_muted_in_time);
}

/* Lands on the very sample; the position is the goal at once. Whether it was heard in time, within 100 ms,
 * and the position then was where the ear is. */
static bool
seeks_in_time(void)
{
  Bench bench;
  int64_t n = 4 * RATE, goal = 123456;
  bench_init(&bench, ramp_song(n), n, 2, 0);
  sg_transport_play(bench.transport);
  wait_for_frames(&bench, RATE / 3);
  int64_t asked = atomic_load(&bench.tap->n_frames);
  sg_transport_seek(bench.transport, goal);
  g_assert_cmpint(get_state(&bench).position, ==, goal);
  wait_for_frames(&bench, asked + RATE / 4);
  SgTransportState state = get_state(&bench);
  int64_t n_after = atomic_load(&bench.tap->n_frames);
  const float *heard = bench.tap->stereo;
  int64_t left = 0;
  while (left < n_after && fabsf(heard[2 * left] - bench.song[2 * left]) < 1e-6f)
    left++;
  /* The first frame of the cross-fade has weight 0. */
  int64_t landed = left - 1;
  g_test_message("heard after %.1f ms", 1000.0 * (double)(landed - asked) / RATE);
  g_assert_cmpint(landed, >=, asked);
  for (int64_t i = landed + FADE; i < n_after; i++)
    g_assert_cmpfloat(heard[2 * i], ==, bench.song[2 * (goal + i - landed)]);
  /* Where the ear is: within the last block that was mixed. */
  int64_t ahead = state.position - (goal + n_after - landed);
  g_test_message("the position is %d ahead", (int)ahead);
  bench_clear(&bench, 1);
  return landed <= asked + RATE / 10 && ahead >= -2 * SG_PACED_BLOCK && ahead <= SG_PACED_BLOCK;
}

static void
test_seek(void)
{
  play_in_time(seeks_in_time);
}

/* Seeks, pauses and plays on a sine: no step that the sine and a fade together would not make. */
static void
test_no_clicks(void)
{
  Bench bench;
  int64_t n = 4 * RATE;
  SgRandom random = test_random();
  float *song = g_new(float, (gsize)n);
  sg_signal_sine(song, n, RATE, 200.0, 0.5f);
  bench_init(&bench, song, n, 1, 0);
  sg_transport_play(bench.transport);
  for (int i = 0; i < 60; i++) {
    g_usleep(sg_random_below(&random, 60000));
    switch (sg_random_below(&random, 4)) {
    case 0:
      sg_transport_pause(bench.transport);
      g_assert_false(get_state(&bench).playing);
      break;
    case 1:
      sg_transport_seek(bench.transport, (int64_t)sg_random_below(&random, 3 * RATE));
      break;
    case 2:
      sg_transport_set_settings(bench.transport, &SG_RENDER_SETTINGS_NATURAL);
      break;
    default:
      sg_transport_play(bench.transport);
      g_assert_true(get_state(&bench).playing);
    }
  }
  sg_transport_pause(bench.transport);
  g_usleep(50000);
  double step = largest_step(bench.tap->stereo, atomic_load(&bench.tap->n_frames));
  g_assert_cmpfloat(step, <=, 0.5 * 2 * M_PI * 200.0 / RATE + 2.0 / FADE);
  bench_clear(&bench, 1);
}

/* While paused: seeks are only noted, the position shows them, and play begins there. */
static void
test_paused_seek(void)
{
  Bench bench;
  int64_t n = 2 * RATE;
  bench_init(&bench, ramp_song(n), n, 2, 0);
  sg_transport_seek(bench.transport, 7000);
  g_assert_cmpint(get_state(&bench).position, ==, 7000);
  sg_transport_seek(bench.transport, -5);
  g_assert_cmpint(get_state(&bench).position, ==, 0);
  sg_transport_seek(bench.transport, n + 5);
  g_assert_cmpint(get_state(&bench).position, ==, n);
  sg_transport_seek(bench.transport, RATE);
  g_assert_false(get_state(&bench).playing);
  sg_transport_play(bench.transport);
  wait_for_frames(&bench, RATE / 4);
  for (int64_t i = FADE; i < RATE / 4; i++)
    g_assert_cmpfloat(bench.tap->stereo[2 * i], ==, bench.song[2 * (RATE + i)]);
  sg_transport_pause(bench.transport);
  wait_for_silence(&bench);
  wait_for_rest(&bench);
  int64_t paused_at = get_state(&bench).position;
  g_usleep(50000);
  g_assert_cmpint(get_state(&bench).position, ==, paused_at);
  g_assert_cmpint(paused_at, >, RATE + RATE / 5);
  bench_clear(&bench, 1);
}

/* Nothing waits for a device that is slow to open, and one that is not there is told. */
static void
test_no_device(void)
{
  Bench bench;
  int64_t n = RATE;
  bench_init(&bench, ramp_song(n), n, 2, 0);
  atomic_store(&bench.tap->held, true);
  atomic_store(&bench.tap->n_failures, 1);
  sg_transport_play(bench.transport);
  sg_transport_seek(bench.transport, 4410);
  sg_transport_set_gain(bench.transport, 0, 0.5f);
  sg_transport_refresh(bench.transport);
  g_assert_true(get_state(&bench).playing);
  atomic_store(&bench.tap->held, false);
  wait_for_end(&bench);
  SgTransportState state = get_state(&bench);
  g_assert_cmpint(state.output_error.status, ==, SG_NO_DEVICE);
  g_assert_cmpstr(state.output_error.detail, ==, "unplugged");
  g_assert_cmpuint(state.output_rate_hz, ==, 0);
  g_assert_cmpint(state.position, ==, 4410);
  sg_transport_seek(bench.transport, 8820);
  g_assert_cmpint(get_state(&bench).position, ==, 8820);

  /* The next play tries again. */
  sg_transport_play(bench.transport);
  wait_for_end(&bench);
  state = get_state(&bench);
  g_assert_cmpint(state.output_error.status, ==, SG_OK);
  g_assert_cmpint(state.position, ==, n);
  g_assert_cmpfloat(bench.tap->stereo[2 * FADE + 100], ==, 0.5f * bench.song[2 * (8820 + FADE) + 100]);
  bench_clear(&bench, 1);
}

/* A song that is replaced is let go soon, whether it sounds, rests or was never played; and the position is
 * kept. */
static void
test_set_source(void)
{
  Bench bench;
  int64_t n = 4 * RATE;
  bench_init(&bench, ramp_song(n), n, 2, 0);
  SgPcm *short_pcm = test_pcm_new(RATE, 2, RATE / 10, bench.song),
        *other = test_pcm_new(RATE, 2, n, bench.song);
  set_source(&bench, bench.pcm, NULL, 1);
  wait_for_releases(&bench, 1);

  sg_transport_play(bench.transport);
  wait_for_frames(&bench, RATE / 4);
  set_source(&bench, bench.pcm, NULL, 1); /* the same song: it goes on */
  wait_for_frames(&bench, RATE / 2);
  wait_for_releases(&bench, 2);
  g_assert_cmpfloat(largest_error(bench.tap->stereo, bench.song, RATE), <, 1e-6);
  set_source(&bench, other, NULL, 1); /* another: from the same position, with a cross-fade */
  wait_for_frames(&bench, RATE);
  wait_for_releases(&bench, 3);
  g_assert_true(get_state(&bench).playing);
  g_assert_cmpint(get_state(&bench).position, >, RATE / 2);

  sg_transport_pause(bench.transport);
  set_source(&bench, short_pcm, NULL, 1); /* too short for the position */
  wait_for_releases(&bench, 4);
  g_assert_cmpint(get_state(&bench).position, ==, 0);
  sg_transport_set_source(bench.transport, NULL);
  wait_for_releases(&bench, 5);
  sg_transport_play(bench.transport);
  g_assert_false(get_state(&bench).playing);
  set_source(&bench, bench.pcm, NULL, 1);
  bench_clear(&bench, 6);
  sg_pcm_free(short_pcm);
  sg_pcm_free(other);
}

/* Two workers separate on all processors while the stems play: the ring never runs empty. */
static bool
is_fed_while_separating(void)
{
  Bench bench;
  int64_t n = 5 * RATE;
  bench_init(&bench, test_band_new(RATE, 2, n, 1), n, 2, 0);
  Stems stems = stems_of(&bench);
  bench.tap->insists = true;
  set_source(&bench, bench.pcm, stems.renderer, 2);
  sg_transport_play(bench.transport);
  for (int i = 0; i < 3; i++) {
    Stems others = stems_of(&bench);
    sg_transport_refresh(bench.transport);
    stems_clear(&others);
  }
  wait_for_end(&bench);
  bool is_fed = get_state(&bench).n_underruns == 0;
  if (is_fed)
    g_assert_cmpfloat(largest_error(bench.tap->stereo, bench.song, 2 * n), <, 1e-6);
  bench_clear(&bench, 2);
  stems_clear(&stems);
  return is_fed;
}

static void
test_while_separating(void)
{
  play_in_time(is_fed_while_separating);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/transport/null", test_null);
  g_test_add_func("/transport/mono", test_mono);
  g_test_add_func("/transport/other-rates", test_other_rates);
  g_test_add_func("/transport/stems-null", test_stems_null);
  g_test_add_func("/transport/solo", test_solo);
  g_test_add_func("/transport/strength", test_strength);
  g_test_add_func("/transport/gain", test_gain);
  g_test_add_func("/transport/seek", test_seek);
  g_test_add_func("/transport/no-clicks", test_no_clicks);
  g_test_add_func("/transport/paused-seek", test_paused_seek);
  g_test_add_func("/transport/no-device", test_no_device);
  g_test_add_func("/transport/set-source", test_set_source);
  g_test_add_func("/transport/while-separating", test_while_separating);
  return g_test_run();
}
