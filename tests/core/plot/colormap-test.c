#include "core/plot/colormap.h"

#include <glib.h>
#include <math.h>

static double
linear(guint32 colour, int shift)
{
  double value = ((colour >> shift) & 0xff) / 255.0;
  return value > 0.04045 ? pow((value + 0.055) / 1.055, 2.4) : value / 12.92;
}

static double
luminance(guint32 colour)
{
  return 0.2126 * linear(colour, 16) + 0.7152 * linear(colour, 8) + 0.0722 * linear(colour, 0);
}

/* Louder is lighter, everywhere and in every map, so they can be read without colours. */
static void
test_monotonic(void)
{
  for (int id = 0; id < SG_N_COLORMAPS; id++) {
    const guint32 *colours = sg_colormap(id);
    for (int i = 0; i < 256; i++) {
      g_assert_cmphex(colours[i] >> 24, ==, 0xff);
      if (i > 0)
        g_assert_cmpfloat(luminance(colours[i]), >=, luminance(colours[i - 1]) - 1e-3);
    }
    g_assert_cmpfloat(luminance(colours[255]), >, luminance(colours[0]) + 0.5);
  }
}

static void
test_ends(void)
{
  g_assert_cmphex(sg_colormap(SG_COLORMAP_MAGMA)[0], ==, 0xff000004);
  g_assert_cmphex(sg_colormap(SG_COLORMAP_MAGMA)[255], ==, 0xfffcfdbf);
  g_assert_cmphex(sg_colormap(SG_COLORMAP_VIRIDIS)[255], ==, 0xfffde725);
  g_assert_cmphex(sg_colormap(SG_COLORMAP_GREY)[0], ==, 0xff000000);
  g_assert_cmphex(sg_colormap(SG_COLORMAP_GREY)[255], ==, 0xffffffff);
}

static void
test_names(void)
{
  for (int id = 0; id < SG_N_COLORMAPS; id++) {
    SgColormapId found;
    g_assert_true(sg_colormap_find(sg_colormap_name(id), &found));
    g_assert_cmpint(found, ==, id);
  }
  SgColormapId untouched = SG_COLORMAP_GREY;
  g_assert_false(sg_colormap_find("jet", &untouched));
  g_assert_cmpint(untouched, ==, SG_COLORMAP_GREY);
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/plot/colormap/monotonic", test_monotonic);
  g_test_add_func("/plot/colormap/ends", test_ends);
  g_test_add_func("/plot/colormap/names", test_names);
  return g_test_run();
}
