#include "core/metrics/oracle-masks.h"

#include <complex.h>
#include <math.h>

#include "core/io/pcm.h"

static const double REGULARISATION = 1e-10;

static float
power_of(SgComplex x)
{
  return crealf(x) * crealf(x) + cimagf(x) * cimagf(x);
}

void
sg_oracle_masks(SgOracle oracle, const SgComplex *const *sources, size_t n_sources, size_t cell,
                float *out_masks)
{
  float sum = 0.0f;
  size_t loudest = 0;
  for (size_t j = 0; j < n_sources; j++) {
    float power = power_of(sources[j][cell]);
    out_masks[j] = oracle == SG_ORACLE_IRM1 ? sqrtf(power) : power;
    sum += out_masks[j];
    if (out_masks[j] > out_masks[loudest])
      loudest = j;
  }
  for (size_t j = 0; j < n_sources; j++) {
    if (!(sum > 0.0f))
      out_masks[j] = 1.0f / (float)n_sources;
    else if (oracle == SG_ORACLE_IBM)
      out_masks[j] = j == loudest ? 1.0f : 0.0f;
    else
      out_masks[j] /= sum;
  }
}

void
sg_oracle_add_statistics(const SgComplex *cell, size_t n_channels, SgComplexDouble *covariance, double *power)
{
  for (size_t a = 0; a < n_channels; a++) {
    double a_re = crealf(cell[a]), a_im = cimagf(cell[a]);
    *power += (a_re * a_re + a_im * a_im) / (double)n_channels;
    for (size_t b = 0; b < n_channels; b++) {
      double b_re = crealf(cell[b]), b_im = cimagf(cell[b]);
      covariance[a * n_channels + b] += CMPLX(a_re * b_re + a_im * b_im, a_im * b_re - a_re * b_im);
    }
  }
}

/* Solves the Hermitian positive definite a·x = b in place (a is destroyed): elimination without pivots. */
static void
solve(SgComplexDouble *a, SgComplexDouble *b, size_t n)
{
  for (size_t k = 0; k < n; k++)
    for (size_t i = k + 1; i < n; i++) {
      SgComplexDouble factor = a[i * n + k] / creal(a[k * n + k]);
      for (size_t c = k; c < n; c++)
        a[i * n + c] -= factor * a[k * n + c];
      b[i] -= factor * b[k];
    }
  for (size_t k = n; k-- > 0;) {
    for (size_t c = k + 1; c < n; c++)
      b[k] -= a[k * n + c] * b[c];
    b[k] /= creal(a[k * n + k]);
  }
}

void
sg_oracle_wiener(const SgComplexDouble *const *spatial, const SgComplex *mixture, size_t n_sources,
                 size_t n_channels, SgComplex *sources)
{
  enum { MAX = SG_MAX_CHANNELS };
  SgComplexDouble covariance[MAX * MAX] = { 0 }, solution[MAX], rest[MAX];
  double powers[SG_ORACLE_MAX_SIGNALS], trace = 0.0;
  for (size_t j = 0; j < n_sources; j++) {
    powers[j] = 0.0;
    for (size_t c = 0; c < n_channels; c++)
      powers[j] += (double)power_of(sources[j * n_channels + c]) / (double)n_channels;
    for (size_t i = 0; i < n_channels * n_channels; i++)
      covariance[i] += powers[j] * spatial[j][i];
  }
  for (size_t c = 0; c < n_channels; c++) {
    solution[c] = rest[c] = mixture[c];
    trace += creal(covariance[c * n_channels + c]);
  }
  bool heard = trace > 0.0;
  for (size_t c = 0; c < n_channels && heard; c++)
    covariance[c * n_channels + c] += REGULARISATION * trace / (double)n_channels;
  if (heard)
    solve(covariance, solution, n_channels);
  for (size_t j = 0; j < n_sources; j++)
    for (size_t a = 0; a < n_channels; a++) {
      SgComplexDouble sum = 0.0;
      for (size_t b = 0; b < n_channels && heard; b++)
        sum += powers[j] * spatial[j][a * n_channels + b] * solution[b];
      sources[j * n_channels + a] = (SgComplex)sum;
      rest[a] -= sum;
    }
  for (size_t j = 0; j < n_sources; j++)
    for (size_t a = 0; a < n_channels; a++)
      sources[j * n_channels + a] += (SgComplex)(rest[a] / (double)n_sources);
}
