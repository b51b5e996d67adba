#include "core/separate/hpss.h"

#include <math.h>
#include <stdlib.h>

#include "core/dsp/signals.h"
#include "tests/support.h"

/* HPSS as its paper's equations read, in double: a direct transform, and a sort for every cell. */
typedef struct {
  SgStftSize size;
  gint64 n_frames;
  double *magnitude; /* [frame][bin] */
} Plain;

static Plain
plain_new(const float *samples, gint64 n, guint rate_hz)
{
  Plain plain = { .size = sg_stft_size_for_rate(rate_hz) };
  guint window = plain.size.window;
  plain.n_frames = sg_stft_n_frames(plain.size, n);
  plain.magnitude = g_new(double, (gsize)plain.n_frames *plain.size.n_bins);
  g_autofree double *cosines = g_new(double, window);
  for (guint i = 0; i < window; i++)
    cosines[i] = cos(2.0 * M_PI * i / window);
  for (gint64 t = 0; t < plain.n_frames; t++)
    for (guint k = 0; k < plain.size.n_bins; k++) {
      double re = 0.0, im = 0.0;
      for (guint i = 0, phase = 0; i < window; i++, phase = (phase + k) % window) {
        gint64 at = t * plain.size.hop - window / 2 + i;
        double x = at >= 0 && at < n ? (0.5 - 0.5 * cosines[i]) * samples[at] : 0.0;
        re += x * cosines[phase];
        im -= x * cosines[(phase + window - window / 4) % window]; /* sin a = cos(a − π/2) */
      }
      plain.magnitude[t * plain.size.n_bins + k] = sqrt(re * re + im * im);
    }
  return plain;
}

