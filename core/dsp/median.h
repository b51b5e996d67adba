/* Medians down the columns of a matrix, many columns at once: running ones, and of rows picked at will.
 *
 * Running: for every column the window's 2·radius+1 values are kept sorted; a step removes the oldest value
 * and inserts the newest by comparisons alone, so the same instructions run for all columns of a block side
 * by side (SIMD). Beyond the first and last row the matrix is reflected (c b a | a b c … x y z | z y x), as
 * often as needed.
 *
 * Exact: the result is the value that sorting the window would put in its middle. Values must not be NaN.
 * Threads: no shared state. Audio callback: no.
 */
#pragma once

#include <stddef.h>

enum { SG_MEDIAN_MAX_RADIUS = 63 };

/* in[n_rows][n_columns] → out[n_out][n_columns], out row i being the median of the rows around `first + i`;
 * first + n_out ≤ n_rows, radius ≤ SG_MEDIAN_MAX_RADIUS, n_rows ≥ 1. */
void sg_running_median(const float *in, size_t n_rows, size_t n_columns, size_t radius, size_t first,
                       size_t n_out, float *out);

/* Most rows that sg_median_of_rows takes. */
enum { SG_MEDIAN_MAX_ROWS = 128 };

/* rows[n_rows][n_columns], each row where it lies → out[n_columns], per column the middle value, or the mean
 * of the two middle ones when n_rows is even; 1 ≤ n_rows ≤ SG_MEDIAN_MAX_ROWS. The values are sorted by a
 * network of comparisons (merge exchange; D. Knuth, The Art of Computer Programming 3, algorithm 5.2.2M), the
 * same for all columns of a block. */
void sg_median_of_rows(const float *const *rows, size_t n_rows, size_t n_columns, float *out);
