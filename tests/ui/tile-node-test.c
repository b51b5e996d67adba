#include <gtk/gtk.h>

#include "ui/tile-node.h"

enum { WIDTH = 256, HEIGHT = 40 };

static guint32
draw_pixel(GskRenderNode *node, int x, int y)
{
  cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, WIDTH, HEIGHT);
  cairo_t *cr = cairo_create(surface);
  gsk_render_node_draw(node, cr);
  cairo_destroy(cr);
  cairo_surface_flush(surface);
  const unsigned char *row =
      cairo_image_surface_get_data(surface) + (gsize)y * (gsize)cairo_image_surface_get_stride(surface);
  guint32 pixel = ((const guint32 *)(const void *)row)[x];
  cairo_surface_destroy(surface);
  return pixel;
}

static void
note_freed(gpointer data)
{
  *(gboolean *)data = TRUE;
}

/* A cache of tiles would be twice as large with a copy in each node: what is painted into the bytes later is
 * drawn. They are let go with the node. */
static void
test_no_copy(void)
{
  static guint32 pixels[HEIGHT * WIDTH];
  gboolean freed = FALSE;
  GBytes *bytes = g_bytes_new_with_free_func(pixels, sizeof pixels, note_freed, &freed);
  g_autoptr(GskRenderNode) node = sg_pixels_node(bytes, WIDTH, HEIGHT, 1);
  g_bytes_unref(bytes);
  g_assert_false(freed);
  pixels[7 * WIDTH + 200] = 0xff102030;
  g_assert_cmphex(draw_pixel(node, 200, 7), ==, 0xff102030);
  g_assert_cmphex(draw_pixel(node, 201, 7), ==, 0);
  pixels[7 * WIDTH + 200] = 0xff405060;
  g_assert_cmphex(draw_pixel(node, 200, 7), ==, 0xff405060);
  g_clear_pointer(&node, gsk_render_node_unref);
  g_assert_true(freed);
}

/* At two device pixels a logical one, the node is half as large. */
static void
test_scale(void)
{
  static guint32 pixels[HEIGHT * WIDTH];
  graphene_rect_t bounds;
  for (gsize i = 0; i < G_N_ELEMENTS(pixels); i++)
    pixels[i] = 0xff000000u + (guint32)i;
  g_autoptr(GBytes) bytes = g_bytes_new_static(pixels, sizeof pixels);
  g_autoptr(GskRenderNode) node = sg_pixels_node(bytes, WIDTH, HEIGHT, 2);
  gsk_render_node_get_bounds(node, &bounds);
  g_assert_true(graphene_rect_equal(&bounds, &GRAPHENE_RECT_INIT(0, 0, WIDTH / 2, HEIGHT / 2)));
}

int
main(int argc, char **argv)
{
  gtk_test_init(&argc, &argv, NULL);
  g_test_add_func("/ui/tile-node/no-copy", test_no_copy);
  g_test_add_func("/ui/tile-node/scale", test_scale);
  return g_test_run();
}