static int
compare_doubles(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static gint64
mirrored(gint64 i, gint64 n)
{
  while (i < 0 || i >= n)
    i = i < 0 ? -1 - i : 2 * n - 1 - i;
  return i;
}

/* Median around (t, k), `radius` steps to both sides along time or along frequency. */
static double
plain_median(const Plain *plain, gint64 t, gint64 k, gint64 radius, gboolean along_time)
{
  double window[2 * 63 + 1];
  for (gint64 i = -radius; i <= radius; i++) {
    gint64 row = along_time ? mirrored(t + i, plain->n_frames) : t;
    gint64 bin = along_time ? k : mirrored(k + i, plain->size.n_bins);
    window[i + radius] = plain->magnitude[row * plain->size.n_bins + bin];
  }
  qsort(window, (gsize)(2 * radius + 1), sizeof *window, compare_doubles);
  return window[radius];
}

enum { DRUMS, REST, RESIDUAL };

/* Knobs in the method's order. */
typedef struct {
  double time_window, frequency_window, margin, binary;
} Knobs;

/* What the paper's equations make of H and P. */
static void
plain_masks(const Knobs *knobs, double h, double p, double *out_masks)
{
  double b = knobs->margin;
  if (knobs->binary != 0.0) {
    out_masks[DRUMS] = p > b * h;
    out_masks[REST] = b > 1.0 ? h > b * p : p <= h;
  } else {
    out_masks[DRUMS] = p * p / (p * p + b * b * h * h);
    out_masks[REST] = h * h / (h * h + b * b * p * p);
  }
  out_masks[RESIDUAL] = 1.0 - out_masks[DRUMS] - out_masks[REST];
}

/* Codes of the masks against the plain ones: [frame][source][bin] of a mono song. */
static void
compare_masks(const Plain *plain, const guint8 *codes, const Knobs *knobs)
{
  gsize n_bins = plain->size.n_bins, n_off = 0, n_sources = knobs->margin > 1.0 ? 3 : 2;
  for (gint64 t = 0; t < plain->n_frames; t++)
    for (gsize k = 0; k < n_bins; k++) {
      double h = plain_median(plain, t, (gint64)k, (gint64)knobs->time_window / 2, TRUE);
      double p = plain_median(plain, t, (gint64)k, (gint64)knobs->frequency_window / 2, FALSE);
      double masks[3];
      plain_masks(knobs, h, p, masks);
      for (gsize j = 0; j < n_sources; j++) {
        double difference = fabs(codes[((gsize)t * n_sources + j) * n_bins + k] - 255.0 * sqrt(masks[j]));
        if (!(difference < 1.0) && knobs->binary == 0.0)
          g_error("frame %d bin %zu source %zu: code is off by %g", (int)t, k, j, difference);
        n_off += difference > 0.51;
      }
    }
  g_assert_cmpuint(n_off, <, (gsize)plain->n_frames * n_bins / 500);
}

static void
test_golden(void)
{
  enum { RATE = 8000, N = 4 * RATE + 123 };
  g_autofree float *band = test_band_new(RATE, 1, N, 3);
  g_autoptr(SgPcm) pcm = test_pcm_new(RATE, 1, N, band);
  Plain plain = plain_new(band, N, RATE);
  const Knobs knobs[] = {
    { 31, 31, 1, 0 }, { 5, 127, 1, 0 }, { 127, 5, 1, 1 }, { 17, 31, 2, 0 }, { 31, 9, 3.5, 1 }
  };
  for (gsize i = 0; i < G_N_ELEMENTS(knobs); i++) {
    g_autoptr(SgSeparation) separation = NULL;
    test_assert_ok(sg_separation_new(pcm, &sg_hpss_class, &knobs[i].time_window, NULL, &separation, NULL));
    test_assert_ok(sg_separation_run(separation, 2, NULL, NULL, NULL));
    g_assert_cmpuint(sg_separation_plan(separation)->n_sources, ==, knobs[i].margin > 1.0 ? 3 : 2);
    gsize n_codes;
    g_autofree guint8 *codes = test_codes_dup(separation, &n_codes);
    compare_masks(&plain, codes, &knobs[i]);
  }
  g_free(plain.magnitude);
}

/* Both stems are nearer to what was mixed than the mixture is. */
static void
test_beat_and_notes(void)
{
  enum { RATE = 44100, N = 10 * RATE };
  SgRandom random = sg_random_seeded(5);
  g_autofree float *beat = g_new0(float, N);
  g_autofree float *notes = g_new0(float, N);
  g_autofree float *mixture = g_new(float, N);
  sg_signal_add_beat(beat, N, RATE, 0.5, &random);
  sg_signal_add_notes(notes, N, RATE, 220.0);
  for (int i = 0; i < N; i++)
    mixture[i] = beat[i] + notes[i];
  g_autoptr(SgPcm) pcm = test_pcm_new(RATE, 1, N, mixture);
  g_autoptr(SgSeparation) separation = test_hpss_new(pcm, 2);
  g_assert_cmpuint(sg_separation_plan(separation)->n_sources, ==, 2);
  g_assert_cmpstr(sg_separation_plan(separation)->sources[0], ==, "drums");
  g_assert_cmpstr(sg_separation_plan(separation)->sources[1], ==, "rest");
  SgRenderSettings natural = SG_RENDER_SETTINGS_NATURAL;
  g_autofree float *stems = test_render_dup(separation, &natural, SG_RENDER_MAX_SAMPLES);
  double drums_gain = test_sdr(beat, stems, N) - test_sdr(beat, mixture, N);
  double rest_gain = test_sdr(notes, stems + N, N) - test_sdr(notes, mixture, N);
  g_test_message("SDR over the mixture's own: drums %+.1f dB, rest %+.1f dB", drums_gain, rest_gain);
  g_assert_cmpfloat(drums_gain, >, 12.0);
  g_assert_cmpfloat(rest_gain, >, 12.0);
}

/* Silence and a constant give no NaN and sum to one all the same. */
static void
test_silence(void)
{
  enum { RATE = 8000, N = 3 * RATE };
  g_autofree float *silence = g_new0(float, N);
  g_autoptr(SgPcm) pcm = test_pcm_new(RATE, 1, N, silence);
  g_autoptr(SgSeparation) separation = test_hpss_new(pcm, 1);
  SgRenderSettings settings = { .strength = { 3.0f, 0.5f } };
  g_autofree float *stems = test_render_dup(separation, &settings, 4096);
  for (int i = 0; i < 2 * N; i++)
    g_assert_cmpfloat(stems[i], ==, 0.0f);
}

static void
test_inspect(void)
{
  enum { RATE = 8000, N = 2 * RATE, N_CHANNELS = 2 };
  g_autofree float *band = test_band_new(RATE, N_CHANNELS, N, 9);
  SgMethodSetup setup = { .rate_hz = RATE, .n_channels = N_CHANNELS, .stft = sg_stft_size_for_rate(RATE) };
  gsize n_bins = setup.stft.n_bins;
  enum { CHUNK_FIRST = 20, CHUNK_N = 12 };
  Plain plain[N_CHANNELS];
  g_autofree float *channel = g_new(float, N);
  for (int c = 0; c < N_CHANNELS; c++) {
    for (int i = 0; i < N; i++)
      channel[i] = band[i * N_CHANNELS + c];
    plain[c] = plain_new(channel, N, RATE);
  }
  gint64 n_frames = setup.n_frames = plain[0].n_frames;
  g_autofree SgComplex *spectra = g_new(SgComplex, N_CHANNELS * (gsize)n_frames * n_bins);
  for (gsize c = 0; c < N_CHANNELS; c++)
    for (gsize i = 0; i < (gsize)n_frames * n_bins; i++)
      spectra[c * (gsize)n_frames * n_bins + i] = (float)plain[c].magnitude[i] * (SgComplex)I;

  SgMethod *method;
  test_assert_ok(sg_hpss_class.create(&setup, &method, NULL));
  SgMethodWork *work = sg_hpss_class.work_new(method);
  g_autofree float *masks = g_new(float, CHUNK_N * 2 * N_CHANNELS * n_bins);
  atomic_bool cancelled = false;
  SgMethodInput input = { .spectra = spectra,
                          .n_frames = n_frames,
                          .chunk_first = CHUNK_FIRST,
                          .chunk_n = CHUNK_N,
                          .cancelled = &cancelled };
  test_assert_ok(sg_hpss_class.process(method, work, &input, masks, NULL));

  SgInspectValue values[4];
  for (guint c = 0; c < N_CHANNELS; c++)
    for (gint64 t = CHUNK_FIRST; t < CHUNK_FIRST + CHUNK_N; t += 3)
      for (guint k = 0; k < n_bins; k += 7) {
        g_assert_cmpuint(sg_hpss_class.inspect(method, work, t, c, k, values, 4), ==, 2);
        double h = plain_median(&plain[c], t, k, 15, TRUE), p = plain_median(&plain[c], t, k, 15, FALSE);
        g_assert_cmpstr(values[0].id, ==, "median-along-time");
        g_assert_cmpstr(values[1].id, ==, "median-along-frequency");
        g_assert_cmpfloat(fabs(values[0].value - h), <=, 1e-6 * h);
        g_assert_cmpfloat(fabs(values[1].value - p), <=, 1e-6 * p);
      }
  g_assert_cmpuint(sg_hpss_class.inspect(method, work, CHUNK_FIRST - 1, 0, 0, values, 4), ==, 0);
  g_assert_cmpuint(sg_hpss_class.inspect(method, work, CHUNK_FIRST + CHUNK_N, 0, 0, values, 4), ==, 0);
  g_assert_cmpuint(sg_hpss_class.inspect(method, work, CHUNK_FIRST, N_CHANNELS, 0, values, 4), ==, 0);
  g_assert_cmpuint(sg_hpss_class.inspect(method, work, CHUNK_FIRST, 0, (guint)n_bins, values, 4), ==, 0);
  g_assert_cmpuint(sg_hpss_class.inspect(method, work, CHUNK_FIRST, 0, 0, values, 0), ==, 0);

  cancelled = true;
  test_assert_status(sg_hpss_class.process(method, work, &input, masks, NULL), SG_CANCELLED);
  sg_hpss_class.work_free(work);
  sg_hpss_class.work_free(NULL);
  sg_hpss_class.free(method);
  for (int c = 0; c < N_CHANNELS; c++)
    g_free(plain[c].magnitude);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/hpss/golden", test_golden);
  g_test_add_func("/hpss/beat-and-notes", test_beat_and_notes);
  g_test_add_func("/hpss/silence", test_silence);
  g_test_add_func("/hpss/inspect", test_inspect);
  return g_test_run();
}
