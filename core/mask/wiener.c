#include "core/mask/wiener.h"

#include <math.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/vectorised.h"

enum {
  TILE = 64, /* bins handled together */
  MAX_PLANES = SG_WIENER_MAX_CHANNELS * SG_WIENER_MAX_CHANNELS,
};

static const double EPS = 1e-10;
static const double RIDGE = 1e-5; /* √ε */

typedef double Row[TILE];

/* A Hermitian matrix per bin lies in channels² planes: the diagonal, then real and imaginary part of each
 * element (a, b), a < b. A vector per bin lies in 2·channels rows, real and imaginary part of each element.
 */
struct SgWiener {
  SgWienerShape shape;
  size_t n_planes, stride; /* stride: bins rounded up to whole tiles */
  const SgComplex *mixture;
  size_t channel_stride, n_frames;
  double scale;
  double *power;      /* [frame][source][stride] v_j */
  double *covariance; /* [source][plane][stride] R_j; while it is being summed up, Σ_t y_j y_jᴴ */
  double *next;       /* the sum for the next R_j */

  Row x[2 * SG_WIENER_MAX_CHANNELS], y[2 * SG_WIENER_MAX_CHANNELS], z[2 * SG_WIENER_MAX_CHANNELS];
  Row c[MAX_PLANES];
};

SgWiener *
sg_wiener_new(SgWienerShape shape)
{
  SgWiener *wiener = SG_NEW(SgWiener, 1);
  if (wiener == NULL)
    return NULL;
  wiener->shape = shape;
  wiener->n_planes = shape.n_channels * shape.n_channels;
  wiener->stride = (shape.n_bins + TILE - 1) / TILE * TILE;
  size_t n_rows = shape.n_sources * wiener->n_planes;
  wiener->power = SG_NEW(double, shape.n_frames *shape.n_sources * wiener->stride);
  wiener->covariance = SG_NEW(double, n_rows * wiener->stride);
  wiener->next = SG_NEW(double, n_rows * wiener->stride);
  if (wiener->power == NULL || wiener->covariance == NULL || wiener->next == NULL) {
    sg_wiener_free(wiener);
    return NULL;
  }
  return wiener;
}

void
sg_wiener_free(SgWiener *wiener)
{
  if (wiener == NULL)
    return;
  sg_free(wiener->power);
  sg_free(wiener->covariance);
  sg_free(wiener->next);
  sg_free(wiener);
}

/* The plane of the real part of element (a, b), a < b; the imaginary part is the next. */
static size_t
plane_of(size_t n_channels, size_t a, size_t b)
{
  return n_channels + 2 * (a * n_channels - a * (a + 1) / 2 + b - a - 1);
}

static double *
power_of(const SgWiener *wiener, size_t t, size_t source, size_t k)
{
  return wiener->power + (t * wiener->shape.n_sources + source) * wiener->stride + k;
}

static size_t
covariance_at(const SgWiener *wiener, size_t source, size_t k)
{
  return source * wiener->n_planes * wiener->stride + k;
}

/* Bins k … of a row of spectra into two rows; what lies beyond the last bin is zero. */
static void
load(const SgComplex *bins, size_t k, size_t n_bins, double factor, Row re, Row im)
{
  size_t n = n_bins - k < TILE ? n_bins - k : TILE;
  for (size_t i = 0; i < n; i++) {
    re[i] = crealf(bins[k + i]) * factor;
    im[i] = cimagf(bins[k + i]) * factor;
  }
  for (size_t i = n; i < TILE; i++)
    re[i] = im[i] = 0.0;
}

static void
load_mixture(SgWiener *wiener, size_t t, size_t k)
{
  for (size_t c = 0; c < wiener->shape.n_channels; c++)
    load(wiener->mixture + c * wiener->channel_stride + t * wiener->shape.n_bins, k, wiener->shape.n_bins,
         1.0 / wiener->scale, wiener->x[2 * c], wiener->x[2 * c + 1]);
}

