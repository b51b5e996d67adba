#include "core/train/gradient.h"

#include <math.h>

/* Several sums at once, so that one addition need not wait for the last; their number fixes the order. */
enum { N_LANES = 8 };

double
sg_dot(const float *a, const float *b, size_t n)
{
  double sums[N_LANES] = { 0.0 };
  size_t i = 0;
  for (; i + N_LANES <= n; i += N_LANES)
    for (size_t lane = 0; lane < N_LANES; lane++)
      sums[lane] += (double)a[i + lane] * b[i + lane];
  double sum = 0.0;
  for (size_t lane = 0; lane < N_LANES; lane++)
    sum += sums[lane];
  for (; i < n; i++)
    sum += (double)a[i] * b[i];
  return sum;
}

double
sg_norm_l1(const float *a, size_t n)
{
  double sum = 0.0;
  for (size_t i = 0; i < n; i++)
    sum += fabs((double)a[i]);
  return sum;
}

double
sg_norm_l2(const float *a, size_t n)
{
  return sqrt(sg_dot(a, a, n));
}

double
sg_clip_gradient(float *gradient, size_t n, double max_norm)
{
  double norm = sg_norm_l2(gradient, n);
  double factor = max_norm / (norm + 1e-6);
  if (isfinite(norm) && factor < 1.0)
    for (size_t i = 0; i < n; i++)
      gradient[i] *= (float)factor;
  return norm;
}
