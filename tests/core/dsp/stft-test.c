#include "core/dsp/stft.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/dsp/signals.h"
#include "tests/support.h"

static const guint rates[] = { 8000, 11025, 16000, 22050, 32000, 44100, 48000, 88200, 96000, 192000 };

/* A song with its spectrum; N/2 zeros stand before it and as many as the last frame wants behind. */
typedef struct {
  SgStftSize size;
  SgStft *stft;
  SgStftWork *work;
  gint64 n, n_frames, n_padded;
  float *padded;
  SgComplex *bins;
} Song;

static Song
song_new(guint rate_hz, gint64 n, const float *samples)
{
  Song song = { .size = sg_stft_size_for_rate(rate_hz), .n = n };
  song.stft = sg_stft_new(song.size);
  song.work = sg_stft_work_new(song.stft);
  song.n_frames = sg_stft_n_frames(song.size, n);
  song.n_padded = (song.n_frames - 1) * song.size.hop + song.size.window;
  song.padded = SG_NEW(float, (gsize)song.n_padded);
  song.bins = SG_NEW(SgComplex, (gsize)song.n_frames * song.size.n_bins);
  memcpy(song.padded - sg_stft_frame_start(song.size, 0), samples, (gsize)n * sizeof *samples);
  sg_stft_analyse(song.stft, song.work, song.padded, song.n_frames, song.bins);
  return song;
}

static void
song_clear(Song *song)
{
  sg_free(song->padded);
  sg_free(song->bins);
  sg_stft_work_free(song->work);
  sg_stft_free(song->stft);
}

/* Samples start … start+n−1 back from the frames that touch them. */
static void
resynthesise(const Song *song, gint64 start, gint64 n, float *out)
{
  gint64 first, count = sg_stft_frames_touching(song->size, song->n_frames, start, n, &first);
  g_assert_cmpint(count, >, 0);
  gint64 n_block = (count - 1) * song->size.hop + song->size.window;
  float *block = SG_NEW(float, (gsize)n_block);
  sg_stft_synthesise(song->stft, song->work, song->bins + first * song->size.n_bins, count, block);
  gint64 at = start - sg_stft_frame_start(song->size, first);
  g_assert_cmpint(at, >=, 0);
  g_assert_cmpint(at + n, <=, n_block);
  sg_stft_normalise(song->stft, song->n_frames, start, n, block + at);
  memcpy(out, block + at, (gsize)n * sizeof *out);
  sg_free(block);
}

static gboolean
is_permitted(guint n)
{
  if (n % 4 != 0)
    return FALSE;
  while (n % 2 == 0)
    n /= 2;
  while (n % 3 == 0)
    n /= 3;
  while (n % 5 == 0)
    n /= 5;
  return n == 1;
}

static void
test_sizes(void)
{
  g_assert_cmpuint(sg_stft_size_for_rate(44100).window, ==, 4096);
  g_assert_cmpuint(sg_stft_size_for_rate(44100).hop, ==, 1024);
  g_assert_cmpuint(sg_stft_size_for_rate(48000).window, ==, 4500);
  g_assert_cmpuint(sg_stft_size_for_rate(48000).hop, ==, 1125);
  SgRandom random = test_random();
  for (gsize i = 0; i < G_N_ELEMENTS(rates) + 50; i++) {
    guint rate = i < G_N_ELEMENTS(rates) ? rates[i] : 100 + (guint)sg_random_below(&random, 400000);
    SgStftSize size = sg_stft_size_for_rate(rate);
    double wanted = 4096.0 * rate / 44100.0, distance = fabs(size.window - wanted);
    g_assert_true(is_permitted(size.window));
    g_assert_cmpuint(size.hop * 4, ==, size.window);
    g_assert_cmpuint(size.n_bins, ==, size.window / 2 + 1);
    for (guint n = 4; n < wanted + distance; n += 4)
      if (is_permitted(n) && n != size.window && fabs(n - wanted) <= distance)
        g_error("rate %u: window %u is as near as %u", rate, n, size.window);
  }
}

static void
test_round_trip(void)
{
  SgRandom random = test_random();
  for (gsize r = 0; r < G_N_ELEMENTS(rates); r++) {
    SgStftSize size = sg_stft_size_for_rate(rates[r]);
    gint64 hop = size.hop, window = size.window;
    gint64 lengths[] = { 1,
                         2,
                         3,
                         hop - 1,
                         hop,
                         hop + 1,
                         window - 1,
                         window,
                         window + 1,
                         7 * hop,
                         1 + (gint64)sg_random_below(&random, 5 * size.window),
                         1 + (gint64)sg_random_below(&random, 5 * size.window) };
    for (gsize i = 0; i < G_N_ELEMENTS(lengths); i++) {
      gint64 n = lengths[i];
      g_autofree float *samples = g_new(float, (gsize)n);
      g_autofree float *back = g_new(float, (gsize)n);
      sg_signal_noise(samples, n, 1.0f, &random);
      Song song = song_new(rates[r], n, samples);
      g_assert_cmpint(song.n_frames, ==, (n + hop - 1) / hop + 1);
      resynthesise(&song, 0, n, back);
      for (gint64 m = 0; m < n; m++)
        if (!(fabsf(back[m] - samples[m]) <= 1e-6f))
          g_error("rate %u, length %d: sample %d is %g, not %g", rates[r], (int)n, (int)m, back[m],
                  samples[m]);
      song_clear(&song);
    }
  }
}

