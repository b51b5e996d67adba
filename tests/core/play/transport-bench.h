/* What tests of the transport share: an output that keeps what it was given, and a song that is played
 * through it. Functions are inline so that a test may leave some out. */
#pragma once

#include <glib.h>
#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/dsp/signals.h"
#include "core/play/mixer-private.h"
#include "core/play/output-paced.h"
#include "core/play/playhead.h"
#include "core/play/transport.h"
#include "tests/support.h"

enum { RATE = 44100, FADE = RATE / 100 + 1, TAP_FRAMES = 12 * 48000 };

/* An output at the pace of the clock that keeps what it was given. It waits for a ring that a busy machine
 * fills late, unless it insists as a device does. Opening can be held up, or made to fail. */
typedef struct {
  SgPacedOutput paced;
  uint32_t rate_hz; /* 0: as wanted */
  bool insists;
  SgOutputCallback callback; /* the mixer's */
  SgMixer *mixer;
  atomic_bool is_filling; /* a block has been begun and is not kept yet */
  atomic_bool held;       /* opening does not end until this is false */
  atomic_int n_failures;  /* opens that will fail */
  float stereo[2 * TAP_FRAMES];
  _Atomic int64_t n_frames;
} Tap;

static inline void
tap_callback(float *out_stereo, size_t n, void *user)
{
  Tap *tap = user;
  atomic_store(&tap->is_filling, true);
  tap->callback(out_stereo, n, tap->mixer);
}

static inline SgStatus
tap_open(SgOutput *output, uint32_t wanted_rate_hz, SgError *error)
{
  Tap *tap = (Tap *)output;
  while (atomic_load(&tap->held))
    g_usleep(1000);
  if (atomic_fetch_sub(&tap->n_failures, 1) > 0)
    return sg_error_set(error, SG_NO_DEVICE, NULL, "unplugged");
  tap->callback = output->callback;
  tap->mixer = output->user;
  output->callback = tap_callback;
  output->user = tap;
  output->rate_hz = tap->rate_hz != 0 ? tap->rate_hz : wanted_rate_hz;
  return SG_OK;
}

static inline void
tap_close(SgOutput *output)
{
}

static inline SgStatus
tap_check(SgOutput *output, SgError *error)
{
  return SG_OK;
}

static inline void
tap_free(SgOutput *output)
{
  sg_free(output);
}

/* Under the thread sanitizer everything takes many times as long, so there the clock is slower as well. */
static inline void
tap_slow_down(const Tap *tap)
{
#ifdef __SANITIZE_THREAD__
  enum { TIMES = 6 };
  g_usleep((gulong)(TIMES - 1) * SG_PACED_BLOCK * G_USEC_PER_SEC / tap->paced.output.rate_hz);
#endif
}

/* Whether the next blocks are there; of the callback's own thread. */
static inline bool
tap_is_fed(const Tap *tap)
{
  const SgDeck *deck = tap->mixer->active;
  return tap->insists || deck == NULL || atomic_load(&deck->ended) ||
         sg_deck_buffered(deck) >= 4 * SG_PACED_BLOCK;
}

static inline void
tap_sink(SgOutput *output, const float *stereo)
{
  Tap *tap = (Tap *)output;
  int64_t n = atomic_load(&tap->n_frames);
  if (n + SG_PACED_BLOCK <= TAP_FRAMES) {
    memcpy(tap->stereo + 2 * n, stereo, 2 * SG_PACED_BLOCK * sizeof *stereo);
    atomic_store(&tap->n_frames, n + SG_PACED_BLOCK);
  }
  atomic_store(&tap->is_filling, false);
  tap_slow_down(tap);
  while (!tap_is_fed(tap) && !atomic_load(&tap->paced.quit))
    g_usleep(1000);
}

static inline Tap *
tap_new(uint32_t rate_hz)
{
  static const SgOutputClass class = { .open = tap_open,
                                       .close = tap_close,
                                       .start = sg_paced_start,
                                       .stop = sg_paced_stop,
                                       .check = tap_check,
                                       .free = tap_free };
  Tap *tap = SG_NEW(Tap, 1);
  tap->paced.output.class = &class;
  tap->paced.sink = tap_sink;
  tap->rate_hz = rate_hz;
  return tap;
}

/* A song, a transport and a tap. */
typedef struct {
  Tap *tap;
  SgTransport *transport;
  SgPcm *pcm;
  float *song; /* interleaved */
  int64_t n;
  atomic_int n_released;
} Bench;

static inline void
on_release(void *user)
{
  atomic_fetch_add((atomic_int *)user, 1);
}

static inline void
set_source(Bench *bench, const SgPcm *pcm, const SgRenderer *renderer, uint32_t n_stems)
{
  SgTransportSource source = {
    .pcm = pcm, .renderer = renderer, .n_stems = n_stems, .release = on_release, .user = &bench->n_released
  };
  sg_transport_set_source(bench->transport, &source);
}

