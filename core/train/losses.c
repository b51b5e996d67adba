#include "core/train/losses.h"

#include <math.h>

static double
sign(double value)
{
  return (value > 0.0) - (value < 0.0);
}

double
sg_loss_mse(size_t n, const float *estimates, const float *targets, float *out_gradient)
{
  double sum = 0.0, scale = 2.0 / (double)n;
  for (size_t i = 0; i < n; i++) {
    double error = (double)estimates[i] - targets[i];
    sum += error * error;
    if (out_gradient != NULL)
      out_gradient[i] = (float)(scale * error);
  }
  return sum / (double)n;
}

double
sg_loss_mae(size_t n, const float *estimates, const float *targets, float *out_gradient)
{
  double sum = 0.0, scale = 1.0 / (double)n;
  for (size_t i = 0; i < n; i++) {
    double error = (double)estimates[i] - targets[i];
    sum += fabs(error);
    if (out_gradient != NULL)
      out_gradient[i] = (float)(scale * sign(error));
  }
  return sum / (double)n;
}

double
sg_loss_kl(size_t n, const float *estimates, const float *targets, double epsilon, float *out_gradient)
{
  double sum = 0.0;
  for (size_t i = 0; i < n; i++) {
    double estimate = estimates[i] + epsilon, target = targets[i] + epsilon;
    sum += target * log(target / estimate) - target + estimate;
    if (out_gradient != NULL)
      out_gradient[i] = (float)((1.0 - target / estimate) / (double)n);
  }
  return sum / (double)n;
}

double
sg_loss_discriminative(size_t n_sources, size_t n, const float *estimates, const float *targets, double gamma,
                       float *out_gradient)
{
  double sum = 0.0, scale = 1.0 / (double)n;
  for (size_t k = 0; k < n_sources; k++)
    for (size_t i = 0; i < n; i++) {
      double estimate = estimates[k * n + i], gradient = 0.0;
      for (size_t l = 0; l < n_sources; l++) {
        double error = estimate - targets[l * n + i], share = l == k ? 1.0 : -gamma;
        sum += share * error * error;
        gradient += share * error;
      }
      if (out_gradient != NULL)
        out_gradient[k * n + i] = (float)(scale * gradient);
    }
  return 0.5 * sum / (double)n;
}

double
sg_loss_difference(size_t n_sources, size_t n, const float *estimates, const float *targets, double gamma,
                   float *out_gradient)
{
  double sum = 0.0, scale = 1.0 / (double)n;
  for (size_t k = 0; k < n_sources; k++)
    for (size_t i = 0; i < n; i++) {
      double estimate = estimates[k * n + i], error = estimate - targets[k * n + i];
      double gradient = 2.0 * error;
      sum += error * error;
      for (size_t l = 0; l < n_sources; l++) {
        double difference = estimate - estimates[l * n + i];
        /* Every pair is met twice. */
        sum -= 0.5 * gamma * difference * difference;
        gradient -= 2.0 * gamma * difference;
      }
      if (out_gradient != NULL)
        out_gradient[k * n + i] = (float)(scale * gradient);
    }
  return sum * scale;
}

double
sg_loss_masked_l1(size_t n_sources, size_t n, const float *masks, const float *mixture, const float *targets,
                  float *out_gradient)
{
  double sum = 0.0, scale = 1.0 / ((double)n_sources * (double)n);
  for (size_t k = 0; k < n_sources; k++)
    for (size_t i = 0; i < n; i++) {
      double error = (double)masks[k * n + i] * mixture[i] - targets[k * n + i];
      sum += fabs(error);
      if (out_gradient != NULL)
        out_gradient[k * n + i] = (float)(scale * sign(error) * mixture[i]);
    }
  return sum * scale;
}

double
sg_loss_complex_l1(size_t n_sources, size_t n, const float *masks, const SgComplex *mixture,
                   const SgComplex *targets, double epsilon, float *out_gradient)
{
  double sum = 0.0, scale = 1.0 / ((double)n_sources * (double)n);
  for (size_t k = 0; k < n_sources; k++)
    for (size_t i = 0; i < n; i++) {
      double mask = masks[k * n + i];
      double x_re = crealf(mixture[i]), x_im = cimagf(mixture[i]);
      double re = mask * x_re - crealf(targets[k * n + i]);
      double im = mask * x_im - cimagf(targets[k * n + i]);
      double error = sqrt(re * re + im * im + epsilon);
      sum += error;
      /* ∂√(|e|² + ε)/∂m = Re(X̄·e)/√(|e|² + ε) */
      if (out_gradient != NULL)
        out_gradient[k * n + i] = error > 0.0 ? (float)(scale * (x_re * re + x_im * im) / error) : 0.0f;
    }
  return sum * scale;
}

double
sg_loss_band_l1(size_t n_sources, size_t n, const float *masks, const float *amplitudes,
                const float *projections, const float *residual_powers, double epsilon, float *out_gradient)
{
  double sum = 0.0, scale = 1.0 / ((double)n_sources * (double)n);
  for (size_t k = 0; k < n_sources; k++)
    for (size_t i = 0; i < n; i++) {
      double along = (double)masks[k * n + i] * amplitudes[i] - projections[k * n + i];
      /* r² is a difference; rounding may leave it a little below zero. */
      double residual = fmax(residual_powers[k * n + i], 0.0);
      double error = sqrt(along * along + residual + epsilon);
      sum += error;
      if (out_gradient != NULL)
        out_gradient[k * n + i] = error > 0.0 ? (float)(scale * along * amplitudes[i] / error) : 0.0f;
    }
  return sum * scale;
}

double
sg_loss_band_l2(size_t n_sources, size_t n, const float *masks, const float *amplitudes,
                const float *projections, const float *residual_powers, double epsilon, float *out_gradient)
{
  double sum = 0.0, scale = 1.0 / ((double)n_sources * (double)n);
  for (size_t k = 0; k < n_sources; k++)
    for (size_t i = 0; i < n; i++) {
      double along = (double)masks[k * n + i] * amplitudes[i] - projections[k * n + i];
      double residual = fmax(residual_powers[k * n + i], 0.0), weight = 1.0 / (amplitudes[i] + epsilon);
      sum += weight * (along * along + residual);
      if (out_gradient != NULL)
        out_gradient[k * n + i] = (float)(scale * weight * 2.0 * along * amplitudes[i]);
    }
  return sum * scale;
}
