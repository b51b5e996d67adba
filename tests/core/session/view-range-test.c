#include "core/session/view-range.h"

static void
assert_inside(SgViewRange *range)
{
  double start = sg_view_range_get_start(range);
  double n = (double)sg_view_range_get_n_samples(range);
  double shown = sg_view_range_get_width(range) * sg_view_range_get_samples_per_pixel(range);
  g_assert_cmpfloat(start, >=, 0.0);
  g_assert_cmpfloat(start + shown, <=, n * (1.0 + 1e-9));
}

static SgViewRange *
make_range(gint64 n_samples)
{
  SgViewRange *range = sg_view_range_new();
  sg_view_range_set_width(range, 1000.0);
  sg_view_range_set_song(range, n_samples, 44100);
  return range;
}

/* Whatever is done, the stretch lies within the song. */
static void
test_inside(void)
{
  g_autoptr(SgViewRange) range = make_range(30 * 44100);
  for (int i = 0; i < 5000; i++) {
    switch (g_test_rand_int_range(0, 5)) {
    case 0:
      sg_view_range_zoom(range, g_test_rand_double_range(0.3, 3.0), g_test_rand_double_range(0.0, 1000.0));
      break;
    case 1:
      sg_view_range_pan(range, g_test_rand_double_range(-3000.0, 3000.0));
      break;
    case 2:
      sg_view_range_set_width(range, g_test_rand_double_range(0.0, 2000.0));
      break;
    case 3:
      sg_view_range_reveal(range, g_test_rand_double_range(0.0, 30.0 * 44100.0));
      break;
    default:
      if (g_test_rand_int_range(0, 20) == 0)
        sg_view_range_fit(range);
    }
    assert_inside(range);
  }
}

/* What is under the pointer stays under it, unless the song's end is in the way. */
static void
test_zoom_about_pointer(void)
{
  g_autoptr(SgViewRange) range = make_range(600 * 44100);
  double at = sg_view_range_sample_at(range, 300.0);
  for (int i = 0; i < 20; i++) {
    sg_view_range_zoom(range, 1.3, 300.0);
    g_assert_cmpfloat_with_epsilon(sg_view_range_sample_at(range, 300.0), at, 1e-3);
    g_assert_cmpfloat_with_epsilon(sg_view_range_x_of(range, at), 300.0, 1e-6);
  }
  for (int i = 0; i < 10; i++) {
    sg_view_range_zoom(range, 1.0 / 1.3, 300.0);
    g_assert_cmpfloat_with_epsilon(sg_view_range_sample_at(range, 300.0), at, 1e-3);
  }
}

static void
test_fit_follows_width(void)
{
  g_autoptr(SgViewRange) range = make_range(44100);
  g_assert_true(sg_view_range_is_fitted(range));
  sg_view_range_set_width(range, 500.0);
  g_assert_true(sg_view_range_is_fitted(range));
  g_assert_cmpfloat_with_epsilon(sg_view_range_sample_at(range, 500.0), 44100.0, 1e-6);
  sg_view_range_zoom(range, 2.0, 0.0);
  g_assert_false(sg_view_range_is_fitted(range));
  double zoom = sg_view_range_get_samples_per_pixel(range);
  sg_view_range_set_width(range, 400.0);
  g_assert_cmpfloat(sg_view_range_get_samples_per_pixel(range), ==, zoom);
}

static void
test_reveal(void)
{
  g_autoptr(SgViewRange) range = make_range(600 * 44100);
  sg_view_range_zoom(range, 20.0, 0.0);
  sg_view_range_reveal(range, 300.0 * 44100.0);
  double x = sg_view_range_x_of(range, 300.0 * 44100.0);
  g_assert_true(x > 0.0 && x < 500.0);
  double start = sg_view_range_get_start(range);
  sg_view_range_reveal(range, 301.0 * 44100.0); /* in sight: nothing moves */
  g_assert_cmpfloat(sg_view_range_get_start(range), ==, start);
}

static void
count(SgViewRange *range, int *n)
{
  (*n)++;
}

static void
test_changed(void)
{
  int n = 0;
  g_autoptr(SgViewRange) range = make_range(44100);
  g_signal_connect(range, "changed", G_CALLBACK(count), &n);
  sg_view_range_pan(range, -10.0); /* at the start already */
  sg_view_range_fit(range);
  g_assert_cmpint(n, ==, 0);
  sg_view_range_zoom(range, 2.0, 0.0);
  g_assert_cmpint(n, ==, 1);
  sg_view_range_set_song(range, 44100, 44100);
  g_assert_cmpint(n, ==, 2);
}

/* Songs of a few samples, shorter than the closest zoom. */
static void
test_tiny(void)
{
  for (gint64 n = 0; n < 50; n++) {
    g_autoptr(SgViewRange) range = make_range(n);
    sg_view_range_zoom(range, 4.0, 10.0);
    assert_inside(range);
  }
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/session/view-range/inside", test_inside);
  g_test_add_func("/session/view-range/zoom-about-pointer", test_zoom_about_pointer);
  g_test_add_func("/session/view-range/fit-follows-width", test_fit_follows_width);
  g_test_add_func("/session/view-range/reveal", test_reveal);
  g_test_add_func("/session/view-range/changed", test_changed);
  g_test_add_func("/session/view-range/tiny", test_tiny);
  return g_test_run();
}
