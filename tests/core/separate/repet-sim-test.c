#include "core/separate/repet-sim.h"

#include <math.h>
#include <stdlib.h>

#include "core/dsp/signals.h"
#include "tests/support.h"

/* A small grid of random magnitudes: 100 frames a second, so that the least reach is 500 frames. */
enum {
  RATE = 1600,
  WINDOW = 64,
  HOP = 16,
  N_BINS = 33,
  N_CHANNELS = 2,
  N_FRAMES = 700,
  ROW = N_CHANNELS * N_BINS
};
enum { CHUNK_FIRST = 256, CHUNK_N = 128, APART = 100, SIMILAR = 5 };

typedef struct {
  double similarity;
  int frame;
} Peak;

static int
compare_peaks(const void *a, const void *b)
{
  const Peak *x = a, *y = b;
  return (x->similarity < y->similarity) - (x->similarity > y->similarity);
}

static int
compare_doubles(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double
similarity(const double *a, const double *b)
{
  double ab = 0.0, aa = 0.0, bb = 0.0;
  for (int i = 0; i < ROW; i++) {
    ab += a[i] * b[i];
    aa += a[i] * a[i];
    bb += b[i] * b[i];
  }
  return ab / sqrt(aa * bb);
}

/* J_t as the paper reads, by brute force; returns how many. */
static int
plain_similar(double (*magnitude)[ROW], int t, int n_wanted, Peak *out_peaks)
{
  static double s[N_FRAMES];
  static Peak peaks[N_FRAMES];
  int n = 0;
  for (int u = 0; u < N_FRAMES; u++)
    s[u] = similarity(magnitude[t], magnitude[u]);
  for (int u = 0; u < N_FRAMES; u++) {
    gboolean greatest = abs(u - t) > APART;
    for (int i = MAX(0, u - APART); i <= MIN(N_FRAMES - 1, u + APART); i++)
      greatest = greatest && (i == u || s[i] < s[u]);
    if (greatest)
      peaks[n++] = (Peak){ s[u], u };
  }
  qsort(peaks, (gsize)n, sizeof *peaks, compare_peaks);
  n = MIN(n, n_wanted);
  for (int i = 0; i < n; i++)
    out_peaks[i] = peaks[i];
  return n;
}

static double
plain_backing(double (*magnitude)[ROW], int t, int i, const Peak *peaks, int n_peaks)
{
  double values[N_FRAMES];
  for (int j = 0; j < n_peaks; j++)
    values[j] = magnitude[peaks[j].frame][i];
  qsort(values, (gsize)n_peaks, sizeof *values, compare_doubles);
  double median = n_peaks > 0 ? 0.5 * (values[(n_peaks - 1) / 2] + values[n_peaks / 2]) : magnitude[t][i];
  return MIN(median, magnitude[t][i]) / magnitude[t][i];
}

static void
test_golden(void)
{
  SgRandom random = sg_random_seeded(11);
  g_autofree SgComplex *spectra = g_new(SgComplex, N_FRAMES * ROW);
  double(*magnitude)[ROW] = g_malloc(sizeof(double) * N_FRAMES * ROW);
  for (int t = 0; t < N_FRAMES; t++)
    for (int c = 0; c < N_CHANNELS; c++)
      for (int k = 0; k < N_BINS; k++) {
        float v = (float)sg_random_unit(&random) + 0.01f;
        spectra[(c * N_FRAMES + t) * N_BINS + k] = v * (SgComplex)I;
        magnitude[t][c * N_BINS + k] = v;
      }
  const double knobs[] = { SIMILAR, 1.0, 0.0, 5.0, 100.0 };
  SgMethodSetup setup = { .rate_hz = RATE,
                          .n_channels = N_CHANNELS,
                          .n_frames = N_FRAMES,
                          .stft = { .window = WINDOW, .hop = HOP, .n_bins = N_BINS },
                          .knobs = knobs };
  SgMethod *method;
  test_assert_ok(sg_repet_sim_class.create(&setup, &method, NULL));
  g_assert_cmpuint(sg_repet_sim_class.plan(method)->context_before, ==, 500);
  SgMethodWork *work = sg_repet_sim_class.work_new(method);
  g_autofree float *masks = g_new(float, CHUNK_N * 2 * ROW);
  atomic_bool cancelled = false;
  SgMethodInput input = { .spectra = spectra,
                          .n_frames = N_FRAMES,
                          .chunk_first = CHUNK_FIRST,
                          .chunk_n = CHUNK_N,
                          .cancelled = &cancelled };
  test_assert_ok(sg_repet_sim_class.process(method, work, &input, masks, NULL));
  for (int t = 0; t < CHUNK_N; t++) {
    Peak peaks[SIMILAR];
    int n_peaks = plain_similar(magnitude, CHUNK_FIRST + t, SIMILAR, peaks);
    g_assert_cmpint(n_peaks, >, 0);
    SgInspectValue values[SG_INSPECT_MAX_VALUES];
    g_assert_cmpuint(sg_repet_sim_class.inspect(method, work, CHUNK_FIRST + t, 0, 7, values, 5), ==, 5);
    g_assert_cmpfloat(values[2].value, ==, n_peaks);
    g_assert_cmpfloat(fabs(values[3].value - peaks[0].similarity), <, 1e-5);
    g_assert_cmpfloat(fabs(values[4].value - (peaks[0].frame - CHUNK_FIRST - t) / 100.0), <, 1e-5);
    for (int i = 0; i < ROW; i++) {
      /* Bins lie 25 Hz apart. */
      double backing = i % N_BINS < 4 ? 1.0 : plain_backing(magnitude, CHUNK_FIRST + t, i, peaks, n_peaks);
      g_assert_cmpfloat(fabs(masks[(t * 2 + 1) * ROW + i] - backing), <, 1e-5);
      g_assert_cmpfloat(fabs(masks[t * 2 * ROW + i] - (1.0 - backing)), <, 1e-5);
    }
  }
  cancelled = true;
  test_assert_status(sg_repet_sim_class.process(method, work, &input, masks, NULL), SG_CANCELLED);
  sg_repet_sim_class.work_free(work);
  sg_repet_sim_class.free(method);
  g_free(magnitude);
}

/* A loop with a tone over it that never comes back at the same pitch. */
static void
test_voice_over_loop(void)
{
  enum { SONG_RATE = 22050, N = 36 * SONG_RATE, LOOP = 3 * SONG_RATE / 2, NOTE = SONG_RATE / 3 };
  SgRandom random = sg_random_seeded(2);
  g_autofree float *loop = g_new0(float, LOOP);
  g_autofree float *voice = g_new(float, N);
  g_autofree float *song = g_new(float, N);
  sg_signal_add_beat(loop, LOOP, SONG_RATE, 0.375, &random);
  sg_signal_add_notes(loop, LOOP, SONG_RATE, 330.0);
  for (int at = 0; at < N; at += NOTE)
    sg_signal_sine(voice + at, NOTE, SONG_RATE, 300.0 + 3000.0 * sg_random_unit(&random), 0.2f);
  for (int i = 0; i < N; i++)
    song[i] = loop[i % LOOP] + voice[i];
  g_autoptr(SgPcm) pcm = test_pcm_new(SONG_RATE, 1, N, song);
  g_autoptr(SgSeparation) separation = test_separation_new(pcm, &sg_repet_sim_class, 0, 2);
  g_assert_cmpstr(sg_separation_plan(separation)->sources[0], ==, "vocals");
  g_assert_cmpstr(sg_separation_plan(separation)->sources[1], ==, "backing");
  SgRenderSettings natural = SG_RENDER_SETTINGS_NATURAL;
  g_autofree float *stems = test_render_dup(separation, &natural, SG_RENDER_MAX_SAMPLES);
  double gained_db = test_sdr(voice, stems, N) - test_sdr(voice, song, N);
  g_test_message("SDR of the voice over the mixture's own: %+.1f dB", gained_db);
  g_assert_cmpfloat(gained_db, >, 8.0);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/repet-sim/golden", test_golden);
  g_test_add_func("/repet-sim/voice-over-loop", test_voice_over_loop);
  return g_test_run();
}
