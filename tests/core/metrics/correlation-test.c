#include "core/metrics/correlation.h"

#include <math.h>

#include "tests/core/metrics/cases.h"

/* Block by block equals the sums written out, over several blocks and parts, whatever the threads. */
static void
test_against_sums(void)
{
  g_autoptr(TestCase) test = test_case_new("stereo-2-odd");
  SgTrackSignal a[2], b[2];
  for (int j = 0; j < 2; j++) {
    a[j] = (SgTrackSignal){ .pcms = (const SgPcm *const *)&test->sources[j], .n_pcms = 1 };
    b[j] = (SgTrackSignal){ .pcms = (const SgPcm *const *)test->estimates, .n_pcms = j == 0 ? 1 : 2 };
  }
  SgFftDouble *fft = sg_fft_double_new(SG_SPECTRA_SIZE);
  g_autofree double *lags = g_new(double, 16 * SG_SPECTRA_TAPS),
                    *others = g_new(double, 16 * SG_SPECTRA_TAPS);
  SgCorrelationSetup setup = { .n_samples = test->n_samples,
                               .n_channels = 2,
                               .a = a,
                               .n_a = 2,
                               .b = b,
                               .n_b = 2,
                               .fft = fft,
                               .n_threads = 1 };
  SgTasksProgress progress = { .to = 1.0 };
  test_assert_ok(sg_correlation(&setup, &progress, lags, NULL));
  setup.n_threads = 3;
  test_assert_ok(sg_correlation(&setup, &progress, others, NULL));
  g_assert_cmpmem(lags, 16 * SG_SPECTRA_TAPS * sizeof *lags, others, 16 * SG_SPECTRA_TAPS * sizeof *lags);

  g_autofree float *x = test_pcm_dup(test->sources[0]), *y = test_pcm_dup(test->sources[1]);
  g_autofree float *e0 = test_pcm_dup(test->estimates[0]), *e1 = test_pcm_dup(test->estimates[1]);
  const gsize checked[] = { 0, 1, 17, 255, 510, 511 };
  for (gsize i = 0; i < 4; i++)
    for (gsize k = 0; k < 4; k++)
      for (gsize l = 0; l < G_N_ELEMENTS(checked); l++) {
        double sum = 0.0, scale = 0.0;
        for (gint64 u = 0; u + (gint64)checked[l] < test->n_samples; u++) {
          gsize at = 2 * (gsize)(u + (gint64)checked[l]) + k % 2;
          double from = (i < 2 ? x : y)[2 * u + (gint64)(i % 2)];
          double to = k < 2 ? (double)e0[at] : (double)e0[at] + (double)e1[at];
          sum += from * to;
          scale += fabs(from * to);
        }
        g_assert_cmpfloat_with_epsilon(lags[(i * 4 + k) * SG_SPECTRA_TAPS + checked[l]], sum, 1e-12 * scale);
      }
  sg_fft_double_free(fft);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/correlation/against-sums", test_against_sums);
  return g_test_run();
}