/* Away from the ends Σ_t Σ_k |X|²/N = 3/2 Σ x² (all bins, both halves of the spectrum). */
static void
test_parseval(void)
{
  SgRandom random = test_random();
  enum { N = 30000, AT = 5000, LENGTH = 15000 };
  g_autofree float *samples = g_new0(float, N);
  sg_signal_noise(samples + AT, LENGTH, 1.0f, &random);
  Song song = song_new(44100, N, samples);
  double in = 0.0, out = 0.0;
  for (int i = 0; i < N; i++)
    in += (double)samples[i] * samples[i];
  for (gint64 t = 0; t < song.n_frames; t++)
    for (guint k = 0; k < song.size.n_bins; k++) {
      double magnitude = cabsf(song.bins[t * song.size.n_bins + k]);
      out += (k == 0 || k == song.size.n_bins - 1 ? 1.0 : 2.0) * magnitude * magnitude / song.size.window;
    }
  g_assert_cmpfloat(fabs(out / (1.5 * in) - 1.0), <, 1e-6);
  song_clear(&song);
}

/* An impulse at sample m: X(t,k) = w[p]·e^(−2πikp/N) with p = m − t·hop + N/2 in the frames it lies in. */
static void
test_frame_position(void)
{
  enum { N = 20000, M = 7777 };
  g_autofree float *samples = g_new0(float, N);
  samples[M] = 1.0f;
  Song song = song_new(48000, N, samples);
  double window = song.size.window;
  int n_touched = 0;
  for (gint64 t = 0; t < song.n_frames; t++) {
    gint64 p = M - t * song.size.hop + song.size.window / 2;
    gboolean inside = p >= 0 && p < song.size.window;
    double w = inside ? 0.5 - 0.5 * cos(2.0 * M_PI * (double)p / window) : 0.0;
    n_touched += inside;
    g_assert_cmpint(sg_stft_frame_start(song.size, t), ==, M - p);
    for (guint k = 0; k < song.size.n_bins; k++) {
      double complex exact = w * cexp(-2.0 * M_PI * I * fmod((double)k * (double)p, window) / window);
      g_assert_cmpfloat(cabs(exact - song.bins[t * song.size.n_bins + k]), <, 1e-6);
    }
  }
  g_assert_cmpint(n_touched, ==, 4);
  gint64 first;
  g_assert_cmpint(sg_stft_frames_touching(song.size, song.n_frames, M, 1, &first), ==, 4);
  song_clear(&song);
}

static void
test_blocks(void)
{
  SgRandom random = test_random();
  const guint block_rates[] = { 8000, 44100, 48000 };
  for (gsize r = 0; r < G_N_ELEMENTS(block_rates); r++) {
    gint64 n = 20000 + (gint64)sg_random_below(&random, 10000);
    g_autofree float *samples = g_new(float, (gsize)n);
    g_autofree float *whole = g_new(float, (gsize)n);
    g_autofree float *block = g_new(float, (gsize)n);
    sg_signal_noise(samples, n, 1.0f, &random);
    Song song = song_new(block_rates[r], n, samples);
    resynthesise(&song, 0, n, whole);
    for (gint64 at = 0; at < n;) {
      gint64 count = 1 + (gint64)sg_random_below(&random, 3000);
      count = MIN(count, n - at);
      resynthesise(&song, at, count, block);
      g_assert_cmpmem(block, (gsize)count * sizeof *block, whole + at, (gsize)count * sizeof *whole);
      at += count;
    }
    song_clear(&song);
  }
}

/* Frames analysed some at a time have the bytes of all at once. */
static void
test_partial_analysis(void)
{
  SgRandom random = test_random();
  enum { N = 50000 };
  g_autofree float *samples = g_new(float, N);
  sg_signal_noise(samples, N, 1.0f, &random);
  Song song = song_new(44100, N, samples);
  SgComplex *bins = SG_NEW(SgComplex, (gsize)song.n_frames * song.size.n_bins);
  for (gint64 t = 0; t < song.n_frames;) {
    gint64 count = 1 + (gint64)sg_random_below(&random, 9);
    count = MIN(count, song.n_frames - t);
    sg_stft_analyse(song.stft, song.work, song.padded + t * song.size.hop, count,
                    bins + t * song.size.n_bins);
    t += count;
  }
  gsize n_bytes = (gsize)song.n_frames * song.size.n_bins * sizeof *bins;
  g_assert_cmpmem(bins, n_bytes, song.bins, n_bytes);
  sg_free(bins);
  song_clear(&song);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/stft/sizes", test_sizes);
  g_test_add_func("/stft/round-trip", test_round_trip);
  g_test_add_func("/stft/parseval", test_parseval);
  g_test_add_func("/stft/frame-position", test_frame_position);
  g_test_add_func("/stft/blocks", test_blocks);
  g_test_add_func("/stft/partial-analysis", test_partial_analysis);
  return g_test_run();
}