/* v = mean_c |y_c|², and y yᴴ added to the planes of `sum`. */
SG_VECTORISED static void
add_estimate(const Row *y, size_t n_channels, size_t stride, double *sum, double *out_power)
{
  double share = 1.0 / (double)n_channels;
  Row power = { 0.0 };
  for (size_t a = 0; a < n_channels; a++) {
    const double *re = y[2 * a], *im = y[2 * a + 1];
    double *diagonal = sum + a * stride;
    for (size_t i = 0; i < TILE; i++) {
      double square = re[i] * re[i] + im[i] * im[i];
      diagonal[i] += square;
      power[i] += square;
    }
    for (size_t b = a + 1; b < n_channels; b++) {
      const double *re_b = y[2 * b], *im_b = y[2 * b + 1];
      double *sum_re = sum + plane_of(n_channels, a, b) * stride, *sum_im = sum_re + stride;
      for (size_t i = 0; i < TILE; i++) {
        sum_re[i] += re[i] * re_b[i] + im[i] * im_b[i];
        sum_im[i] += im[i] * re_b[i] - re[i] * im_b[i];
      }
    }
  }
  for (size_t i = 0; i < TILE; i++)
    out_power[i] = share * power[i];
}

/* c += v R */
SG_VECTORISED static void
add_source(const double *power, const double *covariance, size_t n_planes, size_t stride, Row *c)
{
  for (size_t p = 0; p < n_planes; p++)
    for (size_t i = 0; i < TILE; i++)
      c[p][i] += power[i] * covariance[p * stride + i];
}

/* z = x / (c + √ε) */
SG_VECTORISED static void
solve_mono(const Row *c, const Row *x, Row *z)
{
  for (size_t i = 0; i < TILE; i++) {
    z[0][i] = x[0][i] / (c[0][i] + RIDGE);
    z[1][i] = x[1][i] / (c[0][i] + RIDGE);
  }
}

/* Cramer's rule for the Hermitian C + √ε·I. Its determinant is written as det C + √ε·tr C + ε, which stays
 * positive where the channels are alike and det C is nothing but rounding. */
SG_VECTORISED static void
solve_stereo(const Row *c, const Row *x, Row *z)
{
  for (size_t i = 0; i < TILE; i++) {
    double a = c[0][i], d = c[1][i], re = c[2][i], im = c[3][i];
    double minor = a * d - (re * re + im * im);
    double inverse = 1.0 / ((minor > 0.0 ? minor : 0.0) + RIDGE * (a + d) + EPS);
    a += RIDGE;
    d += RIDGE;
    z[0][i] = (d * x[0][i] - re * x[2][i] + im * x[3][i]) * inverse;
    z[1][i] = (d * x[1][i] - re * x[3][i] - im * x[2][i]) * inverse;
    z[2][i] = (a * x[2][i] - re * x[0][i] - im * x[1][i]) * inverse;
    z[3][i] = (a * x[3][i] - re * x[1][i] + im * x[0][i]) * inverse;
  }
}

/* out −= conj(u)·w, complex rows. */
static inline void
subtract_conjugate(const Row *u, const double *w_re, const double *w_im, double *out_re, double *out_im)
{
  for (size_t i = 0; i < TILE; i++) {
    out_re[i] -= u[0][i] * w_re[i] + u[1][i] * w_im[i];
    out_im[i] -= u[0][i] * w_im[i] - u[1][i] * w_re[i];
  }
}

/* C + √ε·I = Uᴴ U in place; the diagonal planes become 1/u_aa. No pivot is smaller than √ε but by rounding.
 */
SG_VECTORISED static void
factorise(Row *c, size_t n)
{
  for (size_t a = 0; a < n; a++) {
    for (size_t i = 0; i < TILE; i++)
      c[a][i] += RIDGE;
    for (size_t m = 0; m < a; m++) {
      const Row *u = c + plane_of(n, m, a);
      for (size_t i = 0; i < TILE; i++)
        c[a][i] -= u[0][i] * u[0][i] + u[1][i] * u[1][i];
    }
    for (size_t i = 0; i < TILE; i++)
      c[a][i] = 1.0 / sqrt(c[a][i] > RIDGE ? c[a][i] : RIDGE);
    for (size_t b = a + 1; b < n; b++) {
      Row *u = c + plane_of(n, a, b);
      for (size_t m = 0; m < a; m++) {
        const Row *other = c + plane_of(n, m, b);
        subtract_conjugate(c + plane_of(n, m, a), other[0], other[1], u[0], u[1]);
      }
      for (size_t i = 0; i < TILE; i++) {
        u[0][i] *= c[a][i];
        u[1][i] *= c[a][i];
      }
    }
  }
}

SG_VECTORISED static void
scale_row(Row *z, const double *by)
{
  for (size_t i = 0; i < TILE; i++) {
    z[0][i] *= by[i];
    z[1][i] *= by[i];
  }
}

