#include "core/train/losses-wave.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/train/gradient.h"

struct SgWaveLoss {
  const SgStft *stft;
  SgStftSize size;
  int64_t n_samples, n_frames;
  int64_t n_before; /* samples of the first frame before the excerpt */
  SgStftWork *work;
  SgComplex *bins; /* [n_frames][n_bins] */
  float *padded;   /* [(n_frames−1)·hop + N] */
  float *gradient; /* [n_samples] */
};

SgWaveLoss *
sg_wave_loss_new(const SgStft *stft, int64_t n_samples)
{
  SgWaveLoss *loss = SG_NEW(SgWaveLoss, 1);
  if (loss == NULL)
    return NULL;
  loss->stft = stft;
  loss->size = sg_stft_size(stft);
  loss->n_samples = n_samples;
  loss->n_frames = sg_stft_n_frames(loss->size, n_samples);
  loss->n_before = -sg_stft_frame_start(loss->size, 0);
  loss->work = sg_stft_work_new(stft);
  loss->bins = SG_NEW(SgComplex, (size_t)loss->n_frames * loss->size.n_bins);
  loss->padded = SG_NEW(float, (size_t)((loss->n_frames - 1) * loss->size.hop + loss->size.window));
  loss->gradient = SG_NEW(float, (size_t)n_samples);
  if (loss->work == NULL || loss->bins == NULL || loss->padded == NULL || loss->gradient == NULL) {
    sg_wave_loss_free(loss);
    return NULL;
  }
  return loss;
}

void
sg_wave_loss_free(SgWaveLoss *loss)
{
  if (loss == NULL)
    return;
  sg_stft_work_free(loss->work);
  sg_free(loss->bins);
  sg_free(loss->padded);
  sg_free(loss->gradient);
  sg_free(loss);
}

double
sg_loss_si_sdr(int64_t n_samples, const float *estimate, const float *target, float *out_gradient)
{
  size_t n = (size_t)n_samples;
  double power = sg_dot(target, target, n);
  if (power == 0.0) {
    if (out_gradient != NULL)
      memset(out_gradient, 0, n * sizeof *out_gradient);
    return 0.0;
  }
  double alpha = sg_dot(estimate, target, n) / power;
  double noise = 0.0;
  for (size_t i = 0; i < n; i++) {
    double error = alpha * target[i] - estimate[i];
    noise += error * error;
  }
  const double floor_energy = 1e-12 * power;
  double signal = alpha * alpha * power + floor_energy;
  noise += floor_energy;
  /* ∂‖αs‖²/∂x̂ = 2αs and ∂‖αs − x̂‖²/∂x̂ = 2(x̂ − αs), the error being orthogonal to s. */
  const double scale = 10.0 / log(10.0);
  for (size_t i = 0; out_gradient != NULL && i < n; i++) {
    double wanted = alpha * target[i];
    out_gradient[i] = (float)(-scale * (2.0 * wanted / signal - 2.0 * (estimate[i] - wanted) / noise));
  }
  return -scale * log(signal / noise);
}

/* padded ← S(M ⊙ X); the excerpt starts at n_before. */
static void
estimate_signal(SgWaveLoss *loss, const SgComplex *mixture, const float *mask)
{
  size_t n_cells = (size_t)loss->n_frames * loss->size.n_bins;
  for (size_t i = 0; i < n_cells; i++)
    loss->bins[i] = mask[i] * mixture[i];
  sg_stft_synthesise(loss->stft, loss->work, loss->bins, loss->n_frames, loss->padded);
  sg_stft_normalise(loss->stft, loss->n_frames, 0, loss->n_samples, loss->padded + loss->n_before);
}

/* out_gradient ← `scale` times the gradient of the mask for loss->gradient. */
static void
pull_back(SgWaveLoss *loss, const SgComplex *mixture, double scale, float *out_gradient)
{
  const SgStftSize size = loss->size;
  size_t n_padded = (size_t)((loss->n_frames - 1) * size.hop + size.window);
  memset(loss->padded, 0, n_padded * sizeof *loss->padded);
  memcpy(loss->padded + loss->n_before, loss->gradient, (size_t)loss->n_samples * sizeof *loss->padded);
  sg_stft_normalise(loss->stft, loss->n_frames, 0, loss->n_samples, loss->padded + loss->n_before);
  sg_stft_analyse(loss->stft, loss->work, loss->padded, loss->n_frames, loss->bins);
  for (int64_t t = 0; t < loss->n_frames; t++)
    for (uint32_t k = 0; k < size.n_bins; k++) {
      size_t i = (size_t)t * size.n_bins + k;
      double c = k == 0 || k == size.n_bins - 1 ? 1.0 : 2.0;
      double re = (double)crealf(mixture[i]) * crealf(loss->bins[i]);
      double im = (double)cimagf(mixture[i]) * cimagf(loss->bins[i]);
      out_gradient[i] = (float)(scale * c / size.window * (re + im));
    }
}

static double
measure_signal(SgWaveLoss *loss, SgWaveMeasure measure, const float *target)
{
  const float *estimate = loss->padded + loss->n_before;
  if (measure == SG_WAVE_SI_SDR)
    return sg_loss_si_sdr(loss->n_samples, estimate, target, loss->gradient);
  double sum = 0.0;
  for (int64_t i = 0; i < loss->n_samples; i++) {
    float error = estimate[i] - target[i];
    sum += fabs((double)error);
    loss->gradient[i] = (float)((error > 0.0f) - (error < 0.0f)) / (float)loss->n_samples;
  }
  return sum / (double)loss->n_samples;
}

static size_t
count_signals(const SgWaveLoss *loss, SgWaveMeasure measure, size_t n_signals, const float *targets)
{
  size_t n = 0;
  for (size_t i = 0; i < n_signals; i++) {
    const float *target = targets + i * (size_t)loss->n_samples;
    n += measure == SG_WAVE_L1 || sg_dot(target, target, (size_t)loss->n_samples) > 0.0;
  }
  return n;
}

double
sg_wave_loss(SgWaveLoss *loss, SgWaveMeasure measure, size_t n_sources, size_t n_channels,
             const SgComplex *mixture, const float *masks, const float *targets, float *out_gradient)
{
  const size_t n_cells = (size_t)loss->n_frames * loss->size.n_bins, n_signals = n_sources * n_channels;
  size_t n_counted = count_signals(loss, measure, n_signals, targets);
  double sum = 0.0, scale = n_counted > 0 ? 1.0 / (double)n_counted : 0.0;
  for (size_t i = 0; i < n_signals; i++) {
    const SgComplex *x = mixture + i % n_channels * n_cells;
    estimate_signal(loss, x, masks + i * n_cells);
    sum += measure_signal(loss, measure, targets + i * (size_t)loss->n_samples);
    if (out_gradient != NULL)
      pull_back(loss, x, scale, out_gradient + i * n_cells);
  }
  return sum * scale;
}
