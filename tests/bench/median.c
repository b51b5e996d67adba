/* The running median against the plain way, which sorts every cell's window; one thread, one chunk of HPSS.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/dsp/median.h"
#include "core/dsp/signals.h"
#include "tests/bench/bench.h"

enum { N_ROWS = 158, N_COLUMNS = 2049, RADIUS = 15, WINDOW = 2 * RADIUS + 1, N_OUT = 128, N_ROUNDS = 5 };

static int
compare_floats(const void *a, const void *b)
{
  float x = *(const float *)a, y = *(const float *)b;
  return (x > y) - (x < y);
}

static void
plain_median(const float *in, float *out)
{
  float window[WINDOW];
  for (gsize row = 0; row < N_OUT; row++)
    for (gsize column = 0; column < N_COLUMNS; column++) {
      for (gsize i = 0; i < WINDOW; i++)
        window[i] = in[(row + i) * N_COLUMNS + column];
      qsort(window, WINDOW, sizeof *window, compare_floats);
      out[row * N_COLUMNS + column] = window[RADIUS];
    }
}

void
bench_median(void)
{
  SgRandom random = sg_random_seeded(1);
  float *in = SG_NEW(float, N_ROWS *N_COLUMNS);
  float *fast = SG_NEW(float, N_OUT *N_COLUMNS), *plain = SG_NEW(float, N_OUT *N_COLUMNS);
  sg_signal_noise(in, N_ROWS * N_COLUMNS, 1.0f, &random);
  double fast_s = INFINITY, plain_s = INFINITY;
  for (int round = 0; round < N_ROUNDS; round++) {
    double started_s = bench_seconds();
    sg_running_median(in, N_ROWS, N_COLUMNS, RADIUS, RADIUS, N_OUT, fast);
    double between_s = bench_seconds();
    plain_median(in, plain);
    fast_s = MIN(fast_s, between_s - started_s);
    plain_s = MIN(plain_s, bench_seconds() - between_s);
  }
  g_assert_cmpint(memcmp(fast, plain, sizeof(float) * N_OUT * N_COLUMNS), ==, 0);
  bench_add("running median against a sort per cell", plain_s / fast_s, "×", BENCH_AT_LEAST, 15.0);
  bench_add("running median: time a cell", 1e9 * fast_s / (N_OUT * N_COLUMNS), "ns", BENCH_FOR_INFORMATION,
            0.0);
  sg_free(plain);
  sg_free(fast);
  sg_free(in);
}
