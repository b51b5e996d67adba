#include "core/plot/theme.h"

#include <glib.h>
#include <math.h>

static double
linear(double value)
{
  return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4);
}

static double
luminance(const SgColour *colour)
{
  return 0.2126 * linear(colour->red) + 0.7152 * linear(colour->green) + 0.0722 * linear(colour->blue);
}

/* Contrast as in WCAG 2.1. */
static double
contrast(const SgColour *a, const SgColour *b)
{
  double x = luminance(a) + 0.05, y = luminance(b) + 0.05;
  return MAX(x, y) / MIN(x, y);
}

/* What an eye without one kind of cones sees (Machado, Oliveira and Fernandes 2009, severity 1), in linear
 * sRGB; the first is the eye with all of them. */
static const double eyes[][3][3] = {
  { { 1.0, 0.0, 0.0 }, { 0.0, 1.0, 0.0 }, { 0.0, 0.0, 1.0 } },
  { { 0.152286, 1.052583, -0.204868 }, { 0.114503, 0.786281, 0.099216 }, { -0.003882, -0.048116, 1.051998 } },
  { { 0.367322, 0.860646, -0.227968 }, { 0.280085, 0.672501, 0.047413 }, { -0.011820, 0.042940, 0.968881 } },
  { { 1.255528, -0.076749, -0.178779 }, { -0.078411, 0.930809, 0.147602 }, { 0.004733, 0.691367, 0.303900 } },
};

static double
lab_root(double t)
{
  return t > 216.0 / 24389.0 ? cbrt(t) : (24389.0 / 27.0 * t + 16.0) / 116.0;
}

/* CIELAB under D65. */
static void
seen(const SgColour *colour, const double eye[3][3], double *out_lab)
{
  const double in[3] = { linear(colour->red), linear(colour->green), linear(colour->blue) };
  double rgb[3];
  for (int i = 0; i < 3; i++)
    rgb[i] = CLAMP(eye[i][0] * in[0] + eye[i][1] * in[1] + eye[i][2] * in[2], 0.0, 1.0);
  double x = lab_root((0.4124 * rgb[0] + 0.3576 * rgb[1] + 0.1805 * rgb[2]) / 0.9505);
  double y = lab_root(0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2]);
  double z = lab_root((0.0193 * rgb[0] + 0.1192 * rgb[1] + 0.9505 * rgb[2]) / 1.089);
  out_lab[0] = 116.0 * y - 16.0;
  out_lab[1] = 500.0 * (x - y);
  out_lab[2] = 200.0 * (y - z);
}

static double
distance(const SgColour *a, const SgColour *b, const double eye[3][3])
{
  double p[3], q[3];
  seen(a, eye, p);
  seen(b, eye, q);
  return sqrt((p[0] - q[0]) * (p[0] - q[0]) + (p[1] - q[1]) * (p[1] - q[1]) + (p[2] - q[2]) * (p[2] - q[2]));
}

/* A difference of about 2 is just noticed side by side. */
static void
test_colours_stay_apart(void)
{
  for (int id = 0; id < SG_N_THEMES; id++) {
    const SgTheme *theme = sg_theme((SgThemeId)id);
    double least = INFINITY;
    for (gsize eye = 0; eye < G_N_ELEMENTS(eyes); eye++)
      for (int a = 0; a < SG_N_SERIES_COLOURS; a++)
        for (int b = 0; b < a; b++)
          least = MIN(least, distance(&theme->series[a], &theme->series[b], eyes[eye]));
    g_test_message("%s: least difference %.1f", sg_theme_name((SgThemeId)id), least);
    g_assert_cmpfloat(least, >, 12.0);
  }
}

static void
test_contrast(void)
{
  for (int id = 0; id < SG_N_THEMES; id++) {
    const SgTheme *theme = sg_theme((SgThemeId)id);
    g_assert_cmpfloat(contrast(&theme->text, &theme->background), >, 12.0);
    g_assert_cmpfloat(contrast(&theme->muted, &theme->background), >, 4.5);
    for (int i = 0; i < SG_N_SERIES_COLOURS; i++) {
      double c = contrast(&theme->series[i], &theme->background);
      g_test_message("%s, series %d: contrast %.1f", sg_theme_name((SgThemeId)id), i, c);
      g_assert_cmpfloat(c, >, i < 3 ? 3.0 : 2.0);
    }
  }
}

static void
test_names(void)
{
  SgThemeId id = SG_N_THEMES;
  for (int i = 0; i < SG_N_THEMES; i++) {
    g_assert_true(sg_theme_find(sg_theme_name((SgThemeId)i), &id));
    g_assert_cmpint(id, ==, i);
  }
  g_assert_false(sg_theme_find("Light", &id));
}

int
main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/plot/theme/colours-stay-apart", test_colours_stay_apart);
  g_test_add_func("/plot/theme/contrast", test_contrast);
  g_test_add_func("/plot/theme/names", test_names);
  return g_test_run();
}
