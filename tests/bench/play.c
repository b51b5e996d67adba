/* How soon changes are heard, and what playing costs. The output keeps to the clock in blocks of 512 frames;
 * times are from the call to the first sample that differs. */
#include <time.h>

#include "core/play/feeder.h"
#include "core/play/stretch.h"
#include "tests/bench/bench.h"
#include "tests/core/play/transport-bench.h"

enum { N_CHANGES = 16, GAP = RATE / 3, N_STEMS = 4 };

/* Seconds of processor time of this thread: other programs disturb it little. */
static double
processor_seconds(void)
{
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Strength of a stem, natural and hard in turn, heard by itself. */
static void
bench_strength(void)
{
  Bench bench;
  int64_t n = (N_CHANGES + 3) * GAP;
  bench_init(&bench, test_band_new(RATE, 2, n, 1), n, 2, 0);
  SgSeparation *separation = test_hpss_new(bench.pcm, 2);
  SgRenderer *renderer = sg_renderer_new(separation);
  SgRenderSettings settings[2] = { SG_RENDER_SETTINGS_NATURAL, SG_RENDER_SETTINGS_NATURAL };
  settings[1].strength[0] = 8.0f;
  float *rendered[2];
  for (int k = 0; k < 2; k++)
    rendered[k] = test_render_dup(separation, &settings[k], 8192);
  set_source(&bench, bench.pcm, renderer, 2);
  sg_transport_set_gain(bench.transport, 1, 0.0f);
  sg_transport_play(bench.transport);
  double worst_ms = 0.0, sum_ms = 0.0;
  for (int k = 1; k <= N_CHANGES; k++) {
    wait_for_frames(&bench, k * GAP);
    int64_t asked = atomic_load(&bench.tap->n_frames), at = asked;
    sg_transport_set_settings(bench.transport, &settings[k % 2]);
    wait_for_frames(&bench, (k + 1) * GAP);
    const float *before = rendered[(k + 1) % 2];
    while (at < n - 1 && fabsf(bench.tap->stereo[2 * at] - before[2 * at]) < 1e-5f)
      at++;
    double ms = 1000.0 * (double)(at - asked) / RATE;
    worst_ms = fmax(worst_ms, ms);
    sum_ms += ms;
  }
  bench_add("strength, from the change to its sound, the longest of 16", worst_ms, "ms", BENCH_AT_MOST,
            100.0);
  bench_add("  mean", sum_ms / N_CHANGES, "ms", BENCH_FOR_INFORMATION, 0.0);
  bench_clear(&bench, 2);
  sg_renderer_free(renderer);
  sg_separation_free(separation);
  g_free(rendered[0]);
  g_free(rendered[1]);
}

/* The callback's share of the time that its sound lasts: four stems, the mixture, the click, all meters. */
static void
bench_callback(void)
{
  enum { N = 65536, BLOCK = 256, N_ROUNDS = 40, WIDTH = 2 * N_STEMS + 3 };
  SgDeckPlan plan = { .n_stems = N_STEMS,
                      .has_mixture = true,
                      .has_click = true,
                      .song_rate_hz = RATE,
                      .speed = 1.0,
                      .join_frame = SG_DECK_JOIN_NOW,
                      .serial = 1 };
  SgMixer *mixer = sg_mixer_new();
  SgRandom random = sg_random_seeded(1);
  g_autofree float *frames = g_new(float, N *WIDTH);
  float out[2 * BLOCK];
  double best_s = INFINITY;
  sg_signal_noise(frames, N * WIDTH, 0.1f, &random);
  sg_mixer_set_rate(mixer, RATE);
  sg_mixer_set_playing(mixer, true);
  sg_mixer_load(mixer, 0, &plan, N);
  sg_mixer_offer(mixer, 0);
  for (int i = 0; i < N_ROUNDS; i++) {
    sg_mixer_write(mixer, 0, frames, N);
    double began_s = processor_seconds();
    for (int at = 0; at + 2 * BLOCK < N / 2; at += BLOCK)
      sg_mixer_callback(out, BLOCK, mixer);
    best_s = fmin(best_s, processor_seconds() - began_s);
  }
  bench_add("audio callback, 4 stems: share of real time", 100.0 * best_s * RATE / (N / 2), "%",
            BENCH_FOR_INFORMATION, 0.0);
  sg_mixer_free(mixer);
}

/* The best of pieces of a third of a second. */
static void
bench_stretch_rate(void)
{
  enum { N = 5 * RATE, PIECE = 16 * SG_STRETCH_MAX_SAMPLES };
  SgStretch *stretch = sg_stretch_new(RATE, 0.8, 3.0);
  g_autofree float *band = test_band_new(RATE, 2, N, 3), *out = g_new(float, 2 * RATE);
  double best_s = INFINITY;
  for (int at = 0; at + PIECE <= N; at += PIECE) {
    double began_s = processor_seconds();
    for (int i = at; i < at + PIECE; i += SG_STRETCH_MAX_SAMPLES) {
      sg_stretch_process(stretch, band + 2 * i, SG_STRETCH_MAX_SAMPLES, false);
      sg_stretch_retrieve(stretch, out, RATE);
    }
    best_s = fmin(best_s, processor_seconds() - began_s);
  }
  bench_add("stretch to 80 % and +3 semitones, one core", PIECE / 0.8 / RATE / best_s, "×",
            BENCH_FOR_INFORMATION, 0.0);
  sg_stretch_free(stretch);
}

void
bench_play(void)
{
  bench_strength();
  bench_callback();
  bench_stretch_rate();
}