/* Uᴴ w = x, U z = w */
SG_VECTORISED static void
solve_many(Row *c, size_t n, const Row *x, Row *z)
{
  factorise(c, n);
  memcpy(z, x, 2 * n * sizeof *z);
  for (size_t a = 0; a < n; a++) {
    for (size_t m = 0; m < a; m++)
      subtract_conjugate(c + plane_of(n, m, a), z[2 * m], z[2 * m + 1], z[2 * a], z[2 * a + 1]);
    scale_row(z + 2 * a, c[a]);
  }
  for (size_t a = n; a-- > 0;) {
    for (size_t b = a + 1; b < n; b++) {
      const Row *u = c + plane_of(n, a, b);
      for (size_t i = 0; i < TILE; i++) {
        z[2 * a][i] -= u[0][i] * z[2 * b][i] - u[1][i] * z[2 * b + 1][i];
        z[2 * a + 1][i] -= u[0][i] * z[2 * b + 1][i] + u[1][i] * z[2 * b][i];
      }
    }
    scale_row(z + 2 * a, c[a]);
  }
}

/* y = v R z */
SG_VECTORISED static void
apply(const double *power, const double *covariance, size_t n, size_t stride, const Row *z, Row *y)
{
  for (size_t a = 0; a < n; a++)
    for (size_t i = 0; i < TILE; i++) {
      y[2 * a][i] = covariance[a * stride + i] * z[2 * a][i];
      y[2 * a + 1][i] = covariance[a * stride + i] * z[2 * a + 1][i];
    }
  for (size_t a = 0; a < n; a++)
    for (size_t b = a + 1; b < n; b++) {
      const double *re = covariance + plane_of(n, a, b) * stride, *im = re + stride;
      for (size_t i = 0; i < TILE; i++) {
        y[2 * a][i] += re[i] * z[2 * b][i] - im[i] * z[2 * b + 1][i];
        y[2 * a + 1][i] += re[i] * z[2 * b + 1][i] + im[i] * z[2 * b][i];
        y[2 * b][i] += re[i] * z[2 * a][i] + im[i] * z[2 * a + 1][i];
        y[2 * b + 1][i] += re[i] * z[2 * a + 1][i] - im[i] * z[2 * a][i];
      }
    }
  for (size_t row = 0; row < 2 * n; row++)
    for (size_t i = 0; i < TILE; i++)
      y[row][i] *= power[i];
}

/* wiener->z = C_x⁻¹ x for bins k … of frame t. */
static void
whiten(SgWiener *wiener, size_t t, size_t k)
{
  const SgWienerShape *shape = &wiener->shape;
  load_mixture(wiener, t, k);
  memset(wiener->c, 0, wiener->n_planes * sizeof *wiener->c);
  for (size_t j = 0; j < shape->n_sources; j++)
    add_source(power_of(wiener, t, j, k), wiener->covariance + covariance_at(wiener, j, k), wiener->n_planes,
               wiener->stride, wiener->c);
  if (shape->n_channels == 1)
    solve_mono(wiener->c, wiener->x, wiener->z);
  else if (shape->n_channels == 2)
    solve_stereo(wiener->c, wiener->x, wiener->z);
  else
    solve_many(wiener->c, shape->n_channels, wiener->x, wiener->z);
}

void
sg_wiener_begin(SgWiener *wiener, const SgComplex *mixture, size_t channel_stride, size_t n_frames)
{
  wiener->mixture = mixture;
  wiener->channel_stride = channel_stride;
  wiener->n_frames = n_frames;
  double largest = 0.0;
  for (size_t c = 0; c < wiener->shape.n_channels; c++)
    for (size_t i = 0; i < n_frames * wiener->shape.n_bins; i++) {
      double re = crealf(mixture[c * channel_stride + i]), im = cimagf(mixture[c * channel_stride + i]);
      double square = re * re + im * im;
      largest = square > largest ? square : largest;
    }
  wiener->scale = fmax(1.0, sqrt(largest) / 10.0);
  memset(wiener->covariance, 0,
         wiener->shape.n_sources * wiener->n_planes * wiener->stride * sizeof *wiener->covariance);
}

