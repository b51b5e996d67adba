/* A figure drawn into memory, and what its pixels show. */
#pragma once

#include <cairo.h>
#include <glib.h>
#include <math.h>

#include "core/plot/figure.h"

typedef struct {
  cairo_surface_t *surface;
  int width, height;
} Picture;

static inline Picture
picture_of(const SgFigureFrame *frame, SgFigureDraw draw, const void *plot)
{
  Picture picture = { .width = (int)frame->width, .height = (int)frame->height };
  picture.surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, picture.width, picture.height);
  cairo_t *cr = cairo_create(picture.surface);
  g_assert_cmpint(draw(plot, cr, NULL), ==, SG_OK);
  g_assert_cmpint(cairo_status(cr), ==, CAIRO_STATUS_SUCCESS);
  cairo_destroy(cr);
  cairo_surface_flush(picture.surface);
  return picture;
}

static inline void
picture_clear(Picture *picture)
{
  g_clear_pointer(&picture->surface, cairo_surface_destroy);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Picture, picture_clear)

static inline SgColour
colour_at(const Picture *picture, int x, int y)
{
  const guchar *row = cairo_image_surface_get_data(picture->surface) +
                      (gsize)y * (gsize)cairo_image_surface_get_stride(picture->surface);
  guint32 pixel = ((const guint32 *)(const void *)row)[x];
  return (SgColour){ (pixel >> 16 & 255) / 255.0, (pixel >> 8 & 255) / 255.0, (pixel & 255) / 255.0 };
}

/* How much of `colour` lies over the theme's ground at a pixel, 0 … 1; 0 where another colour does. */
static inline double
share_at(const Picture *picture, const SgTheme *theme, const SgColour *colour, int x, int y)
{
  SgColour at = colour_at(picture, x, y), ground = theme->background;
  double d[3] = { colour->red - ground.red, colour->green - ground.green, colour->blue - ground.blue };
  double p[3] = { at.red - ground.red, at.green - ground.green, at.blue - ground.blue };
  double along = 0.0, length = 0.0, off = 0.0;
  for (int i = 0; i < 3; i++) {
    along += d[i] * p[i];
    length += d[i] * d[i];
  }
  for (int i = 0; i < 3; i++) {
    double rest = p[i] - along / length * d[i];
    off += rest * rest;
  }
  return off < 0.01 ? along / length : 0.0;
}

/* The pixels where more than `least` of the colour shows: their box, and how many there are. */
typedef struct {
  int left, right, top, bottom, n;
} Extent;

static inline Extent
extent_of(const Picture *picture, const SgTheme *theme, const SgColour *colour, double least, int from_x,
          int to_x)
{
  Extent extent = { G_MAXINT, -1, G_MAXINT, -1, 0 };
  for (int y = 0; y < picture->height; y++)
    for (int x = MAX(from_x, 0); x < MIN(to_x, picture->width); x++)
      if (share_at(picture, theme, colour, x, y) > least) {
        extent.left = MIN(extent.left, x);
        extent.right = MAX(extent.right, x);
        extent.top = MIN(extent.top, y);
        extent.bottom = MAX(extent.bottom, y);
        extent.n++;
      }
  return extent;
}
