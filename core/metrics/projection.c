#include "core/metrics/projection.h"

#include <math.h>
#include <string.h>

#include "core/base/linalg.h"
#include "core/base/memory.h"
#include "core/metrics/spectra.h"

enum { TAPS = SG_SPECTRA_TAPS };

void
sg_projection_clear(SgProjection *projection)
{
  sg_free(projection->signals);
  sg_free(projection->scales);
  sg_free(projection->factor);
  sg_free(projection->order);
  *projection = (SgProjection){ 0 };
}

bool
sg_projection_is_singular(const SgProjection *projection)
{
  return projection->rank < projection->n_signals * TAPS;
}

/* The lower triangle of the scaled normal matrix; incomplete when cancelled. */
static void
assemble(SgProjection *projection, const double *lags, size_t n_all, const atomic_bool *cancelled)
{
  size_t n = projection->n_signals * TAPS;
  for (size_t p = 0; p < projection->n_signals; p++)
    for (size_t q = 0; q <= p && !atomic_load(cancelled); q++) {
      size_t i = projection->signals[p], k = projection->signals[q];
      const double *ahead = lags + (i * n_all + k) * TAPS, *behind = lags + (k * n_all + i) * TAPS;
      double scale = projection->scales[p] * projection->scales[q];
      for (size_t a = 0; a < TAPS; a++) {
        double *row = projection->factor + (p * TAPS + a) * n + q * TAPS;
        size_t n_columns = q == p ? a + 1 : TAPS;
        for (size_t b = 0; b < n_columns; b++)
          row[b] = scale * (a >= b ? ahead[a - b] : behind[b - a]);
      }
    }
}

/* Whether every pivot keeps enough of its diagonal, which was 1. */
static bool
is_well_factored(const SgProjection *projection, double limit)
{
  size_t n = projection->n_signals * TAPS;
  for (size_t i = 0; i < n; i++) {
    double pivot = projection->factor[i * n + i];
    if (!(pivot * pivot > limit))
      return false;
  }
  return true;
}

static SgStatus
factor(SgProjection *projection, const double *lags, size_t n_all, const atomic_bool *cancelled,
       SgError *error)
{
  size_t n = projection->n_signals * TAPS;
  double limit = (double)n * 0x1p-52;
  assemble(projection, lags, n_all, cancelled);
  projection->rank = n;
  bool full =
      sg_cholesky_factor_panels(projection->factor, n, n, cancelled) && is_well_factored(projection, limit);
  if (!full && !atomic_load(cancelled)) {
    projection->order = SG_NEW(size_t, n);
    if (projection->order == NULL)
      return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
    assemble(projection, lags, n_all, cancelled);
    projection->rank = sg_cholesky_pivoted(projection->factor, n, n, limit, projection->order, cancelled);
  }
  return atomic_load(cancelled) ? sg_error_set(error, SG_CANCELLED, NULL, NULL) : SG_OK;
}

SgStatus
sg_projection_init(SgProjection *projection, const double *lags, size_t n_all, const size_t *signals,
                   size_t n, const atomic_bool *cancelled, SgError *error)
{
  *projection = (SgProjection){ .signals = SG_NEW(size_t, n), .scales = SG_NEW(double, n) };
  if (projection->signals == NULL || projection->scales == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  for (size_t s = 0; s < n; s++) {
    double energy = lags[(signals[s] * n_all + signals[s]) * TAPS];
    if (!(energy > 0.0))
      continue;
    projection->signals[projection->n_signals] = signals[s];
    projection->scales[projection->n_signals++] = 1.0 / sqrt(energy);
  }
  size_t n_rows = projection->n_signals * TAPS;
  projection->factor = SG_NEW(double, n_rows *n_rows);
  if (projection->factor == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  return factor(projection, lags, n_all, cancelled, error);
}

SgStatus
sg_projection_solve(const SgProjection *projection, const double *cross, size_t n_cross, size_t first,
                    size_t n, double *out_filters, SgError *error)
{
  size_t n_rows = projection->n_signals * TAPS, rank = projection->rank;
  double *columns = SG_NEW(double, n_rows *n); /* [row][target] */
  if (columns == NULL)
    return sg_error_set(error, SG_NO_MEMORY, NULL, NULL);
  for (size_t r = 0; r < rank; r++) {
    size_t row = projection->order != NULL ? projection->order[r] : r;
    const double *from = cross + (projection->signals[row / TAPS] * n_cross + first) * TAPS + row % TAPS;
    for (size_t k = 0; k < n; k++)
      columns[r * n + k] = projection->scales[row / TAPS] * from[k * TAPS];
  }
  if (rank > 0)
    sg_cholesky_solve(projection->factor, rank, n_rows, columns, n, n);
  memset(out_filters, 0, n_rows * n * sizeof *out_filters);
  for (size_t r = 0; r < rank; r++) {
    size_t row = projection->order != NULL ? projection->order[r] : r;
    for (size_t k = 0; k < n; k++)
      out_filters[k * n_rows + row] = projection->scales[row / TAPS] * columns[r * n + k];
  }
  sg_free(columns);
  return SG_OK;
}
