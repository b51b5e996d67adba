#include "tests/core/metrics/cases.h"

#include <math.h>
#include <string.h>

#include "core/dsp/signals.h"

enum { SILENT_WINDOW = 1, NEAR_SILENT = 2, LEFT_ONLY = 4, LEAKY = 8, N_TAPS = 32 };

static const struct {
  const char *name;
  guint64 seed;
  guint n_sources, n_channels;
  gint64 n_samples;
  guint features;
} cases[] = {
  { "mono-2", 1, 2, 1, 24000, 0 },
  { "mono-2-odd", 2, 2, 1, 19997, LEAKY },
  { "mono-2-silent-window", 3, 2, 1, 32500, SILENT_WINDOW },
  { "mono-2-near-silent", 4, 2, 1, 24001, NEAR_SILENT },
  { "mono-2-short", 5, 2, 1, 5000, 0 },
  { "mono-3", 6, 3, 1, 24000, LEAKY },
  { "mono-3-odd", 7, 3, 1, 17777, 0 },
  { "mono-3-silent-window", 8, 3, 1, 33333, SILENT_WINDOW | LEAKY },
  { "mono-4", 9, 4, 1, 24000, 0 },
  { "mono-4-near-silent", 10, 4, 1, 28000, NEAR_SILENT | LEAKY },
  { "mono-1", 11, 1, 1, 16500, 0 },
  { "stereo-1", 12, 1, 2, 16500, 0 },
  { "stereo-2", 13, 2, 2, 24000, 0 },
  { "stereo-2-odd", 14, 2, 2, 20011, LEAKY },
  { "stereo-2-silent-window", 15, 2, 2, 32123, SILENT_WINDOW },
  { "stereo-2-near-silent", 16, 2, 2, 24000, NEAR_SILENT },
  { "stereo-2-left-only", 17, 2, 2, 24500, LEFT_ONLY },
  { "stereo-2-short", 18, 2, 2, 7000, LEAKY },
  { "stereo-3", 19, 3, 2, 24100, LEAKY },
  { "stereo-4", 20, 4, 2, 26000, 0 },
};

const char *const test_case_names[] = {
  "mono-2",
  "mono-2-odd",
  "mono-2-silent-window",
  "mono-2-near-silent",
  "mono-2-short",
  "mono-3",
  "mono-3-odd",
  "mono-3-silent-window",
  "mono-4",
  "mono-4-near-silent",
  "mono-1",
  "stereo-1",
  "stereo-2",
  "stereo-2-odd",
  "stereo-2-silent-window",
  "stereo-2-near-silent",
  "stereo-2-left-only",
  "stereo-2-short",
  "stereo-3",
  "stereo-4",
  NULL,
};

/* A shift that rounds down, as Python's. */
static gint64
shift_down(gint64 x, guint n_bits)
{
  gint64 divisor = (gint64)1 << n_bits;
  return x / divisor - (x % divisor < 0);
}

/* Signed, of n_bits bits. */
static gint64
top(SgRandom *random, guint n_bits)
{
  return (gint64)(sg_random_bits(random) >> (64 - n_bits)) - ((gint64)1 << (n_bits - 1));
}

static void
draw_source(guint64 base, guint channel, gint64 n, gint64 *out)
{
  SgRandom common = sg_random_seeded(base), gain = sg_random_seeded(base + 1),
           own = sg_random_seeded(base + 10 + channel), tap = sg_random_seeded(base + 20 + channel);
  gint64 taps[N_TAPS];
  for (gint64 t = 0; t < N_TAPS; t++)
    taps[t] = top(&tap, 8) * (N_TAPS - t);
  g_autofree gint64 *noise = g_new(gint64, (gsize)n);
  for (gint64 i = 0; i < n; i++) {
    gint64 shared = top(&common, 16);
    noise[i] = shift_down(3 * shared + top(&own, 16), 2);
  }
  gint64 block_gain = 0;
  for (gint64 i = 0; i < n; i++) {
    if (i % 1000 == 0)
      block_gain = (gint64)(sg_random_bits(&gain) >> 60) + 1;
    gint64 sum = 0;
    for (gint64 t = 0; t < N_TAPS && t <= i; t++)
      sum += taps[t] * noise[i - t];
    out[i] = shift_down(shift_down(sum, 14) * block_gain, 4);
  }
}

/* sources[source * n_channels + channel][n] → one channel of one estimate. */
static void
draw_estimate(gint64 *const *sources, guint n_sources, guint n_channels, guint source, guint channel,
              gboolean leaky, guint64 base, gint64 n, gint64 *out)
{
  SgRandom path = sg_random_seeded(base + 30 + channel), noise = sg_random_seeded(base + 40 + channel);
  memset(out, 0, (gsize)n * sizeof *out);
  for (guint k = 0; k < n_sources; k++)
    for (guint d = 0; d < n_channels; d++)
      for (guint echo = 0; echo < 2; echo++) {
        guint64 bits = sg_random_bits(&path);
        gint64 delay = (gint64)(bits % (echo ? 500 : 30));
        gint64 gain = (gint64)(bits >> 58) - 32;
        if (k == source && d == channel && echo == 0) {
          gain = 224 + gain;
          delay = source % 2 ? delay : 0;
        } else if (k != source && !leaky)
          gain = shift_down(gain, 2);
        for (gint64 i = delay; i < n; i++)
          out[i] += gain * sources[k * n_channels + d][i - delay];
      }
  for (gint64 i = 0; i < n; i++)
    out[i] = shift_down(out[i] + ((gint64)8 << source) * top(&noise, 16), 8);
}

