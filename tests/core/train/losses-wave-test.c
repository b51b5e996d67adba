#include "core/train/losses-wave.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/dsp/signals.h"
#include "tests/golden/train.h"
#include "tests/support.h"

enum { WINDOW = 16, HOP = 4, N_BINS = 9, N_GOLDEN = 40, GOLDEN_FRAMES = 11, MAX_FRAMES = 20 };

static const SgStftSize size = { .window = WINDOW, .hop = HOP, .n_bins = N_BINS };

/* [n_channels][n_samples] → bins [n_channels][n_frames][N_BINS] */
static void
analyse(const SgStft *stft, const float *samples, gsize n_channels, gint64 n_samples, SgComplex *out_bins)
{
  SgStftWork *work = sg_stft_work_new(stft);
  gint64 n_frames = sg_stft_n_frames(size, n_samples);
  for (gsize c = 0; c < n_channels; c++) {
    g_autofree float *padded = g_new0(float, (gsize)((n_frames - 1) * HOP + WINDOW));
    memcpy(padded - sg_stft_frame_start(size, 0), samples + (gint64)c * n_samples,
           (gsize)n_samples * sizeof *samples);
    sg_stft_analyse(stft, work, padded, n_frames, out_bins + (gint64)c * n_frames * N_BINS);
  }
  sg_stft_work_free(work);
}

static void
test_golden(gconstpointer data)
{
  SgWaveMeasure measure = (SgWaveMeasure)GPOINTER_TO_INT(data);
  const double *golden = measure == SG_WAVE_L1 ? golden_wave_l1 : golden_wave_si_sdr;
  SgStft *stft = sg_stft_new(size);
  SgWaveLoss *loss = sg_wave_loss_new(stft, N_GOLDEN);
  SgComplex bins[2 * GOLDEN_FRAMES * N_BINS];
  float gradient[2 * GOLDEN_FRAMES * N_BINS];
  analyse(stft, golden_wave_mixture, 2, N_GOLDEN, bins);
  double value = sg_wave_loss(loss, measure, 1, 2, bins, golden_wave_masks, golden_wave_target, gradient);
  g_assert_cmpfloat_with_epsilon(value, golden[0], 1e-5);
  for (int i = 0; i < 2 * GOLDEN_FRAMES * N_BINS; i++)
    if (!(fabs(gradient[i] - golden[1 + i]) <= 1e-5))
      g_error("cell %d: %g, not %g", i, gradient[i], golden[1 + i]);
  g_assert_cmpfloat(sg_wave_loss(loss, measure, 1, 2, bins, golden_wave_masks, golden_wave_target, NULL), ==,
                    value);
  sg_wave_loss_free(loss);
  sg_stft_free(stft);
}

/* The definition, in double and by plain sums: masks of one signal → waveform. */
static void
resynthesise(const SgComplex *bins, const double *masks, gint64 n_frames, gint64 n_samples, double *out)
{
  for (gint64 m = 0; m < n_samples; m++) {
    double sum = 0.0, weight = 0.0;
    for (gint64 t = 0; t < n_frames; t++) {
      gint64 n = m - t * HOP + WINDOW / 2;
      if (n < 0 || n >= WINDOW)
        continue;
      double w = 0.5 - 0.5 * cos(2.0 * M_PI * (double)n / WINDOW), x = 0.0;
      for (int k = 0; k < N_BINS; k++) {
        double complex b = masks[t * N_BINS + k] * (double complex)bins[t * N_BINS + k];
        x += (k == 0 || k == N_BINS - 1 ? 1.0 : 2.0) *
             creal(b * cexp(2.0 * M_PI * I * k * (double)n / WINDOW));
      }
      sum += w * x / WINDOW;
      weight += w * w;
    }
    out[m] = sum / weight;
  }
}

static double
reference_loss(SgWaveMeasure measure, const double *estimate, const float *target, gint64 n)
{
  double sum = 0.0, cross = 0.0, power = 0.0, noise = 0.0;
  for (gint64 i = 0; i < n; i++) {
    sum += fabs(estimate[i] - target[i]);
    cross += estimate[i] * target[i];
    power += (double)target[i] * target[i];
  }
  if (measure == SG_WAVE_L1)
    return sum / (double)n;
  for (gint64 i = 0; i < n; i++)
    noise += pow(cross / power * target[i] - estimate[i], 2.0);
  return -10.0 * log10(cross * cross / power / noise);
}