/* Takes `song`. */
static inline void
bench_init(Bench *bench, float *song, int64_t n, uint32_t n_channels, uint32_t output_rate_hz)
{
  memset(bench, 0, sizeof *bench);
  bench->tap = tap_new(output_rate_hz);
  bench->song = song;
  bench->n = n;
  bench->pcm = test_pcm_new(RATE, n_channels, n, song);
  g_assert_cmpint(sg_transport_new(&bench->tap->paced.output, &bench->transport, NULL), ==, SG_OK);
  set_source(bench, bench->pcm, NULL, 1);
}

/* Every source must have been let go. */
static inline void
bench_clear(Bench *bench, int n_sources)
{
  sg_transport_free(bench->transport);
  g_assert_cmpint(atomic_load(&bench->n_released), ==, n_sources);
  sg_pcm_free(bench->pcm);
  g_free(bench->song);
}

static inline SgTransportState
get_state(const Bench *bench)
{
  SgTransportState state;
  sg_transport_get_state(bench->transport, &state);
  return state;
}

/* Waits until the tap has this many frames. */
static inline void
wait_for_frames(const Bench *bench, int64_t n_frames)
{
  double give_up_s = sg_playhead_clock_s() + 30.0;
  while (atomic_load(&bench->tap->n_frames) < n_frames) {
    g_usleep(1000);
    g_assert_cmpfloat(sg_playhead_clock_s(), <, give_up_s);
  }
}

/* Waits until playing is over and the tap has the block that was the last. */
static inline void
wait_for_end(const Bench *bench)
{
  double give_up_s = sg_playhead_clock_s() + 30.0;
  while (get_state(bench).playing || atomic_load(&bench->tap->is_filling)) {
    g_usleep(5000);
    g_assert_cmpfloat(sg_playhead_clock_s(), <, give_up_s);
  }
}

/* Waits until this many sources have been let go, and no more. */
static inline void
wait_for_releases(Bench *bench, int n)
{
  double give_up_s = sg_playhead_clock_s() + 30.0;
  while (atomic_load(&bench->n_released) < n) {
    g_usleep(1000);
    g_assert_cmpfloat(sg_playhead_clock_s(), <, give_up_s);
  }
  g_assert_cmpint(atomic_load(&bench->n_released), ==, n);
}

/* Waits until what the output was given last is silence. */
static inline void
wait_for_silence(const Bench *bench)
{
  double give_up_s = sg_playhead_clock_s() + 30.0;
  int64_t last;
  do {
    g_usleep(5000);
    g_assert_cmpfloat(sg_playhead_clock_s(), <, give_up_s);
    last = atomic_load(&bench->tap->n_frames) - 1;
  } while (last < 0 || bench->tap->stereo[2 * last] != 0.0f || bench->tap->stereo[2 * last + 1] != 0.0f);
}

/* Waits until the position stands, which takes the time that what was mixed needs to be heard. */
static inline void
wait_for_rest(const Bench *bench)
{
  double give_up_s = sg_playhead_clock_s() + 30.0;
  int64_t before = -1, position;
  while ((position = get_state(bench).position) != before) {
    before = position;
    g_usleep(50000);
    g_assert_cmpfloat(sg_playhead_clock_s(), <, give_up_s);
  }
}

/* What has to be quick is tried again on a machine that is busy. */
static inline void
play_in_time(bool (*is_in_time)(void))
{
  enum { MOST_ATTEMPTS = 5 };
  int n_attempts = 1;
  while (!is_in_time() && n_attempts <= MOST_ATTEMPTS)
    n_attempts++;
  g_assert_cmpint(n_attempts, <=, MOST_ATTEMPTS);
}

static inline float *
noise_song(int64_t n, uint32_t n_channels)
{
  SgRandom random = sg_random_seeded(5);
  float *song = g_new(float, (gsize)(n * n_channels));
  sg_signal_noise(song, n * n_channels, 0.8f, &random);
  return song;
}

/* The numbered samples of a song whose value tells the position: i/n on the left, 1 − i/n on the right. */
static inline float *
ramp_song(int64_t n)
{
  float *song = g_new(float, 2 * (gsize)n);
  for (int64_t i = 0; i < n; i++) {
    song[2 * i] = (float)i / (float)n;
    song[2 * i + 1] = 1.0f - song[2 * i];
  }
  return song;
}

static inline double
largest_error(const float *a, const float *b, int64_t n)
{
  double largest = 0.0;
  for (int64_t i = 0; i < n; i++)
    largest = fmax(largest, fabs((double)a[i] - b[i]));
  return largest;
}

static inline double
largest_step(const float *stereo, int64_t n)
{
  double largest = 0.0;
  for (int64_t i = 2; i < 2 * n; i++)
    largest = fmax(largest, fabs((double)stereo[i] - stereo[i - 2]));
  return largest;
}
