#include "core/dsp/grid.h"

#include <math.h>

#include "core/dsp/median.h"
#include "tests/support.h"

static void
test_magnitude(void)
{
  const SgComplex spectra[] = { 3.0f + 4.0f * (SgComplex)I, -2.0f, 0.0f };
  float out[4] = { 0, 0, 0, 42 };
  sg_grid_magnitude(spectra, 3, out);
  g_assert_cmpfloat(out[0], ==, 5.0f);
  g_assert_cmpfloat(out[1], ==, 2.0f);
  g_assert_cmpfloat(out[2], ==, 0.0f);
  g_assert_cmpfloat(out[3], ==, 42.0f);
}

static void
test_transpose(void)
{
  const gsize shapes[][2] = { { 1, 1 }, { 1, 40 }, { 16, 16 }, { 17, 33 }, { 50, 3 } };
  for (gsize i = 0; i < G_N_ELEMENTS(shapes); i++) {
    gsize n_rows = shapes[i][0], n_columns = shapes[i][1];
    g_autofree float *in = g_new(float, n_rows *n_columns);
    g_autofree float *out = g_new0(float, n_rows *n_columns);
    for (gsize k = 0; k < n_rows * n_columns; k++)
      in[k] = (float)k;
    sg_grid_transpose(in, n_rows, n_columns, out);
    for (gsize r = 0; r < n_rows; r++)
      for (gsize c = 0; c < n_columns; c++)
        g_assert_cmpfloat(out[c * n_rows + r], ==, in[r * n_columns + c]);
  }
}

/* Each frame's median along frequency is the running median of that frame stood upright. */
static void
test_median_frequency(void)
{
  enum { N_FRAMES = 7, N_BINS = 61, RADIUS = 6 };
  SgRandom random = test_random();
  float in[N_FRAMES * N_BINS], out[N_FRAMES * N_BINS], work[2 * N_FRAMES * N_BINS], column[N_BINS];
  for (gsize i = 0; i < G_N_ELEMENTS(in); i++)
    in[i] = (float)sg_random_unit(&random);
  sg_grid_median_frequency(in, N_FRAMES, N_BINS, RADIUS, work, out);
  for (gsize t = 0; t < N_FRAMES; t++) {
    sg_running_median(in + t * N_BINS, N_BINS, 1, RADIUS, 0, N_BINS, column);
    g_assert_cmpmem(out + t * N_BINS, sizeof column, column, sizeof column);
  }
  sg_grid_median_frequency(in, N_FRAMES, N_BINS, RADIUS, work, in);
  g_assert_cmpmem(in, sizeof in, out, sizeof out);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/grid/magnitude", test_magnitude);
  g_test_add_func("/grid/transpose", test_transpose);
  g_test_add_func("/grid/median-frequency", test_median_frequency);
  return g_test_run();
}
