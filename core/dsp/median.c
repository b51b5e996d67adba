#include "core/dsp/median.h"

#include <math.h>

#include "core/base/vectorised.h"

/* Columns handled together: one cache line of floats. */
enum { LANES = 16, MAX_WINDOW = 2 * SG_MEDIAN_MAX_RADIUS + 1 };

/* Row i of the reflected matrix. */
static size_t
reflect(ptrdiff_t i, size_t n_rows)
{
  ptrdiff_t period = 2 * (ptrdiff_t)n_rows;
  i %= period;
  if (i < 0)
    i += period;
  return (size_t)(i < (ptrdiff_t)n_rows ? i : period - 1 - i);
}

static inline float
min_float(float a, float b)
{
  return a < b ? a : b;
}

static inline float
max_float(float a, float b)
{
  return a > b ? a : b;
}

/* Keeps sorted[0 … n_sorted] sorted when `value` joins the n_sorted values before it. */
SG_VECTORISED static void
insert(float sorted[][LANES], size_t n_sorted, const float *value)
{
  float carried[LANES];
  for (size_t lane = 0; lane < LANES; lane++)
    carried[lane] = value[lane];
  for (size_t i = 0; i < n_sorted; i++)
    for (size_t lane = 0; lane < LANES; lane++) {
      float low = min_float(sorted[i][lane], carried[lane]);
      carried[lane] = max_float(sorted[i][lane], carried[lane]);
      sorted[i][lane] = low;
    }
  for (size_t lane = 0; lane < LANES; lane++)
    sorted[n_sorted][lane] = carried[lane];
}

/* Takes `oldest` out and puts `newest` in. Without the oldest the order is d_i = s_i below it and s_{i+1}
 * from it on; with the newest it is max(d_{i−1}, min(d_i, newest)). */
SG_VECTORISED static void
replace(float sorted[][LANES], size_t window, const float *oldest, const float *newest)
{
  float before[LANES];
  for (size_t lane = 0; lane < LANES; lane++)
    before[lane] = -INFINITY;
  for (size_t i = 0; i + 1 < window; i++)
    for (size_t lane = 0; lane < LANES; lane++) {
      float d = sorted[i][lane] < oldest[lane] ? sorted[i][lane] : sorted[i + 1][lane];
      sorted[i][lane] = max_float(before[lane], min_float(d, newest[lane]));
      before[lane] = d;
    }
  for (size_t lane = 0; lane < LANES; lane++)
    sorted[window - 1][lane] = max_float(before[lane], newest[lane]);
}

static void
load_row(const float *in, size_t n_columns, size_t row, size_t column, size_t n_lanes, float *out)
{
  for (size_t lane = 0; lane < LANES; lane++)
    out[lane] = lane < n_lanes ? in[row * n_columns + column + lane] : 0.0f;
}

static void
median_of_block(const float *in, size_t n_rows, size_t n_columns, size_t column, size_t n_lanes,
                size_t radius, size_t first, size_t n_out, float *out)
{
  float sorted[MAX_WINDOW][LANES];
  float oldest[LANES], newest[LANES];
  size_t window = 2 * radius + 1;
  for (size_t i = 0; i < window; i++) {
    ptrdiff_t row = (ptrdiff_t)first - (ptrdiff_t)radius + (ptrdiff_t)i;
    load_row(in, n_columns, reflect(row, n_rows), column, n_lanes, newest);
    insert(sorted, i, newest);
  }
  for (size_t i = 0; i < n_out; i++) {
    for (size_t lane = 0; lane < n_lanes; lane++)
      out[i * n_columns + column + lane] = sorted[radius][lane];
    if (i + 1 == n_out)
      break;
    ptrdiff_t centre = (ptrdiff_t)(first + i);
    load_row(in, n_columns, reflect(centre - (ptrdiff_t)radius, n_rows), column, n_lanes, oldest);
    load_row(in, n_columns, reflect(centre + (ptrdiff_t)radius + 1, n_rows), column, n_lanes, newest);
    replace(sorted, window, oldest, newest);
  }
}

void
sg_running_median(const float *in, size_t n_rows, size_t n_columns, size_t radius, size_t first, size_t n_out,
                  float *out)
{
  if (n_out == 0)
    return;
  for (size_t column = 0; column < n_columns; column += LANES) {
    size_t n_lanes = n_columns - column < LANES ? n_columns - column : LANES;
    median_of_block(in, n_rows, n_columns, column, n_lanes, radius, first, n_out, out);
  }
}

/* Puts the smaller value of each lane into `low`, the larger into `high`. */
static inline void
exchange(float *restrict low, float *restrict high)
{
  for (size_t lane = 0; lane < LANES; lane++) {
    float a = low[lane], b = high[lane];
    low[lane] = min_float(a, b);
    high[lane] = max_float(a, b);
  }
}

/* Algorithm 5.2.2M; n ≥ 2. */
SG_VECTORISED static void
sort_lanes(float values[][LANES], size_t n)
{
  size_t top = 1;
  while (2 * top < n)
    top *= 2;
  for (size_t p = top; p > 0; p /= 2) {
    size_t r = 0, d = p;
    for (size_t q = top;; q /= 2) {
      for (size_t i = 0; i + d < n; i++)
        if ((i & p) == r)
          exchange(values[i], values[i + d]);
      if (q == p)
        break;
      d = q - p;
      r = p;
    }
  }
}

void
sg_median_of_rows(const float *const *rows, size_t n_rows, size_t n_columns, float *out)
{
  float values[SG_MEDIAN_MAX_ROWS][LANES];
  for (size_t column = 0; column < n_columns; column += LANES) {
    size_t n_lanes = n_columns - column < LANES ? n_columns - column : LANES;
    for (size_t i = 0; i < n_rows; i++)
      load_row(rows[i], n_columns, 0, column, n_lanes, values[i]);
    if (n_rows > 1)
      sort_lanes(values, n_rows);
    const float *low = values[(n_rows - 1) / 2], *high = values[n_rows / 2];
    for (size_t lane = 0; lane < n_lanes; lane++)
      out[column + lane] = 0.5f * (low[lane] + high[lane]);
  }
}