void
sg_wiener_start_masks(SgWiener *wiener, size_t t, const float *masks)
{
  size_t n_bins = wiener->shape.n_bins, n_channels = wiener->shape.n_channels;
  for (size_t k = 0; k < n_bins; k += TILE) {
    size_t n = n_bins - k < TILE ? n_bins - k : TILE;
    load_mixture(wiener, t, k);
    memcpy(wiener->y, wiener->x, 2 * n_channels * sizeof *wiener->y);
    for (size_t j = 0; j < wiener->shape.n_sources; j++) {
      for (size_t c = 0; c < n_channels; c++) {
        const float *mask = masks + (j * n_channels + c) * n_bins + k;
        for (size_t i = 0; i < n; i++) {
          wiener->y[2 * c][i] = (double)mask[i] * wiener->x[2 * c][i];
          wiener->y[2 * c + 1][i] = (double)mask[i] * wiener->x[2 * c + 1][i];
        }
      }
      add_estimate(wiener->y, n_channels, wiener->stride, wiener->covariance + covariance_at(wiener, j, k),
                   power_of(wiener, t, j, k));
    }
  }
}

void
sg_wiener_start_spectra(SgWiener *wiener, size_t t, const SgComplex *spectra)
{
  size_t n_bins = wiener->shape.n_bins, n_channels = wiener->shape.n_channels;
  for (size_t k = 0; k < n_bins; k += TILE)
    for (size_t j = 0; j < wiener->shape.n_sources; j++) {
      for (size_t c = 0; c < n_channels; c++)
        load(spectra + (j * n_channels + c) * n_bins, k, n_bins, 1.0 / wiener->scale, wiener->y[2 * c],
             wiener->y[2 * c + 1]);
      add_estimate(wiener->y, n_channels, wiener->stride, wiener->covariance + covariance_at(wiener, j, k),
                   power_of(wiener, t, j, k));
    }
}

/* Σ_t y_j y_jᴴ becomes R_j; Σ_t v_j is the mean of its diagonal. */
static void
normalise(SgWiener *wiener, double *sum)
{
  size_t n_channels = wiener->shape.n_channels, stride = wiener->stride;
  for (size_t j = 0; j < wiener->shape.n_sources; j++) {
    double *planes = sum + covariance_at(wiener, j, 0);
    for (size_t k = 0; k < stride; k++) {
      double power = 0.0;
      for (size_t a = 0; a < n_channels; a++)
        power += planes[a * stride + k];
      double factor = 1.0 / (EPS + power / (double)n_channels);
      for (size_t p = 0; p < wiener->n_planes; p++)
        planes[p * stride + k] *= factor;
    }
  }
}

/* One frame's estimates from the v and R that are there: v is replaced, the sum for the next R grows. */
static void
update_frame(SgWiener *wiener, size_t t)
{
  size_t n_channels = wiener->shape.n_channels, stride = wiener->stride;
  for (size_t k = 0; k < wiener->shape.n_bins; k += TILE) {
    whiten(wiener, t, k);
    for (size_t j = 0; j < wiener->shape.n_sources; j++) {
      size_t at = covariance_at(wiener, j, k);
      double *power = power_of(wiener, t, j, k);
      apply(power, wiener->covariance + at, n_channels, stride, wiener->z, wiener->y);
      add_estimate(wiener->y, n_channels, stride, wiener->next + at, power);
    }
  }
}

bool
sg_wiener_iterate(SgWiener *wiener, unsigned n_iterations, const atomic_bool *cancelled)
{
  normalise(wiener, wiener->covariance);
  for (unsigned i = 1; i < n_iterations; i++) {
    memset(wiener->next, 0,
           wiener->shape.n_sources * wiener->n_planes * wiener->stride * sizeof *wiener->next);
    for (size_t t = 0; t < wiener->n_frames; t++) {
      if (cancelled != NULL && atomic_load(cancelled))
        return false;
      update_frame(wiener, t);
    }
    normalise(wiener, wiener->next);
    double *old = wiener->covariance;
    wiener->covariance = wiener->next;
    wiener->next = old;
  }
  return true;
}

void
sg_wiener_estimate(SgWiener *wiener, size_t t, SgComplex *out_spectra)
{
  size_t n_bins = wiener->shape.n_bins, n_channels = wiener->shape.n_channels;
  for (size_t k = 0; k < n_bins; k += TILE) {
    size_t n = n_bins - k < TILE ? n_bins - k : TILE;
    whiten(wiener, t, k);
    for (size_t j = 0; j < wiener->shape.n_sources; j++) {
      apply(power_of(wiener, t, j, k), wiener->covariance + covariance_at(wiener, j, k), n_channels,
            wiener->stride, wiener->z, wiener->y);
      for (size_t c = 0; c < n_channels; c++)
        for (size_t i = 0; i < n; i++)
          out_spectra[(j * n_channels + c) * n_bins + k + i] = CMPLXF(
              (float)(wiener->y[2 * c][i] * wiener->scale), (float)(wiener->y[2 * c + 1][i] * wiener->scale));
    }
  }
}