static SgPcm *
pcm_of_integers(gint64 *const *channels, guint n_channels, gint64 n)
{
  g_autofree float *interleaved = g_new(float, (gsize)(n * n_channels));
  for (gint64 i = 0; i < n; i++)
    for (guint c = 0; c < n_channels; c++)
      interleaved[i * n_channels + c] = (float)channels[c][i] * 0x1p-20f;
  return test_pcm_new(CASE_RATE, n_channels, n, interleaved);
}

TestCase *
test_case_new(const char *name)
{
  gsize which = 0;
  while (which < G_N_ELEMENTS(cases) && !g_str_equal(cases[which].name, name))
    which++;
  g_assert_cmpuint(which, <, G_N_ELEMENTS(cases));
  guint n_sources = cases[which].n_sources, n_channels = cases[which].n_channels,
        features = cases[which].features;
  gint64 n = cases[which].n_samples;
  gint64 *sources[CASE_MAX_SOURCES * 2], *estimate[2];
  for (guint j = 0; j < n_sources; j++)
    for (guint c = 0; c < n_channels; c++) {
      gint64 *x = sources[j * n_channels + c] = g_new(gint64, (gsize)n);
      draw_source(cases[which].seed * 100000 + 1000 * j, c, n, x);
      for (gint64 i = 0; i < n; i++) {
        if (features & NEAR_SILENT && j == n_sources - 1)
          x[i] = shift_down(x[i], 10);
        if ((features & LEFT_ONLY && j == 0 && c == 1) ||
            (features & SILENT_WINDOW && j == 0 && i >= CASE_RATE && i < 2 * CASE_RATE))
          x[i] = 0;
      }
    }
  TestCase *test = g_new0(TestCase, 1);
  *test = (TestCase){ .n_sources = n_sources, .n_channels = n_channels, .n_samples = n };
  for (guint j = 0; j < n_sources; j++) {
    for (guint c = 0; c < n_channels; c++) {
      estimate[c] = g_new(gint64, (gsize)n);
      draw_estimate(sources, n_sources, n_channels, j, c, (features & LEAKY) != 0,
                    cases[which].seed * 100000 + 1000 * j, n, estimate[c]);
    }
    test->sources[j] = pcm_of_integers(sources + j * n_channels, n_channels, n);
    test->estimates[j] = pcm_of_integers(estimate, n_channels, n);
    for (guint c = 0; c < n_channels; c++)
      g_free(estimate[c]);
  }
  for (guint i = 0; i < n_sources * n_channels; i++)
    g_free(sources[i]);
  return test;
}

void
test_case_free(TestCase *test)
{
  for (guint j = 0; j < CASE_MAX_SOURCES; j++) {
    sg_pcm_free(test->sources[j]);
    sg_pcm_free(test->estimates[j]);
  }
  g_free(test);
}

double *
test_case_golden(const char *name, guint source, const char *value, gsize *out_n)
{
  g_autofree char *path = g_test_build_filename(G_TEST_DIST, "golden", "metrics", "scores.txt", NULL);
  g_autofree char *text = NULL;
  g_autoptr(GError) error = NULL;
  g_file_get_contents(path, &text, NULL, &error);
  g_assert_no_error(error);
  g_autofree char *start = g_strdup_printf("\n%s %u %s ", name, source, value);
  const char *at = strstr(text, start);
  if (at == NULL)
    g_error("nothing stored for %s", start);
  at += strlen(start);
  GArray *numbers = g_array_new(FALSE, FALSE, sizeof(double));
  while (*at != '\n') {
    char *end;
    double number = g_ascii_strtod(at, &end);
    g_assert_true(end != at);
    g_array_append_val(numbers, number);
    at = end;
  }
  *out_n = numbers->len;
  return (double *)g_array_free(numbers, FALSE);
}

SgEvaluation *
test_evaluation_new(const SgPcm *const *sources, guint n_sources, guint32 measures, guint n_threads)
{
  SgEvaluationSetup setup = {
    .sources = sources, .n_sources = n_sources, .measures = measures, .n_threads = n_threads
  };
  SgEvaluation *evaluation;
  test_assert_ok(sg_evaluation_new(&setup, NULL, NULL, &evaluation, NULL));
  return evaluation;
}

void
test_score(SgEvaluation *evaluation, SgPcm *const *estimates, SgScore *out_scores)
{
  SgError error = { 0 };
  SgStatus status =
      sg_evaluation_score(evaluation, (const SgPcm *const *)estimates, NULL, NULL, out_scores, &error);
  g_assert_cmpstr(error.detail, ==, "");
  test_assert_ok(status);
}

void
test_scores_clear(SgScore *scores, guint n)
{
  for (guint j = 0; j < n; j++)
    sg_score_clear(&scores[j]);
}

SgPcm *
test_mix_new(SgPcm *const *pcms, const double *weights, guint n_pcms, gint64 n, double noise, guint64 seed)
{
  guint n_channels = sg_pcm_n_channels(pcms[0]);
  SgRandom random = sg_random_seeded(seed);
  g_autofree float *mixed = g_new(float, (gsize)(n * n_channels));
  sg_signal_noise(mixed, n * n_channels, (float)noise, &random);
  for (guint p = 0; p < n_pcms; p++) {
    g_autofree float *samples = test_pcm_dup(pcms[p]);
    for (gint64 i = 0; i < MIN(n, sg_pcm_n_samples(pcms[p])) * n_channels; i++)
      mixed[i] += (float)(weights[p] * samples[i]);
  }
  return test_pcm_new(sg_pcm_rate(pcms[0]), n_channels, n, mixed);
}