/* Two sources, two channels, a length that is no multiple of the hop; one signal's target is silent. */
static void
test_central_differences(gconstpointer data)
{
  SgWaveMeasure measure = (SgWaveMeasure)GPOINTER_TO_INT(data);
  enum { N = 37, N_SIGNALS = 4, SILENT = 2 };
  SgRandom random = test_random();
  SgStft *stft = sg_stft_new(size);
  SgWaveLoss *loss = sg_wave_loss_new(stft, N);
  gint64 n_frames = sg_stft_n_frames(size, N), n_cells = n_frames * N_BINS;
  float mixture[2 * N], targets[N_SIGNALS * N], masks[N_SIGNALS * MAX_FRAMES * N_BINS];
  float gradient[N_SIGNALS * MAX_FRAMES * N_BINS];
  SgComplex bins[2 * MAX_FRAMES * N_BINS];
  g_assert_cmpint(n_frames, <=, MAX_FRAMES);
  sg_signal_noise(mixture, 2 * N, 1.0f, &random);
  sg_signal_noise(targets, N_SIGNALS * N, 0.5f, &random);
  /* With something of the mixture in it, so that the projection on it is not next to nothing. */
  for (int i = 0; i < N_SIGNALS * N; i++)
    targets[i] += 0.5f * mixture[i % (2 * N)];
  memset(targets + SILENT * N, 0, N * sizeof *targets);
  for (gint64 i = 0; i < N_SIGNALS * n_cells; i++)
    masks[i] = (float)sg_random_unit(&random);
  analyse(stft, mixture, 2, N, bins);
  double value = sg_wave_loss(loss, measure, 2, 2, bins, masks, targets, gradient), expected = 0.0;
  double n_counted = measure == SG_WAVE_L1 ? 4.0 : 3.0;
  for (int signal = 0; signal < N_SIGNALS; signal++) {
    const SgComplex *x = bins + signal % 2 * n_cells;
    double at[MAX_FRAMES * N_BINS], estimate[N], shares[2];
    bool counts = measure == SG_WAVE_L1 || signal != SILENT;
    for (gint64 i = 0; i < n_cells; i++)
      at[i] = masks[signal * n_cells + i];
    resynthesise(x, at, n_frames, N, estimate);
    if (counts)
      expected += reference_loss(measure, estimate, targets + signal * N, N) / n_counted;
    for (gint64 i = 0; i < n_cells; i++) {
      const double h = 1e-6;
      for (int side = 0; side < 2; side++) {
        at[i] = masks[signal * n_cells + i] + (side == 0 ? h : -h);
        resynthesise(x, at, n_frames, N, estimate);
        shares[side] = counts ? reference_loss(measure, estimate, targets + signal * N, N) / n_counted : 0.0;
      }
      at[i] = masks[signal * n_cells + i];
      double wanted = (shares[0] - shares[1]) / (2.0 * h);
      if (!(fabs(gradient[signal * n_cells + i] - wanted) <= 1e-5 * fmax(1.0, fabs(wanted))))
        g_error("signal %d, cell %d: %g, not %g", signal, (int)i, gradient[signal * n_cells + i], wanted);
    }
  }
  g_assert_cmpfloat_with_epsilon(value, expected, 1e-5 * fmax(1.0, fabs(expected)));
  sg_wave_loss_free(loss);
  sg_stft_free(stft);
}

static void
test_si_sdr(void)
{
  enum { N = 500 };
  SgRandom random = test_random();
  float target[N], estimate[N], gradient[N];
  sg_signal_noise(target, N, 1.0f, &random);
  /* Scale does not matter; error at right angles of a tenth of the target's power is 10 dB. */
  for (int i = 0; i < N; i++)
    estimate[i] = -0.3f * target[i];
  double perfect = sg_loss_si_sdr(N, estimate, target, gradient);
  g_assert_cmpfloat(perfect, <, -100.0);
  g_assert_cmpfloat(perfect, >=, -120.1);
  for (int i = 0; i < N; i += 2) {
    target[i] = 1.0f;
    target[i + 1] = 0.0f;
    estimate[i] = 2.0f;
    estimate[i + 1] = 2.0f / sqrtf(10.0f);
  }
  g_assert_cmpfloat_with_epsilon(sg_loss_si_sdr(N, estimate, target, gradient), -10.0, 1e-5);
  memset(estimate, 0, sizeof estimate);
  g_assert_true(isfinite(sg_loss_si_sdr(N, estimate, target, gradient)));
  g_assert_true(isfinite(gradient[0]));
  memset(target, 0, sizeof target);
  g_assert_cmpfloat(sg_loss_si_sdr(N, estimate, target, gradient), ==, 0.0);
  g_assert_cmpfloat(gradient[7], ==, 0.0f);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_data_func("/train/losses-wave/golden/l1", GINT_TO_POINTER(SG_WAVE_L1), test_golden);
  g_test_add_data_func("/train/losses-wave/golden/si-sdr", GINT_TO_POINTER(SG_WAVE_SI_SDR), test_golden);
  g_test_add_data_func("/train/losses-wave/central-differences/l1", GINT_TO_POINTER(SG_WAVE_L1),
                       test_central_differences);
  g_test_add_data_func("/train/losses-wave/central-differences/si-sdr", GINT_TO_POINTER(SG_WAVE_SI_SDR),
                       test_central_differences);
  g_test_add_func("/train/losses-wave/si-sdr", test_si_sdr);
  return g_test_run();
}
