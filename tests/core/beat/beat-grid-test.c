#include "core/beat/beat-grid.h"

#include <glib.h>
#include <math.h>

#include "tests/support.h"

enum { RATE = 44100, N = 60 * RATE };

static void
test_covers_the_song(void)
{
  double beats[3] = { 50000.0, 70000.0, 91000.0 };
  SgBeatGrid *grid = sg_beat_grid_new(beats, 3, 1, 3, N);
  size_t n = sg_beat_grid_n_beats(grid);
  g_assert_cmpfloat(sg_beat_grid_beat(grid, 0), ==, 10000.0);
  g_assert_cmpfloat(sg_beat_grid_beat(grid, 1), ==, 30000.0);
  g_assert_cmpfloat(sg_beat_grid_beat(grid, n - 1), >=, N);
  for (size_t i = 1; i < n; i++)
    g_assert_cmpfloat(sg_beat_grid_beat(grid, i), >, sg_beat_grid_beat(grid, i - 1));
  g_assert_true(sg_beat_grid_begins_bar(grid, sg_beat_grid_find(grid, 70000.0)));
  g_assert_false(sg_beat_grid_begins_bar(grid, sg_beat_grid_find(grid, 91000.0)));
  g_assert_cmpfloat(sg_beat_grid_period_at(grid, 60000.0), ==, 20000.0);
  g_assert_cmpfloat(sg_beat_grid_period_at(grid, 80000.0), ==, 21000.0);
  sg_beat_grid_unref(grid);
}

static void
test_snap(void)
{
  SgBeatGrid *grid = sg_beat_grid_new_regular(1000.4, 20000.0, 4, N);
  g_assert_cmpint(sg_beat_grid_snap(grid, 0), ==, 1000);
  g_assert_cmpint(sg_beat_grid_snap(grid, 10999), ==, 1000);
  g_assert_cmpint(sg_beat_grid_snap(grid, 11001), ==, 21000);
  g_assert_cmpint(sg_beat_grid_snap(grid, INT64_MAX / 2), ==,
                  (int64_t)(sg_beat_grid_beat(grid, sg_beat_grid_n_beats(grid) - 1) + 0.5));
  sg_beat_grid_unref(grid);
}

/* Doubled and halved again it is the same; bars keep their first beats where they can. */
static void
test_scale(void)
{
  SgBeatGrid *grid = sg_beat_grid_new_regular(5000.0, 22050.0, 4, N);
  SgBeatGrid *doubled = sg_beat_grid_doubled(grid, RATE), *back = sg_beat_grid_halved(doubled, RATE);
  g_assert_cmpfloat_with_epsilon(sg_beat_grid_bpm(grid, RATE), 120.0, 1e-6);
  g_assert_cmpfloat_with_epsilon(sg_beat_grid_bpm(doubled, RATE), 240.0, 1e-6);
  g_assert_cmpfloat_with_epsilon(sg_beat_grid_bpm(back, RATE), 120.0, 1e-6);
  for (int k = 0; k < 8; k++) {
    double beat = 5000.0 + k * 22050.0;
    size_t i = sg_beat_grid_find(doubled, beat - 1.0), j = sg_beat_grid_find(back, beat - 1.0);
    g_assert_cmpfloat_with_epsilon(sg_beat_grid_beat(doubled, i), beat, 1e-6);
    g_assert_cmpfloat_with_epsilon(sg_beat_grid_beat(back, j), beat, 1e-6);
    g_assert_cmpint(sg_beat_grid_begins_bar(doubled, i), ==, k % 2 == 0);
    g_assert_cmpint(sg_beat_grid_begins_bar(back, j), ==, k % 4 == 0);
  }
  g_assert_null(sg_beat_grid_doubled(doubled, RATE)); /* 480 a minute */
  sg_beat_grid_unref(back);
  sg_beat_grid_unref(doubled);
  sg_beat_grid_unref(grid);
}

static void
test_nonsense(void)
{
  double falling[2] = { 5.0, 4.0 }, endless[2] = { 0.0, INFINITY };
  g_assert_null(sg_beat_grid_new(falling, 2, 0, 4, N));
  g_assert_null(sg_beat_grid_new(endless, 2, 0, 4, N));
  g_assert_null(sg_beat_grid_new(falling, 1, 0, 4, N));
  g_assert_null(sg_beat_grid_new_regular(0.0, 1.0, 4, INT64_MAX / 4));
  sg_beat_grid_unref(NULL);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/beat-grid/covers-the-song", test_covers_the_song);
  g_test_add_func("/beat-grid/snap", test_snap);
  g_test_add_func("/beat-grid/scale", test_scale);
  g_test_add_func("/beat-grid/nonsense", test_nonsense);
  return g_test_run();
}
