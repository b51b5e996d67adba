#include "core/dsp/median.h"

#include <stdlib.h>

#include "tests/support.h"

static int
compare_floats(const void *a, const void *b)
{
  float x = *(const float *)a, y = *(const float *)b;
  return (x > y) - (x < y);
}

/* Row `i` of the matrix mirrored at both ends (… b a | a b … y z | z y …), step by step. */
static gsize
mirrored(gint64 i, gint64 n_rows)
{
  while (i < 0 || i >= n_rows)
    i = i < 0 ? -1 - i : 2 * n_rows - 1 - i;
  return (gsize)i;
}

static float
sorted_median(const float *in, gsize n_rows, gsize n_columns, gint64 radius, gint64 row, gsize column)
{
  float window[2 * SG_MEDIAN_MAX_RADIUS + 1];
  for (gint64 i = -radius; i <= radius; i++)
    window[i + radius] = in[mirrored(row + i, (gint64)n_rows) * n_columns + column];
  qsort(window, (gsize)(2 * radius + 1), sizeof *window, compare_floats);
  return window[radius];
}

/* Values from `n_values` different ones (0: any), compared for `n_out` rows from `first`. */
static void
check(SgRandom *random, gsize n_rows, gsize n_columns, gsize radius, gsize first, gsize n_out, guint n_values)
{
  g_autofree float *in = g_new(float, n_rows *n_columns);
  g_autofree float *out = g_new(float, n_out *n_columns + 1);
  for (gsize i = 0; i < n_rows * n_columns; i++)
    in[i] =
        n_values > 0 ? (float)sg_random_below(random, n_values) - 1.0f : (float)sg_random_unit(random) - 0.3f;
  out[n_out * n_columns] = 42.0f;
  sg_running_median(in, n_rows, n_columns, radius, first, n_out, out);
  g_assert_cmpfloat(out[n_out * n_columns], ==, 42.0f);
  for (gsize row = 0; row < n_out; row++)
    for (gsize column = 0; column < n_columns; column++) {
      float exact = sorted_median(in, n_rows, n_columns, (gint64)radius, (gint64)(first + row), column);
      if (out[row * n_columns + column] != exact)
        g_error("%zu×%zu, radius %zu, from %zu: row %zu column %zu is %g, not %g", n_rows, n_columns, radius,
                first, row, column, out[row * n_columns + column], exact);
    }
}

static void
test_random_shapes(void)
{
  SgRandom random = test_random();
  for (int i = 0; i < 150; i++) {
    gsize n_rows = 1 + sg_random_below(&random, 120), n_columns = 1 + sg_random_below(&random, 50);
    gsize first = sg_random_below(&random, n_rows);
    gsize n_out = sg_random_below(&random, n_rows - first + 1);
    check(&random, n_rows, n_columns, sg_random_below(&random, SG_MEDIAN_MAX_RADIUS + 1), first, n_out, 0);
  }
}

static void
test_ties(void)
{
  SgRandom random = test_random();
  for (guint n_values = 1; n_values <= 5; n_values++)
    for (gsize radius = 0; radius <= 20; radius += 4)
      check(&random, 80, 19, radius, 0, 80, n_values);
}

/* The window is wider than the matrix, up to 127 rows over one. */
static void
test_few_rows(void)
{
  SgRandom random = test_random();
  for (gsize n_rows = 1; n_rows <= 12; n_rows++)
    for (gsize radius = 0; radius <= SG_MEDIAN_MAX_RADIUS; radius += 7)
      check(&random, n_rows, 17, radius, 0, n_rows, 0);
}

static void
test_block_edges(void)
{
  SgRandom random = test_random();
  const gsize widths[] = { 1, 15, 16, 17, 31, 32, 33 };
  for (gsize i = 0; i < G_N_ELEMENTS(widths); i++)
    check(&random, 40, widths[i], 15, 3, 30, 0);
  check(&random, 40, 16, SG_MEDIAN_MAX_RADIUS, 39, 1, 0);
  check(&random, 40, 16, 3, 7, 0, 0);
}

/* Rows that lie anywhere, some of them twice, against a sort of each column. */
static void
test_rows(void)
{
  SgRandom random = test_random();
  for (gsize n_rows = 1; n_rows <= SG_MEDIAN_MAX_ROWS; n_rows++) {
    gsize n_columns = 1 + sg_random_below(&random, 40);
    g_autofree float *in = g_new(float, n_rows *n_columns);
    g_autofree float *out = g_new(float, n_columns + 1);
    const float *rows[SG_MEDIAN_MAX_ROWS];
    for (gsize i = 0; i < n_rows * n_columns; i++)
      in[i] = i % 3 == 0 ? (float)sg_random_below(&random, 4) : (float)sg_random_unit(&random);
    for (gsize i = 0; i < n_rows; i++)
      rows[i] = in + sg_random_below(&random, n_rows) * n_columns;
    out[n_columns] = 42.0f;
    sg_median_of_rows(rows, n_rows, n_columns, out);
    g_assert_cmpfloat(out[n_columns], ==, 42.0f);
    for (gsize column = 0; column < n_columns; column++) {
      float values[SG_MEDIAN_MAX_ROWS];
      for (gsize i = 0; i < n_rows; i++)
        values[i] = rows[i][column];
      qsort(values, n_rows, sizeof *values, compare_floats);
      g_assert_cmpfloat(out[column], ==, 0.5f * (values[(n_rows - 1) / 2] + values[n_rows / 2]));
    }
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/median/random-shapes", test_random_shapes);
  g_test_add_func("/median/ties", test_ties);
  g_test_add_func("/median/few-rows", test_few_rows);
  g_test_add_func("/median/block-edges", test_block_edges);
  g_test_add_func("/median/rows", test_rows);
  return g_test_run();
}
